import type { AnyActorRef } from 'xstate';
import type { NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../../protocol/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import type {
	MemberState,
	ModeratorOrder,
	PeerSignal,
	SignalingTransport,
	SocketEvent
} from '../../signaling.ts';
import type { EnteredRoom, IceServer, RoomInfo, SignalingSettings, TalkApi } from '../../talk-api.ts';

export interface SignalingSessionInput {
	api: TalkApi;
	transport: SignalingTransport;
	token: RoomToken;
	/** Asked for a moment ago; absent or null: they are still to be fetched. */
	settings?: SignalingSettings | null;
	/** null: the room is being entered, and ROOM_ENTERED will tell. */
	nextcloudSessionId: NextcloudSessionId | null;
	password: string | undefined;
	/** Given anew with each new session in the room. */
	name: string;
	random: () => number;
	/** Hears `SignalingReport`s and `SignalingNews`. */
	owner: AnyActorRef;
}

export type SignalingReport =
	/** In the room. A session that was not resumed is a new one: everything tied to the old one is over. */
	| {
			type: 'SIGNALING_UP';
			sessionId: SessionId;
			resumed: boolean;
			iceServers: IceServer[];
			/** Media goes through a server, and not from peer to peer. */
			hasMediaServer: boolean;
			/** It chooses among several sizes of a picture. */
			hasSimulcast: boolean;
			/** It takes a second offer for a connection that it has. */
			takesUpdates: boolean;
			/** The server says by itself when there is something in the chat; otherwise it has to be asked. */
			tellsOfChat: boolean;
	  }
	| { type: 'SIGNALING_DOWN' }
	/** A request of ours, nobody can say which. */
	| Extract<SocketEvent, { type: 'REQUEST_REFUSED' }>
	/** The room session had expired and was made anew. */
	| { type: 'ROOM_REENTERED'; room: EnteredRoom }
	/** How the room is by now; only from a server that does not tell its changes. */
	| { type: 'ROOM_READ'; room: RoomInfo }
	/** Trying goes on; a person may want to know why it fails. */
	| { type: 'SIGNALING_TROUBLE'; code: ErrorCode }
	/** The server does not want us, and trying again would not help. */
	| { type: 'SIGNALING_REFUSED'; code: ErrorCode };

export type SignalingSessionEvent =
	| SocketEvent
	/** @property replyTo gets SEND_OK or SEND_FAILED with `id` */
	| { type: 'SEND_SIGNAL'; to: SessionId; signal: PeerSignal; id: number; replyTo: AnyActorRef }
	| { type: 'SEND_STATE_TO'; to: readonly SessionId[]; state: MemberState }
	| { type: 'SEND_ORDER_TO'; to: readonly SessionId[]; order: ModeratorOrder }
	/** We are in the room: what waited for that goes on. */
	| { type: 'ROOM_ENTERED'; nextcloudSessionId: NextcloudSessionId }
	/** The network came back, or a person does not want to wait. */
	| { type: 'CONNECT_NOW' }
	/** A connection between members is lost: the socket, which would notice late, may be as dead. */
	| { type: 'DOUBT' }
	/** Somebody else was told that our session in the room is gone. */
	| { type: 'ROOM_SESSION_LOST' }
	/** We are leaving the room: that it does not know us any more is nothing to be mended. */
	| { type: 'PARTING' }
	/** Time to ask a server again that had nothing to say. */
	| { type: 'PULL_AGAIN' }
	/** Ends the session at the server too. */
	| { type: 'STOP' };

/** Waits in the queue while there is no socket. */
type SendSignal = Extract<SignalingSessionEvent, { type: 'SEND_SIGNAL' }>;

/** What the machine asks of the socket. */
export type SocketCommand =
	| { type: 'HELLO'; version: '1.0' | '2.0'; settings: SignalingSettings }
	| { type: 'RESUME'; resumeId: ResumeId }
	| { type: 'JOIN_ROOM'; token: RoomToken; session: NextcloudSessionId }
	| { type: 'SIGNAL'; to: SessionId; signal: PeerSignal }
	| { type: 'STATE'; to: readonly SessionId[]; state: MemberState }
	| { type: 'ORDER'; to: readonly SessionId[]; order: ModeratorOrder }
	| { type: 'PULL' }
	| { type: 'BYE' };

export interface SignalingSessionContext extends SignalingSessionInput {
	settings: SignalingSettings | null;
	sessionId: SessionId | null;
	/** The session that was last reported as up. */
	upAs: SessionId | null;
	resumeId: ResumeId | null;
	welcomed: readonly string[];
	hasMediaServer: boolean;
	hasSimulcast: boolean;
	takesUpdates: boolean;
	/** The server answers whoever asks for the room that they are in. High-performance backends before 1.2 are silent. */
	answersAgain: boolean;
	/** Attempts failed in a row. */
	failures: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** How long the wait for the next attempt is, or was. */
	retryInMs: number;
	/** The room session was made anew a moment ago, with no wait since: a second refusal is final. */
	hasReentered: boolean;
	/** 404s in a row: one may be a server that is just starting. */
	notFound: number;
	/** Signals that wait for the socket; they keep their order. */
	queue: readonly SendSignal[];
}

export const initialContext = (input: SignalingSessionInput): SignalingSessionContext => ({
	...input,
	settings: input.settings ?? null,
	sessionId: null,
	upAs: null,
	resumeId: null,
	welcomed: [],
	hasMediaServer: false,
	hasSimulcast: false,
	takesUpdates: false,
	answersAgain: false,
	failures: 0,
	pauseMs: 0,
	retryInMs: 0,
	hasReentered: false,
	notFound: 0,
	queue: []
});
