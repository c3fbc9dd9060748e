import type { CallId } from '../../protocol/ids.ts';

/**
 * What is received: one stream for each connection, made by us, because a remote may send tracks without a stream.
 * The machines know a stream by the call id of its connection; only a video or audio element needs the object.
 */
export interface RemoteStreams {
	/** @returns undefined before the first track and after the connection was closed */
	get(callId: CallId): MediaStream | undefined;
	/** @param listener called after a stream appeared, changed its tracks or went. @returns ends the subscription */
	subscribe(listener: (callId: CallId) => void): () => void;
	add(callId: CallId, track: MediaStreamTrack): void;
	remove(callId: CallId, track: MediaStreamTrack): void;
	drop(callId: CallId): void;
}

/** @param createStream `(tracks) => new MediaStream(tracks)` in a browser */
export function createRemoteStreams(
	createStream: (tracks: MediaStreamTrack[]) => MediaStream
): RemoteStreams {
	const streams = new Map<CallId, MediaStream>();
	const listeners = new Set<(callId: CallId) => void>();
	const changed = (callId: CallId) => {
		for (const listener of [...listeners]) listener(callId);
	};

	return {
		get: (callId) => streams.get(callId),
		subscribe: (listener) => {
			// a wrapper of its own, so that subscribing one function twice gives two subscriptions
			const own = (callId: CallId) => listener(callId);
			listeners.add(own);
			return () => void listeners.delete(own);
		},
		add: (callId, track) => {
			const stream = streams.get(callId);
			if (stream) stream.addTrack(track);
			else streams.set(callId, createStream([track]));
			changed(callId);
		},
		remove: (callId, track) => {
			const stream = streams.get(callId);
			if (!stream) return;
			stream.removeTrack(track);
			if (stream.getTracks().length === 0) streams.delete(callId);
			changed(callId);
		},
		drop: (callId) => {
			if (streams.delete(callId)) changed(callId);
		}
	};
}
