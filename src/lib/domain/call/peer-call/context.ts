import type { CallId, SessionId } from '../../../protocol/ids.ts';
import type {
	Candidate,
	Description,
	MemberState,
	PeerSignal,
	Purpose,
	StreamMetadata
} from '../../signaling.ts';
import type { IceServer } from '../../talk-api.ts';
import type { EndReason } from '../end-reason.ts';
import type {
	ConnectionStats,
	IceState,
	MediaLease,
	PeerConnectionEvent,
	PeerConnectionOptions,
	SignalingState
} from '../peer-connection.ts';
import { timingsOf, type PeerCallTimings, type Profile } from '../profile.ts';
import type { SendLimits } from '../send-limits.ts';
import { noStreams, type ArrivedStream, type RemoteStreams } from '../remote-streams.ts';

/** Everything one peer call needs to know at its start. */
export interface PeerCallInput {
	profile: Profile;
	purpose: Purpose;
	callId: CallId;
	/** Whom the connection belongs to. */
	member: SessionId;
	direction: 'outbound' | 'inbound';
	/** Local tracks at hand; a call that answers alone needs it from the start. */
	lease: MediaLease | null;
	muted: Muted;
	/** Group calls answer without a person: ringing is then never seen. */
	answersAlone: boolean;
	/** Which way media goes on this connection. */
	media: PeerConnectionOptions['media'];
	iceServers: readonly IceServer[];
	/** How many calls this session has placed to the member, this one included. */
	callSeq?: number;
	/** Our own id among several devices; native only. */
	partyId?: string;
	isSignalingUp?: boolean;
	/** sfuPublisher: the server takes several sizes of one picture. */
	simulcast?: boolean;
	limits?: SendLimits;
	/** sfuPublisher: the server takes a second offer for the same connection. */
	updates?: boolean;
	timings?: Partial<PeerCallTimings>;
}

export interface Muted {
	audio: boolean;
	video: boolean;
}

export interface PeerCallOutput {
	callId: CallId;
	reason: EndReason;
	party: 'local' | 'remote';
	everConnected: boolean;
	stats: ConnectionStats | null;
}

type FromRemote = { callId: CallId; from: SessionId; partyId?: string };

export type RemoteEvent = FromRemote &
	(
		| {
				type: 'REMOTE_INVITE';
				description: Description;
				metadata: StreamMetadata;
				lifetimeMs: number;
				/** How old the invite was on arrival, by the server's word; 0 when unknown. */
				ageMs: number;
		  }
		| { type: 'REMOTE_ANSWER'; description: Description; metadata: StreamMetadata }
		| { type: 'REMOTE_CANDIDATES'; candidates: Candidate[] }
		| {
				type: 'REMOTE_NEGOTIATE';
				description: Description;
				metadata: StreamMetadata;
				/** Absent: it does not expire. */
				lifetimeMs?: number;
				/** How old it is, counted from its arrival at this session; never from comparing clocks. */
				ageMs?: number;
				/** Its number in the call; absent: the wire has none. */
				seq?: number;
				/** Of an answer: the number of the offer that it answers; absent: of whichever is outstanding. */
				answersSeq?: number;
		  }
		| { type: 'REMOTE_METADATA'; metadata: StreamMetadata }
		| { type: 'REMOTE_HANGUP'; reason: string | undefined }
		/** @property isOwnUser another device of our own user refused or took the call */
		| { type: 'REMOTE_REJECT'; isOwnUser?: boolean }
		| { type: 'REMOTE_SELECT_ANSWER'; selectedPartyId: string | undefined }
		/** Our own user answered on another device. */
		| { type: 'REMOTE_ANSWERED_ELSEWHERE' }
	);

type OwnerEvent =
	| { type: 'CALL'; lease: MediaLease | null; muted: Muted }
	| { type: 'ANSWER'; lease: MediaLease | null; muted: Muted }
	| { type: 'REJECT' }
	| { type: 'HANGUP'; reason: EndReason }
	| { type: 'CLOSE'; reason: EndReason }
	| { type: 'SET_MEDIA'; lease: MediaLease | null }
	| { type: 'SET_MUTED'; muted: Muted }
	| { type: 'SET_LIMITS'; limits: SendLimits }
	| { type: 'SET_RECEIVING'; video: boolean }
	| { type: 'SET_ICE_SERVERS'; iceServers: readonly IceServer[] }
	| SendState
	/** Reads the connection's counters into `stats`. */
	| { type: 'GATHER_STATS' }
	| { type: 'YIELD_TO'; callId: CallId }
	| { type: 'SIGNALING_DOWN' | 'SIGNALING_UP' };

/** Tell the other side over the data channel, if it is open; signaling carries the same. */
export interface SendState {
	type: 'SEND_STATE';
	state: MemberState;
}

export interface PeerConnectionInput {
	member: SessionId;
	options: PeerConnectionOptions;
}

export type TransportEvent =
	{ type: 'SEND_OK'; id: number } | { type: 'SEND_FAILED'; id: number; retryable: boolean };

/** What the phases tell the other regions. */
type InternalEvent =
	| { type: 'SETUP_DONE' }
	| { type: 'HANDED_OVER' }
	| { type: 'GATE_OPENED' }
	| { type: 'OVER'; reason: EndReason; party: 'local' | 'remote'; how: EndingHow };

/** What the other side is told: a hangup if it can know the call, a refusal, or nothing. */
export type EndingHow = 'hangup' | 'reject' | 'silent';

export type PeerCallEvent = RemoteEvent | OwnerEvent | TransportEvent | PeerConnectionEvent | InternalEvent;

/** To the transport edge; it answers SEND_OK or SEND_FAILED with the same id. */
export interface SendCommand {
	type: 'SEND';
	id: number;
	to: SessionId;
	signal: PeerSignal;
}

/** A message that is neither set-up, candidates nor last words: sent again, as it is, when sending fails for now. */
export interface Unacknowledged {
	sendId: number;
	signal: PeerSignal;
	failures: number;
	state: 'sent' | 'failed';
}

/** Commands to the edge that are answered: one token for each kind is pending at most. */
type Operation = 'media' | 'local' | 'remote' | 'rollBack' | 'read' | 'stats';

export interface PeerCallContext {
	input: PeerCallInput;
	timings: PeerCallTimings;
	lease: MediaLease | null;
	/** The lease changed while the answer was being made: applied as soon as that is set. */
	isMediaKept: boolean;
	muted: Muted;
	/** undefined: nobody was chosen yet; null: chosen, and it named no id. */
	chosenParty: string | null | undefined;
	/** The remote description to apply, with the metadata that came along. */
	remoteDescription: Description | null;
	remoteMetadata: StreamMetadata;
	localDescription: Description | null;
	/** What our streams are called in our last local description: the keys of our metadata. */
	streamIds: string[];
	screenStreamIds: string[];
	/** Our metadata as the other side was last told, with a description or without; null: never. */
	announced: StreamMetadata | null;
	lastToken: number;
	pending: Partial<Record<Operation, number>>;
	/** Sends that are waited for, by what they carry. */
	lastSendId: number;
	/** Natively each message has a number, from 0 in the order of first sending; sending again keeps it. */
	nextSeq: number;
	unacknowledged: Unacknowledged[];
	setupSendId: number | null;
	setupSignal: PeerSignal | null;
	setupSendFailures: number;
	candidateSendId: number | null;
	endingSendId: number | null;
	/** The invite or the answer was given to the transport: not "was acknowledged". */
	isHandedOver: boolean;
	isRemoteSet: boolean;
	wasRemoteHeard: boolean;
	isSignalingUp: boolean;
	isIceUp: boolean;
	iceState: IceState;
	everConnected: boolean;
	restarts: number;
	outgoing: Candidate[];
	/** How many of them belong to the flush under way; the others wait for the next batch. */
	toFlush: number;
	/** On their way, or waiting to be sent again as they are. */
	inFlight: Candidate[];
	inFlightSignal: PeerSignal | null;
	endMark: 'none' | 'due' | 'sent';
	candidateFailures: number;
	incoming: Record<string, Candidate[]>;
	signalingState: SignalingState;
	negotiationPending: boolean;
	waitingNegotiate: { description: Description; metadata: StreamMetadata; seq: number | null } | null;
	/** Numbers of the last offers of negotiation, ours and theirs: an answer says which one it is for. */
	offerSeq: number | null;
	remoteOfferSeq: number | null;
	isIgnoringOffer: boolean;
	negotiationFailures: number;
	mediaFailures: number;
	/** How long an inbound invite may ring, with its age taken off. */
	ringMs: number;
	/** What arrives of the connection's own purpose. */
	tracks: { audio: boolean; video: boolean };
	streamKey: string | null;
	/** Native: every stream with a name, described or not, in order of arrival. */
	arrived: ArrivedStream[];
	/** Native: those of them that are shown, by purpose. */
	streams: RemoteStreams;
	/** Native: the other side describes its streams; if it never does, it has one. */
	isDescribing: boolean;
	end: { reason: EndReason; party: 'local' | 'remote'; how: EndingHow; text?: string } | null;
	stats: ConnectionStats | null;
	/** Things that should not happen, by event type: logged, never thrown. */
	unexpected: Record<string, number>;
	dropped: { candidates: number; parties: number };
	warnings: string[];
}

export const initialContext = (input: PeerCallInput): PeerCallContext => ({
	input,
	timings: { ...timingsOf(input.profile, input.direction), ...input.timings },
	lease: input.lease,
	isMediaKept: false,
	muted: input.muted,
	chosenParty: undefined,
	remoteDescription: null,
	remoteMetadata: {},
	localDescription: null,
	streamIds: [],
	screenStreamIds: [],
	announced: null,
	lastToken: 0,
	pending: {},
	lastSendId: 0,
	nextSeq: 0,
	unacknowledged: [],
	setupSendId: null,
	setupSignal: null,
	setupSendFailures: 0,
	candidateSendId: null,
	endingSendId: null,
	isHandedOver: false,
	isRemoteSet: false,
	wasRemoteHeard: false,
	isSignalingUp: input.isSignalingUp ?? true,
	isIceUp: false,
	iceState: 'new',
	everConnected: false,
	restarts: 0,
	outgoing: [],
	toFlush: 0,
	inFlight: [],
	inFlightSignal: null,
	endMark: 'none',
	candidateFailures: 0,
	incoming: {},
	signalingState: 'stable',
	negotiationPending: false,
	waitingNegotiate: null,
	offerSeq: null,
	remoteOfferSeq: null,
	isIgnoringOffer: false,
	negotiationFailures: 0,
	mediaFailures: 0,
	ringMs: 0,
	tracks: { audio: false, video: false },
	streamKey: null,
	arrived: [],
	streams: noStreams,
	isDescribing: false,
	end: null,
	stats: null,
	unexpected: {},
	dropped: { candidates: 0, parties: 0 },
	warnings: []
});
