import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseChatMessage, parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { openDatabase } from '../storage/open-database.ts';
import { startTestServer } from '../testing/test-server.ts';

// each test is many requests, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000 });

const adminToken = 'an-administrators-token';
let nowMs = Date.now();
let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({
		config: { adminToken },
		now: () => nowMs,
		bounds: { chatBurst: 1_000, mentionBurst: 5, mentionsPerSecond: 0 }
	});
});
afterAll(() => server[Symbol.asyncDispose]());

/** Ann made the room and moderates it; Ben and Cem are guests. */
async function threeGuests() {
	const [ann, ben, cem] = [server.client(), server.client(), server.client()];
	const answer = await ann.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
	const { token } = parseRoom(answer.data);
	const [annRoom, benRoom] = [await ann.joinRoom(token, 'Ann'), await ben.joinRoom(token, 'Ben')];
	await cem.joinRoom(token, 'Cem');
	const path = `v1/chat/${token}`;
	const say = async (client: TestClient, message: string, more: object = {}) =>
		parseChatMessage((await client.talk('POST', path, { message, ...more })).data);
	const history = async (client: TestClient) =>
		parseChatMessages((await client.talk('GET', `${path}?lookIntoFuture=0`)).data);
	const shown = async (client: TestClient, id: number) =>
		(await history(client)).find((message) => message.id === id);
	return { ann, ben, cem, token, path, say, history, shown, annId: annRoom.actorId, benId: benRoom.actorId };
}

describe('editing', () => {
	it('given a message of their own, when somebody changes it, then everybody reads it as it is now', async () => {
		const { ben, cem, path, say, shown } = await threeGuests();
		const { id } = await say(ben, 'teh');
		const answer = await say(cem, 'What?', { replyTo: id });

		const edited = await ben.talk('PUT', `${path}/${id}`, { message: ' the ' });

		expect(edited.status).toBe(200);
		expect(edited.headers.get('x-chat-last-common-read')).not.toBeNull();
		expect(edited.data).toMatchObject({
			systemMessage: 'message_edited',
			messageType: 'system',
			actorDisplayName: 'Ben',
			parent: {
				id,
				message: 'the',
				lastEditActorType: 'guests',
				lastEditActorDisplayName: 'Ben',
				lastEditTimestamp: Math.floor(nowMs / 1000)
			}
		});
		expect(await shown(cem, id)).toMatchObject({ message: 'the', messageType: 'comment' });
		expect((await shown(cem, answer.id))?.parent).toMatchObject({ message: 'the' });
	});

	it('given clients that wait, when a message is changed, then those by request and by socket are told', async () => {
		const { ben, cem, token, path, say } = await threeGuests();
		const { id } = await say(ben, 'first');
		await using dee = server.client();
		const { socket } = await dee.enter(token, 'Dee', ['chat-relay']);
		const waiting = cem.talk('GET', `${path}?lookIntoFuture=1&lastKnownMessageId=${id}&timeout=30`);

		await ben.talk('PUT', `${path}/${id}`, { message: 'second' });

		const change = { systemMessage: 'message_edited', parent: { id, message: 'second' } };
		expect((await waiting).data).toMatchObject([change]);
		const event = await socket.nextEvent('room', 'message');
		expect(event).toMatchObject({
			message: { data: { type: 'chat', chat: { refresh: true, comment: change } } }
		});
	});

	it('given the message of somebody else, when it is changed, then only moderators may', async () => {
		const { ann, ben, cem, path, say } = await threeGuests();
		const { id } = await say(ben, 'a');

		expect((await cem.talk('PUT', `${path}/${id}`, { message: 'b' })).status).toBe(403);
		const { status, data } = await ann.talk('PUT', `${path}/${id}`, { message: 'b' });

		expect(status).toBe(200);
		expect(data).toMatchObject({ parent: { actorDisplayName: 'Ben', lastEditActorDisplayName: 'Ann' } });
	});

	it('given what cannot be changed, when it is tried, then Talk’s status says why', async () => {
		const { ben, path, say, history } = await threeGuests();
		const { id } = await say(ben, 'a');
		await ben.talk('POST', `v4/call/${path.slice('v1/chat/'.length)}`, { flags: 1 });
		const started = (await history(ben)).find(({ systemMessage }) => systemMessage === 'call_started');
		const put = (of: unknown, message: unknown) => ben.talk('PUT', `${path}/${String(of)}`, { message });

		expect(await put(started?.id, 'b')).toMatchObject({ status: 405, data: { error: 'message' } });
		expect((await put(999_999_999, 'b')).status).toBe(404);
		expect((await put('x', 'b')).status).toBe(404);
		expect(await put(id, ' ')).toMatchObject({ status: 400, data: { error: 'message' } });
		expect(await put(id, 'a'.repeat(32_001))).toMatchObject({ status: 413, data: { error: 'message' } });
		nowMs += (24 * 60 * 60 + 1) * 1000;
		expect(await put(id, 'b')).toMatchObject({ status: 400, data: { error: 'age' } });
	});

	it('given a room that is locked, when somebody writes, changes, deletes or reacts, then 403', async () => {
		const { ann, ben, token, path, say } = await threeGuests();
		const { id } = await say(ben, 'a');
		await ann.talk('PUT', `v4/room/${token}/read-only`, { state: 1 });

		const answers = [
			await ben.talk('POST', path, { message: 'b' }),
			await ben.talk('PUT', `${path}/${id}`, { message: 'b' }),
			await ben.talk('DELETE', `${path}/${id}`),
			await ben.talk('POST', `v1/reaction/${token}/${id}`, { reaction: '👍' }),
			await ann.talk('DELETE', path)
		];

		expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
	});
});

describe('deleting', () => {
	it('given a message, when its author deletes it, then nothing of it is left but that it was there', async () => {
		const { ben, cem, token, path, say, shown } = await threeGuests();
		const { id } = await say(ben, 'secret', { referenceId: 'r1' });
		const answer = await say(cem, 'Oh', { replyTo: id });
		await cem.talk('POST', `v1/reaction/${token}/${id}`, { reaction: '👍' });

		const { status, data } = await ben.talk('DELETE', `${path}/${id}`);

		expect(status).toBe(200);
		const deleted = {
			id,
			message: 'Message deleted by author',
			messageType: 'comment_deleted',
			deleted: true
		};
		expect(data).toMatchObject({ systemMessage: 'message_deleted', parent: deleted });
		const left = await shown(cem, id);
		expect(left).toMatchObject({ ...deleted, isReplyable: false, reactions: {}, referenceId: 'r1' });
		expect((await shown(cem, answer.id))?.parent).toMatchObject(deleted);
		expect(JSON.stringify((await cem.talk('GET', `${path}?lookIntoFuture=0`)).data)).not.toContain('secret');
		expect((await ben.talk('DELETE', `${path}/${id}`)).status).toBe(405);
		expect(await ben.talk('POST', path, { message: 'b', replyTo: id })).toMatchObject({
			status: 400,
			data: { error: 'reply-to' }
		});
	});

	it('given the message of somebody else, when it is deleted, then only moderators may, and are named', async () => {
		const { ann, ben, cem, path, say, annId } = await threeGuests();
		const { id } = await say(ben, 'a');

		expect(await cem.talk('DELETE', `${path}/${id}`)).toMatchObject({
			status: 403,
			data: { error: 'permission' }
		});
		const { data } = await ann.talk('DELETE', `${path}/${id}`);

		expect(data).toMatchObject({
			parent: {
				message: 'Message deleted by {actor}',
				messageParameters: { actor: { type: 'guest', id: `guest/${annId}`, name: 'Ann' } }
			}
		});
	});

	it('given a history, when it is cleared, then only a moderator may, and only that is left', async () => {
		const { ann, ben, path, say, history } = await threeGuests();
		const { id } = await say(ben, 'a');

		expect((await ben.talk('DELETE', path)).status).toBe(403);
		const cleared = await ann.talk('DELETE', path);

		expect(cleared).toMatchObject({ status: 200, data: { systemMessage: 'history_cleared' } });
		const left = await history(ben);
		expect(left).toMatchObject([{ systemMessage: 'history_cleared', actorDisplayName: 'Ann' }]);
		expect(left[0]?.id).toBeGreaterThan(id);
	});
});

describe('reactions', () => {
	it('given a message, when guests react, then it carries how many, and each reader what is theirs', async () => {
		const { ann, ben, cem, token, say, shown, benId } = await threeGuests();
		const { id } = await say(ann, 'a');
		const react = (client: TestClient, reaction: string) =>
			client.talk('POST', `v1/reaction/${token}/${id}`, { reaction });

		const first = await react(ben, '👍');
		const again = await react(ben, '👍');
		await react(cem, '👍');
		await react(cem, '❤️');

		const bens = { actorType: 'guests', actorId: benId, actorDisplayName: 'Ben' };
		expect(first).toMatchObject({ status: 201, data: { '👍': [bens] } });
		expect(again).toMatchObject({ status: 200, data: { '👍': [bens] } });
		expect((await shown(ben, id))?.reactions).toEqual({ '👍': 2, '❤️': 1 });
		const raw = async (client: TestClient) =>
			(await client.talk('GET', `v1/chat/${token}?lookIntoFuture=1&lastKnownMessageId=${id - 1}&limit=1`))
				.data;
		expect(await raw(cem)).toMatchObject([{ reactionsSelf: ['👍', '❤️'] }]);
		expect(await raw(ben)).toMatchObject([{ reactionsSelf: ['👍'] }]);
		expect(await raw(ann)).toMatchObject([{ reactionsSelf: [] }]);
	});

	it('given a reaction, when it is taken back, then the message carries it no more, and all are told', async () => {
		const { ann, ben, token, path, say, shown, history } = await threeGuests();
		const { id } = await say(ann, 'a');
		const reactions = `v1/reaction/${token}/${id}`;
		await ben.talk('POST', reactions, { reaction: '🎉' });
		const [added] = await history(ann);
		expect(added).toMatchObject({
			systemMessage: 'reaction',
			message: '🎉',
			parent: { reactions: { '🎉': 1 } }
		});
		const waiting = ann.talk('GET', `${path}?lookIntoFuture=1&lastKnownMessageId=${added?.id}&timeout=30`);

		const revoked = await ben.talk('DELETE', `${reactions}?reaction=${encodeURIComponent('🎉')}`);

		expect(revoked).toMatchObject({ status: 200, data: {} });
		expect((await waiting).data).toMatchObject([
			{ systemMessage: 'reaction_revoked', parent: { id, reactions: {} } }
		]);
		expect(await shown(ann, added?.id ?? 0)).toMatchObject({ systemMessage: 'reaction_deleted' });
		expect((await shown(ann, id))?.reactions).toEqual({});
		expect((await ben.talk('DELETE', `${reactions}?reaction=${encodeURIComponent('🎉')}`)).status).toBe(404);
	});

	it('given reactions, when they are asked for, then all of them come, or those with one emoji', async () => {
		const { ann, ben, cem, token, say } = await threeGuests();
		const { id } = await say(ann, 'a');
		const reactions = `v1/reaction/${token}/${id}`;
		await ben.talk('POST', reactions, { reaction: '👍' });
		await cem.talk('POST', reactions, { reaction: '👎' });

		const all = await ann.talk('GET', reactions);
		const some = await ann.talk('GET', `${reactions}?reaction=${encodeURIComponent('👎')}`);

		expect(Object.keys(all.data as object)).toEqual(['👍', '👎']);
		expect(Object.keys(some.data as object)).toEqual(['👎']);
		expect((await ann.talk('GET', `v1/reaction/${token}/999999999`)).status).toBe(404);
	});

	it.each([['yes'], [''], ['👍👍'], ['1'], ['<b>'], [7]])(
		'given %j, when somebody reacts with it, then 400: it is not one emoji',
		async (reaction) => {
			const { ann, token, say } = await threeGuests();
			const { id } = await say(ann, 'a');

			expect((await ann.talk('POST', `v1/reaction/${token}/${id}`, { reaction })).status).toBe(400);
		}
	);

	it.each(['👍🏽', '🏳️‍🌈', '🇩🇪', '1️⃣', '❤', '👩‍👩‍👧‍👦'])(
		'given %s, when somebody reacts with it, then it is one emoji',
		async (reaction) => {
			const { ann, token, say } = await threeGuests();
			const { id } = await say(ann, 'a');

			expect((await ann.talk('POST', `v1/reaction/${token}/${id}`, { reaction })).status).toBe(201);
		}
	);

	it('given a message with as many reactions as it takes, when somebody reacts, then 400 until one is taken back', async () => {
		const first = await startTestServer();
		const ben = first.client();
		await ben.joinRoom('demo', 'Ben');
		const { id } = parseChatMessage((await ben.talk('POST', 'v1/chat/demo', { message: 'a' })).data);
		await ben.talk('POST', `v1/reaction/demo/${id}`, { reaction: '🎉' });
		await first.stop();
		const database = openDatabase(join(first.dataDir, 'roost.db'));
		const counts = JSON.stringify({ '🎉': 1, '👍': 1_999 });
		database.prepare('UPDATE messages SET reactions = ? WHERE id = ?').run(counts, id);
		database.close();
		await using second = await startTestServer({ dataDir: first.dataDir });
		await using back = second.client();
		for (const [name, value] of ben.jar) back.jar.set(name, value);
		await back.joinRoom('demo');
		const react = (method: string, reaction: string) =>
			back.talk(method, `v1/reaction/demo/${id}`, { reaction });

		expect(await react('POST', '👍')).toMatchObject({ status: 400, data: { error: 'reaction' } });

		expect((await react('DELETE', '🎉')).status).toBe(200);
		expect((await react('POST', '👍')).status).toBe(201);
	});

	it('given a system message or a deleted one, when somebody reacts to it, then 400', async () => {
		const { ann, ben, token, path, say, history } = await threeGuests();
		const { id } = await say(ann, 'a');
		await ann.talk('DELETE', `${path}/${id}`);
		const [system] = await history(ben);
		const react = async (of: number | undefined) =>
			(await ben.talk('POST', `v1/reaction/${token}/${of}`, { reaction: '👍' })).status;

		expect([await react(id), await react(system?.id), await react(999_999_999)]).toEqual([400, 400, 404]);
	});
});

describe('context', () => {
	it('given many messages, when one is asked for with what is around it, then both sides come in order', async () => {
		const { ben, path, say } = await threeGuests();
		const ids: number[] = [];
		for (const text of ['a', 'b', 'c', 'd', 'e']) ids.push((await say(ben, text)).id);

		const { status, data, headers } = await ben.talk('GET', `${path}/${ids[2]}/context?limit=2`);

		expect(status).toBe(200);
		expect(parseChatMessages(data).map(({ message }) => message)).toEqual(['b', 'c', 'd', 'e']);
		expect(headers.get('x-chat-last-given')).toBe(ids[4]?.toString());
	});

	it('given an empty chat, when context is asked for, then 304', async () => {
		const { ben, path } = await threeGuests();

		expect((await ben.talk('GET', `${path}/1/context`)).status).toBe(304);
	});
});

describe('mentions', () => {
	it('given the beginning of a name, when it is looked for, then guests and everybody are suggested', async () => {
		const { ann, token, path, benId } = await threeGuests();
		const labels = async (search: string) => {
			const { data } = await ann.talk('GET', `${path}/mentions?search=${search}`);
			return (data as { label: string }[]).map(({ label }) => label);
		};

		expect(await labels('')).toEqual(['Test', 'Ben', 'Cem']);
		expect(await labels('e')).toEqual(['Test', 'Ben', 'Cem']);
		expect(await labels('BE')).toEqual(['Ben']);
		const { data } = await ann.talk('GET', `${path}/mentions?search=ben&limit=1`);
		const id = `guest/${benId}`;
		expect(data).toEqual([{ id, label: 'Ben', source: 'guests', mentionId: id }]);
		const all = await ann.talk('GET', `v1/chat/${token}/mentions?search=all`);
		expect(all.data).toEqual([{ id: 'all', label: 'Test', source: 'calls', mentionId: 'all' }]);
	});

	it('given a message that names people, when it is read, then placeholders stand for those who are known', async () => {
		const { ann, token, say, annId, benId } = await threeGuests();
		const nobody = '0'.repeat(40);
		const text = `@"guest/${benId}" and @"guest/${annId}", @"guest/${benId}", @all; a@all, @allergy, @"guest/${nobody}"`;

		const message = await say(ann, text);

		expect(message.message).toBe(
			`{mention-guest1} and {mention-guest2}, {mention-guest1}, {mention-call1}; a@all, @allergy, @"guest/${nobody}"`
		);
		expect(message.messageParameters).toEqual({
			'mention-guest1': { type: 'guest', id: `guest/${benId}`, name: 'Ben', 'mention-id': `guest/${benId}` },
			'mention-guest2': { type: 'guest', id: `guest/${annId}`, name: 'Ann', 'mention-id': `guest/${annId}` },
			'mention-call1': { type: 'call', id: token, name: 'Test', 'call-type': 'public', 'mention-id': 'all' }
		});
	});

	it('given one who names too many, when the bound is passed, then 429 says that it is the mentions', async () => {
		const { ann, path } = await threeGuests();
		const send = (message: string) => ann.talk('POST', path, { message });
		for (let count = 0; count < 5; count += 1) expect((await send('@all')).status).toBe(201);

		expect(await send('@all')).toMatchObject({ status: 429, data: { error: 'mentions' } });
		expect((await send('all')).status).toBe(201);
	});
});

describe('read marker', () => {
	it('given a chat that was read, when it is marked as unread, then one message counts as new', async () => {
		const { ben, cem, token, path, say } = await threeGuests();
		for (const text of ['a', 'b']) await say(cem, text);
		await ben.talk('POST', `${path}/read`, {});

		const { status, data } = await ben.talk('DELETE', `${path}/read`);

		expect(status).toBe(200);
		expect(parseRoom(data).unreadMessages).toBe(1);
		await ben.talk('POST', `${path}/read`, { lastReadMessage: -2 });
		expect(parseRoom((await ben.talk('GET', `v4/room/${token}`)).data).unreadMessages).toBe(2);
	});

	it('given deleted and system messages, when what is unread is counted, then they are not', async () => {
		const { ben, cem, token, path, say } = await threeGuests();
		const { id } = await say(cem, 'a');
		await say(cem, 'b');
		await cem.talk('DELETE', `${path}/${id}`);

		expect(parseRoom((await ben.talk('GET', `v4/room/${token}`)).data).unreadMessages).toBe(1);
	});
});

describe('expiry', () => {
	it('given messages that expire, when their time is over, then they are neither given out nor kept', async () => {
		const { ann, ben, token, path, say, history } = await threeGuests();
		const kept = await say(ann, 'kept');
		expect(kept.expirationTimestamp).toBe(0);
		const set = await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 3_600 });
		expect(set.status).toBe(200);
		const passing = await say(ben, 'passing');
		expect(passing.expirationTimestamp).toBe(passing.timestamp + 3_600);

		nowMs += 3_600_000;
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 0 });
		const reply = { message: 'late', replyTo: passing.id };

		expect((await history(ann)).map(({ message }) => message)).toContain('kept');
		expect((await history(ann)).map(({ message }) => message)).not.toContain('passing');
		expect(await ann.talk('POST', path, reply)).toMatchObject({ status: 400, data: { error: 'reply-to' } });
		expect((await ben.talk('PUT', `${path}/${passing.id}`, { message: 'b' })).status).toBe(404);
		nowMs -= 3_600_000;
		expect((await ann.talk('GET', `${path}/${passing.id}/context`)).data).not.toContainEqual(
			expect.objectContaining({ id: passing.id })
		);
	});

	it('given an answer to what has expired, when it is read, then it says that its parent is gone', async () => {
		const { ann, token, say, shown } = await threeGuests();
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 3_600 });
		const question = await say(ann, 'question');
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 0 });
		const answer = await say(ann, 'answer', { replyTo: question.id });

		nowMs += 3_600_000;

		expect((await shown(ann, answer.id))?.parent).toEqual({ id: question.id, deleted: true });
	});

	it('given a room whose messages expire by now, when somebody reacts to one that stays, then the reaction stays and counts once', async () => {
		const { ann, ben, token, say, shown } = await threeGuests();
		const { id } = await say(ann, 'kept');
		const reactions = `v1/reaction/${token}/${id}`;
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 3_600 });
		await ben.talk('POST', reactions, { reaction: '👍' });

		nowMs += 3_600_000;
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 0 });

		expect((await ben.talk('POST', reactions, { reaction: '👍' })).status).toBe(200);
		expect((await ann.talk('GET', reactions)).data).toMatchObject({ '👍': [{ actorDisplayName: 'Ben' }] });
		expect((await shown(ann, id))?.reactions).toEqual({ '👍': 1 });
		await ben.talk('DELETE', `${reactions}?reaction=${encodeURIComponent('👍')}`);
		expect((await shown(ann, id))?.reactions).toEqual({});
	});

	it('given a message that expires, when somebody reacts to it, then the reaction goes with it', async () => {
		const { ann, ben, token, say, history } = await threeGuests();
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 3_600 });
		const { id } = await say(ann, 'passing');
		await ann.talk('POST', `v4/room/${token}/message-expiration`, { seconds: 0 });
		await ben.talk('POST', `v1/reaction/${token}/${id}`, { reaction: '👍' });

		nowMs += 3_600_000;

		expect((await history(ann)).map(({ systemMessage }) => systemMessage)).not.toContain('reaction');
	});
});

describe('rates', () => {
	it('given one who changes and reacts too fast, when the bound is passed, then 429', async () => {
		await using strict = await startTestServer({ bounds: { chatBurst: 3, chatPerSecond: 0 } });
		await using client = strict.client();
		await client.joinRoom('demo');
		const { id } = parseChatMessage((await client.talk('POST', 'v1/chat/demo', { message: 'a' })).data);
		const edit = async () => (await client.talk('PUT', `v1/chat/demo/${id}`, { message: 'b' })).status;
		const react = async () =>
			(await client.talk('POST', `v1/reaction/demo/${id}`, { reaction: '👍' })).status;

		expect([await edit(), await react(), await edit(), await react()]).toEqual([200, 201, 429, 429]);
	});
});
