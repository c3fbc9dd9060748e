import type { Candidate, PeerSignal, Purpose, StreamMetadata } from '../../../domain/signaling.ts';
import { parseNativeMessage, type NativeMessage } from '../../../protocol/native-message.ts';
import { talkDialect, type Dialect } from './dialect.ts';

type WireMetadata = Record<string, { purpose: string; audio_muted: boolean; video_muted: boolean }>;

const purposes: ReadonlyMap<string, Purpose> = new Map([
	['m.usermedia', 'usermedia'],
	['m.screenshare', 'screenshare']
]);

/**
 * The whole of a native call between two Roosts, over a relay that knows nothing of it: invites that live and are
 * selected, renegotiation of its own, hangups, stream metadata. What people tell each other beside their media stays
 * in Talk's words.
 */
export const nativeDialect: Dialect = {
	write: (signal) => {
		const message = messageOf(signal);
		return message === undefined ? [] : [message];
	},
	read: (raw, from) => {
		const message = parseNativeMessage(raw);
		if (message !== undefined) {
			const signal = signalOf(message);
			return { type: message.type, news: [{ type: 'PEER_SIGNAL_RECEIVED', from, signal }] };
		}
		const said = talkDialect.read(raw, from);
		// an offer in Talk's words is none of a native call
		return said && { ...said, news: said.news.filter(({ type }) => type !== 'PEER_SIGNAL_RECEIVED') };
	}
};

/** @returns undefined for what is said to a media server only */
function messageOf(signal: PeerSignal): NativeMessage | undefined {
	const named = {
		call_id: signal.callId,
		...(signal.partyId === undefined ? {} : { party_id: signal.partyId }),
		...(signal.seq === undefined ? {} : { seq: signal.seq })
	};
	switch (signal.kind) {
		case 'invite':
			return {
				type: 'm.call.invite',
				content: {
					...named,
					lifetime: signal.lifetimeMs,
					offer: { type: 'offer', sdp: signal.description.sdp },
					sdp_stream_metadata: wireMetadata(signal.metadata),
					...countOf(signal.callSeq)
				}
			};
		case 'answer':
			return {
				type: 'm.call.answer',
				content: {
					...named,
					answer: { type: 'answer', sdp: signal.description.sdp },
					sdp_stream_metadata: wireMetadata(signal.metadata),
					...countOf(signal.callSeq)
				}
			};
		case 'candidates':
			return { type: 'm.call.candidates', content: { ...named, candidates: signal.candidates } };
		case 'negotiate':
			return {
				type: 'm.call.negotiate',
				content: {
					...named,
					lifetime: signal.lifetimeMs,
					...(signal.answersSeq === undefined ? {} : { answers_seq: signal.answersSeq }),
					description: { ...signal.description },
					sdp_stream_metadata: wireMetadata(signal.metadata)
				}
			};
		case 'select_answer':
			return {
				type: 'm.call.select_answer',
				content: { ...named, selected_party_id: signal.selectedPartyId }
			};
		case 'metadata':
			return {
				type: 'm.call.sdp_stream_metadata_changed',
				content: { ...named, sdp_stream_metadata: wireMetadata(signal.metadata) }
			};
		case 'hangup':
			return { type: 'm.call.hangup', content: { ...named, reason: signal.reason } };
		case 'reject':
			return { type: 'm.call.reject', content: named };
		case 'request_offer':
		case 'send_offer':
		case 'select_stream':
			return undefined;
	}
}

function signalOf({ type, content }: NativeMessage): PeerSignal {
	const named = {
		callId: content.call_id,
		// one native connection carries camera, microphone and screen
		purpose: 'usermedia' as const,
		...(content.party_id === undefined ? {} : { partyId: content.party_id }),
		...(content.seq === undefined ? {} : { seq: content.seq })
	};
	switch (type) {
		case 'm.call.invite':
			return {
				...named,
				kind: 'invite',
				description: content.offer,
				metadata: metadataOf(content.sdp_stream_metadata),
				lifetimeMs: content.lifetime,
				...(content.call_seq === undefined ? {} : { callSeq: content.call_seq })
			};
		case 'm.call.answer':
			return {
				...named,
				kind: 'answer',
				description: content.answer,
				metadata: metadataOf(content.sdp_stream_metadata),
				...(content.call_seq === undefined ? {} : { callSeq: content.call_seq })
			};
		case 'm.call.candidates':
			return { ...named, kind: 'candidates', candidates: content.candidates.map(candidateOf) };
		case 'm.call.negotiate':
			return {
				...named,
				kind: 'negotiate',
				description: content.description,
				metadata: metadataOf(content.sdp_stream_metadata),
				lifetimeMs: content.lifetime,
				...(content.answers_seq === undefined ? {} : { answersSeq: content.answers_seq })
			};
		case 'm.call.select_answer':
			return { ...named, kind: 'select_answer', selectedPartyId: content.selected_party_id };
		case 'm.call.sdp_stream_metadata_changed':
			return { ...named, kind: 'metadata', metadata: metadataOf(content.sdp_stream_metadata) };
		case 'm.call.hangup':
			return { ...named, kind: 'hangup', reason: content.reason ?? 'user_hangup' };
		case 'm.call.reject':
			return { ...named, kind: 'reject' };
	}
}

const countOf = (callSeq: number | undefined) => (callSeq === undefined ? {} : { call_seq: callSeq });

const wireMetadata = (metadata: StreamMetadata): WireMetadata =>
	Object.fromEntries(
		Object.entries(metadata).map(([streamId, { purpose, audioMuted, videoMuted }]) => [
			streamId,
			{ purpose: `m.${purpose}`, audio_muted: audioMuted, video_muted: videoMuted }
		])
	);

/** Streams for a purpose that we do not know stay undescribed: they are not shown. */
const metadataOf = (wire: WireMetadata): StreamMetadata =>
	Object.fromEntries(
		Object.entries(wire).flatMap(([streamId, { purpose, audio_muted, video_muted }]) => {
			const known = purposes.get(purpose);
			return known === undefined
				? []
				: [[streamId, { purpose: known, audioMuted: audio_muted, videoMuted: video_muted }]];
		})
	);

type WireCandidate = Extract<NativeMessage, { type: 'm.call.candidates' }>['content']['candidates'][number];

const candidateOf = (wire: WireCandidate): Candidate => ({
	candidate: wire.candidate,
	sdpMid: wire.sdpMid ?? null,
	sdpMLineIndex: wire.sdpMLineIndex ?? null,
	...(typeof wire.usernameFragment === 'string' ? { usernameFragment: wire.usernameFragment } : {})
});
