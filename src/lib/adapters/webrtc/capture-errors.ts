import { RoostError, type ErrorCode } from '../../domain/errors.ts';

const codes: Partial<Record<string, ErrorCode>> = {
	NotAllowedError: 'media.denied',
	SecurityError: 'media.denied',
	NotFoundError: 'media.none',
	OverconstrainedError: 'media.none',
	NotReadableError: 'media.busy',
	AbortError: 'media.busy',
	TypeError: 'media.unsupported',
	NotSupportedError: 'media.unsupported'
};

/** The browser's word for what went wrong. Read by name: an OverconstrainedError is no DOMException in old browsers. */
export const errorName = (cause: unknown): string => (cause instanceof Error ? cause.name : '');

/** Chromium has one name for both refusals, and tells them apart in its words alone. */
const codeOf = (cause: unknown): ErrorCode =>
	errorName(cause) === 'NotAllowedError' && /\bsystem\b/i.test(messageOf(cause))
		? 'media.system'
		: (codes[errorName(cause)] ?? 'media.busy');
const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : '');

/**
 * @param tried words for the log, such as "microphone and camera"
 * @returns an unknown failure counts as `media.busy`: the user may try again
 */
export const toCaptureError = (tried: string, cause: unknown): RoostError =>
	new RoostError(codeOf(cause), `could not open ${tried}: ${errorName(cause)}`, {
		cause
	});

/** Closing the picker is no error for the user; the browser cannot tell it from a refusal. */
export const toScreenError = (cause: unknown): RoostError =>
	errorName(cause) === 'NotAllowedError' || errorName(cause) === 'InvalidStateError'
		? new RoostError('media.cancelled', 'the screen picker was closed', { cause })
		: toCaptureError('the screen', cause);
