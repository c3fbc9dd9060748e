import { expect, it } from 'vitest';
import { asMuchAsFits, sendLimits } from './send-limits.ts';

it('given no wish, when something is sent, then nothing is limited', () => {
	expect(sendLimits('camera', asMuchAsFits)).toEqual({
		audioBps: null,
		videoBps: null,
		scaleDownBy: 1,
		sizes: 3,
		fps: null,
		screenFps: null
	});
});

it('given low quality, when a camera and a screen are sent, then the camera is smaller and the screen as it was', () => {
	const wish = { quality: 'low', savesData: false } as const;

	expect(sendLimits('camera', wish)).toMatchObject({ videoBps: 150_000, scaleDownBy: 4, sizes: 1 });
	expect(sendLimits('screen', wish)).toMatchObject({ videoBps: null, scaleDownBy: 1, fps: null });
});

it('given data to be saved, when something is sent, then sound is slim and a screen moves five times a second', () => {
	const wish = { quality: 'auto', savesData: true } as const;

	expect(sendLimits('camera', wish)).toMatchObject({ audioBps: 24_000, screenFps: 5 });
	expect(sendLimits('screen', wish)).toMatchObject({ audioBps: 24_000, fps: 5 });
});
