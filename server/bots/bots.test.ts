import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { proofOf, startTestBot, testBotSecret as secret } from '../testing/test-bot.ts';
import { startTestServer } from '../testing/test-server.ts';

// what is waited for comes over sockets, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

const adminToken = 'an-administrators-token';
const asAdmin = { authorization: `Bearer ${adminToken}` };
let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({
		config: { adminToken },
		timings: { botTimeoutMs: 60_000, botRetryMs: 20 },
		bounds: { botErrors: 2, botGuesses: 3, botRestMs: 600_000, queuedBotPosts: 50 }
	});
});
const bots: AsyncDisposable[] = [];
afterAll(async () => {
	for (const bot of bots) await bot[Symbol.asyncDispose]();
	await server[Symbol.asyncDispose]();
});

interface Details {
	id: number;
	state: number;
	error_count: number;
	last_error_message: string;
}

/** @param path below `/ocs/v2.php/apps/spreed/api/v1/bot/` */
async function ask(
	method: string,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
	on: Pick<typeof server, 'client'> = server
) {
	await using client = on.client();
	const response = await client.request(method, `/ocs/v2.php/apps/spreed/api/v1/bot/${path}`, {
		body,
		headers
	});
	return {
		status: response.status,
		retryAfter: response.headers.get('retry-after'),
		data: parseOcs(await response.json()).data
	};
}

async function install(fields: object, on = server): Promise<Details> {
	const { data } = await ask('POST', 'admin', { name: 'Echo', secret, ...fields }, asAdmin, on);
	return data as Details;
}

const detailsOf = async (id: number, on = server) =>
	((await ask('GET', 'admin', undefined, asAdmin, on)).data as Details[]).find((bot) => bot.id === id);

/** Ann's room with a bot in it, and Ben. */
async function roomWithBot(fields: object = {}, on = server, answers = true) {
	const bot = await startTestBot();
	bots.push(bot);
	if (!answers) bot.answer(() => 'nothing');
	const { id } = await install({ url: bot.url, ...fields }, on);
	const [ann, ben] = [on.client(), on.client()];
	const { token } = parseRoom((await ann.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' })).data);
	await ann.joinRoom(token, 'Ann');
	const { actorId: benId } = await ben.joinRoom(token, 'Ben');
	await ann.talk('POST', `v1/bot/${token}/${id}`);
	const send = async (client: TestClient, message: string, more: object = {}) => {
		const { data } = await client.talk('POST', `v1/chat/${token}`, { message, ...more });
		return (data as { id: number }).id;
	};
	const history = async () =>
		parseChatMessages((await ann.talk('GET', `v1/chat/${token}?lookIntoFuture=0`)).data);
	return { bot, id, ann, ben, token, benId, send, history };
}

describe('the administrator', () => {
	it('given a new bot, when it is installed, then it is listed, without its secret', async () => {
		const url = 'https://bot.example/a';
		const fields = { name: 'Reporter', secret, url, description: 'Reports', features: 11 };

		const installed = await ask('POST', 'admin', fields, asAdmin);

		const details = {
			name: 'Reporter',
			description: 'Reports',
			url,
			url_hash: createHash('sha1').update(url).digest('hex'),
			features: 11,
			state: 1,
			error_count: 0,
			last_error_date: 0,
			last_error_message: ''
		};
		expect(installed).toMatchObject({ status: 201, data: details });
		const listed = await ask('GET', 'admin', undefined, asAdmin);
		expect(listed.data).toContainEqual(installed.data);
		expect(JSON.stringify(listed)).not.toContain(secret);
		expect(await ask('POST', 'admin', fields, asAdmin)).toMatchObject({
			status: 400,
			data: { error: 'url' }
		});
	});

	it.each([
		[{ secret: 'a'.repeat(39) }, 'secret'],
		[{ secret: 'a'.repeat(129) }, 'secret'],
		[{ url: 'ftp://bot.example/' }, 'url'],
		[{ url: 'file:///etc/passwd' }, 'url'],
		[{ url: 'https://user@bot.example/' }, 'url'],
		[{ name: ' ' }, 'name'],
		[{ features: 4 }, 'features'],
		[{ state: 3 }, 'state']
	])('given a bot with %j, when it is installed, then the field is named', async (wrong, error) => {
		const fields = { name: 'Bad', secret, url: 'https://bot.example/bad', ...wrong };

		expect(await ask('POST', 'admin', fields, asAdmin)).toMatchObject({ status: 400, data: { error } });
	});

	it('given somebody else, when they ask for it, then 403', async () => {
		const wrong = { authorization: 'Bearer another-administrators-token' };

		for (const headers of [{}, wrong]) {
			expect((await ask('GET', 'admin', undefined, headers)).status).toBe(403);
			expect((await ask('POST', 'admin', { name: 'Echo' }, headers)).status).toBe(403);
			expect((await ask('PUT', 'admin/1', { state: 0 }, headers)).status).toBe(403);
			expect((await ask('DELETE', 'admin/1', undefined, headers)).status).toBe(403);
		}
	});

	it('given a bot, when it is uninstalled, then it is in no room any more and proves nothing', async () => {
		const { id, token } = await roomWithBot();

		expect((await ask('DELETE', `admin/${id}`, undefined, asAdmin)).status).toBe(200);

		expect(await detailsOf(id)).toBeUndefined();
		expect((await ask('POST', `${token}/message`, { message: 'a' }, proofOf('a'))).status).toBe(401);
		expect((await ask('DELETE', `admin/${id}`, undefined, asAdmin)).status).toBe(404);
	});
});

describe('moderators', () => {
	it('given a bot, when a moderator lets it in and sends it out, then it is told, and guests may not', async () => {
		const { bot, id, ann, ben, token } = await roomWithBot({ description: 'Says it again' });
		const path = `v1/bot/${token}`;
		const own = async () => ((await ann.talk('GET', path)).data as Details[]).find((one) => one.id === id);

		expect(await own()).toEqual({ id, name: 'Echo', description: 'Says it again', state: 1 });
		expect((await ann.talk('POST', `${path}/${id}`)).status).toBe(200);
		expect((await ben.talk('GET', path)).status).toBe(403);
		expect((await ben.talk('DELETE', `${path}/${id}`)).status).toBe(403);
		expect(await ann.talk('DELETE', `${path}/${id}`)).toMatchObject({ status: 200, data: { id, state: 0 } });
		expect((await own())?.state).toBe(0);
		expect(await ann.talk('POST', `${path}/999999`)).toMatchObject({ status: 400, data: { error: 'bot' } });

		const object = { type: 'Collection', id: token, name: 'Test' };
		const hash = createHash('sha1').update(bot.url).digest('hex');
		const actor = { type: 'Application', id: `bots/bot-${hash}`, name: 'Echo' };
		await expect.poll(() => bot.activities('Leave')).toEqual([{ type: 'Leave', actor, object }]);
		expect(bot.activities('Join')).toEqual([{ type: 'Join', actor, object }]);
	});

	it('given a bot that only the administrator sets up, when a moderator wants it, then 400 until it is there', async () => {
		const { ann, token } = await roomWithBot();
		const { id } = await install({ url: 'https://bot.example/no-setup', state: 2 });
		const path = `${token}/${id}`;
		const states = async () =>
			((await ann.talk('GET', `v1/bot/${token}`)).data as Details[])
				.filter((bot) => bot.id === id)
				.map(({ state }) => state);

		expect(await states()).toEqual([]);
		expect((await ann.talk('POST', `v1/bot/${path}`)).status).toBe(400);
		expect((await ask('POST', path, undefined, asAdmin)).status).toBe(201);
		expect(await states()).toEqual([2]);
		expect((await ann.talk('DELETE', `v1/bot/${path}`)).status).toBe(400);
	});
});

describe('what a bot is told', () => {
	it('given a message, when it is sent, then the bot has it with a signature that fits', async () => {
		const { bot, ben, token, benId, send } = await roomWithBot();

		const id = await send(ben, `hi @"guest/${benId}"`);

		await expect.poll(() => bot.activities('Create')).toHaveLength(1);
		const { headers, body } = bot.told.find((one) => one.body.includes('"Create"')) ?? {
			headers: {},
			body: ''
		};
		const random = String(headers['x-nextcloud-talk-random']);
		expect(random).toMatch(/^[0-9a-f]{64}$/);
		const signature = createHmac('sha256', secret)
			.update(random + body)
			.digest('hex');
		expect(headers).toMatchObject({
			'x-nextcloud-talk-signature': signature,
			'x-nextcloud-talk-backend': `http://localhost:${server.port}/`,
			'content-type': 'application/json',
			'ocs-apirequest': 'true'
		});
		expect(JSON.parse(body)).toEqual({
			type: 'Create',
			actor: { type: 'Person', id: `guests/${benId}`, name: 'Ben', talkParticipantType: '4' },
			object: {
				type: 'Note',
				id: id.toString(),
				name: 'message',
				content: expect.any(String),
				mediaType: 'text/markdown'
			},
			target: { type: 'Collection', id: token, name: 'Test' }
		});
		const [{ object }] = bot.activities('Create') as [{ object: { content: string } }];
		expect(JSON.parse(object.content)).toMatchObject({
			message: 'hi {mention-guest1}',
			parameters: { 'mention-guest1': { name: 'Ben' } }
		});
	});

	it('given an answer to a message, when it is sent, then the bot is told what it answers', async () => {
		const { bot, ann, ben, send } = await roomWithBot();
		const question = await send(ann, 'Why?');

		await send(ben, 'Because.', { replyTo: question });

		await expect.poll(() => bot.activities('Create')).toHaveLength(2);
		expect(bot.activities('Create')[1]).toMatchObject({
			object: {
				inReplyTo: { actor: { name: 'Ann', talkParticipantType: '6' }, object: { id: question.toString() } }
			}
		});
	});

	it('given a call, an edit and a deletion, when they happen, then they come as activities, and change with 202', async () => {
		const { bot, ann, ben, token, send } = await roomWithBot();
		const id = await send(ben, 'a');
		await ann.talk('POST', `v4/call/${token}`, { flags: 1 });

		const edited = await ben.talk('PUT', `v1/chat/${token}/${id}`, { message: 'b' });
		const deleted = await ben.talk('DELETE', `v1/chat/${token}/${id}`);

		expect([edited.status, deleted.status]).toEqual([202, 202]);
		const names = () => bot.activities('Activity').map(({ object }) => (object as { name: string }).name);
		await expect.poll(names).toEqual(['call_started', 'message_edited', 'message_deleted']);
		expect(bot.activities('Activity')[0]).toMatchObject({ actor: { type: 'Person', name: 'Ann' } });
	});

	it('given reactions, when they come and go, then only a bot that asked for them is told', async () => {
		const all = await roomWithBot({ features: 11 });
		await using plain = await startTestBot();
		const { id: plainId } = await install({ url: plain.url });
		await all.ann.talk('POST', `v1/bot/${all.token}/${plainId}`);
		const { bot, ben, token, send } = all;
		const id = await send(ben, 'a');
		const path = `v1/reaction/${token}/${id}`;

		await ben.talk('POST', path, { reaction: '😀' });
		await ben.talk('DELETE', `${path}?reaction=${encodeURIComponent('😀')}`);
		await send(ben, 'b');

		const actor = { type: 'Person', name: 'Ben' };
		const like = { type: 'Like', actor, object: { type: 'Note', id: id.toString() }, content: '😀' };
		await expect.poll(() => bot.activities('Undo')).toMatchObject([{ actor, object: like }]);
		expect(bot.activities('Like')).toMatchObject([like]);
		await expect.poll(() => plain.activities('Create')).toHaveLength(2);
		expect([...plain.activities('Like'), ...plain.activities('Activity')]).toEqual([]);
	});

	it('given a bot that writes, when other bots are there, then none is told', async () => {
		const { bot, ben, token, send } = await roomWithBot();

		await ask('POST', `${token}/message`, { message: 'from the bot' }, proofOf('from the bot'));
		await send(ben, 'from Ben');

		await expect.poll(() => bot.activities('Create')).toHaveLength(1);
		expect(bot.activities('Create')).toMatchObject([{ actor: { name: 'Ben' } }]);
	});
});

describe('a bot that does not hear', () => {
	it('given a bot that never answers, when somebody writes, then nobody waits for it', async () => {
		const { bot, id, ben, send, history } = await roomWithBot();
		await expect.poll(() => bot.activities('Join')).toHaveLength(1);
		bot.answer(() => 'nothing');

		await send(ben, 'a');
		await expect.poll(() => bot.activities('Create')).toHaveLength(1);
		await send(ben, 'b');

		expect((await history()).map(({ message }) => message)).toEqual(['b', 'a']);
		expect(await detailsOf(id)).toMatchObject({ error_count: 0 });
	});

	it('given a slow bot, when its time is over, then that is counted, and it is not told again', async () => {
		await using hasty = await startTestServer({ config: { adminToken }, timings: { botTimeoutMs: 50 } });
		const { bot, id, ben, send } = await roomWithBot({}, hasty, false);

		await send(ben, 'a');
		await send(ben, 'b');

		await expect.poll(() => detailsOf(id, hasty)).toMatchObject({ error_count: 3, state: 1 });
		expect(await detailsOf(id, hasty)).toMatchObject({ last_error_message: 'no answer within 50 ms' });
		expect(bot.told).toHaveLength(3);
	});

	it('given a bot that fails for a moment, when it is told again, then it has everything in order', async () => {
		const { bot, id, ben, send } = await roomWithBot();
		await expect.poll(() => bot.activities('Join')).toHaveLength(1);
		let failures = 2;
		bot.answer(() => ({ status: (failures -= 1) >= 0 ? 503 : 202 }));

		await send(ben, 'a');
		await send(ben, 'b');

		await expect.poll(() => bot.activities('Create')).toHaveLength(4);
		const texts = bot.activities('Create').map(({ object }) => (object as { content: string }).content);
		expect(texts.map((text) => (JSON.parse(text) as { message: string }).message)).toEqual([
			'a',
			'a',
			'a',
			'b'
		]);
		const randoms = new Set(bot.told.map(({ headers }) => headers['x-nextcloud-talk-random']));
		expect(randoms.size).toBe(bot.told.length);
		expect(await detailsOf(id)).toMatchObject({ error_count: 0 });
	});

	it('given a bot that sends us elsewhere, when it is told, then nobody there hears of it', async () => {
		const { bot, id, ben, send } = await roomWithBot();
		await using elsewhere = await startTestBot();
		bot.answer(() => ({ status: 307, headers: { location: elsewhere.url } }));

		await send(ben, 'a');

		await expect.poll(() => detailsOf(id)).toMatchObject({ last_error_message: 'status 307' });
		expect(elsewhere.told).toEqual([]);
	});

	it('given a bot that fails again and again, when it is too often, then it is disabled until it is enabled', async () => {
		const { bot, id, ben, token, send } = await roomWithBot();
		await expect.poll(() => bot.activities('Join')).toHaveLength(1);
		bot.answer(() => ({ status: 404 }));
		await send(ben, 'a');
		await send(ben, 'b');
		await expect.poll(() => detailsOf(id)).toMatchObject({ state: 0, error_count: 2 });

		await send(ben, 'c');
		const silenced = await ask('POST', `${token}/message`, { message: 'a' }, proofOf('a'));
		bot.answer(() => ({ status: 200 }));
		await ask('PUT', `admin/${id}`, { state: 1 }, asAdmin);
		await send(ben, 'd');

		expect(silenced.status).toBe(401);
		await expect.poll(() => bot.activities('Create')).toHaveLength(3);
		expect(JSON.stringify(bot.activities('Create'))).not.toContain('\\"c\\"');
		expect(await detailsOf(id)).toMatchObject({ state: 1, error_count: 0, last_error_message: '' });
	});

	it('given a room that says more than a bot hears, when others say something, then it hears them, and stays enabled', async () => {
		await using busy = await startTestServer({
			config: { adminToken },
			timings: { botTimeoutMs: 60_000 },
			bounds: { queuedBotPosts: 4, botErrors: 2 }
		});
		const { bot, id, ann, ben, send } = await roomWithBot({}, busy, false);
		await expect.poll(() => bot.activities('Join')).toHaveLength(1);
		const made = await ann.talk('POST', 'v4/room', { roomType: 3, roomName: 'Other' });
		const { token: quiet } = parseRoom(made.data);
		await ann.joinRoom(quiet, 'Ann');
		await ann.talk('POST', `v1/bot/${quiet}/${id}`);
		await expect.poll(() => bot.activities('Join')).toHaveLength(2);
		const say = (message: string) => ann.talk('POST', `v1/chat/${quiet}`, { message });

		await say('quiet 1');
		for (const message of ['loud 1', 'loud 2', 'loud 3', 'loud 4', 'loud 5', 'loud 6'])
			await send(ben, message);
		await say('quiet 2');
		bot.catchUp();

		await expect.poll(() => bot.activities('Create')).toHaveLength(4);
		const heard = JSON.stringify(bot.activities('Create'));
		expect(heard.match(/(loud|quiet) \d/g)?.sort()).toEqual(['loud 1', 'loud 2', 'quiet 1', 'quiet 2']);
		expect(await detailsOf(id, busy)).toMatchObject({ state: 1, error_count: 0 });
	});

	it('given a bot that is not there, when somebody writes, then the system’s word for it is kept', async () => {
		const { bot, id, ben, send } = await roomWithBot();
		await expect.poll(() => bot.activities('Join')).toHaveLength(1);
		await bot[Symbol.asyncDispose]();

		await send(ben, 'a');

		await expect.poll(() => detailsOf(id)).toMatchObject({ last_error_message: 'ECONNREFUSED' });
	});
});

describe('what a bot says', () => {
	it('given a signature that fits, when a bot writes, then it is in the chat under its name', async () => {
		const { bot, token, ben, send, history } = await roomWithBot();
		const replyTo = await send(ben, 'a');
		const body = { message: ' hello ', replyTo, referenceId: 'r', silent: true };

		const { status, data } = await ask('POST', `${token}/message`, body, proofOf(' hello '));

		expect({ status, data }).toEqual({ status: 201, data: null });
		expect((await history())[0]).toMatchObject({
			actorType: 'bots',
			actorId: `bot-${createHash('sha1').update(bot.url).digest('hex')}`,
			actorDisplayName: 'Echo',
			message: 'hello',
			referenceId: 'r',
			silent: true,
			parent: { id: replyTo }
		});
	});

	it('given what is wrong with it, when a bot writes, then Talk’s status says so', async () => {
		const { id, token, ann, send, history } = await roomWithBot();
		const other = await roomWithBot({ secret: `${secret}-of-another` });
		await send(ann, 'first');
		const post = async (message: string, headers: Record<string, string>, more: object = {}) =>
			(await ask('POST', `${token}/message`, { message, ...more }, headers)).status;
		const long = 'a'.repeat(32_001);

		expect(await post('a', {})).toBe(400);
		expect(await post('a', proofOf('a', { random: 'r'.repeat(31) }))).toBe(400);
		const { 'x-nextcloud-talk-bot-random': random } = proofOf('a');
		expect(await post('a', { 'x-nextcloud-talk-bot-random': random })).toBe(400);
		expect(await post(' ', proofOf(' '))).toBe(400);
		expect(await post('a', proofOf('a'), { replyTo: 999_999_999 })).toBe(400);
		expect(await post(long, proofOf(long))).toBe(413);
		expect(await post('a', proofOf('b'))).toBe(401);
		expect(await post('a', proofOf('a', { secret: `${secret}-of-another` }))).toBe(401);
		expect((await ask('POST', 'nowhere/message', { message: 'a' }, proofOf('a'))).status).toBe(401);
		await ask('PUT', `admin/${id}`, { state: 1, features: 1 }, asAdmin);
		expect(await post('a', proofOf('a'))).toBe(401);
		expect((await history()).map(({ message }) => message)).toEqual(['first']);
		const own = proofOf('a', { secret: `${secret}-of-another` });
		expect((await ask('POST', `${other.token}/message`, { message: 'a' }, own)).status).toBe(201);
	});

	it('given what was signed once, when it is sent again, then 401, and in another room as well', async () => {
		const { id, ann, token, history } = await roomWithBot();
		const second = parseRoom((await ann.talk('POST', 'v4/room', { roomType: 3, roomName: 'B' })).data).token;
		await ann.joinRoom(second, 'Ann');
		await ann.talk('POST', `v1/bot/${second}/${id}`);
		const proof = proofOf('once');
		const upper = {
			...proof,
			'x-nextcloud-talk-bot-signature': proof['x-nextcloud-talk-bot-signature'].toUpperCase()
		};
		const longer = {
			...proof,
			'x-nextcloud-talk-bot-signature': `${proof['x-nextcloud-talk-bot-signature']}zz`
		};
		// the same signature is also that of the same text, cut elsewhere
		const shifted = {
			...proof,
			'x-nextcloud-talk-bot-random': `${proof['x-nextcloud-talk-bot-random']}on`
		};
		const post = async (where: string, headers: Record<string, string>, message = 'once') =>
			(await ask('POST', `${where}/message`, { message }, headers)).status;

		expect(await post(token, proof)).toBe(201);
		expect([await post(token, proof), await post(token, upper)]).toEqual([401, 401]);
		expect([await post(second, proof), await post(second, longer)]).toEqual([401, 401]);
		expect(await post(second, shifted, 'ce')).toBe(401);

		expect((await history()).filter(({ message }) => message === 'once')).toHaveLength(1);
	});

	it('given what the server told a bot, when it comes back as the words of that bot, then 401', async () => {
		const { bot, token, ben, send, history } = await roomWithBot();
		await send(ben, 'a');
		await expect.poll(() => bot.activities('Create')).toHaveLength(1);
		const { headers, body } = bot.told.find((one) => one.body.includes('"Create"')) ?? {
			headers: {},
			body: ''
		};
		const random = String(headers['x-nextcloud-talk-random']);
		const reflect = async (cut: number) =>
			(
				await ask(
					'POST',
					`${token}/message`,
					{ message: (random + body).slice(cut) },
					{
						'x-nextcloud-talk-bot-random': (random + body).slice(0, cut),
						'x-nextcloud-talk-bot-signature': String(headers['x-nextcloud-talk-signature'])
					}
				)
			).status;

		expect([await reflect(random.length), await reflect(random.length + 1), await reflect(40)]).toEqual([
			401, 401, 401
		]);

		expect((await history()).map(({ message }) => message)).toEqual(['a']);
	});

	it('given one who guesses signatures, when the bound is passed, then 429 says when to return', async () => {
		const { token } = await roomWithBot();
		const guess = async (headers: Record<string, string>) =>
			ask('POST', `${token}/message`, { message: 'a' }, headers);
		for (let count = 0; count < 3; count += 1) expect((await guess(proofOf('b'))).status).toBe(401);

		const { status, retryAfter } = await guess(proofOf('a'));

		expect(status).toBe(429);
		expect(Number(retryAfter)).toBeGreaterThan(500);
	});

	it('given a message, when a bot reacts to it and takes that back, then it is counted as any other', async () => {
		const { token, ann, ben, send } = await roomWithBot();
		const id = await send(ben, 'a');
		const path = `${token}/reaction/${id}`;
		const react = async (method: string, reaction: string, of = path) =>
			(await ask(method, of, { reaction }, proofOf(reaction))).status;
		const reactions = async () => (await ann.talk('GET', `v1/reaction/${token}/${id}`)).data;

		expect(await react('POST', '👍')).toBe(201);
		expect(await react('POST', '👍')).toBe(200);
		expect(await reactions()).toMatchObject({ '👍': [{ actorType: 'bots', actorDisplayName: 'Echo' }] });
		expect(await react('POST', 'yes')).toBe(400);
		expect(await react('POST', '👍', `${token}/reaction/999999999`)).toBe(404);
		expect((await ask('POST', path, { reaction: '👍' }, proofOf('👎'))).status).toBe(401);
		expect(await react('DELETE', '👍')).toBe(200);
		expect(await react('DELETE', '👍')).toBe(404);
		expect(await reactions()).toEqual({});
	});

	it('given a bot in a room, when it asks what it may do, then it is told', async () => {
		const { token } = await roomWithBot({ features: 9 });

		const told = await ask('POST', 'ask-features', { token }, proofOf(token));

		expect(told).toMatchObject({ status: 200, data: { features: 9 } });
		expect((await ask('POST', 'ask-features', { token }, proofOf('other'))).status).toBe(401);
	});
});

describe('a restart', () => {
	it('given what was signed before it, when it is sent again after it, then 401', async () => {
		const first = await startTestServer({ config: { adminToken } });
		await using bot = await startTestBot();
		const api = '/ocs/v2.php/apps/spreed/api/v1/bot';
		const options = { body: { name: 'Echo', secret, url: bot.url }, headers: asAdmin };
		await using before = first.client();
		await before.request('POST', `${api}/admin`, options);
		await before.request('POST', `${api}/demo/1`, { headers: asAdmin });
		const said = { body: { message: 'a' }, headers: proofOf('a') };
		expect((await before.request('POST', `${api}/demo/message`, said)).status).toBe(201);
		await first.stop();

		await using again = await startTestServer({ config: { adminToken }, dataDir: first.dataDir });
		await using after = again.client();

		expect((await after.request('POST', `${api}/demo/message`, said)).status).toBe(401);
		await after.joinRoom('demo');
		const history = await after.talk('GET', 'v1/chat/demo?lookIntoFuture=0');
		expect(parseChatMessages(history.data).filter(({ message }) => message === 'a')).toHaveLength(1);
	});
});
