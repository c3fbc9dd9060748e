import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { permission } from '../../src/lib/protocol/call.ts';
import { parseChatMessage } from '../../src/lib/protocol/chat-message.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { allPermissions } from '../rooms/permissions.ts';
import { hostAndGuest, look } from '../testing/test-room.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({ bounds: { chatBurst: 1_000 } });
});
afterAll(() => server[Symbol.asyncDispose]());

/** A moderator and a guest, both in the room and at the socket, each with a message in the chat. */
async function inRoom() {
	const both = await hostAndGuest(server);
	const { token, host, guest } = both;
	const write = async (client: TestClient) =>
		parseChatMessage((await client.talk('POST', `v1/chat/${token}`, { message: 'Hello' })).data).id;
	return {
		...both,
		hostMessage: await write(host),
		guestMessage: await write(guest),
		toDelete: await write(guest)
	};
}
type Scene = Awaited<ReturnType<typeof inRoom>>;

const hasWorked = async (answer: Promise<{ status: number }>) => {
	const { status } = await answer;
	expect([200, 201, 304, 403, 412]).toContain(status);
	return status < 400;
};

/** Runs it while the host is in the call. */
async function duringCall<Result>({ host, token }: Scene, work: () => Promise<Result>): Promise<Result> {
	await host.talk('POST', `v4/call/${token}`, { flags: 1 });
	const result = await work();
	await host.talk('DELETE', `v4/call/${token}`);
	return result;
}

/** Enters with some flags, then changes to others. @returns what the server made of them */
const flagsOf = (scene: Scene, entered: number, changed: number) =>
	duringCall(scene, async () => {
		const { guest, token } = scene;
		await guest.talk('POST', `v4/call/${token}`, { flags: entered });
		await guest.talk('PUT', `v4/call/${token}`, { flags: changed });
		const { participantFlags } = await look(guest, token);
		await guest.talk('DELETE', `v4/call/${token}`);
		return participantFlags;
	});

const sdpOf = (kind: 'audio' | 'video') => `v=0\r\nm=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n`;

/** Whether an offer to send this gets through to the host. */
const hasOffered = (scene: Scene, kind: 'audio' | 'video', roomType: 'video' | 'screen') =>
	hasSaid(scene, { type: 'offer', sid: '1', roomType, payload: { type: 'offer', sdp: sdpOf(kind) } });

const hasInvited = (scene: Scene, kind: 'audio' | 'video', purpose: 'm.usermedia' | 'm.screenshare') =>
	hasSaid(scene, {
		type: 'm.call.invite',
		content: {
			call_id: '1',
			lifetime: 60_000,
			offer: { type: 'offer', sdp: sdpOf(kind) },
			sdp_stream_metadata: { stream: { purpose } }
		}
	});

/** Whether a message gets through to the host. */
async function hasSaid(
	{ guestSocket, hostSocket, hostSession }: Scene,
	data: { type: string } & Record<string, unknown>
) {
	guestSocket.sendTo(hostSession, data);
	guestSocket.sendTo(hostSession, { type: 'mark' });
	const { message } = await hostSocket.next('message');
	const isThrough = (message.data as { type: string }).type === data.type;
	if (isThrough) await hostSocket.next('message');
	return isThrough;
}

async function behindLobby<Result>({ host, token }: Scene, work: () => Promise<Result>): Promise<Result> {
	const set = (state: number) => host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state });
	await set(1);
	const result = await work();
	await set(0);
	return result;
}

const { startCall, joinCall, ignoreLobby, publishAudio, publishVideo, publishScreen, chat, react } =
	permission;

/** Everything a guest may do, the bits it takes, and whether it worked. */
const verbs: [name: string, needs: number, attempt: (scene: Scene) => Promise<boolean>][] = [
	[
		'start a call',
		startCall,
		async ({ guest, token }) => {
			const isIn = await hasWorked(guest.talk('POST', `v4/call/${token}`, { flags: 1 }));
			await guest.talk('DELETE', `v4/call/${token}`);
			return isIn;
		}
	],
	[
		'join a call',
		joinCall,
		(scene) =>
			duringCall(scene, async () => {
				const isIn = await hasWorked(scene.guest.talk('POST', `v4/call/${scene.token}`, { flags: 1 }));
				await scene.guest.talk('DELETE', `v4/call/${scene.token}`);
				return isIn;
			})
	],
	['enter with a microphone', joinCall | publishAudio, async (s) => ((await flagsOf(s, 3, 3)) & 2) !== 0],
	['enter with a camera', joinCall | publishVideo, async (s) => ((await flagsOf(s, 5, 5)) & 4) !== 0],
	['add a microphone', joinCall | publishAudio, async (s) => ((await flagsOf(s, 1, 3)) & 2) !== 0],
	['add a camera', joinCall | publishVideo, async (s) => ((await flagsOf(s, 1, 5)) & 4) !== 0],
	['offer sound', publishAudio, (scene) => hasOffered(scene, 'audio', 'video')],
	['offer a picture', publishVideo, (scene) => hasOffered(scene, 'video', 'video')],
	['offer a screen', publishScreen, (scene) => hasOffered(scene, 'video', 'screen')],
	['offer the sound of a screen', publishScreen, (scene) => hasOffered(scene, 'audio', 'screen')],
	['invite with sound', publishAudio, (scene) => hasInvited(scene, 'audio', 'm.usermedia')],
	['invite with a picture', publishVideo, (scene) => hasInvited(scene, 'video', 'm.usermedia')],
	['invite with a screen', publishScreen, (scene) => hasInvited(scene, 'video', 'm.screenshare')],
	['write', chat, (s) => hasWorked(s.guest.talk('POST', `v1/chat/${s.token}`, { message: 'Hello' }))],
	[
		'edit',
		chat,
		(s) => hasWorked(s.guest.talk('PUT', `v1/chat/${s.token}/${s.guestMessage}`, { message: 'Hullo' }))
	],
	['delete', chat, (s) => hasWorked(s.guest.talk('DELETE', `v1/chat/${s.token}/${s.toDelete}`))],
	[
		'react',
		react,
		(s) => hasWorked(s.guest.talk('POST', `v1/reaction/${s.token}/${s.hostMessage}`, { reaction: '👍' }))
	],
	...['lookIntoFuture=0', 'lookIntoFuture=1&timeout=0'].map((query): (typeof verbs)[number] => [
		`read behind a lobby with ${query}`,
		ignoreLobby,
		(s) => behindLobby(s, () => hasWorked(s.guest.talk('GET', `v1/chat/${s.token}?${query}`)))
	]),
	[
		'see who calls behind a lobby',
		ignoreLobby,
		(s) => behindLobby(s, () => hasWorked(s.guest.talk('GET', `v4/call/${s.token}`)))
	],
	[
		'call behind a lobby',
		startCall | ignoreLobby,
		(s) =>
			behindLobby(s, async () => {
				const isIn = await hasWorked(s.guest.talk('POST', `v4/call/${s.token}`, { flags: 1 }));
				await s.guest.talk('DELETE', `v4/call/${s.token}`);
				return isIn;
			})
	],
	[
		'write behind a lobby',
		chat | ignoreLobby,
		(s) => behindLobby(s, () => hasWorked(s.guest.talk('POST', `v1/chat/${s.token}`, { message: 'Hello' })))
	],
	[
		'say something behind a lobby',
		ignoreLobby,
		(s) =>
			behindLobby(s, async () => {
				s.guestSocket.sendTo(s.hostSession, { type: 'behind' });
				// answered after it: whatever was relayed has been by now
				await s.guestSocket.ask({ type: 'room', room: { roomid: s.token, sessionid: 'mine' } });
				await s.host.talk('PUT', `v4/room/${s.token}/webinar/lobby`, { state: 0 });
				s.guestSocket.sendTo(s.hostSession, { type: 'mark' });
				const { message } = await s.hostSocket.next('message');
				const isThrough = (message.data as { type: string }).type === 'behind';
				if (isThrough) await s.hostSocket.next('message');
				return isThrough;
			})
	]
];

const bits = Object.entries(permission).filter(([name]) => name !== 'custom');

const allButSetForThem = ({ host, token, guestId: attendeeId }: Scene, bit: number) =>
	host.talk('PUT', `v4/room/${token}/attendees/permissions`, {
		attendeeId,
		method: 'set',
		permissions: allPermissions & ~bit
	});

/** How somebody comes to have all bits but one. */
const ways: [name: string, take: (scene: Scene, bit: number) => Promise<{ status: number }>][] = [
	['set for them', allButSetForThem],
	[
		'taken from them',
		async ({ host, token, guestId: attendeeId }, bit) => {
			const change = (method: string, permissions: number) =>
				host.talk('PUT', `v4/room/${token}/attendees/permissions`, { attendeeId, method, permissions });
			await change('add', ignoreLobby);
			return change('remove', bit);
		}
	],
	[
		'set for all there',
		({ host, token }, bit) =>
			host.talk('PUT', `v4/room/${token}/attendees/permissions/all`, {
				method: 'set',
				permissions: allPermissions & ~bit
			})
	],
	[
		'set for the room',
		({ host, token }, bit) =>
			host.talk('PUT', `v4/room/${token}/permissions/default`, { permissions: allPermissions & ~bit })
	]
];

describe('permission bits', () => {
	it.each(bits)(
		'given all permissions but %s, when a guest does everything, then the server refuses what needs it, and nothing else',
		async (_name, bit) => {
			await using scene = await inRoom();
			await allButSetForThem(scene, bit);

			const worked: [string, boolean][] = [];
			for (const [name, , attempt] of verbs) worked.push([name, await attempt(scene)]);

			expect(worked).toEqual(verbs.map(([name, needs]) => [name, (needs & bit) === 0]));
		}
	);

	it.each(ways)(
		'given each bit, when all but that are %s, then that is what they have',
		async (_way, take) => {
			for (const [, bit] of bits) {
				await using scene = await inRoom();

				expect((await take(scene, bit)).status).toBe(200);

				const { permissions } = await look(scene.guest, scene.token);
				expect(permissions).toBe((allPermissions & ~bit) | permission.custom);
			}
		}
	);

	it('given a guest in the call, when camera and microphone are taken from them, then all are told so', async () => {
		await using scene = await inRoom();
		const { host, guest, token, guestId: attendeeId, hostSocket, guestSocket } = scene;
		await guest.talk('POST', `v4/call/${token}`, { flags: 7 });

		const answer = await host.talk('PUT', `v4/room/${token}/attendees/permissions`, {
			attendeeId,
			method: 'remove',
			permissions: publishAudio | publishVideo
		});

		for (const socket of [hostSocket, guestSocket]) {
			await socket.nextUpdate(
				({ inCall, participantPermissions = 0 }) =>
					inCall === 1 && (participantPermissions & (publishAudio | publishVideo)) === 0
			);
		}
		expect(answer.data).toContainEqual(
			expect.objectContaining({ attendeeId, inCall: 1, attendeePermissions: 455, permissions: 455 })
		);
		expect((await look(guest, token)).participantFlags).toBe(1);
	});

	it('given permissions of a moderator, when they are changed, then 400, and they have them all', async () => {
		await using scene = await inRoom();
		const { host, token, hostId: attendeeId } = scene;
		const change = { attendeeId, method: 'set', permissions: 0 };

		const answer = await host.talk('PUT', `v4/room/${token}/attendees/permissions`, change);
		await host.talk('PUT', `v4/room/${token}/permissions/default`, { permissions: 1 });

		expect([answer.status, answer.data]).toEqual([400, { error: 'moderator' }]);
		expect((await look(host, token)).permissions).toBe(allPermissions);
	});

	it.each([
		[{ method: 'multiply', permissions: 0 }, 'method'],
		[{ method: 'set', permissions: 512 }, 'value'],
		[{ method: 'set', permissions: -1 }, 'value'],
		[{ permissions: 0 }, 'method']
	])(
		'given %j, when permissions are changed by it, then 400 says so in the word of Talk',
		async (body, error) => {
			await using scene = await inRoom();
			const { host, token, guestId: attendeeId } = scene;

			const answer = await host.talk('PUT', `v4/room/${token}/attendees/permissions`, {
				attendeeId,
				...body
			});

			expect([answer.status, answer.data]).toEqual([400, { error }]);
		}
	);

	it('given own permissions, when they are set to none of their own, then those of the room count again', async () => {
		await using scene = await inRoom();
		const { host, guest, token, guestId: attendeeId } = scene;
		const set = (permissions: number) =>
			host.talk('PUT', `v4/room/${token}/attendees/permissions`, { attendeeId, method: 'set', permissions });
		await host.talk('PUT', `v4/room/${token}/permissions/default`, { permissions: joinCall });
		await set(chat);
		expect((await look(guest, token)).permissions).toBe(chat | 1);

		await set(0);

		expect((await look(guest, token)).permissions).toBe(joinCall | 1);
	});
});

describe('what only moderators may', () => {
	const orders: [
		method: string,
		path: (scene: Scene) => string,
		body?: object | ((scene: Scene) => object)
	][] = [
		['PUT', ({ token }) => `v4/room/${token}`, { roomName: 'Mine' }],
		['DELETE', ({ token }) => `v4/room/${token}`],
		['PUT', ({ token }) => `v4/room/${token}/description`, { description: 'Mine' }],
		['PUT', ({ token }) => `v4/room/${token}/password`, { password: 'mine' }],
		['PUT', ({ token }) => `v4/room/${token}/webinar/lobby`, { state: 1 }],
		['PUT', ({ token }) => `v4/room/${token}/read-only`, { state: 1 }],
		['PUT', ({ token }) => `v4/room/${token}/listable`, { scope: 0 }],
		['PUT', ({ token }) => `v4/room/${token}/recording-consent`, { recordingConsent: 1 }],
		['POST', ({ token }) => `v4/room/${token}/message-expiration`, { seconds: 60 }],
		['PUT', ({ token }) => `v4/room/${token}/permissions/default`, { permissions: 1 }],
		[
			'PUT',
			({ token }) => `v4/room/${token}/attendees/permissions`,
			({ hostId }) => ({ attendeeId: hostId, method: 'set', permissions: 0 })
		],
		['PUT', ({ token }) => `v4/room/${token}/attendees/permissions/all`, { method: 'set', permissions: 1 }],
		['POST', ({ token }) => `v4/room/${token}/moderators`, ({ guestId }) => ({ attendeeId: guestId })],
		['DELETE', ({ token }) => `v4/room/${token}/moderators`, ({ hostId }) => ({ attendeeId: hostId })],
		['DELETE', ({ token, hostId }) => `v4/room/${token}/attendees?attendeeId=${hostId}`],
		['GET', ({ token }) => `v4/room/${token}/participants`],
		['GET', ({ token }) => `v1/ban/${token}`],
		[
			'POST',
			({ token }) => `v1/ban/${token}`,
			({ guestActor }) => ({ actorType: 'guests', actorId: guestActor })
		],
		['DELETE', ({ token }) => `v1/ban/${token}/1`],
		['POST', ({ token }) => `v1/room/${token}/avatar/emoji`, { emoji: '🐔' }],
		['DELETE', ({ token }) => `v1/room/${token}/avatar`],
		['DELETE', ({ token }) => `v4/call/${token}?all=true`],
		['GET', ({ token }) => `v4/call/${token}/download`],
		['DELETE', ({ token }) => `v1/chat/${token}`],
		['DELETE', ({ token, hostMessage }) => `v1/chat/${token}/${hostMessage}`],
		['PUT', ({ token, hostMessage }) => `v1/chat/${token}/${hostMessage}`, { message: 'Mine' }],
		['POST', ({ token }) => `../../roost/api/v1/rooms/${token}/moderator-link`],
		['DELETE', ({ token }) => `../../roost/api/v1/rooms/${token}/moderator-link`]
	];

	it('given a guest with every bit, and a stranger, when they give each order, then none is carried out', async () => {
		await using scene = await inRoom();
		const { host, guest, token, guestId: attendeeId } = scene;
		await using stranger = server.client();
		await host.talk('PUT', `v4/room/${token}/attendees/permissions`, {
			attendeeId,
			method: 'set',
			permissions: allPermissions
		});
		await host.talk('POST', `v4/call/${token}`, { flags: 1 });
		const everything = async () => {
			const room = { ...(await look(host, token)), lastPing: 0 };
			const { data: bans } = await host.talk('GET', `v1/ban/${token}`);
			const { data: written } = await host.talk('GET', `v1/chat/${token}?lookIntoFuture=0&setReadMarker=0`);
			const { data: people } = await host.talk('GET', `v4/room/${token}/participants`);
			const shown = (people as object[]).map((person) => ({ ...person, lastPing: 0 }));
			return { room, bans, written, shown };
		};
		const before = await everything();

		const statuses: [string, number, number][] = [];
		for (const [method, path, body] of orders) {
			const sent = typeof body === 'function' ? body(scene) : body;
			const status = async (client: TestClient) => (await client.talk(method, path(scene), sent)).status;
			statuses.push([`${method} ${path(scene)}`, await status(guest), await status(stranger)]);
		}

		for (const [order, asGuest, asStranger] of statuses) {
			expect([order, asGuest]).toEqual([order, 403]);
			// whoever is not there is told that, or that they may not
			expect([403, 404]).toContain(asStranger);
		}
		expect(await everything()).toEqual(before);
	});

	it('given a call of two, when a moderator ends it, then all are out at once, and the chat says who did it', async () => {
		await using scene = await inRoom();
		const { host, guest, token, hostSocket, guestSocket } = scene;
		for (const client of [host, guest]) await client.talk('POST', `v4/call/${token}`, { flags: 3 });

		expect((await host.talk('DELETE', `v4/call/${token}?all=true`)).status).toBe(200);
		expect((await host.talk('DELETE', `v4/call/${token}?all=true`)).status).toBe(200);

		for (const socket of [hostSocket, guestSocket]) {
			await socket.nextThat(
				(frame): frame is typeof frame =>
					frame.type === 'event' &&
					'update' in frame.event &&
					'all' in frame.event.update &&
					frame.event.update.incall === 0,
				'update of all'
			);
		}
		expect(await look(guest, token)).toMatchObject({ hasCall: false, participantFlags: 0, callStartTime: 0 });
		const { data } = await guest.talk('GET', `v1/chat/${token}?lookIntoFuture=0&limit=3`);
		expect(data).toMatchObject([
			{ systemMessage: 'call_ended_everyone', actorDisplayName: 'Host' },
			{ systemMessage: 'call_joined' },
			{ systemMessage: 'call_started' }
		]);
	});

	it('given a silent start, when the chat says that there is a call, then silently; given a usual one, not so', async () => {
		await using scene = await inRoom();
		const { host, token } = scene;
		const started = async (silent: boolean) => {
			await host.talk('POST', `v4/call/${token}`, { flags: 3, silent });
			const { data } = await host.talk('GET', `v1/chat/${token}?lookIntoFuture=0&limit=1`);
			await host.talk('DELETE', `v4/call/${token}`);
			return (data as { systemMessage: string; silent?: boolean }[])[0];
		};

		expect(await started(true)).toMatchObject({ systemMessage: 'call_started', silent: true });
		expect(await started(false)).not.toHaveProperty('silent');
	});

	it('given names made for spreadsheets, when the list of the call is downloaded, then they calculate nothing', async () => {
		await using scene = await inRoom();
		const { host, guest, token, guestActor } = scene;
		const path = `/ocs/v2.php/apps/spreed/api/v4/call/${token}/download?format=csv`;
		expect((await host.request('GET', path)).status).toBe(400);
		await guest.talk('POST', `v1/guest/${token}/name`, { displayName: '=HYPERLINK("x")' });
		await guest.talk('POST', `v4/call/${token}`, { flags: 3 });

		const response = await host.request('GET', path);

		expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
		expect(await response.text()).toBe(
			`"name","email","type","identifier"\r\n"'=HYPERLINK(""x"")","","guests","${guestActor}"\r\n`
		);
	});
});
