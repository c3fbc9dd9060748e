import type { FastifyInstance } from 'fastify';
import { JoinCallBody, LeaveCallBody, UpdateCallBody } from '../../src/lib/protocol/call.ts';
import { Refusal } from '../rooms/refusal.ts';
import { callPeer } from '../wire/participant.ts';
import { read, sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

/** The call of a room. */
export function registerCallRoutes(app: FastifyInstance, services: Services): void {
	const { storage, calls, presence, backend } = services;
	app.get('/v4/call/:token', (request, reply) => {
		const token = tokenOf(request);
		const room = storage.roomByToken(token);
		if (!room) throw new Refusal('unknownRoom');
		const peers = calls.peers(token, request.guestKey).map((peer) => callPeer(room, peer, presence));
		return sendOcs(reply, peers);
	});

	// answered once an external signaling server knows: clients go on from there, and it would not let them
	app.post('/v4/call/:token', async (request, reply) => {
		const { flags, silent } = read(JoinCallBody, request);
		calls.join(tokenOf(request), request.guestKey, flags, silent);
		await backend?.told(tokenOf(request));
		return sendOcs(reply, null);
	});

	app.put('/v4/call/:token', async (request, reply) => {
		const { flags } = read(UpdateCallBody, request);
		calls.update(tokenOf(request), request.guestKey, flags);
		await backend?.told(tokenOf(request));
		return sendOcs(reply, null);
	});

	app.delete('/v4/call/:token', async (request, reply) => {
		const { all } = read(LeaveCallBody, request);
		if (all) calls.endForAll(tokenOf(request), request.guestKey);
		else calls.leave(tokenOf(request), request.guestKey);
		await backend?.told(tokenOf(request));
		return sendOcs(reply, null);
	});
}
