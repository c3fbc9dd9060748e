import * as v from 'valibot';
import { RoomToken } from './ids.ts';
import { objectOf } from './wire.ts';

/** What the hello of an internal client proves itself with: `token` is the HMAC-SHA256 of `random`. */
export const HelloInternalParams = v.object({
	random: v.string(),
	token: v.string(),
	/** address of the server of the rooms */
	backend: v.string()
});

/** What an internal client calls its virtual session, among its own. */
const OwnId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(255));
const Bits = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const CallFlags = v.pipe(Bits, v.maxValue(15));

const named = { sessionid: OwnId, roomid: RoomToken };

/** State of a call to a telephone; further fields are for the clients. */
const DialoutStatus = v.looseObject({
	callid: v.pipe(v.string(), v.nonEmpty(), v.maxLength(180)),
	/** `accepted`, `ringing`, `connected`, `rejected`, `cleared` */
	status: v.string()
});
const DialoutFailure = v.looseObject({ code: v.string(), message: v.optional(v.string(), '') });

/** What an internal client, such as a telephone bridge or a recorder, asks for beside what all clients do. */
export const InternalRequest = v.variant('type', [
	v.object({
		type: v.literal('addsession'),
		addsession: v.object({
			...named,
			userid: v.optional(v.string(), ''),
			/** shown to the others: `displayname`, and for telephones `type`, `callid`, `number` */
			user: v.nullish(objectOf(v.looseObject({ displayname: v.optional(v.string()) }))),
			/** 1 microphone muted, 2 speaker muted, 4 speaking, 8 hand raised */
			flags: v.nullish(Bits),
			incall: v.nullish(CallFlags),
			options: v.nullish(
				objectOf(v.object({ actorId: v.optional(v.string(), ''), actorType: v.optional(v.string(), '') }))
			)
		})
	}),
	v.object({
		type: v.literal('updatesession'),
		updatesession: v.object({ ...named, flags: v.nullish(Bits), incall: v.nullish(CallFlags) })
	}),
	v.object({ type: v.literal('removesession'), removesession: v.object(named) }),
	/** of the internal client itself */
	v.object({ type: v.literal('incall'), incall: v.object({ incall: CallFlags }) }),
	v.object({
		type: v.literal('dialout'),
		dialout: v.union([
			v.object({ roomid: RoomToken, type: v.literal('status'), status: DialoutStatus }),
			v.object({ roomid: RoomToken, type: v.literal('error'), error: DialoutFailure })
		])
	})
]);
export type InternalRequest = v.InferOutput<typeof InternalRequest>;
