import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestClient, type TestClient, type TestSocket } from '../../tests/support/test-client.ts';
import { internalAuth } from '../testing/signaling-programs.ts';
import { hostAndGuest, look } from '../testing/test-room.ts';
import { startTestServer } from '../testing/test-server.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const helloUrl = () => `${server.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
const cookieOf = ({ jar }: TestClient) => jar.get('roost_session') ?? '';
const withCookie = (cookie: string, tabId?: string) =>
	createTestClient(server.origin, new Map([['roost_session', cookie]]), tabId);

/** Everything of a guest that others in the room see, or that stands in the storage. */
async function seen() {
	const scene = await hostAndGuest(server);
	const { guest, guestActor, guestSession, token } = scene;
	const cookie = cookieOf(guest);
	const hash = (text: string) => createHash('sha256').update(text).digest('hex');
	return {
		...scene,
		cookie,
		words: {
			'the actor id': guestActor,
			'the session id': guestSession,
			'the room session': guest.nextcloudSessionId ?? '',
			'the beginning of the room session': (guest.nextcloudSessionId ?? '').slice(0, 43),
			'the guest key': hash(`${cookie}:`),
			'the browser key': hash(`browser:${cookie}`),
			'all but the end of the cookie': `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`,
			'the cookie in capitals': cookie.toUpperCase(),
			'the cookie and more': `${cookie}A`,
			'the name of a prototype': '__proto__',
			token
		}
	};
}

describe('over http', () => {
	it('given all that others see of a guest, when it is used as their cookie, then nobody is that guest', async () => {
		await using scene = await seen();
		const { token, words } = scene;

		for (const [what, word] of Object.entries(words)) {
			const thief = withCookie(word);
			const statuses = [
				(await thief.talk('GET', `v4/call/${token}`)).status,
				(await thief.talk('POST', `v1/chat/${token}`, { message: 'Hello' })).status,
				(await thief.talk('POST', `v4/call/${token}`, { flags: 7 })).status
			];
			expect([what, ...statuses]).toEqual([what, 404, 404, 404]);
			expect([what, (await look(thief, token)).actorId]).toEqual([what, '']);
		}
	});

	it('given the cookie of a guest in a tab, when another tab asks, then it is nobody; given the tab alone, neither', async () => {
		const tab = 't'.repeat(64);
		await using scene = await seen();
		const { token, cookie } = scene;
		await using beside = withCookie(cookie, tab);
		await beside.joinRoom(token, 'Beside');

		for (const thief of [
			withCookie(cookie, 'u'.repeat(64)),
			createTestClient(server.origin, new Map(), tab)
		]) {
			expect((await thief.talk('GET', `v4/call/${token}`)).status).toBe(404);
		}
		expect((await beside.talk('GET', `v4/call/${token}`)).status).toBe(200);
	});

	it('given a guest who has left, was removed or replaced, when the session before is used, then it opens nothing', async () => {
		await using scene = await seen();
		const { token, host, guest, guestId } = scene;
		const first = guest.nextcloudSessionId;
		await guest.joinRoom(token);
		const second = guest.nextcloudSessionId;
		await host.talk('DELETE', `v4/room/${token}/attendees`, { attendeeId: guestId });

		const socket = await guest.openSocket();
		await guest.hello(token);

		for (const sessionid of [first, second]) {
			const answer = await socket.ask({ type: 'room', room: { roomid: token, sessionid } });
			expect(answer).toMatchObject({ error: { code: 'no_such_room' } });
		}
	});

	it('given an administrator, when their token is guessed by its parts, then it is none', async () => {
		await using administered = await startTestServer({ config: { adminToken: 'an-administrators-token' } });
		await using client = administered.client();
		const ask = async (authorization: string) => {
			const path = '/ocs/v2.php/apps/spreed/api/v1/bot/admin';
			return (await client.request('GET', path, { headers: { authorization } })).status;
		};

		for (const wrong of [
			'Bearer an-administrators-toke',
			'Bearer an-administrators-token2',
			'Bearer AN-ADMINISTRATORS-TOKEN',
			'Bearer undefined',
			'Bearer ',
			'an-administrators-token',
			'Basic YTphbi1hZG1pbmlzdHJhdG9ycy10b2tlbg=='
		]) {
			expect([wrong, await ask(wrong)]).toEqual([wrong, 403]);
		}
		expect(await ask('Bearer an-administrators-token')).toBe(200);
	});

	it('given a server without an administrator, when any token is shown, then it is none', async () => {
		await using client = server.client();

		for (const authorization of ['Bearer undefined', 'Bearer ', 'Bearer null']) {
			const path = '/ocs/v2.php/apps/spreed/api/v1/bot/admin';
			expect((await client.request('GET', path, { headers: { authorization } })).status).toBe(403);
		}
	});
});

describe('at the socket', () => {
	/** What a hello is answered with, from a socket of its own. */
	async function hello(content: object): Promise<unknown> {
		await using client = server.client();
		const socket = await client.openSocket();
		return await socket.ask({ type: 'hello', hello: content });
	}
	const refusedAs = (code: string) => ({ type: 'error', error: { code } });

	it('given all that others see of a guest, when it is said in a hello, then it proves nothing', async () => {
		await using scene = await seen();

		for (const word of Object.values(scene.words)) {
			expect(await hello({ version: '2.0', resumeid: word })).toMatchObject(refusedAs('no_such_session'));
			const auth = (params: object) => ({ url: helloUrl(), params });
			expect(await hello({ version: '1.0', auth: auth({ ticket: word }) })).toMatchObject(
				refusedAs('invalid_ticket')
			);
			expect(await hello({ version: '2.0', auth: auth({ token: word }) })).toMatchObject(
				refusedAs('invalid_token')
			);
		}
	});

	it('given proofs of another server, when they are shown here, then they are none', async () => {
		await using elsewhere = await startTestServer();
		await using client = elsewhere.client();
		const { helloAuthParams } = await client.settings('demo');

		for (const [version, code] of [
			['1.0', 'invalid_ticket'],
			['2.0', 'invalid_token']
		] as const) {
			const auth = { url: helloUrl(), params: helloAuthParams[version] };
			expect(await hello({ version, auth })).toMatchObject(refusedAs(code));
		}
		const auth = internalAuth({ origin: server.origin, dataDir: elsewhere.dataDir });
		expect(await hello({ version: '1.0', auth })).toMatchObject(refusedAs('invalid_token'));
	});

	it('given a session that was ended by a bye, a moderator or another room session, when it is resumed, then it is no more', async () => {
		const ends: ((scene: Awaited<ReturnType<typeof seen>>) => Promise<unknown>)[] = [
			({ guestSocket }) => guestSocket.ask({ type: 'bye', bye: {} }),
			({ host, token, guestId }) =>
				host.talk('DELETE', `v4/room/${token}/attendees`, { attendeeId: guestId }),
			({ guest, token }) => guest.joinRoom(token),
			({ guest, token }) => guest.talk('DELETE', `v4/room/${token}/participants/active`),
			({ host, token }) => host.talk('DELETE', `v4/room/${token}`)
		];
		for (const end of ends) {
			await using scene = await seen();
			await using client = server.client();
			const { resumeId } = await client.enter(scene.token, 'Third');
			// what is resumed is the guest's own, as a control
			expect(await hello({ version: '2.0', resumeid: resumeId })).toMatchObject({ type: 'hello' });
			const { guest, token } = scene;
			await using again = createTestClient(server.origin, guest.jar);
			const own = await again.enter(token, 'Guest');
			await end({ ...scene, guest: again, guestId: own.room.attendeeId, guestSocket: own.socket });

			expect(await hello({ version: '2.0', resumeid: own.resumeId })).toMatchObject(
				refusedAs('no_such_session')
			);
		}
	});

	it('given a guest who says they are an internal client, when they ask for what those may, then it is ignored', async () => {
		await using scene = await seen();
		await using client = server.client();
		const socket = await client.openSocket();
		await client.joinRoom(scene.token);
		await client.hello(scene.token, ['internal-incall', 'start-dialout', 'virtual-sessions']);
		await client.enterSignalingRoom(scene.token);

		for (const internal of [
			{ type: 'addsession', addsession: { sessionid: 'phone', roomid: scene.token } },
			{ type: 'removesession', removesession: { sessionid: 'phone', roomid: scene.token } },
			{ type: 'incall', incall: { incall: 7 } },
			{ type: 'dialout', dialout: { roomid: scene.token, type: 'error', error: { code: 'x' } } }
		]) {
			expect(await socket.ask({ type: 'internal', internal })).toMatchObject(refusedAs('ignored'));
		}
	});

	it('given a message with a sender of its own, an id of a publisher or of a peer, when it is relayed, then the sender is who sent it', async () => {
		await using scene = await seen();
		const { guestSocket, guestSession, hostSocket, hostSession } = scene;
		guestSocket.send({
			type: 'message',
			sender: { sessionid: hostSession },
			message: {
				sender: { type: 'session', sessionid: hostSession },
				recipient: { type: 'session', sessionid: hostSession },
				data: {
					type: 'candidate',
					from: hostSession,
					sid: '1',
					peer: hostSession,
					sender: { sessionid: hostSession }
				}
			}
		});

		const { message } = await hostSocket.next('message');

		expect(message.sender).toEqual({ type: 'session', sessionid: guestSession });
	});
});

describe('where frames come from', () => {
	const frames = (token: string, session: string) => ({
		message: {
			type: 'message',
			message: { recipient: { type: 'session', sessionid: session }, data: { type: 'x' } }
		},
		control: { type: 'control', control: { recipient: { type: 'room' }, data: { type: 'x' } } },
		'own data': { type: 'transient', transient: { type: 'set', key: `sd:${session}`, value: 1 } },
		'shared data': { type: 'transient', transient: { type: 'set', key: 'shared', value: 1 } },
		removal: { type: 'transient', transient: { type: 'remove', key: 'shared' } },
		room: { type: 'room', room: { roomid: token, sessionid: 'guessed' } },
		'room without a session': { type: 'room', room: { roomid: token } },
		'room of another server': { type: 'room', room: { roomid: token, sessionid: 'x', federation: {} } },
		internal: { type: 'internal', internal: { type: 'incall', incall: { incall: 7 } } }
	});

	/** Sessions by where they are, and the error of each frame there; `-` for no word. */
	const places: Readonly<
		Record<string, [go: (client: TestClient, token: string) => Promise<TestSocket>, errors: string]>
	> = {
		'before a hello': [
			(client) => client.openSocket(),
			'hello_expected hello_expected hello_expected hello_expected hello_expected hello_expected hello_expected hello_expected hello_expected'
		],
		'in no room': [
			async (client, token) => {
				const socket = await client.openSocket();
				await client.hello(token);
				return socket;
			},
			'not_in_room not_in_room not_in_room not_in_room not_in_room no_such_room no_such_room federation_unsupported ignored'
		],
		'in another room': [
			async (client) => {
				const { data } = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Mine' });
				return (await client.enter((data as { token: string }).token)).socket;
			},
			'- - not_allowed not_allowed not_allowed no_such_room no_such_room federation_unsupported ignored'
		],
		'in the room': [
			async (client, token) => (await client.enter(token)).socket,
			'- - not_allowed not_allowed not_allowed no_such_room no_such_room federation_unsupported ignored'
		]
	};

	it.each(Object.keys(places))(
		'given a socket %s, when each frame is said, then each is refused as the table says, and the host hears none but their own',
		async (name) => {
			await using scene = await hostAndGuest(server);
			const { token, hostSession, hostSocket } = scene;
			await using client = server.client();
			const [go, errors] = places[name] ?? [];
			const socket = await go?.(client, token);
			if (!socket) throw new Error(`there is no place ${name}`);
			const said: string[] = [];

			for (const frame of Object.values(frames(token, hostSession))) {
				socket.send({ id: 'asked', ...frame });
				socket.send({ id: 'mark', type: 'hologram' });
				const answer = await socket.nextThat(
					(one): one is typeof one => 'id' in one && (one.id === 'asked' || one.id === 'mark'),
					'answer'
				);
				const code = answer.type === 'error' ? answer.error.code : answer.type;
				const isMark = 'id' in answer && answer.id === 'mark';
				said.push(isMark ? '-' : code);
				if (!isMark)
					await socket.nextThat((one): one is typeof one => 'id' in one && one.id === 'mark', 'mark');
			}

			expect(said.join(' ')).toBe(errors);
			await scene.guest.talk('POST', `v1/guest/${token}/name`, { displayName: 'Last' });
			await hostSocket.nextThat((frame): frame is typeof frame => {
				expect(['transient', 'control']).not.toContain(frame.type);
				if (frame.type === 'message' && name !== 'in the room') expect(frame).toBe('nothing');
				return frame.type === 'event' && frame.event.type === 'change';
			}, 'the name');
		}
	);
});
