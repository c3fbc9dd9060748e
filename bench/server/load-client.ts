import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { WebSocket, WebSocketServer } from 'ws';
import type { Place } from './places.ts';
import { createVisitor } from './visitor.ts';

/** What the load client of the high-performance backend came to. */
export interface Load {
	clients: number;
	sentPerSecond: number;
	/** at its own server nothing but the greetings: that carries messages only between sessions in one room */
	receivedPerSecond: number;
	/** messages that took longer than a second, by its own account */
	late: number;
}

const endWithinMs = 20_000;
const Typed = v.object({ type: v.string() });
const passedOn = new Set(['message', 'error', 'bye']);

/** @throws unless everybody connected, nothing was refused, and all came to an end by itself when it was asked to */
export async function runLoadClient(
	binary: string,
	{ address, config, clients, seconds }: { address: string; config: string; clients: number; seconds: number }
): Promise<Load> {
	const child = spawn(binary, ['-addr', address, '-config', config, '-maxClients', String(clients)], {
		stdio: ['ignore', 'pipe', 'pipe']
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const ended = once(child, 'exit');
	const fail = (what: string): never => {
		child.kill('SIGKILL');
		throw new Error(
			`the load client ${what}:\n${/^panic:[^]{0,600}/m.exec(output)?.[0] ?? output.slice(-1_500)}`
		);
	};
	const deadline = Date.now() + 60_000;
	while (!output.includes('All connections established')) {
		if (child.exitCode !== null || Date.now() > deadline) return fail('did not connect');
		await delay(50);
	}
	await delay(seconds * 1_000);
	child.kill('SIGINT');
	const killed = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
	await ended;
	clearTimeout(killed);
	if (child.exitCode !== 0) return fail(`ended with ${child.exitCode ?? 'a signal'}`);
	if (/^(?:Received error|Received bye|Could not send|Error:)/m.test(output))
		return fail('was refused something');
	const rates = [...output.matchAll(/^Stats: sent=\d+ \((\d+)\/sec\), recv=\d+ \((\d+)\/sec\)/gm)];
	const [, sent, received] = rates.at(-1) ?? [];
	return {
		clients,
		sentPerSecond: Number(sent ?? NaN),
		receivedPerSecond: Number(received ?? NaN),
		late: output.match(/Message took/g)?.length ?? 0
	};
}

const ToSession = v.object({
	type: v.literal('message'),
	message: v.object({ recipient: v.object({ type: v.string(), sessionid: v.string() }), data: v.unknown() })
});
const Greeted = v.object({ hello: v.object({ sessionid: v.string() }) });

/**
 * Stands in front of Roost for the load client, which is a backend of its own making, knows no rooms, and works out the
 * ids of sessions from those to resume them by, with the keys of its own server. So that server says hello to it; here a
 * guest of Roost does the same in its place, goes into the room, and stands behind the id that the client knows.
 * @param idsFrom address of the load client's own server
 */
export async function openBridge(
	place: Place,
	{ clients, firstIndex, idsFrom }: { clients: number; firstIndex: number; idsFrom: string }
) {
	const host = createVisitor(place, firstIndex);
	const token = await host.makeRoom();
	const visitors = Array.from({ length: clients }, (_, index) => createVisitor(place, firstIndex + index));
	for (const visitor of visitors) await visitor.join(token);
	const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
	await once(server, 'listening');
	const { port } = v.parse(v.object({ port: v.number() }), server.address());
	const unused = [...visitors];
	/** Sessions of Roost by what the load client knows them by. */
	const sessions = new Map<string, string>();

	server.on('connection', (near) => {
		const visitor = unused.shift();
		if (!visitor) return near.close();
		const far = new WebSocket(place.socket, { perMessageDeflate: false });
		const ids = new WebSocket(`ws://${idsFrom}/spreed`, { perMessageDeflate: false });
		for (const socket of [far, ids]) socket.on('error', () => near.terminate());
		const opened = Promise.all([once(far, 'open'), once(ids, 'open')]);
		const greeting = textOf(ids, 'hello');
		const arrived = textOf(far, 'room');
		const known = textOf(far, 'hello');

		const greet = async (hello: string) => {
			await opened;
			ids.send(hello);
			far.send(JSON.stringify({ type: 'hello', hello: visitor.hello() }));
			const session = v.parse(Greeted, JSON.parse(await known));
			far.send(JSON.stringify(visitor.roomFrame(token)));
			await arrived;
			const told = await greeting;
			sessions.set(sessionIn(v.parse(Greeted, JSON.parse(told)).hello.sessionid), session.hello.sessionid);
			near.send(told);
		};
		near.on('message', (data: Buffer) => {
			const text = data.toString();
			const frame: unknown = JSON.parse(text);
			if (v.parse(Typed, frame).type === 'hello') return void greet(text).catch(() => near.terminate());
			if (!v.is(ToSession, frame)) return far.send(text);
			const { recipient, data: said } = frame.message;
			const sessionid = sessions.get(sessionIn(recipient.sessionid));
			far.send(
				JSON.stringify({ type: 'message', message: { recipient: { ...recipient, sessionid }, data: said } })
			);
		});
		far.on('message', (data: Buffer) => {
			const text = data.toString();
			if (passedOn.has(v.parse(Typed, JSON.parse(text)).type)) near.send(text);
		});
		near.on('close', () => {
			far.terminate();
			ids.terminate();
		});
		far.on('close', () => near.close());
	});
	return {
		address: `127.0.0.1:${port}`,
		close(): void {
			for (const near of server.clients) near.terminate();
			server.close();
			for (const visitor of [host, ...visitors]) visitor.close();
		}
	};
}

/**
 * What is the same in all ids of one session: the other server signs them anew each time, with the time of day, and turns
 * the public ones round.
 */
function sessionIn(id: string): string {
	const bytes = Buffer.from(id, 'base64url');
	for (const text of [bytes.toString('latin1'), Buffer.from(bytes).reverse().toString('latin1')]) {
		const [, value] = /^\d+\|([^|]+)\|/.exec(text) ?? [];
		if (value !== undefined) return value;
	}
	return id;
}

/** The first frame of a type that comes. */
const textOf = (socket: WebSocket, type: string): Promise<string> =>
	new Promise((resolve) =>
		socket.on('message', (data: Buffer) => {
			const text = data.toString();
			if (v.parse(Typed, JSON.parse(text)).type === type) resolve(text);
		})
	);
