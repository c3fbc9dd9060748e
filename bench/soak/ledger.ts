import type { Page } from '@playwright/test';
import { installMediaProbe } from '../../tests/support/media-probe.ts';

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

/** To be installed before the page is opened. Connections and own tracks are those of the media probe, which comes with it. */
export async function installLedger(page: Page): Promise<void> {
	await installMediaProbe(page);
	await page.addInitScript(ledger);
}

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
	const { roostProbe: probe } = globalThis;
	if (!probe) throw new Error('the media probe is not installed in this page');
	const { open: connections, captured: own, justClosed } = probe;
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
			this.addEventListener('track', ({ track }) => received.add(new WeakRef(track)));
		}

		override close(): void {
			super.close();
			// the probe keeps them for tests that ask what is left of them: here they are to be let go
			justClosed.delete(this);
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
