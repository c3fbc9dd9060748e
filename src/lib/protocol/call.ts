import * as v from 'valibot';
import { NextcloudSessionId } from './ids.ts';
import { WireBoolean, WireInteger } from './wire.ts';

/**
 * Bits of `inCall` and `flags`: what a session has a track for, not what is unmuted.
 * 0 is out of the call; 1, 3, 5 and 7 are usual.
 */
export const callFlag = { inCall: 1, audio: 2, video: 4, phone: 8 } as const;

/** Bits of `permissions`. `custom` marks a level that was set on purpose. */
export const permission = {
	custom: 1,
	startCall: 2,
	joinCall: 4,
	ignoreLobby: 8,
	publishAudio: 16,
	publishVideo: 32,
	publishScreen: 64,
	chat: 128,
	react: 256
} as const;

/** `participantType` of an attendee. */
export const participantType = {
	owner: 1,
	moderator: 2,
	user: 3,
	guest: 4,
	userByLink: 5,
	guestModerator: 6
} as const;

/** Call flags as sessions announce them; very old servers wrote a boolean. */
export const InCall = v.union([
	WireInteger,
	v.pipe(
		v.boolean(),
		v.transform((isIn) => (isIn ? callFlag.inCall | callFlag.audio | callFlag.video : 0))
	)
]);

const Flags = v.pipe(WireInteger, v.minValue(0), v.maxValue(15));

/** Body of `POST v4/call/{token}`: join the call, start it, or announce oneself again. */
export const JoinCallBody = v.object({
	flags: v.optional(v.pipe(Flags, v.minValue(1)), 7),
	/** starting the call notifies nobody */
	silent: v.optional(WireBoolean, false),
	recordingConsent: v.optional(WireBoolean, false)
});
export type JoinCallBody = v.InferInput<typeof JoinCallBody>;

/** Body of `PUT v4/call/{token}`. */
export const UpdateCallBody = v.object({ flags: Flags });
export type UpdateCallBody = v.InferInput<typeof UpdateCallBody>;

/** Body of `DELETE v4/call/{token}`; `all` ends the call for everybody and is for moderators. */
export const LeaveCallBody = v.object({ all: v.optional(WireBoolean, false) });

const CallPeer = v.object({
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.optional(v.string(), ''),
	token: v.string(),
	lastPing: v.optional(WireInteger, 0),
	sessionId: NextcloudSessionId
});
/** One session in the call, by its Nextcloud session id: how a guest learns names. */
export type CallPeer = v.InferOutput<typeof CallPeer>;

/**
 * Reads the data of `GET v4/call/{token}`.
 * @throws {v.ValiError} for anything but a list of peers
 */
export function parseCallPeers(data: unknown): CallPeer[] {
	return v.parse(v.array(CallPeer), data);
}
