import type { SnapshotFrom } from 'xstate';
import type { CallId, SessionId } from '../../../protocol/ids.ts';
import type { MediaKind } from '../../media/capture.ts';
import type { MemberState, PeerSignal, Purpose } from '../../signaling.ts';
import type { IceServer } from '../../talk-api.ts';
import type { EarlyCandidates } from '../early-messages.ts';
import type { EndReason } from '../end-reason.ts';
import type { MediaLease } from '../peer-connection.ts';
import type { PictureSize } from '../picture-size.ts';
import type { peerCallMachine } from '../peer-call-machine.ts';
import type { Muted, PeerCallOutput, TransportEvent } from '../peer-call/setup.ts';
import type { Announced, Profile } from '../profile.ts';
import type { SendLimits } from '../send-limits.ts';
import { emptyGate, type SeqGate } from '../seq-gate.ts';

export interface MemberInput {
	profile: Profile;
	purpose: Purpose;
	/** Fixed for a screen: its owner offers. Otherwise the sessions are compared. */
	initiator: 'us' | 'them' | 'compare';
	ours: { id: SessionId } & Announced;
	/** Whom messages go to. A publisher's is our own session: the media server answers in its name. */
	theirs: { id: SessionId } & Announced;
	lease: MediaLease | null;
	muted: Muted;
	/** With a media server: which of their media we want. Absent: all. */
	receives?: Readonly<Record<MediaKind, boolean>>;
	/** What the room lets us send beside a screen: servers drop what announces more. Absent: all. */
	sends?: Readonly<Record<MediaKind, boolean>>;
	/**
	 * How large their picture is shown. With a media server, where it can send several sizes; without one, only whether
	 * it is wanted at all. Absent: it comes as it comes.
	 */
	picture?: PictureSize;
	/** Of what we send; absent: none. */
	limits?: SendLimits;
	/** With a media server: it takes several sizes of our picture. */
	simulcast?: boolean;
	/** With a media server: it takes a second offer for our connection. */
	updates?: boolean;
	iceServers: readonly IceServer[];
	isSignalingUp: boolean;
	/** Our own id among several devices of one session; native only. */
	partyId?: string;
	/** Makes an id that no call ever had. */
	newCallId: () => CallId;
	/** Closes whatever a failed peer call left open. */
	releaseResources: (owner: CallId) => void;
	/** In [0, 1): spreads retries, so that two sides do not collide for ever. */
	random: () => number;
}

export type MemberEvent =
	| { type: 'SIGNAL'; signal: PeerSignal }
	| { type: 'UPDATE'; ours: MemberInput['ours']; theirs: MemberInput['theirs'] }
	| { type: 'SET_MEDIA'; lease: MediaLease | null }
	/** What a connection is to send is agreed on when it is made: it is made anew. */
	| { type: 'SET_SENDS'; sends: NonNullable<MemberInput['sends']> }
	| { type: 'SET_MUTED'; muted: Muted }
	| { type: 'SET_PICTURE'; picture: PictureSize }
	| { type: 'SET_LIMITS'; limits: SendLimits }
	| { type: 'SET_ICE_SERVERS'; iceServers: readonly IceServer[] }
	| { type: 'SEND_STATE'; state: MemberState }
	| { type: 'GATHER_STATS' }
	| { type: 'SIGNALING_UP' | 'SIGNALING_DOWN' }
	/** The call has a free slot for one more set-up. */
	| { type: 'DIAL' }
	/** A person asks for another attempt, or the network came back. */
	| { type: 'RETRY' }
	/** The media server does not let us ask for an offer, most likely since it does not know that we are in the call. */
	| { type: 'OFFER_REFUSED' }
	| { type: 'FORGET_EARLY' | 'FORGET_LIMBO'; callId: CallId }
	/** A numbered signal whose turn has come. */
	| { type: 'SIGNAL_DUE'; signal: PeerSignal }
	| { type: 'SKIP_GAP'; ticket: number }
	| { type: 'FORGET_FAILURE' }
	| TransportEvent
	| { type: `xstate.snapshot.${string}`; snapshot: SnapshotFrom<typeof peerCallMachine> }
	| { type: `xstate.done.actor.${string}`; output: PeerCallOutput; actorId: string }
	| { type: `xstate.error.actor.${string}`; error: unknown; actorId: string };

/** Why a connection does not work, for the tile. */
interface MemberError {
	reason: EndReason;
	/** The other side's word for it, or what was thrown; null: there is no more to say. */
	text: string | null;
}

export interface MemberContext extends MemberInput {
	current: CallId | null;
	/** Ours, superseded by theirs, for as long as a peer that yields to us may still answer it. */
	limbo: CallId | null;
	isConnected: boolean;
	/** What the media server was asked to send of their picture; a new connection begins with all of it. */
	pictureAsked: { callId: CallId; picture: PictureSize } | null;
	/** Without a media server: asked to pause, the other side gave no answer, and the connection had to be made anew. */
	cannotPause: boolean;
	tombstones: readonly CallId[];
	early: readonly EarlyCandidates[];
	gate: SeqGate;
	placed: number;
	highestSeq: number;
	retries: number;
	lastEnd: { reason: PeerCallOutput['reason']; party: PeerCallOutput['party'] } | null;
	lastError: MemberError | null;
	/** Offers that the media server refused to make, in a row. */
	refusals: number;
	/** A publisher failed less than a minute ago. */
	hasFailedLately: boolean;
	/** A publisher failed twice within a minute: a new connection does not help, only a new session may. */
	escalates: boolean;
	lastSendId: number;
	/** Signals that fit nothing: stale answers, candidates of ended calls. */
	stale: number;
	/** For the log, newest last. */
	warnings: readonly string[];
}

export const initialContext = (input: MemberInput): MemberContext => ({
	...input,
	current: null,
	limbo: null,
	isConnected: false,
	pictureAsked: null,
	cannotPause: false,
	tombstones: [],
	early: [],
	gate: emptyGate,
	placed: 0,
	highestSeq: 0,
	retries: 0,
	lastEnd: null,
	lastError: null,
	refusals: 0,
	hasFailedLately: false,
	escalates: false,
	lastSendId: 0,
	stale: 0,
	warnings: []
});
