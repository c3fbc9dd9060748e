import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { defaultBounds, defaultTimings } from '../../bounds.ts';
import { startFakeBackend } from '../../testing/fake-backend.ts';
import { createBackendClient } from './backend-client.ts';

vi.setConfig({ testTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

it('given a backend that takes no pings of many rooms at once, when it is slow, then whoever comes is asked about meanwhile', async () => {
	await using backend = await startFakeBackend({ pingLimit: 0 });
	const client = createBackendClient({
		secret: backend.config.secret,
		timings: defaultTimings,
		bounds: { ...defaultBounds, backendRequests: 4 },
		now: Date.now,
		log: pino({ level: 'silent' })
	});
	const address = { base: backend.base, endpoint: backend.url };
	const tokens = ['board', 'hall', 'kitchen', 'yard'];
	const roomsTold = () => backend.of('ping').map(({ roomid }) => roomid);
	let answer = () => {};
	backend.script.holdPings = new Promise((resolve) => (answer = resolve));

	const told = client.ping(address, new Map(tokens.map((token) => [token, [{ sessionid: randomUUID() }]])));

	// half of what may be under way
	await expect.poll(roomsTold).toHaveLength(2);
	const sessionid = randomUUID();
	backend.sessions.set(sessionid, { token: 'board' });
	expect(await client.enter(address, { roomid: 'board', userid: '', sessionid })).toHaveProperty('room');
	expect(roomsTold()).toHaveLength(2);
	answer();
	await told;
	expect(roomsTold().sort()).toEqual(tokens);
	client.stop();
});
