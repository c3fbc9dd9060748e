import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { permission } from '../../src/lib/protocol/call.ts';
import { parseChatMessage } from '../../src/lib/protocol/chat-message.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { hostAndGuest, look, newRoom } from '../testing/test-room.ts';
import { startTestServer } from '../testing/test-server.ts';

// some hundred requests each, on machines that may be busy with something else
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

const adminToken = 'an-administrators-token';
let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({
		config: { adminToken },
		bounds: { chatBurst: 10_000, botGuesses: 1_000, secretGuesses: 1_000 }
	});
});
afterAll(() => server[Symbol.asyncDispose]());

const write = async (client: TestClient, token: string, message = 'Hello') =>
	parseChatMessage((await client.talk('POST', `v1/chat/${token}`, { message })).data).id;

/** A room with a host, a guest, and somebody else, each of whom wrote something. */
async function room() {
	const both = await hostAndGuest(server);
	const { host, guest, token } = both;
	const third = server.client();
	const other = await third.joinRoom(token, 'Third');
	await guest.talk('POST', `v1/chat/${token}`, { message: 'Mine' });
	return { ...both, third, thirdId: other.attendeeId, hostMessage: await write(host, token) };
}
type Scene = Awaited<ReturnType<typeof room>>;

const onGuest = (scene: Scene, method: string, path: string, body: object) =>
	scene.host.talk(method, `v4/room/${scene.token}/${path}`, { attendeeId: scene.guestId, ...body });

/** Who asks, by what has been done to the room and the guest in it. */
const roles: Readonly<Record<string, (scene: Scene) => Promise<TestClient>>> = {
	owner: async ({ host }) => host,
	'owner who is away': async ({ host, token }) => {
		await host.talk('DELETE', `v4/room/${token}/participants/active`);
		return host;
	},
	moderator: async (scene) => {
		await onGuest(scene, 'POST', 'moderators', {});
		return scene.guest;
	},
	'guest with every bit': async (scene) => {
		await onGuest(scene, 'PUT', 'attendees/permissions', { method: 'set', permissions: 511 });
		return scene.guest;
	},
	'guest without any': async (scene) => {
		await onGuest(scene, 'PUT', 'attendees/permissions', { method: 'set', permissions: permission.custom });
		return scene.guest;
	},
	'guest in the lobby': async ({ host, guest, token }) => {
		await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 1 });
		return guest;
	},
	'guest in a locked room': async ({ host, guest, token }) => {
		await host.talk('PUT', `v4/room/${token}/read-only`, { state: 1 });
		return guest;
	},
	'owner of another room': async () => {
		const stranger = server.client();
		await stranger.joinRoom(await newRoom(stranger));
		return stranger;
	},
	'somebody without the password': async ({ host, token }) => {
		await host.talk('PUT', `v4/room/${token}/password`, { password: 'open sesame' });
		return server.client();
	},
	'somebody removed': async (scene) => {
		await onGuest(scene, 'DELETE', 'attendees', {});
		return scene.guest;
	},
	'somebody banned': async ({ host, guest, guestActor, token }) => {
		await host.talk('POST', `v1/ban/${token}`, { actorType: 'guests', actorId: guestActor });
		return guest;
	}
};

/** What each role is answered, by what the request needs. The columns are the roles, in their order; `+` is done. */
const answers: Readonly<Record<string, string>> = {
	nothing: '+ + + + + + + + + + +',
	presence: '+ 404 + + + + + 404 404 404 404',
	admission: '+ 404 + + + 412 + 404 404 404 404',
	'right to write': '+ 404 + + 403 412 403 404 404 404 404',
	'right to call': '+ 404 + + 403 412 403 404 404 404 404',
	'right to the words of the owner': '+ 404 + 403 403 412 403 404 404 404 404',
	moderation: '+ + + 403 403 403 403 403 403 403 403',
	chair: '+ 404 + 403 403 403 403 404 404 404 404',
	administration: '403 403 403 403 403 403 403 403 403 403 403',
	secret: '401 401 401 401 401 401 401 401 401 401 401',
	entrance: '+ + + + + + + + 403 + 403'
};

type Verb = [
	needs: string,
	method: string,
	path: (scene: Scene) => string,
	body?: object | ((scene: Scene) => object)
];

const at = (path: string) => (scene: Scene) =>
	path.replace('{token}', scene.token).replace('{message}', scene.hostMessage.toString());
const random = 'r'.repeat(32);
const roost = '../../roost/api/v1/rooms/{token}';

/** Every route, in an order in which none spoils the next. */
const verbs: Verb[] = [
	['nothing', 'GET', at('v4/room/{token}')],
	['nothing', 'GET', at('v4/room/{token}/capabilities')],
	['nothing', 'GET', at('v3/signaling/settings?token={token}')],
	['nothing', 'GET', at('v1/room/{token}/avatar')],
	['nothing', 'GET', at('v1/room/{token}/avatar/dark')],
	['presence', 'PUT', at('v4/room/{token}/participants/state'), { state: 1 }],
	['presence', 'POST', at('v1/guest/{token}/name'), { displayName: 'Mallory' }],
	['admission', 'GET', at('v4/call/{token}')],
	['admission', 'GET', at('v1/chat/{token}?lookIntoFuture=0')],
	['admission', 'GET', at('v1/chat/{token}?lookIntoFuture=1&timeout=0&lastKnownMessageId=0')],
	['admission', 'GET', at('v1/chat/{token}/{message}/context')],
	['admission', 'GET', at('v1/chat/{token}/mentions?search=')],
	['admission', 'GET', at('v1/reaction/{token}/{message}')],
	['admission', 'POST', at('v1/chat/{token}/read'), {}],
	['admission', 'DELETE', at('v1/chat/{token}/read')],
	['right to write', 'POST', at('v1/chat/{token}'), { message: 'I was here' }],
	['right to write', 'POST', at('v1/reaction/{token}/{message}'), { reaction: '👍' }],
	['right to write', 'DELETE', at('v1/reaction/{token}/{message}?reaction=👍')],
	['right to call', 'POST', at('v4/call/{token}'), { flags: 7 }],
	['chair', 'GET', at('v4/room/{token}/participants')],
	['chair', 'DELETE', at('v4/call/{token}?all=true')],
	['presence', 'DELETE', at('v4/call/{token}')],
	['moderation', 'PUT', at('v4/room/{token}'), { roomName: 'Mine' }],
	['moderation', 'PUT', at('v4/room/{token}/description'), { description: 'Mine' }],
	['moderation', 'PUT', at('v4/room/{token}/listable'), { scope: 0 }],
	['moderation', 'PUT', at('v4/room/{token}/recording-consent'), { recordingConsent: 0 }],
	['moderation', 'POST', at('v4/room/{token}/message-expiration'), { seconds: 0 }],
	['moderation', 'PUT', at('v4/room/{token}/permissions/default'), { permissions: 0 }],
	['moderation', 'PUT', at('v4/room/{token}/attendees/permissions/all'), { method: 'add', permissions: 2 }],
	[
		'moderation',
		'PUT',
		at('v4/room/{token}/attendees/permissions'),
		({ thirdId }) => ({ attendeeId: thirdId, method: 'add', permissions: 2 })
	],
	['moderation', 'POST', at('v4/room/{token}/moderators'), ({ thirdId }) => ({ attendeeId: thirdId })],
	['moderation', 'DELETE', at('v4/room/{token}/moderators'), ({ thirdId }) => ({ attendeeId: thirdId })],
	['moderation', 'DELETE', at('v4/room/{token}/attendees'), ({ thirdId }) => ({ attendeeId: thirdId })],
	['moderation', 'POST', at('v1/ban/{token}'), { actorType: 'ip', actorId: '203.0.113.7' }],
	['moderation', 'GET', at('v1/ban/{token}')],
	['moderation', 'DELETE', at('v1/ban/{token}/999999')],
	['moderation', 'POST', at('v1/room/{token}/avatar/emoji'), { emoji: '🐔' }],
	['moderation', 'DELETE', at('v1/room/{token}/avatar')],
	['moderation', 'GET', at('v1/bot/{token}')],
	['moderation', 'POST', at('v1/bot/{token}/1')],
	['moderation', 'DELETE', at('v1/bot/{token}/1')],
	['moderation', 'POST', at(`${roost}/moderator-link`)],
	['moderation', 'DELETE', at(`${roost}/moderator-link`)],
	['administration', 'POST', at(`${roost}/moderators`), { secret: 'guessed' }],
	['administration', 'GET', at('v1/bot/admin')],
	[
		'administration',
		'POST',
		at('v1/bot/admin'),
		{ name: 'B', secret: 'b'.repeat(40), url: 'http://127.0.0.1:9/b' }
	],
	['administration', 'PUT', at('v1/bot/admin/1'), { state: 0 }],
	['administration', 'DELETE', at('v1/bot/admin/1')],
	['administration', 'POST', at('../../../../../api/v1/room/{token}'), { type: 'delete', delete: {} }],
	['administration', 'GET', at('../../../../../api/v1/stats')],
	['right to the words of the owner', 'PUT', at('v1/chat/{token}/{message}'), { message: 'Changed' }],
	['right to the words of the owner', 'DELETE', at('v1/chat/{token}/{message}')],
	['entrance', 'POST', at('v4/room/{token}/participants/active'), {}],
	['moderation', 'PUT', at('v4/room/{token}/webinar/lobby'), { state: 0 }],
	['moderation', 'PUT', at('v4/room/{token}/read-only'), { state: 0 }],
	['moderation', 'PUT', at('v4/room/{token}/password'), { password: '' }],
	['moderation', 'DELETE', at('v1/chat/{token}')],
	['moderation', 'DELETE', at('v4/room/{token}')],
	['nothing', 'DELETE', at('v4/room/{token}/participants/active')]
];

describe('who may ask for what', () => {
	it.each(Object.keys(roles))(
		'given %s, when every route is asked, then each is answered as the table says',
		async (role) => {
			const bot = {
				name: 'Bot',
				secret: 's'.repeat(40),
				url: `http://127.0.0.1:9/${role.length}`,
				features: 2
			};
			await using administrator = server.client();
			const headers = { authorization: `Bearer ${adminToken}` };
			const path = '/ocs/v2.php/apps/spreed/api/v1/bot/admin';
			await administrator.request('POST', path, { headers, body: bot });
			await using scene = await room();
			const client = await roles[role]?.(scene);
			const column = Object.keys(roles).indexOf(role);

			const said: string[] = [];
			const expected: string[] = [];
			for (const [needs, method, where, body] of verbs) {
				const sent = typeof body === 'function' ? body(scene) : body;
				const response = await client?.request(method, `/ocs/v2.php/apps/spreed/api/${where(scene)}`, {
					body: sent
				});
				const { status = 0 } = response ?? {};
				await response?.text();
				const name = `${method} ${where(scene)}`;
				said.push(`${name} ${status < 400 ? '+' : status}`);
				expected.push(`${name} ${answers[needs]?.split(' ')[column]}`);
			}

			expect(said).toEqual(expected);
		}
	);

	it('given the words of bots without their secret, when they come to a room, then none is taken', async () => {
		await using scene = await room();
		const { guest, token, hostMessage } = scene;
		const headers = {
			'x-nextcloud-talk-bot-random': random,
			'x-nextcloud-talk-bot-signature': '0'.repeat(64)
		};
		const base = `/ocs/v2.php/apps/spreed/api/v1/bot`;

		for (const [method, path, body] of [
			['POST', `${token}/message`, { message: 'Hello' }],
			['POST', `${token}/reaction/${hostMessage}`, { reaction: '👍' }],
			['DELETE', `${token}/reaction/${hostMessage}`, { reaction: '👍' }],
			['POST', 'ask-features', { token }]
		] as const) {
			expect((await guest.request(method, `${base}/${path}`, { headers, body })).status).toBe(401);
		}
	});
});

describe('what belongs to another room', () => {
	it('given a moderator of one room, when ids of another are used there, then nothing of that one is read or changed', async () => {
		await using mine = await room();
		await using theirs = await room();
		const { host, token } = mine;
		await theirs.host.talk('POST', `v1/ban/${theirs.token}`, { actorType: 'ip', actorId: '203.0.113.7' });
		const secret = await write(theirs.host, theirs.token, 'The plan for tomorrow');
		const everything = async () => {
			const { data: bans } = await theirs.host.talk('GET', `v1/ban/${theirs.token}`);
			const chat = await theirs.host.talk('GET', `v1/chat/${theirs.token}?lookIntoFuture=0&setReadMarker=0`);
			const { data: people } = await theirs.host.talk('GET', `v4/room/${theirs.token}/participants`);
			const shown = (people as object[]).map((person) => ({ ...person, lastPing: 0 }));
			return {
				bans,
				written: chat.data,
				shown,
				room: { ...(await look(theirs.host, theirs.token)), lastPing: 0 }
			};
		};
		const before = await everything();
		const [ban] = before.bans as { id: number }[];
		const attendeeId = theirs.guestId;
		const level = { attendeeId, method: 'set', permissions: 1 };

		const answered: [string, number][] = [];
		const ask = async (method: string, path: string, body?: object) => {
			const { status, data } = await host.talk(method, path, body);
			answered.push([`${method} ${path.replaceAll(token, '').replace(/\d{2,}/, 'id')}`, status]);
			expect(JSON.stringify(data ?? null)).not.toContain('The plan');
		};
		await ask('PUT', `v1/chat/${token}/${secret}`, { message: 'Changed' });
		await ask('DELETE', `v1/chat/${token}/${secret}`);
		await ask('GET', `v1/chat/${token}/${secret}/context`);
		await ask('GET', `v1/chat/${token}?lookIntoFuture=0&lastKnownMessageId=${secret}&includeLastKnown=1`);
		await ask('POST', `v1/chat/${token}`, { message: 'An answer', replyTo: secret });
		await ask('POST', `v1/reaction/${token}/${secret}`, { reaction: '👍' });
		await ask('DELETE', `v1/reaction/${token}/${secret}?reaction=👍`);
		await ask('GET', `v1/reaction/${token}/${secret}`);
		await ask('POST', `v4/room/${token}/moderators`, { attendeeId });
		await ask('DELETE', `v4/room/${token}/moderators`, { attendeeId });
		await ask('DELETE', `v4/room/${token}/attendees`, { attendeeId });
		await ask('PUT', `v4/room/${token}/attendees/permissions`, level);
		await ask('PUT', `v4/room/${token}/attendees/permissions/all`, { method: 'set', permissions: 1 });
		await ask('POST', `v1/ban/${token}`, { actorType: 'guests', actorId: theirs.guestActor });
		await ask('DELETE', `v1/ban/${token}/${ban?.id}`);
		await ask('DELETE', `v1/chat/${token}`);

		expect(answered.map(([, status]) => status)).toEqual([
			...[404, 404, 200, 200, 400],
			...[404, 404, 404],
			...[404, 404, 404, 404, 200],
			...[400, 200, 200]
		]);
		expect(await everything()).toEqual(before);
	});
});
