/**
 * What is received: streams made by us, because a remote may send tracks without a stream. The machines know a stream
 * by its key, which begins with the call id of its connection; only a video or audio element needs the object.
 */
export interface RemoteStreams {
	/** @returns undefined before the first track and after the connection was closed */
	get(streamId: string): MediaStream | undefined;
	/** @param listener called after a stream appeared, changed its tracks or went. @returns ends the subscription */
	subscribe(listener: (streamId: string) => void): () => void;
	add(streamId: string, track: MediaStreamTrack): void;
	/** With its last track, and not before, the stream goes. */
	remove(streamId: string, track: MediaStreamTrack): void;
	drop(streamId: string): void;
}

/** @param createStream `(tracks) => new MediaStream(tracks)` in a browser */
export function createRemoteStreams(
	createStream: (tracks: MediaStreamTrack[]) => MediaStream
): RemoteStreams {
	const streams = new Map<string, MediaStream>();
	const listeners = new Set<(streamId: string) => void>();
	const changed = (streamId: string) => {
		for (const listener of [...listeners]) listener(streamId);
	};

	return {
		get: (streamId) => streams.get(streamId),
		subscribe: (listener) => {
			// a wrapper of its own, so that subscribing one function twice gives two subscriptions
			const own = (streamId: string) => listener(streamId);
			listeners.add(own);
			return () => void listeners.delete(own);
		},
		add: (streamId, track) => {
			const stream = streams.get(streamId);
			if (stream) stream.addTrack(track);
			else streams.set(streamId, createStream([track]));
			changed(streamId);
		},
		remove: (streamId, track) => {
			const stream = streams.get(streamId);
			if (!stream) return;
			stream.removeTrack(track);
			if (stream.getTracks().length === 0) streams.delete(streamId);
			changed(streamId);
		},
		drop: (streamId) => {
			if (streams.delete(streamId)) changed(streamId);
		}
	};
}
