import type { Logger } from 'pino';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Bounds, Timings } from '../bounds.ts';
import type { Membership } from '../rooms/membership.ts';
import type { Presence } from '../rooms/presence.ts';
import type { Storage } from '../rooms/storage.ts';
import type { HelloProof } from '../signaling/hello-proof.ts';
import { createBackendAnswers } from './backend-answers.ts';
import { createBackendNews } from './backend-news.ts';
import { isProven } from './checksum.ts';
import { createRoomPosts } from './room-posts.ts';

interface BackendDependencies {
	signaling: { url: string; secret: string };
	/** our own address as configured */
	publicUrl: string | undefined;
	storage: Storage;
	membership: Membership;
	presence: Presence;
	proof: HelloProof;
	timings: Timings;
	bounds: Bounds;
	log: Logger;
}

/** This server as the one behind an external signaling server: both directions. */
export function createBackend(dependencies: BackendDependencies) {
	const { signaling, publicUrl, timings, bounds, log } = dependencies;
	/** where the signaling server sent its last request: the address that it has for us */
	let askedAt: string | undefined;
	const posts = createRoomPosts({
		url: signaling.url.replace(/^ws/, 'http'),
		secret: signaling.secret,
		ownUrl: () => publicUrl ?? askedAt,
		timings,
		bounds,
		log
	});
	const news = createBackendNews({ ...dependencies, posts });
	const { answer } = createBackendAnswers({ ...dependencies, news });

	return {
		isProven: (headers: Record<string, string | string[] | undefined>, body: Uint8Array) =>
			isProven(signaling.secret, headers, body),
		/** @param origin where the request was sent to */
		answer(raw: unknown, origin: string): object {
			askedAt = origin;
			return answer(raw);
		},
		announce: news.announce,
		told: (token: RoomToken) => posts.told(token),
		stop(): void {
			news.stop();
			posts.stop();
		}
	};
}
export type Backend = ReturnType<typeof createBackend>;
