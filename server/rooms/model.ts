import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';

/** A public room. Times in Unix seconds, as on the wire. */
export interface Room {
	id: number;
	token: RoomToken;
	name: string;
	/** default level of permission bits for its participants; 0 leaves it to the server */
	permissions: number;
	/** null while nobody is in the call */
	callStartedAt: number | null;
	lastActivityAt: number;
	/** hash of the cookie that the room was made with, whose owner moderates it; null: nobody's */
	ownerKey: string | null;
	/** as `hashPassword` wrote it; null: whoever has the link may enter */
	passwordHash: string | null;
	/** 1: who is no moderator waits outside of call and chat */
	lobbyState: 0 | 1;
	/** when the lobby opens by itself; 0: when a moderator opens it */
	lobbyTimer: number;
}

/** Who asks: the tab, which is the guest, and the browser, which may own rooms. Hashes of what only they have. */
export interface Asker {
	guestKey: string;
	browserKey: string;
}

/** A person in a room, remembered while they are away. */
export interface Attendee {
	id: number;
	roomId: number;
	actorType: string;
	/** 40 hexadecimal digits for guests */
	actorId: string;
	/** empty until chosen */
	displayName: string;
	/** one of `participantType` */
	type: number;
	/** own level of permission bits; 0 takes that of the room */
	permissions: number;
	lastReadMessage: number;
}

/** One visit of an attendee to a room. */
export interface Session {
	id: NextcloudSessionId;
	attendeeId: number;
	/** bits of `callFlag`; 0 is out of the call */
	callFlags: number;
}

/** An attendee who is there. */
export interface Participant {
	attendee: Attendee;
	session: Session;
}

/** What the server itself says in the chat. */
export type SystemKeyword = 'call_started' | 'call_joined' | 'call_left' | 'call_ended';

export interface Message {
	id: number;
	roomId: number;
	actorType: string;
	actorId: string;
	actorName: string;
	sentAt: number;
	/** with placeholders in braces if `system` is set */
	text: string;
	system: SystemKeyword | '';
	referenceId: string;
	isSilent: boolean;
	/** the message that this one answers */
	parentId: number | null;
}

/** A message together with the one it answers. */
export interface Post {
	message: Message;
	parent?: Message;
}

/** What the outside of the domain is told, after it has been stored. */
export type RoomNews =
	| { type: 'messagePosted'; token: RoomToken; post: Post }
	| { type: 'readMarkerMoved'; token: RoomToken }
	/** its lobby was opened or closed, or opens at another time */
	| { type: 'roomChanged'; token: RoomToken }
	/** entered or left the call, changed flags or name: as they are now */
	| {
			type: 'participantsChanged';
			room: Room;
			participants: Participant[];
			/** whether they are in the call and with what, or who they are */
			about: 'call' | 'person';
			/** for everybody else: they themselves are told next that their sessions are over, and why */
			isForOthers?: boolean;
	  }
	| { type: 'sessionEnded'; token: RoomToken; sessionId: NextcloudSessionId; reason: EndOfSession };

/** Why a session is over: its owner left, opened another one, or was silent for too long. */
export type EndOfSession = 'left' | 'replaced' | 'expired';
