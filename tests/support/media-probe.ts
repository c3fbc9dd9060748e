import type { BrowserContext, Page } from '@playwright/test';

/* Proof of media from outside the app: it carries no hook for tests, the page's own constructors are wrapped. */

interface Probe {
	open: Set<RTCPeerConnection>;
	closed: number;
	/** Closed ones that were not looked at yet. */
	justClosed: Set<RTCPeerConnection>;
	/** Tracks of devices and screens, and copies of them. */
	captured: Set<MediaStreamTrack>;
	received: () => Promise<ReceivedMedia>;
	flows: () => Promise<Flow[]>;
	statsOf: (connection: RTCPeerConnection) => Promise<RTCStatsReport | undefined>;
}

/** One track that arrives, as the statistics of its connection tell it. */
interface Flow {
	trackId: string;
	kind: 'audio' | 'video';
	framesDecoded: number;
	audioEnergy: number;
	/** Sound that the receiver made up because none had arrived. */
	concealedMs: number;
}

declare global {
	/** Only in pages where the probe was installed. */
	var roostProbe: Probe | undefined;
}

/**
 * Less than this is silence, as statistics count energy: a thousandth of one beep of the fake microphone. A decoder makes
 * some noise of its own out of a microphone that is off, 1e-9 a second.
 */
export const silentEnergy = 1e-4;

/** What a page receives, summed over its open connections. */
interface ReceivedMedia {
	framesDecoded: number;
	/** The same, one by one: of every open connection that receives pictures. */
	framesByConnection: number[];
	/** Total audio energy as statistics define it: grows while sound is played, so an element must play the track. */
	audioEnergy: number;
	/** The loudest receiver right now, 0 to 1. */
	audioLevel: number;
	/** Bytes of sound and pictures. */
	bytes: number;
	connections: { open: number; closed: number };
}

interface ScreenSize {
	width: number;
	height: number;
}

/**
 * Installs the probe in every page of this context that is opened from now on.
 * @param screen px, of a screen that is shared: Chromium makes one up that is as large as it may be; a small one is
 * what a processor encodes for several people
 */
export const installMediaProbe = (
	target: BrowserContext | Page,
	screen: ScreenSize = { width: 960, height: 540 }
): Promise<unknown> => target.addInitScript(probe, screen);

/** Runs in the page before any script of the app; may use nothing from outside itself. */
function probe({ width, height }: ScreenSize): void {
	// a connection that is closed meanwhile may never answer
	const statsOf = (connection: RTCPeerConnection) =>
		Promise.race([
			connection.getStats(),
			new Promise<undefined>((settle) => setTimeout(() => settle(undefined), 5_000))
		]);
	const inboundOf = async (connection: RTCPeerConnection) => {
		const found: Partial<RTCInboundRtpStreamStats>[] = [];
		(await statsOf(connection))?.forEach((entry: Partial<RTCInboundRtpStreamStats>) => {
			if (entry.type === 'inbound-rtp') found.push(entry);
		});
		return found;
	};
	const received = async (): Promise<ReceivedMedia> => {
		const sum = { framesDecoded: 0, audioEnergy: 0, audioLevel: 0, bytes: 0 };
		const framesByConnection: number[] = [];
		for (const connection of found.open) {
			const before = sum.framesDecoded;
			for (const entry of await inboundOf(connection)) {
				sum.framesDecoded += entry.framesDecoded ?? 0;
				sum.audioEnergy += entry.totalAudioEnergy ?? 0;
				sum.audioLevel = Math.max(sum.audioLevel, entry.audioLevel ?? 0);
				sum.bytes += entry.bytesReceived ?? 0;
			}
			if (sum.framesDecoded > before) framesByConnection.push(sum.framesDecoded - before);
		}
		return { ...sum, framesByConnection, connections: { open: found.open.size, closed: found.closed } };
	};
	const flows = async (): Promise<Flow[]> => {
		const entries = await Promise.all([...found.open].map(inboundOf));
		return entries.flat().map((entry) => ({
			trackId: entry.trackIdentifier ?? '',
			kind: entry.kind === 'audio' ? 'audio' : 'video',
			framesDecoded: entry.framesDecoded ?? 0,
			audioEnergy: entry.totalAudioEnergy ?? 0,
			concealedMs: (1_000 * (entry.concealedSamples ?? 0)) / 48_000
		}));
	};
	const found: Probe = {
		open: new Set(),
		closed: 0,
		justClosed: new Set(),
		captured: new Set(),
		received,
		flows,
		statsOf
	};
	globalThis.roostProbe = found;

	globalThis.RTCPeerConnection = class extends RTCPeerConnection {
		constructor(configuration?: RTCConfiguration) {
			super(configuration);
			found.open.add(this);
		}

		override close(): void {
			if (found.open.delete(this)) {
				found.closed++;
				found.justClosed.add(this);
			}
			super.close();
		}
	};

	const keep = (stream: MediaStream) => {
		for (const track of stream.getTracks()) found.captured.add(track);
		return stream;
	};
	// `about:blank` and insecure pages have no devices
	if ('mediaDevices' in navigator) {
		const devices = navigator.mediaDevices;
		const getUserMedia = devices.getUserMedia.bind(devices);
		const getDisplayMedia = devices.getDisplayMedia.bind(devices);
		devices.getUserMedia = async (constraints) => keep(await getUserMedia(constraints));
		devices.getDisplayMedia = async ({ video, ...options } = {}) => {
			const size = { width: { max: width }, height: { max: height } };
			const picture = { ...(typeof video === 'object' && video), ...size };
			return keep(await getDisplayMedia({ ...options, video: picture }));
		};
	}

	const cloneTrack = Reflect.get(MediaStreamTrack.prototype, 'clone');
	MediaStreamTrack.prototype.clone = function () {
		const copy = cloneTrack.call(this);
		if (found.captured.has(this)) found.captured.add(copy);
		return copy;
	};
	const cloneStream = Reflect.get(MediaStream.prototype, 'clone');
	MediaStream.prototype.clone = function () {
		const copy = cloneStream.call(this);
		return this.getTracks().some((track) => found.captured.has(track)) ? keep(copy) : copy;
	};
}

/** @throws when the probe was not installed before the page was opened */
export const receivedMedia = (page: Page): Promise<ReceivedMedia> =>
	page.evaluate(() => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		return roostProbe.received();
	});

/**
 * What a page receives, looked at again and again.
 * @param everyMs between two looks
 * @param forMs from the first look to the last
 * @returns one value for each look, with the time of it in milliseconds since 1970
 * @throws as `receivedMedia` does
 */
export const watchReceived = (
	page: Page,
	everyMs: number,
	forMs: number
): Promise<(ReceivedMedia & { at: number })[]> =>
	page.evaluate(
		async ([every, length]) => {
			const { roostProbe } = globalThis;
			if (!roostProbe) throw new Error('the media probe is not installed in this page');
			const looks: (ReceivedMedia & { at: number })[] = [];
			const until = Date.now() + length;
			while (Date.now() < until) {
				looks.push({ at: Date.now(), ...(await roostProbe.received()) });
				await new Promise((settle) => setTimeout(settle, every));
			}
			return looks;
		},
		[everyMs, forMs] as const
	);

/** How many local tracks keep a device or a screen open. @throws as `receivedMedia` does */
export const liveLocalTracks = (page: Page): Promise<{ audio: number; video: number }> =>
	page.evaluate(() => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		const live = [...roostProbe.captured].filter(({ readyState }) => readyState === 'live');
		const count = (kind: string) => live.filter((track) => track.kind === kind).length;
		return { audio: count('audio'), video: count('video') };
	});

/** Labels of the devices that are open, each once, and how many tracks there ever were. @throws as `receivedMedia` does */
export const openDevices = (page: Page): Promise<{ labels: string[]; ever: number }> =>
	page.evaluate(() => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		const live = [...roostProbe.captured].filter(({ readyState }) => readyState === 'live');
		return { labels: [...new Set(live.map(({ label }) => label))].sort(), ever: roostProbe.captured.size };
	});

/** Every track that arrives over an open connection. @throws as `receivedMedia` does */
export const receivedFlows = (page: Page): Promise<Flow[]> =>
	page.evaluate(() => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		return roostProbe.flows();
	});

/**
 * Of every open connection: its transceivers, and the sections for sound and pictures in its description.
 * @throws as `receivedMedia` does
 */
export const mediaSections = (page: Page): Promise<{ transceivers: number; sections: number }[]> =>
	page.evaluate(() => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		return [...roostProbe.open].map((connection) => ({
			transceivers: connection.getTransceivers().length,
			sections: connection.localDescription?.sdp.match(/^m=(audio|video) /gm)?.length ?? 0
		}));
	});

/**
 * Of every open connection: the state of the pair of candidates that its transport uses, `none` without one.
 * @throws as `receivedMedia` does
 */
export const pathStates = (page: Page): Promise<string[]> =>
	page.evaluate(async () => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		const { open, statsOf } = roostProbe;
		const stateOf = async (connection: RTCPeerConnection) => {
			const report = await statsOf(connection);
			const entries = [...(report?.values() ?? [])] as (RTCTransportStats | RTCIceCandidatePairStats)[];
			const transport = entries.find((entry) => entry.type === 'transport') as RTCTransportStats | undefined;
			const pair = entries.find(({ id }) => id === transport?.selectedCandidatePairId);
			return pair && 'state' in pair ? pair.state : 'none';
		};
		return Promise.all([...open].map(stateOf));
	});

/**
 * What is still alive of the connections that closed since the last look, and how many those were: connections not
 * closed as the browser sees it, transceivers and tracks that go on, paths and flows in the statistics.
 * @throws as `receivedMedia` does
 */
export const takeClosedConnections = (page: Page): Promise<{ connections: number; alive: string[] }> =>
	page.evaluate(async () => {
		const { roostProbe } = globalThis;
		if (!roostProbe) throw new Error('the media probe is not installed in this page');
		const { justClosed, statsOf } = roostProbe;
		const closed = [...justClosed];
		justClosed.clear();
		const alive: string[] = [];
		for (const connection of closed) {
			const { connectionState, signalingState } = connection;
			if (connectionState !== 'closed') alive.push(`connection ${connectionState}`);
			if (signalingState !== 'closed') alive.push(`signaling ${signalingState}`);
			for (const { currentDirection, receiver } of connection.getTransceivers()) {
				if (currentDirection !== 'stopped') alive.push(`transceiver ${String(currentDirection)}`);
				if (receiver.track.readyState !== 'ended') alive.push(`received ${receiver.track.kind}`);
			}
			const report = await statsOf(connection);
			if (report === undefined) alive.push('no statistics');
			// of a connection that is gone only its own entry is left
			report?.forEach((entry: RTCStats) => {
				if (entry.type !== 'peer-connection') alive.push(`statistics of ${entry.type}`);
			});
		}
		return { connections: closed.length, alive };
	});

/** For the report of a test that failed: every open connection in a line; empty where there is no probe any more. */
export const describeConnections = (page: Page): Promise<string[]> =>
	page
		.evaluate(() =>
			[...(globalThis.roostProbe?.open ?? [])].map((connection) => {
				const { connectionState, iceConnectionState, signalingState, iceGatheringState } = connection;
				const tracks = connection.getTransceivers().map(({ mid, currentDirection, sender, receiver }) => {
					const { kind, muted, readyState } = receiver.track;
					return `${mid} ${currentDirection}: sends ${sender.track?.readyState ?? 'nothing'}, gets ${kind} ${readyState}${muted ? ' muted' : ''}`;
				});
				const states = [connectionState, iceConnectionState, signalingState, iceGatheringState];
				return [states.join(' '), ...tracks].join('; ');
			})
		)
		.catch(() => []);

interface Recording {
	/** Milliseconds since 1970, by the clock of the page. */
	startedAt: number;
	/** @returns what was heard until now: mono samples, 48 kHz */
	stop(): Promise<Float32Array>;
}

/**
 * Starts to record the first live sound: of somebody else, or of the own microphone before it is sent. Not on the thread
 * of the page, which may be late.
 * @throws when there is none
 */
export async function startRecording(
	page: Page,
	of: 'received' | 'captured' = 'received'
): Promise<Recording> {
	const recording = await page.evaluateHandle(async (source) => {
		const received = [...(globalThis.roostProbe?.open ?? [])].flatMap((connection) =>
			connection.getReceivers().map(({ track }) => track)
		);
		const tracks = source === 'received' ? received : [...(globalThis.roostProbe?.captured ?? [])];
		const track = tracks.find(
			({ kind, readyState, muted, enabled }) => kind === 'audio' && readyState === 'live' && !muted && enabled
		);
		if (!track) throw new Error(`no ${source} sound`);
		const stream = new MediaStream([track]);
		// Chromium decodes remote sound only for an element that plays it
		const element = new Audio();
		element.srcObject = stream;
		element.muted = true;
		await element.play();

		const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 128_000 });
		const started = new Promise((settle) => recorder.addEventListener('start', settle));
		const recorded = new Promise<Blob>((settle) => {
			recorder.addEventListener('dataavailable', ({ data }) => settle(data));
		});
		recorder.start();
		await started;
		return { element, recorder, recorded, startedAt: Date.now() };
	}, of);
	return {
		startedAt: await recording.evaluate(({ startedAt }) => startedAt),
		stop: async () => {
			// as one text: number by number, half a minute of sound takes as long again to come over
			const base64 = await recording.evaluate(async ({ element, recorder, recorded }) => {
				recorder.stop();
				const bytes = await (await recorded).arrayBuffer();
				element.srcObject = null;
				const context = new OfflineAudioContext(1, 1, 48_000);
				const samples = (await context.decodeAudioData(bytes)).getChannelData(0);
				const reader = new FileReader();
				const isRead = new Promise((settle) => reader.addEventListener('load', settle));
				reader.readAsDataURL(new Blob([samples]));
				await isRead;
				const url = typeof reader.result === 'string' ? reader.result : '';
				return url.slice(url.indexOf(',') + 1);
			});
			const bytes = Buffer.from(base64, 'base64');
			return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
		}
	};
}

/**
 * Records as `startRecording` does.
 * @param ms how much sound to record, as near as the machine keeps time
 */
export async function recordRemoteAudio(page: Page, ms: number): Promise<Float32Array> {
	const recording = await startRecording(page);
	await page.evaluate((length) => new Promise((settle) => setTimeout(settle, length)), ms);
	return recording.stop();
}
