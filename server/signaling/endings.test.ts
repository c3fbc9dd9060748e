import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, it, vi } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Takes the table of sessions away, as a disk that is full or a database that is locked does. */
function breakSessions(dataDir: string): () => void {
	const rename = (from: string, to: string) => {
		const database = new Database(join(dataDir, 'roost.db'));
		database.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
		database.close();
	};
	rename('sessions', 'elsewhere');
	return () => rename('elsewhere', 'sessions');
}

it.each([
	[
		'says goodbye',
		async (socket: { send: (frame: unknown) => void }) => socket.send({ type: 'bye', bye: {} })
	],
	['is unloaded', async (socket: { close: (code: number) => void }) => socket.close(1001)]
])(
	'given storage that fails, when a page %s, then the others are told, and the room forgets it once the storage is back',
	async (_, leave) => {
		await using server = await startTestServer({ timings: { sweepMs: 20, expiryMs: 4_000 } });
		await using ann = server.client();
		await using ben = server.client();
		const staying = await ann.enter('demo');
		const going = await ben.enter('demo');
		await ben.talk('POST', 'v4/call/demo', { flags: 1 });
		const mend = breakSessions(server.dataDir);

		await leave(going.socket);

		expect(await staying.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [going.sessionId] });
		await going.socket.closed;
		mend();
		await expect
			.poll(async () => (await ann.talk('GET', 'v4/call/demo')).data, { timeout: 15_000 })
			.toEqual([]);
	}
);

it.each([
	['keeps its half open', () => undefined],
	['has said more than is read', (socket: ReturnType<typeof connect>) => socket.end('more')]
])(
	'given a client whose socket is refused, when it %s, then the server keeps nothing of it',
	async (_, go) => {
		const server = await startTestServer({ bounds: { connectionsPerAddress: 1 } });
		const upgrade = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
		const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
		socket.on('error', () => undefined);
		socket.write(upgrade);
		const [answer] = await once(socket, 'data');
		expect(String(answer)).toContain('404');
		go(socket);

		// there is one connection for this address, and it is free again
		await expect
			.poll(() =>
				fetch(`${server.origin}/healthz`).then(
					({ status }) => status,
					() => 'refused'
				)
			)
			.toBe(200);
		await server.stop();
		socket.destroy();
	}
);
