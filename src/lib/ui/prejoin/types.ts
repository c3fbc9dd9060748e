import type { ErrorCode } from '$lib/domain/errors.ts';

/** A device that did not open, said beside the preview. */
export interface MediaProblem {
	kind: 'microphone' | 'camera' | 'both';
	code: Extract<ErrorCode, 'media.denied' | 'media.system' | 'media.none' | 'media.busy'>;
}

/** Whether the browser lets us use camera and microphone. */
export type MediaAccess = 'unasked' | 'asking' | 'given' | 'denied';

export type SpeakerTestState = 'idle' | 'playing' | 'failed';

export interface JoinChoice {
	/** Trimmed, 1 to 64 characters. */
	name: string;
	/** `none`: enter as a listener, open no device. */
	media: 'chosen' | 'none';
	/** As typed; absent: none was asked for. */
	password?: string;
	/** To being recorded; absent: it was not asked for. */
	consent?: boolean;
}
