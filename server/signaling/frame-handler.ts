import * as v from 'valibot';
import type { Logger } from 'pino';
import { parseClientFrame, type ClientFrame } from '../../src/lib/protocol/client-frame.ts';
import { HelloInternalParams } from '../../src/lib/protocol/internal-client.ts';
import { HelloV1Params, HelloV2Params } from '../../src/lib/protocol/signaling-settings.ts';
import type { Bounds, Timings } from '../bounds.ts';
import type { SignalingMetrics } from '../metrics.ts';
import { createBucket, type createBuckets, type createGuesses } from '../rate.ts';
import type { Connection } from './connection.ts';
import { errorFrame, type ErrorCode } from './error-frame.ts';
import { helloFrame, welcomeFrame } from './frames.ts';
import type { HelloProof, Proof } from './hello-proof.ts';
import type { ForeignBackends } from './foreign/foreign-backends.ts';
import type { Hub } from './hub.ts';
import { ownDoor, type SessionDoor } from './session-door.ts';

export interface HandlerDependencies {
	hub: Hub;
	/** the other servers that this one does the signaling for */
	foreign: ForeignBackends;
	proof: HelloProof;
	/** hellos by address */
	hellos: ReturnType<typeof createBuckets>;
	/** hellos that prove nothing, by address */
	guesses: {
		/** resume ids, tickets and tokens */
		clients: ReturnType<typeof createGuesses>;
		/** the secret of internal clients */
		internals: ReturnType<typeof createGuesses>;
	};
	timings: Timings;
	bounds: Bounds;
	now: () => number;
	metrics: SignalingMetrics;
	log: Logger;
}

type HelloRequest = Extract<ClientFrame, { type: 'hello' }>;
type Authenticate = Extract<HelloRequest['hello'], { auth: object }>;

/** Refusals of somebody who tries what may be right. */
const guessCodes: ReadonlySet<ErrorCode> = new Set(['invalid_ticket', 'invalid_token', 'no_such_user']);

const slowDown = { code: 'too_many_requests', message: 'too many failed hellos from this address' } as const;

/** From one word that frames come too fast to the next. */
const slowDownMs = 1_000;

/** Reads the frames of one socket, in the order they came, and does what they ask. */
export function createFrameHandler(connection: Connection, dependencies: HandlerDependencies) {
	const { hub, foreign, proof, hellos, guesses, timings, bounds, now, metrics, log } = dependencies;
	const frames = createBucket(bounds.frameBurst, bounds.framesPerSecond, now);
	/** those beyond: as many again may come, and then whoever sends them does not listen */
	const excess = createBucket(bounds.frameBurst, bounds.framesPerSecond, now);
	let slowedDownAt = -Infinity;
	let door: SessionDoor | undefined;
	let helloTimer: NodeJS.Timeout | undefined;
	let helloCheck: NodeJS.Immediate | undefined;
	let isOver = false;
	// a hello is checked asynchronously: what comes meanwhile waits for it
	let previous = Promise.resolve();

	const refuse = (id: string | undefined, code: ErrorCode, message: string) => {
		metrics.frameRefused(code);
		connection.sendFrame(errorFrame(id, code, message));
	};

	connection.sendFrame(welcomeFrame);
	awaitHello();

	return {
		receive(text: string | undefined): void {
			if (!frames.take()) {
				drop();
				return;
			}
			previous = previous.then(() => handle(text)).catch(failed);
		},
		/** @param isPageGone the other side closed because it is being unloaded */
		closed(isPageGone: boolean): void {
			isOver = true;
			stopAwaiting();
			door?.disconnected(connection, isPageGone);
		}
	};

	/** A frame too many. One answer to each would be a flood of our own. */
	function drop(): void {
		log.debug('frame dropped: too many');
		if (now() - slowedDownAt >= slowDownMs) {
			slowedDownAt = now();
			refuse(undefined, 'too_many_requests', 'slow down');
		}
		if (!excess.take()) connection.expel();
	}

	function failed(error: unknown): void {
		log.error({ err: error }, 'a frame could not be handled');
		refuse(undefined, 'internal_error', 'the server failed');
		if (!door) awaitHello();
	}

	function awaitHello(): void {
		stopAwaiting();
		helloTimer = setTimeout(() => {
			// a hello that has come and could not be read yet, since everybody comes at once, is in time
			helloCheck = setImmediate(() => connection.bye('hello_timeout'));
		}, timings.helloMs);
	}

	function stopAwaiting(): void {
		clearTimeout(helloTimer);
		clearImmediate(helloCheck);
	}

	async function handle(text: string | undefined): Promise<void> {
		// also once another socket has taken over, or the session has ended
		if (isOver || (door && door.session.connection !== connection)) return;
		const raw = parseJson(text);
		let frame: ClientFrame | undefined;
		try {
			frame = parseClientFrame(raw);
		} catch (error) {
			if (!(error instanceof v.ValiError)) throw error;
			metrics.frameReceived('malformed');
			refuse(idOf(raw), 'invalid_format', 'not a frame of the protocol');
			return;
		}
		metrics.frameReceived(frame?.type ?? 'unknown');
		if (!frame) refuse(idOf(raw), 'invalid_request', 'a frame of an unknown type');
		else if (frame.type === 'bye') sayBye(frame.id);
		else if (frame.type === 'hello') await sayHello(frame);
		else if (!door) refuse(frame.id, 'hello_expected', 'say hello first');
		else {
			const isUnderWay = obey(door, frame);
			if (isUnderWay) await isUnderWay;
		}
	}

	function sayBye(id: string | undefined): void {
		if (door) door.sayBye(id);
		else connection.close();
		door = undefined;
	}

	async function sayHello({ id, hello }: HelloRequest): Promise<void> {
		if (door) {
			refuse(id, 'invalid_request', 'hello was said before');
			return;
		}
		stopAwaiting();
		const refusal = hellos.take(connection.address)
			? 'resumeid' in hello
				? resume(id, hello)
				: await authenticate(id, hello)
			: ({ code: 'too_many_requests', message: 'too many hellos from this address' } as const);
		if (!refusal) return;
		log.info({ code: refusal.code }, 'hello refused');
		refuse(id, refusal.code, refusal.message);
		awaitHello();
	}

	type Refused = { code: ErrorCode; message: string } | undefined;

	function resume(
		id: string | undefined,
		hello: Extract<HelloRequest['hello'], { resumeid: string }>
	): Refused {
		if (guesses.clients.take(connection.address) > 0) return slowDown;
		const own = hub.resume(hello.resumeid, connection);
		const resumed = own ? ownDoor(hub, own) : foreign.resume(hello.resumeid, connection);
		if (!resumed) return { code: 'no_such_session', message: 'the session has ended' };
		guesses.clients.giveBack(connection.address);
		welcome(resumed, id, hello.version);
		resumed.session.flush();
		resumed.catchUp();
		return undefined;
	}

	async function authenticate(id: string | undefined, hello: Authenticate): Promise<Refused> {
		if (hello.auth.type === 'internal') return authenticateInternal(id, hello);
		if (hello.auth.type !== 'client') {
			return { code: 'invalid_client_type', message: 'clients are of type client or internal' };
		}
		const elsewhere = foreign.greet(hello, connection);
		if (elsewhere) return authenticateElsewhere(id, hello, elsewhere);
		if (!isBackendUrl(hello.auth.url)) {
			return { code: 'invalid_backend', message: 'the url is not one of Talk' };
		}
		const checked = await check(hello);
		if ('code' in checked) return checked;
		if ('refused' in checked) {
			// counted afterwards: checking takes a while, in which many honest ones may come from one address
			const isGuess = checked.refused === 'invalid_token' || checked.refused === 'invalid_ticket';
			if (isGuess && guesses.clients.take(connection.address) > 0) return slowDown;
			return { code: checked.refused, message: 'the proof does not hold' };
		}
		return isOver ? undefined : begin(checked.guestKey, id, hello);
	}

	/** By the word of another server, whose rooms it then is in. */
	async function authenticateElsewhere(
		id: string | undefined,
		hello: Authenticate,
		elsewhere: NonNullable<ReturnType<ForeignBackends['greet']>>
	): Promise<Refused> {
		if (guesses.clients.waitMs(connection.address) > 0) return slowDown;
		const opened = await elsewhere.open();
		if ('code' in opened) {
			if (isOver) return undefined;
			// a server that does not answer is nobody's guess
			if (guessCodes.has(opened.code)) guesses.clients.take(connection.address);
			return opened;
		}
		welcome(opened, id, hello.version);
		return undefined;
	}

	function authenticateInternal(id: string | undefined, hello: Authenticate): Refused {
		const params = v.safeParse(HelloInternalParams, hello.auth.params);
		if (!params.success) return { code: 'invalid_format', message: 'random, token and backend are needed' };
		const { random, token, backend } = params.output;
		if (!URL.canParse(backend)) return { code: 'invalid_backend', message: 'the backend is no address' };
		if (foreign.isNamed(backend)) {
			return { code: 'invalid_backend', message: 'internal clients are for the rooms of this server' };
		}
		if (guesses.internals.take(connection.address) > 0) return slowDown;
		if (!proof.isInternal(random, token))
			return { code: 'invalid_token', message: 'the proof does not hold' };
		guesses.internals.giveBack(connection.address);
		return begin(undefined, id, hello);
	}

	function begin(guestKey: string | undefined, id: string | undefined, hello: Authenticate): Refused {
		const opened = hub.open(guestKey, hello.features ?? [], connection);
		if (!opened) return { code: 'session_limit_exceeded', message: 'there are too many sessions' };
		welcome(ownDoor(hub, opened), id, hello.version);
		return undefined;
	}

	async function check({ version, auth }: Authenticate): Promise<Proof | NonNullable<Refused>> {
		if (version === '2.0') {
			const params = v.safeParse(HelloV2Params, auth.params);
			return params.success ? proof.checkToken(params.output.token) : { refused: 'invalid_token' };
		}
		if (version === '1.0') {
			const params = v.safeParse(HelloV1Params, auth.params);
			return params.success ? proof.checkTicket(params.output.ticket) : { refused: 'invalid_ticket' };
		}
		return { code: 'invalid_hello_version', message: 'versions are 1.0 and 2.0' };
	}

	function welcome(opened: SessionDoor, id: string | undefined, version: string): void {
		door = opened;
		connection.sendFrame(helloFrame(id, version, opened.session, opened.userId));
	}

	function obey(
		own: SessionDoor,
		frame: Exclude<ClientFrame, { type: 'hello' | 'bye' }>
	): void | Promise<void> {
		switch (frame.type) {
			case 'room':
				return changeRoom(own, frame);
			case 'message':
			case 'control':
				own.relay(frame);
				return;
			case 'transient':
				own.share(frame);
				return;
			case 'internal':
				own.obeyInternal(frame);
		}
	}

	async function changeRoom(own: SessionDoor, frame: Extract<ClientFrame, { type: 'room' }>): Promise<void> {
		try {
			await own.changeRoom(frame);
		} catch (error) {
			log.error({ err: error }, 'a room could not be joined or left');
			refuse(frame.id, 'room_join_failed', 'the server of the rooms failed');
		}
	}
}

function parseJson(text: string | undefined): unknown {
	try {
		return JSON.parse(text ?? '');
	} catch {
		return undefined;
	}
}

const Identified = v.object({ id: v.pipe(v.string(), v.maxLength(64)) });
function idOf(raw: unknown): string | undefined {
	const read = v.safeParse(Identified, raw);
	return read.success ? read.output.id : undefined;
}

/** The host is not compared: this server may be reached by several names, and the proof is its own anyway. */
function isBackendUrl(url: string): boolean {
	return URL.canParse(url) && new URL(url).pathname.includes('/ocs/v2.php/apps/spreed/');
}
