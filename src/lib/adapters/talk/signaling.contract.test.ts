import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { WebSocket as WsClient } from 'ws';
import { fetchWithCookies, startEmbeddedServer } from '../../../../tests/support/embedded-server.ts';
import { createCut, type Cut } from '../../../../tests/support/roost-server.ts';
import {
	signalingContract,
	type Browser,
	type SignalingPlatform
} from '../../../../tests/support/signaling-contract.ts';
import { createOcs } from './http/ocs-request.ts';
import { createPullTransport, createTransports } from './internal-signaling.ts';
import { createTalkApi } from './ocs-client.ts';
import { createSignalingTransport } from './signaling-socket.ts';

// losses are real, and so is the time until somebody comes back
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe.each([
	{ mode: 'socket', tellsOfChat: true },
	{ mode: 'internal', tellsOfChat: false }
])('signaling over a server in mode $mode', ({ mode, tellsOfChat }) => {
	let server: Awaited<ReturnType<typeof startEmbeddedServer>>;
	const wires: Cut[] = [];
	const sameTab = new Map<Browser, () => Browser>();
	beforeAll(async () => {
		server = await startEmbeddedServer({ ROOST_SIGNALING: mode });
	});
	afterAll(async () => {
		for (const wire of wires) await wire.close();
		await server.stop();
	});

	async function openBrowser(sameTabAs?: Browser): Promise<Browser> {
		const again = sameTabAs && sameTab.get(sameTabAs);
		if (again) return again();
		const wire = await createCut(server.port);
		wires.push(wire);
		const fetch = fetchWithCookies();
		const baseUrl = wire.url;
		const tabId = 'a'.repeat(64);
		const make = (): Browser => {
			const count = () => undefined;
			const sockets = createSignalingTransport({ openSocket: (url) => new WsClient(url), count });
			const pulls = createPullTransport({ ocs: createOcs({ fetch, baseUrl, tabId }), count });
			return {
				api: createTalkApi({ fetch, baseUrl, tabId }),
				transport: createTransports(sockets, pulls),
				cut: () => wire.cut(),
				restore: () => wire.restore()
			};
		};
		const browser = make();
		sameTab.set(browser, make);
		return browser;
	}

	const platform: SignalingPlatform = {
		tellsOfChat,
		openBrowser,
		newRoom: async () => (await (await openBrowser()).api.createRoom('Stand-up')).token
	};

	for (const { name, run } of signalingContract(platform)) {
		it(`given a room with two, when signaling is used, then it ${name}`, run);
	}
});
