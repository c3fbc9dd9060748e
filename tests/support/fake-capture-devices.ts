import { FakeMediaStream, FakeMediaStreamTrack, type FakeSource } from './fake-media.ts';

type Permission = 'granted' | 'prompt' | 'denied';
type CapturePermission = 'microphone' | 'camera';

interface FakeDevice {
	kind: MediaDeviceKind;
	deviceId: string;
	groupId: string;
	label: string;
}

export const fakeHeadset: FakeDevice[] = [
	{ kind: 'audioinput', deviceId: 'mic-1', groupId: 'headset', label: 'Headset Microphone' },
	{ kind: 'audiooutput', deviceId: 'out-1', groupId: 'headset', label: 'Headset Earphones' }
];
export const fakeWebcam: FakeDevice[] = [
	{ kind: 'audioinput', deviceId: 'mic-2', groupId: 'webcam', label: 'Webcam Microphone' },
	{ kind: 'videoinput', deviceId: 'cam-1', groupId: 'webcam', label: 'Webcam' }
];

class FakePermissionStatus extends EventTarget implements PermissionStatus {
	readonly name: string;
	readonly state: Permission;
	onchange: PermissionStatus['onchange'] = null;

	constructor(name: string, state: Permission) {
		super();
		this.name = name;
		this.state = state;
	}
}

const deviceOf: Record<'audio' | 'video', { kind: MediaDeviceKind; permission: CapturePermission }> = {
	audio: { kind: 'audioinput', permission: 'microphone' },
	video: { kind: 'videoinput', permission: 'camera' }
};

/**
 * The devices of one computer, as `navigator.mediaDevices` and `navigator.permissions` show them: labels and ids only
 * with permission, prompts that may be refused or left open, devices that are busy or pulled out.
 */
export class FakeCaptureDevices extends EventTarget {
	readonly devices: FakeDevice[];
	/** What the user would answer to a prompt; `held` leaves it open until `answer()`. */
	prompt: 'grant' | 'deny' | 'held' = 'grant';
	/** What the user does in the screen picker. */
	picker: 'choose' | 'choose with sound' | 'close' | 'fail' = 'choose';
	readonly permission: Record<CapturePermission, Permission> = { microphone: 'prompt', camera: 'prompt' };
	/** Every getUserMedia call so far, in order. */
	readonly requests: MediaStreamConstraints[] = [];
	/** How often the screen picker was shown. */
	pickers = 0;
	/** Largest number of getUserMedia calls that were under way at once. */
	mostAtOnce = 0;
	readonly #sources = new Map<string, FakeSource>();
	readonly #busy = new Set<string>();
	#held: ((answer: 'grant' | 'deny') => void)[] = [];
	#underWay = 0;

	constructor(devices: readonly FakeDevice[] = [...fakeHeadset, ...fakeWebcam]) {
		super();
		this.devices = [...devices];
	}

	/** What the capture adapter takes for the browser. */
	get browser(): { mediaDevices: FakeCaptureDevices; permissions: Pick<Permissions, 'query'> } {
		const query = async ({ name }: PermissionDescriptor) => {
			if (name !== 'microphone' && name !== 'camera') throw new TypeError(`${name} is no permission`);
			return new FakePermissionStatus(name, this.permission[name]);
		};
		return { mediaDevices: this, permissions: { query } };
	}

	/** Every track ever made here, clones included. */
	get tracks(): FakeMediaStreamTrack[] {
		return [...this.#sources.values()].flatMap(({ tracks }) => tracks);
	}

	/** How many tracks keep a device open; of one kind, or of all. */
	liveTracks(kind?: 'audio' | 'video'): number {
		return this.tracks.filter(
			(track) => track.readyState === 'live' && (kind === undefined || track.kind === kind)
		).length;
	}

	async getUserMedia(constraints: MediaStreamConstraints = {}): Promise<FakeMediaStream> {
		this.requests.push(constraints);
		this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay);
		try {
			const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind]);
			if (kinds.length === 0) throw new TypeError('At least one of audio and video must be requested');
			for (const kind of kinds) {
				if (!this.devices.some((device) => device.kind === deviceOf[kind].kind)) {
					throw new DOMException('Requested device not found', 'NotFoundError');
				}
			}
			await this.#ask(kinds.map((kind) => deviceOf[kind].permission));
			const chosen = kinds.map((kind) => ({ kind, device: this.#choose(kind, constraints[kind]) }));
			return new FakeMediaStream(chosen.map(({ kind, device }) => this.#open(kind, device)));
		} finally {
			this.#underWay--;
		}
	}

	async getDisplayMedia(options: DisplayMediaStreamOptions = {}): Promise<FakeMediaStream> {
		this.pickers++;
		await Promise.resolve();
		const bounds = typeof options.video === 'object' ? options.video : {};
		if (
			Object.values(bounds).some((wish) => typeof wish === 'object' && ('min' in wish || 'exact' in wish))
		) {
			throw new TypeError('min and exact constraints are not supported');
		}
		if (this.picker === 'close') throw new DOMException('Permission denied by user', 'NotAllowedError');
		if (this.picker === 'fail') throw new DOMException('Could not start source', 'NotReadableError');
		const screen = { deviceId: 'screen-1', groupId: '', label: 'Screen' };
		const picture = this.#open('video', screen);
		await picture.applyConstraints(bounds);
		const hasSound = this.picker === 'choose with sound' && Boolean(options.audio);
		return new FakeMediaStream(hasSound ? [picture, this.#open('audio', screen)] : [picture]);
	}

	async enumerateDevices(): Promise<MediaDeviceInfo[]> {
		await Promise.resolve();
		const isGranted = (kind: MediaDeviceKind) =>
			this.permission[kind === 'videoinput' ? 'camera' : 'microphone'] === 'granted';
		return this.devices.map((device) => {
			const hidden = isGranted(device.kind) ? {} : { deviceId: '', groupId: '', label: '' };
			const shown = { ...device, ...hidden };
			return { ...shown, toJSON: () => shown };
		});
	}

	/** Script: answers all prompts that are open. */
	answer(answer: 'grant' | 'deny'): void {
		const held = this.#held;
		this.#held = [];
		for (const settle of held) settle(answer);
	}

	/** Script: another program takes the device, or gives it back. */
	setBusy(deviceId: string, isBusy: boolean): void {
		if (isBusy) this.#busy.add(deviceId);
		else this.#busy.delete(deviceId);
	}

	plugIn(...devices: FakeDevice[]): void {
		this.devices.push(...devices);
		this.dispatchEvent(new Event('devicechange'));
	}

	/** Script: the device is pulled out; its tracks end. */
	pullOut(deviceId: string): void {
		const index = this.devices.findIndex((device) => device.deviceId === deviceId);
		if (index === -1) throw new Error(`there is no device ${deviceId}`);
		this.devices.splice(index, 1);
		for (const track of this.#sources.get(deviceId)?.tracks ?? []) track.end();
		this.dispatchEvent(new Event('devicechange'));
	}

	/** Script: the user stops sharing in the browser's own bar. */
	stopSharing(): void {
		for (const track of this.#sources.get('screen-1')?.tracks ?? []) track.end();
	}

	async #ask(permissions: readonly CapturePermission[]): Promise<void> {
		await Promise.resolve();
		const refused = () => new DOMException('Permission denied', 'NotAllowedError');
		if (permissions.some((name) => this.permission[name] === 'denied')) throw refused();
		if (permissions.every((name) => this.permission[name] === 'granted')) return;
		const answer =
			this.prompt === 'held'
				? await new Promise<'grant' | 'deny'>((settle) => this.#held.push(settle))
				: this.prompt;
		for (const name of permissions) this.permission[name] = answer === 'grant' ? 'granted' : 'denied';
		if (answer === 'deny') throw refused();
	}

	#choose(kind: 'audio' | 'video', wish: boolean | MediaTrackConstraints | undefined): FakeDevice {
		const present = this.devices.filter((device) => device.kind === deviceOf[kind].kind);
		const { exact, ideal } = wantedId(wish);
		if (exact !== undefined && !present.some(({ deviceId }) => deviceId === exact)) {
			throw new DOMException('deviceId', 'OverconstrainedError');
		}
		const device = present.find(({ deviceId }) => deviceId === (exact ?? ideal)) ?? present[0];
		if (!device) throw new DOMException('Requested device not found', 'NotFoundError');
		if (this.#busy.has(device.deviceId)) {
			throw new DOMException('Could not start source', 'NotReadableError');
		}
		return device;
	}

	#open(kind: 'audio' | 'video', { deviceId, groupId, label }: Omit<FakeDevice, 'kind'>) {
		const source = this.#sources.get(deviceId) ?? { deviceId, groupId, label, tracks: [] };
		this.#sources.set(deviceId, source);
		return new FakeMediaStreamTrack(kind, source);
	}
}

function wantedId(wish: boolean | MediaTrackConstraints | undefined): { exact?: string; ideal?: string } {
	const deviceId = typeof wish === 'object' ? wish.deviceId : undefined;
	if (typeof deviceId === 'string') return { ideal: deviceId };
	if (typeof deviceId !== 'object' || Array.isArray(deviceId)) return {};
	const { exact, ideal } = deviceId;
	return {
		...(typeof exact === 'string' ? { exact } : {}),
		...(typeof ideal === 'string' ? { ideal } : {})
	};
}
