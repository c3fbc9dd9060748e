import { expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { startTestServer } from '../testing/test-server.ts';

it('given the address of the socket, when it is asked for without an upgrade, then that is what is missing', async () => {
	await using server = await startTestServer();

	const response = await fetch(`${server.origin}/signaling/spreed`);

	expect(response.status).toBe(426);
	expect(response.headers.get('upgrade')).toBe('websocket');
});

it('given a gateway, when the socket of a room is asked for without an upgrade, then that is what is missing', async () => {
	await using gateway = await startTestGateway('http://127.0.0.1:9');

	const response = await fetch(`${gateway.origin}/signaling/demo/spreed`);

	expect(response.status).toBe(426);
});

it('given a server whose signaling is elsewhere, when the socket is asked for, then there is none', async () => {
	await using server = await startTestServer({ config: { signalingMode: 'internal' } });

	expect((await fetch(`${server.origin}/signaling/spreed`)).status).toBe(404);
});
