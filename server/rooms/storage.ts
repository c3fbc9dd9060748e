import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type {
	Asker,
	Attendee,
	Ban,
	Bot,
	Message,
	NamedActor,
	Participant,
	Poll,
	PollVote,
	Post,
	Reaction,
	Room,
	RoomSettings,
	Session
} from './model.ts';

/** Which messages of a room to read. */
export interface MessageRange {
	roomId: number;
	/** `older`: newest first, below the id, or from the newest if the id is 0; `newer`: oldest first, above it */
	direction: 'older' | 'newer';
	from: number;
	isFromIncluded: boolean;
	limit: number;
}

/** A message without a subject is about nobody but its author. When it expires is for the room to say. */
export type NewMessage = Omit<
	Message,
	'id' | 'subject' | 'parameters' | 'expiresAt' | 'isDeleted' | 'edited' | 'reactions'
> &
	Partial<Pick<Message, 'subject' | 'parameters'>>;

/** Somebody's reaction to a message, by which it is found again. */
export interface ReactionKey {
	messageId: number;
	actorType: string;
	actorId: string;
	emoji: string;
}

/** What an author named a message by, so as to know it again. */
export type Reference = Pick<Message, 'referenceId' | 'actorType' | 'actorId'>;

/** A ban, and the guest it is about if it is about one: by these they are known when they come back. */
export type NewBan = Omit<Ban, 'id'> & { guestKey: string | null; browserKey: string | null };

/**
 * Where rooms are kept. All of it is synchronous, so that a change and its consequences are one step.
 * What a method has written when it returns, or when the transaction around it returns, survives a crash.
 */
export interface Storage {
	/** Runs the work as one: all of it is kept or, if it throws, nothing. Must not be nested. */
	transaction<Result>(work: () => Result): Result;

	roomByToken(token: RoomToken): Room | undefined;
	/** @throws if the token is taken */
	addRoom(
		room: Pick<Room, 'token' | 'name' | 'lastActivityAt' | 'ownerKey'> &
			Partial<Pick<Room, 'moderatorHash' | 'parentToken'>>
	): Room;
	/** of a room, in the order in which they were made */
	breakoutRooms(roomId: number): Room[];
	changeRoom(roomId: number, changes: Partial<RoomSettings>): void;
	/** The room and everything in it: sessions, attendees, messages, bans, breakout rooms. */
	removeRoom(roomId: number): void;
	/**
	 * Rooms that nobody has written in or been in since then, and where nobody is now; at most so many. Breakout rooms count
	 * with the room that they belong to.
	 */
	unusedRooms(since: number, limit: number): Room[];
	setCallStart(roomId: number, startedAt: number | null): void;
	/** @param hash null takes the password away */
	setPasswordHash(roomId: number, hash: string | null): void;
	/** @param timer Unix seconds; 0 for none */
	setLobby(roomId: number, state: Room['lobbyState'], timer: number): void;
	/** Rooms whose lobby was to open at that time, or earlier, and has not. */
	dueLobbies(at: number): Room[];

	attendeeByGuest(roomId: number, guestKey: string): Attendee | undefined;
	addAttendee(attendee: Omit<Attendee, 'id'>, guestKey: string): Attendee;
	attendeeById(roomId: number, id: number): Attendee | undefined;
	attendeeByActor(roomId: number, actorType: string, actorId: string): Attendee | undefined;
	/** everybody who is remembered, there or away */
	attendees(roomId: number): Attendee[];
	setAttendeeType(attendeeId: number, type: number): void;
	/** @param permissions own level; 0 takes that of the room */
	setAttendeePermissions(attendeeId: number, permissions: number): void;
	setBrowserKey(attendeeId: number, browserKey: string): void;
	/** The attendee and, if they are there, their session. */
	removeAttendee(attendeeId: number): void;
	/** hash of what proves to be this attendee */
	guestKeyOf(attendeeId: number): string | undefined;
	rename(attendeeId: number, displayName: string): void;
	/** Moves the marker forward; an older id changes nothing. @returns whether it moved */
	markRead(attendeeId: number, messageId: number): boolean;
	/** Moves the marker, back as well. @returns whether it moved */
	setReadMarker(attendeeId: number, messageId: number): boolean;
	/** Forgets who has had no session since then, but not who belongs to a breakout room. @returns how many were forgotten */
	forgetAttendees(unseenSince: number): number;

	/** Whoever joins with this browser moderates the room. Being told twice is no error. */
	addModerator(roomId: number, browserKey: string): void;
	isModerator(roomId: number, browserKey: string): boolean;
	removeModerator(roomId: number, browserKey: string): void;

	/** @returns the ban that was there already, if there was one of the same */
	addBan(roomId: number, ban: NewBan): Ban;
	bans(roomId: number): Ban[];
	/** Whether a ban is about this guest, or this browser; those about addresses are not asked. */
	isGuestBanned(roomId: number, asker: Pick<Asker, 'guestKey' | 'browserKey'>): boolean;
	/** An unknown one is no error. */
	removeBan(roomId: number, banId: number): void;

	participants(roomId: number): Participant[];
	/** How many sessions are in the call, and their flags together: 0 and 0 without a call. */
	callSummary(roomId: number): { sessions: number; flags: number };
	/** What there is of each in all rooms together; `calls` is rooms with a call. */
	census(): { rooms: number; sessions: number; calls: number; inCall: number };
	participantByGuest(roomId: number, guestKey: string): Participant | undefined;
	/** @returns undefined for an attendee who is away */
	participantByAttendee(attendeeId: number): Participant | undefined;
	/** the address that a session was opened from; empty if it is not known */
	addressOf(id: NextcloudSessionId): string;
	participantBySession(id: NextcloudSessionId): FoundParticipant | undefined;
	/** everybody in every room */
	allSessions(): Session[];
	/** @param address kept as long as the session */
	addSession(session: Session, startedAt: number, address: string): void;
	setCallFlags(id: NextcloudSessionId, callFlags: number): void;
	removeSession(id: NextcloudSessionId, endedAt: number): void;

	addMessage(message: NewMessage): Message;
	messageById(roomId: number, id: number): Message | undefined;
	/** The newest that its author named so, if there is one; without a name there is none. */
	messageByReference(roomId: number, reference: Reference): Post | undefined;
	messages(range: MessageRange): Post[];
	/** Keeps what may change of a message: text, keyword, parameters, reactions, whether it is deleted, who edited it. */
	changeMessage(message: Message): void;
	/** @returns how many messages there were */
	clearMessages(roomId: number): number;
	/** Removes what was to go at that time, or earlier. @returns how many messages that were */
	removeExpired(at: number): number;
	/** Everybody's reactions to a message, oldest first. */
	reactionsTo(messageId: number): Reaction[];
	/** The emoji that somebody has reacted with to a message. */
	emojiOf(key: Omit<ReactionKey, 'emoji'>): string[];
	/** The message that says so. */
	reactionOf(key: ReactionKey): Message | undefined;
	removeReactions(messageId: number): void;
	/** @returns the id of the newest message but one that somebody wrote, 0 if there is none */
	lastMessageIdButOne(roomId: number): number;
	/** @returns 0 in a room without messages */
	lastMessageId(roomId: number): number;
	/** @returns the id up to which everybody who is there has read, 0 if nobody is */
	commonRead(roomId: number): number;
	/** Forgets the oldest messages of each room beyond so many. @returns how many were forgotten */
	trimMessages(keptPerRoom: number): number;
	/** @returns how many messages that somebody wrote are newer than the id */
	unreadCount(roomId: number, lastRead: number): number;

	addPoll(poll: Omit<Poll, 'id'>): Poll;
	pollById(roomId: number, id: number): Poll | undefined;
	closePoll(id: number): void;
	/** Everything that somebody votes for, in place of what it was. */
	setVotes(pollId: number, voter: NamedActor, optionIds: readonly number[]): void;
	/** The ids of the options that somebody voted for, lowest first. */
	votesOf(pollId: number, voter: Pick<NamedActor, 'actorType' | 'actorId'>): number[];
	/** How many votes there are in all. */
	voteCount(pollId: number): number;
	/** How many votes there are for each option that has any, by its id, lowest first. */
	voteCounts(pollId: number): Map<number, number>;
	/** How many people have voted. */
	voterCount(pollId: number): number;
	/** At most so many, those of one voter together. */
	votesIn(pollId: number, limit: number): PollVote[];

	/** @throws if the url is taken */
	addBot(bot: Pick<Bot, 'name' | 'description' | 'secret' | 'url' | 'features' | 'state'>): Bot;
	bots(): Bot[];
	botById(id: number): Bot | undefined;
	botByUrl(url: string): Bot | undefined;
	/** And forgets its errors. */
	setBotState(id: number, state: Bot['state'], features: number): void;
	/** What went wrong is kept, for the administrator to read. */
	disableBot(id: number): void;
	/** The bot, and where it was let in. */
	removeBot(id: number): void;
	/** those that were let into a room, whatever their state */
	botsOf(roomId: number): Bot[];
	/** @returns whether it was not in the room yet */
	letBotIn(roomId: number, botId: number): boolean;
	/** @returns whether it was in the room */
	sendBotOut(roomId: number, botId: number): boolean;
	/** It could not be told of something. @returns how many times in a row that is */
	countBotError(id: number, at: number, error: string): number;
	forgetBotErrors(id: number): void;
	/** @returns whether the bot has not used that signature since they were last forgotten */
	useSignature(botId: number, signature: string, at: number): boolean;
	forgetSignatures(usedBefore: number): void;

	/** Keeps what one session says to another until that one takes it; it goes with the session it is for. */
	addSignal(to: NextcloudSessionId, text: string): void;
	/** Everything that is kept for a session, oldest first, which is then no longer kept. */
	takeSignals(to: NextcloudSessionId): KeptSignal[];
	/** Puts back what was taken and did not arrive, in its old place; for a session that has ended, nothing. */
	returnSignals(to: NextcloudSessionId, signals: readonly KeptSignal[]): void;
	/** How much is kept for a session. */
	signalBacklog(to: NextcloudSessionId): SignalBacklog;

	close(): void;
}

/** What waits for a session without a socket. */
export interface SignalBacklog {
	count: number;
	characters: number;
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
