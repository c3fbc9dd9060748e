import type { NextcloudSessionId, RoomToken } from '../protocol/ids.ts';
import type { Abort } from './call/wait-for-phase.ts';

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
	permissions: Permissions;
}

/** A joined room: what `participants/active` answered. */
export interface EnteredRoom extends RoomInfo {
	nextcloudSessionId: NextcloudSessionId;
	actorType: string;
	actorId: string;
	isModerator: boolean;
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
	/** The message that a system message is about, as that is now. */
	about?: ChatMessage;
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
		message: { text: string; referenceId: string; actorName: string }
	): Promise<ChatMessage | null>;
	createRoom(name: string): Promise<RoomInfo>;
}
