import type { CallId, NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../protocol/ids.ts';
import type { CallPresence, Permissions, SignalingSettings } from './talk-api.ts';

/** What kind of stream a connection carries. Wire: `roomType` `video` or `screen`. */
export type Purpose = 'usermedia' | 'screenshare';

export interface Candidate {
	/** The empty string is the end-of-candidates mark. */
	candidate: string;
	sdpMid: string | null;
	sdpMLineIndex: number | null;
	usernameFragment?: string;
}

/** Mute state of the streams of one connection, always whole, never a delta (Matrix VoIP, MSC3077). */
export type StreamMetadata = Record<string, { purpose: Purpose; audioMuted: boolean; videoMuted: boolean }>;

export interface Description {
	type: 'offer' | 'answer';
	sdp: string;
}

/**
 * What two peer calls say to each other. `native` uses all kinds; Talk's wire knows offers, answers and candidates,
 * and its adapter leaves the others out.
 */
export type PeerSignal = { callId: CallId; purpose: Purpose; seq?: number; partyId?: string } & (
	| {
			kind: 'invite';
			description: Description;
			metadata: StreamMetadata;
			lifetimeMs: number;
			/** How long it lay here before it could be given to anybody; absent: not at all. Never on the wire. */
			ageMs?: number;
			/** How many calls this session has placed to us: tells a late invite from a new one. Native only. */
			callSeq?: number;
	  }
	| { kind: 'answer'; description: Description; metadata: StreamMetadata; callSeq?: number }
	| { kind: 'candidates'; candidates: Candidate[] }
	| {
			kind: 'negotiate';
			description: Description;
			metadata: StreamMetadata;
			lifetimeMs: number;
			/** As of an invite. */
			ageMs?: number;
			/** Of an answer: the `seq` of the offer that it answers. An offer that was withdrawn may still be answered. */
			answersSeq?: number;
	  }
	| { kind: 'select_answer'; selectedPartyId: string }
	| { kind: 'metadata'; metadata: StreamMetadata }
	| { kind: 'hangup'; reason: string }
	| { kind: 'reject' }
	/**
	 * Asks the media server for the offer of a publisher; goes to the publisher's session. An update names the
	 * connection it is for, a first request carries an id that nothing has yet.
	 */
	| { kind: 'request_offer'; isUpdate: boolean }
	/** Asks the media server to offer our screen to this session, which cannot know of it otherwise. */
	| { kind: 'send_offer' }
	/** Asks the media server for this layer of a picture that it sends us; null: for none, sound goes on. */
	| { kind: 'select_stream'; layer: 0 | 1 | 2 | null }
);

/** What a session tells all others about itself, beside its media. Idempotent: the last one wins. */
export type MemberState =
	| { kind: 'microphone'; state: 'on' | 'off' }
	| { kind: 'camera'; state: 'on' | 'off' }
	| { kind: 'speaking'; state: 'on' | 'off' }
	| { kind: 'name'; name: string }
	/** @property at sender's clock, unix milliseconds: hands are ordered by it */
	| { kind: 'hand'; state: 'raised' | 'lowered'; at: number }
	| { kind: 'reaction'; emoji: string }
	| { kind: 'screenshare'; state: 'stopped' };

/** What a moderator tells everybody that `target` is to do. Its own page obeys; unmuting is up to that person. */
export interface ModeratorOrder {
	kind: 'mute' | 'lower-hand';
	target: SessionId;
}

/** One session as the signaling server lists it. Absent fields were not in this update: keep what was known. */
export interface ParticipantUpdate {
	sessionId: SessionId;
	nextcloudSessionId?: NextcloudSessionId;
	presence?: CallPresence;
	permissions?: Permissions;
	name?: string;
	actorType?: string;
	actorId?: string;
	/** A recorder, transcriber or phone bridge. */
	isInternal?: boolean;
	/** Moderates the room, with an account or as a guest. */
	isModerator?: boolean;
	/** Local clock, unix milliseconds: without another word the session counts as gone then. Absent: nothing is known. */
	expiresAt?: number;
}

/** What one signaling socket reports. The first event is SOCKET_OPENED or SOCKET_CLOSED, the last SOCKET_CLOSED. */
export type SocketEvent =
	| { type: 'SOCKET_OPENED' }
	| { type: 'WELCOME_RECEIVED'; features: string[] }
	| { type: 'HELLO_ACCEPTED'; sessionId: SessionId; resumeId: ResumeId; features: string[] }
	| { type: 'HELLO_REFUSED'; code: string }
	| { type: 'ROOM_JOINED'; token: RoomToken }
	| { type: 'ROOM_REFUSED'; code: string }
	/** @property code one of the signaling server's error codes, for any other request or none */
	| { type: 'REQUEST_REFUSED'; code: string }
	| { type: 'SERVER_SAID_BYE'; reason: string }
	/** @property code WebSocket close code */
	| { type: 'SOCKET_CLOSED'; code: number }
	/** The server was asked, and had nothing to say: it is asked again when `pullAgain` is called, and not before. */
	| { type: 'NOTHING_NEW' }
	| SignalingNews;

/** What happens in the room: passed on by the signaling session to the call. */
export type SignalingNews =
	/** Merge by session id; absence of a session says nothing. */
	| { type: 'PARTICIPANTS_CHANGED'; participants: ParticipantUpdate[] }
	| { type: 'CALL_ENDED_FOR_ALL' }
	| { type: 'SESSIONS_LEFT'; sessionIds: SessionId[] }
	| { type: 'PEER_SIGNAL_RECEIVED'; from: SessionId; signal: PeerSignal }
	| { type: 'MEMBER_STATE_RECEIVED'; from: SessionId; state: MemberState }
	/** A moderator muted `target`; only from a control message. */
	| { type: 'MUTED_BY_MODERATOR'; target: SessionId; from: SessionId }
	/** The same for a raised hand. */
	| { type: 'HAND_LOWERED_BY_MODERATOR'; target: SessionId; from: SessionId }
	| { type: 'CHAT_CHANGED' }
	| { type: 'RECORDING_CHANGED'; isRecording: boolean }
	/** Our place is in another room, for the time of breakout rooms or after it. */
	| { type: 'SENT_TO_ROOM'; token: RoomToken }
	/** We were removed, or our session was replaced by another of ours. */
	| { type: 'REMOVED_FROM_ROOM'; reason: 'removed' | 'replaced' };

/**
 * An open or opening socket, or what takes the place of one at a server without: there hello and resume do not exist,
 * and joining the room accepts the hello. Every method is a no-op after `close()`.
 */
export interface SignalingSocket {
	/** @param version 2.0 needs `settings.helloV2`, 1.0 `settings.helloV1` */
	hello(version: '1.0' | '2.0', settings: SignalingSettings): void;
	resume(resumeId: ResumeId): void;
	joinRoom(token: RoomToken, session: NextcloudSessionId): void;
	sendSignal(to: SessionId, signal: PeerSignal): void;
	/** To every session named; one frame each, as Talk's clients expect. */
	sendState(to: readonly SessionId[], state: MemberState): void;
	/** To every session named, as a moderator; dropped by the server without a word where we may not. */
	sendOrder(to: readonly SessionId[], order: ModeratorOrder): void;
	/** Ends the session at the server, and with it that in the room: it cannot be resumed. */
	bye(): void;
	/** Only of a transport that says NOTHING_NEW. */
	pullAgain?(): void;
	close(): void;
}

export interface SignalingTransport {
	/**
	 * Opens one socket. `listener` is called asynchronously and never after `close()`.
	 * @param url null: the server has no socket
	 */
	open(url: string | null, listener: (event: SocketEvent) => void): SignalingSocket;
}
