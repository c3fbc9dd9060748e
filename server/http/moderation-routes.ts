import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import {
	AllPermissionsBody,
	AttendeeBody,
	AttendeePermissionsBody,
	BannedBody,
	BanNoteBody,
	BanParams
} from '../../src/lib/protocol/room-settings.ts';
import { Refusal } from '../rooms/refusal.ts';
import { wireBan } from '../wire/ban.ts';
import { listedParticipant } from '../wire/participant.ts';
import { changerOf } from './changer.ts';
import { read, readValue, sendOcs, tokenOf } from './ocs.ts';
import { viewChangedRoom } from './room-view.ts';
import type { Services } from './services.ts';

/** What moderators do to others in their room. */
export function registerModerationRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, presence, doors, participants, bans } = services;

	/** Whoever may not is told so before anything is said about what they sent. */
	function asked(request: FastifyRequest) {
		const [token, changer] = [tokenOf(request), changerOf(request, config)];
		doors.mustModerate(token, changer);
		return [token, changer] as const;
	}

	app.post('/v4/room/:token/moderators', (request, reply) => {
		participants.promote(...asked(request), read(AttendeeBody, request).attendeeId);
		return sendOcs(reply, null);
	});

	app.delete('/v4/room/:token/moderators', (request, reply) => {
		participants.demote(...asked(request), read(AttendeeBody, request).attendeeId);
		return sendOcs(reply, null);
	});

	app.delete('/v4/room/:token/attendees', (request, reply) => {
		participants.remove(...asked(request), read(AttendeeBody, request).attendeeId);
		return sendOcs(reply, null);
	});

	app.put('/v4/room/:token/attendees/permissions', (request, reply) => {
		const [token, changer] = asked(request);
		const { attendeeId, method, permissions } = readValue(
			AttendeePermissionsBody,
			request,
			new Map([['method', 'method']])
		);
		const room = participants.setPermissions(token, changer, attendeeId, method, permissions);
		const there = storage.participants(room.id);
		return sendOcs(
			reply,
			there.map((participant) => listedParticipant(room, participant, presence))
		);
	});

	app.put('/v4/room/:token/attendees/permissions/all', (request, reply) => {
		const [token, changer] = asked(request);
		const { method, permissions } = read(AllPermissionsBody, request);
		const room = participants.setAllPermissions(token, changer, method, permissions);
		return sendOcs(reply, viewChangedRoom(services, room, request.guestKey));
	});

	app.post('/v1/ban/:token', (request, reply) => {
		const [token, changer] = asked(request);
		const whom = readValue(BannedBody, request, 'bannedActor');
		const { internalNote } = read(BanNoteBody, request);
		return sendOcs(reply, wireBan(bans.add(token, changer, { ...whom, internalNote })));
	});

	app.get('/v1/ban/:token', (request, reply) => sendOcs(reply, bans.list(...asked(request)).map(wireBan)));

	app.delete('/v1/ban/:token/:banId', (request, reply) => {
		const [token, changer] = asked(request);
		const params = v.safeParse(BanParams, request.params);
		if (!params.success) throw new Refusal('badRequest', 'banId');
		bans.remove(token, changer, params.output.banId);
		return sendOcs(reply, null);
	});
}
