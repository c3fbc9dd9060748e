import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { IceTarget } from '../../src/lib/domain/check/evidence.ts';
import { decode, lengthOf, type StunMessage } from './stun-message.ts';

interface Address {
	host: string;
	port: number;
}

/** Authorities to trust, in place of those that Node knows. */
export interface Trust {
	ca?: string;
}

/** A way to a STUN server, open until it is closed. */
export interface StunLine {
	/** Address of the server, as it was found. */
	address: string;
	/**
	 * Sends a request, over UDP again and again, until the answer to it comes.
	 * @returns the answer as it came, and what it says
	 * @throws {TimeoutError} if none came in time, or what the network said
	 */
	ask(request: Buffer, transaction: Buffer): Promise<{ bytes: Buffer; message: StunMessage }>;
	close(): void;
}

class TimeoutError extends Error {
	override readonly name = 'TimeoutError';
}

/** First pause between two tries; doubles. RFC 8489, 6.2.1. */
const firstPauseMs = 500;
const tries = 3;
/** All pauses together, and the same for ways on which nothing is sent twice. */
const answerMs = firstPauseMs * (2 ** tries - 1);

const formOfUrl = /^(?:stun|turn)(s?):(\[[0-9a-f:.]+\]|[^:[\]?\s/]+)(?::(\d{1,5}))?(?:\?.*)?$/i;

/** @returns `undefined` for what is no address of a STUN or TURN server */
export function addressOf(url: string): Address | undefined {
	const [, secure, host, port] = formOfUrl.exec(url) ?? [];
	if (secure === undefined || host === undefined) return undefined;
	const number = port === undefined ? (secure === '' ? 3478 : 5349) : Number(port);
	return number > 0 && number <= 65_535 ? { host: host.replace(/^\[|\]$/g, ''), port: number } : undefined;
}

/** @throws what the resolver, the network or the certificate says */
export const openLine = (
	{ host, port }: Address,
	way: IceTarget['way'],
	trust: Trust = {}
): Promise<StunLine> => (way === 'udp' ? openUdp(host, port) : openStream(host, port, way, trust));

type Waiting = Map<string, (bytes: Buffer, message: StunMessage) => void>;

function deliver(waiting: Waiting, bytes: Buffer): void {
	const message = decode(bytes);
	if (message) waiting.get(message.transaction.toString('hex'))?.(bytes, message);
}

/** One exchange over whatever `send` sends with; `failed` is told of the end of the line. */
function exchange(
	{ waiting, broken }: { waiting: Waiting; broken: Promise<never> },
	transaction: Buffer,
	send: () => void,
	isRepeated: boolean
) {
	const timers: NodeJS.Timeout[] = [];
	const id = transaction.toString('hex');
	const answer = new Promise<{ bytes: Buffer; message: StunMessage }>((settle, reject) => {
		waiting.set(id, (bytes, message) => settle({ bytes, message }));
		send();
		for (let pause = 1; isRepeated && pause < tries; pause += 1) {
			timers.push(setTimeout(send, firstPauseMs * (2 ** pause - 1)));
		}
		timers.push(setTimeout(() => reject(new TimeoutError('no answer')), answerMs));
	});
	return Promise.race([answer, broken]).finally(() => {
		for (const timer of timers) clearTimeout(timer);
		waiting.delete(id);
	});
}

async function openUdp(host: string, port: number): Promise<StunLine> {
	const { address, family } = await lookup(host);
	const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
	const waiting: Waiting = new Map();
	const broken = new Promise<never>((_, reject) => socket.on('error', reject));
	broken.catch(() => undefined);
	// a connected socket hears when nobody is there
	await Promise.race([new Promise<void>((settle) => socket.connect(port, address, settle)), broken]);
	socket.on('message', (bytes) => deliver(waiting, bytes));
	return {
		address,
		ask: (request, transaction) =>
			exchange({ waiting, broken }, transaction, () => socket.send(request, () => undefined), true),
		close: () => socket.close()
	};
}

async function openStream(host: string, port: number, way: 'tcp' | 'tls', trust: Trust): Promise<StunLine> {
	const socket: Socket =
		way === 'tls'
			? connectTls({ ...trust, host, port, ...(isIP(host) === 0 && { servername: host }) })
			: connectTcp({ host, port });
	const waiting: Waiting = new Map();
	const broken = new Promise<never>((_, reject) => {
		socket.on('error', reject);
		socket.on('close', () => reject(new TimeoutError('the connection was closed')));
	});
	broken.catch(() => undefined);
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new TimeoutError('no connection')), answerMs);
	});
	const opened = new Promise<void>((settle) =>
		socket.on(way === 'tls' ? 'secureConnect' : 'connect', settle)
	);
	try {
		await Promise.race([opened, broken, late]);
	} catch (error) {
		socket.destroy();
		throw error;
	} finally {
		clearTimeout(timer);
	}
	let received = Buffer.alloc(0);
	socket.on('data', (piece: Buffer) => {
		received = Buffer.concat([received, piece]);
		for (;;) {
			const length = lengthOf(received);
			if (length === undefined || received.length < length) return;
			deliver(waiting, received.subarray(0, length));
			received = received.subarray(length);
		}
	});
	return {
		address: socket.remoteAddress ?? host,
		ask: (request, transaction) =>
			exchange({ waiting, broken }, transaction, () => socket.write(request), false),
		close: () => socket.destroy()
	};
}
