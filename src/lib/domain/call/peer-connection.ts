import type { CallId } from '../../protocol/ids.ts';
import type { Candidate, Description } from '../signaling.ts';
import type { MediaKind, TrackId } from '../media/capture.ts';
import type { IceServer } from '../talk-api.ts';
import type { SendLimits } from './send-limits.ts';

/**
 * The peer-connection edge as the machines see it: commands in, facts out, no WebRTC type. One edge is one
 * RTCPeerConnection. Commands run one after the other in the order given; a result carries the token of its command.
 */

/** Local tracks that one connection may send until it gives the lease back. Absent kinds are not sent. */
export interface MediaLease {
	leaseId: string;
	/** Of the connection's own purpose. */
	tracks: Partial<Record<MediaKind, TrackId>>;
	/** A shared screen as a second stream of the same connection: native only, Talk gives it a connection of its own. */
	screen?: Partial<Record<MediaKind, TrackId>>;
}

export interface PeerConnectionOptions {
	callId: CallId;
	/** Entered in the ledger beside everything this edge opens. */
	owner: string;
	iceServers: readonly IceServer[];
	/** `both`: one audio and one video transceiver are allocated at once by the offering side, so that tracks come and
	 * go by replaceTrack without negotiation. */
	media: { audio: 'both' | 'send' | 'receive' | 'none'; video: 'both' | 'send' | 'receive' | 'none' };
	/**
	 * `one`: whatever arrives belongs to one stream, with or without a name (Talk). `described`: streams are told apart
	 * by their ids, metadata says what each is for, and a screen may be sent beside camera and microphone (native).
	 */
	streams: 'one' | 'described';
	/** The camera's picture is sent in three sizes at once, for a media server to choose from. */
	simulcast?: boolean;
	/** From the start; absent: none. */
	limits?: SendLimits;
	/** Opened by the side that offers, for mute and speaking messages; null: none. */
	dataChannel: string | null;
	/**
	 * The other side, which offers, begins the DTLS handshake, though it leaves that to us. One that has just got our
	 * answer is not yet listening: what we sent first would be lost, and sent again only after 50 ms.
	 */
	leavesDtlsToThem?: boolean;
}

export type PeerConnectionCommand =
	/** Attach these tracks (null lease: none). Also allocates transceivers on the offering side, so that
	 * negotiation-needed fires even without a track. A screen that comes or goes, and with described streams a track
	 * that fits no section, fires it on either side. → PC_MEDIA_APPLIED or PC_MEDIA_REFUSED */
	| { type: 'APPLY_MEDIA'; token: number; lease: MediaLease | null; offering: boolean }
	/** Parameterless setLocalDescription: an offer in stable, an answer in have-remote-offer. → PC_LOCAL_SET / PC_LOCAL_FAILED */
	| { type: 'SET_LOCAL'; token: number }
	/** The local description as it is now, with the candidates gathered so far. → PC_LOCAL_READ */
	| { type: 'READ_LOCAL'; token: number }
	/** Rolls back an own offer first if it has to. → PC_REMOTE_SET / PC_REMOTE_FAILED */
	| { type: 'SET_REMOTE'; token: number; description: Description }
	/** → PC_ROLLED_BACK / PC_LOCAL_FAILED */
	| { type: 'ROLL_BACK'; token: number }
	/** Applied one by one; each refusal is one PC_CANDIDATE_REFUSED. An empty candidate is the end mark. */
	| { type: 'ADD_CANDIDATES'; candidates: readonly Candidate[] }
	| { type: 'RESTART_ICE' }
	| { type: 'SET_ICE_SERVERS'; iceServers: readonly IceServer[] }
	/** Of what is sent, from now on; what a browser cannot limit is sent as before. */
	| { type: 'SET_LIMITS'; limits: SendLimits }
	/** Whether the picture of the other side's camera is wanted; a change fires negotiation-needed. */
	| { type: 'SET_RECEIVING'; video: boolean }
	/** Text over the data channel; dropped while it is not open. */
	| { type: 'SEND_DATA'; text: string }
	/** → PC_STATS */
	| { type: 'READ_STATS'; token: number };

/**
 * `streamId` finds a remote stream for playing: with `one` stream it is the call id. `remoteStreamId` is what the other
 * side calls it, the key of its metadata; null: the track came without a stream.
 */
export type PeerConnectionEvent =
	| { type: 'PC_NEGOTIATION_NEEDED'; signalingState: SignalingState }
	/** @property streamIds ids under which our tracks are announced; @property screenStreamIds those of a screen beside */
	| {
			type: 'PC_LOCAL_SET';
			token: number;
			description: Description;
			streamIds: string[];
			screenStreamIds: string[];
	  }
	| { type: 'PC_LOCAL_FAILED'; token: number; message: string }
	| { type: 'PC_LOCAL_READ'; token: number; description: Description }
	/** @property receivers how many transceivers the description yielded; @property hasData it carries a data channel */
	| { type: 'PC_REMOTE_SET'; token: number; receivers: number; hasData: boolean }
	| { type: 'PC_REMOTE_FAILED'; token: number; message: string }
	| { type: 'PC_ROLLED_BACK'; token: number }
	| { type: 'PC_MEDIA_APPLIED'; token: number }
	| { type: 'PC_MEDIA_REFUSED'; token: number; message: string }
	| { type: 'PC_CANDIDATE'; candidate: Candidate }
	| { type: 'PC_CANDIDATE_REFUSED'; message: string }
	| { type: 'PC_GATHERING_COMPLETE' }
	| { type: 'PC_ICE_STATE'; state: IceState }
	| { type: 'PC_CONNECTION_STATE'; state: ConnectionState }
	| { type: 'PC_SIGNALING_STATE'; state: SignalingState }
	| { type: 'PC_TRACK'; kind: MediaKind; streamId: string; remoteStreamId: string | null }
	| { type: 'PC_TRACK_GONE'; kind: MediaKind; streamId: string; remoteStreamId: string | null }
	| { type: 'PC_DATA_OPEN' }
	| { type: 'PC_DATA'; text: string }
	| { type: 'PC_STATS'; token: number; stats: ConnectionStats }
	/** The edge itself broke; nothing more will come. */
	| { type: 'PC_FATAL'; message: string };

export type SignalingState =
	| 'stable'
	| 'have-local-offer'
	| 'have-remote-offer'
	| 'have-local-pranswer'
	| 'have-remote-pranswer'
	| 'closed';
export type IceState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';
type ConnectionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/** Counters since the connection began; bytes of media, milliseconds. */
export interface ConnectionStats {
	bytesSent: number;
	bytesReceived: number;
	roundTripMs: number | null;
	audioBytesReceived?: number;
	videoBytesReceived?: number;
	packetsReceived?: number;
	packetsLost?: number;
	/** The worst of all that is received. */
	jitterMs?: number | null;
	/** Of the sound that was played, how much was made up for lost packets, and of how much in all. */
	concealedSamples?: number;
	totalSamples?: number;
	framesDecoded?: number;
	detail?: ConnectionDetail;
}

/** What a connection is like at the moment; null: the browser does not say. */
export interface ConnectionDetail {
	/** Straight to the other side, or through a relay of either side. */
	route: 'direct' | 'relay' | null;
	/** Of the way to whoever is next: the other side, or the relay. */
	protocol: 'udp' | 'tcp' | 'tls' | null;
	/** Of what we send, as the other side reports: a share in 0 … 1. */
	lossOut: number | null;
	/** Bits per second that are thought to fit. */
	availableBps: number | null;
	/** What keeps our own picture small. */
	limitation: 'none' | 'cpu' | 'bandwidth' | 'other' | null;
	streams: readonly StreamDetail[];
}

export interface StreamDetail {
	direction: 'sent' | 'received';
	kind: MediaKind;
	codec: string | null;
	width: number | null;
	height: number | null;
	fps: number | null;
}

export interface PeerConnectionEdge {
	command(command: PeerConnectionCommand): void;
	/** Detaches every listener first, then closes; nothing is reported afterwards. A second call does nothing. */
	close(): void;
}

export interface PeerConnections {
	/** `listener` is called asynchronously and never after `close()`. Opening itself never throws: PC_FATAL instead. */
	open(options: PeerConnectionOptions, listener: (event: PeerConnectionEvent) => void): PeerConnectionEdge;
}
