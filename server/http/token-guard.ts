import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { networkOf } from '../network.ts';
import { createGuesses } from '../rate.ts';
import { Refusal } from '../rooms/refusal.ts';
import type { Services } from './services.ts';

const Named = v.object({ token: v.string() });

/**
 * Slows down trying out tokens: an address that has asked for many rooms that do not exist is let into none for a while,
 * not even into one that does, or the answer would tell the two apart. Whoever is known in a room notices nothing.
 */
export function guardTokens(app: FastifyInstance, { storage, bounds, now }: Services): void {
	const guesses = createGuesses(bounds.unknownTokens, bounds.unknownTokenRestMs, now);

	function isKnownIn(text: string, { guestKey }: FastifyRequest): boolean {
		const token = v.safeParse(RoomToken, text);
		const room = token.success ? storage.roomByToken(token.output) : undefined;
		return room !== undefined && storage.attendeeByGuest(room.id, guestKey) !== undefined;
	}

	app.addHook('preHandler', async (request, reply) => {
		const waitMs = guesses.waitMs(networkOf(request.ip));
		if (waitMs === 0) return;
		const named = [request.params, request.query].flatMap((fields) => {
			const read = v.safeParse(Named, fields);
			return read.success ? [read.output.token] : [];
		});
		if (named.every((token) => isKnownIn(token, request))) return;
		reply.header('Retry-After', Math.ceil(waitMs / 1000));
		throw new Refusal('tooMany', 'token');
	});
	app.addHook('onError', async (request, _reply, error: unknown) => {
		if (error instanceof Refusal && error.reason === 'unknownRoom') guesses.take(networkOf(request.ip));
	});
}
