import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
	CreateRoomBody,
	GuestNameBody,
	JoinRoomBody,
	SessionStateBody
} from '../../src/lib/protocol/room.ts';
import { Refusal } from '../rooms/refusal.ts';
import { listedParticipant } from '../wire/participant.ts';
import { read, sendOcs, tokenOf } from './ocs.ts';
import { viewRoom } from './room-view.ts';
import type { Services } from './services.ts';

/** Rooms, and coming and going in them. */
export function registerRoomRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, membership, presence, bounds } = services;

	const mayCreate = (request: FastifyRequest) =>
		config.rooms === 'open' || isBearer(request, config.adminToken);
	const rateLimit = { max: bounds.roomsPerMinute, timeWindow: 60_000 };
	app.post('/v4/room', { config: { rateLimit } }, (request, reply) => {
		if (!mayCreate(request)) throw new Refusal('notAllowed', 'permissions');
		const { roomName } = read(CreateRoomBody, request);
		const room = membership.createRoom(roomName);
		return sendOcs(reply, viewRoom(services, room, request.guestKey), 201);
	});

	app.get('/v4/room/:token', (request, reply) => {
		const room = storage.roomByToken(tokenOf(request));
		if (!room) throw new Refusal('unknownRoom');
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});

	app.post('/v4/room/:token/participants/active', (request, reply) => {
		const { force } = read(JoinRoomBody, request);
		const { room } = membership.join(tokenOf(request), request.guestKey, force);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});

	app.delete('/v4/room/:token/participants/active', (request, reply) => {
		membership.leave(tokenOf(request), request.guestKey);
		return sendOcs(reply, null);
	});

	app.put('/v4/room/:token/participants/state', (request, reply) => {
		read(SessionStateBody, request); // nobody is notified of anything here, so there is nothing to hold back
		const { room } = membership.visit(tokenOf(request), request.guestKey);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});

	app.get('/v4/room/:token/participants', (request, reply) => {
		const { room, participants } = membership.list(tokenOf(request), request.guestKey);
		const listed = participants.map((participant) => listedParticipant(room, participant, presence));
		return sendOcs(reply, listed);
	});

	app.post('/v1/guest/:token/name', (request, reply) => {
		const { displayName } = read(GuestNameBody, request);
		membership.rename(tokenOf(request), request.guestKey, displayName);
		return sendOcs(reply, null);
	});
}

/** Compared as hashes, so that neither length nor beginning of the token shows in the time it takes. */
function isBearer(request: FastifyRequest, token: string | undefined): boolean {
	const given = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
	if (token === undefined || given === undefined) return false;
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(given), digest(token));
}
