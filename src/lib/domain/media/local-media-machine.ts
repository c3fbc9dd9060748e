import { assign, enqueueActions, fromCallback, fromPromise, setup } from 'xstate';
import type { Abort } from '../abort.ts';
import type { ErrorCode } from '../errors.ts';
import { errorCodeOf } from '../errors.ts';
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
} from './capture.ts';
import { speechProcessing } from './capture.ts';
import { openDevices, type OpenedDevices } from './open-devices.ts';

export interface LocalMediaInput {
	capture: Capture;
	microphone: DeviceSlot;
	camera: DeviceSlot;
	/** Absent: as for speech. */
	processing?: SoundProcessing;
}

interface DeviceSlot {
	intent: 'on' | 'off';
	/** By hand, now or earlier; null: whatever the browser prefers. */
	chosen: DeviceChoice | null;
}

/** One device as it stands. */
interface DeviceState extends DeviceSlot {
	trackId: TrackId | null;
	/** What was really opened last. */
	opened: DeviceChoice | null;
	problem: ErrorCode | null;
	/** The system silenced it; not our own mute. */
	isSuspended: boolean;
	/** A person has chosen a device of this kind: no other one takes its place unasked. */
	isByHand: boolean;
	/** What a person wanted when no device could be opened: it comes true once one can. null: nothing is outstanding. */
	wish: 'on' | 'off' | null;
	/** The device that went away and has no successor yet. */
	lost: DeviceChoice | null;
	/** How often in a row one that is busy was tried again. */
	busyTries: number;
}

export interface LocalMediaContext {
	capture: Capture;
	microphone: DeviceState;
	camera: DeviceState;
	screen: { video: TrackId | null; audio: TrackId | null; problem: ErrorCode | null };
	/** How the screen is shared that is, or the next one. */
	share: { content: ScreenContent; isPaused: boolean };
	devices: Device[];
	processing: SoundProcessing;
	/** The microphone's track that was stopped to be opened anew: it keeps its place until it is known what comes of that. */
	stopped: TrackId | null;
	/** Devices to be opened with the next request. */
	wanted: Record<Kind, boolean>;
	/** Tracks that are no longer offered and live on until the connections have changed over. */
	replaced: readonly { trackId: TrackId; kind: Kind | 'screen' }[];
	/** Counts changes of the set of tracks: a new number is a new lease for every connection. */
	version: number;
}

type Kind = 'microphone' | 'camera';
type Opened = OpenedDevices & { devices: Device[] };

export type LocalMediaEvent =
	/** Opens what the intents ask for; the press of a person, or a permission given earlier. */
	| { type: 'OPEN' }
	| { type: 'SET_MICROPHONE' | 'SET_CAMERA'; intent: 'on' | 'off' }
	| { type: 'CHOOSE_DEVICE'; kind: Kind; choice: DeviceChoice }
	/** What is done to the sound of the microphone, from now on. */
	| { type: 'PROCESSING'; processing: SoundProcessing }
	| { type: 'SHARE_SCREEN' | 'STOP_SCREEN' }
	/** While a screen is shared. */
	| { type: 'SHOW_SCREEN_AS'; content: ScreenContent }
	/** Black and silent, until it goes on. */
	| { type: 'PAUSE_SCREEN' | 'RESUME_SCREEN' }
	/** Leaves nothing open; intents stay for the next time. */
	| { type: 'RELEASE' }
	| { type: 'DEVICES_CHANGED'; devices: Device[] }
	/** @property looks how often it was found to be sent still */
	| { type: 'STOP_TRACK'; trackId: TrackId; looks: number }
	| { type: 'WANTED'; kind: Kind }
	| TrackEvent;

/** What a person should hear of. */
export type LocalMediaNews =
	/** @property now what is used instead; null: there is no other */
	| { type: 'DEVICE_LOST'; kind: Kind; lost: DeviceChoice; now: DeviceChoice | null }
	/** Plugged in just now, and a person had chosen another one. */
	| { type: 'DEVICE_OFFERED'; device: Device }
	/** Plugged in just now, and used at once. */
	| { type: 'DEVICE_TAKEN'; device: Device };

/** One black frame at ten frames a second, so that the last picture others see is black. */
const cameraReleaseMs = 120;
const screenReleaseMs = 120;
/** A replaced track goes on until every connection has taken its successor, which is looked at so often. */
const replacedTrackMs = 1_000;
/** Yet not for ever: a connection that could not take a track in 10 s is being made anew, with new tracks. */
const replacedTrackLooks = 10;

/** A device that another app has is tried again so often: for a minute. */
const busyRetryMs = 5_000;
const busyTriesMax = 12;
/** Names of the browser for whatever the system prefers: no device of their own. */
const aliases: ReadonlySet<string> = new Set(['', 'default', 'communications']);

const kindOf = (track: CapturedTrack): Kind => (track.kind === 'audio' ? 'microphone' : 'camera');

/** Nobody takes what comes after the request was given up: it would stay open for ever. */
function stopIfGivenUp(capture: Capture, tracks: readonly CapturedTrack[], signal: Abort): void {
	const stop = () => {
		for (const { trackId } of tracks) capture.stop(trackId);
	};
	if (signal.aborted) stop();
	else signal.addEventListener('abort', stop);
}

const atRest = { trackId: null, opened: null, isSuspended: false, wish: null, lost: null, busyTries: 0 };

const empty = (slot: DeviceSlot): DeviceState => ({
	...slot,
	...atRest,
	problem: null,
	isByHand: slot.chosen !== null
});

/** By a person, who need not be told any more why it did not work. */
const decided = (device: DeviceState, intent: 'on' | 'off'): DeviceState => ({
	...device,
	intent,
	problem: null,
	wish: null,
	busyTries: 0
});

const isBusy = ({ problem, wish, busyTries }: DeviceState) =>
	problem === 'media.busy' && wish === 'on' && busyTries < busyTriesMax;
const busyKinds = (context: LocalMediaContext) => kinds.filter((kind) => isBusy(context[kind]));
const kinds = ['microphone', 'camera'] as const satisfies Kind[];

/** What was not there before; nothing while the browser kept the names of devices back. */
function newcomersIn(before: readonly Device[], now: readonly Device[], kind: Kind): Device[] {
	const known = new Set(before.filter((device) => device.kind === kind).map(({ deviceId }) => deviceId));
	if (known.size === 0 || known.has('')) return [];
	return now.filter(
		(device) => device.kind === kind && !aliases.has(device.deviceId) && !known.has(device.deviceId)
	);
}

/**
 * Which microphone, camera and screen are open, and what a person wants of them. Muting is instant and local; a camera
 * turned off is released; nothing here waits for a network.
 *
 *     devices  closed → opening → settled ⇄ reopening (one request at a time)
 *     camera   steady ⇄ releasing
 *     screen   idle → choosing → sharing
 *     sound    steady ⇄ applying: what is done to the sound of the open microphone
 *     busy     calm ⇄ waiting: what another app has is tried again for a minute
 */
export const localMediaMachine = setup({
	types: {
		context: {} as LocalMediaContext,
		input: {} as LocalMediaInput,
		events: {} as LocalMediaEvent,
		emitted: {} as LocalMediaNews
	},
	actors: {
		/** With the list of devices, whose names are known only once one of them is open. */
		open: fromPromise<Opened, { capture: Capture; request: CaptureRequest }>(async ({ input, signal }) => {
			const { capture, request } = input;
			const opened = await openDevices(capture, request, signal);
			stopIfGivenUp(capture, opened.tracks, signal);
			return { ...opened, devices: await capture.listDevices() };
		}),
		/** A person may change their mind while the picker is open. */
		openScreen: fromPromise<CapturedTrack[], { capture: Capture }>(async ({ input: { capture }, signal }) => {
			const tracks = await capture.openScreen();
			stopIfGivenUp(capture, tracks, signal);
			return tracks;
		}),
		process: fromPromise<boolean, { capture: Capture; trackId: TrackId | null; processing: SoundProcessing }>(
			async ({ input: { capture, trackId, processing } }) =>
				trackId === null || capture.process(trackId, processing)
		),
		watch: fromCallback<LocalMediaEvent, { capture: Capture }>(({ input, sendBack }) => {
			const list = (devices: Device[]) => sendBack({ type: 'DEVICES_CHANGED', devices });
			void input.capture.listDevices().then(list, () => undefined);
			const ends = [input.capture.watchDevices(list), input.capture.watchTracks(sendBack)];
			return () => ends.forEach((end) => end());
		})
	},
	guards: {
		isCameraIdle: ({ context }) => context.camera.intent === 'off' && context.camera.trackId !== null,
		isBusy: ({ context }) => busyKinds(context).length > 0,
		isCalm: ({ context }) => busyKinds(context).length === 0,
		isRefused: (_, params: { isDone: boolean }) => !params.isDone,
		isCameraWanted: ({ context }) => context.camera.intent === 'on',
		isScreenTrack: ({ context, event }) =>
			event.type === 'TRACK_ENDED' &&
			(event.trackId === context.screen.video || event.trackId === context.screen.audio)
	},
	delays: {
		cameraRelease: cameraReleaseMs,
		screenRelease: screenReleaseMs,
		replacedTrack: replacedTrackMs,
		busyRetry: busyRetryMs
	},
	actions: {
		setIntent: assign(({ context, event }) => {
			if (event.type === 'SET_MICROPHONE') {
				return { microphone: decided(context.microphone, event.intent) };
			}
			if (event.type === 'SET_CAMERA') {
				return { camera: decided(context.camera, event.intent) };
			}
			return {};
		}),
		/** Before anything else happens: what a person muted is silent at once, wherever it is still sent. */
		applyEnabled: ({ context }) => {
			const { capture, microphone, camera, replaced } = context;
			if (microphone.trackId !== null) capture.setEnabled(microphone.trackId, microphone.intent === 'on');
			if (camera.trackId !== null) capture.setEnabled(camera.trackId, camera.intent === 'on');
			for (const { trackId, kind } of replaced) {
				capture.setEnabled(trackId, kind !== 'screen' && context[kind].intent === 'on');
			}
		},
		rememberChoice: assign(({ context, event }) =>
			event.type === 'CHOOSE_DEVICE'
				? {
						[event.kind]: { ...context[event.kind], chosen: event.choice, isByHand: true, problem: null }
					}
				: {}
		),
		/** New tracks take the place of old ones, which live on until the connections have changed over. */
		takeTracks: enqueueActions(({ context, enqueue }, opened: Opened) => {
			const next = { microphone: context.microphone, camera: context.camera };
			for (const kind of ['microphone', 'camera'] as const) {
				const problem = opened.problems[kind];
				if (problem === null) continue;
				// local echo is rolled back: what could not be opened is off; an old track goes on, unless it was stopped
				const { intent, wish, lost } = next[kind];
				const trackId = next[kind].trackId === context.stopped ? null : next[kind].trackId;
				next[kind] = {
					...next[kind],
					trackId,
					problem,
					...(trackId === null && { intent: 'off', wish: intent === 'on' ? 'on' : wish }),
					lost: null
				};
				if (lost !== null) enqueue.emit({ type: 'DEVICE_LOST', kind, lost, now: null });
			}
			const replaced: LocalMediaContext['replaced'][number][] = [];
			for (const track of opened.tracks) {
				const kind = kindOf(track);
				const { trackId, lost, wish, intent } = next[kind];
				if (lost !== null && lost.deviceId !== track.device.deviceId) {
					enqueue.emit({ type: 'DEVICE_LOST', kind, lost, now: track.device });
				}
				if (trackId !== null) {
					replaced.push({ trackId, kind });
					enqueue.raise({ type: 'STOP_TRACK', trackId, looks: 0 }, { delay: 'replacedTrack' });
				}
				next[kind] = {
					...next[kind],
					intent: wish ?? intent,
					trackId: track.trackId,
					opened: track.device,
					problem: null,
					isSuspended: false,
					wish: null,
					lost: null,
					busyTries: 0
				};
			}
			enqueue.assign({
				...next,
				devices: opened.devices,
				wanted: { microphone: false, camera: false },
				replaced: [...context.replaced, ...replaced],
				version:
					opened.tracks.length > 0 || next.microphone.trackId !== context.microphone.trackId
						? context.version + 1
						: context.version
			});
		}),
		stopTrack: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'STOP_TRACK') return;
			const { trackId, looks } = event;
			if (looks < replacedTrackLooks && context.capture.isLent(trackId)) {
				enqueue.raise({ type: 'STOP_TRACK', trackId, looks: looks + 1 }, { delay: 'replacedTrack' });
				return;
			}
			enqueue(() => context.capture.stop(trackId));
			enqueue.assign({ replaced: context.replaced.filter((track) => track.trackId !== trackId) });
		}),
		releaseCamera: enqueueActions(({ context, enqueue }) => {
			const { trackId } = context.camera;
			if (trackId === null) return;
			enqueue(() => context.capture.stop(trackId));
			enqueue.assign({
				camera: { ...context.camera, trackId: null },
				version: context.version + 1
			});
		}),
		takeScreen: assign(({ context }, tracks: CapturedTrack[]) => ({
			screen: {
				video: tracks.find((track) => track.kind === 'video')?.trackId ?? null,
				audio: tracks.find((track) => track.kind === 'audio')?.trackId ?? null,
				problem: null
			},
			version: context.version + 1
		})),
		refuseScreen: assign(({ context }, params: { error: unknown }) => {
			const code = errorCodeOf(params.error);
			return { screen: { ...context.screen, problem: code === 'media.cancelled' ? null : code } };
		}),
		setShare: assign(({ context, event }) => {
			if (event.type === 'SHOW_SCREEN_AS') return { share: { ...context.share, content: event.content } };
			return { share: { ...context.share, isPaused: event.type === 'PAUSE_SCREEN' } };
		}),
		applyShare: ({ context }) => {
			const { capture, screen, share } = context;
			for (const trackId of [screen.video, screen.audio]) {
				if (trackId !== null) capture.setEnabled(trackId, !share.isPaused);
			}
			if (screen.video !== null) capture.showAs(screen.video, share.content);
		},
		/** Black and silent at once; stopped when the others have been told, or they would look at a frozen picture. */
		releaseScreen: enqueueActions(({ context, event, enqueue }) => {
			const { video, audio } = context.screen;
			const tracks = [video, audio].filter((trackId) => trackId !== null);
			for (const trackId of tracks) {
				enqueue(() => context.capture.setEnabled(trackId, false));
				if (event.type === 'RELEASE') enqueue(() => context.capture.stop(trackId));
				else {
					const stop = { type: 'STOP_TRACK', trackId, looks: replacedTrackLooks } as const;
					enqueue.raise(stop, { delay: 'screenRelease' });
				}
			}
			const left = event.type === 'RELEASE' ? [] : tracks;
			enqueue.assign({
				screen: { video: null, audio: null, problem: null },
				replaced: [...context.replaced, ...left.map((trackId) => ({ trackId, kind: 'screen' as const }))],
				version: context.version + 1
			});
		}),
		releaseDevices: enqueueActions(({ context, enqueue }) => {
			const replaced = context.replaced.map(({ trackId }) => trackId);
			const tracks = [context.microphone.trackId, context.camera.trackId, ...replaced];
			enqueue(() => tracks.forEach((track) => track !== null && context.capture.stop(track)));
			enqueue.assign({
				microphone: { ...context.microphone, ...atRest },
				camera: { ...context.camera, ...atRest },
				wanted: { microphone: false, camera: false },
				replaced: [],
				version: context.version + 1
			});
		}),
		/** The device went away: forget the choice of it, so that the browser's preference takes over. */
		loseTrack: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'TRACK_ENDED') return;
			for (const kind of ['microphone', 'camera'] as const) {
				if (context[kind].trackId !== event.trackId) continue;
				enqueue(() => context.capture.stop(event.trackId));
				enqueue.assign({
					[kind]: {
						...context[kind],
						trackId: null,
						chosen: null,
						isSuspended: false,
						lost: context[kind].opened
					},
					version: context.version + 1
				});
				// a muted microphone is kept at hand, a camera that is off is not
				if (kind === 'microphone' || context.camera.intent === 'on') enqueue.raise({ type: 'WANTED', kind });
			}
		}),
		markSuspended: assign(({ context, event }) => {
			if (event.type !== 'TRACK_SUSPENDED' && event.type !== 'TRACK_RESUMED') return {};
			const isSuspended = event.type === 'TRACK_SUSPENDED';
			const kind = context.microphone.trackId === event.trackId ? 'microphone' : 'camera';
			return context[kind].trackId === event.trackId ? { [kind]: { ...context[kind], isSuspended } } : {};
		}),
		rememberDevices: assign(({ event }) =>
			event.type === 'DEVICES_CHANGED' ? { devices: event.devices } : {}
		),
		/** Something of a kind that nobody found is there now. */
		recoverMissing: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'DEVICES_CHANGED') return;
			for (const kind of kinds) {
				const { problem, wish } = context[kind];
				if (problem !== 'media.none' || !event.devices.some((device) => device.kind === kind)) continue;
				enqueue.assign({ [kind]: { ...context[kind], problem: null } });
				if (wish === 'on') enqueue.raise({ type: 'WANTED', kind });
			}
		}),
		/** A headset that is plugged in is meant to be used; where a person has chosen before, they choose again. */
		meetNewcomers: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'DEVICES_CHANGED') return;
			for (const kind of kinds) {
				const [device] = newcomersIn(context.devices, event.devices, kind);
				if (device === undefined || context[kind].trackId === null) continue;
				if (kind === 'camera' || context.microphone.isByHand) {
					enqueue.emit({ type: 'DEVICE_OFFERED', device });
					continue;
				}
				const { deviceId, label, groupId } = device;
				enqueue.assign({
					microphone: { ...context.microphone, chosen: { deviceId, label, groupId } }
				});
				enqueue.raise({ type: 'WANTED', kind });
				enqueue.emit({ type: 'DEVICE_TAKEN', device });
			}
		}),
		rememberProcessing: assign(({ event }) =>
			event.type === 'PROCESSING' ? { processing: event.processing } : {}
		),
		/** Stopped first: Chromium treats the sound of a device that is open as it is treated already. */
		reopenMicrophone: enqueueActions(({ context: { capture, microphone }, enqueue }) => {
			const { trackId } = microphone;
			if (trackId !== null) enqueue(() => capture.stop(trackId));
			enqueue.assign({ stopped: trackId });
			enqueue.raise({ type: 'WANTED', kind: 'microphone' });
		}),
		retryBusy: enqueueActions(({ context, enqueue }) => {
			for (const kind of busyKinds(context)) {
				enqueue.assign(({ context: now }) => ({
					[kind]: { ...now[kind], busyTries: now[kind].busyTries + 1 }
				}));
				enqueue.raise({ type: 'WANTED', kind });
			}
		}),
		askForMissing: enqueueActions(({ context, enqueue }) => {
			for (const kind of ['microphone', 'camera'] as const) {
				const { intent, trackId, problem } = context[kind];
				if (intent === 'on' && trackId === null && problem === null) enqueue.raise({ type: 'WANTED', kind });
			}
		}),
		/** What is not in use is opened when it is. */
		wantChosen: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'CHOOSE_DEVICE') return;
			const { intent, trackId } = context[event.kind];
			const isInUse = intent === 'on' || (event.kind === 'microphone' && trackId !== null);
			if (isInUse) enqueue.raise({ type: 'WANTED', kind: event.kind });
		}),
		/** A request under way for the other kind is given up: the next one asks for both. */
		noteWanted: assign(({ context, event }) =>
			event.type === 'WANTED' ? { wanted: { ...context.wanted, [event.kind]: true } } : {}
		)
	}
}).createMachine({
	id: 'localMedia',
	context: ({ input }) => ({
		capture: input.capture,
		microphone: empty(input.microphone),
		camera: empty(input.camera),
		screen: { video: null, audio: null, problem: null },
		share: { content: 'text', isPaused: false },
		devices: [],
		processing: input.processing ?? speechProcessing,
		stopped: null,
		wanted: { microphone: false, camera: false },
		replaced: [],
		version: 0
	}),
	invoke: { src: 'watch', input: ({ context }) => ({ capture: context.capture }) },
	type: 'parallel',
	on: {
		DEVICES_CHANGED: { actions: ['recoverMissing', 'meetNewcomers', 'rememberDevices'] },
		STOP_TRACK: { actions: 'stopTrack' },
		TRACK_SUSPENDED: { actions: 'markSuspended' },
		TRACK_RESUMED: { actions: 'markSuspended' }
	},
	states: {
		devices: {
			initial: 'closed',
			states: {
				/** Nothing was asked for yet, or everything was given back. Toggles only move the intent. */
				closed: {
					on: {
						OPEN: 'opening',
						SET_MICROPHONE: { actions: 'setIntent' },
						SET_CAMERA: { actions: 'setIntent' },
						CHOOSE_DEVICE: { actions: 'rememberChoice' }
					}
				},
				opening: {
					invoke: {
						src: 'open',
						input: ({ context }) => ({ capture: context.capture, request: wholeRequest(context) }),
						onDone: {
							target: 'settled',
							actions: [
								{ type: 'takeTracks', params: ({ event }) => event.output },
								'applyEnabled',
								'askForMissing'
							]
						},
						onError: 'settled'
					},
					on: {
						SET_MICROPHONE: { actions: 'setIntent' },
						SET_CAMERA: { actions: 'setIntent' },
						CHOOSE_DEVICE: { actions: 'rememberChoice' },
						TRACK_ENDED: { actions: 'loseTrack' },
						RELEASE: { target: 'closed', actions: 'releaseDevices' }
					}
				},
				settled: {
					on: {
						OPEN: 'opening',
						SET_MICROPHONE: { actions: ['setIntent', 'applyEnabled', 'askForMissing'] },
						SET_CAMERA: { actions: ['setIntent', 'applyEnabled', 'askForMissing'] },
						CHOOSE_DEVICE: { actions: ['rememberChoice', 'wantChosen'] },
						TRACK_ENDED: { actions: 'loseTrack' },
						WANTED: { target: 'reopening', actions: 'noteWanted' },
						RELEASE: { target: 'closed', actions: 'releaseDevices' }
					}
				},
				/** One device is opened while the other goes on. */
				reopening: {
					invoke: {
						src: 'open',
						input: ({ context }) => ({ capture: context.capture, request: wantedRequest(context) }),
						onDone: {
							target: 'settled',
							actions: [
								{ type: 'takeTracks', params: ({ event }) => event.output },
								'applyEnabled',
								'askForMissing'
							]
						},
						onError: 'settled'
					},
					on: {
						SET_MICROPHONE: { actions: ['setIntent', 'applyEnabled'] },
						SET_CAMERA: { actions: ['setIntent', 'applyEnabled'] },
						CHOOSE_DEVICE: { actions: ['rememberChoice', 'wantChosen'] },
						WANTED: { target: 'reopening', reenter: true, actions: 'noteWanted' },
						TRACK_ENDED: { actions: 'loseTrack' },
						RELEASE: { target: 'closed', actions: 'releaseDevices' }
					}
				}
			}
		},
		/** A camera that is off is released after its last, black frame. */
		camera: {
			initial: 'steady',
			states: {
				steady: { always: { guard: 'isCameraIdle', target: 'releasing' } },
				releasing: {
					always: { guard: 'isCameraWanted', target: 'steady' },
					after: { cameraRelease: { target: 'steady', actions: 'releaseCamera' } }
				}
			}
		},
		sound: {
			initial: 'steady',
			on: { PROCESSING: { target: '.applying', actions: 'rememberProcessing' } },
			states: {
				steady: {},
				applying: {
					invoke: {
						src: 'process',
						input: ({ context: { capture, microphone, processing } }) => ({
							capture,
							trackId: microphone.trackId,
							processing
						}),
						onDone: [
							{
								guard: { type: 'isRefused', params: ({ event }) => ({ isDone: event.output }) },
								target: 'steady',
								actions: 'reopenMicrophone'
							},
							{ target: 'steady' }
						],
						onError: { target: 'steady', actions: 'reopenMicrophone' }
					}
				}
			}
		},
		busy: {
			initial: 'calm',
			states: {
				calm: { always: { guard: 'isBusy', target: 'waiting' } },
				waiting: {
					always: { guard: 'isCalm', target: 'calm' },
					after: { busyRetry: { target: 'waiting', reenter: true, actions: 'retryBusy' } }
				}
			}
		},
		screen: {
			initial: 'idle',
			states: {
				idle: { on: { SHARE_SCREEN: 'choosing' } },
				choosing: {
					invoke: {
						src: 'openScreen',
						input: ({ context }) => ({ capture: context.capture }),
						onDone: {
							target: 'sharing',
							actions: { type: 'takeScreen', params: ({ event }) => event.output }
						},
						onError: {
							target: 'idle',
							actions: { type: 'refuseScreen', params: ({ event }) => ({ error: event.error }) }
						}
					},
					on: { STOP_SCREEN: 'idle', RELEASE: 'idle' }
				},
				sharing: {
					entry: ['setShare', 'applyShare'],
					exit: 'releaseScreen',
					on: {
						SHOW_SCREEN_AS: { actions: ['setShare', 'applyShare'] },
						PAUSE_SCREEN: { actions: ['setShare', 'applyShare'] },
						RESUME_SCREEN: { actions: ['setShare', 'applyShare'] },
						STOP_SCREEN: 'idle',
						RELEASE: 'idle',
						TRACK_ENDED: { guard: 'isScreenTrack', target: 'idle' }
					}
				}
			}
		}
	}
});

/**
 * Both kinds in one prompt; a camera that is off is not opened: its light must not come on. One that only could not be
 * opened before is asked for again.
 */
const wholeRequest = ({ microphone, camera, processing }: LocalMediaContext): CaptureRequest => ({
	microphone: microphone.chosen,
	camera: camera.intent === 'on' || camera.wish === 'on' ? camera.chosen : false,
	processing
});

const wantedRequest = ({ wanted, microphone, camera, processing }: LocalMediaContext): CaptureRequest => ({
	microphone: wanted.microphone ? microphone.chosen : false,
	camera: wanted.camera ? camera.chosen : false,
	processing
});
