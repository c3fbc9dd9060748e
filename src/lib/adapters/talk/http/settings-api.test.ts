import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../../tests/support/test-talk-api.ts';
import { RoomToken } from '../../../protocol/ids.ts';

const token = v.parse(RoomToken, 'abcd1234');
const path = 'apps/spreed/api/v3/signaling/settings';

const settings = {
	signalingMode: 'external',
	userId: null,
	server: 'https://hpb.example/standalone-signaling/',
	ticket: 'beside',
	helloAuthParams: { '1.0': { userid: null, ticket: 'inside' }, '2.0': { token: 'jwt' } },
	stunservers: [{ urls: ['stun:stun.example:443'] }],
	turnservers: [{ urls: ['turn:turn.example'], username: 'u', credential: 'c' }]
};

it('given settings, when they are fetched, then a socket can be opened with them', async () => {
	const { api, on, requests } = createTestTalkApi();
	on('GET', path, ocsAnswer(settings));

	expect(await api.fetchSignalingSettings(token)).toEqual({
		url: 'wss://hpb.example/standalone-signaling/spreed',
		backendUrl: 'https://cloud.example/nextcloud/ocs/v2.php/apps/spreed/api/v3/signaling/backend',
		helloV1: { userid: null, ticket: 'inside' },
		helloV2: { token: 'jwt' },
		iceServers: [
			{ urls: ['stun:stun.example:443'] },
			{ urls: ['turn:turn.example'], username: 'u', credential: 'c' }
		]
	});
	expect(requests[0]?.query).toEqual({ token: 'abcd1234' });
});

it('given settings through a gateway, when they are fetched, then a hello names the server behind it', async () => {
	const { api, on } = createTestTalkApi();
	const helloAuthUrl = 'https://behind.example/ocs/v2.php/apps/spreed/api/v3/signaling/backend';
	on('GET', path, ocsAnswer({ ...settings, helloAuthUrl }));

	expect(await api.fetchSignalingSettings(token)).toMatchObject({ backendUrl: helloAuthUrl });
});

const addresses: [unknown, string][] = [
	['http://host.example', 'ws://host.example/spreed'],
	['https://host.example///', 'wss://host.example/spreed'],
	['wss://host.example:8443/path', 'wss://host.example:8443/path/spreed'],
	['HTTPS://Host.example', 'wss://Host.example/spreed'],
	[['https://one.example', 'https://two.example'], 'wss://one.example/spreed']
];
for (const [server, url] of addresses) {
	it(`given the server ${String(server)}, when settings are fetched, then the socket is at ${url}`, async () => {
		const { api, on } = createTestTalkApi();
		on('GET', path, ocsAnswer({ ...settings, server }));

		expect(await api.fetchSignalingSettings(token)).toMatchObject({ url });
	});
}

it('given an old server, when settings are fetched, then its ticket is found and there is no token', async () => {
	const { api, on } = createTestTalkApi();
	const { helloAuthParams, ...old } = settings;
	on(
		'GET',
		path,
		ocsAnswer({ ...old, signalingMode: 'conversation_cluster', userId: 'ann', stunservers: [] }),
		ocsAnswer({ ...old, helloAuthParams: { '2.0': helloAuthParams['2.0'] }, ticket: null })
	);

	expect(await api.fetchSignalingSettings(token)).toMatchObject({
		helloV1: { userid: 'ann', ticket: 'beside' },
		helloV2: null,
		iceServers: [{ username: 'u' }]
	});
	expect(await api.fetchSignalingSettings(token)).toMatchObject({ helloV1: null, helloV2: { token: 'jwt' } });
});

it('given a server without a socket, when settings are fetched, then they say so, and bring the ICE servers', async () => {
	const { api, on } = createTestTalkApi();
	const { userId, stunservers, turnservers } = settings;
	const internal = { signalingMode: 'internal', server: '', userId, stunservers, turnservers };
	on('GET', path, ocsAnswer(internal));

	expect(await api.fetchSignalingSettings(token)).toMatchObject({
		url: null,
		helloV1: null,
		helloV2: null,
		iceServers: [{ urls: ['stun:stun.example:443'] }, { username: 'u' }]
	});
});

it('given a server that does not say where its socket is, when settings are fetched, then it cannot be used', async () => {
	const { api, on } = createTestTalkApi();
	on(
		'GET',
		path,
		ocsAnswer({ ...settings, server: '' }),
		ocsAnswer({ ...settings, server: 'host.example' }),
		ocsAnswer(null, 404)
	);
	const codes = ['server.refused', 'server.unexpected', 'session.lost'];

	for (const code of codes) await expect(api.fetchSignalingSettings(token)).rejects.toMatchObject({ code });
});
