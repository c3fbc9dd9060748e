import * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { startTalkUpstream, type TalkUpstreamOptions } from '../../../../server/testing/talk-upstream.ts';
import { talkVersion, talkVersions, talkWithOldSocket } from '../../../../server/testing/talk-versions.ts';
import { fetchWithCookies } from '../../../../tests/support/embedded-server.ts';
import { startTestGateway } from '../../../../tests/support/gateway.ts';
import { openSignalingTab } from '../../../../tests/support/signaling-tab.ts';
import { lookAt } from '../../domain/visit/look-at.ts';
import { RoomToken } from '../../protocol/ids.ts';
import { createTalkApi } from './ocs-client.ts';

const room = v.parse(RoomToken, 'open1234');
const presence = { inCall: true, audio: true, video: true };
const stops: (() => unknown)[] = [];
afterEach(async () => {
	for (const stop of stops.splice(0).reverse()) await stop();
});

/** A Nextcloud as it was, a gateway before it, and what opens a browser with one tab. */
async function openWorld(options: TalkUpstreamOptions) {
	const upstream = await startTalkUpstream(options);
	stops.push(() => upstream.stop());
	const gateway = await startTestGateway(upstream.url);
	stops.push(() => gateway.stop());
	const openGuest = (tab: string) => {
		const { api, transport, events, counted, seen } = openSignalingTab(gateway.baseUrl, tab);
		/** From the link into the call, as the machines do it. */
		const arrive = async (name: string) => {
			await lookAt(api, room);
			const entered = await api.enterRoom(room, { takeOver: false });
			await api.setGuestName(room, name);
			const settings = await api.fetchSignalingSettings(room);
			const socket = transport.open(settings.url, (event) => events.push(event));
			stops.push(() => socket.close());
			await seen('SOCKET_OPENED');
			if (settings.helloV2) await seen('WELCOME_RECEIVED');
			socket.hello(settings.helloV2 ? '2.0' : '1.0', settings);
			const { sessionId } = await seen('HELLO_ACCEPTED');
			socket.joinRoom(room, entered.nextcloudSessionId);
			await seen('ROOM_JOINED');
			await api.joinCall(room, presence, { silent: false, consent: false });
			return { entered, settings, socket, sessionId };
		};
		return { api, seen, counted, arrive };
	};
	return { upstream, openGuest };
}

const all = [
	...talkVersions.map((version) => [`Talk ${version.talk}`, version] as const),
	['Talk 18 with a signaling server of 2022', talkWithOldSocket] as const
];

describe.each(all)('%s behind the gateway', (_, version) => {
	it('given two guests, when they join, then each learns of the other, and the chat arrives', async () => {
		const { upstream, openGuest } = await openWorld({ version });
		const [ann, ben] = [openGuest('a'), openGuest('b')];

		const atAnn = await ann.arrive('Ann');
		const atBen = await ben.arrive('Ben');

		const { participants } = await ann.seen('PARTICIPANTS_CHANGED', (event) =>
			event.participants.some(
				({ sessionId, presence }) => sessionId === atBen.sessionId && presence?.inCall === true
			)
		);
		expect(participants.find(({ sessionId }) => sessionId === atBen.sessionId)).toMatchObject({
			nextcloudSessionId: atBen.entered.nextcloudSessionId,
			presence
		});
		expect(atAnn.entered).toMatchObject({
			name: 'Team',
			isModerator: false,
			permissions: { startCall: true, joinCall: true, publishAudio: true, publishVideo: true, chat: true }
		});
		const names = (await ann.api.listCallPeers(room)).map(({ name }) => name);
		expect(names.sort()).toEqual(['Ann', 'Ben']);
		const waiting = ben.api.fetchNewer(room, { after: 0, waitSeconds: 20 });
		await ann.api.sendMessage(room, { text: 'Hello', referenceId: 'r'.repeat(64), actorName: 'Ann' });
		expect((await waiting).messages).toMatchObject([{ text: 'Hello', actorName: 'Ann', parameters: {} }]);
		expect([...ann.counted, ...ben.counted]).toEqual([]);
		await ann.api.leaveCall(room);
		await ann.api.leaveRoom(room);
		expect(upstream.guests()).toBe(1);
	});

	it('given its settings, when a guest says hello, then in the words it knows, naming the Nextcloud itself', async () => {
		const { upstream, openGuest } = await openWorld({ version, webroot: '/nextcloud' });

		const { settings } = await openGuest('a').arrive('Ann');

		expect(upstream.sockets.map(({ hello }) => hello)).toEqual([
			{
				version: version.welcome ? '2.0' : '1.0',
				authUrl: `${upstream.url}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`
			}
		]);
		expect(settings.helloV1?.ticket).toMatch(/::0{64}$/);
		expect(settings.iceServers).toEqual(version.talk >= 24 ? [] : [{ urls: ['stun:127.0.0.1:9'] }]);
	});

	it('given no signaling server, when its settings are fetched, then that is understood, with and without a ticket', async () => {
		const { openGuest } = await openWorld({ version, signaling: 'internal' });
		const { api } = openGuest('a');
		await api.fetchServerInfo();
		await api.enterRoom(room, { takeOver: false });

		const settings = await api.fetchSignalingSettings(room);

		expect(settings.url).toBeNull();
		expect(settings.helloV1 === null).toBe(version.talk >= 24);
	});

	it('given two tabs of one browser, when both enter, then they are two guests only where that is known', async () => {
		const { upstream } = await openWorld({ version });
		const gateway = await startTestGateway(upstream.url);
		stops.push(() => gateway.stop());
		const fetch = fetchWithCookies();
		const tabs = ['a', 'b'].map((tab) =>
			createTalkApi({ fetch, baseUrl: gateway.baseUrl, tabId: tab.repeat(64) })
		);

		for (const api of tabs) {
			await api.fetchServerInfo();
			await api.enterRoom(room, { takeOver: true });
		}

		expect(upstream.guests()).toBe(version.knowsTabs ? 2 : 1);
	});
});

describe('a server whose calls are end-to-end encrypted', () => {
	it.each(['on', 'unsaid'] as const)(
		'given the setting %s, when somebody looks, then nobody enters',
		async (encryptedCalls) => {
			const { upstream, openGuest } = await openWorld({ version: talkVersion(21), encryptedCalls });

			await expect(lookAt(openGuest('a').api, room)).rejects.toMatchObject({ code: 'call.encrypted' });

			expect(upstream.seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
		}
	);
});

describe('what a person is told of a server behind the gateway', () => {
	it.each([
		['maintenance', 'server.maintenance'],
		['failing', 'server.unreachable'],
		['redirect', 'server.unreachable'],
		['nonsense', 'server.unexpected']
	] as const)('given %s, when somebody looks, then it is %s', async (trouble, code) => {
		const { upstream, openGuest } = await openWorld({});
		upstream.go(trouble);

		await expect(openGuest('a').api.fetchServerInfo()).rejects.toMatchObject({ code, recovery: 'retry' });
	});

	it('given nobody there, when somebody looks, then it is not answering', async () => {
		const { upstream, openGuest } = await openWorld({});
		await upstream.stop();
		stops.shift();

		await expect(openGuest('a').api.lookUpRoom(room)).rejects.toMatchObject({ code: 'server.unreachable' });
	});

	it('given a certificate that nobody vouches for, when somebody looks, then it is not to be trusted', async () => {
		const { openGuest } = await openWorld({ tls: true });

		await expect(openGuest('a').api.fetchServerInfo()).rejects.toMatchObject({ code: 'server.certificate' });
	});
});
