import fc from 'fast-check';
import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { chatMessage as message } from '../../../../tests/support/chat-message.ts';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import { quietChat } from '../../../../tests/support/quiet-chat.ts';
import type { RoomToken } from '../../protocol/ids.ts';
import { RoostError, type ErrorCode } from '../errors.ts';
import type { OutboxMessage } from '../store/ongoing-call.ts';
import type { ChatMessage, Poll, TalkApi } from '../talk-api.ts';
import { chatView } from './chat-log.ts';
import { chatMachine } from './chat-machine.ts';
import type { ChatRequest } from './chat-requests.ts';

const token = 'room' as RoomToken;
const now = 1_700_000_000_000;
const everything = [
	'chat-replies',
	'edit-messages',
	'delete-messages',
	'delete-messages-unlimited',
	'reactions',
	'talk-polls'
];
type Fate = ErrorCode | 'answer lost' | 'held';

/** Until every promise that is under way has led where it leads. */
const settled = () => new Promise<void>((done) => void setImmediate(done));

interface Options {
	history?: ChatMessage[];
	outbox?: OutboxMessage[];
	features?: readonly string[];
	isModerator?: boolean;
	mayWrite?: boolean;
	/** How requests that change or ask end, one after the other; then all goes well. */
	fates?: Fate[];
	/** How questions for what is new end. */
	readFates?: Fate[];
}

/** A chat with a server that changes its messages as it is told. Ann is here; Ben is elsewhere. */
function openChat(options: Options = {}) {
	const clock = new BenchClock();
	const stored = new Map((options.history ?? []).map((one) => [one.id, one]));
	const reacted = new Map<string, Set<string>>();
	const rows = [...(options.outbox ?? [])];
	const asked: string[] = [];
	const held: (() => void)[] = [];
	const fates = [...(options.fates ?? [])];
	const readFates = [...(options.readFates ?? [])];
	const poll = { votes: new Map<string, readonly number[]>(), isOpen: true };
	let nextId = Math.max(0, ...stored.keys()) + 1;

	const meet = async <T>(fate: Fate | undefined, answer: () => T): Promise<T> => {
		if (fate === 'held') await new Promise<void>((go) => held.push(go));
		else if (fate === 'answer lost') {
			answer();
			throw new RoostError('server.unreachable', 'the answer was lost');
		} else if (fate !== undefined) throw new RoostError(fate, 'scripted');
		await Promise.resolve();
		return answer();
	};
	const ask = async <T>(what: string, answer: () => T): Promise<T> => {
		asked.push(what);
		return meet(fates.shift(), answer);
	};
	const list = () => [...stored.values()].sort((one, other) => one.id - other.id).map(withNow);
	/** As the server tells it now: counts, parents and what system messages are about. */
	function withNow(one: ChatMessage): ChatMessage {
		const about = one.about && stored.get(one.about.id);
		const parent = one.parent && stored.get(one.parent.id);
		return {
			...counted(one),
			...(about && { about: { ...counted(about), ownReactions: null } }),
			...(parent && { parent: counted(parent) })
		};
	}
	function counted(one: ChatMessage): ChatMessage {
		const mine = [...reacted].filter(([key]) => key.startsWith(`${one.id} `));
		const entries = mine.map(([key, people]) => [key.split(' ')[1] ?? '', people] as const);
		const some = entries.filter(([, people]) => people.size > 0);
		return {
			...one,
			reactions: some.map(([emoji, people]) => [emoji, people.size] as const),
			ownReactions: some.filter(([, people]) => people.has('ann')).map(([emoji]) => emoji)
		};
	}
	const say = (systemMessage: string, by: string, id: number): ChatMessage => {
		const about = stored.get(id);
		if (!about) throw new RoostError('server.refused', 'no such message');
		const said = message(nextId, { systemMessage, actorId: by, about });
		stored.set(nextId, said);
		nextId += 1;
		return withNow(said);
	};
	const edit = (by: string, id: number, text: string) => {
		const before = stored.get(id);
		if (!before || before.isDeleted) throw new RoostError('server.refused', 'gone');
		stored.set(id, { ...before, text, isEdited: true });
		return say('message_edited', by, id);
	};
	const remove = (by: string, id: number) => {
		const before = stored.get(id);
		if (!before || before.isDeleted) throw new RoostError('server.refused', 'gone');
		stored.set(id, { ...before, text: 'Message deleted by author', isDeleted: true });
		return say('message_deleted', by, id);
	};
	const reactors = (id: number) =>
		new Map(
			counted(stored.get(id) ?? message(id)).reactions.map(([emoji]) => [
				emoji,
				[...(reacted.get(`${id} ${emoji}`) ?? [])].map((actorId) => ({
					actorType: 'guests',
					actorId,
					actorName: actorId
				}))
			])
		);
	const react = (by: string, id: number, emoji: string, isOn: boolean) => {
		const people = reacted.get(`${id} ${emoji}`) ?? new Set();
		reacted.set(`${id} ${emoji}`, people);
		if (!stored.has(id) || (!isOn && !people.has(by))) throw new RoostError('server.refused', 'not there');
		if (people.has(by) !== isOn) {
			if (isOn) people.add(by);
			else people.delete(by);
			say(isOn ? 'reaction' : 'reaction_revoked', by, id);
		}
		return reactors(id);
	};
	const pollNow = (): Poll => ({
		id: 5,
		question: 'Lunch?',
		options: ['Yes', 'No'],
		isOpen: poll.isOpen,
		isHidden: false,
		maxVotes: 1,
		counts: [0, 1].map((option) => [...poll.votes.values()].filter((own) => own.includes(option)).length),
		voters: poll.votes.size,
		own: poll.votes.get('ann') ?? []
	});
	const vote = (by: string, optionIds: readonly number[]) => {
		poll.votes.set(by, optionIds);
		const parameters = { poll: { type: 'talk-poll', id: '5', name: 'Lunch?' } };
		stored.set(nextId, message(nextId, { systemMessage: 'poll_voted', parameters }));
		nextId += 1;
		return pollNow();
	};
	const page = (messages: ChatMessage[]) => ({ messages, lastGiven: messages.at(-1)?.id });
	const api: Pick<TalkApi, keyof typeof quietChat | 'fetchHistory' | 'fetchNewer' | 'sendMessage'> = {
		fetchHistory: async (_, { before = Infinity, limit }) =>
			page(
				list()
					.filter(({ id }) => id < before)
					.slice(-limit)
			),
		fetchNewer: async (_, { after }) => {
			const found = page(list().filter(({ id }) => id > after));
			return meet(readFates.shift(), () => found);
		},
		sendMessage: async (_, { text, referenceId, replyTo }) =>
			ask(`send ${text}${replyTo === undefined ? '' : ` to ${replyTo}`}`, () => {
				const parent = replyTo === undefined ? undefined : stored.get(replyTo);
				const kept = message(nextId, { text, referenceId, actorId: 'ann', ...(parent && { parent }) });
				stored.set(nextId, kept);
				nextId += 1;
				return kept;
			}),
		editMessage: async (_, id, text) => ask(`edit ${id} ${text}`, () => edit('ann', id, text)),
		deleteMessage: async (_, id) => ask(`delete ${id}`, () => remove('ann', id)),
		addReaction: async (_, id, emoji) => ask(`react ${id} ${emoji}`, () => react('ann', id, emoji, true)),
		removeReaction: async (_, id, emoji) =>
			ask(`unreact ${id} ${emoji}`, () => react('ann', id, emoji, false)),
		fetchReactors: async (_, id) => ask(`who ${id}`, () => reactors(id)),
		fetchMentionable: quietChat.fetchMentionable,
		fetchPoll: async () => ask('poll', pollNow),
		votePoll: async (_, __, optionIds) => ask(`vote ${optionIds.join()}`, () => vote('ann', optionIds))
	};
	let references = 0;
	const actor = createActor(chatMachine, {
		clock,
		input: {
			api: api as TalkApi,
			outbox: {
				claim: async () => [...rows],
				put: async (row) => {
					if (!rows.some(({ referenceId }) => referenceId === row.referenceId)) rows.push(row);
				},
				remove: async (referenceId) => {
					const index = rows.findIndex((row) => row.referenceId === referenceId);
					if (index >= 0) rows.splice(index, 1);
				}
			},
			account: 'https://cloud.example',
			token,
			own: { actorType: 'guests', actorId: 'ann', name: 'Ann' },
			mayWrite: options.mayWrite ?? true,
			isModerator: options.isModerator ?? false,
			features: options.features ?? everything,
			maxLength: 100,
			now: () => now + clock.now(),
			random: () => 0.5,
			newReferenceId: () => `ref-${(references += 1)}`
		}
	});
	const broken: unknown[] = [];
	actor.subscribe({ error: (error) => broken.push(error) });
	actor.start();
	actor.send({ type: 'ONLINE' });
	const advance = async (ms: number) => {
		const end = clock.now() + ms;
		await settled();
		while (clock.next <= end) {
			clock.increment(Math.max(0, clock.next - clock.now()));
			await settled();
		}
		clock.increment(end - clock.now());
		await settled();
	};
	const view = () => chatView(actor.getSnapshot().context, actor.getSnapshot().value.reading);
	const tell = async (...events: Parameters<typeof actor.send>[0][]) => {
		for (const event of events) actor.send(event);
		await advance(0);
	};
	return {
		actor,
		advance,
		asked,
		broken,
		clock,
		held,
		poll,
		rows,
		stored,
		view,
		tell,
		request: async (...requests: ChatRequest[]) =>
			tell(...requests.map((request) => ({ type: 'REQUEST', request }) as const)),
		/** Somebody else does something, and the server says so. */
		elsewhere: async (change: () => unknown) => {
			change();
			await tell({ type: 'REFRESH' });
		},
		ben: {
			says: (text: string, parent?: ChatMessage) => {
				stored.set(nextId, message(nextId, { text, ...(parent && { parent }) }));
				nextId += 1;
			},
			edits: (id: number, text: string) => edit('ben', id, text),
			deletes: (id: number) => remove('ben', id),
			reacts: (id: number, emoji: string) => react('ben', id, emoji, true),
			takesBack: (id: number, emoji: string) => react('ben', id, emoji, false),
			votes: (...optionIds: number[]) => vote('ben', optionIds)
		},
		release: async () => {
			held.shift()?.();
			await advance(0);
		},
		one: (id: number) => view().messages.find((one) => one.id === id)
	};
}

const mine = (id: number, over: Partial<ChatMessage> = {}) =>
	message(id, { actorId: 'ann', text: `mine ${id}`, sentAt: now / 1_000, ...over });
const theirs = (id: number, over: Partial<ChatMessage> = {}) => message(id, { sentAt: now / 1_000, ...over });

describe('changing what is there', () => {
	it('given an edit, when it is under way, then the message is as it was; when it is acknowledged, then as it is', async () => {
		const chat = openChat({ history: [mine(1)], fates: ['held'] });
		await chat.advance(0);
		await chat.request({ kind: 'edit', messageId: 1, text: 'new' });
		expect(chat.one(1)).toMatchObject({
			text: 'mine 1',
			isEdited: false,
			change: { kind: 'edit', state: 'pending' }
		});
		await chat.release();

		expect(chat.one(1)).toMatchObject({ text: 'new', isEdited: true, change: null });
		expect(chat.view().messages).toHaveLength(1);
	});

	it('given an outage, when something is deleted, then it waits and is there, until we are back', async () => {
		const chat = openChat({ history: [mine(1)] });
		await chat.advance(0);
		await chat.tell({ type: 'OFFLINE' });
		await chat.request({ kind: 'delete', messageId: 1 });
		await chat.advance(60_000);
		expect(chat.one(1)).toMatchObject({ kind: 'message', change: { kind: 'delete', state: 'queued' } });
		await chat.tell({ type: 'ONLINE' });

		expect(chat.one(1)).toMatchObject({ kind: 'deleted', change: null });
	});

	it('given a server that refuses, when a person sees that, then it is tried again, or given up, as they say', async () => {
		const chat = openChat({ history: [mine(1)], fates: ['server.refused', 'server.refused'] });
		await chat.advance(0);
		await chat.request({ kind: 'edit', messageId: 1, text: 'new' });
		await chat.advance(60_000);
		expect(chat.asked).toEqual(['edit 1 new']);
		expect(chat.one(1)).toMatchObject({ text: 'mine 1', change: { state: 'failed' } });
		const key = chat.one(1)?.change?.key ?? '';
		await chat.tell({ type: 'RETRY_REQUEST', key });
		expect(chat.asked).toHaveLength(2);
		await chat.tell({ type: 'DROP_REQUEST', key });
		expect(chat.one(1)).toMatchObject({ text: 'mine 1', change: null });
	});

	it('given requests that get lost, when it is tried again by itself, then in order, and none twice in effect', async () => {
		const chat = openChat({ history: [mine(1), theirs(2)], fates: ['server.unreachable', 'answer lost'] });
		await chat.advance(0);
		await chat.request(
			{ kind: 'edit', messageId: 1, text: 'new' },
			{ kind: 'react', messageId: 2, emoji: '👍', isOn: true }
		);
		await chat.advance(20_000);

		expect(chat.one(1)).toMatchObject({ text: 'new', change: null });
		expect(chat.one(2)?.reactions).toMatchObject([{ emoji: '👍', count: 1, isOwn: true, isPending: false }]);
	});

	it('given a deletion whose answer was lost, when the news tells of it, then nothing failed', async () => {
		const chat = openChat({ history: [mine(1)], fates: ['answer lost'] });
		await chat.advance(0);
		await chat.request({ kind: 'delete', messageId: 1 });
		await chat.tell({ type: 'REFRESH' });
		await chat.advance(60_000);

		expect(chat.one(1)).toMatchObject({ kind: 'deleted', change: null });
		expect(chat.asked).toEqual(['delete 1']);
	});

	it('given a second edit before the first is sent, when we are back, then only the last one is asked for', async () => {
		const chat = openChat({ history: [mine(1)] });
		await chat.advance(0);
		await chat.tell({ type: 'OFFLINE' });
		await chat.request({ kind: 'edit', messageId: 1, text: 'a' }, { kind: 'edit', messageId: 1, text: 'b' });
		await chat.tell({ type: 'ONLINE' });

		expect(chat.asked).toEqual(['edit 1 b']);
	});

	it('given a room where we may not write, when a change is asked for, then nothing leaves', async () => {
		const chat = openChat({ history: [mine(1)], mayWrite: false });
		await chat.advance(0);
		await chat.request({ kind: 'delete', messageId: 1 }, { kind: 'reactors', messageId: 1 });
		expect(chat.asked).toEqual(['who 1']);
	});

	it('given more requests than anybody makes, when they wait, then there is a bound', async () => {
		const chat = openChat({ history: [mine(1)] });
		await chat.tell({ type: 'OFFLINE' });
		const requests = Array.from({ length: 80 }, (_, messageId) => ({ kind: 'delete', messageId }) as const);
		await chat.request(...requests);
		expect(chat.actor.getSnapshot().context.requests).toHaveLength(50);
	});
});

describe('what others do', () => {
	it('given messages, when others edit, delete and react, then each changes where it stands, and answers to it too', async () => {
		const first = theirs(1);
		const chat = openChat({ history: [first, theirs(2, { parent: first }), theirs(3)] });
		await chat.advance(0);
		await chat.elsewhere(() => chat.ben.edits(1, 'new words'));
		await chat.elsewhere(() => chat.ben.reacts(3, '🎉'));
		expect(chat.one(1)).toMatchObject({ text: 'new words', isEdited: true });
		expect(chat.one(2)?.quote).toMatchObject({ id: 1, text: 'new words' });
		expect(chat.one(3)?.reactions).toMatchObject([{ emoji: '🎉', count: 1, isOwn: false }]);
		await chat.elsewhere(() => chat.ben.deletes(1));
		await chat.elsewhere(() => chat.ben.takesBack(3, '🎉'));

		expect(chat.one(1)).toMatchObject({ kind: 'deleted', isEdited: false });
		expect(chat.one(2)?.quote).toMatchObject({ isDeleted: true });
		expect(chat.one(3)?.reactions).toEqual([]);
		expect(chat.view().messages.map(({ id }) => id)).toEqual([1, 2, 3]);
		expect(chat.view().unread).toBe(0);
	});

	it('given our reaction, when others react, and the server does not say who we are, then ours stays ours', async () => {
		const chat = openChat({ history: [theirs(1)] });
		await chat.advance(0);
		await chat.request({ kind: 'react', messageId: 1, emoji: '👍', isOn: true });
		await chat.elsewhere(() => chat.ben.reacts(1, '👍'));
		await chat.elsewhere(() => chat.ben.reacts(1, '🎉'));

		expect(chat.one(1)?.reactions).toMatchObject([
			{ emoji: '👍', count: 2, isOwn: true },
			{ emoji: '🎉', count: 1, isOwn: false }
		]);
	});

	it('given who reacted, when that changes, then it is forgotten, and asked for again', async () => {
		const chat = openChat({ history: [theirs(1)] });
		await chat.advance(0);
		await chat.elsewhere(() => chat.ben.reacts(1, '👍'));
		await chat.request({ kind: 'reactors', messageId: 1 });
		expect(chat.one(1)?.reactions[0]?.people).toEqual([{ name: 'ben', isOwn: false }]);
		await chat.elsewhere(() => chat.ben.reacts(1, '🎉'));
		expect(chat.one(1)?.reactions[0]?.people).toBeNull();
	});

	it('given our own message, when its answer comes before the words that were written before it, then none is missing', async () => {
		const chat = openChat({ history: [theirs(1)], readFates: ['held'] });
		await chat.advance(0);
		chat.ben.says('before');
		// the page that was asked for knew nothing of it; ours is acknowledged meanwhile
		chat.stored.delete(2);
		await chat.tell({ type: 'REFRESH' });
		chat.stored.set(2, theirs(2, { text: 'before' }));
		await chat.tell({ type: 'SEND', text: 'ours' });
		await chat.release();
		await chat.tell({ type: 'REFRESH' });

		expect(chat.view().messages.map(({ text }) => text)).toEqual(['message 1', 'before', 'ours']);
	});
});

describe('polls', () => {
	const asked = theirs(1, {
		text: '{object}',
		parameters: { object: { type: 'talk-poll', id: '5', name: 'Lunch?' } }
	});

	it('given a poll that is looked at, when others vote and we do, then it is as the server has it', async () => {
		const chat = openChat({ history: [asked] });
		await chat.advance(0);
		await chat.elsewhere(() => chat.ben.votes(0));
		expect(chat.asked).toEqual([]);
		await chat.request({ kind: 'poll', pollId: 5 });
		expect(chat.view().polls.get(5)).toMatchObject({ state: 'idle', poll: { counts: [1, 0] } });
		await chat.elsewhere(() => chat.ben.votes(1));
		await chat.request({ kind: 'vote', pollId: 5, optionIds: [1] });

		expect(chat.view().polls.get(5)).toMatchObject({ state: 'idle', poll: { counts: [0, 2], own: [1] } });
	});

	it('given a vote that is refused, then the poll is as it was and says so; a poll that does not load says so too', async () => {
		const chat = openChat({ history: [asked], fates: ['server.refused'] });
		await chat.advance(0);
		await chat.request({ kind: 'poll', pollId: 5 });
		expect(chat.view().polls.get(5)).toEqual({ state: 'failed', poll: null });
		const failing = openChat({ history: [asked], fates: ['held', 'server.refused'] });
		await failing.advance(0);
		await failing.request({ kind: 'poll', pollId: 5 });
		expect(failing.view().polls.get(5)).toMatchObject({ state: 'loading' });
		await failing.release();
		await failing.request({ kind: 'vote', pollId: 5, optionIds: [0] });

		expect(failing.view().polls.get(5)).toMatchObject({ state: 'vote-failed', poll: { own: [] } });
	});
});

describe('answers', () => {
	it('given an answer on its way, when the tab is reloaded, then it is sent as an answer all the same', async () => {
		const row = { account: 'https://cloud.example', token, referenceId: 'r', text: 'yes', writtenAt: now };
		const chat = openChat({ history: [theirs(1)], outbox: [{ ...row, replyTo: 1 }] });
		await chat.advance(5_000);
		expect(chat.asked).toEqual(['send yes to 1']);
		expect(chat.view().messages.at(-1)?.quote).toMatchObject({ id: 1 });
	});

	it('given somebody who is spoken to, when the message waits, then by name', async () => {
		const chat = openChat();
		await chat.tell({ type: 'OFFLINE' });
		const mentions = [{ mentionId: 'guest/b', name: 'Ben', isEverybody: false }];
		await chat.tell({ type: 'SEND', text: 'hi @"guest/b"', mentions });
		const [waiting] = chat.view().messages;
		expect(waiting).toMatchObject({
			text: 'hi {mention-own0}',
			parameters: { 'mention-own0': { name: 'Ben' } }
		});
	});

	it('given a message that the server refuses, when it is discarded, then it is gone for good; one on its way is not', async () => {
		const chat = openChat({ fates: ['server.refused', 'held'] });
		await chat.advance(0);
		await chat.tell({ type: 'SEND', text: 'refused' }, { type: 'SEND', text: 'on its way' });
		await chat.tell({ type: 'DISCARD', referenceId: 'ref-1' }, { type: 'DISCARD', referenceId: 'ref-2' });
		expect(chat.view().messages.map(({ text }) => text)).toEqual(['on its way']);
		expect(chat.rows.map(({ text }) => text)).toEqual(['on its way']);
	});

	it('given an old message that is not loaded, when it is looked for, then history comes up to it, without a gap', async () => {
		const history = Array.from({ length: 900 }, (_, index) => theirs(index + 1));
		const chat = openChat({ history });
		await chat.advance(0);
		await chat.tell({ type: 'SEEK', messageId: 300 });

		const ids = chat.view().messages.map(({ id }) => id ?? 0);
		expect(ids[0]).toBeLessThanOrEqual(300);
		expect(ids).toEqual(history.map(({ id }) => id).slice((ids[0] ?? 1) - 1));
		expect(chat.view()).toMatchObject({ isSeeking: false });
	});

	it('given a message that is nowhere, when it is looked for, then that ends', async () => {
		const history = Array.from({ length: 120 }, (_, index) => theirs(index + 10));
		const chat = openChat({ history });
		await chat.advance(0);
		await chat.tell({ type: 'SEEK', messageId: 3 });
		expect(chat.view()).toMatchObject({ isSeeking: false, hasOlder: false });
	});
});

describe('what may be done', () => {
	const day = 24 * 3_600_000;
	it.each([
		[
			'a server that knows nothing of it',
			{ features: [] },
			1,
			{ canReply: false, editableUntil: 0, deletableUntil: 0 }
		],
		['a message of somebody else', {}, 2, { canReply: true, editableUntil: 0, deletableUntil: 0 }],
		['our own', {}, 1, { canReact: true, editableUntil: now + day, deletableUntil: Infinity }],
		['a moderator', { isModerator: true }, 2, { editableUntil: now + day, deletableUntil: Infinity }],
		[
			'a server with a limit',
			{ features: ['delete-messages'] },
			1,
			{ deletableUntil: now + day / 4, editableUntil: 0, canReact: false }
		],
		['a room that is closed', { mayWrite: false }, 1, { canReply: false, canReact: false, editableUntil: 0 }],
		['a poll of ours', {}, 3, { editableUntil: 0, deletableUntil: Infinity }],
		['what is deleted', {}, 4, { canReply: false, canReact: false, editableUntil: 0, deletableUntil: 0 }]
	])('given %s, then it can be done what is allowed', async (_, options, id, expected) => {
		const poll = { object: { type: 'talk-poll', id: '5', name: 'x' } };
		const history = [mine(1), theirs(2), mine(3, { parameters: poll }), mine(4, { isDeleted: true })];
		const chat = openChat({ history, ...options });
		await chat.advance(0);
		expect(chat.one(id)).toMatchObject(expected);
	});

	it.each([
		[{ 'mention-guest1': { type: 'guest', id: 'guest/ann', name: 'Ann' } }, true],
		[{ 'mention-guest1': { type: 'guest', id: 'guest/ben', name: 'Ben' } }, false],
		[{ 'mention-call1': { type: 'call', id: 'room', name: 'Room', mentionId: 'all' } }, true],
		[{ user: { type: 'guest', id: 'guest/ann', name: 'Ann' } }, false]
	])('given %j in a message, then it speaks to us: %s', async (parameters, expected) => {
		const chat = openChat({ history: [theirs(1, { parameters })] });
		await chat.advance(0);
		expect(chat.one(1)?.mentionsMe).toBe(expected);
	});
});

it('given messages for a time only, when that is over, then they go, and nothing of it runs any more', async () => {
	const history = [
		theirs(1, { expiresAt: now / 1_000 + 25 }),
		theirs(2),
		theirs(3, { expiresAt: now / 1_000 + 60 })
	];
	const chat = openChat({ history });
	await chat.advance(24_000);
	expect(chat.view().messages.map(({ id }) => id)).toEqual([1, 2, 3]);
	await chat.advance(12_000);
	expect(chat.view().messages.map(({ id }) => id)).toEqual([2, 3]);
	await chat.advance(40_000);
	expect(chat.view().messages.map(({ id }) => id)).toEqual([2]);
	const without = openChat();
	await without.advance(0);
	expect(chat.clock.pending).toBe(without.clock.pending);
});

it('given any failures, when all is well again, then each message is as it was last wanted, and nothing waits', async () => {
	const fate = fc.constantFrom<Fate>('server.unreachable', 'answer lost', 'server.maintenance');
	const step = fc.oneof(
		fc.record({ edit: fc.constantFrom('a', 'b') }),
		fc.record({ react: fc.boolean() }),
		fc.record({ event: fc.constantFrom('ONLINE' as const, 'OFFLINE' as const, 'REFRESH' as const) }),
		fc.record({ advance: fc.constantFrom(0, 300, 2_000) })
	);
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { maxLength: 20 }),
			fc.array(fate, { maxLength: 6 }),
			async (steps, fates) => {
				const chat = openChat({ history: [mine(1), theirs(2)], fates });
				await chat.advance(0);
				let [text, isOn] = ['mine 1', false];
				for (const next of steps) {
					if ('edit' in next) {
						text = next.edit;
						await chat.request({ kind: 'edit', messageId: 1, text });
					} else if ('react' in next) {
						isOn = next.react;
						await chat.request({ kind: 'react', messageId: 2, emoji: '👍', isOn });
					} else if ('event' in next) await chat.tell({ type: next.event });
					else await chat.advance(next.advance);
				}
				await chat.tell({ type: 'ONLINE' });
				await chat.advance(600_000);
				for (const { key, isRefused } of chat.actor.getSnapshot().context.requests) {
					// taking back what was never there is refused, and changes nothing
					if (isRefused) await chat.tell({ type: 'DROP_REQUEST', key });
				}

				expect(chat.broken).toEqual([]);
				expect(chat.one(1)).toMatchObject({ text, change: null });
				expect(chat.one(2)?.reactions.map(({ emoji, isOwn }) => [emoji, isOwn])).toEqual(
					isOn ? [['👍', true]] : []
				);
				expect(chat.actor.getSnapshot().context.requests).toEqual([]);
				chat.actor.stop();
				expect(chat.clock.pending).toBe(0);
			}
		),
		{ seed: 809, numRuns: 100 }
	);
}, 60_000);
