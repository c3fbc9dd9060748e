import { parseRoom, type Room } from '../../src/lib/protocol/room.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';

/** A room that this browser moderates. @returns its token */
export async function newRoom(client: TestClient): Promise<string> {
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' });
	return parseRoom(answer.data).token;
}

/** The room as this guest sees it. */
export const look = async (client: TestClient, token: string): Promise<Room> =>
	parseRoom((await client.talk('GET', `v4/room/${token}`)).data);

/** Another tab of the same browser. */
export const otherTab = (client: TestClient, origin: string): TestClient =>
	createTestClient(origin, client.jar, 'b'.repeat(64));

/** A moderator and a guest, both in the room and at the socket, and each has seen the other. */
export async function hostAndGuest(server: { client: () => TestClient }) {
	const host = server.client();
	const guest = server.client();
	const token = await newRoom(host);
	const own = await host.enter(token, 'Host');
	const theirs = await guest.enter(token, 'Guest');
	await own.socket.nextUpdate(({ displayName }) => displayName === 'Guest');
	return {
		token,
		host,
		guest,
		hostId: own.room.attendeeId,
		guestId: theirs.room.attendeeId,
		guestActor: theirs.room.actorId,
		hostSession: own.sessionId,
		guestSession: theirs.sessionId,
		hostSocket: own.socket,
		guestSocket: theirs.socket,
		[Symbol.asyncDispose]: async () => {
			await host[Symbol.asyncDispose]();
			await guest[Symbol.asyncDispose]();
		}
	};
}
