import type { CallPresence, Permissions } from '../../domain/talk-api.ts';
import { callFlag, participantType, permission } from '../../protocol/call.ts';

/** Any flag at all means in the call: a phone may have no other. */
export const presenceOf = (flags: number): CallPresence => ({
	inCall: flags !== 0,
	audio: (flags & callFlag.audio) !== 0,
	video: (flags & callFlag.video) !== 0
});

/** With pictures, or sound alone; numbers beyond stand for one that starts or failed. */
export const isRecording = (status: number): boolean => status === 1 || status === 2;

/** @returns 0 for a session that is not in the call, whatever tracks it has */
export function callFlagsOf({ inCall, audio, video }: CallPresence): number {
	if (!inCall) return 0;
	return callFlag.inCall | (audio ? callFlag.audio : 0) | (video ? callFlag.video : 0);
}

/** @param bits effective ones; 0 comes from servers that had no permissions yet, and allows everything */
export function permissionsOf(bits: number): Permissions {
	const allows = (bit: number) => bits === 0 || (bits & bit) !== 0;
	return {
		startCall: allows(permission.startCall),
		joinCall: allows(permission.joinCall),
		publishAudio: allows(permission.publishAudio),
		publishVideo: allows(permission.publishVideo),
		publishScreen: allows(permission.publishScreen),
		chat: allows(permission.chat)
	};
}

const moderatorTypes: ReadonlySet<number> = new Set([
	participantType.owner,
	participantType.moderator,
	participantType.guestModerator
]);

export const isModeratorType = (type: number): boolean => moderatorTypes.has(type);
