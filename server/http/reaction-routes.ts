import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ReactionBody, ReactionQuery } from '../../src/lib/protocol/chat-request.ts';
import { Refusal } from '../rooms/refusal.ts';
import { wireReactions } from '../wire/reactions.ts';
import { messageIdOf, read, sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

/** Emoji on messages. Every answer is everybody's reactions to the message. */
export function registerReactionRoutes(app: FastifyInstance, services: Services): void {
	const { membership, reactions, writing } = services;
	const path = '/v1/reaction/:token/:messageId';

	function writerOf(request: FastifyRequest) {
		const token = tokenOf(request);
		const { attendee } = membership.visit(token, request.guestKey);
		if (!writing.take(attendee.id.toString())) throw new Refusal('tooMany');
		return token;
	}

	app.post(path, (request, reply) => {
		const token = writerOf(request);
		const { reaction } = read(ReactionBody, request);
		const { isNew, reactions: all } = reactions.add(token, request.guestKey, messageIdOf(request), reaction);
		return sendOcs(reply, wireReactions(all), isNew ? 201 : 200);
	});

	app.delete(path, (request, reply) => {
		const token = writerOf(request);
		const { reaction } = read(ReactionBody, request);
		const all = reactions.revoke(token, request.guestKey, messageIdOf(request), reaction);
		return sendOcs(reply, wireReactions(all));
	});

	app.get(path, (request, reply) => {
		const { reaction } = read(ReactionQuery, request);
		const token = tokenOf(request);
		const all = reactions.list(token, request.guestKey, messageIdOf(request), reaction ?? null);
		return sendOcs(reply, wireReactions(all));
	});
}
