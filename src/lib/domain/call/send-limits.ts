/** What one connection may send at most; null: as much as the browser thinks right. Bits and frames per second. */
export interface SendLimits {
	audioBps: number | null;
	videoBps: number | null;
	/** Each side of the picture is divided by it. */
	scaleDownBy: 1 | 2 | 4;
	fps: number | null;
	/** Of a picture that is sent in three sizes, how many of them, beginning with the smallest. */
	sizes: 1 | 2 | 3;
	/** Of a screen that goes beside the camera. */
	screenFps: number | null;
}

/** What a person wants to spend on sending. */
export interface SendWish {
	quality: 'auto' | 'high' | 'medium' | 'low';
	savesData: boolean;
}

export const asMuchAsFits: SendWish = { quality: 'auto', savesData: false };

const cameras = {
	auto: { videoBps: null, scaleDownBy: 1, sizes: 3 },
	high: { videoBps: 3_000_000, scaleDownBy: 1, sizes: 3 },
	medium: { videoBps: 600_000, scaleDownBy: 2, sizes: 2 },
	low: { videoBps: 150_000, scaleDownBy: 4, sizes: 1 }
} as const satisfies Record<SendWish['quality'], Partial<SendLimits>>;

/** Speech is well understood at this; Opus repairs losses in it by itself. */
const savedAudioBps = 24_000;
const savedScreenFps = 5;

/** @param purpose what the connection is for: a shared screen stays as sharp as it is, or nobody could read it */
export function sendLimits(purpose: 'camera' | 'screen', { quality, savesData }: SendWish): SendLimits {
	const screenFps = savesData ? savedScreenFps : null;
	const audioBps = savesData ? savedAudioBps : null;
	return purpose === 'camera'
		? { audioBps, ...cameras[quality], fps: null, screenFps }
		: { audioBps, ...cameras.auto, fps: screenFps, screenFps };
}

export const isSameWish = (one: SendWish, other: SendWish): boolean =>
	one.quality === other.quality && one.savesData === other.savesData;
