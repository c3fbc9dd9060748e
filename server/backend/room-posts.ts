import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Bounds, Timings } from '../bounds.ts';
import { digestOf } from '../log.ts';
import { proofOf } from './checksum.ts';

interface RoomPostsDependencies {
	/** base address of the signaling server, http or https */
	url: string;
	secret: string;
	/** our own base address as the signaling server knows it; undefined as long as it is not known */
	ownUrl: () => string | undefined;
	timings: Timings;
	bounds: Bounds;
	log: Logger;
}

/** What is said to the signaling server about one room. */
interface Lane {
	waiting: { body: string }[];
	/** characters of all that waits */
	size: number;
	/** settles when nothing waits any more; undefined while nothing is being sent */
	sending: Promise<void> | undefined;
	/** Something was given up: what the signaling server knows of this room may be wrong. */
	isIncomplete: boolean;
}

/** Trying again cannot help: it is not about the moment but about the message. */
const isFinal = (status: number) => status >= 400 && status < 500 && status !== 408 && status !== 429;

/**
 * Tells an external signaling server what happens in the rooms: in order for each room, one at a time, again after a
 * failure. What it could not be told for long is given up, and the room is then known to be incomplete.
 */
export function createRoomPosts(dependencies: RoomPostsDependencies) {
	const { url, secret, ownUrl, timings, bounds, log } = dependencies;
	const lanes = new Map<RoomToken, Lane>();
	const over = new AbortController();

	/** @param body at most `limits.frameBytes` */
	function post(token: RoomToken, body: string): void {
		if (over.signal.aborted) return;
		const lane = lanes.get(token) ?? { waiting: [], size: 0, sending: undefined, isIncomplete: false };
		lanes.set(token, lane);
		lane.waiting.push({ body });
		lane.size += body.length;
		if (lane.waiting.length > bounds.queuedPosts || lane.size > bounds.queuedPostBytes) {
			giveUp(token, lane, 'too much waits');
		}
		lane.sending ??= drain(token, lane);
	}

	/** All of it: what came after a gap makes no sense without it. The one under way stays. */
	function giveUp(token: RoomToken, lane: Lane, why: string): void {
		log.warn({ room: digestOf(token), given: lane.waiting.length, why }, 'the signaling server was not told');
		lane.waiting = [];
		lane.size = 0;
		lane.isIncomplete = true;
	}

	async function drain(token: RoomToken, lane: Lane): Promise<void> {
		for (let next = lane.waiting[0]; next; next = lane.waiting[0]) {
			const isDelivered = await deliver(token, next.body);
			if (over.signal.aborted) return;
			if (!isDelivered) {
				giveUp(token, lane, 'it does not answer or refuses');
			} else if (lane.waiting[0] === next) {
				lane.waiting.shift();
				lane.size -= next.body.length;
			}
		}
		lane.sending = undefined;
		if (!lane.isIncomplete) lanes.delete(token);
	}

	/** @returns whether the signaling server took it; false after long, or if it never will */
	async function deliver(token: RoomToken, body: string): Promise<boolean> {
		const deadline = Date.now() + timings.postForMs;
		for (let wait = timings.postRetryMs; ; wait = Math.min(wait * 2, timings.postRetryMaxMs)) {
			const failure = await attempt(token, body);
			if (failure === undefined) return true;
			log.info({ room: digestOf(token), failure }, 'the signaling server could not be told');
			if (failure === 'final' || over.signal.aborted || Date.now() + wait > deadline) return false;
			await delay(wait, undefined, { signal: over.signal }).catch(() => undefined);
		}
	}

	/** @returns undefined if it was taken */
	async function attempt(token: RoomToken, body: string): Promise<'final' | 'passing' | undefined> {
		const own = ownUrl();
		try {
			const response = await fetch(`${url}/api/v1/room/${token}`, {
				method: 'POST',
				body,
				redirect: 'error',
				headers: {
					'content-type': 'application/json',
					accept: 'application/json',
					...(own !== undefined && { 'spreed-signaling-backend': `${own}/` }),
					...proofOf(secret, body)
				},
				signal: AbortSignal.any([over.signal, AbortSignal.timeout(timings.postTimeoutMs)])
			});
			await response.arrayBuffer();
			if (response.ok) return undefined;
			log.warn({ status: response.status }, 'the signaling server refused what it was told');
			return isFinal(response.status) ? 'final' : 'passing';
		} catch (error) {
			log.debug({ err: error }, 'the signaling server was not reached');
			return 'passing';
		}
	}

	return {
		post,
		/** Whether something about this room was given up. Asked once: whoever asks tells all of it anew. */
		takeIncomplete(token: RoomToken): boolean {
			const lane = lanes.get(token);
			if (!lane?.isIncomplete) return false;
			lane.isIncomplete = false;
			if (!lane.sending) lanes.delete(token);
			return true;
		},
		/**
		 * Waits until all of it has been told about this room, but not for long: nobody is to wait for a signaling server
		 * that is not there.
		 */
		async told(token: RoomToken): Promise<void> {
			const late = new AbortController();
			const patience = delay(timings.toldWaitMs, undefined, { signal: late.signal }).catch(() => undefined);
			await Promise.race([lanes.get(token)?.sending, patience]);
			late.abort();
		},
		/** What is under way is broken off. */
		stop(): void {
			over.abort();
			lanes.clear();
		}
	};
}
export type RoomPosts = ReturnType<typeof createRoomPosts>;
