import type { Page } from '@playwright/test';

/* What a page holds open, seen from outside: the app carries no hook for this. */

/** What is open as the page itself would say: each was opened and neither closed nor ended since. */
export interface OpenCounts {
	/** Connections that `close` was not called of. */
	connections: number;
	/** Tracks of the own devices and screens, copies included, that were not stopped. */
	ownTracks: number;
	/** Tracks of others that have not ended. */
	receivedTracks: number;
	sockets: number;
	audioContexts: number;
	/** Timers that were set and have neither come nor been taken back. */
	timers: number;
	/** Addresses of blobs that were not given back. */
	objectUrls: number;
	/** Channels to other tabs. */
	channels: number;
	workers: number;
}

interface SoakLedger {
	open(): OpenCounts;
	/** Of each connection that is not closed. */
	states(): string[];
	/** Pictures that were decoded, of all connections that are not closed. */
	frames(): Promise<number>;
}

declare global {
	/** Only in pages that are measured. */
	var soakLedger: SoakLedger | undefined;
}

/** To be installed before the page is opened. */
export const installLedger = (page: Page): Promise<unknown> => page.addInitScript(ledger);

/** For the proof that a leak is found: every connection that the page closes stays alive. To be installed after the ledger. */
export const installLeak = (page: Page): Promise<unknown> =>
	page.addInitScript(() => {
		const kept: RTCPeerConnection[] = [];
		const close = Reflect.get(RTCPeerConnection.prototype, 'close');
		RTCPeerConnection.prototype.close = function () {
			kept.push(this);
			close.call(this);
		};
		Object.assign(globalThis, { soakKept: kept });
	});

/** Runs in the page before any script of its own; may use nothing from outside itself. */
function ledger(): void {
	const connections = new Set<RTCPeerConnection>();
	const own = new Set<MediaStreamTrack>();
	// the app may let go of these without stopping them: the browser ends them with their connection
	const received = new Set<WeakRef<MediaStreamTrack>>();
	const sockets = new Set<WebSocket>();
	const contexts = new Set<AudioContext>();
	const timers = new Set<number>();
	const urls = new Set<string>();
	const channels = new Set<BroadcastChannel>();
	const workers = new Set<Worker>();

	globalThis.RTCPeerConnection = class extends RTCPeerConnection {
		constructor(configuration?: RTCConfiguration) {
			super(configuration);
			connections.add(this);
			this.addEventListener('track', ({ track }) => received.add(new WeakRef(track)));
		}

		override close(): void {
			connections.delete(this);
			super.close();
		}
	};
	globalThis.WebSocket = class extends WebSocket {
		constructor(url: string | URL, protocols?: string | string[]) {
			super(url, protocols);
			sockets.add(this);
			this.addEventListener('close', () => sockets.delete(this), { once: true });
		}
	};
	globalThis.AudioContext = class extends AudioContext {
		constructor(options?: AudioContextOptions) {
			super(options);
			contexts.add(this);
		}
	};
	globalThis.BroadcastChannel = class extends BroadcastChannel {
		constructor(name: string) {
			super(name);
			channels.add(this);
		}

		override close(): void {
			channels.delete(this);
			super.close();
		}
	};
	globalThis.Worker = class extends Worker {
		constructor(url: string | URL, options?: WorkerOptions) {
			super(url, options);
			workers.add(this);
		}

		override terminate(): void {
			workers.delete(this);
			super.terminate();
		}
	};

	const keep = (stream: MediaStream) => {
		for (const track of stream.getTracks()) own.add(track);
		return stream;
	};
	// `about:blank` has no devices
	if ('mediaDevices' in navigator) {
		const devices = navigator.mediaDevices;
		const getUserMedia = devices.getUserMedia.bind(devices);
		const getDisplayMedia = devices.getDisplayMedia.bind(devices);
		devices.getUserMedia = async (constraints) => keep(await getUserMedia(constraints));
		devices.getDisplayMedia = async (options) => keep(await getDisplayMedia(options));
	}
	const cloneTrack = Reflect.get(MediaStreamTrack.prototype, 'clone');
	MediaStreamTrack.prototype.clone = function () {
		const copy = cloneTrack.call(this);
		if (own.has(this)) own.add(copy);
		return copy;
	};
	const cloneStream = Reflect.get(MediaStream.prototype, 'clone');
	MediaStream.prototype.clone = function () {
		const copy = cloneStream.call(this);
		return this.getTracks().some((track) => own.has(track)) ? keep(copy) : copy;
	};

	const setTimer = globalThis.setTimeout.bind(globalThis) as (deed: () => void, ms?: number) => number;
	const setEvery = globalThis.setInterval.bind(globalThis) as (deed: () => void, ms?: number) => number;
	const clear = globalThis.clearTimeout.bind(globalThis);
	const setTimeoutLike = (deed: (...values: unknown[]) => void, ms?: number, ...values: unknown[]) => {
		const id = setTimer(() => {
			timers.delete(id);
			deed(...values);
		}, ms);
		timers.add(id);
		return id;
	};
	const setIntervalLike = (deed: (...values: unknown[]) => void, ms?: number, ...values: unknown[]) => {
		const id = setEvery(() => deed(...values), ms);
		timers.add(id);
		return id;
	};
	// one list of numbers for both kinds, as browsers have it
	const clearLike = (id?: number) => {
		if (id === undefined) return;
		timers.delete(id);
		clear(id);
	};
	Object.assign(globalThis, {
		setTimeout: setTimeoutLike,
		setInterval: setIntervalLike,
		clearTimeout: clearLike,
		clearInterval: clearLike
	});

	const createUrl = URL.createObjectURL.bind(URL);
	const revokeUrl = URL.revokeObjectURL.bind(URL);
	URL.createObjectURL = (source) => {
		const url = createUrl(source);
		urls.add(url);
		return url;
	};
	URL.revokeObjectURL = (url) => {
		urls.delete(url);
		revokeUrl(url);
	};

	const forgetWhatEnded = () => {
		for (const track of own) if (track.readyState === 'ended') own.delete(track);
		for (const context of contexts) if (context.state === 'closed') contexts.delete(context);
		for (const reference of received) {
			if (reference.deref()?.readyState !== 'live') received.delete(reference);
		}
	};
	globalThis.soakLedger = {
		open: () => {
			forgetWhatEnded();
			return {
				connections: connections.size,
				ownTracks: own.size,
				receivedTracks: received.size,
				sockets: sockets.size,
				audioContexts: contexts.size,
				timers: timers.size,
				objectUrls: urls.size,
				channels: channels.size,
				workers: workers.size
			};
		},
		states: () => [...connections].map(({ connectionState }) => connectionState),
		frames: async () => {
			let frames = 0;
			for (const connection of connections) {
				(await connection.getStats()).forEach((entry: Partial<RTCInboundRtpStreamStats>) => {
					if (entry.type === 'inbound-rtp') frames += entry.framesDecoded ?? 0;
				});
			}
			return frames;
		}
	};
}
