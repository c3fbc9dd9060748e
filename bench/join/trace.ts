import type { Page } from '@playwright/test';

/* What happens in a page from the press of Join, seen from outside: neither page carries a hook for this. */

/** The steps of joining, in their usual order; each in milliseconds since the press of Join. */
export const phases = [
	'room',
	'signaling',
	'call',
	'offer',
	'ice',
	'dtls',
	'packet',
	'frame',
	'sound'
] as const;
export type Phase = (typeof phases)[number];

/** Something that was asked of the server, and until when the page waited for the answer. */
export interface Trip {
	what: string;
	/** Milliseconds since the press of Join. */
	from: number;
	to: number;
}

export interface JoinTrace {
	phases: Record<Phase, number>;
	trips: Trip[];
	/** Whose description began the connection that brought the picture. */
	offeredBy: 'us' | 'them';
}

interface Tracer {
	/** Settles with the first picture and the first sound. */
	done: Promise<JoinTrace>;
	/** What is there so far, for the report of a join that came to nothing. */
	soFar: () => string;
}

declare global {
	/** Only in pages that are measured. */
	var joinTracer: Tracer | undefined;
}

/** To be installed before the page is opened. */
export const installTracer = (page: Page): Promise<unknown> => page.addInitScript(tracer);

/** Runs in the page before any script of its own; may use nothing from outside itself. */
function tracer(): void {
	const now = () => performance.now();
	const soundFrom = 0.01;
	let clickAt = 0;
	const at: Partial<Record<'room' | 'signaling' | 'call' | 'offer' | 'packet' | 'frame' | 'sound', number>> =
		{};
	const mark = (what: keyof typeof at, time = now()) => {
		if (clickAt > 0) at[what] ??= time;
	};
	const trips: { what: string; from: number; to: number }[] = [];
	const asked = (what: string) => {
		const from = now();
		return () => {
			if (clickAt > 0 && from >= clickAt) trips.push({ what, from: from - clickAt, to: now() - clickAt });
		};
	};

	addEventListener(
		'click',
		({ target, timeStamp }) => {
			const button = target instanceof Element ? target.closest('button') : null;
			if (clickAt === 0 && button?.textContent.trim() === 'Join') clickAt = timeStamp;
		},
		{ capture: true }
	);

	const fetchBefore = globalThis.fetch;
	globalThis.fetch = async (input, init) => {
		const url = new URL(input instanceof Request ? input.url : input, location.href);
		// without the token of the room, which is a secret of its own
		const path = url.pathname.replace(/^.*\/api\/v\d+\//, '').replace(/(room|call|chat|guest)\/[^/]+/, '$1');
		const what = `${init?.method ?? 'GET'} ${path}`;
		const answered = asked(what);
		const response = await fetchBefore(input, init);
		answered();
		if (what === 'POST room/participants/active') mark('room');
		if (what === 'POST call') mark('call');
		return response;
	};

	/* parts of the app that come only now are waited for as well */
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
			if (clickAt === 0 || entry.startTime < clickAt || entry.initiatorType === 'fetch') continue;
			const what = `GET ${new URL(entry.name).pathname.replace(/^.*\//, '')}`;
			trips.push({ what, from: entry.startTime - clickAt, to: entry.responseEnd - clickAt });
		}
	}).observe({ type: 'resource' });

	interface Frame {
		id?: string;
		type?: string;
		message?: { data?: { type?: string } };
	}
	const readFrame = (text: unknown): Frame => (typeof text === 'string' ? (JSON.parse(text) as Frame) : {});
	globalThis.WebSocket = class extends WebSocket {
		readonly #waiting = new Map<string, () => void>();

		constructor(url: string | URL, protocols?: string | string[]) {
			super(url, protocols);
			this.addEventListener('open', asked('socket'), { once: true });
			this.addEventListener('message', ({ data }) => {
				const { id, type, message } = readFrame(data);
				if (id !== undefined) {
					this.#waiting.get(id)?.();
					this.#waiting.delete(id);
				}
				if (type === 'room') mark('signaling');
				if (message?.data?.type === 'offer') mark('offer');
			});
		}

		override send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
			const { id, type, message } = readFrame(data);
			if (id !== undefined && type !== undefined) this.#waiting.set(id, asked(type));
			if (message?.data?.type === 'offer') mark('offer');
			super.send(data as string);
		}
	};

	/* of each connection that brings something: its own times, since a media server is spoken to over several */
	interface Connection {
		ice?: number;
		dtls?: number;
		offeredBy?: 'us' | 'them';
	}
	const connectionOf = new Map<string, Connection>();
	const playing = new Set<HTMLMediaElement>();
	const context = new AudioContext();

	const listenTo = (track: MediaStreamTrack) => {
		const analyser = new AnalyserNode(context, { fftSize: 512 });
		context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
		const samples = new Float32Array(analyser.fftSize);
		// what nobody plays is not heard, whatever arrives
		const isPlayed = () =>
			[...playing].some(
				({ paused, muted, volume, srcObject }) =>
					!paused &&
					!muted &&
					volume > 0 &&
					srcObject instanceof MediaStream &&
					srcObject.getAudioTracks().some(({ id }) => id === track.id)
			);
		const look = () => {
			analyser.getFloatTimeDomainData(samples);
			if (samples.some((sample) => Math.abs(sample) > soundFrom) && isPlayed()) {
				mark('sound');
				finish();
			} else if (track.readyState === 'live' && at.sound === undefined) setTimeout(look, 5);
		};
		look();
	};

	let shown: Connection | undefined;
	const watch = (video: HTMLVideoElement) => {
		video.requestVideoFrameCallback((_, { receiveTime }) => {
			const tracks = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
			const found = tracks.map(({ id }) => connectionOf.get(id)).find((connection) => connection);
			// the own preview
			if (found === undefined && tracks.length > 0) return;
			if (found === undefined || clickAt === 0) {
				watch(video);
				return;
			}
			shown ??= found;
			if (receiveTime !== undefined) mark('packet', receiveTime);
			mark('frame');
			finish();
		});
	};

	const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
	if (source?.set === undefined) throw new Error('elements have no srcObject');
	Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
		...source,
		set(this: HTMLMediaElement, stream: MediaProvider | null) {
			source.set?.call(this, stream);
			if (stream === null) return;
			playing.add(this);
			if (this instanceof HTMLVideoElement) watch(this);
		}
	});

	globalThis.RTCPeerConnection = class extends RTCPeerConnection {
		constructor(configuration?: RTCConfiguration) {
			super(configuration);
			const connection: Connection = {};
			this.addEventListener('signalingstatechange', () => {
				if (this.signalingState === 'have-local-offer') connection.offeredBy ??= 'us';
				if (this.signalingState === 'have-remote-offer') connection.offeredBy ??= 'them';
			});
			this.addEventListener('iceconnectionstatechange', () => {
				if (['connected', 'completed'].includes(this.iceConnectionState)) connection.ice ??= now();
			});
			this.addEventListener('connectionstatechange', () => {
				if (this.connectionState === 'connected') connection.dtls ??= now();
			});
			this.addEventListener('track', ({ track }) => {
				connectionOf.set(track.id, connection);
				if (track.kind === 'audio') listenTo(track);
			});
		}
	};

	let settle: (trace: JoinTrace) => void = () => undefined;
	const finish = () => {
		const { room, signaling, call, offer, packet, frame, sound } = at;
		if (frame === undefined || sound === undefined || shown === undefined) return;
		const since = (time: number | undefined) => (time === undefined ? Number.NaN : time - clickAt);
		settle({
			phases: {
				room: since(room),
				signaling: since(signaling),
				call: since(call),
				offer: since(offer),
				ice: since(shown.ice),
				dtls: since(shown.dtls),
				packet: since(packet),
				frame: since(frame),
				sound: since(sound)
			},
			trips,
			offeredBy: shown.offeredBy ?? 'them'
		});
	};
	globalThis.joinTracer = {
		done: new Promise((resolve) => (settle = resolve)),
		soFar: () => JSON.stringify({ at, trips })
	};
}
