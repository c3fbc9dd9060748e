import type { WebSocketLike } from '../../src/lib/adapters/talk/signaling-socket.ts';

/** What the fake has beside what the client needs: enough to hold it against a browser's socket. */
export interface FakeSocket extends WebSocketLike {
	/** 0 connecting, 1 open, 2 closing, 3 closed. */
	readonly readyState: number;
}

/** The other end of a socket, in the hands of the test. Everything it does arrives later, in order. */
export interface FakeSocketEnd {
	readonly url: string;
	/** Texts that arrived here, oldest first. */
	readonly received: readonly string[];
	/** The same, read as JSON. */
	frames(): unknown[];
	/** Lets the client in; until then its socket is connecting. */
	accept(): void;
	/** Turns the client away. */
	refuse(): void;
	/** @param frame text goes as it is, bytes as a binary message, anything else as JSON */
	say(frame: unknown): void;
	/** @param code 1000 to 4999, as servers choose it */
	close(code: number): void;
	/** The network goes away: nobody says goodbye. */
	drop(): void;
	/** What the client closed with, 1005 for no code; `undefined` before. */
	readonly closedWith: number | undefined;
}

const states = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
type State = (typeof states)[keyof typeof states];

/** WebSockets without a network, for as many clients as a test has. */
export function createFakeSockets() {
	const ends: FakeSocketEnd[] = [];
	let tail = Promise.resolve();
	const later = (task: () => void) => {
		tail = tail.then(task);
	};

	return {
		/** @throws {DOMException} `SyntaxError` for what is no address of a socket */
		openSocket: (url: string): FakeSocket => {
			const { socket, end } = openPair(url, later);
			ends.push(end);
			return socket;
		},
		/** One for each call of `openSocket`, oldest first. */
		ends: ends as readonly FakeSocketEnd[],
		/** @throws {Error} if there were not that many sockets */
		end: (index = ends.length - 1): FakeSocketEnd => {
			const end = ends[index];
			if (!end) throw new Error(`no socket ${index} was opened, only ${ends.length}`);
			return end;
		},
		/** Resolves when everything that was under way has arrived, and what that led to as well. */
		settled: async (): Promise<void> => {
			for (let seen: unknown; seen !== tail;) {
				seen = tail;
				await tail;
			}
		}
	};
}

function openPair(
	url: string,
	later: (task: () => void) => void
): { socket: FakeSocket; end: FakeSocketEnd } {
	checkUrl(url);
	const events = new EventTarget();
	const received: string[] = [];
	let state: State = states.connecting;
	let line: 'ringing' | 'connected' | 'dead' = 'ringing';
	let closedWith: number | undefined;

	const fire = (type: string, fields: object = {}) => {
		events.dispatchEvent(Object.assign(new Event(type), fields));
	};

	const opened = () => {
		if (state !== states.connecting) return;
		state = states.open;
		fire('open');
	};

	const closed = (code: number, isFailure = false) => {
		if (state === states.closed) return;
		state = states.closed;
		line = 'dead';
		if (isFailure) fire('error');
		fire('close', { code, reason: '', wasClean: code !== 1006 });
	};

	const hangUp = (code: number) => {
		closedWith = code;
		line = 'dead';
	};

	const socket: FakeSocket = {
		get readyState() {
			return state;
		},
		addEventListener: (type: string, listener: (event: never) => void) =>
			events.addEventListener(type, listener as EventListener),
		send: (text) => {
			if (state === states.connecting) throw new DOMException('still connecting', 'InvalidStateError');
			if (state !== states.open) return;
			later(() => {
				if (line === 'connected') received.push(text);
			});
		},
		close: (code) => {
			checkCloseCode(code);
			if (state === states.closing || state === states.closed) return;
			const wasOpen = state === states.open;
			state = states.closing;
			if (wasOpen) later(() => line === 'connected' && hangUp(code ?? 1005));
			later(() => (wasOpen ? closed(code ?? 1005) : closed(1006, true)));
		}
	};

	const acting = (needed: typeof line, what: string) => {
		if (line !== needed) throw new Error(`cannot ${what}: this end is ${line}, not ${needed}`);
	};

	const end: FakeSocketEnd = {
		url,
		received,
		get closedWith() {
			return closedWith;
		},
		frames: () => received.map((text): unknown => JSON.parse(text)),
		accept: () => {
			acting('ringing', 'accept');
			line = 'connected';
			later(opened);
		},
		refuse: () => {
			acting('ringing', 'refuse');
			line = 'dead';
			later(() => closed(1006, true));
		},
		say: (frame) => {
			acting('connected', 'say anything');
			const isRaw = typeof frame === 'string' || frame instanceof ArrayBuffer;
			const data = isRaw ? frame : JSON.stringify(frame);
			later(() => state === states.open && fire('message', { data }));
		},
		close: (code) => {
			acting('connected', 'close');
			line = 'dead';
			later(() => closed(code));
		},
		drop: () => {
			acting('connected', 'drop');
			line = 'dead';
			later(() => closed(1006));
		}
	};
	return { socket, end };
}

function checkUrl(url: string): void {
	const isSocket = URL.canParse(url) && /^wss?:\/\//.test(new URL(url).href) && !url.includes('#');
	if (!isSocket) throw new DOMException(`no address of a socket: ${url}`, 'SyntaxError');
}

function checkCloseCode(code: number | undefined): void {
	const isAllowed = code === undefined || code === 1000 || (code >= 3000 && code <= 4999);
	if (!isAllowed) throw new DOMException(`a page may not close with ${code}`, 'InvalidAccessError');
}
