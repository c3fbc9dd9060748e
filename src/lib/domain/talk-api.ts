import type { NextcloudSessionId, RoomToken } from '../protocol/ids.ts';
import type { Abort } from './abort.ts';

/** What a session announces about itself in the call. Talk's call flags, in words. */
export interface CallPresence {
	inCall: boolean;
	/** It has a microphone track to send; says nothing about being muted. */
	audio: boolean;
	video: boolean;
}

/** What the room lets this session do: Talk's effective permission bits. */
export interface Permissions {
	startCall: boolean;
	joinCall: boolean;
	publishAudio: boolean;
	publishVideo: boolean;
	publishScreen: boolean;
	chat: boolean;
}

export interface RoomInfo {
	token: RoomToken;
	/** Empty when the server does not tell it to those who have not joined. */
	name: string;
	hasPassword: boolean;
	hasCall: boolean;
	/** Server clock, unix seconds; 0 when no call runs. */
	callStartedAt: number;
	isReadOnly: boolean;
	/** We have to wait in front of the call and its chat. */
	isLobbyActive: boolean;
	/** When the lobby opens by itself, server clock, unix seconds; 0: when a moderator opens it. */
	lobbyOpensAt: number;
	/** Consent to recording has to be given with each join of the call. */
	needsRecordingConsent: boolean;
	/** The call is being recorded now; absent: not that we know. */
	isRecording?: boolean;
	/** The lobby is closed to guests, whether or not we pass it. */
	isLobbyClosed?: boolean;
	/** What the room says about itself; absent or empty: nothing. */
	description?: string;
	permissions: Permissions;
}

/** A joined room: what `participants/active` answered. */
export interface EnteredRoom extends RoomInfo {
	nextcloudSessionId: NextcloudSessionId;
	actorType: string;
	actorId: string;
	isModerator: boolean;
}

/** Somebody in the room, as its moderators are told. */
export interface Attendee {
	attendeeId: number;
	actorType: string;
	actorId: string;
	/** Empty: a guest without a name. */
	name: string;
	isModerator: boolean;
	/** Has a session in the room now. */
	isHere: boolean;
	isInCall: boolean;
	/** May pass a closed lobby. */
	passesLobby: boolean;
	/** Talk's bits, as they count now: what is set anew has to name all of them. */
	permissions: number;
	sessions: readonly NextcloudSessionId[];
}

/** What moderators may ask. Each rejects with a `RoostError`; `server.refused` where the server does not allow it. */
export interface ModerationApi {
	listAttendees(token: RoomToken): Promise<Attendee[]>;
	setModerator(token: RoomToken, attendeeId: number, isModerator: boolean): Promise<void>;
	/** Out of the room; coming back as somebody else is possible. */
	removeAttendee(token: RoomToken, attendeeId: number): Promise<void>;
	/** Out of the room, and not let in again until a moderator ends the ban. */
	ban(token: RoomToken, attendee: Pick<Attendee, 'actorType' | 'actorId'>): Promise<void>;
	/** This one passes the lobby, which stays closed to the others. */
	admit(token: RoomToken, attendee: Pick<Attendee, 'attendeeId' | 'permissions'>): Promise<void>;
	setLobby(token: RoomToken, isClosed: boolean): Promise<void>;
	/** Locked: nobody writes or enters the call. */
	setLocked(token: RoomToken, isLocked: boolean): Promise<void>;
	/** A link that makes whoever opens it a moderator, in place of the one before. Only of Roost's own server. */
	makeModeratorLink(token: RoomToken): Promise<string>;
}

export interface IceServer {
	urls: string[];
	username?: string;
	credential?: string;
}

/** One set of credentials for one hello: the token in it lives 60 s. */
export interface SignalingSettings {
	/** WebSocket address, `/spreed` included; null: the server has no socket, and is asked again and again instead. */
	url: string | null;
	/** Where the signaling server asks about us: Talk's backend address. */
	backendUrl: string;
	helloV1: { userid: string | null; ticket: string } | null;
	helloV2: { token: string } | null;
	iceServers: IceServer[];
}

export interface ServerInfo {
	callsEnabled: boolean;
	maxChatLength: number;
	reactions: string[];
	/** What the server can do, by Talk's names. */
	features: readonly string[];
	canCreateRooms: boolean;
	/** Calls are end-to-end encrypted, which Roost cannot join yet. */
	hasEncryptedCalls: boolean;
}

/** A value that a message text refers to by `{key}`. */
export interface RichObject {
	type: string;
	id: string;
	name: string;
	link?: string;
	/** Of a person who is spoken to: how it is written in a message, after the @. */
	mentionId?: string;
	/** Of a file: bytes. */
	size?: number;
	mimetype?: string;
	/** Of a file: whoever shared it does not want it to be taken away. */
	hidesDownload?: boolean;
}

export interface ChatMessage {
	/** Rising per server. */
	id: number;
	actorType: string;
	actorId: string;
	/** May be empty: a guest without a name. */
	actorName: string;
	/** Server clock, unix seconds. */
	sentAt: number;
	/** Plain text with `{placeholders}`; never markup. */
	text: string;
	parameters: Record<string, RichObject>;
	/** Talk's keyword for a system message, else empty. */
	systemMessage: string;
	referenceId: string;
	isMarkdown: boolean;
	isDeleted: boolean;
	isEdited: boolean;
	isReplyable: boolean;
	/** Server clock, unix seconds, after which nobody sees it any more; 0: never. */
	expiresAt: number;
	/** Emoji, and how many reacted with it. */
	reactions: readonly (readonly [emoji: string, count: number])[];
	/** Ours among them; null: the server did not say. */
	ownReactions: readonly string[] | null;
	/** What it answers, as that is now; null: that is gone. */
	parent?: ChatMessage | null;
	/** The message that a system message is about, as that is now. */
	about?: ChatMessage;
}

/** Who reacted to one message, by emoji. */
export type Reactors = ReadonlyMap<
	string,
	readonly { actorType: string; actorId: string; actorName: string }[]
>;

/** Somebody who can be spoken to in a message. */
export interface Mentionable {
	/** Written after the @. */
	mentionId: string;
	name: string;
	isEverybody: boolean;
}

export interface Poll {
	id: number;
	question: string;
	options: readonly string[];
	isOpen: boolean;
	/** Who voted for what is never told, and how many only at the end. */
	isHidden: boolean;
	/** For how many options one may vote; 0: for all of them. */
	maxVotes: number;
	/** By option; null: not for us, or not yet. */
	counts: readonly number[] | null;
	/** Null as above. */
	voters: number | null;
	/** The options that we voted for. */
	own: readonly number[];
}

export interface MessagePage {
	/** Oldest first, whatever the direction asked for. */
	messages: ChatMessage[];
	/** The id to go on from, even when invisible messages were skipped; undefined when the server gave none. */
	lastGiven: number | undefined;
}

/** One person in the call as the server lists them; the way for a guest to learn names. */
export interface CallPeer {
	nextcloudSessionId: NextcloudSessionId;
	name: string;
}

/**
 * Talk's HTTP API in the words of the domain. Every method rejects with a `RoostError`, never with anything else.
 * An aborted request rejects with the code `server.unreachable`.
 */
export interface TalkApi {
	fetchServerInfo(): Promise<ServerInfo>;
	/** @throws `room.not-found` on one 404; the caller asks twice before believing it */
	lookUpRoom(token: RoomToken): Promise<RoomInfo>;
	/**
	 * Creates this browser tab's session in the room.
	 * @param takeOver end a session of the same cookie and tab that is still alive
	 * @throws `room.occupied` when one is alive and `takeOver` is false; `room.password`, `room.banned`
	 */
	enterRoom(token: RoomToken, options: { password?: string; takeOver: boolean }): Promise<EnteredRoom>;
	/** @param keepalive the request outlives the page */
	leaveRoom(token: RoomToken, options?: { keepalive?: boolean }): Promise<void>;
	setGuestName(token: RoomToken, name: string): Promise<void>;
	fetchSignalingSettings(token: RoomToken): Promise<SignalingSettings>;
	/** @param silent notify nobody when this starts the call */
	joinCall(
		token: RoomToken,
		presence: CallPresence,
		options: { silent: boolean; consent: boolean }
	): Promise<void>;
	updateCall(token: RoomToken, presence: CallPresence): Promise<void>;
	leaveCall(token: RoomToken, options?: { keepalive?: boolean; forEveryone?: boolean }): Promise<void>;
	listCallPeers(token: RoomToken): Promise<CallPeer[]>;
	/** @param before ids below this one, newest page first; omitted: the newest page. @param limit 1 to 200 */
	fetchHistory(token: RoomToken, options: { before?: number; limit: number }): Promise<MessagePage>;
	/**
	 * @param waitSeconds 0 to 30: how long the server may hold the request open
	 * @param signal ends the waiting
	 */
	fetchNewer(
		token: RoomToken,
		options: { after: number; waitSeconds: number; signal?: Abort }
	): Promise<MessagePage>;
	/** @returns the stored message, or null when its author may not see it */
	sendMessage(
		token: RoomToken,
		message: { text: string; referenceId: string; actorName: string; replyTo?: number }
	): Promise<ChatMessage | null>;
	/** @returns the system message that says so, about the message as it is then */
	editMessage(token: RoomToken, id: number, text: string): Promise<ChatMessage | null>;
	/** @returns as `editMessage` */
	deleteMessage(token: RoomToken, id: number): Promise<ChatMessage | null>;
	addReaction(token: RoomToken, id: number, emoji: string): Promise<Reactors>;
	/** @throws `server.refused` also when it was not there */
	removeReaction(token: RoomToken, id: number, emoji: string): Promise<Reactors>;
	fetchReactors(token: RoomToken, id: number): Promise<Reactors>;
	fetchMentionable(token: RoomToken, search: string): Promise<Mentionable[]>;
	fetchPoll(token: RoomToken, pollId: number): Promise<Poll>;
	/** @param optionIds all our votes, in place of those before */
	votePoll(token: RoomToken, pollId: number, optionIds: readonly number[]): Promise<Poll>;
	createRoom(name: string): Promise<RoomInfo>;
}
