/** Stable across releases: searched for in logs, matched in tests, mapped to words in `ui/error/error-text.ts`. */
export type ErrorCode =
	| 'room.not-found'
	| 'room.password'
	| 'room.banned'
	| 'room.occupied'
	| 'room.lobby'
	| 'call.forbidden'
	| 'call.full'
	| 'call.consent'
	| 'call.encrypted'
	| 'session.lost'
	| 'server.unreachable'
	| 'server.maintenance'
	| 'server.certificate'
	| 'server.throttled'
	| 'server.refused'
	| 'server.unexpected'
	| 'signaling.refused'
	| 'media.denied'
	/** The browser may, its system does not let it. */
	| 'media.system'
	| 'media.none'
	| 'media.busy'
	| 'media.cancelled'
	| 'media.unsupported'
	| 'storage.unavailable';

/** Who can mend it: the machine by trying again, the user by acting, or nobody. */
export type Recovery = 'retry' | 'user' | 'none';

/** Something Roost expects to go wrong. The message is for the log: what was tried, on which ids, no secret. */
export class RoostError extends Error {
	readonly code: ErrorCode;
	readonly recovery: Recovery;
	/** How long the server asked us to wait, in milliseconds; only with `server.throttled`. */
	readonly retryAfterMs: number | undefined;
	override readonly name = 'RoostError';

	constructor(
		code: ErrorCode,
		message: string,
		options: { recovery?: Recovery; retryAfterMs?: number; cause?: unknown } = {}
	) {
		super(message, { cause: options.cause });
		this.code = code;
		this.recovery = options.recovery ?? recoveries[code];
		this.retryAfterMs = options.retryAfterMs;
	}
}

const recoveries: Record<ErrorCode, Recovery> = {
	'room.not-found': 'none',
	'room.password': 'user',
	'room.banned': 'none',
	'room.occupied': 'user',
	'room.lobby': 'retry',
	'call.full': 'retry',
	'call.forbidden': 'none',
	'call.consent': 'user',
	'call.encrypted': 'none',
	'session.lost': 'retry',
	'server.unreachable': 'retry',
	'server.maintenance': 'retry',
	'server.certificate': 'retry',
	'server.throttled': 'retry',
	'server.refused': 'none',
	'server.unexpected': 'retry',
	'signaling.refused': 'retry',
	'media.denied': 'user',
	'media.system': 'user',
	'media.none': 'user',
	'media.busy': 'user',
	'media.cancelled': 'none',
	'media.unsupported': 'none',
	'storage.unavailable': 'none'
};

/** The code of whatever was thrown; a bug (anything but a RoostError) counts as unexpected. */
export const errorCodeOf = (error: unknown): ErrorCode =>
	error instanceof RoostError ? error.code : 'server.unexpected';

/** How long the server asked us to wait at least, in milliseconds; 0: it did not say. */
export const retryAfterMsOf = (error: unknown): number =>
	error instanceof RoostError ? (error.retryAfterMs ?? 0) : 0;
