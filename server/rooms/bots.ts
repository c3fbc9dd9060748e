import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { botFeature, botState, type InstallBotBody } from '../../src/lib/protocol/bot-request.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { postWithin, type Draft } from './chat.ts';
import type { Bot, Changer, NamedActor, Post, Room, RoomNews } from './model.ts';
import { reactWithin, revokeWithin } from './reactions.ts';
import { Refusal } from './refusal.ts';
import { commit, moderationOf, seconds, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** What comes with the words of a bot, to prove that they are its own. */
export interface BotProof {
	random: string | undefined;
	/** hexadecimal HMAC-SHA256 of the random text and the words, by the secret */
	signature: string | undefined;
}

/** Shorter random texts are not taken. */
const shortestRandom = 32;
/** A signature is good for once in this time. */
const replaySeconds = 24 * 60 * 60;

/** Programs that read and write in rooms. Every method throws a `Refusal` for what is not allowed. */
export function createBots(world: World) {
	const { storage } = world;

	/** @throws {Refusal} `badRequest` if there is a bot at that address */
	function install(bot: InstallBotBody): Bot {
		return commit(world, () => {
			if (storage.botByUrl(bot.url)) throw new Refusal('badRequest', 'url');
			return storage.addBot(bot);
		});
	}

	/** @throws {Refusal} `unknownBot` */
	function change(id: number, state: Bot['state'], features: number | undefined): Bot {
		return commit(world, () => {
			const bot = known(id);
			storage.setBotState(id, state, features ?? bot.features);
			return known(id);
		});
	}

	/** @throws {Refusal} `unknownBot` */
	function uninstall(id: number): void {
		commit(world, () => storage.removeBot(known(id).id));
	}

	function known(id: number): Bot {
		const bot = storage.botById(id);
		if (!bot) throw new Refusal('unknownBot', 'bot');
		return bot;
	}

	/** The bots that a moderator can let in, or sees in the room. */
	function listFor(token: RoomToken, changer: Changer): { bot: Bot; isIn: boolean }[] {
		const { room } = moderationOf(world, token, changer);
		const inside = new Set(storage.botsOf(room.id).map(({ id }) => id));
		return storage
			.bots()
			.map((bot) => ({ bot, isIn: inside.has(bot.id) }))
			.filter(({ bot, isIn }) => isIn || bot.state !== botState.noSetup);
	}

	/** @returns the bot, and whether that changed anything */
	function move(token: RoomToken, changer: Changer, botId: number, isIn: boolean) {
		return commit(world, (say) => {
			const { room } = moderationOf(world, token, changer);
			const bot = storage.botById(botId);
			const isOpen = bot?.state === botState.enabled || (bot && changer === 'administrator');
			if (!isOpen) throw new Refusal('badRequest', 'bot');
			const hasMoved = isIn ? storage.letBotIn(room.id, botId) : storage.sendBotOut(room.id, botId);
			if (hasMoved) say({ type: 'botMoved', token, botId, isIn });
			return { bot, hasMoved };
		});
	}

	/** @throws {Refusal} `unproven`, or as for guests */
	function post(token: RoomToken, proof: BotProof, draft: Draft, mayWrite: (bot: Bot) => void): Post {
		return speak(token, proof, draft.text, (room, bot, say) => {
			mayWrite(bot);
			return postWithin(world, room, actorOf(bot), { ...draft, text: draft.text.trim() }, say);
		});
	}

	/** @returns whether it was not there yet. @throws {Refusal} `unproven`, or as for guests */
	function react(
		token: RoomToken,
		proof: BotProof,
		messageId: number,
		emoji: string,
		mayWrite: (bot: Bot) => void
	) {
		return speak(token, proof, emoji, (room, bot, say) => {
			mayWrite(bot);
			return reactWithin(world, room, actorOf(bot), messageId, emoji, say);
		});
	}

	/** @throws {Refusal} `unproven`, or as for guests */
	function revoke(
		token: RoomToken,
		proof: BotProof,
		messageId: number,
		emoji: string,
		mayWrite: (bot: Bot) => void
	) {
		speak(token, proof, emoji, (room, bot, say) => {
			mayWrite(bot);
			revokeWithin(world, room, actorOf(bot), messageId, emoji, say);
		});
	}

	/** @returns the bits of what a bot may do. @throws {Refusal} `unproven` */
	function featuresOf(token: RoomToken, proof: BotProof): number {
		return speak(token, proof, token, (_room, bot) => bot.features, 0);
	}

	function speak<Result>(
		token: RoomToken,
		proof: BotProof,
		words: string,
		work: (room: Room, bot: Bot, say: Say) => Result,
		feature: number = botFeature.response
	): Result {
		const { random, signature } = checked(proof);
		return commit(world, (say) => {
			const room = storage.roomByToken(token);
			const bots = room ? storage.botsOf(room.id) : [];
			const bot = bots.find(
				({ state, features, secret }) =>
					state !== botState.disabled &&
					(features & feature) === feature &&
					isProven(secret, random, words, signature)
			);
			if (!room || !bot) throw new Refusal('unproven');
			// whoever has seen a request on its way could send it again, and to another room
			const isFirst = storage.useSignature(bot.id, signature, seconds(world));
			if (!isFirst) throw new Refusal('unproven');
			return work(room, bot, say);
		});
	}

	/** To be called every now and then. */
	function forgetSignatures(): void {
		storage.forgetSignatures(seconds(world) - replaySeconds);
	}

	return {
		install,
		change,
		uninstall,
		list: () => storage.bots(),
		listFor,
		move,
		post,
		react,
		revoke,
		featuresOf,
		forgetSignatures,
		/** whether somebody beside its people is told what is said in a room */
		hasListeners: (room: Room): boolean => listenersOf(storage.botsOf(room.id), botFeature.webhook).length > 0
	};
}
export type Bots = ReturnType<typeof createBots>;

/** The bots among them that are told of what the feature is about. */
export function listenersOf(bots: Bot[], feature: number): Bot[] {
	return bots.filter(({ state, features }) => state !== botState.disabled && (features & feature) !== 0);
}

/** A bot is known in the chat by its address, which stays the same when its name does not. */
export function urlHashOf({ url }: Pick<Bot, 'url'>): string {
	return createHash('sha1').update(url).digest('hex');
}

export function actorOf(bot: Bot): NamedActor {
	return { actorType: 'bots', actorId: `bot-${urlHashOf(bot)}`, displayName: bot.name };
}

/** The signature of either side. */
export function signatureOf(secret: string, random: string, words: string): Buffer {
	return createHmac('sha256', secret).update(random).update(words).digest();
}

/**
 * Our own random texts end in what only the secret can make of their beginning: both sides sign in the same way, and what
 * we told a bot must not come back as its words.
 */
export function newRandom(secret: string): string {
	return withMark(secret, randomBytes(16).toString('hex'));
}

/** @param text a random text and the words after it: where one ends and the other begins is not signed */
const beginsWithOurs = (secret: string, text: string) => text.startsWith(withMark(secret, text.slice(0, 32)));

const withMark = (secret: string, beginning: string) =>
	beginning + signatureOf(secret, 'by the server', beginning).toString('hex').slice(0, 32);

/** Takes the same time however much of a wrong signature is right. @param signature 64 hexadecimal digits */
function isProven(secret: string, random: string, words: string, signature: string): boolean {
	const isSigned = timingSafeEqual(Buffer.from(signature, 'hex'), signatureOf(secret, random, words));
	return isSigned && !beginsWithOurs(secret, random + words);
}

/** Lower case, so that one signature is one text. @throws {Refusal} `badRequest`, or `unproven` for what is no signature */
function checked({ random, signature }: BotProof): { random: string; signature: string } {
	if (random === undefined || random.length < shortestRandom) throw new Refusal('badRequest', 'random');
	if (signature === undefined || signature === '') throw new Refusal('badRequest', 'signature');
	if (!/^[0-9a-f]{64}$/i.test(signature)) throw new Refusal('unproven');
	return { random, signature: signature.toLowerCase() };
}
