import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';
import { hostAndGuest, look, newRoom, otherTab as otherTabAt } from '../testing/test-room.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

type Server = Awaited<ReturnType<typeof startTestServer>>;
let server: Server;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const enter = async (client: TestClient, token: string) => {
	const { status, data } = await client.talk('POST', `v4/room/${token}/participants/active`, { force: true });
	return [status, data];
};
const refusedAs = (answer: { status: number; data: unknown }) => [answer.status, answer.data];
const systemMessages = async (client: TestClient, token: string) => {
	const { data } = await client.talk('GET', `v1/chat/${token}?lookIntoFuture=0&limit=100`);
	return parseChatMessages(data).filter(({ systemMessage }) => systemMessage !== '');
};
const otherTab = (client: TestClient, origin = server.origin) => otherTabAt(client, origin);

interface Listed {
	attendeeId: number;
	displayName: string;
	participantType: number;
}
const list = async (client: TestClient, token: string) =>
	(await client.talk('GET', `v4/room/${token}/participants`)).data as Listed[];

const inRoom = (on: Pick<Server, 'client'> = server) => hostAndGuest(on);

describe('moderators', () => {
	it('given a guest, when they are promoted and demoted, then they may and may not, and all are told', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestId, hostSocket, guestSession } = room;
		const rename = async () => (await guest.talk('PUT', `v4/room/${token}`, { roomName: 'Mine' })).status;
		expect(await rename()).toBe(403);

		const promoted = await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: guestId });

		expect(promoted.status).toBe(200);
		await hostSocket.nextUpdate(
			({ sessionId, participantType, participantPermissions }) =>
				sessionId === guestSession && participantType === 6 && participantPermissions === 510
		);
		expect(await look(guest, token)).toMatchObject({ participantType: 6, permissions: 510 });
		expect(await rename()).toBe(200);
		expect((await list(guest, token)).map(({ displayName }) => displayName)).toEqual(['Host', 'Guest']);
		const again = await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: guestId });
		expect(refusedAs(again)).toEqual([400, { error: 'participant-type' }]);

		const demoted = await host.talk('DELETE', `v4/room/${token}/moderators?attendeeId=${guestId}`);

		expect(demoted.status).toBe(200);
		await hostSocket.nextUpdate(
			({ sessionId, participantType }) => sessionId === guestSession && participantType === 4
		);
		expect(await rename()).toBe(403);
		expect((await guest.talk('GET', `v4/room/${token}/participants`)).status).toBe(403);
		const said = await systemMessages(host, token);
		expect(said.map(({ systemMessage }) => systemMessage)).toEqual([
			'guest_moderator_demoted',
			'conversation_renamed',
			'guest_moderator_promoted'
		]);
		expect(said[2]).toMatchObject({
			message: '{actor} promoted {user} to moderator',
			messageParameters: { actor: { name: 'Host' }, user: { type: 'guest', name: 'Guest' } }
		});
	});

	it('given whoever made the room, when others demote or remove them, then they may not', async () => {
		await using room = await inRoom();
		const { token, host, guest, hostId, guestId } = room;
		await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: guestId });
		const on = (method: string, path: string, client: TestClient, attendeeId: number) =>
			client.talk(method, `v4/room/${token}/${path}`, { attendeeId });

		expect(refusedAs(await on('DELETE', 'moderators', guest, hostId))).toEqual([403, { error: 'moderator' }]);
		expect(refusedAs(await on('DELETE', 'attendees', guest, hostId))).toEqual([403, { error: 'owner' }]);
		expect(refusedAs(await on('DELETE', 'moderators', guest, guestId))).toEqual([403, { error: 'self' }]);
		expect(refusedAs(await on('POST', 'moderators', guest, 999_999))).toEqual([
			404,
			{ error: 'participant' }
		]);
		expect(refusedAs(await on('DELETE', 'attendees', guest, 999_999))).toEqual([
			404,
			{ error: 'participant' }
		]);
	});

	it('given a closed lobby, when somebody in the call is demoted, then they wait outside', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestId } = room;
		await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: guestId });
		await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 1 });
		expect((await guest.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(200);

		await host.talk('DELETE', `v4/room/${token}/moderators`, { attendeeId: guestId });

		expect(await look(host, token)).toMatchObject({ hasCall: false });
		expect((await guest.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(412);
	});

	it('given an attendee of another room, when they are named here, then they are nobody', async () => {
		await using room = await inRoom();
		await using elsewhere = await inRoom();
		const { host, token } = room;
		const foreign = { attendeeId: elsewhere.guestId };

		for (const [method, path, body] of [
			['POST', 'moderators', foreign],
			['DELETE', 'moderators', foreign],
			['DELETE', 'attendees', foreign],
			['PUT', 'attendees/permissions', { ...foreign, method: 'set', permissions: 0 }]
		] as const) {
			expect((await host.talk(method, `v4/room/${token}/${path}`, body)).status).toBe(404);
		}
		const ban = { actorType: 'guests', actorId: elsewhere.guestActor };
		expect((await host.talk('POST', `v1/ban/${token}`, ban)).status).toBe(400);
		expect((await elsewhere.guest.talk('GET', `v4/call/${elsewhere.token}`)).status).toBe(200);
	});
});

describe('removing somebody', () => {
	it('given a guest in the call, when they are removed, then call and session end, and they come back as another', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestId, guestActor, guestSocket, hostSocket } = room;
		await guest.talk('POST', `v4/call/${token}`, { flags: 3 });

		const removed = await host.talk('DELETE', `v4/room/${token}/attendees?attendeeId=${guestId}`);

		expect(removed.status).toBe(200);
		expect(await guestSocket.nextEvent('roomlist', 'disinvite')).toMatchObject({
			disinvite: { roomid: token, reason: 'disinvited' }
		});
		await guestSocket.closed;
		await hostSocket.nextEvent('room', 'leave');
		expect(await look(host, token)).toMatchObject({ hasCall: false });
		for (const path of [`v4/call/${token}`, `v1/chat/${token}?lookIntoFuture=0`]) {
			expect((await guest.talk('GET', path)).status).toBe(404);
		}
		expect((await guest.joinRoom(token)).actorId).not.toBe(guestActor);
	});

	it('given a moderator by promotion, when they are removed, then they come back as a guest', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestId } = room;
		await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: guestId });

		await host.talk('DELETE', `v4/room/${token}/attendees`, { attendeeId: guestId });

		expect(await guest.joinRoom(token)).toMatchObject({ participantType: 4 });
	});
});

describe('bans', () => {
	it('given a guest, when they are banned, then they are out in each tab, until they are let in again', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestActor, guestSocket } = room;
		await using tab = otherTab(guest);
		await tab.joinRoom(token, 'Guest too');
		await host.talk('PUT', `v4/room/${token}/password`, { password: 'secret' });

		const banned = await host.talk('POST', `v1/ban/${token}`, {
			actorType: 'guests',
			actorId: guestActor,
			internalNote: 'shouted'
		});

		expect(banned.status).toBe(200);
		expect(banned.data).toMatchObject({
			moderatorActorType: 'guests',
			moderatorDisplayName: 'Host',
			bannedActorType: 'guests',
			bannedActorId: guestActor,
			bannedDisplayName: 'Guest',
			internalNote: 'shouted'
		});
		await guestSocket.nextEvent('roomlist', 'disinvite');
		expect((await tab.talk('GET', `v4/call/${token}`)).status).toBe(404);
		await host.talk('PUT', `v4/room/${token}/password`, { password: '' });
		await using later = createTestClient(server.origin, guest.jar, 'c'.repeat(64));
		for (const client of [guest, tab, later]) {
			expect(await enter(client, token)).toEqual([403, { error: 'ban' }]);
		}
		expect(await enter(guest, 'demo')).toEqual([200, expect.anything()]);

		const bans = (await host.talk('GET', `v1/ban/${token}`)).data as { id: number }[];
		expect(bans).toEqual([banned.data]);
		const id = bans[0]?.id ?? 0;
		expect((await host.talk('DELETE', `v1/ban/${token}/${id}`)).status).toBe(200);
		expect((await host.talk('DELETE', `v1/ban/${token}/${id}`)).status).toBe(200);
		expect((await guest.talk('POST', `v4/room/${token}/participants/active`)).status).toBe(200);
	});

	it('given somebody banned, when the room has a password, then a guess is refused for the ban', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestActor } = room;
		await host.talk('PUT', `v4/room/${token}/password`, { password: 'secret' });
		await host.talk('POST', `v1/ban/${token}`, { actorType: 'guests', actorId: guestActor });

		const answer = await guest.talk('POST', `v4/room/${token}/participants/active`, { password: 'secret' });

		expect(refusedAs(answer)).toEqual([403, { error: 'ban' }]);
	});

	it.each([
		[{ actorType: 'guests', actorId: 'f'.repeat(40) }, 'bannedActor'],
		[{ actorType: 'users', actorId: 'admin' }, 'bannedActor'],
		[{ actorType: 'emails', actorId: 'ann@example.org' }, 'bannedActor'],
		[{ actorType: 'groups', actorId: 'all' }, 'bannedActor'],
		[{ actorType: 'guests' }, 'bannedActor'],
		[{ actorType: 'ip', actorId: 'here' }, 'bannedActor'],
		[{ actorType: 'ip', actorId: '10.0.0.0/33' }, 'bannedActor'],
		[{ actorType: 'ip', actorId: '127.0.0.0/8' }, 'self'],
		[{ actorType: 'ip', actorId: '::ffff:127.0.0.1' }, 'self'],
		[{ actorType: 'ip', actorId: '192.0.2.1', internalNote: 'x'.repeat(4_001) }, 'internalNote']
	])('given %j, when it is to be banned, then 400 says %s', async (body, error) => {
		await using host = server.client();
		const token = await newRoom(host);

		expect(refusedAs(await host.talk('POST', `v1/ban/${token}`, body))).toEqual([400, { error }]);
	});

	it('given moderators, when they ban themselves or each other, then they may not', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestId, guestActor } = room;
		await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: guestId });
		const ban = { actorType: 'guests', actorId: guestActor };

		expect(refusedAs(await host.talk('POST', `v1/ban/${token}`, ban))).toEqual([400, { error: 'moderator' }]);
		expect(refusedAs(await guest.talk('POST', `v1/ban/${token}`, ban))).toEqual([400, { error: 'self' }]);
	});

	it('given a plain guest, when they ask for bans, make or lift one, then 403', async () => {
		await using room = await inRoom();
		const { token, guest, guestActor } = room;
		const ban = { actorType: 'guests', actorId: guestActor };

		expect((await guest.talk('GET', `v1/ban/${token}`)).status).toBe(403);
		expect((await guest.talk('POST', `v1/ban/${token}`, ban)).status).toBe(403);
		expect((await guest.talk('DELETE', `v1/ban/${token}/1`)).status).toBe(403);
	});

	it('given the ban of another room, when it is lifted here, then it stays', async () => {
		await using room = await inRoom();
		await using elsewhere = await inRoom();
		const ban = { actorType: 'guests', actorId: elsewhere.guestActor };
		const { data } = await elsewhere.host.talk('POST', `v1/ban/${elsewhere.token}`, ban);

		await room.host.talk('DELETE', `v1/ban/${room.token}/${(data as { id: number }).id}`);

		expect(await enter(elsewhere.guest, elsewhere.token)).toEqual([403, { error: 'ban' }]);
	});

	it('given a range of addresses, when it is banned, then who is in from there goes, and only moderators come', async () => {
		await using behind = await startTestServer({ config: { trustedProxies: ['127.0.0.0/8'] } });
		await using host = behind.client();
		await using near = behind.client();
		await using far = behind.client();
		await using deputy = behind.client();
		const token = await newRoom(host);
		const join = async (client: TestClient, address: string) => {
			const response = await client.request(
				'POST',
				`/ocs/v2.php/apps/spreed/api/v4/room/${token}/participants/active`,
				{ headers: { 'x-forwarded-for': address } }
			);
			return [response.status, await response.text()] as const;
		};
		await join(host, '198.51.100.1');
		await join(near, '203.0.113.7');
		await join(far, '198.51.100.7');
		await join(deputy, '203.0.113.8');
		const { attendeeId } = await look(deputy, token);
		await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId });

		const banned = await host.talk('POST', `v1/ban/${token}`, { actorType: 'ip', actorId: '203.0.113.0/24' });

		expect(banned.data).toMatchObject({ bannedActorType: 'ip', bannedActorId: '203.0.113.0/24' });
		expect((await near.talk('GET', `v4/call/${token}`)).status).toBe(404);
		expect((await far.talk('GET', `v4/call/${token}`)).status).toBe(200);
		expect((await deputy.talk('GET', `v4/call/${token}`)).status).toBe(200);
		expect(await join(near, '203.0.113.9')).toEqual([403, expect.stringContaining('"error":"ban"')]);
		expect((await join(near, '203.0.114.9'))[0]).toBe(200);
		expect((await join(deputy, '203.0.113.8'))[0]).toBe(200);
		expect((await join(host, '203.0.113.1'))[0]).toBe(200);
	});
});

describe('the moderator link', () => {
	const roost = '/ocs/v2.php/apps/roost/api/v1/rooms';
	const opened = async (response: Response) => {
		const { ocs } = (await response.json()) as { ocs: { data: unknown } };
		return { status: response.status, data: ocs.data, headers: response.headers };
	};
	const claim = async (client: TestClient, token: string, secret: string) =>
		opened(await client.request('POST', `${roost}/${token}/moderators`, { body: { secret } }));
	const renew = async (client: TestClient, token: string) =>
		opened(await client.request('POST', `${roost}/${token}/moderator-link`));
	const make = async (client: TestClient) => {
		const { data } = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' });
		const { moderatorSecret } = (data as { roost: { moderatorSecret: string } }).roost;
		return { token: parseRoom(data).token, moderatorSecret };
	};

	it('given the secret of a room, when another browser claims it, then it moderates, from each tab, past the password', async () => {
		await using host = server.client();
		await using other = server.client();
		const { token, moderatorSecret } = await make(host);
		await host.talk('PUT', `v4/room/${token}/password`, { password: 'secret' });
		expect(moderatorSecret).toMatch(/^[\w-]{43}$/);
		expect((await enter(other, token))[0]).toBe(403);

		expect((await claim(other, token, moderatorSecret)).status).toBe(200);

		expect(await other.joinRoom(token)).toMatchObject({ participantType: 6 });
		await using tab = otherTab(other);
		expect(await tab.joinRoom(token)).toMatchObject({ participantType: 6 });
		expect((await host.talk('GET', `v4/room/${token}`)).data).not.toHaveProperty('roost');
	});

	it('given a guest in the room, when they claim it, then they moderate at once, and the others are told', async () => {
		await using host = server.client();
		await using guest = server.client();
		const { token, moderatorSecret } = await make(host);
		const { socket } = await host.enter(token, 'Host');
		const { sessionId } = await guest.enter(token, 'Guest');

		await claim(guest, token, moderatorSecret);

		await socket.nextUpdate((entry) => entry.sessionId === sessionId && entry.participantType === 6);
		expect((await guest.talk('PUT', `v4/room/${token}`, { roomName: 'Ours' })).status).toBe(200);
	});

	it('given a wrong secret, one of another room or none, when it is claimed, then 403, and after many 429', async () => {
		let time = Date.now();
		await using strict = await startTestServer({
			now: () => time,
			bounds: { passwordGuesses: 3, passwordRestMs: 30_000 }
		});
		await using host = strict.client();
		await using guest = strict.client();
		const { token, moderatorSecret } = await make(host);
		const other = await make(host);

		for (const wrong of [other.moderatorSecret, moderatorSecret.toLowerCase(), '__proto__']) {
			expect(await claim(guest, token, wrong)).toMatchObject({ status: 403, data: { error: 'secret' } });
		}
		const late = await claim(guest, token, moderatorSecret);

		expect(late.status).toBe(429);
		expect(late.headers.get('retry-after')).toBe('30');
		expect(await guest.joinRoom(token)).toMatchObject({ participantType: 4 });
		time += 30_000;
		expect((await claim(guest, token, moderatorSecret)).status).toBe(200);
		expect((await claim(guest, 'nowhere', moderatorSecret)).status).toBe(404);
		expect((await claim(guest, token, '')).status).toBe(400);
	});

	it('given a new link, when it is made, then the old one is worth nothing, and without one neither is', async () => {
		await using host = server.client();
		await using guest = server.client();
		const { token, moderatorSecret: old } = await make(host);
		expect((await renew(guest, token)).status).toBe(403);

		const renewed = await renew(host, token);

		expect(renewed.status).toBe(201);
		const { moderatorSecret, link } = renewed.data as { moderatorSecret: string; link: string };
		expect(link).toBe(`${server.origin}/moderate/${token}/${moderatorSecret}`);
		expect((await claim(guest, token, old)).status).toBe(403);
		await host.request('DELETE', `${roost}/${token}/moderator-link`);
		expect((await claim(guest, token, moderatorSecret)).status).toBe(403);
		expect((await claim(guest, 'demo', '')).status).toBe(400);
	});

	it('given the link, when somebody opens it, then it leads to the call, where they moderate; a wrong one only leads', async () => {
		await using host = server.client();
		await using lucky = server.client();
		await using late = server.client();
		const { token, moderatorSecret } = await make(host);
		const open = async (client: TestClient, secret: string, method = 'GET') => {
			const { status, headers } = await client.request(method, `/moderate/${token}/${secret}`);
			return [status, headers.get('location'), headers.get('cache-control')];
		};
		const leads = [303, `/call/${token}`, 'no-store'];

		expect(await open(late, moderatorSecret, 'HEAD')).toEqual([404, null, null]);
		expect(await open(lucky, moderatorSecret)).toEqual(leads);
		expect(await open(late, 'guessed')).toEqual(leads);

		expect(await lucky.joinRoom(token)).toMatchObject({ participantType: 6 });
		expect(await late.joinRoom(token)).toMatchObject({ participantType: 4 });
		expect((await late.request('GET', `/moderate/..%2f/${moderatorSecret}`)).status).toBe(404);
		expect((await late.request('GET', `/moderate/nowhere/${moderatorSecret}`)).status).toBe(303);
	});

	it('given who came by the link, when they are demoted, then they come back as a guest, in each tab', async () => {
		await using host = server.client();
		await using guest = server.client();
		const { token, moderatorSecret } = await make(host);
		await host.joinRoom(token);
		await claim(guest, token, moderatorSecret);
		const { attendeeId } = await guest.joinRoom(token);
		await using tab = otherTab(guest);
		await tab.joinRoom(token);

		await host.talk('DELETE', `v4/room/${token}/moderators`, { attendeeId });

		expect((await look(tab, token)).participantType).toBe(4);
		expect((await guest.joinRoom(token)).participantType).toBe(4);
	});

	it('given who came by the link, when they are removed, then they come back as a guest', async () => {
		await using host = server.client();
		await using guest = server.client();
		const { token, moderatorSecret } = await make(host);
		await claim(guest, token, moderatorSecret);
		const { attendeeId, participantType } = await guest.joinRoom(token);
		expect(participantType).toBe(6);

		await host.talk('DELETE', `v4/room/${token}/attendees`, { attendeeId });

		expect((await guest.joinRoom(token)).participantType).toBe(4);
	});

	it('given somebody banned, when they have the link, then they stay out', async () => {
		await using host = server.client();
		await using guest = server.client();
		const { token, moderatorSecret } = await make(host);
		const { actorId } = await guest.joinRoom(token);
		await host.talk('POST', `v1/ban/${token}`, { actorType: 'guests', actorId });

		expect(await claim(guest, token, moderatorSecret)).toMatchObject({
			status: 403,
			data: { error: 'ban' }
		});
		expect(await enter(guest, token)).toEqual([403, { error: 'ban' }]);
	});
});
