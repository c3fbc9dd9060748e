import type { RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { HubSession } from './hub-session.ts';

/** A session without a client of its own, such as a telephone: an internal client speaks and hears for it. */
export interface VirtualSession {
	/** what the others in the room know it by */
	readonly id: SessionId;
	/** what its owner calls it */
	readonly ownId: string;
	readonly owner: HubSession;
	readonly token: RoomToken;
	/** empty for nobody's */
	readonly userId: string;
	readonly user: { displayname?: string | undefined } | undefined;
	readonly actor: { actorType: string; actorId: string } | undefined;
	/** 1 microphone muted, 2 speaker muted, 4 speaking, 8 hand raised */
	flags: number;
	callFlags: number;
}
