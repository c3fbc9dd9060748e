import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** `serviceRestart` is the one that makes clients come back: official ones take 1001 for a page that goes. */
export const closeCode = {
	normal: 1000,
	goingAway: 1001,
	policyViolation: 1008,
	serviceRestart: 1012
} as const;

export type ByeReason =
	'hello_timeout' | 'room_join_timeout' | 'session_resumed' | 'room_session_reconnected';

/** Frames that are gathered at most: in one turn of the event loop two hundred who come are told forty thousand things. */
const gatheredFrames = 1_000;

/**
 * All that is said to a socket in one turn of the event loop leaves at once: writing is what relaying costs most. What waits
 * for that takes memory, so that it does not wait for the end of a turn in which much is said.
 * @returns what is to be called before each frame, with the stream that it goes to
 */
export function createGathering() {
	const corked = new Set<Duplex>();
	let frames = 0;
	const release = () => {
		for (const stream of corked) stream.uncork();
		corked.clear();
		frames = 0;
	};
	return (stream: Duplex): void => {
		if (frames >= gatheredFrames) release();
		frames += 1;
		if (corked.has(stream)) return;
		if (corked.size === 0) setImmediate(release);
		corked.add(stream);
		stream.cork();
	};
}
export type Gather = ReturnType<typeof createGathering>;

/**
 * One socket, from its opening to its end. It knows frames, not sessions.
 * @param stream below the socket
 */
export function createConnection(
	socket: WebSocket,
	stream: Duplex,
	id: string,
	address: string,
	bufferedBytes: number,
	gather: Gather
) {
	let isSentAway = false;
	const isOpen = () => socket.readyState === socket.OPEN;
	const isClogged = () => socket.bufferedAmount > bufferedBytes;
	const send = (text: string) => {
		if (!isOpen()) return;
		gather(stream);
		socket.send(text);
	};
	return {
		/** what it is called in the log, and what the answer to its upgrade said */
		id,
		address,
		/** False from the first sign of closing on: what is sent then would be lost. */
		isOpen,
		send,
		/** Answers. Whoever asks on and reads no answers loses the socket. */
		sendFrame(frame: object) {
			if (isClogged()) socket.terminate();
			else send(JSON.stringify(frame));
		},
		/** Whether so much waits to be read that more would only fill the memory. */
		isClogged,
		/** Whether there is room only for what the server has to say, and no more for what others say. */
		isBehind: () => socket.bufferedAmount > bufferedBytes / 2,
		/** Says why, and closes. */
		bye(reason: ByeReason) {
			send(JSON.stringify({ type: 'bye', bye: { reason } }));
			socket.close(closeCode.normal);
		},
		close() {
			socket.close(closeCode.normal);
		},
		/** The client does not keep to the bounds although it was told. */
		expel() {
			socket.close(closeCode.policyViolation);
		},
		/** The server is stopping; its clients are to come back. */
		goAway() {
			isSentAway = true;
			socket.close(closeCode.serviceRestart);
		},
		isSentAway: () => isSentAway,
		terminate() {
			socket.terminate();
		}
	};
}
export type Connection = ReturnType<typeof createConnection>;
