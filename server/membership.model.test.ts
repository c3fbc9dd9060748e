import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { createTestModel } from 'xstate/graph';
import { parseCallPeers } from '../src/lib/protocol/call.ts';
import type { ServerFrame } from '../src/lib/protocol/signaling.ts';
import type { TestClient, TestSocket } from '../tests/support/test-client.ts';
import { startTestServer } from './testing/test-server.ts';

/** What a guest can be to a room: smaller than the server, and driven against it by a real client. */
const membership = createMachine({
	initial: 'outside',
	states: {
		outside: { on: { 'room.join': 'inRoom' } },
		inRoom: { on: { 'call.enter': 'inCall', 'room.leave': 'outside', 'socket.drop': 'away' } },
		inCall: { on: { 'call.leave': 'inRoom', 'room.leave': 'outside', 'socket.drop': 'awayInCall' } },
		away: { on: { 'session.resume': 'inRoom' } },
		awayInCall: { on: { 'session.resume': 'inCall' } }
	}
});

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** One real action for each event of the model. */
function actionsOf(client: TestClient, token: string) {
	let socket: TestSocket | undefined;
	let resumeid: string | undefined;
	const ask = async (frame: object): Promise<ServerFrame | undefined> => socket?.ask(frame);
	return {
		'room.join': async () => {
			({ socket, resumeId: resumeid } = await client.enter(token));
		},
		'room.leave': async () => {
			await ask({ type: 'room', room: { roomid: '' } });
		},
		'call.enter': async () => {
			await client.talk('POST', `v4/call/${token}`, { flags: 3 });
		},
		'call.leave': async () => {
			await client.talk('DELETE', `v4/call/${token}`);
		},
		'socket.drop': async () => {
			socket?.drop();
			await socket?.closed;
		},
		'session.resume': async () => {
			socket = await client.openSocket();
			const answer = await ask({ type: 'hello', hello: { version: '1.0', resumeid } });
			expect(answer?.type).toBe('hello');
		}
	};
}

/** A socket that was lost is no news to the server until its time is over. */
const onServer = {
	outside: 'outside',
	inRoom: 'inRoom',
	inCall: 'inCall',
	away: 'inRoom',
	awayInCall: 'inCall'
};

async function membershipOf(client: TestClient, token: string): Promise<string> {
	const answer = await client.talk('GET', `v4/call/${token}`);
	if (answer.status === 404) return 'outside';
	return parseCallPeers(answer.data).length > 0 ? 'inCall' : 'inRoom';
}

for (const path of createTestModel(membership).getSimplePaths()) {
	it(path.description, async () => {
		await using client = server.client();
		const made = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Model' });
		const { token } = made.data as { token: string };

		await path.test({
			events: actionsOf(client, token),
			states: {
				'*': async ({ value }) => {
					const expected = Object.entries(onServer).find(([state]) => state === value)?.[1];
					expect(await membershipOf(client, token)).toBe(expected);
				}
			}
		});
	});
}
