import * as v from 'valibot';
import { NextcloudSessionId } from './ids.ts';
import { WireInteger } from './wire.ts';

/** One entry of `GET v4/room/{token}/participants`, as moderators read it. */
const ListedAttendee = v.object({
	attendeeId: WireInteger,
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.optional(v.string(), ''),
	participantType: WireInteger,
	inCall: v.optional(WireInteger, 0),
	/** effective bits, see `permission` */
	permissions: v.optional(WireInteger, 0),
	/** of the room, not of signaling; none while somebody is away */
	sessionIds: v.optional(v.array(NextcloudSessionId), [])
});
export type ListedAttendee = v.InferOutput<typeof ListedAttendee>;

/**
 * Reads the data of `GET v4/room/{token}/participants`.
 * @throws {v.ValiError} for anything but a list of participants
 */
export function parseAttendees(data: unknown): ListedAttendee[] {
	return v.parse(v.array(ListedAttendee), data);
}
