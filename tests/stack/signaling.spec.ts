import { createTalkClient } from './support/talk-client.ts';
import { expect, test } from './support/stack.ts';

for (const version of ['1.0', '2.0'] as const) {
	test(`given a guest, when hello ${version} is said, then the signaling server lets them in and tells the others who it is`, async ({
		roost,
		room
	}) => {
		await using ann = createTalkClient(roost.url);
		await using ben = createTalkClient(roost.url);
		const first = await ann.enter(room, 'Ann', version);

		const { hello, sessionId } = await ben.enter(room, 'Ben', version);

		expect(hello.server?.features).toContain('mcu');
		await first.socket.nextUpdate((entry) => entry.sessionId === sessionId && entry.displayName === 'Ben');
	});
}

test('given two guests, when both are in the call, then each may ask for what the other sends, and not before or after', async ({
	roost,
	room
}) => {
	await using ann = createTalkClient(roost.url);
	await using ben = createTalkClient(roost.url);
	const one = await ann.enter(room, 'Ann');
	const two = await ben.enter(room, 'Ben');
	expect(await ann.requestOffer(two.sessionId)).toBe('not_allowed');

	await ann.talk('POST', `v4/call/${room}`, { flags: 3 });
	await ben.talk('POST', `v4/call/${room}`, { flags: 7 });

	await one.socket.nextUpdate((entry) => entry.sessionId === two.sessionId && entry.inCall === 7);
	// it may ask, but nobody sends anything
	expect(await ann.requestOffer(two.sessionId)).toBe('client_not_found');
	await ben.talk('DELETE', `v4/call/${room}`);
	await one.socket.nextUpdate((entry) => entry.sessionId === two.sessionId && entry.inCall === 0);
	expect(await ann.requestOffer(two.sessionId)).toBe('not_allowed');
});

test('given guests who are in the call before the signaling room, when they come into it, then they may ask all the same', async ({
	roost,
	room
}) => {
	await using ann = createTalkClient(roost.url);
	await using ben = createTalkClient(roost.url);
	const two = await ben.enter(room, 'Ben');
	await ben.talk('POST', `v4/call/${room}`, { flags: 7 });
	await ann.joinRoom(room, 'Ann');
	await ann.talk('POST', `v4/call/${room}`, { flags: 3 });
	const { socket, hello } = await ann.hello(room, '2.0');

	await ann.enterSignalingRoom(room);

	// whoever is shown as in the call is
	await socket.nextUpdate((entry) => entry.sessionId === hello.sessionid && entry.inCall === 3);
	expect(await ann.requestOffer(two.sessionId)).toBe('client_not_found');
});

test('given two guests, when one writes, changes the name or says goodbye, then the other is told', async ({
	roost,
	room
}) => {
	await using ann = createTalkClient(roost.url);
	await using ben = createTalkClient(roost.url);
	const { socket } = await ann.enter(room, 'Ann');
	const two = await ben.enter(room, 'Ben');

	await ben.talk('POST', `v1/chat/${room}`, { message: 'Hello' });
	expect(await socket.nextEvent('room', 'message')).toMatchObject({
		message: { data: { type: 'chat', chat: { refresh: true } } }
	});
	await ben.talk('POST', `v1/guest/${room}/name`, { displayName: 'Benno' });
	await socket.nextUpdate((entry) => entry.sessionId === two.sessionId && entry.displayName === 'Benno');
	two.socket.send({ type: 'bye', bye: {} });

	expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [two.sessionId] });
	await expect.poll(async () => (await ben.talk('GET', `v4/call/${room}`)).status).toBe(404);
});

test('given a guest who leaves over http, when that is done, then the signaling server sends the session away', async ({
	roost,
	room
}) => {
	await using ann = createTalkClient(roost.url);
	const { socket } = await ann.enter(room, 'Ann');

	await ann.talk('DELETE', `v4/room/${room}/participants/active`);

	expect(await socket.nextEvent('roomlist', 'disinvite')).toMatchObject({ disinvite: { roomid: room } });
	await socket.closed;
});

test('given a session that Roost does not know, when it asks for the room, then it is not let in', async ({
	roost,
	room
}) => {
	await using ann = createTalkClient(roost.url);
	await ann.joinRoom(room, 'Ann');
	await ann.hello(room, '2.0');
	await ann.talk('DELETE', `v4/room/${room}/participants/active`);

	expect(await ann.enterSignalingRoom(room)).toMatchObject({ error: { code: 'no_such_room' } });
});
