import type {
	Candidate,
	MemberState,
	ModeratorOrder,
	PeerSignal,
	Purpose,
	SignalingNews
} from '../../../domain/signaling.ts';
import type { SessionId } from '../../../protocol/ids.ts';
import type { ControlMessage, PeerMessage } from '../../../protocol/peer-message.ts';

const roomTypes = { usermedia: 'video', screenshare: 'screen' } as const;
const purposes = { video: 'usermedia', screen: 'screenshare', audio: undefined } as const;

/** How long an offer waits for its answer in Talk, where nobody says so. */
const offerLifetimeMs = 10_000;

/**
 * A signal in Talk's words.
 * @param own our session id: the offer of a screen names the session that shows it, or the receiver would take it
 *   for a request to show its own
 * @returns one message for each candidate; none for what Talk's clients have no word for
 */
export function signalMessages(signal: PeerSignal, to: SessionId, own: SessionId | undefined): PeerMessage[] {
	const routed = { to, sid: signal.callId, roomType: roomTypes[signal.purpose] };
	switch (signal.kind) {
		case 'invite':
		case 'negotiate':
		case 'answer': {
			const { type, sdp } = signal.description;
			if (type === 'answer') return [{ ...routed, type, payload: { type, sdp } }];
			// a media server gets it at our own session, and says itself whose it is
			const isOwnScreen = signal.purpose === 'screenshare' && own !== undefined && to !== own;
			const broadcaster = isOwnScreen ? { broadcaster: own } : {};
			return [{ ...routed, ...broadcaster, type, payload: { type, sdp } }];
		}
		case 'candidates':
			return signal.candidates.map((candidate) => ({ ...routed, type: 'candidate', payload: { candidate } }));
		case 'select_answer':
		case 'metadata':
		case 'hangup':
		case 'reject':
			return [];
		// without an id it asks for a new connection
		case 'request_offer': {
			const { to, roomType } = routed;
			return [signal.isUpdate ? { ...routed, type: 'requestoffer' } : { to, roomType, type: 'requestoffer' }];
		}
		case 'select_stream': {
			const { layer } = signal;
			const payload = layer === null ? { video: false } : { video: true, substream: layer, temporal: 2 };
			return [{ ...routed, type: 'selectStream', payload }];
		}
		case 'send_offer':
			return [{ to, roomType: routed.roomType, type: 'sendoffer' }];
	}
}

/** A state in Talk's words; `undefined` for speaking, which travels on data channels only. */
export function stateMessage(state: MemberState, to: SessionId): PeerMessage | undefined {
	const routed = { to, roomType: 'video' } as const;
	switch (state.kind) {
		case 'microphone':
		case 'camera': {
			const name = state.kind === 'microphone' ? 'audio' : 'video';
			return { ...routed, type: state.state === 'on' ? 'unmute' : 'mute', payload: { name } };
		}
		case 'speaking':
			return undefined;
		case 'name':
			return { ...routed, type: 'nickChanged', payload: { name: state.name } };
		case 'hand': {
			const payload = { state: state.state === 'raised', timestamp: state.at };
			return { ...routed, type: 'raiseHand', payload };
		}
		case 'reaction':
			return { ...routed, type: 'reaction', payload: { reaction: state.emoji } };
		case 'screenshare':
			return { to, roomType: 'screen', type: 'unshareScreen' };
	}
}

const actions = { mute: 'forceMute', 'lower-hand': 'lowerHand' } as const;

/** What a moderator's order looks like: the data of a `control` frame. */
export const orderData = ({ kind, target }: ModeratorOrder): ControlMessage => ({
	action: actions[kind],
	peerId: target
});

/** What such an order means. @param from the sender on the envelope, which the server wrote */
export const orderNews = ({ action, peerId }: ControlMessage, from: SessionId): SignalingNews => ({
	type: action === 'forceMute' ? 'MUTED_BY_MODERATOR' : 'HAND_LOWERED_BY_MODERATOR',
	target: peerId,
	from
});

/**
 * What a peer's message means. Nothing in it is believed about who sent it.
 * @param from the sender on the envelope, which the server wrote
 * @returns no news for what Roost does not act on, and for signals that name no connection
 */
export function peerNews(message: PeerMessage, from: SessionId): SignalingNews[] {
	const signal = signalOf(message);
	const state = stateOf(message);
	return [
		...(signal ? [{ type: 'PEER_SIGNAL_RECEIVED' as const, from, signal }] : []),
		...(state ? [{ type: 'MEMBER_STATE_RECEIVED' as const, from, state }] : [])
	];
}

function signalOf(message: PeerMessage): PeerSignal | undefined {
	const purpose: Purpose | undefined = purposes[message.roomType];
	if (message.sid === undefined || purpose === undefined) return undefined;
	const routed = { callId: message.sid, purpose };
	switch (message.type) {
		case 'offer': {
			const description = { type: message.type, sdp: message.payload.sdp };
			return { ...routed, kind: 'invite', description, metadata: {}, lifetimeMs: offerLifetimeMs };
		}
		case 'answer': {
			const description = { type: message.type, sdp: message.payload.sdp };
			return { ...routed, kind: 'answer', description, metadata: {} };
		}
		case 'candidate':
			return { ...routed, kind: 'candidates', candidates: [candidateOf(message.payload.candidate)] };
		case 'endOfCandidates': {
			const endMark = { candidate: '', sdpMid: null, sdpMLineIndex: null };
			return { ...routed, kind: 'candidates', candidates: [endMark] };
		}
		default:
			return undefined;
	}
}

type WireCandidate = Extract<PeerMessage, { type: 'candidate' }>['payload']['candidate'];

const candidateOf = (wire: WireCandidate): Candidate => ({
	candidate: wire.candidate,
	sdpMid: wire.sdpMid ?? null,
	sdpMLineIndex: wire.sdpMLineIndex ?? null,
	...(typeof wire.usernameFragment === 'string' ? { usernameFragment: wire.usernameFragment } : {})
});

function stateOf(message: PeerMessage): MemberState | undefined {
	switch (message.type) {
		case 'mute':
		case 'unmute': {
			const { name } = message.payload;
			const state = message.type === 'mute' ? 'off' : 'on';
			if (name === 'audio') return { kind: 'microphone', state };
			return name === 'video' ? { kind: 'camera', state } : undefined;
		}
		case 'nickChanged':
			return { kind: 'name', name: message.payload.name };
		case 'offer':
		case 'answer': {
			const { nick } = message.payload;
			return typeof nick === 'string' && nick !== '' ? { kind: 'name', name: nick } : undefined;
		}
		case 'raiseHand': {
			const { state, timestamp = 0 } = message.payload;
			return { kind: 'hand', state: state ? 'raised' : 'lowered', at: timestamp };
		}
		case 'reaction':
			return { kind: 'reaction', emoji: message.payload.reaction };
		case 'unshareScreen':
			return { kind: 'screenshare', state: 'stopped' };
		default:
			return undefined;
	}
}
