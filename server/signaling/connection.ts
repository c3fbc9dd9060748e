import type { WebSocket } from 'ws';

/** Close codes of the socket, beside those of RFC 6455. */
export const closeCode = { normal: 1000, goingAway: 1001 } as const;

export type ByeReason =
	'hello_timeout' | 'room_join_timeout' | 'session_resumed' | 'room_session_reconnected';

/** One socket, from its opening to its end. It knows frames, not sessions. */
export function createConnection(socket: WebSocket, address: string, bufferedBytes: number) {
	let isSentAway = false;
	const isOpen = () => socket.readyState === socket.OPEN;
	const send = (text: string) => {
		if (isOpen()) socket.send(text);
	};
	return {
		address,
		/** False from the first sign of closing on: what is sent then would be lost. */
		isOpen,
		send,
		sendFrame(frame: object) {
			send(JSON.stringify(frame));
		},
		/** Whether so much waits to be read that more would only fill the memory. */
		isClogged: () => socket.bufferedAmount > bufferedBytes,
		/** Says why, and closes. */
		bye(reason: ByeReason) {
			send(JSON.stringify({ type: 'bye', bye: { reason } }));
			socket.close(closeCode.normal);
		},
		close() {
			socket.close(closeCode.normal);
		},
		/** The server is stopping; its clients are to come back. */
		goAway() {
			isSentAway = true;
			socket.close(closeCode.goingAway);
		},
		isSentAway: () => isSentAway,
		terminate() {
			socket.terminate();
		}
	};
}
export type Connection = ReturnType<typeof createConnection>;
