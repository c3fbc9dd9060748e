import * as v from 'valibot';
import { RoomToken } from './ids.ts';
import { WireInteger } from './wire.ts';

/** What only the server reads of breakout rooms. Table: docs/protocol.md#breakout-rooms */

/** How people come into a breakout room. `manual`: where a moderator puts them; `free`: where they like. */
export const breakoutMode = { none: 0, automatic: 1, manual: 2, free: 3 } as const;

/** `assistance`: of a breakout room whose people ask for a moderator. */
export const breakoutStatus = { stopped: 0, started: 1, assistance: 2 } as const;

/** How many breakout rooms a room may have, as in Talk. */
const mostRooms = 20;

/** Which attendee goes into which breakout room, counted from 0; below 0 is into none. It travels as JSON inside JSON. */
const AttendeeMap = v.pipe(
	v.string(),
	v.maxLength(100_000),
	v.parseJson(),
	// an empty map of PHP's is a list
	v.transform((raw) => (Array.isArray(raw) ? Object.entries(raw) : raw)),
	v.union([
		v.array(v.tuple([WireInteger, WireInteger])),
		v.pipe(
			v.record(v.pipe(v.string(), v.regex(/^\d{1,15}$/)), WireInteger),
			v.transform((map) => Object.entries(map).map(([id, room]): [number, number] => [Number(id), room]))
		)
	])
);
export type AttendeeMap = v.InferOutput<typeof AttendeeMap>;

/** Body of `POST v1/breakout-rooms/{token}`. */
export const ConfigureBreakoutBody = v.object({
	mode: v.pipe(WireInteger, v.picklist([1, 2, 3])),
	amount: v.pipe(WireInteger, v.minValue(1), v.maxValue(mostRooms)),
	attendeeMap: v.optional(AttendeeMap, '[]')
});

/** Body of `POST v1/breakout-rooms/{token}/attendees`. */
export const AssignBody = v.object({ attendeeMap: AttendeeMap });

/** Body of `POST v1/breakout-rooms/{token}/broadcast`. */
export const BroadcastBody = v.object({
	message: v.pipe(
		v.string(),
		v.check((text) => text.trim() !== '')
	)
});

/** Body of `POST v1/breakout-rooms/{token}/switch`. */
export const SwitchBody = v.object({ target: RoomToken });
