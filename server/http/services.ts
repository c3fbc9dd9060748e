import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Bounds } from '../bounds.ts';
import type { Backend } from '../backend/backend.ts';
import type { Config } from '../config.ts';
import type { Bans } from '../rooms/bans.ts';
import type { createBuckets } from '../rate.ts';
import type { Bots } from '../rooms/bots.ts';
import type { Breakout } from '../rooms/breakout.ts';
import type { Calls } from '../rooms/calls.ts';
import type { Chat } from '../rooms/chat.ts';
import type { Doors } from '../rooms/doors.ts';
import type { Membership } from '../rooms/membership.ts';
import type { ModeratorLinks } from '../rooms/moderator-link.ts';
import type { Participants } from '../rooms/participants.ts';
import type { Polls } from '../rooms/polls.ts';
import type { Presence } from '../rooms/presence.ts';
import type { Settings } from '../rooms/settings.ts';
import type { Reactions } from '../rooms/reactions.ts';
import type { Signals } from '../rooms/signals.ts';
import type { Storage } from '../rooms/storage.ts';
import type { ForeignBackends } from '../signaling/foreign/foreign-backends.ts';
import type { HelloProof } from '../signaling/hello-proof.ts';
import type { RoomOrders } from '../signaling/room-orders.ts';
import type { ChatWaiters } from './chat-waiters.ts';
import type { Pulls } from './internal-pulls.ts';

/** The embedded signaling server towards programs that give it orders. */
export interface SignalingControl {
	/** what orders are proven with */
	secret: string;
	carryOut: RoomOrders['carryOut'];
	/** those of another backend, for its own rooms */
	ordersOf: ForeignBackends['ordersOf'];
	stats: () => object;
}

/** What the routes are built on. */
export interface Services {
	config: Config;
	storage: Storage;
	presence: Presence;
	membership: Membership;
	calls: Calls;
	doors: Doors;
	settings: Settings;
	participants: Participants;
	bans: Bans;
	breakout: Breakout;
	links: ModeratorLinks;
	chat: Chat;
	reactions: Reactions;
	bots: Bots;
	polls: Polls;
	/** how much each guest, and each bot in each room, may write and change */
	writing: ReturnType<typeof createBuckets>;
	/** how often each guest may look at polls */
	pollLooks: ReturnType<typeof createBuckets>;
	waiters: ChatWaiters;
	proof: HelloProof;
	/** signaling without a socket; absent: it is off. `pullMs`: longest wait of one pull */
	internal?: { signals: Signals; pulls: Pulls; pullMs: number };
	/** absent: the embedded signaling server is used */
	backend?: Backend;
	/** orders to the embedded signaling server; absent: it is off */
	signaling?: SignalingControl;
	bounds: Bounds;
	/** a room that is always there */
	demoToken: RoomToken;
	/** milliseconds since 1970 */
	now: () => number;
}
