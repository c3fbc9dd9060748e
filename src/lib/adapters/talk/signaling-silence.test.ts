import { WebSocket as WsClient } from 'ws';
import { expect, it } from 'vitest';
import { until } from '../../../../tests/support/contract.ts';
import { fetchWithCookies, startEmbeddedServer } from '../../../../tests/support/embedded-server.ts';
import { createCut } from '../../../../tests/support/roost-server.ts';
import { enter } from '../../../../tests/support/signaling-contract.ts';
import { createTalkApi } from './ocs-client.ts';
import { createSignalingTransport } from './signaling-socket.ts';

it('given a real server behind a path that dies without a word, when it is doubted, then the session goes on over a new socket', async () => {
	const server = await startEmbeddedServer();
	const wire = await createCut(server.port);
	const api = createTalkApi({ fetch: fetchWithCookies(), baseUrl: wire.url, tabId: 'a'.repeat(64) });
	const transport = createSignalingTransport({ openSocket: (url) => new WsClient(url), count: () => {} });
	const ann = await enter({ api, transport }, (await api.createRoom('Stand-up')).token, 'Ann');
	const { sessionId } = await ann.up();
	ann.say({ type: 'DOUBT' });
	await until(ann.answersAgain, 'the server answers');

	wire.freeze();
	ann.say({ type: 'DOUBT' });

	const again = await ann.hears('SIGNALING_UP', ({ resumed }) => resumed);
	expect(again.sessionId).toBe(sessionId);
	expect(ann.heard.map(({ type }) => type).filter((type) => type.startsWith('SIGNALING'))).toEqual([
		'SIGNALING_UP',
		'SIGNALING_DOWN',
		'SIGNALING_UP'
	]);
	ann.stop();
	await wire.close();
	await server.stop();
}, 20_000);
