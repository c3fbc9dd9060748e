import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { ModeratorSecretBody } from '../../src/lib/protocol/room-settings.ts';
import { networkOf } from '../network.ts';
import { createGuesses } from '../rate.ts';
import type { Room } from '../rooms/model.ts';
import { Refusal } from '../rooms/refusal.ts';
import { changerOf } from './changer.ts';
import { identifyGuests, originOf } from './identity.ts';
import { read, sendOcs, tokenOf } from './ocs.ts';
import { viewChangedRoom } from './room-view.ts';
import type { Services } from './services.ts';

/** Makes whoever asks a moderator, if they know the secret and have not guessed too often. */
type Claim = (request: FastifyRequest, token: RoomToken, secret: string) => Room | { waitMs: number };

export function createClaims({ links, settings, bounds, now }: Services): Claim {
	const guesses = createGuesses(bounds.passwordGuesses, bounds.passwordRestMs, now);
	return (request, token, secret) => {
		settings.look(token);
		const guesser = JSON.stringify([networkOf(request.ip), token]);
		const waitMs = guesses.take(guesser);
		if (waitMs > 0) return { waitMs };
		const room = links.claim(token, request, secret);
		guesses.giveBack(guesser);
		return room;
	};
}

/** What Talk has no word for: the link that makes moderators. */
export function registerRoostRoutes(app: FastifyInstance, services: Services, claim: Claim): void {
	const { config, links } = services;

	/** A new secret, in place of the one before: what was given out is not kept anywhere. */
	app.post('/v1/rooms/:token/moderator-link', (request, reply) => {
		const token = tokenOf(request);
		const moderatorSecret = links.renew(token, changerOf(request, config));
		const link = `${originOf(request, config)}/moderate/${token}/${moderatorSecret}`;
		return sendOcs(reply, { moderatorSecret, link }, 201);
	});

	app.delete('/v1/rooms/:token/moderator-link', (request, reply) => {
		links.revoke(tokenOf(request), changerOf(request, config));
		return sendOcs(reply, null);
	});

	app.post('/v1/rooms/:token/moderators', (request, reply) => {
		const claimed = claim(request, tokenOf(request), read(ModeratorSecretBody, request).secret);
		if ('waitMs' in claimed) {
			reply.header('Retry-After', Math.ceil(claimed.waitMs / 1000));
			throw new Refusal('tooMany', 'secret');
		}
		return sendOcs(reply, viewChangedRoom(services, claimed, request.guestKey));
	});
}

const LinkParams = v.object({ token: RoomToken, secret: v.pipe(v.string(), v.maxLength(255)) });

/**
 * The moderator link, as people open it: it leads to the call, whatever it was worth. Somebody with a link that works no
 * more is a guest like others, and is told on the page what is wrong with the room if something is.
 */
export function serveModeratorLinks(app: FastifyInstance, { config }: Services, claim: Claim): void {
	identifyGuests(app, config);
	app.get('/moderate/:token/:secret', { exposeHeadRoute: false }, (request, reply) => {
		const params = v.safeParse(LinkParams, request.params);
		if (!params.success) return reply.code(404).type('text/plain').send('Not found\n');
		const { token, secret } = params.output;
		try {
			claim(request, token, secret);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
		}
		return reply.header('Cache-Control', 'no-store').redirect(`/call/${token}`, 303);
	});
}
