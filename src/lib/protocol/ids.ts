import * as v from 'valibot';

const id = <const Name extends string>(name: Name) => v.pipe(v.string(), v.nonEmpty(), v.brand(name));

/** Public id of a Talk room, seen in links: `/call/<token>`. Wire: `token`, `roomid`. */
export const RoomToken = v.pipe(v.string(), v.regex(/^[a-z0-9]{4,30}$/), v.brand('RoomToken'));
export type RoomToken = v.InferOutput<typeof RoomToken>;

/** One run of a client inside the call; peers are addressed by it. Wire: `hello.sessionid`. */
export const SessionId = id('SessionId');
export type SessionId = v.InferOutput<typeof SessionId>;

/** Proof of having joined the room over HTTP. Wire: `room.sessionid`, `nextcloudSessionId`. */
export const NextcloudSessionId = id('NextcloudSessionId');
export type NextcloudSessionId = v.InferOutput<typeof NextcloudSessionId>;

/** Lets a new socket take over a signaling session. Secret of its owner. Wire: `resumeid`. */
export const ResumeId = id('ResumeId');
export type ResumeId = v.InferOutput<typeof ResumeId>;

/** Exactly one peer connection between two sessions, never reused. Wire: `sid`, always a JSON string. */
export const CallId = id('CallId');
export type CallId = v.InferOutput<typeof CallId>;
