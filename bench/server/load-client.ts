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
const passedOn = new Set(['welcome', 'message', 'error', 'bye']);

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

/**
 * Stands in front of Roost for the load client, which is a backend of its own making and knows no rooms: says hello as a
 * guest in its place, takes it into the room, and keeps from it what it has no word for. Messages pass as they are.
 */
export async function openBridge(place: Place, clients: number, firstIndex: number) {
	const host = createVisitor(place, firstIndex);
	const token = await host.makeRoom();
	const visitors = Array.from({ length: clients }, (_, index) => createVisitor(place, firstIndex + index));
	for (const visitor of visitors) await visitor.join(token);
	const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
	await once(server, 'listening');
	const port = (server.address() as { port: number }).port;
	let next = 0;

	server.on('connection', (near) => {
		const visitor = visitors[next];
		next += 1;
		if (!visitor) return near.close();
		const far = new WebSocket(place.socket, { perMessageDeflate: false });
		const opened = new Promise<void>((resolve) => far.once('open', () => resolve()));
		far.on('error', () => near.terminate());
		let helloAnswer: string | undefined;
		near.on('message', (data: Buffer) => {
			const text = data.toString();
			const isHello = text.startsWith('{"type":"hello"') || text.includes('"hello":{');
			const frame = isHello ? JSON.stringify({ type: 'hello', hello: visitor.hello() }) : text;
			void opened.then(() => far.send(frame));
		});
		far.on('message', (data: Buffer) => {
			const text = data.toString();
			const { type } = v.parse(Typed, JSON.parse(text));
			if (type === 'hello') {
				helloAnswer = text;
				far.send(JSON.stringify(visitor.roomFrame(token)));
			} else if (type === 'room' && helloAnswer !== undefined) {
				near.send(helloAnswer);
				helloAnswer = undefined;
			} else if (passedOn.has(type)) near.send(text);
		});
		near.on('close', () => far.terminate());
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
