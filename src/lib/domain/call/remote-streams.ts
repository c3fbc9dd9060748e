import type { MediaKind } from '../media/capture.ts';
import type { Purpose, StreamMetadata } from '../signaling.ts';

/**
 * What the streams of a native connection are for. Tracks and metadata come in either order, so what arrived is kept
 * apart from what it means, and looked at again with every piece of news.
 */

/** One remote stream with a name, described or not. */
export interface ArrivedStream {
	/** What the other side calls it: the key of its metadata. */
	remoteStreamId: string;
	/** Finds the stream for playing. */
	streamKey: string;
	audio: boolean;
	video: boolean;
}

/** A stream that is shown, with what the other side says of it; absent words mean unmuted. */
interface RemoteStream extends ArrivedStream {
	audioMuted: boolean;
	videoMuted: boolean;
}

/** At most one stream for each purpose. */
export type RemoteStreams = Record<Purpose, RemoteStream | null>;

export const noStreams: RemoteStreams = { usermedia: null, screenshare: null };

/** Streams kept of one connection, and ids described by its other side: more is an attack or a bug. */
const streamsMax = 16;

/** @returns the streams with this track; a new one beyond the bound is not taken */
export function withTrack(
	arrived: readonly ArrivedStream[],
	{ kind, remoteStreamId, streamId }: { kind: MediaKind; remoteStreamId: string; streamId: string }
): ArrivedStream[] {
	const change = { streamKey: streamId, [kind]: true };
	if (arrived.some((stream) => stream.remoteStreamId === remoteStreamId)) {
		return arrived.map((stream) =>
			stream.remoteStreamId === remoteStreamId ? { ...stream, ...change } : stream
		);
	}
	if (arrived.length >= streamsMax) return [...arrived];
	return [...arrived, { remoteStreamId, audio: false, video: false, ...change }];
}

/** @returns the streams without this track; a stream goes with its last track, not earlier */
export const withoutTrack = (
	arrived: readonly ArrivedStream[],
	{ kind, remoteStreamId }: { kind: MediaKind; remoteStreamId: string }
): ArrivedStream[] =>
	arrived
		.map((stream) => (stream.remoteStreamId === remoteStreamId ? { ...stream, [kind]: false } : stream))
		.filter(({ audio, video }) => audio || video);

/** Adds what was said to what is known: old ids stay, the newest are kept within the bound. */
export const mergedMetadata = (known: StreamMetadata, news: StreamMetadata): StreamMetadata =>
	Object.fromEntries(
		[...Object.entries(known).filter(([id]) => !Object.hasOwn(news, id)), ...Object.entries(news)].slice(
			-streamsMax
		)
	);

/** What is known, without the streams that are gone. */
export const metadataWithout = (known: StreamMetadata, gone: readonly ArrivedStream[]): StreamMetadata =>
	Object.fromEntries(
		Object.entries(known).filter(([id]) => gone.every(({ remoteStreamId }) => remoteStreamId !== id))
	);

/**
 * Decides which stream is shown for which purpose.
 * @param metadata from outside: purposes may be unknown words, ids may be called "constructor"
 * @param isDescribing the other side has sent metadata at least once; one that never does has one stream, for
 * camera and microphone
 * @param before what was shown until now: another stream of the same purpose wins only when that one has no track left
 */
export function classifyStreams(
	arrived: readonly ArrivedStream[],
	metadata: StreamMetadata,
	isDescribing: boolean,
	before: RemoteStreams
): RemoteStreams {
	const live = arrived.filter(({ audio, video }) => audio || video);
	const wordOf = ({ remoteStreamId }: ArrivedStream) =>
		Object.hasOwn(metadata, remoteStreamId) ? metadata[remoteStreamId] : undefined;
	const shown = (purpose: Purpose): RemoteStream | null => {
		const candidates = isDescribing
			? live.filter((stream) => wordOf(stream)?.purpose === purpose)
			: live.slice(0, purpose === 'usermedia' ? 1 : 0);
		const kept = candidates.find(({ remoteStreamId }) => remoteStreamId === before[purpose]?.remoteStreamId);
		const stream = kept ?? candidates[0];
		if (stream === undefined) return null;
		const word = wordOf(stream);
		return {
			...stream,
			audioMuted: word?.audioMuted === true,
			videoMuted: word?.videoMuted === true
		};
	};
	return { usermedia: shown('usermedia'), screenshare: shown('screenshare') };
}
