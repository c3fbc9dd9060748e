import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
	CreateRoomBody,
	GuestNameBody,
	JoinRoomBody,
	LobbyBody,
	RoomPasswordBody,
	SessionStateBody
} from '../../src/lib/protocol/room.ts';
import { networkOf } from '../network.ts';
import { createGuesses } from '../rate.ts';
import type { Room } from '../rooms/model.ts';
import { fitsPassword, hashPassword } from '../rooms/passwords.ts';
import { isInLobby } from '../rooms/permissions.ts';
import { Refusal } from '../rooms/refusal.ts';
import { listedParticipant } from '../wire/participant.ts';
import { changerOf, isAdministrator } from './changer.ts';
import { keepIdentity } from './identity.ts';
import { read, readValue, sendOcs, tokenOf } from './ocs.ts';
import { viewChangedRoom, viewRoom } from './room-view.ts';
import type { Services } from './services.ts';

/** Talk's words for what is wrong with a new room. */
const wordsOfNewRoom = new Map([
	['roomType', 'type'],
	['roomName', 'name']
]);

/** Rooms, and coming and going in them. */
export function registerRoomRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, membership, doors, links, presence, bounds, now } = services;
	const guesses = createGuesses(bounds.passwordGuesses, bounds.passwordRestMs, now);

	const mayCreate = (request: FastifyRequest) => config.rooms === 'open' || isAdministrator(request, config);
	const rateLimit = { max: bounds.roomsPerMinute, timeWindow: 60_000 };
	app.post('/v4/room', { config: { rateLimit } }, (request, reply) => {
		if (!mayCreate(request)) throw new Refusal('notAllowed', 'permissions');
		const { roomName } = readValue(CreateRoomBody, request, wordsOfNewRoom);
		const room = membership.createRoom(roomName, request.browserKey);
		// no field of Talk's: whoever makes the room by a script passes it on to those who are to moderate it
		const moderatorSecret = links.renew(room.token, changerOf(request, config));
		const view = viewRoom(services, room, request.guestKey);
		return sendOcs(reply, { ...view, roost: { moderatorSecret } }, 201);
	});

	app.get('/v4/room/:token', (request, reply) => {
		doors.openDue();
		const room = storage.roomByToken(tokenOf(request));
		if (!room) throw new Refusal('unknownRoom');
		keepWaiting(room, request.guestKey);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});

	/** Whoever waits in the lobby has no other way to say that they are still there. */
	function keepWaiting(room: Room, guestKey: string): void {
		const own = room.lobbyState === 0 ? undefined : storage.participantByGuest(room.id, guestKey);
		if (own && isInLobby(room, own.attendee)) presence.ping(own.session.id);
	}

	app.post('/v4/room/:token/participants/active', async (request, reply) => {
		const { force, password } = read(JoinRoomBody, request);
		const token = tokenOf(request);
		doors.openDue();
		const hash = membership.hashToFit(token, request);
		if (hash !== null) await mustFit(request, reply, password, hash);
		const { room } = membership.join(token, request, force, hash);
		keepIdentity(request, reply, config);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});

	/** @throws {Refusal} `notAllowed`, or `tooMany` with the header that says when to come back */
	async function mustFit(
		{ ip, params }: FastifyRequest,
		reply: FastifyReply,
		password: string,
		hash: string
	): Promise<void> {
		// whoever does not know that there is a password has guessed nothing
		if (password === '') throw new Refusal('notAllowed', 'password');
		const guesser = JSON.stringify([networkOf(ip), params]);
		const waitMs = guesses.take(guesser);
		if (waitMs > 0) {
			reply.header('Retry-After', Math.ceil(waitMs / 1000));
			throw new Refusal('tooMany', 'password');
		}
		if (!(await fitsPassword(password, hash))) throw new Refusal('notAllowed', 'password');
		guesses.giveBack(guesser);
	}

	app.put('/v4/room/:token/password', { config: { rateLimit } }, async (request, reply) => {
		const [token, changer] = [tokenOf(request), changerOf(request, config)];
		// before a hash is made for somebody who may not set it
		doors.mustModerate(token, changer);
		const { password } = readValue(RoomPasswordBody, request);
		const hash = password === '' ? null : await hashPassword(password);
		const room = doors.setPassword(token, changer, hash);
		return sendOcs(reply, viewChangedRoom(services, room, request.guestKey));
	});

	app.put('/v4/room/:token/webinar/lobby', (request, reply) => {
		const [token, changer] = [tokenOf(request), changerOf(request, config)];
		doors.mustModerate(token, changer);
		const { state, timer } = readValue(LobbyBody, request);
		const room = doors.setLobby(token, changer, state, timer ?? 0);
		return sendOcs(reply, viewChangedRoom(services, room, request.guestKey));
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
