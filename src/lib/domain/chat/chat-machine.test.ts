import fc from 'fast-check';
import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { chatMessage as message } from '../../../../tests/support/chat-message.ts';
import { BenchClock, microtasks } from '../../../../tests/support/peer-call-bench.ts';
import type { RoomToken } from '../../protocol/ids.ts';
import { RoostError, type ErrorCode } from '../errors.ts';
import type { OutboxMessage } from '../store/ongoing-call.ts';
import type { ChatMessage, MessagePage, TalkApi } from '../talk-api.ts';
import { chatView } from './chat-log.ts';
import { chatMachine } from './chat-machine.ts';

const token = 'room' as RoomToken;
const now = 1_700_000_000_000;
type ChatApi = Pick<TalkApi, 'fetchHistory' | 'fetchNewer' | 'sendMessage'>;
type Fate = ErrorCode | RoostError | 'answer lost' | 'held';

/** Until every promise that is under way has led where it leads. */
const settled = () => new Promise<void>((done) => void setImmediate(done));

interface ChatOptions {
	history?: ChatMessage[];
	outbox?: OutboxMessage[];
	isOutboxBroken?: boolean;
	mayWrite?: boolean;
	isOffline?: boolean;
	/** How requests end, one after the other; then all goes well. */
	fates?: Partial<Record<keyof ChatApi, Fate[]>>;
}

/** A chat with a server that keeps messages, and a script for what goes wrong on the way. */
function openChat(options: ChatOptions = {}) {
	const clock = new BenchClock();
	const stored = [...(options.history ?? [])];
	const rows = [...(options.outbox ?? [])];
	const asked: string[] = [];
	const held: (() => void)[] = [];
	const broken: unknown[] = [];
	const fates = options.fates ?? {};
	let nextId = (stored.at(-1)?.id ?? 0) + 1;

	const ask = async <T>(call: keyof ChatApi, what: string, answer: () => T): Promise<T> => {
		asked.push(what);
		const fate = fates[call]?.shift();
		if (fate === 'held') await new Promise<void>((go) => held.push(go));
		else if (fate === 'answer lost') {
			answer();
			throw new RoostError('server.unreachable', 'the answer was lost');
		} else if (fate !== undefined) {
			throw fate instanceof RoostError ? fate : new RoostError(fate, 'scripted');
		}
		await Promise.resolve();
		return answer();
	};
	const page = (messages: ChatMessage[]): MessagePage => ({ messages, lastGiven: messages.at(-1)?.id });
	const api: ChatApi = {
		fetchHistory: async (_, { before, limit }) =>
			ask('fetchHistory', `history before ${before ?? 'the end'}`, () =>
				page(stored.filter(({ id }) => before === undefined || id < before).slice(-limit))
			),
		fetchNewer: async (_, { after }) =>
			ask('fetchNewer', `newer than ${after}`, () =>
				page(stored.filter(({ id }) => id > after).slice(0, 100))
			),
		sendMessage: async (_, { text, referenceId }) =>
			ask('sendMessage', `send ${text}`, () => {
				const kept = message(nextId++, { text, referenceId, actorId: 'ann', actorName: 'Ann' });
				stored.push(kept);
				return kept;
			})
	};
	const refuse = async () => {
		if (options.isOutboxBroken === true) throw new RoostError('storage.unavailable', 'scripted');
	};
	let references = 0;
	let claims = 0;
	const actor = createActor(chatMachine, {
		clock,
		input: {
			api: api as TalkApi,
			outbox: {
				claim: async () => {
					claims += 1;
					await refuse();
					return [...rows];
				},
				put: async (row) => {
					await refuse();
					const index = rows.findIndex(({ referenceId }) => referenceId === row.referenceId);
					if (index >= 0) rows[index] = row;
					else rows.push(row);
				},
				remove: async (referenceId) => {
					await refuse();
					const index = rows.findIndex((row) => row.referenceId === referenceId);
					if (index >= 0) rows.splice(index, 1);
				}
			},
			account: 'https://cloud.example',
			token,
			own: { actorType: 'guests', actorId: 'ann', name: 'Ann' },
			mayWrite: options.mayWrite ?? true,
			isModerator: false,
			features: ['chat-replies', 'edit-messages', 'delete-messages', 'reactions'],
			maxLength: 20,
			now: () => now + clock.now(),
			random: () => 0.5,
			newReferenceId: () => `ref-${(references += 1)}`
		}
	});
	actor.subscribe({ error: (error) => broken.push(error) });
	actor.start();
	if (options.isOffline !== true) actor.send({ type: 'ONLINE' });

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
	const view = () => {
		const { context, value } = actor.getSnapshot();
		return chatView(context, value.reading);
	};
	return {
		actor,
		advance,
		asked,
		broken,
		claims: () => claims,
		clock,
		rows,
		stored,
		view,
		send: async (...texts: string[]) => {
			for (const text of texts) actor.send({ type: 'SEND', text });
			await microtasks();
		},
		/** Somebody else writes, and the server says so. */
		receive: async (...texts: string[]) => {
			for (const text of texts) stored.push(message(nextId++, { text }));
			actor.send({ type: 'REFRESH' });
			await advance(0);
		},
		release: async () => {
			held.shift()?.();
			await microtasks();
		},
		tell: async (...events: Parameters<typeof actor.send>[0][]) => {
			for (const event of events) actor.send(event);
			await advance(0);
		},
		shown: () => view().messages.map(({ text, delivery }) => `${text}: ${delivery}`),
		texts: () => stored.filter(({ actorId }) => actorId === 'ann').map(({ text }) => text)
	};
}

const many = (count: number) => Array.from({ length: count }, (_, index) => message(index + 1));

describe('reading', () => {
	it('given a room with history, when the chat opens, then the newest page is there and is no news', async () => {
		const chat = openChat({ history: many(60) });
		expect(chat.view().status).toBe('loading');
		await chat.advance(0);

		expect(chat.view()).toMatchObject({ status: 'ready', hasOlder: true, unread: 0 });
		expect(chat.view().messages.map(({ id }) => id)).toEqual(
			many(60)
				.slice(10)
				.map(({ id }) => id)
		);
	});

	it('given more history, when older is asked for, then it is put before, and in the end there is no more', async () => {
		const chat = openChat({ history: many(60) });
		await chat.advance(0);
		await chat.tell({ type: 'LOAD_OLDER' });

		expect(chat.view()).toMatchObject({ hasOlder: false, isLoadingOlder: false });
		expect(chat.view().messages).toHaveLength(60);
	});

	it('given older messages that cannot be loaded, when it is tried again, then they come', async () => {
		const chat = openChat({ history: many(60), fates: { fetchHistory: ['held', 'server.unreachable'] } });
		await chat.release();
		await chat.advance(0);
		await chat.tell({ type: 'LOAD_OLDER' });
		expect(chat.view()).toMatchObject({ hasOlder: true, isLoadingOlder: false });

		await chat.tell({ type: 'LOAD_OLDER' });
		expect(chat.view().messages).toHaveLength(60);
	});

	it('given history that does not load, when it is tried again by itself, then the waits grow, and a person can see it', async () => {
		const chat = openChat({
			history: many(1),
			fates: { fetchHistory: ['server.unreachable', 'server.unreachable', 'server.unreachable'] }
		});
		await chat.advance(0);
		expect(chat.view().status).toBe('failed');
		await chat.advance(499);
		expect(chat.asked).toHaveLength(1);
		await chat.advance(1 + 999);
		expect(chat.asked).toHaveLength(2);
		await chat.advance(1 + 2_000);

		expect(chat.view().status).toBe('ready');
	});

	it('given a server that is throttled, when it is tried again, then not before the server allows it', async () => {
		const throttled = new RoostError('server.throttled', 'scripted', { retryAfterMs: 9_000 });
		const chat = openChat({ fates: { fetchHistory: [throttled] } });
		await chat.advance(8_999);
		expect(chat.asked).toHaveLength(1);
		await chat.advance(1);

		expect(chat.asked.length).toBeGreaterThan(1);
	});

	it('given live news, when many come while one request is under way, then one more request follows, not many', async () => {
		const chat = openChat({ history: many(1), fates: { fetchNewer: ['held'] } });
		await chat.advance(0);
		const before = chat.asked.length;
		for (let index = 0; index < 20; index += 1) chat.actor.send({ type: 'REFRESH' });
		chat.stored.push(message(2));
		await chat.release();
		await chat.advance(0);

		expect(chat.asked.length - before).toBe(1);
		expect(chat.view().messages).toHaveLength(2);
	});

	it('given news that comes while history loads, when it has loaded, then it is fetched all the same', async () => {
		const chat = openChat({ history: many(1), fates: { fetchHistory: ['held'] } });
		await chat.advance(0);
		chat.actor.send({ type: 'REFRESH' });
		await chat.release();
		await chat.advance(0);

		expect(chat.asked).toContain('newer than 1');
	});

	it('given hundreds of new messages after an outage, when we are back, then all come', async () => {
		const chat = openChat({ history: many(3) });
		await chat.advance(0);
		await chat.tell({ type: 'OFFLINE' });
		chat.stored.push(...many(350).slice(3));
		await chat.tell({ type: 'REFRESH' });
		expect(chat.view().messages).toHaveLength(3);
		await chat.tell({ type: 'ONLINE' });

		expect(chat.view().messages.map(({ id }) => id)).toEqual(many(350).map(({ id }) => id));
	});

	it('given a server that came back from an older copy, when we are back, then what it has is shown, and what is written there from now on', async () => {
		const chat = openChat({ history: many(80) });
		await chat.advance(0);
		await chat.tell({ type: 'LOAD_OLDER' });
		await chat.tell({ type: 'OFFLINE' });
		chat.stored.splice(60, Infinity, message(61, { text: 'another' }));
		await chat.tell({ type: 'ONLINE' });

		expect(chat.view().messages.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, at) => at + 12));
		expect(chat.view()).toMatchObject({ hasOlder: true, unread: 0 });
		chat.stored.push(message(62, { text: 'one more' }));
		await chat.tell({ type: 'REFRESH' });
		expect(chat.shown().slice(-2)).toEqual(['another: sent', 'one more: sent']);
		expect(chat.view().unread).toBe(1);
	});

	it('given a server that has forgotten us, when it takes us for somebody else, then what we write is ours all the same', async () => {
		const chat = openChat();
		await chat.advance(0);
		await chat.send('before');
		await chat.advance(0);
		await chat.tell({ type: 'OPENED' }, { type: 'CLOSED' });
		await chat.tell(
			{ type: 'OFFLINE' },
			{ type: 'ONLINE', own: { actorType: 'guests', actorId: 'ann anew' } }
		);
		chat.stored.push(message(7, { actorId: 'ann anew' }), message(8, { actorId: 'ben' }));
		await chat.tell({ type: 'REFRESH' });

		expect(chat.view().messages.map(({ author }) => author.isOwn)).toEqual([false, true, false]);
		expect(chat.view().unread).toBe(1);
	});

	it('given an outage in which nobody wrote, when we are back, then all stays as it was read', async () => {
		const chat = openChat({ history: many(80) });
		await chat.advance(0);
		await chat.tell({ type: 'LOAD_OLDER' });
		await chat.receive('unread');
		await chat.tell({ type: 'OFFLINE' }, { type: 'ONLINE' });

		expect(chat.view().messages.map(({ id }) => id)).toEqual(many(81).map(({ id }) => id));
		expect(chat.view()).toMatchObject({ hasOlder: false, unread: 1 });
		const before = chat.asked.length;
		await chat.tell({ type: 'REFRESH' });
		expect(chat.asked.slice(before)).toEqual(['newer than 81']);
	});

	it('given a request for news that fails, when time passes, then it is made again', async () => {
		const chat = openChat({ history: many(1) });
		await chat.advance(0);
		const failing = openChat({ history: many(1), fates: { fetchNewer: ['server.unreachable'] } });
		await failing.advance(1_000);

		expect(failing.asked.filter((what) => what.startsWith('newer'))).toHaveLength(2);
	});
});

describe('unread', () => {
	it('given a closed panel, when others write, then those are counted; our own and system messages are not', async () => {
		const chat = openChat({ history: many(1) });
		await chat.advance(0);
		await chat.receive('one', 'two');
		chat.stored.push(message(90, { systemMessage: 'call_started' }));
		await chat.tell({ type: 'REFRESH' });
		await chat.send('mine');
		await chat.advance(0);

		expect(chat.view().unread).toBe(2);
	});

	it('given unread messages, when the panel opens, then the first of them is marked, however often that is told, and none is counted; closing takes the mark away', async () => {
		const chat = openChat({ history: many(1) });
		await chat.advance(0);
		await chat.receive('one', 'two');
		await chat.tell({ type: 'OPENED' });
		expect(chat.view()).toMatchObject({ unread: 0, firstUnreadKey: 'm2' });

		await chat.tell({ type: 'OPENED' });
		expect(chat.view().firstUnreadKey).toBe('m2');

		await chat.receive('three');
		expect(chat.view().unread).toBe(0);
		await chat.tell({ type: 'CLOSED' });
		expect(chat.view().firstUnreadKey).toBeNull();
		await chat.receive('four');
		expect(chat.view().unread).toBe(1);
	});

	it('given an empty room, when the first message comes, then it is unread', async () => {
		const chat = openChat();
		await chat.advance(0);
		await chat.receive('hello');

		expect(chat.view().unread).toBe(1);
	});
});

describe('writing', () => {
	it('given texts, when they are sent, then one after the other, in order, and the outbox is empty at the end', async () => {
		const chat = openChat();
		await chat.send('a', '  b ', 'c');
		expect(chat.shown().slice(0, 3)).toEqual(expect.arrayContaining(['c: sending']));
		await chat.advance(0);

		expect(chat.texts()).toEqual(['a', 'b', 'c']);
		expect(chat.shown()).toEqual(['a: sent', 'b: sent', 'c: sent']);
		expect(chat.rows).toEqual([]);
	});

	it('given nothing to say, too much to say, or a room that is closed, when sent, then nothing leaves', async () => {
		const chat = openChat();
		await chat.send('   ', 'x'.repeat(21), `  ${'y'.repeat(20)}  `);
		await chat.advance(0);
		expect(chat.texts()).toEqual(['y'.repeat(20)]);

		const closed = openChat({ mayWrite: false });
		await closed.send('a');
		expect(closed.view()).toMatchObject({ canSend: false, messages: [] });
	});

	it('given an answer that is lost, when it is tried again, then the stored message is found and not doubled', async () => {
		const chat = openChat({ fates: { sendMessage: ['answer lost'] } });
		await chat.send('a', 'b');
		await chat.advance(5_000);

		expect(chat.texts()).toEqual(['a', 'b']);
		expect(chat.rows).toEqual([]);
	});

	it('given an answer that is lost and hundreds of messages since, when it is tried again, then it is found all the same', async () => {
		const lost = { account: 'https://cloud.example', token, referenceId: 'old', text: 'a', writtenAt: now };
		const mine = message(5, { referenceId: 'old', text: 'a', actorId: 'ann' });
		const history = [...many(4), mine, ...many(700).slice(5)];
		const chat = openChat({ history, outbox: [lost] });
		await chat.advance(5_000);

		expect(chat.texts()).toEqual(['a']);
		expect(chat.rows).toEqual([]);
	});

	it('given an old outbox and a long history, when it is looked for, then not beyond the time it was written', async () => {
		const lost = { account: 'https://cloud.example', token, referenceId: 'old', text: 'a', writtenAt: now };
		const history = many(3_000).map((old) => ({ ...old, sentAt: now / 1_000 - 7_200 }));
		const chat = openChat({ history, outbox: [lost] });
		await chat.advance(5_000);

		expect(chat.asked.filter((what) => what.startsWith('history'))).toHaveLength(2);
		expect(chat.texts()).toEqual(['a']);
	});

	it('given a message that did not get through, when it is tried again, then it waits longer each time, and those after it wait too', async () => {
		const chat = openChat({ fates: { sendMessage: ['server.unreachable', 'server.unreachable'] } });
		await chat.send('a', 'b');
		await chat.advance(400);
		expect(chat.texts()).toEqual([]);
		await chat.advance(5_000);

		expect(chat.texts()).toEqual(['a', 'b']);
	});

	it('given a server that can be read and takes nothing, when a message is tried again and again, then the waits grow', async () => {
		const chat = openChat({ fates: { sendMessage: Array<ErrorCode>(99).fill('server.unreachable') } });
		await chat.send('a');
		await chat.advance(60_000);
		const tries = chat.asked.filter((what) => what.startsWith('send')).length;
		expect(tries).toBeGreaterThan(3);
		expect(tries).toBeLessThan(12);
	});

	it('given a message that the server refuses, when others follow, then it stays failed until a person tries again', async () => {
		const chat = openChat({ fates: { sendMessage: ['server.refused'] } });
		await chat.send('a', 'b');
		await chat.advance(60_000);
		expect(chat.shown()).toEqual(['b: sent', 'a: failed']);

		await chat.tell({ type: 'RETRY', referenceId: 'ref-1' });

		expect(chat.texts()).toEqual(['b', 'a']);
		expect(chat.rows).toEqual([]);
	});

	it('given a message that the server refused, when the tab is reloaded, then it is still for a person to try again', async () => {
		const before = openChat({ fates: { sendMessage: ['server.refused'] } });
		await before.send('a');
		await before.advance(0);
		before.actor.stop();

		const chat = openChat({ outbox: before.rows });
		await chat.advance(60_000);
		expect(chat.shown()).toEqual(['a: failed']);
		expect(chat.texts()).toEqual([]);

		await chat.tell({ type: 'RETRY', referenceId: 'ref-1' });

		expect(chat.texts()).toEqual(['a']);
		expect(chat.rows).toEqual([]);
	});

	it('given messages that were with another tab, when that is gone, then they are sent within half a minute', async () => {
		const chat = openChat();
		await chat.advance(0);
		const row = { account: 'https://cloud.example', token, referenceId: 'theirs', text: 'a', writtenAt: now };
		chat.rows.push(row);
		await chat.advance(30_000);

		expect(chat.texts()).toEqual(['a']);
		expect(chat.rows).toEqual([]);
	});

	it('given messages that wait, when they are tried again, then this tab says each time that they are its own', async () => {
		const fates: Fate[] = Array.from({ length: 99 }, () => 'server.unreachable');
		const chat = openChat({ fates: { sendMessage: fates } });
		await chat.send('a', 'b');
		const before = chat.claims();
		await chat.advance(20_000);

		expect(chat.claims() - before).toBeGreaterThanOrEqual(5);
		expect(chat.texts()).toEqual([]);
	});

	it('given an outage, when texts are written, then they are queued and kept, and sent in order once we are back', async () => {
		const chat = openChat({ isOffline: true });
		await chat.send('a', 'b');
		await chat.advance(60_000);
		expect(chat.shown()).toEqual(['a: queued', 'b: queued']);
		expect(chat.rows.map(({ text }) => text)).toEqual(['a', 'b']); // a reload loses neither
		expect(chat.texts()).toEqual([]);

		await chat.tell({ type: 'ONLINE' });

		expect(chat.texts()).toEqual(['a', 'b']);
	});

	it('given an outbox from before a reload, when the chat opens, then it is sent first, and what the server has is not sent again', async () => {
		const row = (referenceId: string, text: string) => ({
			account: 'https://cloud.example',
			token,
			referenceId,
			text,
			writtenAt: now
		});
		const chat = openChat({
			history: [message(1, { referenceId: 'was-stored', text: 'a', actorId: 'ann' })],
			outbox: [row('was-stored', 'a'), row('was-not', 'b')]
		});
		await chat.send('c');
		await chat.advance(5_000);

		expect(chat.texts()).toEqual(['a', 'b', 'c']);
		expect(chat.rows).toEqual([]);
	});

	it('given a message whose answer is slow, when it arrives as news first, then it is shown once and nothing waits', async () => {
		const chat = openChat({ fates: { sendMessage: ['held'] } });
		await chat.advance(0);
		await chat.send('a');
		chat.stored.push(message(1, { referenceId: 'ref-1', text: 'a', actorId: 'ann' }));
		await chat.tell({ type: 'REFRESH' });

		expect(chat.shown()).toEqual(['a: sent']);
		expect(chat.rows).toEqual([]);
	});

	it('given 50 messages that wait, when one more is written, then it is not taken, and people can see that', async () => {
		const chat = openChat({ isOffline: true });
		await chat.send(...Array.from({ length: 50 }, (_, index) => `m${index}`));
		expect(chat.view()).toMatchObject({ canSend: true, isFull: true });
		await chat.send('too much');
		expect(chat.view().messages).toHaveLength(50);

		await chat.tell({ type: 'ONLINE' });
		await chat.advance(0);
		expect(chat.view().isFull).toBe(false);
	});

	it('P11 given an outbox that fails, when texts are sent, then they are sent all the same', async () => {
		const chat = openChat({ isOutboxBroken: true });
		await chat.send('a', 'b');
		await chat.advance(0);

		expect(chat.texts()).toEqual(['a', 'b']);
		expect(chat.broken).toEqual([]);
	});
});

it('given any failures on the way, when all is well again, then every text was stored exactly once, in order, and nothing is left', async () => {
	const fate = fc.constantFrom<Fate>(
		'server.unreachable',
		'answer lost',
		'server.maintenance',
		'session.lost'
	);
	const step = fc.oneof(
		{ weight: 3, arbitrary: fc.record({ send: fc.constant(true) }) },
		fc.record({
			event: fc.constantFrom('ONLINE' as const, 'OFFLINE' as const, 'REFRESH' as const, 'LOAD_OLDER' as const)
		}),
		fc.record({ advance: fc.constantFrom(0, 300, 2_000) }),
		fc.record({ others: fc.nat(60) })
	);
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { maxLength: 25 }),
			fc.record({
				sendMessage: fc.array(fate, { maxLength: 6 }),
				fetchHistory: fc.array(fate, { maxLength: 4 }),
				fetchNewer: fc.array(fate, { maxLength: 4 })
			}),
			async (steps, fates) => {
				const chat = openChat({ fates });
				const written: string[] = [];
				for (const next of steps) {
					if ('send' in next) {
						written.push(`t${written.length}`);
						await chat.send(`t${written.length - 1}`);
					} else if ('event' in next) await chat.tell({ type: next.event });
					else if ('advance' in next) await chat.advance(next.advance);
					else await chat.receive(...Array<string>(next.others).fill('other'));
				}
				await chat.tell({ type: 'ONLINE' });
				await chat.advance(600_000);

				expect(chat.broken).toEqual([]);
				expect(chat.texts()).toEqual(written);
				expect(chat.rows).toEqual([]);
				expect(chat.view().messages.every(({ delivery }) => delivery === 'sent')).toBe(true);
				expect(
					chat
						.view()
						.messages.filter(({ author }) => author.isOwn)
						.map(({ text }) => text)
				).toEqual(written);
				chat.actor.stop();
				expect(chat.clock.pending).toBe(0);
			}
		),
		{ seed: 808, numRuns: 120 }
	);
}, 60_000);
