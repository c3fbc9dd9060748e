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

/** How to reach the signaling socket, and the ICE servers. */
export function registerSettingsRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, proof, now } = services;

	app.get('/v3/signaling/settings', async (request, reply) => {
		const token = v.safeParse(RoomToken, read(SettingsQuery, request).token);
		if (!token.success || !storage.roomByToken(token.output)) throw new Refusal('unknownRoom');
		const origin = originOf(request, config);
		const ticket = proof.makeTicket(request.guestKey);
		return sendOcs(reply, {
			signalingMode: 'external',
			userId: null,
			hideWarning: true,
			server: `${origin}/signaling`,
			ticket,
			helloAuthParams: {
				'1.0': { userid: null, ticket },
				'2.0': { token: await proof.makeToken(origin, request.guestKey) }
			},
			stunservers: config.stunUrls.length > 0 ? [{ urls: config.stunUrls }] : [],
			turnservers: turnServers(config, now()),
			sipDialinInfo: '',
			federation: null
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
