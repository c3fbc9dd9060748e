import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import {
	AskFeaturesBody,
	BotMessageBody,
	BotReactionBody,
	ChangeBotBody,
	InstallBotBody
} from '../../src/lib/protocol/bot-request.ts';
import { ReactionBody } from '../../src/lib/protocol/chat-request.ts';
import { WireInteger } from '../../src/lib/protocol/wire.ts';
import { networkOf } from '../network.ts';
import { createGuesses } from '../rate.ts';
import type { BotProof } from '../rooms/bots.ts';
import type { Bot } from '../rooms/model.ts';
import { Refusal } from '../rooms/refusal.ts';
import { wireBot, wireBotDetails } from '../wire/bot.ts';
import { changerOf, isAdministrator } from './changer.ts';
import { mustNotBeTooLong } from './chat-routes.ts';
import { messageIdOf, read, sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

/** Bots: what the administrator registers, moderators let into their rooms, and the bots themselves say. */
export function registerBotRoutes(app: FastifyInstance, services: Services): void {
	registerAdministration(app, services);
	registerRooms(app, services);
	registerWords(app, services);
}

function registerAdministration(app: FastifyInstance, { config, bots }: Services): void {
	const mustAdminister = (request: FastifyRequest) => {
		if (!isAdministrator(request, config)) throw new Refusal('notAllowed');
	};

	app.get('/v1/bot/admin', (request, reply) => {
		mustAdminister(request);
		return sendOcs(reply, bots.list().map(wireBotDetails));
	});

	app.post('/v1/bot/admin', (request, reply) => {
		mustAdminister(request);
		return sendOcs(reply, wireBotDetails(bots.install(read(InstallBotBody, request))), 201);
	});

	app.put('/v1/bot/admin/:botId', (request, reply) => {
		mustAdminister(request);
		const { state, features } = read(ChangeBotBody, request);
		return sendOcs(reply, wireBotDetails(bots.change(botIdOf(request), state, features)));
	});

	app.delete('/v1/bot/admin/:botId', (request, reply) => {
		mustAdminister(request);
		bots.uninstall(botIdOf(request));
		return sendOcs(reply, null);
	});
}

function registerRooms(app: FastifyInstance, { config, bots }: Services): void {
	app.get('/v1/bot/:token', (request, reply) => {
		const listed = bots.listFor(tokenOf(request), changerOf(request, config));
		return sendOcs(
			reply,
			listed.map(({ bot, isIn }) => wireBot(bot, isIn))
		);
	});

	const move = (request: FastifyRequest, isIn: boolean) =>
		bots.move(tokenOf(request), changerOf(request, config), botIdOf(request), isIn);

	app.post('/v1/bot/:token/:botId', (request, reply) => {
		const { bot, hasMoved } = move(request, true);
		return sendOcs(reply, wireBot(bot, true), hasMoved ? 201 : 200);
	});

	app.delete('/v1/bot/:token/:botId', (request, reply) =>
		sendOcs(reply, wireBot(move(request, false).bot, false))
	);
}

/** A bot has no session: each of its words is proven by a signature. */
function registerWords(app: FastifyInstance, { bots, writing, bounds, now }: Services): void {
	const guesses = createGuesses(bounds.botGuesses, bounds.botRestMs, now);

	/** @throws {Refusal} `unproven`, or `tooMany` with the header that says when to come back */
	function proven<Result>(
		request: FastifyRequest,
		reply: FastifyReply,
		token: string,
		work: () => Result
	): Result {
		const guesser = JSON.stringify([networkOf(request.ip), token]);
		const waitMs = guesses.take(guesser);
		if (waitMs > 0) {
			reply.header('Retry-After', Math.ceil(waitMs / 1000));
			throw new Refusal('tooMany');
		}
		try {
			const result = work();
			guesses.giveBack(guesser);
			return result;
		} catch (error) {
			if (!(error instanceof Refusal && error.reason === 'unproven')) guesses.giveBack(guesser);
			throw error;
		}
	}

	const mayWrite = (token: string, { id }: Bot) => {
		if (!writing.take(`bot ${id} ${token}`)) throw new Refusal('tooMany');
	};

	app.post('/v1/bot/:token/message', (request, reply) => {
		const token = tokenOf(request);
		const { message, replyTo, referenceId, silent } = read(BotMessageBody, request);
		const draft = { text: message, replyTo, referenceId, isSilent: silent };
		proven(request, reply, token, () =>
			bots.post(token, proofIn(request), draft, (bot) => {
				mustNotBeTooLong(request);
				mayWrite(token, bot);
			})
		);
		return sendOcs(reply, null, 201);
	});

	/** The proof comes first: only then is it looked at whether what was signed is an emoji. */
	const mayReact = (request: FastifyRequest, token: string) => (bot: Bot) => {
		read(ReactionBody, request);
		mayWrite(token, bot);
	};

	app.post('/v1/bot/:token/reaction/:messageId', (request, reply) => {
		const token = tokenOf(request);
		const { reaction } = read(BotReactionBody, request);
		const id = messageIdOf(request);
		const isNew = proven(request, reply, token, () =>
			bots.react(token, proofIn(request), id, reaction, mayReact(request, token))
		);
		return sendOcs(reply, null, isNew ? 201 : 200);
	});

	app.delete('/v1/bot/:token/reaction/:messageId', (request, reply) => {
		const token = tokenOf(request);
		const { reaction } = read(BotReactionBody, request);
		const id = messageIdOf(request);
		proven(request, reply, token, () =>
			bots.revoke(token, proofIn(request), id, reaction, mayReact(request, token))
		);
		return sendOcs(reply, null);
	});

	app.post('/v1/bot/ask-features', (request, reply) => {
		const { token } = read(AskFeaturesBody, request);
		const features = proven(request, reply, token, () => bots.featuresOf(token, proofIn(request)));
		return sendOcs(reply, { features });
	});
}

function proofIn({ headers }: FastifyRequest): BotProof {
	const one = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);
	return {
		random: one(headers['x-nextcloud-talk-bot-random']),
		signature: one(headers['x-nextcloud-talk-bot-signature'])
	};
}

const BotParams = v.object({ botId: WireInteger });

/** @throws {Refusal} `unknownBot` for what cannot be the id of one */
function botIdOf(request: FastifyRequest): number {
	const params = v.safeParse(BotParams, request.params);
	if (!params.success) throw new Refusal('unknownBot', 'bot');
	return params.output.botId;
}
