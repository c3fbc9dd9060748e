import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { openDatabase } from '../storage/open-database.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface SeenPoll {
	id: number;
	status: number;
	votedSelf: number[];
	votes?: Record<string, number>;
	numVoters?: number;
	details?: { actorDisplayName: string; optionId: number }[];
}
const seen = ({ data }: { data: unknown }) => data as SeenPoll;
const refused = ({ status, data }: { status: number; data: unknown }) => [status, data];
const lunch = { question: 'Lunch?', options: ['Soup', 'Salad', 'Both'], resultMode: 0, maxVotes: 1 };

/** The host's room with two guests in it. */
async function room(on = server) {
	const [host, ann, ben] = [on.client(), on.client(), on.client()];
	const { token } = parseRoom((await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' })).data);
	await host.joinRoom(token, 'Host');
	await ann.joinRoom(token, 'Ann');
	await ben.joinRoom(token, 'Ben');
	const poll = (client: TestClient, method: string, path = '', body?: object) =>
		client.talk(method, `v1/poll/${token}${path}`, body);
	return {
		token,
		host,
		ann,
		ben,
		poll,
		ask: async (fields: object = {}) => seen(await poll(ann, 'POST', '', { ...lunch, ...fields })).id,
		vote: (client: TestClient, id: number, ...optionIds: number[]) =>
			poll(client, 'POST', `/${id}`, { optionIds }),
		// without messages there is no list
		history: async () =>
			parseChatMessages((await ann.talk('GET', `v1/chat/${token}?lookIntoFuture=0`)).data ?? [])
	};
}

it('given a guest, when they ask something, then it is a message with the poll, which is not rewritten', async () => {
	const { token, ann, poll, history } = await room();

	const asked = await poll(ann, 'POST', '', lunch);

	expect(asked).toMatchObject({
		status: 201,
		data: { ...lunch, status: 0, actorType: 'guests', actorDisplayName: 'Ann', votedSelf: [], numVoters: 0 }
	});
	const { id } = seen(asked);
	const [newest] = await history();
	expect(newest).toMatchObject({
		message: '{object}',
		systemMessage: '',
		messageParameters: { object: { type: 'talk-poll', id: id.toString(), name: 'Lunch?' } }
	});
	const rewritten = await ann.talk('PUT', `v1/chat/${token}/${newest?.id}`, { message: 'Dinner?' });
	expect(rewritten.status).toBe(405);
	expect(await poll(ann, 'GET', `/${id}`)).toMatchObject({ status: 200, data: { question: 'Lunch?' } });
});

it('given a public poll, when people vote, then each sees how many did once they have, and in the end who', async () => {
	const { host, ann, ben, poll, ask, vote, history } = await room();
	const id = await ask();
	const look = async (client: TestClient) => seen(await poll(client, 'GET', `/${id}`));

	expect((await vote(ben, id, 1)).status).toBe(200);

	expect(await look(ben)).toMatchObject({ votedSelf: [1], votes: { 'option-1': 1 }, numVoters: 1 });
	// who asked and moderators are told how many have voted, and for what when they have
	expect(await look(ann)).toMatchObject({ votedSelf: [], numVoters: 1 });
	expect(await look(ann)).not.toHaveProperty('votes');
	expect(await look(host)).toMatchObject({ numVoters: 1 });
	await vote(host, id, 1);
	await vote(host, id, 0);
	await vote(ann, id, 2);
	await vote(ann, id);
	expect(await look(ann)).not.toHaveProperty('votes');
	expect(await look(host)).not.toHaveProperty('details');

	expect((await poll(ann, 'DELETE', `/${id}`)).status).toBe(200);

	expect(await look(ann)).toMatchObject({
		status: 1,
		votes: { 'option-0': 1, 'option-1': 1 },
		numVoters: 2,
		details: [
			{ actorDisplayName: 'Host', optionId: 0 },
			{ actorDisplayName: 'Ben', optionId: 1 }
		]
	});
	const words = (await history()).map(({ systemMessage }) => systemMessage);
	expect(words.slice(0, 2)).toEqual(['poll_closed', 'poll_voted']);
	expect((await history())[0]).toMatchObject({
		messageParameters: { poll: { type: 'talk-poll', name: 'Lunch?' }, actor: { name: 'Ann' } }
	});
	expect(refused(await vote(ben, id, 0))).toEqual([400, { error: 'poll' }]);
	expect(refused(await poll(ann, 'DELETE', `/${id}`))).toEqual([400, { error: 'poll' }]);
});

it('given a hidden poll, when people vote, then nobody sees how until it is closed, and never who', async () => {
	const { host, ben, poll, ask, vote, history } = await room();
	const id = await ask({ resultMode: 1, maxVotes: 0 });

	expect(seen(await vote(ben, id, 0, 2))).toMatchObject({ votedSelf: [0, 2] });

	expect(seen(await poll(ben, 'GET', `/${id}`))).not.toHaveProperty('votes');
	expect(seen(await poll(ben, 'GET', `/${id}`))).not.toHaveProperty('numVoters');
	expect((await history()).map(({ systemMessage }) => systemMessage)).not.toContain('poll_voted');
	const closed = seen(await poll(host, 'DELETE', `/${id}`));
	expect(closed).toMatchObject({ votes: { 'option-0': 1, 'option-2': 1 }, numVoters: 1 });
	expect(closed).not.toHaveProperty('details');
});

it.each([
	[{ question: ' ' }, 'question'],
	[{ options: ['Soup'] }, 'options'],
	[{ options: ['Soup', ' Soup'] }, 'options'],
	[{ options: ['Soup', ''] }, 'options'],
	[{ resultMode: 2 }, 'poll'],
	[{ maxVotes: -1 }, 'poll'],
	[{ maxVotes: 4 }, 'poll'],
	[{ draft: true }, 'draft']
])('given a poll that is wrong in %j, when it is asked, then 400 says %s', async (wrong, error) => {
	const { ann, poll, history } = await room();

	expect(refused(await poll(ann, 'POST', '', { ...lunch, ...wrong }))).toEqual([400, { error }]);
	expect((await history()).map(({ message }) => message)).not.toContain('{object}');
});

it('given a poll that is too long, or has too many options, when it is asked, then 400', async () => {
	const { ann, poll } = await room();
	const options = ['a'.repeat(31_000), 'b'.repeat(31_000)];

	const long = await poll(ann, 'POST', '', { ...lunch, question: 'a'.repeat(32_001) });
	expect(refused(long)).toEqual([400, { error: 'question' }]);
	expect(refused(await poll(ann, 'POST', '', { ...lunch, options }))).toEqual([400, { error: 'options' }]);
	const numbers = Array.from({ length: 201 }, (_, index) => index.toString());
	const many = await poll(ann, 'POST', '', { ...lunch, options: numbers });
	expect(refused(many)).toEqual([400, { error: 'options' }]);
	expect((await poll(ann, 'POST', '', { ...lunch, options: numbers.slice(1) })).status).toBe(201);
});

it('given who may not, or what is not there, when they vote, close or ask, then the status says so', async () => {
	const { token, host, ann, ben, poll, ask, vote } = await room();
	const id = await ask();
	const other = await room();

	for (const wrong of [[3], [0, 1], [0, 0], [-1]]) {
		expect(refused(await vote(ben, id, ...wrong)), wrong.join()).toEqual([400, { error: 'options' }]);
	}
	expect(refused(await poll(ben, 'DELETE', `/${id}`))).toEqual([403, { error: 'poll' }]);
	expect(refused(await other.vote(other.ben, id, 0))).toEqual([404, { error: 'poll' }]);
	expect(refused(await poll(ben, 'GET', '/__proto__'))).toEqual([404, { error: 'poll' }]);
	await using stranger = server.client();
	expect((await poll(stranger, 'GET', `/${id}`)).status).toBe(404);
	await host.talk('PUT', `v4/room/${token}/read-only`, { state: 1 });
	expect((await vote(ben, id, 0)).status).toBe(403);
	expect((await poll(ann, 'POST', '', lunch)).status).toBe(403);
	await host.talk('PUT', `v4/room/${token}/read-only`, { state: 0 });
	await host.talk('PUT', `v4/room/${token}/permissions/default`, { permissions: 6 });
	expect((await poll(ann, 'POST', '', lunch)).status).toBe(403);
});

it('given a poll with as many votes as it takes, when one more votes, then 400, and who takes votes back makes room', async () => {
	await using strict = await startTestServer({ bounds: { votesPerPoll: 3 } });
	const { host, ann, ben, poll, ask, vote } = await room(strict);
	const id = await ask({ maxVotes: 0 });
	await vote(ann, id, 0, 1);
	await vote(ben, id, 0);

	expect(refused(await vote(host, id, 2))).toEqual([400, { error: 'options' }]);
	expect(refused(await vote(ben, id, 0, 1))).toEqual([400, { error: 'options' }]);
	// what was refused has changed nothing
	expect(seen(await poll(ben, 'GET', `/${id}`))).toMatchObject({ votedSelf: [0], numVoters: 2 });
	expect((await vote(ann, id)).status).toBe(200);
	expect(seen(await vote(host, id, 2))).toMatchObject({ votes: { 'option-0': 1, 'option-2': 1 } });
});

it('given a closed poll with very many votes, when it is looked at, then all are counted and some are named', async () => {
	await using strict = await startTestServer({ bounds: { namedVotes: 2 } });
	const { host, ann, ben, poll, ask, vote } = await room(strict);
	const id = await ask({ maxVotes: 0 });
	for (const client of [host, ann, ben]) await vote(client, id, 1, 2);

	const closed = seen(await poll(ann, 'DELETE', `/${id}`));

	expect(closed).toMatchObject({ votes: { 'option-1': 3, 'option-2': 3 }, numVoters: 3, votedSelf: [1, 2] });
	expect(closed.details?.map(({ optionId }) => optionId)).toEqual([1, 2]);
});

it('given one who looks at a poll over and over, when the bound is passed, then 429, for nobody else', async () => {
	await using strict = await startTestServer({ bounds: { pollBurst: 2, pollsPerSecond: 0 } });
	const { ann, ben, poll, ask } = await room(strict);
	const id = await ask();
	const look = async (client: TestClient) => (await poll(client, 'GET', `/${id}`)).status;

	expect([await look(ann), await look(ann), await look(ann), await look(ben)]).toEqual([200, 200, 429, 200]);
});

it('given a poll of an earlier version with thousands of options, when it is looked at, then it is as it was', async () => {
	const first = await startTestServer();
	const { token, ben, ask, vote } = await room(first);
	const id = await ask({ maxVotes: 0 });
	await vote(ben, id, 1);
	await first.stop();
	const database = openDatabase(join(first.dataDir, 'roost.db'));
	const options = Array.from({ length: 10_000 }, (_, index) => `${index}`);
	database.prepare('UPDATE polls SET options = ? WHERE id = ?').run(JSON.stringify(options), id);
	database.close();

	await using second = await startTestServer({ dataDir: first.dataDir });

	await using back = second.client();
	for (const [name, value] of ben.jar) back.jar.set(name, value);
	await back.joinRoom(token);
	const { data } = await back.talk('POST', `v1/poll/${token}/${id}`, { optionIds: [9_999] });
	expect(data).toMatchObject({ options, votedSelf: [9_999], votes: { 'option-9999': 1 } });
});

it('given polls and votes, when the server stops and comes back, then they are as they were', async () => {
	const first = await startTestServer();
	const { token, ben, ask, vote } = await room(first);
	const id = await ask();
	await vote(ben, id, 2);
	await first.stop();

	await using second = await startTestServer({ dataDir: first.dataDir });

	await using back = second.client();
	for (const [name, value] of ben.jar) back.jar.set(name, value);
	await back.joinRoom(token);
	const { data } = await back.talk('GET', `v1/poll/${token}/${id}`);
	expect(data).toMatchObject({ ...lunch, votedSelf: [2], votes: { 'option-2': 1 } });
});
