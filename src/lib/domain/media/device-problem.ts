import type { ErrorCode } from '../errors.ts';

/** A device that did not open, for people. */
export interface DeviceProblem {
	kind: 'microphone' | 'camera' | 'both';
	code: Extract<ErrorCode, 'media.denied' | 'media.system' | 'media.none' | 'media.busy'>;
}
