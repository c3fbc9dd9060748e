import * as v from 'valibot';
import { InCall } from './call.ts';
import { RoomToken } from './ids.ts';
import { objectOf } from './wire.ts';

/** PHP and Go write what is empty in several ways. */
const userids = v.nullish(v.array(v.string()), []);
const properties = v.nullish(objectOf(v.record(v.string(), v.unknown())), {});

/** Somebody in the room, by the id of the room session; `0` for who is not there. */
const OrderedUser = v.looseObject({
	sessionId: v.string(),
	inCall: v.optional(InCall),
	/** what the session may do at the signaling server, in place of what the room says */
	permissions: v.nullish(v.array(v.string())),
	/** what clients read of an entry, and would stumble over if it were something else */
	displayName: v.optional(v.string()),
	participantType: v.optional(v.number()),
	participantPermissions: v.optional(v.number())
});
export type OrderedUser = v.InferOutput<typeof OrderedUser>;
const users = v.nullish(v.array(OrderedUser), []);

/** What the server of the rooms orders for one room. Table: docs/protocol.md#orders-for-a-room */
const RoomOrder = v.variant('type', [
	v.object({ type: v.literal('invite'), invite: v.object({ userids, alluserids: userids, properties }) }),
	v.object({
		type: v.literal('disinvite'),
		disinvite: v.object({ userids, sessionids: userids, alluserids: userids, properties })
	}),
	v.object({ type: v.literal('update'), update: v.object({ userids, properties }) }),
	v.object({ type: v.literal('delete'), delete: v.object({ userids }) }),
	v.object({ type: v.literal('participants'), participants: v.object({ changed: users, users }) }),
	v.object({
		type: v.literal('incall'),
		incall: v.union([
			v.object({ all: v.literal(true), incall: InCall }),
			v.object({ all: v.optional(v.literal(false), false), changed: users, users })
		])
	}),
	v.object({ type: v.literal('message'), message: v.object({ data: v.looseObject({ type: v.string() }) }) }),
	v.object({
		type: v.literal('switchto'),
		switchto: v.object({
			roomid: RoomToken,
			/** ids of room sessions, alone or each with what it is to be told */
			sessions: v.union([v.array(v.string()), v.record(v.string(), v.unknown())])
		})
	}),
	v.object({
		type: v.literal('dialout'),
		dialout: v.object({ number: v.optional(v.string(), ''), options: v.optional(v.unknown()) })
	}),
	v.object({
		type: v.literal('transient'),
		transient: v.object({
			action: v.picklist(['set', 'delete']),
			key: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
			value: v.optional(v.unknown()),
			/** nanoseconds */
			ttl: v.optional(v.pipe(v.number(), v.minValue(0)), 0)
		})
	})
]);
export type RoomOrder = v.InferOutput<typeof RoomOrder>;

/**
 * Reads an order whose checksum was right.
 * @throws {v.ValiError} for an order of an unknown type, or a malformed one
 */
export function parseRoomOrder(raw: unknown): RoomOrder {
	return v.parse(RoomOrder, raw);
}
