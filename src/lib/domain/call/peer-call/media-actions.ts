import { assign, enqueueActions, sendTo } from 'xstate';
import {
	classifyStreams,
	mergedMetadata,
	metadataWithout,
	withoutTrack,
	withTrack,
	type ArrivedStream
} from '../remote-streams.ts';
import type { StreamMetadata } from '../../signaling.ts';
import type { PeerCallContext, PeerCallEvent, SendState } from './context.ts';
import { isNative } from './facts.ts';
import { foundation } from './foundation.ts';

/** What the other side said of its streams, added to what is known; what is shown follows. */
export function described(
	context: PeerCallContext,
	metadata: StreamMetadata
): Pick<PeerCallContext, 'remoteMetadata' | 'isDescribing'> & Partial<PeerCallContext> {
	const remoteMetadata = mergedMetadata(context.remoteMetadata, metadata);
	const isDescribing = context.isDescribing || Object.keys(metadata).length > 0;
	return {
		remoteMetadata,
		isDescribing,
		...shown({ ...context, remoteMetadata, isDescribing }, context.arrived)
	};
}

/** In Talk one connection is one stream, whatever its tracks are called: only native streams are told apart. */
function shown(context: PeerCallContext, arrived: ArrivedStream[]): Partial<PeerCallContext> {
	if (!isNative(context)) return {};
	const streams = classifyStreams(arrived, context.remoteMetadata, context.isDescribing, context.streams);
	const own = streams[context.input.purpose];
	return {
		arrived,
		streams,
		tracks: { audio: own?.audio === true, video: own?.video === true },
		streamKey: own?.streamKey ?? null
	};
}

/** Tracks and mute state, ours and theirs. */
export const withMedia = foundation.extend({
	actions: {
		applyMedia: enqueueActions(({ context, enqueue }) => {
			const token = context.lastToken + 1;
			enqueue.assign({ lastToken: token, pending: { ...context.pending, media: token } });
			enqueue.sendTo('pc', {
				type: 'APPLY_MEDIA',
				token,
				lease: context.lease,
				offering: context.input.direction === 'outbound'
			});
		}),
		countMediaFailure: assign({ mediaFailures: ({ context }) => context.mediaFailures + 1 }),
		forgetMediaFailures: assign({ mediaFailures: 0 }),
		rememberMedia: assign(({ event }) =>
			event.type === 'CALL' || event.type === 'ANSWER'
				? { lease: event.lease, muted: event.muted }
				: event.type === 'SET_MEDIA'
					? { lease: event.lease }
					: event.type === 'SET_MUTED'
						? { muted: event.muted }
						: {}
		),
		keepMedia: assign({ isMediaKept: true }),
		applyKeptMedia: enqueueActions(({ context, enqueue }) => {
			if (!context.isMediaKept) return;
			enqueue.assign({ isMediaKept: false });
			enqueue.raise({ type: 'SET_MEDIA', lease: context.lease });
		}),
		sendState: sendTo('pc', ({ event }) => event as SendState),
		passToEdge: sendTo(
			'pc',
			({ event }) => event as Extract<PeerCallEvent, { type: 'SET_LIMITS' | 'SET_RECEIVING' }>
		),
		mergeMetadata: assign(({ context, event }) =>
			event.type === 'REMOTE_METADATA' ? { ...described(context, event.metadata), wasRemoteHeard: true } : {}
		),
		rememberTrack: assign(({ context, event }) => {
			if (event.type !== 'PC_TRACK' && event.type !== 'PC_TRACK_GONE') return {};
			if (!isNative(context)) {
				return {
					tracks: { ...context.tracks, [event.kind]: event.type === 'PC_TRACK' },
					streamKey: event.streamId
				};
			}
			const { kind, streamId, remoteStreamId } = event;
			if (remoteStreamId === null) return {}; // a track without a stream cannot be described
			if (event.type === 'PC_TRACK') {
				return shown(context, withTrack(context.arrived, { kind, streamId, remoteStreamId }));
			}
			const left = withoutTrack(context.arrived, { kind, remoteStreamId });
			const gone = context.arrived.filter((stream) =>
				left.every((each) => each.remoteStreamId !== stream.remoteStreamId)
			);
			const remoteMetadata = metadataWithout(context.remoteMetadata, gone);
			return { remoteMetadata, ...shown({ ...context, remoteMetadata }, left) };
		})
	}
});
