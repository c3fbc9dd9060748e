import type { NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { Connection } from './connection.ts';

/** Where a signaling session is: the room, and the Nextcloud session that let it in. */
interface Place {
	token: RoomToken;
	nextcloudSessionId: NextcloudSessionId;
}

interface Identity {
	id: SessionId;
	resumeId: ResumeId;
	guestKey: string;
	/** what the client said in its hello that it can do */
	features: readonly string[];
}

interface Queue {
	frames: number;
	bytes: number;
}

/**
 * One run of a client, which outlives its sockets for a while. Frames for a session without a socket wait.
 * @param most how much may wait
 * @param onOverflow what waits has grown too large: the session cannot be continued without a gap
 */
export function createHubSession(identity: Identity, most: Queue, onOverflow: (session: HubSession) => void) {
	let connection: Connection | undefined;
	let queue: string[] = [];
	let queuedBytes = 0;
	let timer: NodeJS.Timeout | undefined;

	const session: HubSession = {
		...identity,
		place: undefined,
		isLeaving: false,
		get connection() {
			return connection;
		},
		/** Takes over the socket; what waited is sent once `flush` is called. */
		attach(next: Connection) {
			connection = next;
		},
		detach() {
			connection = undefined;
		},
		flush() {
			for (const text of queue) connection?.send(text);
			queue = [];
			queuedBytes = 0;
		},
		/** Sends a frame, now or after a resume. */
		deliver(text: string) {
			if (connection?.isOpen()) {
				if (connection.isClogged()) onOverflow(session);
				else connection.send(text);
				return;
			}
			queue.push(text);
			queuedBytes += text.length;
			if (queue.length > most.frames || queuedBytes > most.bytes) onOverflow(session);
		},
		deliverFrame(frame: object) {
			session.deliver(JSON.stringify(frame));
		},
		/** The one thing that happens if nothing else does: replaces what was planned before. */
		after(delayMs: number, action: () => void) {
			clearTimeout(timer);
			timer = setTimeout(action, delayMs);
		},
		cancelTimer() {
			clearTimeout(timer);
		}
	};
	return session;
}

export interface HubSession extends Readonly<Identity> {
	place: Place | undefined;
	/** its Nextcloud session is being ended on its own behalf: that is no news to it */
	isLeaving: boolean;
	readonly connection: Connection | undefined;
	attach(connection: Connection): void;
	detach(): void;
	flush(): void;
	deliver(text: string): void;
	deliverFrame(frame: object): void;
	after(delayMs: number, action: () => void): void;
	cancelTimer(): void;
}
