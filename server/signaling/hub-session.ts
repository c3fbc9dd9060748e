import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import {
	SessionId,
	type NextcloudSessionId,
	type ResumeId,
	type RoomToken
} from '../../src/lib/protocol/ids.ts';
import type { Bounds } from '../bounds.ts';
import { createBucket } from '../rate.ts';
import type { Connection } from './connection.ts';
import { errorFrame, type ErrorCode } from './error-frame.ts';

/** Where a signaling session is: the room, and the Nextcloud session that let it in; internal clients need none. */
interface Place {
	token: RoomToken;
	nextcloudSessionId: NextcloudSessionId | undefined;
}

interface Identity {
	id: SessionId;
	resumeId: ResumeId;
	/** undefined: an internal client, such as a recorder or a telephone bridge, who is nobody's guest */
	guestKey: string | undefined;
	/** what the client said in its hello that it can do */
	features: readonly string[];
}

interface Queue {
	frames: number;
	bytes: number;
}

interface QueuedFrame {
	text: string;
	about: string | undefined;
}

/** How much of what waits others may have said together: the rest is for what the server has to say. */
const shareOfOthers = 3 / 4;

/** What bounds a session: how much may wait for it, in all and of one other, and how much it says itself. */
type SessionBounds = Pick<
	Bounds,
	| 'queuedFrames'
	| 'queuedBytes'
	| 'queuedFramesOfOne'
	| 'queuedBytesOfOne'
	| 'saidCharacters'
	| 'saidCharactersPerSecond'
>;

/** 256 random bits: whoever is in a room sees the ids of the others, nobody can guess one. */
export const newSessionId = (): SessionId => v.parse(SessionId, randomBytes(32).toString('hex'));

/**
 * One run of a client, which outlives its sockets for a while. Frames for a session without a socket wait.
 * @param now milliseconds
 * @param onOverflow what waits has grown too large: the session cannot be continued without a gap
 * @param onRefused something that the client asked for is answered with an error
 */
export function createHubSession(
	identity: Identity,
	bounds: SessionBounds,
	now: () => number,
	onOverflow: (session: HubSession) => void,
	onRefused: (code: ErrorCode) => void
) {
	let connection: Connection | undefined;
	let queue: QueuedFrame[] = [];
	let queuedBytes = 0;
	/** what of it others have said, together and each */
	let queuedOfOthers: Queue = { frames: 0, bytes: 0 };
	let queuedOf = new Map<HubSession, Queue>();
	const said = createBucket(bounds.saidCharacters, bounds.saidCharactersPerSecond, now);
	let timer: NodeJS.Timeout | undefined;

	const session: HubSession = {
		...identity,
		isInternal: identity.guestKey === undefined,
		place: undefined,
		granted: undefined,
		callFlags: 0,
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
			for (const { text } of queue) connection?.send(text);
			queue = [];
			queuedBytes = 0;
			queuedOfOthers = { frames: 0, bytes: 0 };
			queuedOf = new Map();
		},
		/** Sends a frame, now or after a resume. */
		deliver(text: string, about?: string) {
			if (connection?.isOpen()) {
				if (connection.isClogged()) onOverflow(session);
				else connection.send(text);
				return;
			}
			queue.push({ text, about });
			queuedBytes += text.length;
			if (isFull()) dropOutdated();
			if (isFull()) onOverflow(session);
		},
		hear(text, sender) {
			const hasPlace =
				sender.isInternal || (connection?.isOpen() ? !connection.isBehind() : mayQueue(text, sender));
			if (hasPlace) session.deliver(text);
			return hasPlace;
		},
		maySay: (characters) => session.isInternal || said.take(characters),
		deliverFrame(frame: object) {
			session.deliver(JSON.stringify(frame));
		},
		refuse(id, code, message, details) {
			onRefused(code);
			session.deliverFrame(errorFrame(id, code, message, details));
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

	function isFull(): boolean {
		return queue.length > bounds.queuedFrames || queuedBytes > bounds.queuedBytes;
	}

	/** Of what was said about the same only the last counts. */
	function dropOutdated(): void {
		const last = new Map(queue.map((frame) => [frame.about, frame]));
		queue = queue.filter((frame) => frame.about === undefined || last.get(frame.about) === frame);
		queuedBytes = queue.reduce((sum, { text }) => sum + text.length, 0);
	}

	/** Counts it for its sender. @returns false if too much waits already that this one said, or all others together */
	function mayQueue(text: string, sender: HubSession): boolean {
		const ofOne = withOneMore(queuedOf.get(sender), text);
		const ofOthers = withOneMore(queuedOfOthers, text);
		if (ofOne.frames > bounds.queuedFramesOfOne || ofOne.bytes > bounds.queuedBytesOfOne) return false;
		if (ofOthers.frames > shareOfOthers * bounds.queuedFrames) return false;
		if (ofOthers.bytes > shareOfOthers * bounds.queuedBytes) return false;
		queuedOf.set(sender, ofOne);
		queuedOfOthers = ofOthers;
		return true;
	}
}

const withOneMore = ({ frames, bytes }: Queue = { frames: 0, bytes: 0 }, text: string): Queue => ({
	frames: frames + 1,
	bytes: bytes + text.length
});

export interface HubSession extends Readonly<Identity> {
	readonly isInternal: boolean;
	place: Place | undefined;
	/** what an order of the backend lets it do in its room, in place of what the room says */
	granted: ReadonlySet<string> | undefined;
	/** of an internal client, who says them itself; those of guests are in the rooms */
	callFlags: number;
	/** its Nextcloud session is being ended on its own behalf: that is no news to it */
	isLeaving: boolean;
	readonly connection: Connection | undefined;
	attach(connection: Connection): void;
	detach(): void;
	flush(): void;
	/** @param about what the frame says anew: if too much waits, what was said about the same before may go */
	deliver(text: string, about?: string): void;
	deliverFrame(frame: object): void;
	/**
	 * Delivers what another session says, unless too much of that waits already: nobody ends the session of another.
	 * @returns whether it was taken
	 */
	hear(text: string, sender: HubSession): boolean;
	/** Counts what it says to others. @returns false if that is too much at once */
	maySay(characters: number): boolean;
	/** @param id of the frame that asked for it */
	refuse(id: string | undefined, code: ErrorCode, message: string, details?: unknown): void;
	after(delayMs: number, action: () => void): void;
	cancelTimer(): void;
}
