import { waitFor, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { defaultPreferences } from '../adapters/storage/preferences.ts';
import { createEffectSounds } from '../adapters/webrtc/effect-sounds.ts';
import { playRecording, recordVoice, type VoiceRecording } from '../adapters/webrtc/voice-recording.ts';
import type { SoundName } from '../domain/call/sounds.ts';
import type { Device, DeviceChoice, DeviceKind, SoundProcessing, TrackId } from '../domain/media/capture.ts';
import type { chatMachine } from '../domain/chat/chat-machine.ts';
import type { Preferences } from '../domain/store/ongoing-call.ts';
import { version } from '../../../package.json';
import { isoTime, reportOf } from './diagnostics.ts';
import type { Shell } from './shell.svelte.ts';
import type { VisitKit } from './visit-kit.ts';

type Kind = 'microphone' | 'camera';

const remembered = {
	microphone: 'microphoneDevice',
	camera: 'cameraDevice',
	speaker: 'speakerDevice'
} as const satisfies Record<DeviceKind, keyof Preferences>;
const processing = ['echoCancellation', 'noiseSuppression', 'autoGain', 'music'] as const;
const processingOf = (preferences: Preferences) => ({
	echoCancellation: preferences.echoCancellation,
	noiseSuppression: preferences.noiseSuppression,
	autoGain: preferences.autoGain,
	music: preferences.music
});

/**
 * What the settings do beside changing preferences. Devices are those of the visit on the page; what it does not have
 * open is opened here to be tried, heard and seen by nobody else, and closed with the settings.
 */
export class SettingsScene {
	readonly defaults = defaultPreferences();
	readonly version = version;
	readonly builtAt: number | null;
	readonly canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;
	voice: 'idle' | 'recording' | 'playing' | 'failed' = $state('idle');
	readonly #shell: Shell;
	readonly #browser: Window & typeof globalThis;
	#kit: VisitKit | null = $state.raw(null);
	#listed: readonly Device[] = $state.raw([]);
	/** Opened here. */
	#own: Record<Kind, TrackId | null> = $state.raw({ microphone: null, camera: null });
	#failed: Record<Kind, boolean> = $state.raw({ microphone: false, camera: false });
	#recording: VoiceRecording | null = null;
	#playing: AbortController | null = null;
	#isOver = false;

	/** @param builtAt local clock of the machine that built the app, unix ms; null: not known */
	constructor(shell: Shell, browser: Window & typeof globalThis, builtAt: number | null) {
		this.#shell = shell;
		this.#browser = browser;
		this.builtAt = builtAt;
		void this.#open().then(
			() => this.#list(),
			(cause: unknown) => shell.roost.log.warn('devices can not be tried', cause)
		);
	}

	/** The visit on the page, as long as devices may be open for it. */
	readonly #visit = $derived.by(() => {
		const { visit } = this.#shell;
		return visit !== null && ['prejoin', 'lobby', 'call'].includes(visit.page) ? visit : null;
	});
	readonly devices: readonly Device[] = $derived.by(() => this.#visit?.devices ?? this.#listed);
	readonly chosen: Readonly<Record<DeviceKind, string | null>> = $derived.by(() => {
		const { preferences } = this.#shell;
		const { microphoneDevice, cameraDevice, speakerDevice } = preferences;
		return (
			this.#visit?.chosen(speakerDevice) ?? {
				microphone: microphoneDevice?.deviceId ?? null,
				camera: cameraDevice?.deviceId ?? null,
				speaker: speakerDevice?.deviceId ?? null
			}
		);
	});
	readonly #microphoneTrack = $derived.by(() => this.#visit?.microphoneTrack ?? this.#own.microphone);
	readonly preview: MediaStream | null = $derived.by(() => {
		const own = this.#own.camera;
		const stream = own === null ? null : (this.#kit?.localTracks.streamOf([own]) ?? null);
		return this.#visit?.preview ?? stream;
	});
	readonly microphone = $derived(this.#stateOf('microphone', this.#microphoneTrack !== null));
	readonly camera = $derived(this.#stateOf('camera', this.preview !== null));

	#stateOf(kind: Kind, isOpen: boolean): 'open' | 'failed' | 'closed' {
		return isOpen ? 'open' : this.#failed[kind] ? 'failed' : 'closed';
	}

	/** At once: in the preferences, and in what runs. */
	readonly save = (patch: Partial<Preferences>): void => {
		this.#shell.save(patch);
		if (processing.some((key) => key in patch)) {
			const wanted = processingOf(this.#shell.preferences);
			this.#visit?.media.send({ type: 'PROCESSING', processing: wanted });
			const own = this.#own.microphone;
			if (own !== null) void this.#process(own, wanted);
		}
	};

	async #process(track: TrackId, wanted: SoundProcessing): Promise<void> {
		const isDone = await this.#kit?.capture.process(track, wanted);
		if (isDone === false) await this.#reopen('microphone');
	}

	readonly choose = (kind: DeviceKind, deviceId: string): void => {
		const device = this.devices.find((known) => known.kind === kind && known.deviceId === deviceId);
		if (device === undefined) return;
		const { label, groupId } = device;
		const choice: DeviceChoice = this.#visit?.choose(kind, deviceId) ?? { deviceId, label, groupId };
		this.#shell.save({ [remembered[kind]]: choice });
		if (kind !== 'speaker' && this.#own[kind] !== null) void this.#reopen(kind);
	};

	readonly open = (kind: Kind): void => void this.#reopen(kind);

	async #reopen(kind: Kind): Promise<void> {
		try {
			const { capture } = await this.#open();
			const { microphoneDevice, cameraDevice } = this.#shell.preferences;
			const [track] = await capture.open({
				microphone: kind === 'microphone' && microphoneDevice,
				camera: kind === 'camera' && cameraDevice,
				processing: processingOf(this.#shell.preferences)
			});
			this.#close(kind);
			this.#own = { ...this.#own, [kind]: track?.trackId ?? null };
			this.#failed = { ...this.#failed, [kind]: false };
			if (this.#isOver) this.#close(kind);
			await this.#list();
		} catch (cause) {
			this.#failed = { ...this.#failed, [kind]: true };
			this.#shell.roost.log.warn(`the ${kind} could not be tried`, cause);
		}
	}

	#close(kind: Kind): void {
		const track = this.#own[kind];
		this.#own = { ...this.#own, [kind]: null };
		if (track !== null) this.#kit?.capture.stop(track);
	}

	async #open(): Promise<VisitKit> {
		return (this.#kit ??= await this.#shell.roost.loadKit());
	}

	async #list(): Promise<void> {
		this.#listed = (await this.#kit?.capture.listDevices()) ?? [];
	}

	readonly watchLevel = (listener: (levelDb: number) => void): (() => void) => {
		const track = this.#microphoneTrack;
		return (track !== null && this.#kit?.levels.watchLevel(track, listener)) || (() => undefined);
	};

	get #speaker(): string {
		return this.#shell.preferences.speakerDevice?.deviceId ?? '';
	}

	readonly testSpeaker = (): Promise<boolean> =>
		this.#open().then(
			(kit) => kit.testSpeaker(this.#speaker),
			() => false
		);

	readonly playSound = (name: SoundName): void => {
		const { soundVolume } = this.#shell.preferences;
		void this.#open().then((kit) =>
			createEffectSounds(kit.notes, this.#shell.roost.log.warn).play(name, soundVolume, this.#speaker)
		);
	};

	readonly record = (): void => {
		const track = this.#microphoneTrack;
		if (track === null || this.#kit === null || this.#recording !== null) return;
		this.#playing?.abort();
		try {
			this.#recording = recordVoice(this.#recorder(this.#kit), track);
			this.voice = 'recording';
		} catch (cause) {
			this.#failVoice(cause);
		}
	};

	readonly stopVoice = (): void => {
		const recording = this.#recording;
		this.#recording = null;
		this.#playing?.abort();
		if (recording === null || this.#kit === null) return;
		const playing = new AbortController();
		this.#playing = playing;
		this.voice = 'playing';
		const recorder = this.#recorder(this.#kit);
		recording
			.finish()
			.then((blob) => playRecording(recorder, blob, this.#speaker, playing.signal))
			.then(() => (this.voice = 'idle'))
			.catch((cause: unknown) => this.#failVoice(cause));
	};

	#failVoice(cause: unknown): void {
		this.voice = 'failed';
		this.#shell.roost.log.warn('the voice could not be recorded or played', cause);
	}

	#recorder({ localTracks, createStream, ledger, notes }: VisitKit) {
		const createRecorder = (stream: MediaStream) => new this.#browser.MediaRecorder(stream);
		return { localTracks, createStream, ledger, createElement: notes.createElement, createRecorder };
	}

	readonly copy = async (text: string): Promise<boolean> => {
		try {
			await this.#browser.navigator.clipboard.writeText(text);
			return true;
		} catch {
			return false; // refused, or no clipboard on an insecure page
		}
	};

	readonly saveFile = (text: string): void => {
		const { document } = this.#browser;
		const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
		const link = document.createElement('a');
		link.href = address;
		link.download = `roost-report-${isoTime(Date.now()).slice(0, 19).replaceAll(':', '-')}.txt`;
		link.click();
		URL.revokeObjectURL(address);
	};

	/** Everything that this browser remembers; a call that runs goes on, and is remembered again. */
	readonly deleteAll = async (): Promise<void> => {
		const { roost } = this.#shell;
		await roost.database.clear().catch((cause: unknown) => roost.log.warn('not all was deleted', cause));
		try {
			this.#browser.sessionStorage.clear();
		} catch {
			// where storing is forbidden nothing is stored
		}
		this.#shell.forget(this.defaults);
		this.#visit?.media.send({ type: 'PROCESSING', processing: processingOf(this.defaults) });
	};

	readonly report = async (): Promise<string> => {
		const { roost, preferences, visit, isOnline } = this.#shell;
		const { navigator, screen, innerWidth, innerHeight, devicePixelRatio } = this.#browser;
		await this.#list();
		const count = (kind: DeviceKind) =>
			`${this.devices.filter((device) => device.kind === kind).length} ${kind}`;
		const permission = async (kind: Kind) =>
			`${kind} ${(await this.#kit?.capture.permission(kind)) ?? 'unknown'}`;
		return reportOf({
			at: Date.now(),
			facts: [
				['version', `${version}${this.builtAt === null ? '' : `, built ${isoTime(this.builtAt)}`}`],
				['browser', navigator.userAgent],
				['languages', navigator.languages.join(', ')],
				[
					'window',
					`${innerWidth}×${innerHeight} of ${screen.width}×${screen.height}, ${devicePixelRatio} pixels each`
				],
				['processors', `${navigator.hardwareConcurrency}`],
				['network', isOnline ? 'online' : 'offline'],
				['devices', [count('microphone'), count('camera'), count('speaker')].join(', ')],
				['permissions', [await permission('microphone'), await permission('camera')].join(', ')],
				['page', visit?.page ?? 'no call'],
				[
					'left out',
					Object.entries(roost.log.counts())
						.map(([what, times]) => `${what} ${times}×`)
						.join(', ') || 'nothing'
				]
			],
			samples: await samplesOf(visit?.call ?? null),
			timeline: this.#kit?.timeline() ?? [],
			log: roost.log.lines(),
			secrets: [
				preferences.name,
				visit?.roomName ?? '',
				roost.host,
				roost.tabId,
				visit?.actor.getSnapshot().context.input.token ?? '',
				...this.devices.map(({ label }) => label),
				...saidIn(visit?.call ?? null)
			]
		});
	};

	/** Gives back what was opened here. */
	stop(): void {
		this.#isOver = true;
		this.#recording?.cancel();
		this.#recording = null;
		this.#playing?.abort();
		this.#close('microphone');
		this.#close('camera');
	}
}

type CallActor = NonNullable<NonNullable<Shell['visit']>['call']>;

/** Names of people, and what they wrote, as far as this page knows them. */
function saidIn(call: CallActor | null): string[] {
	if (call === null) return [];
	const { context, children } = call.getSnapshot();
	const chat = (children as Record<string, unknown>)['chat'] as ActorRefFrom<typeof chatMachine> | undefined;
	const { messages = [], waiting = [] } = chat?.getSnapshot().context ?? {};
	return [
		...Object.values(context.roster).map(({ name }) => name),
		...Object.values(context.said).map(({ name = '' }) => name),
		...Object.values(context.peerNames),
		...messages.flatMap(({ actorName, text }) => [actorName, text]),
		...waiting.map(({ text }) => text)
	];
}

/** So long a connection may take to count. */
const countMs = 500;

/** The counters of every connection of a call, read now. */
async function samplesOf(call: AnyActorRef | null): Promise<object[]> {
	const connections = descendantsOf(call).filter(isConnection);
	return Promise.all(
		connections.map(async (actor) => {
			const before = contextOf(actor)['stats'];
			actor.send({ type: 'GATHER_STATS' });
			await waitFor(actor, () => contextOf(actor)['stats'] !== before, { timeout: countMs }).catch(
				() => undefined
			);
			const { input, stats } = contextOf(actor);
			const { purpose, direction } = input as Record<string, unknown>;
			return { purpose, direction, ...(stats ?? {}) };
		})
	);
}

const isConnection = (actor: AnyActorRef) => (actor as { logic?: { id?: unknown } }).logic?.id === 'peerCall';

type Snapshot = { context?: Record<string, unknown>; children?: Record<string, AnyActorRef> } | undefined;

const contextOf = (actor: AnyActorRef): Record<string, unknown> =>
	(actor.getSnapshot() as Snapshot)?.context ?? {};

function descendantsOf(actor: AnyActorRef | null): AnyActorRef[] {
	const children = Object.values((actor?.getSnapshot() as Snapshot)?.children ?? {});
	return children.flatMap((child) => [child, ...descendantsOf(child)]);
}
