import { RoostError } from '../../domain/errors.ts';
import type {
	Capture,
	CapturedTrack,
	CaptureRequest,
	Device,
	DeviceChoice,
	ScreenContent,
	SoundProcessing,
	TrackEvent,
	TrackId
} from '../../domain/media/capture.ts';
import { speechProcessing } from '../../domain/media/capture.ts';
import { createCaptureQueue, kindsOf } from './capture-queue.ts';
import { errorName, toCaptureError, toScreenError } from './capture-errors.ts';
import { preferredDeviceId, toDevice } from './devices.ts';
import type { Ledger } from './ledger.ts';
import type { LocalTracks } from './local-tracks.ts';

/** The part of `navigator` that this adapter needs. Absent members: an old browser, or a page without HTTPS. */
interface CaptureBrowser {
	mediaDevices?: Pick<MediaDevices, 'getUserMedia' | 'enumerateDevices'> &
		Partial<Pick<MediaDevices, 'getDisplayMedia' | 'addEventListener' | 'removeEventListener'>>;
	permissions?: Pick<Permissions, 'query'>;
}

interface CaptureEdges {
	browser: CaptureBrowser;
	tracks: LocalTracks;
	/** Every captured track is entered under the owner `local-media`. */
	ledger: Ledger;
}

const trackEvents = { ended: 'TRACK_ENDED', mute: 'TRACK_SUSPENDED', unmute: 'TRACK_RESUMED' } as const;
const untouched = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const soundOf = ({ music, echoCancellation, noiseSuppression, autoGain }: SoundProcessing) =>
	music
		? { ...untouched, channelCount: { ideal: 2 }, sampleRate: { ideal: 48_000 } }
		: { echoCancellation, noiseSuppression, autoGainControl: autoGain };
/** Bounds hold for both orientations of a phone. */
const picture: MediaTrackConstraints = {
	width: { ideal: 1280, max: 1920 },
	height: { ideal: 720, max: 1920 },
	frameRate: { ideal: 30, max: 30 }
};

const screenHints: Record<ScreenContent, string> = { text: 'detail', motion: 'motion' };
/** A wide screen in full and few pictures, or a smaller one with many. */
const screenBounds: Record<ScreenContent, MediaTrackConstraints> = {
	text: { frameRate: { max: 15 }, width: { max: 2560 }, height: { max: 1440 } },
	motion: { frameRate: { max: 30 }, width: { max: 1920 }, height: { max: 1080 } }
};

/** See the port for what each method promises. */
export function createCapture({ browser, tracks, ledger }: CaptureEdges): Capture {
	const queue = createCaptureQueue();
	const open = new Map<TrackId, () => void>();
	const trackListeners = new Set<(event: TrackEvent) => void>();
	let isPickerOpen = false;

	const listDevices = async (): Promise<Device[]> => {
		const found = await browser.mediaDevices?.enumerateDevices().catch(() => []);
		return (found ?? []).map(toDevice);
	};

	const keep = (track: MediaStreamTrack): CapturedTrack => {
		const trackId = tracks.add(track);
		const leave = ledger.enter('local-media', 'track', () => stop(trackId));
		const report = (event: Event) => {
			if (event.type === 'ended') leave(); // the device is gone; the name stays until stop()
			const type = trackEvents[event.type as keyof typeof trackEvents];
			for (const listener of [...trackListeners]) listener({ type, trackId });
		};
		const names = Object.keys(trackEvents);
		for (const name of names) track.addEventListener(name, report);
		open.set(trackId, () => {
			for (const name of names) track.removeEventListener(name, report);
			track.stop();
			leave();
		});
		const { deviceId = '', groupId = '' } = track.getSettings();
		const kind = track.kind === 'audio' ? 'audio' : 'video';
		return { trackId, kind, device: { deviceId, groupId, label: track.label } };
	};

	const stop = (trackId: TrackId) => {
		const close = open.get(trackId);
		open.delete(trackId);
		tracks.remove(trackId);
		close?.();
	};

	/** From what a person chose to whatever there is: a browser may ignore an id that is only preferred. */
	const attemptsFor = async (request: CaptureRequest): Promise<MediaStreamConstraints[]> => {
		const hasChoice = Boolean(request.microphone) || Boolean(request.camera);
		const present = hasChoice ? await listDevices() : [];
		const choosing = (choice: DeviceChoice | null, kind: 'microphone' | 'camera', isStrict: boolean) => {
			if (!choice) return {};
			const deviceId = preferredDeviceId(choice, kind, present);
			const isPresent = deviceId !== '' && present.some((device) => device.deviceId === deviceId);
			return { deviceId: isStrict && isPresent ? { exact: deviceId } : { ideal: deviceId } };
		};
		const constraints = (isStrict: boolean) => ({
			audio: request.microphone !== false && {
				...soundOf(request.processing ?? speechProcessing),
				...choosing(request.microphone, 'microphone', isStrict)
			},
			video: request.camera !== false && { ...picture, ...choosing(request.camera, 'camera', isStrict) }
		});
		const preferring = constraints(false);
		return [
			...(hasChoice ? [constraints(true)] : []),
			preferring,
			...(preferring.video ? [{ ...preferring, video: true }] : [])
		];
	};

	const prompt = async (request: CaptureRequest, devices: Pick<MediaDevices, 'getUserMedia'>) => {
		const [first, ...others] = await attemptsFor(request);
		let opening = devices.getUserMedia(first);
		for (const constraints of others) {
			opening = opening.catch((cause: unknown) => {
				// a device that went away since it was listed, or the bounds of the picture, are in the way
				if (errorName(cause) !== 'OverconstrainedError') throw cause;
				return devices.getUserMedia(constraints);
			});
		}
		return opening;
	};

	return {
		open: async (request, signal) => {
			const { mediaDevices } = browser;
			const kinds = [...kindsOf(request)];
			if (kinds.length === 0) return [];
			if (!mediaDevices) throw new RoostError('media.unsupported', 'this page has no access to devices');

			const stream = await queue
				.run(request, signal, () => prompt(request, mediaDevices))
				.catch((cause: unknown) => {
					throw toCaptureError(kinds.join(' and '), cause);
				});
			if (!stream) throw new RoostError('media.cancelled', 'superseded by a later request, or given up');
			if (signal?.aborted) {
				for (const track of stream.getTracks()) track.stop();
				throw new RoostError('media.cancelled', 'given up before the devices were open');
			}
			return stream.getTracks().map(keep);
		},

		openScreen: async () => {
			const { mediaDevices } = browser;
			if (!mediaDevices?.getDisplayMedia) {
				throw new RoostError('media.unsupported', 'this browser cannot share a screen');
			}
			if (isPickerOpen) throw new RoostError('media.cancelled', 'the screen picker is open already');
			isPickerOpen = true;
			try {
				const stream = await mediaDevices.getDisplayMedia({
					video: screenBounds.text,
					audio: untouched
				});
				for (const track of stream.getVideoTracks()) track.contentHint = 'detail';
				return stream.getTracks().map(keep);
			} catch (cause) {
				throw toScreenError(cause);
			} finally {
				isPickerOpen = false;
			}
		},

		setEnabled: (trackId, enabled) => tracks.setEnabled(trackId, enabled),
		process: async (trackId, processing) => {
			const track = tracks.get(trackId);
			if (!track) return false;
			const wanted = soundOf(processing);
			try {
				await track.applyConstraints(wanted);
			} catch {
				return false; // this browser does it only while opening
			}
			// what is only wished for may be passed over without a word
			const now = track.getSettings();
			const isAsWanted = (['echoCancellation', 'noiseSuppression', 'autoGainControl'] as const).every(
				(name) => typeof now[name] !== 'boolean' || now[name] === wanted[name]
			);
			return isAsWanted && !(processing.music && now.channelCount === 1);
		},
		showAs: (trackId, content) => {
			for (const track of tracks.withCopies(trackId)) {
				if (track.contentHint === screenHints[content]) continue; // bounds set anew start the capture anew
				track.contentHint = screenHints[content];
				// a browser that can not slow a screen down sends what it can
				track.applyConstraints(screenBounds[content]).catch(() => undefined);
			}
		},
		isLent: (trackId) => tracks.isLent(trackId),
		stop,
		listDevices,

		watchDevices: (listener) => {
			const { mediaDevices } = browser;
			let newest = 0;
			const look = async () => {
				const turn = ++newest;
				const devices = await listDevices();
				if (turn === newest) listener(devices); // a slower, older look is dropped; so is one after the end
			};
			const onChange = () => void look();
			mediaDevices?.addEventListener?.('devicechange', onChange);
			return () => {
				newest = 0;
				mediaDevices?.removeEventListener?.('devicechange', onChange);
			};
		},

		watchTracks: (listener) => {
			const own = (event: TrackEvent) => listener(event);
			trackListeners.add(own);
			return () => void trackListeners.delete(own);
		},

		permission: async (kind) => {
			try {
				return (await browser.permissions?.query({ name: kind }))?.state ?? 'prompt';
			} catch {
				return 'prompt'; // this browser does not answer for microphone and camera
			}
		}
	};
}
