/** Why a connection ended; a wire word of Matrix VoIP, not an error. */
const reasons = [
	'user_hangup',
	'user_busy',
	'answered_elsewhere',
	'replaced',
	'new_session',
	'transferred',
	'invite_timeout',
	'ice_failed',
	'ice_timeout',
	'signalling_timeout',
	'send_invite',
	'send_answer',
	'create_offer',
	'create_answer',
	'local_offer_failed',
	'set_local_description',
	'set_remote_description',
	'no_user_media',
	'user_media_failed',
	'unknown_devices',
	'unknown_error'
] as const;
export type EndReason = (typeof reasons)[number];

const known: ReadonlySet<string> = new Set(reasons);

/** Reads a reason from the wire: none means a person hung up, an unknown one counts as an unknown error. */
export function readEndReason(text: string | undefined): EndReason {
	if (text === undefined || text === '') return 'user_hangup';
	return known.has(text) ? (text as EndReason) : 'unknown_error';
}

const neverSent: ReadonlySet<EndReason> = new Set(['answered_elsewhere', 'new_session', 'send_invite']);

/** Whether the other side is told; it must also be able to know the call. */
export const isTold = (reason: EndReason): boolean => !neverSent.has(reason);

const final: ReadonlySet<EndReason> = new Set([
	'user_hangup',
	'user_busy',
	'answered_elsewhere',
	'replaced',
	'new_session',
	'transferred',
	'no_user_media',
	'user_media_failed',
	'unknown_devices'
]);
const once: ReadonlySet<EndReason> = new Set([
	'create_offer',
	'create_answer',
	'local_offer_failed',
	'unknown_error'
]);

/** How many new attempts the owner may make after this end. */
export const retriesAfter = (reason: EndReason): 0 | 1 | 3 =>
	final.has(reason) ? 0 : once.has(reason) ? 1 : 3;
