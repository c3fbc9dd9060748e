import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Attendee, Message, Participant, Post, Room, Session } from './model.ts';

/** Which messages of a room to read. */
export interface MessageRange {
	roomId: number;
	/** `older`: newest first, below the id, or from the newest if the id is 0; `newer`: oldest first, above it */
	direction: 'older' | 'newer';
	from: number;
	isFromIncluded: boolean;
	limit: number;
}

export type NewMessage = Omit<Message, 'id'>;

/**
 * Where rooms are kept. All of it is synchronous, so that a change and its consequences are one step.
 * What a method has written when it returns, or when the transaction around it returns, survives a crash.
 */
export interface Storage {
	/** Runs the work as one: all of it is kept or, if it throws, nothing. Must not be nested. */
	transaction<Result>(work: () => Result): Result;

	roomByToken(token: RoomToken): Room | undefined;
	/** @throws if the token is taken */
	addRoom(room: Pick<Room, 'token' | 'name' | 'lastActivityAt' | 'ownerKey'>): Room;
	setCallStart(roomId: number, startedAt: number | null): void;
	/** @param hash null takes the password away */
	setPasswordHash(roomId: number, hash: string | null): void;
	/** @param timer Unix seconds; 0 for none */
	setLobby(roomId: number, state: Room['lobbyState'], timer: number): void;
	/** Rooms whose lobby was to open at that time, or earlier, and has not. */
	dueLobbies(at: number): Room[];

	attendeeByGuest(roomId: number, guestKey: string): Attendee | undefined;
	addAttendee(attendee: Omit<Attendee, 'id'>, guestKey: string): Attendee;
	setAttendeeType(attendeeId: number, type: number): void;
	rename(attendeeId: number, displayName: string): void;
	/** Moves the marker forward; an older id changes nothing. @returns whether it moved */
	markRead(attendeeId: number, messageId: number): boolean;
	/** Forgets who has had no session since then. @returns how many were forgotten */
	forgetAttendees(unseenSince: number): number;

	participants(roomId: number): Participant[];
	/** How many sessions are in the call, and their flags together: 0 and 0 without a call. */
	callSummary(roomId: number): { sessions: number; flags: number };
	participantByGuest(roomId: number, guestKey: string): Participant | undefined;
	participantBySession(id: NextcloudSessionId): FoundParticipant | undefined;
	/** everybody in every room */
	allSessions(): Session[];
	addSession(session: Session, startedAt: number): void;
	setCallFlags(id: NextcloudSessionId, callFlags: number): void;
	removeSession(id: NextcloudSessionId, endedAt: number): void;

	addMessage(message: NewMessage): Message;
	messageById(roomId: number, id: number): Message | undefined;
	messages(range: MessageRange): Post[];
	/** @returns 0 in a room without messages */
	lastMessageId(roomId: number): number;
	/** @returns the id up to which everybody who is there has read, 0 if nobody is */
	commonRead(roomId: number): number;
	/** @returns how many messages that somebody wrote are newer than the id */
	unreadCount(roomId: number, lastRead: number): number;

	/** Keeps what one session says to another until that one takes it; it goes with the session it is for. */
	addSignal(to: NextcloudSessionId, text: string): void;
	/** Everything that is kept for a session, oldest first, which is then no longer kept. */
	takeSignals(to: NextcloudSessionId): KeptSignal[];
	/** Puts back what was taken and did not arrive, in its old place; for a session that has ended, nothing. */
	returnSignals(to: NextcloudSessionId, signals: readonly KeptSignal[]): void;
	/** How much is kept for a session. */
	signalBacklog(to: NextcloudSessionId): { count: number; characters: number };

	close(): void;
}

/** A message on its way from session to session. */
export interface KeptSignal {
	id: number;
	text: string;
}

/** A participant, the room they are in, and the hash of what proves to be them. */
export interface FoundParticipant extends Participant {
	room: Room;
	guestKey: string;
}
