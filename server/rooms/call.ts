import type { SystemKeyword } from './model.ts';

/** What a step into or out of the call changes for the room, and what is said about it. */
interface CallStep {
	callStartedAt: number | null;
	said: { keyword: SystemKeyword; text: string }[];
}

/**
 * Somebody who was out of the call enters it. The first one starts it.
 * @param callStartedAt Unix seconds, null without a call
 * @param nowSeconds Unix seconds
 */
export function enterCall(callStartedAt: number | null, nowSeconds: number): CallStep {
	return callStartedAt === null
		? { callStartedAt: nowSeconds, said: [{ keyword: 'call_started', text: '{actor} started a call' }] }
		: { callStartedAt, said: [{ keyword: 'call_joined', text: '{actor} joined the call' }] };
}

/**
 * Somebody who was in the call leaves it. With the last one it ends.
 * @param othersInCall how many remain, 0 or more
 */
export function leaveCall(callStartedAt: number | null, othersInCall: number, nowSeconds: number): CallStep {
	const left = { keyword: 'call_left', text: '{actor} left the call' } as const;
	if (othersInCall > 0) return { callStartedAt, said: [left] };
	const lasted = duration(nowSeconds - (callStartedAt ?? nowSeconds));
	return {
		callStartedAt: null,
		said: [left, { keyword: 'call_ended', text: `The call ended after ${lasted}` }]
	};
}

/** Somebody who may ends the call for everybody who is in it. */
export function endedByModerator(
	callStartedAt: number | null,
	nowSeconds: number
): { keyword: SystemKeyword; text: string } {
	const lasted = duration(nowSeconds - (callStartedAt ?? nowSeconds));
	return { keyword: 'call_ended_everyone', text: `{actor} ended the call for everybody after ${lasted}` };
}

/** @returns `m:ss`, or `h:mm:ss` from an hour on; a clock that went backwards counts as 0 */
function duration(seconds: number): string {
	const total = Math.max(0, Math.floor(seconds));
	const hours = Math.floor(total / 3600);
	const minutes = Math.floor((total % 3600) / 60);
	const rest = (total % 60).toString().padStart(2, '0');
	return hours > 0 ? `${hours}:${minutes.toString().padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
