import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Bounds } from '../bounds.ts';
import type { Config } from '../config.ts';
import type { Calls } from '../rooms/calls.ts';
import type { Chat } from '../rooms/chat.ts';
import type { Membership } from '../rooms/membership.ts';
import type { Presence } from '../rooms/presence.ts';
import type { Storage } from '../rooms/storage.ts';
import type { HelloProof } from '../signaling/hello-proof.ts';
import type { ChatWaiters } from './chat-waiters.ts';

/** What the routes are built on. */
export interface Services {
	config: Config;
	storage: Storage;
	presence: Presence;
	membership: Membership;
	calls: Calls;
	chat: Chat;
	waiters: ChatWaiters;
	proof: HelloProof;
	bounds: Bounds;
	/** a room that is always there */
	demoToken: RoomToken;
	/** milliseconds since 1970 */
	now: () => number;
}
