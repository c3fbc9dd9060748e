import { WebSocket as WsClient } from 'ws';
import { createTalkApi } from '../../src/lib/adapters/talk/ocs-client.ts';
import { createSignalingTransport } from '../../src/lib/adapters/talk/signaling-socket.ts';
import type { SocketEvent } from '../../src/lib/domain/signaling.ts';
import { until } from './contract.ts';
import { fetchWithCookies } from './embedded-server.ts';

/**
 * One browser with one tab at a real server: the adapters of http and of the signaling socket, and what came over it.
 * @param tab one letter, a tab of its own for each
 */
export function openSignalingTab(baseUrl: string, tab: string) {
	const api = createTalkApi({ fetch: fetchWithCookies(), baseUrl, tabId: tab.repeat(64) });
	/** Reasons for which something of the server was left out. */
	const counted: string[] = [];
	const events: SocketEvent[] = [];
	const transport = createSignalingTransport({
		openSocket: (url) => new WsClient(url),
		count: (reason) => counted.push(reason)
	});
	/** @returns the first such event, which is waited for */
	const seen = async <Type extends SocketEvent['type']>(
		type: Type,
		isMeant: (event: Extract<SocketEvent, { type: Type }>) => boolean = () => true
	) => {
		const isSuch = (event: SocketEvent): event is Extract<SocketEvent, { type: Type }> =>
			event.type === type && isMeant(event as Extract<SocketEvent, { type: Type }>);
		await until(() => events.some(isSuch), `${tab} saw ${type}`);
		const found = events.find(isSuch);
		if (!found) throw new Error(`${type} is gone`);
		return found;
	};
	return { api, transport, events, counted, seen };
}
