import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../../tests/support/test-talk-api.ts';
import { RoomToken } from '../../../protocol/ids.ts';

const token = v.parse(RoomToken, 'abcd1234');
const path = 'apps/spreed/api/v1/chat/abcd1234';

const wireMessage = (id: number, fields: object = {}) => ({
	id,
	token,
	actorType: 'guests',
	actorId: 'ann',
	actorDisplayName: 'Ann',
	timestamp: 1_766_000_000 + id,
	message: `message ${id}`,
	messageParameters: [],
	messageType: 'comment',
	systemMessage: '',
	referenceId: '',
	markdown: true,
	...fields
});

afterEach(() => vi.useRealTimers());

describe('history', () => {
	it('given messages newest first, when history is fetched, then the oldest comes first', async () => {
		const { api, on, requests } = createTestTalkApi();
		const newestFirst = [wireMessage(9), wireMessage(7), wireMessage(4)];
		on('GET', path, ocsAnswer(newestFirst, 200, { 'X-Chat-Last-Given': '3' }));

		const page = await api.fetchHistory(token, { limit: 50 });

		expect(page.messages.map(({ id }) => id)).toEqual([4, 7, 9]);
		expect(page.lastGiven).toBe(3);
		expect(requests[0]?.query).toEqual({
			lookIntoFuture: '0',
			limit: '50',
			lastKnownMessageId: '0',
			setReadMarker: '0'
		});
	});

	it('given an id, when older messages are fetched, then it is where they end', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('GET', path, { status: 304 });

		const page = await api.fetchHistory(token, { before: 77, limit: 200 });

		expect(page).toEqual({ messages: [], lastGiven: undefined });
		expect(requests[0]?.query).toMatchObject({ lastKnownMessageId: '77', limit: '200' });
	});
});

describe('newer messages', () => {
	it('given messages after an id, when they are fetched, then they come in order with the next id', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('GET', path, ocsAnswer([wireMessage(11), wireMessage(12)], 200, { 'X-Chat-Last-Given': '13' }));

		const page = await api.fetchNewer(token, { after: 10, waitSeconds: 0 });

		expect(page.messages.map(({ id }) => id)).toEqual([11, 12]);
		expect(page.lastGiven).toBe(13);
		expect(requests[0]?.query).toMatchObject({
			lookIntoFuture: '1',
			lastKnownMessageId: '10',
			timeout: '0',
			limit: '200'
		});
	});

	it('given nothing new, when the server says so in either way, then the page is empty', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', path, { status: 304 }, ocsAnswer([], 200, { 'X-Chat-Last-Given': '15' }));

		expect(await api.fetchNewer(token, { after: 10, waitSeconds: 0 })).toEqual({
			messages: [],
			lastGiven: undefined
		});
		expect(await api.fetchNewer(token, { after: 10, waitSeconds: 0 })).toEqual({
			messages: [],
			lastGiven: 15
		});
	});

	it('given a header that is no id, when a page comes, then there is no id to go on from', async () => {
		const { api, on } = createTestTalkApi();
		for (const text of ['soon', '', '-1', '1e9']) {
			on('GET', path, ocsAnswer([], 200, { 'X-Chat-Last-Given': text }));
			expect(await api.fetchNewer(token, { after: 10, waitSeconds: 0 })).toMatchObject({
				lastGiven: undefined
			});
		}
	});

	it('given a long poll, when the server is silent, then it has five seconds more than it was given', async () => {
		vi.useFakeTimers();
		const { api, on } = createTestTalkApi();
		on('GET', path, { after: new Promise(() => undefined) });
		const failed = vi.fn();
		const failing = api.fetchNewer(token, { after: 10, waitSeconds: 30 }).catch(failed);

		await vi.advanceTimersByTimeAsync(34_999);
		expect(failed).not.toHaveBeenCalled();
		await vi.advanceTimersByTimeAsync(1);
		await failing;

		expect(failed.mock.calls).toMatchObject([[{ code: 'server.unreachable' }]]);
	});

	it('given no session or a lobby, when chat is fetched, then the error says which', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', path, ocsAnswer(null, 404), ocsAnswer(null, 412));

		await expect(api.fetchNewer(token, { after: 1, waitSeconds: 0 })).rejects.toMatchObject({
			code: 'session.lost'
		});
		await expect(api.fetchHistory(token, { limit: 1 })).rejects.toMatchObject({ code: 'room.lobby' });
	});
});

describe('a message', () => {
	it('given parameters, when it is read, then objects keep what Roost shows of them', async () => {
		const { api, on } = createTestTalkApi();
		const messageParameters = {
			actor: { type: 'guest', id: 'guest/ann', name: 'Ann' },
			file: { type: 'file', id: 7, name: 'a.png', link: 'https://cloud.example/f/7', size: 12 }
		};
		on('GET', path, ocsAnswer([wireMessage(1, { messageParameters, referenceId: 'r' })]));

		const { messages } = await api.fetchHistory(token, { limit: 1 });

		expect(messages).toEqual([
			{
				id: 1,
				actorType: 'guests',
				actorId: 'ann',
				actorName: 'Ann',
				sentAt: 1_766_000_001,
				text: 'message 1',
				parameters: {
					actor: { type: 'guest', id: 'guest/ann', name: 'Ann' },
					file: { type: 'file', id: '7', name: 'a.png', link: 'https://cloud.example/f/7' }
				},
				systemMessage: '',
				referenceId: 'r',
				isMarkdown: true,
				isDeleted: false
			}
		]);
	});

	it('given deleted and system messages, when they are read, then they are marked', async () => {
		const { api, on } = createTestTalkApi();
		on(
			'GET',
			path,
			ocsAnswer([
				wireMessage(1, { deleted: true }),
				wireMessage(2, { messageType: 'comment_deleted' }),
				wireMessage(3, { messageType: 'system', systemMessage: 'call_started' })
			])
		);

		const { messages } = await api.fetchHistory(token, { limit: 3 });

		expect(messages.map(({ isDeleted }) => isDeleted)).toEqual([true, true, false]);
		expect(messages[2]?.systemMessage).toBe('call_started');
	});

	it('given a system message about another, when it is read, then it comes with that; what is gone does not', async () => {
		const { api, on } = createTestTalkApi();
		const edited = { messageType: 'system', systemMessage: 'message_edited' };
		on(
			'GET',
			path,
			ocsAnswer([
				wireMessage(3, { ...edited, parent: wireMessage(1, { message: 'new' }) }),
				wireMessage(4, { ...edited, parent: { id: 2, deleted: true } }),
				wireMessage(5, { parent: wireMessage(1) })
			])
		);

		const { messages } = await api.fetchHistory(token, { limit: 3 });

		expect(messages.map(({ about }) => about?.text)).toEqual(['new', undefined, undefined]);
	});

	it('given a text, when it is sent, then the stored message comes back', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', path, ocsAnswer(wireMessage(5, { referenceId: 'r5' }), 201));

		const stored = await api.sendMessage(token, { text: 'hello', referenceId: 'r5', actorName: 'Ann' });

		expect(stored).toMatchObject({ id: 5, referenceId: 'r5', parameters: {} });
		expect(requests[0]?.body).toEqual({ message: 'hello', referenceId: 'r5', actorDisplayName: 'Ann' });
	});

	it('given a command that its author may not see, when it is sent, then nothing comes back', async () => {
		const { api, on } = createTestTalkApi();
		on('POST', path, ocsAnswer(null, 201), ocsAnswer([], 201));
		const command = { text: '/help', referenceId: '', actorName: '' };

		expect(await api.sendMessage(token, command)).toBeNull();
		expect(await api.sendMessage(token, command)).toBeNull();
	});

	it('given a text that is too long or not wanted, when it is sent, then it is refused', async () => {
		const { api, on } = createTestTalkApi();
		on('POST', path, ocsAnswer(null, 413), ocsAnswer(null, 403), ocsAnswer({ error: 'message' }, 400));
		const message = { text: 'x', referenceId: '', actorName: '' };

		for (let turn = 0; turn < 3; turn += 1) {
			await expect(api.sendMessage(token, message)).rejects.toMatchObject({ code: 'server.refused' });
		}
	});
});
