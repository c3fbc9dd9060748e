import type { SessionId } from '../../../protocol/ids.ts';
import type { PeerSignal } from '../../signaling.ts';
import type { RemoteEvent } from '../peer-call/setup.ts';

/** A relayed signal as an event of the peer call it names; null: none of a peer call's business. */
export function remoteEvent(from: SessionId, signal: PeerSignal): RemoteEvent | null {
	const base = {
		callId: signal.callId,
		from,
		...(signal.partyId === undefined ? {} : { partyId: signal.partyId })
	};
	switch (signal.kind) {
		case 'invite':
			return {
				...base,
				type: 'REMOTE_INVITE',
				description: signal.description,
				metadata: signal.metadata,
				lifetimeMs: signal.lifetimeMs,
				ageMs: signal.ageMs ?? 0
			};
		case 'answer':
			return {
				...base,
				type: 'REMOTE_ANSWER',
				description: signal.description,
				metadata: signal.metadata
			};
		case 'negotiate':
			return {
				...base,
				type: 'REMOTE_NEGOTIATE',
				description: signal.description,
				metadata: signal.metadata,
				lifetimeMs: signal.lifetimeMs,
				ageMs: signal.ageMs ?? 0,
				...(signal.seq === undefined ? {} : { seq: signal.seq }),
				...(signal.answersSeq === undefined ? {} : { answersSeq: signal.answersSeq })
			};
		case 'candidates':
			return { ...base, type: 'REMOTE_CANDIDATES', candidates: signal.candidates };
		case 'metadata':
			return { ...base, type: 'REMOTE_METADATA', metadata: signal.metadata };
		case 'select_answer':
			return { ...base, type: 'REMOTE_SELECT_ANSWER', selectedPartyId: signal.selectedPartyId };
		case 'hangup':
			return { ...base, type: 'REMOTE_HANGUP', reason: signal.reason };
		case 'reject':
			return { ...base, type: 'REMOTE_REJECT' };
		case 'request_offer':
		case 'send_offer':
		case 'select_stream':
			return null; // for a media server only
	}
}
