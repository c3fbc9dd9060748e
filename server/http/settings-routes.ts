import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Config } from '../config.ts';
import { Refusal } from '../rooms/refusal.ts';
import { originOf } from './identity.ts';
import { read, sendOcs } from './ocs.ts';
import type { Services } from './services.ts';

/** How long credentials for the TURN servers last; a call may be long. */
const turnSeconds = 24 * 60 * 60;

const SettingsQuery = v.object({ token: v.optional(v.string(), '') });

/** How to reach signaling, and the ICE servers. */
export function registerSettingsRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, proof, now } = services;

	app.get('/v3/signaling/settings', async (request, reply) => {
		const token = v.safeParse(RoomToken, read(SettingsQuery, request).token);
		const room = token.success ? storage.roomByToken(token.output) : undefined;
		if (!room) throw new Refusal('unknownRoom');
		const iceServers = {
			stunservers: config.stunUrls.length > 0 ? [{ urls: config.stunUrls }] : [],
			turnservers: turnServers(config, now())
		};
		const always = { userId: null, ...iceServers, sipDialinInfo: '', federation: null };
		if (config.signalingMode === 'internal') {
			return sendOcs(reply, { ...always, signalingMode: 'internal', hideWarning: false, server: '' });
		}
		const origin = originOf(request, config);
		const ticket = proof.makeTicket(request.guestKey);
		const name = storage.participantByGuest(room.id, request.guestKey)?.attendee.displayName;
		return sendOcs(reply, {
			...always,
			signalingMode: 'external',
			hideWarning: true,
			server: config.signaling?.url ?? `${origin}/signaling`,
			ticket,
			helloAuthParams: {
				'1.0': { userid: null, ticket },
				'2.0': { token: await proof.makeToken(origin, request.guestKey, name) }
			}
		});
	});
}

/** The TURN REST scheme: the name says until when, the password proves that the name was made here. */
function turnServers({ turn }: Config, nowMs: number) {
	if (!turn) return [];
	const username = `${Math.floor(nowMs / 1000) + turnSeconds}:${randomBytes(8).toString('hex')}`;
	const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
	return [{ urls: turn.urls, username, credential }];
}
