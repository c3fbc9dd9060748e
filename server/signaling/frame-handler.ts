import * as v from 'valibot';
import type { Logger } from 'pino';
import { parseClientFrame, type ClientFrame } from '../../src/lib/protocol/signaling.ts';
import { HelloV1Params, HelloV2Params } from '../../src/lib/protocol/signaling-settings.ts';
import type { Bounds, Timings } from '../bounds.ts';
import { createBucket, type createBuckets } from '../rate.ts';
import type { Connection } from './connection.ts';
import { errorFrame, helloFrame, welcomeFrame, type ErrorCode } from './frames.ts';
import type { HelloProof, Proof } from './hello-proof.ts';
import type { Hub } from './hub.ts';
import type { HubSession } from './hub-session.ts';

export interface HandlerDependencies {
	hub: Hub;
	proof: HelloProof;
	/** hellos by address */
	hellos: ReturnType<typeof createBuckets>;
	timings: Timings;
	bounds: Bounds;
	now: () => number;
	log: Logger;
}

type HelloRequest = Extract<ClientFrame, { type: 'hello' }>;
type Authenticate = Extract<HelloRequest['hello'], { auth: object }>;

/** Reads the frames of one socket, in the order they came, and does what they ask. */
export function createFrameHandler(connection: Connection, dependencies: HandlerDependencies) {
	const { hub, proof, hellos, timings, bounds, now, log } = dependencies;
	const frames = createBucket(bounds.frameBurst, bounds.framesPerSecond, now);
	let session: HubSession | undefined;
	let helloTimer: NodeJS.Timeout | undefined;
	let isOver = false;
	// a hello is checked asynchronously: what comes meanwhile waits for it
	let previous = Promise.resolve();

	const refuse = (id: string | undefined, code: ErrorCode, message: string) => {
		connection.sendFrame(errorFrame(id, code, message));
	};

	connection.sendFrame(welcomeFrame);
	awaitHello();

	return {
		receive(text: string | undefined): void {
			if (!frames.take()) {
				log.debug('frame dropped: too many');
				refuse(undefined, 'too_many_requests', 'slow down');
				return;
			}
			previous = previous.then(() => handle(text)).catch(failed);
		},
		/** @param isPageGone the other side closed because it is being unloaded */
		closed(isPageGone: boolean): void {
			isOver = true;
			clearTimeout(helloTimer);
			if (session) hub.disconnected(session, connection, isPageGone);
		}
	};

	function failed(error: unknown): void {
		log.error({ err: error }, 'a frame could not be handled');
		refuse(undefined, 'internal_error', 'the server failed');
	}

	function awaitHello(): void {
		clearTimeout(helloTimer);
		helloTimer = setTimeout(() => connection.bye('hello_timeout'), timings.helloMs);
	}

	async function handle(text: string | undefined): Promise<void> {
		// also once another socket has taken over, or the session has ended
		if (isOver || (session && session.connection !== connection)) return;
		const raw = parseJson(text);
		let frame: ClientFrame | undefined;
		try {
			frame = parseClientFrame(raw);
		} catch (error) {
			if (!(error instanceof v.ValiError)) throw error;
			refuse(idOf(raw), 'invalid_format', 'not a frame of the protocol');
			return;
		}
		if (!frame) refuse(idOf(raw), 'invalid_request', 'a frame of an unknown type');
		else if (frame.type === 'bye') sayBye();
		else if (frame.type === 'hello') await sayHello(frame);
		else if (!session) refuse(frame.id, 'hello_expected', 'say hello first');
		else obey(session, frame);
	}

	function sayBye(): void {
		if (session) hub.end(session, 'left');
		else connection.close();
		session = undefined;
	}

	async function sayHello({ id, hello }: HelloRequest): Promise<void> {
		if (session) {
			refuse(id, 'invalid_request', 'hello was said before');
			return;
		}
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
		const resumed = hub.resume(hello.resumeid, connection);
		if (!resumed) return { code: 'no_such_session', message: 'the session has ended' };
		welcome(resumed, id, hello.version);
		resumed.flush();
		hub.catchUp(resumed);
		return undefined;
	}

	async function authenticate(id: string | undefined, hello: Authenticate): Promise<Refused> {
		if (hello.auth.type !== 'client') {
			return { code: 'invalid_client_type', message: 'this server takes clients only' };
		}
		if (!isBackendUrl(hello.auth.url)) {
			return { code: 'invalid_backend', message: 'the url is not one of Talk' };
		}
		const checked = await check(hello);
		if ('code' in checked) return checked;
		if ('refused' in checked) return { code: checked.refused, message: 'the proof does not hold' };
		if (isOver) return undefined;
		welcome(hub.open(checked.guestKey, hello.features ?? [], connection), id, hello.version);
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

	function welcome(own: HubSession, id: string | undefined, version: string): void {
		clearTimeout(helloTimer);
		session = own;
		connection.sendFrame(helloFrame(id, version, own));
	}

	function obey(own: HubSession, frame: Exclude<ClientFrame, { type: 'hello' | 'bye' }>): void {
		switch (frame.type) {
			case 'room':
				hub.changeRoom(own, frame);
				return;
			case 'message':
			case 'control':
				hub.relay(own, frame);
				return;
			case 'transient':
				refuse(frame.id, 'not_allowed', 'this server keeps no transient data');
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
