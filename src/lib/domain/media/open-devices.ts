import { errorCodeOf, type ErrorCode } from '../errors.ts';
import type { Capture, CapturedTrack, CaptureRequest } from './capture.ts';

export interface OpenedDevices {
	tracks: CapturedTrack[];
	/** Why a kind that was asked for did not come. */
	problems: { microphone: ErrorCode | null; camera: ErrorCode | null };
}

/**
 * Opens what was asked for with one prompt; when that fails, each kind alone, so that one missing device never blocks
 * the other. A refusal is not asked again: the browser would only refuse again.
 * @returns whatever could be opened; never rejects
 */
export async function openDevices(
	capture: Capture,
	request: CaptureRequest,
	signal: { readonly aborted: boolean }
): Promise<OpenedDevices> {
	const both = request.microphone !== false && request.camera !== false;
	try {
		return found(request, await capture.open(request, signal));
	} catch (error) {
		const code = errorCodeOf(error);
		if (!both || code === 'media.cancelled') return nothing(request, code);
	}
	const microphone = await openDevices(capture, { ...request, camera: false }, signal);
	const camera = await openDevices(capture, { ...request, microphone: false }, signal);
	return {
		tracks: [...microphone.tracks, ...camera.tracks],
		problems: { microphone: microphone.problems.microphone, camera: camera.problems.camera }
	};
}

function found(request: CaptureRequest, tracks: CapturedTrack[]): OpenedDevices {
	const has = (kind: string) => tracks.some((track) => track.kind === kind);
	return {
		tracks,
		problems: {
			microphone: request.microphone !== false && !has('audio') ? 'media.none' : null,
			camera: request.camera !== false && !has('video') ? 'media.none' : null
		}
	};
}

const nothing = (request: CaptureRequest, code: ErrorCode): OpenedDevices => ({
	tracks: [],
	problems: {
		microphone: request.microphone === false ? null : code,
		camera: request.camera === false ? null : code
	}
});
