import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { permission } from '../../src/lib/protocol/call.ts';
import { parsePulledItems } from '../../src/lib/protocol/internal-signaling.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { allPermissions } from '../rooms/permissions.ts';
import { startFakeSignalingServer } from '../testing/fake-signaling-server.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

/** Pauses that would only make the tests slow. */
const timings = { introduceMs: 20, toldWaitMs: 100, postRetryMs: 5, postRetryMaxMs: 20 };

type Server = Awaited<ReturnType<typeof startTestServer>>;
const opened: AsyncDisposable[] = [];
let hpb: Awaited<ReturnType<typeof startFakeSignalingServer>>;
beforeEach(async () => {
	hpb = await startFakeSignalingServer();
	opened.push(hpb);
});
afterEach(async () => {
	for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

function keep<Opened extends AsyncDisposable>(each: Opened): Opened {
	opened.push(each);
	return each;
}

async function newRoom(host: TestClient): Promise<string> {
	return parseRoom((await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' })).data).token;
}

/** A moderator, and a guest in the call. */
async function callOf(server: Server) {
	const host = keep(server.client());
	const guest = keep(server.client());
	const token = await newRoom(host);
	await host.joinRoom(token, 'Host');
	const theirs = await guest.joinRoom(token, 'Guest');
	return { token, host, guest, guestId: theirs.attendeeId, sessionId: theirs.sessionId };
}

it('given an external signaling server, when rights and rooms change, then it is told what holds from then on', async () => {
	const server = keep(await startTestServer({ config: { signaling: hpb.config }, timings }));
	const { token, host, guest, guestId: attendeeId, sessionId } = await callOf(server);
	await hpb.join(server.origin, token, sessionId);
	await guest.talk('POST', `v4/call/${token}`, { flags: 7 });
	expect(hpb.permissionsOf(sessionId)).toEqual(['publish-audio', 'publish-video', 'publish-screen']);

	await host.talk('PUT', `v4/room/${token}/attendees/permissions`, {
		attendeeId,
		method: 'set',
		permissions: allPermissions & ~permission.publishVideo
	});
	await expect.poll(() => hpb.permissionsOf(sessionId)).toEqual(['publish-audio', 'publish-screen']);
	await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId });
	await expect.poll(() => hpb.permissionsOf(sessionId)).toContain('publish-video');
	await host.talk('PUT', `v4/room/${token}`, { roomName: 'Council' });
	const { content } = await hpb.next(({ type, content: { properties } }) => {
		return type === 'update' && (properties as { name: string }).name === 'Council';
	});
	expect(content['properties']).toMatchObject({ 'read-only': 0 });
	await host.talk('DELETE', `v4/room/${token}/attendees`, { attendeeId });
	await hpb.next(
		({ type, content: { sessionids } }) => type === 'disinvite' && String(sessionids) === sessionId
	);
	expect(hpb.permissionsOf(sessionId)).toBeUndefined();
});

it('given an external signaling server, when a room is deleted, then it is told of each session, and of the room', async () => {
	const server = keep(await startTestServer({ config: { signaling: hpb.config }, timings }));
	const { token, host, sessionId } = await callOf(server);
	await hpb.join(server.origin, token, sessionId);

	await host.talk('DELETE', `v4/room/${token}`);

	await hpb.next(({ type }) => type === 'delete');
	expect(hpb.permissionsOf(sessionId)).toBeUndefined();
	expect(hpb.refused).toEqual([]);
	const answer = await hpb.join(server.origin, token, sessionId);
	expect(answer).toMatchObject({ error: { code: 'no_such_room' } });
});

it('given the long poll, when rights change, then who waits is told; when they are removed, then that they are out', async () => {
	const server = keep(await startTestServer({ config: { signalingMode: 'internal' } }));
	const { token, host, guest, guestId: attendeeId, sessionId } = await callOf(server);
	const path = `/ocs/v2.php/apps/spreed/api/v3/signaling/${token}`;
	const pull = async () => {
		const response = await guest.request('GET', path);
		return { status: response.status, data: parseOcs(await response.json()).data as unknown[] };
	};
	const permissionsIn = ({ data }: { data: unknown[] }) =>
		parsePulledItems(data)
			.flatMap((item) => (item.type === 'usersInRoom' ? item.data : []))
			.find((user) => user.sessionId === sessionId)?.participantPermissions;
	expect(permissionsIn(await pull())).toBe(502);

	const told = pull();
	await host.talk('PUT', `v4/room/${token}/attendees/permissions`, {
		attendeeId,
		method: 'set',
		permissions: permission.joinCall
	});
	expect(permissionsIn(await told)).toBe(permission.joinCall | permission.custom);

	const out = pull();
	await host.talk('DELETE', `v4/room/${token}/attendees`, { attendeeId });
	expect((await out).status).toBe(404);
	expect((await pull()).status).toBe(404);
});
