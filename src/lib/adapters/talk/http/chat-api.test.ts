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
			file: {
				type: 'file',
				id: 7,
				name: 'a.png',
				link: 'https://cloud.example/f/7',
				size: 12,
				mimetype: 'image/png',
				'hide-download': 'yes'
			}
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
					file: {
						type: 'file',
						id: '7',
						name: 'a.png',
						link: 'https://cloud.example/f/7',
						size: 12,
						mimetype: 'image/png',
						hidesDownload: true
					}
				},
				systemMessage: '',
				referenceId: 'r',
				isMarkdown: true,
				isDeleted: false,
				isEdited: false,
				isReplyable: false,
				expiresAt: 0,
				reactions: [],
				ownReactions: []
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
		expect(messages.map(({ parent }) => parent?.id)).toEqual([undefined, undefined, 1]);
	});

	it('given an answer whose original is gone, reactions, and a change, when they are read, then they are told', async () => {
		const { api, on } = createTestTalkApi();
		const reactions = { '👍': 2, '🎉': 1, '👎': 0 };
		on(
			'GET',
			path,
			ocsAnswer([
				wireMessage(3, { parent: { id: 1, deleted: true } }),
				wireMessage(4, { reactions, reactionsSelf: ['🎉'], lastEditTimestamp: 9, isReplyable: true }),
				wireMessage(5, { reactions, expirationTimestamp: 77 }),
				wireMessage(6, { reactions: [] })
			])
		);

		const { messages } = await api.fetchHistory(token, { limit: 4 });

		expect(messages[0]?.parent).toBeNull();
		expect(messages[1]).toMatchObject({
			reactions: [
				['👍', 2],
				['🎉', 1]
			],
			ownReactions: ['🎉'],
			isEdited: true,
			isReplyable: true
		});
		expect(messages[2]).toMatchObject({ ownReactions: null, expiresAt: 77 });
		expect(messages[3]).toMatchObject({ reactions: [], ownReactions: [] });
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

describe('what is done to a message', () => {
	const reactionPath = 'apps/spreed/api/v1/reaction/abcd1234/5';
	const reactors = { '👍': [{ actorType: 'guests', actorId: 'ann', actorDisplayName: 'Ann', timestamp: 1 }] };
	const byAnn = new Map([['👍', [{ actorType: 'guests', actorId: 'ann', actorName: 'Ann' }]]]);

	it('given a message, when it is edited and deleted, then what it is now comes back', async () => {
		const { api, on, requests } = createTestTalkApi();
		const told = (systemMessage: string, parent: object) =>
			wireMessage(9, { messageType: 'system', systemMessage, parent });
		on('PUT', `${path}/5`, ocsAnswer(told('message_edited', wireMessage(5, { message: 'new' }))));
		on('DELETE', `${path}/5`, ocsAnswer(told('message_deleted', wireMessage(5, { deleted: true })), 202));

		expect((await api.editMessage(token, 5, 'new'))?.about).toMatchObject({ id: 5, text: 'new' });
		expect(requests[0]?.body).toEqual({ message: 'new' });
		expect((await api.deleteMessage(token, 5))?.about).toMatchObject({ id: 5, isDeleted: true });
	});

	it('given a message that is gone, too old, or not ours, when it is changed, then that is refused, and the session is not in doubt', async () => {
		const { api, on } = createTestTalkApi();
		on(
			'PUT',
			`${path}/5`,
			...[404, 403, 405, 413].map((status) => ocsAnswer(null, status)),
			ocsAnswer({ error: 'age' }, 400)
		);
		for (let turn = 0; turn < 5; turn += 1) {
			await expect(api.editMessage(token, 5, 'x')).rejects.toMatchObject({ code: 'server.refused' });
		}
	});

	it('given reactions, when they are added, taken back and asked for, then who reacted comes back', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', reactionPath, ocsAnswer(reactors, 201), ocsAnswer(reactors, 200));
		on('DELETE', reactionPath, ocsAnswer([]));
		on('GET', reactionPath, ocsAnswer(reactors));

		expect(await api.addReaction(token, 5, '👍')).toEqual(byAnn);
		expect(await api.addReaction(token, 5, '👍')).toEqual(byAnn);
		expect(await api.removeReaction(token, 5, '👍')).toEqual(new Map());
		expect(await api.fetchReactors(token, 5)).toEqual(byAnn);
		expect(requests.map(({ body }) => body)).toEqual([
			{ reaction: '👍' },
			{ reaction: '👍' },
			undefined,
			undefined
		]);
		expect(requests[2]?.query).toEqual({ reaction: '👍' });
	});

	it('given an answer, when it is sent, then it says to what', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', path, ocsAnswer(wireMessage(6), 201));
		await api.sendMessage(token, { text: 'yes', referenceId: 'r', actorName: '', replyTo: 5 });
		expect(requests[0]?.body).toMatchObject({ replyTo: 5 });
	});
});

it('given people in the room, when somebody is looked for, then they come as they are written; old servers know ids only', async () => {
	const { api, on, requests } = createTestTalkApi();
	on(
		'GET',
		`${path}/mentions`,
		ocsAnswer([
			{ id: 'all', label: 'Team', source: 'calls', mentionId: 'all' },
			{ id: 'guest/b', label: 'Ben', source: 'guests', mentionId: 'guest/b' },
			{ id: 'cleo', label: 'Cleo', source: 'users' }
		])
	);

	expect(await api.fetchMentionable(token, 'e')).toEqual([
		{ mentionId: 'all', name: 'Team', isEverybody: true },
		{ mentionId: 'guest/b', name: 'Ben', isEverybody: false },
		{ mentionId: 'cleo', name: 'Cleo', isEverybody: false }
	]);
	expect(requests[0]?.query).toEqual({ search: 'e', limit: '20' });
});

describe('polls', () => {
	const pollPath = 'apps/spreed/api/v1/poll/abcd1234/5';
	const wirePoll = {
		id: 5,
		question: 'Lunch?',
		options: ['Yes', 'No', 'Later'],
		status: 0,
		resultMode: 0,
		maxVotes: 1,
		votedSelf: []
	};

	it('given a poll, when it is looked at before the votes are for us, then there are none', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', pollPath, ocsAnswer({ ...wirePoll, resultMode: 1 }));
		expect(await api.fetchPoll(token, 5)).toEqual({
			id: 5,
			question: 'Lunch?',
			options: ['Yes', 'No', 'Later'],
			isOpen: true,
			isHidden: true,
			maxVotes: 1,
			counts: null,
			voters: null,
			own: []
		});
	});

	it('given votes, when one is given, then the counts come by option', async () => {
		const { api, on, requests } = createTestTalkApi();
		const votes = { 'option-0': 3, 'option-2': 1 };
		on('POST', pollPath, ocsAnswer({ ...wirePoll, votedSelf: [2], votes, numVoters: 4 }));
		expect(await api.votePoll(token, 5, [2])).toMatchObject({ counts: [3, 0, 1], voters: 4, own: [2] });
		expect(requests[0]?.body).toEqual({ optionIds: [2] });
	});

	it('given an answer that is no poll, when it is read, then it makes no sense', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', pollPath, ocsAnswer({ ...wirePoll, options: 'Yes' }));
		await expect(api.fetchPoll(token, 5)).rejects.toMatchObject({ code: 'server.unexpected' });
	});
});
