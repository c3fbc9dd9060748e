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
	/** empty for none */
	description: string;
	/** 1: nobody writes, and nobody enters or starts the call */
	readOnly: 0 | 1;
	/** seconds that a message lives; 0: for good */
	messageExpiration: number;
	/** 1: whoever enters the call has to agree to being recorded */
	recordingConsent: 0 | 1;
	/** hash of the secret in the link that makes moderators; null: there is no such link */
	moderatorHash: string | null;
	/** null: the picture that every room has */
	avatar: { emoji: string; color: string } | null;
	/** of the room that this one is a breakout room of; null: of none */
	parentToken: RoomToken | null;
	/** how people come into its breakout rooms: one of `breakoutMode`; 0: it has none */
	breakoutMode: 0 | 1 | 2 | 3;
	/** one of `breakoutStatus`: of a room with breakout rooms, or of a breakout room whose people ask for help */
	breakoutStatus: 0 | 1 | 2;
}

/** What of a room a moderator may set, each on its own. */
export type RoomSettings = Pick<
	Room,
	| 'name'
	| 'description'
	| 'permissions'
	| 'readOnly'
	| 'messageExpiration'
	| 'recordingConsent'
	| 'moderatorHash'
	| 'avatar'
	| 'breakoutMode'
	| 'breakoutStatus'
>;

/**
 * Who asks: the tab, which is the guest, and the browser, which may own rooms: hashes of what only they have. And the
 * address that they ask from.
 */
export interface Asker {
	guestKey: string;
	browserKey: string;
	ip: string;
}

/** Who wants to change a room: a guest, or whoever runs the server. */
export type Changer = Asker | 'administrator';

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
	/** hash of the cookie of their browser; null: they were last here before it was written down */
	browserKey: string | null;
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

/** What the server itself says in the chat, in Talk's words. */
export const systemKeywords = [
	'call_started',
	'call_joined',
	'call_left',
	'call_ended',
	'call_ended_everyone',
	'conversation_renamed',
	'description_set',
	'description_removed',
	'read_only',
	'read_only_off',
	'password_set',
	'password_removed',
	'lobby_none',
	'lobby_non_moderators',
	'lobby_timer_reached',
	'guest_moderator_promoted',
	'guest_moderator_demoted',
	'message_expiration_enabled',
	'message_expiration_disabled',
	'avatar_set',
	'avatar_removed',
	'breakout_rooms_started',
	'breakout_rooms_stopped',
	'poll_voted',
	'poll_closed',
	'message_edited',
	'message_deleted',
	'history_cleared',
	'reaction',
	/** a reaction that was taken back; `reaction_revoked` says so */
	'reaction_deleted',
	'reaction_revoked'
] as const;
export type SystemKeyword = (typeof systemKeywords)[number];

/** Somebody as a message names them: they may be gone by the time it is read. */
export interface NamedActor {
	actorType: string;
	actorId: string;
	displayName: string;
}

/** What a placeholder in a message stands for. */
export type RichObject = Record<'type' | 'id' | 'name', string> & Record<string, string>;

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
	/** the message that this one answers, or that it is about if `system` is set */
	parentId: number | null;
	/** whom a system message is about, beside its author: the placeholder `{user}` */
	subject: NamedActor | null;
	/** what the placeholders of a message that somebody wrote stand for */
	parameters: Record<string, RichObject>;
	/** when it goes by itself; 0: never */
	expiresAt: number;
	/** all that is left of it is who wrote it and when; the text says who took it away */
	isDeleted: boolean;
	/** by whom it was changed last, and when */
	edited: (NamedActor & { at: number }) | null;
	/** how many have reacted with each emoji */
	reactions: Record<string, number>;
}

/** A message together with the one it answers or is about: `gone` if that is not kept any more. */
export interface Post {
	message: Message;
	parent?: Message | 'gone';
}

/** What the outside of the domain is told, after it has been stored. */
export type RoomNews =
	/** `reaction`: the emoji that somebody reacted with, or took back */
	| { type: 'messagePosted'; token: RoomToken; post: Post; reaction?: string }
	| { type: 'readMarkerMoved'; token: RoomToken }
	/** a bot was let into the room, or sent out */
	| { type: 'botMoved'; token: RoomToken; botId: number; isIn: boolean }
	/** something that a moderator may set is another now, or its lobby has opened by itself */
	| { type: 'roomChanged'; token: RoomToken }
	/** after the ends of all its sessions: there is no such room any more */
	| { type: 'roomDeleted'; token: RoomToken }
	/** entered or left the call, changed flags, name or rights: as they are now */
	| {
			type: 'participantsChanged';
			room: Room;
			participants: Participant[];
			/** whether they are in the call and with what, who they are, or what they may do */
			about: 'call' | 'person' | 'rights';
			/** for everybody else: they themselves are told next that their sessions are over, and why */
			isForOthers?: boolean;
			/** everybody who was in the call, or everybody in the room, all with the same flags now */
			isEveryone?: boolean;
	  }
	/** these are to go to another room; they are where they were until they come there */
	| { type: 'participantsSwitched'; token: RoomToken; sessions: NextcloudSessionId[]; to: RoomToken }
	| { type: 'sessionEnded'; token: RoomToken; sessionId: NextcloudSessionId; reason: EndOfSession };

/**
 * Why a session is over: its owner left, opened another one, was silent for too long, or was removed by a moderator; or the
 * room is no more.
 */
export type EndOfSession = 'left' | 'replaced' | 'expired' | 'removed' | 'deleted';

/** A program that reads and writes in rooms. */
export interface Bot {
	id: number;
	name: string;
	/** for the moderators who decide whether to let it in */
	description: string;
	/** proves the words of either side to the other */
	secret: string;
	/** where it hears what happens; by this it is known in the chat */
	url: string;
	/** bits of `botFeature` */
	features: number;
	/** one of `botState` */
	state: 0 | 1 | 2;
	/** how many times in a row it could not be told of something */
	errorCount: number;
	/** 0: never */
	lastErrorAt: number;
	lastError: string;
}

/** An emoji on a message, and whose it is. */
export interface Reaction extends NamedActor {
	emoji: string;
	/** Unix seconds */
	at: number;
}

/** A question with answers to choose from; its author is named as they were then. */
export interface Poll extends NamedActor {
	id: number;
	roomId: number;
	question: string;
	options: string[];
	/** one of `pollMode` */
	resultMode: 0 | 1;
	/** how many options one may vote for; 0: as many as there are */
	maxVotes: number;
	/** one of `pollStatus` */
	status: 0 | 1;
}

/** What somebody voted for, by its place among the options. */
export interface PollVote extends NamedActor {
	optionId: number;
}

/** Somebody, or an address, that is not let into a room. Times in Unix seconds. */
export interface Ban {
	id: number;
	moderator: NamedActor;
	/** `ip`: the id is an address, or a range of them */
	banned: NamedActor;
	bannedAt: number;
	internalNote: string;
}
