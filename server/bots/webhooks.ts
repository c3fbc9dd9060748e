import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { botState } from '../../src/lib/protocol/bot-request.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Bounds, Timings } from '../bounds.ts';
import { listenersOf, newRandom, signatureOf } from '../rooms/bots.ts';
import type { Bot, RoomNews } from '../rooms/model.ts';
import type { Storage } from '../rooms/storage.ts';
import { activityOf, movementOf } from './activities.ts';

interface WebhookDependencies {
	storage: Storage;
	/** our own base address as bots are to reach it, without a slash at the end */
	ownUrl: () => string;
	timings: Pick<Timings, 'botTimeoutMs' | 'botRetryMs'>;
	bounds: Pick<Bounds, 'queuedBotPosts' | 'botRequests' | 'botErrors'>;
	/** milliseconds since 1970 */
	now: () => number;
	log: Logger;
}

/** What one bot is to be told, in order for each room. */
interface Lane {
	waiting: { token: RoomToken; body: string }[];
	/** of something it will not be told: that is logged once, until all the rest is */
	hasDropped: boolean;
	/** rooms of which something is on its way to the bot */
	busy: Set<RoomToken>;
}

/** Why the bot was not told, and whether trying again may help. */
type Outcome = 'told' | { error: string; isFinal: boolean };

/** Each time so much longer than the time before. */
const retryFactors = [1, 4];

/**
 * Tells bots what happens in their rooms. Nobody in a room waits for it. What a bot could not be told is counted, and a
 * bot that fails again and again is disabled, until the administrator enables it.
 */
export function createWebhooks({ storage, ownUrl, timings, bounds, now, log }: WebhookDependencies) {
	const lanes = new Map<number, Lane>();
	const over = new AbortController();
	const isOver = () => over.signal.aborted;

	function announce(news: RoomNews): void {
		if (isOver() || (news.type !== 'messagePosted' && news.type !== 'botMoved')) return;
		const room = storage.roomByToken(news.token);
		if (!room) return;
		if (news.type === 'botMoved') {
			const bot = storage.botById(news.botId);
			if (bot) tell([bot], news.token, movementOf(room, bot, news.isIn));
			return;
		}
		const bots = storage.botsOf(room.id);
		const activity = bots.length > 0 && activityOf(storage, room, news.post, news.reaction);
		if (activity) tell(bots, news.token, activity);
	}

	function tell(bots: Bot[], token: RoomToken, { feature, body }: { feature: number; body: object }): void {
		const text = JSON.stringify(body);
		for (const bot of listenersOf(bots, feature)) {
			const lane = lanes.get(bot.id) ?? { waiting: [], hasDropped: false, busy: new Set() };
			lanes.set(bot.id, lane);
			lane.waiting.push({ token, body: text });
			pump(bot.id, lane);
			if (lane.waiting.length > bounds.queuedBotPosts) drop(bot, lane);
		}
	}

	/**
	 * The newest of the room of which most waits: no room is in the way of another. That much is said is no failure of
	 * the bot, or whoever writes a lot could disable it for everybody.
	 */
	function drop({ id, name }: Bot, lane: Lane): void {
		const loudest = loudestOf(lane.waiting);
		lane.waiting.splice(
			lane.waiting.findLastIndex(({ token }) => token === loudest),
			1
		);
		if (!lane.hasDropped) log.warn({ bot: id, name }, 'a bot is not told of all: too much waits');
		lane.hasDropped = true;
	}

	/** Sends what can be sent: to each bot some at a time, of each room one. */
	function pump(botId: number, lane: Lane): void {
		while (lane.busy.size < bounds.botRequests) {
			const index = lane.waiting.findIndex(({ token }) => !lane.busy.has(token));
			const [next] = index < 0 ? [] : lane.waiting.splice(index, 1);
			if (!next) break;
			lane.busy.add(next.token);
			deliver(botId, next.body)
				.catch((error: unknown) => log.error({ err: error, bot: botId }, 'a bot could not be told'))
				.finally(() => {
					lane.busy.delete(next.token);
					if (!isOver()) pump(botId, lane);
				});
		}
		if (lane.busy.size === 0) lanes.delete(botId);
	}

	async function deliver(botId: number, body: string): Promise<void> {
		for (let attempt = 0; ; attempt += 1) {
			const bot = storage.botById(botId);
			if (!bot || bot.state === botState.disabled) return;
			const outcome = await send(bot, body);
			if (isOver()) return;
			if (outcome === 'told') {
				storage.forgetBotErrors(botId);
				return;
			}
			const factor = retryFactors[attempt];
			if (outcome.isFinal || factor === undefined) {
				fail(bot, outcome.error);
				return;
			}
			await delay(timings.botRetryMs * factor, undefined, { signal: over.signal }).catch(() => undefined);
			if (isOver()) return;
		}
	}

	/** Signed anew each time, as bots may refuse a random text that they know. */
	async function send(bot: Bot, body: string): Promise<Outcome> {
		const random = newRandom(bot.secret);
		const timeout = AbortSignal.timeout(timings.botTimeoutMs);
		try {
			const response = await fetch(bot.url, {
				method: 'POST',
				// nobody but the administrator says where the words of a room go
				redirect: 'manual',
				headers: {
					'content-type': 'application/json',
					'ocs-apirequest': 'true',
					'x-nextcloud-talk-random': random,
					'x-nextcloud-talk-signature': signatureOf(bot.secret, random, body).toString('hex'),
					'x-nextcloud-talk-backend': `${ownUrl()}/`
				},
				body,
				signal: AbortSignal.any([over.signal, timeout])
			});
			await response.body?.cancel();
			const { status } = response;
			if (status >= 200 && status < 300) return 'told';
			const isFinal = status < 500 && status !== 408 && status !== 429;
			return { error: `status ${status}`, isFinal };
		} catch (error) {
			// whoever is only slow has heard it
			if (timeout.aborted) return { error: `no answer within ${timings.botTimeoutMs} ms`, isFinal: true };
			return { error: reasonOf(error), isFinal: false };
		}
	}

	function fail(bot: Bot, error: string): void {
		const { id, name, features } = bot;
		const count = storage.countBotError(id, Math.floor(now() / 1000), error);
		log.warn({ bot: id, name, error, count }, 'a bot could not be told');
		if (count < bounds.botErrors) return;
		storage.disableBot(id);
		lanes.get(id)?.waiting.splice(0);
		log.error({ bot: id, name, features }, 'a bot has been disabled: it failed too often');
	}

	return {
		announce,
		/** What waits is lost, as what happens while the server does not run. */
		stop(): void {
			over.abort();
			lanes.clear();
		}
	};
}

function loudestOf(waiting: Lane['waiting']): RoomToken | undefined {
	const counts = new Map<RoomToken, number>();
	for (const { token } of waiting) counts.set(token, (counts.get(token) ?? 0) + 1);
	const most = Math.max(...counts.values());
	return [...counts].find(([, count]) => count === most)?.[0];
}

const Failure = v.object({ cause: v.object({ code: v.string() }) });

/** The system's word for what is wrong with a connection. */
function reasonOf(error: unknown): string {
	const failure = v.safeParse(Failure, error);
	if (failure.success) return failure.output.cause.code;
	return error instanceof Error ? error.message.slice(0, 200) : 'no connection';
}
