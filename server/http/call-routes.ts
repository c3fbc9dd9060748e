import type { FastifyInstance } from 'fastify';
import { JoinCallBody, LeaveCallBody, UpdateCallBody } from '../../src/lib/protocol/call.ts';
import { Refusal } from '../rooms/refusal.ts';
import { inCall } from '../rooms/world.ts';
import { callPeer, participantsCsv } from '../wire/participant.ts';
import { read, sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

/** The call of a room. */
export function registerCallRoutes(app: FastifyInstance, services: Services): void {
	const { storage, membership, calls, presence, backend } = services;
	app.get('/v4/call/:token', (request, reply) => {
		const token = tokenOf(request);
		const room = storage.roomByToken(token);
		if (!room) throw new Refusal('unknownRoom');
		const peers = calls.peers(token, request.guestKey).map((peer) => callPeer(room, peer, presence));
		return sendOcs(reply, peers);
	});

	app.get('/v4/call/:token/download', (request, reply) => {
		const token = tokenOf(request);
		const { participants } = membership.list(token, request.guestKey);
		const present = inCall(participants);
		if (present.length === 0) throw new Refusal('badRequest');
		return reply
			.header('Content-Disposition', `attachment; filename="participants-${token}.csv"`)
			.type('text/csv; charset=utf-8')
			.send(participantsCsv(present));
	});

	// answered once an external signaling server knows: clients go on from there, and it would not let them
	app.post('/v4/call/:token', async (request, reply) => {
		const { flags, silent: isSilent, recordingConsent: hasConsented } = read(JoinCallBody, request);
		calls.join(tokenOf(request), request.guestKey, { flags, isSilent, hasConsented });
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
