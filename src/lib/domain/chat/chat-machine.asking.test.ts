import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { chatMessage as message } from '../../../../tests/support/chat-message.ts';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import type { RoomToken } from '../../protocol/ids.ts';
import type { Abort } from '../abort.ts';
import { RoostError } from '../errors.ts';
import type { ChatMessage, MessagePage, TalkApi } from '../talk-api.ts';
import { chatMachine } from './chat-machine.ts';

const token = 'room' as RoomToken;

/** Until every promise that is under way has led where it leads. */
const settled = () => new Promise<void>((done) => void setImmediate(done));

/** A chat of whose news nobody tells, at a server that holds questions until there are some. */
function openChat() {
	const clock = new BenchClock();
	const stored = Array.from({ length: 60 }, (_, index) => message(index + 1));
	const waiting = new Set<() => void>();
	const asked: string[] = [];
	const server = { isUp: true, holdsQuestions: true };
	const page = (messages: ChatMessage[]): MessagePage => ({ messages, lastGiven: messages.at(-1)?.id });
	const newer = (after: number) => page(stored.filter(({ id }) => id > after));
	const mustBeUp = () => {
		if (!server.isUp) throw new RoostError('server.unreachable', 'scripted');
	};
	const held = (waitSeconds: number, signal: Abort | undefined) =>
		new Promise<void>((done, fail) => {
			const wake = () => {
				clock.clearTimeout(timer);
				waiting.delete(wake);
				done();
			};
			const timer = clock.setTimeout(wake, waitSeconds * 1_000);
			waiting.add(wake);
			signal?.addEventListener('abort', () => {
				wake();
				fail(new RoostError('server.unreachable', 'nobody waits'));
			});
		});
	const api: Pick<TalkApi, 'fetchHistory' | 'fetchNewer' | 'sendMessage'> = {
		fetchHistory: async (_, { before = Infinity, limit }) => {
			asked.push('history');
			mustBeUp();
			return page(stored.filter(({ id }) => id < before).slice(-limit));
		},
		fetchNewer: async (_, { after, waitSeconds, signal }) => {
			asked.push(`newer than ${after} within ${waitSeconds} s`);
			mustBeUp();
			const isIdle = () => newer(after).messages.length === 0;
			if (isIdle() && waitSeconds > 0 && server.holdsQuestions) await held(waitSeconds, signal);
			mustBeUp();
			return newer(after);
		},
		sendMessage: async (_, { text, referenceId }) => {
			const kept = message(stored.length + 1, { text, referenceId, actorId: 'ann', actorName: 'Ann' });
			stored.push(kept);
			for (const wake of [...waiting]) wake();
			return kept;
		}
	};
	const broken: unknown[] = [];
	const actor = createActor(chatMachine, {
		clock,
		input: {
			api: api as TalkApi,
			outbox: { claim: async () => [], put: async () => undefined, remove: async () => undefined },
			account: 'https://cloud.example',
			token,
			own: { actorType: 'guests', actorId: 'ann', name: 'Ann' },
			mayWrite: true,
			isModerator: false,
			features: [],
			maxLength: 200,
			now: () => clock.now(),
			random: () => 0.5,
			newReferenceId: () => `ref-${stored.length}`
		}
	});
	actor.subscribe({ error: (error) => broken.push(error) });
	actor.start();
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
	return {
		actor,
		advance,
		asked,
		broken,
		clock,
		server,
		/** How many questions the server holds. */
		held: () => waiting.size,
		shown: () => actor.getSnapshot().context.messages.map(({ text }) => text),
		write: async (...texts: string[]) => {
			for (const text of texts) stored.push(message(stored.length + 1, { text }));
			for (const wake of [...waiting]) wake();
			await settled();
		},
		tell: async (...events: Parameters<typeof actor.send>[0][]) => {
			for (const event of events) {
				actor.send(event);
				await settled();
			}
		}
	};
}

const online = { type: 'ONLINE', isTold: false } as const;

describe('a chat of whose news nobody tells', () => {
	it('given nothing new, when time passes, then the server is asked again and again, one question at a time', async () => {
		const chat = openChat();
		await chat.tell(online);
		expect(chat.held()).toBe(1);
		const before = chat.asked.length;

		await chat.advance(5 * 60_000);

		expect(chat.held()).toBe(1);
		expect(chat.asked.length - before).toBe(9);
		expect(new Set(chat.asked.slice(1))).toEqual(
			new Set(['newer than 60 within 0 s', 'newer than 60 within 30 s'])
		);
	});

	it('given messages of others, when they are written, then they are there at once, whatever the clock says', async () => {
		const chat = openChat();
		await chat.tell(online);

		await chat.write('one');
		await chat.write('two', 'three');

		expect(chat.shown().slice(-3)).toEqual(['one', 'two', 'three']);
		expect(chat.held()).toBe(1);
	});

	it('given a message of ours, when it is sent while a question waits, then it is there once', async () => {
		const chat = openChat();
		await chat.tell(online, { type: 'SEND', text: 'ours' });
		await chat.advance(0);

		expect(chat.shown().filter((text) => text === 'ours')).toHaveLength(1);
		expect(chat.actor.getSnapshot().context.waiting).toEqual([]);
		expect(chat.held()).toBe(1);
	});

	it('given a question that waits, when older messages are wanted, then they come, and it is asked again', async () => {
		const chat = openChat();
		await chat.tell(online, { type: 'LOAD_OLDER' });

		expect(chat.shown()).toHaveLength(60);
		expect(chat.held()).toBe(1);
	});

	it('given a question that waits, when we go offline, then it is taken back, and asked when we are online', async () => {
		const chat = openChat();
		await chat.tell(online, { type: 'OFFLINE' });
		expect(chat.held()).toBe(0);
		const before = chat.asked.length;
		await chat.advance(120_000);
		expect(chat.asked).toHaveLength(before);

		await chat.write('meanwhile');
		await chat.tell(online);

		expect(chat.shown().at(-1)).toBe('meanwhile');
		expect(chat.held()).toBe(1);
	});

	it('given a server that fails, when it is back, then it is asked again, with pauses meanwhile', async () => {
		const chat = openChat();
		await chat.tell(online);
		chat.server.isUp = false;
		await chat.write('lost answer');
		const before = chat.asked.length;
		await chat.advance(60_000);
		expect(chat.asked.length - before).toBeLessThan(12);
		chat.server.isUp = true;

		await chat.advance(20_000);

		expect(chat.shown().at(-1)).toBe('lost answer');
		expect(chat.held()).toBe(1);
	});

	it('given a server that does not hold questions, when there is nothing new, then it is not asked without a pause', async () => {
		const chat = openChat();
		chat.server.holdsQuestions = false;
		await chat.tell(online);
		const before = chat.asked.length;

		await chat.advance(1_000);

		expect(chat.asked.length - before).toBe(4);
	});

	it('given a server that tells by now, when we are online again, then it is no longer asked', async () => {
		const chat = openChat();
		await chat.tell(online, { type: 'OFFLINE' }, { type: 'ONLINE', isTold: true });

		expect(chat.held()).toBe(0);
		chat.actor.stop();
		expect(chat.clock.pending).toBe(0);
		expect(chat.broken).toEqual([]);
	});
});
