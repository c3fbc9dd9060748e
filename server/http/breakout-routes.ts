import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
	AssignBody,
	BroadcastBody,
	ConfigureBreakoutBody,
	SwitchBody
} from '../../src/lib/protocol/breakout.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Changer, Room } from '../rooms/model.ts';
import { Refusal } from '../rooms/refusal.ts';
import { listedAttendee } from '../wire/participant.ts';
import { changerOf } from './changer.ts';
import { mustNotBeTooLong } from './chat-routes.ts';
import { readValue, sendOcs, tokenOf } from './ocs.ts';
import { viewChangedRoom, viewRoom } from './room-view.ts';
import type { Services } from './services.ts';

const path = '/v1/breakout-rooms/:token';

/** Talk's words are the names of the fields. */
const words = new Map(
	['mode', 'amount', 'attendeeMap', 'message', 'target'].map((field) => [field, field] as const)
);

/** Breakout rooms: what moderators make and do with them, and what those in them ask for. */
export function registerBreakoutRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, presence, doors, breakout, writing } = services;

	/** Whoever may not is told so before anything is said about what they sent. */
	const asked = (request: FastifyRequest): [RoomToken, Changer] => {
		const [token, changer] = [tokenOf(request), changerOf(request, config)];
		doors.mustModerate(token, changer);
		return [token, changer];
	};
	const views = (request: FastifyRequest, rooms: readonly Room[]) =>
		rooms.map((room) => viewChangedRoom(services, room, request.guestKey));
	const sendRooms = (request: FastifyRequest, reply: FastifyReply, rooms: readonly Room[], status = 200) =>
		sendOcs(reply, views(request, rooms), status);

	app.post(path, (request, reply) => {
		const whose = asked(request);
		return sendRooms(
			request,
			reply,
			breakout.configure(...whose, readValue(ConfigureBreakoutBody, request, words))
		);
	});

	app.delete(path, (request, reply) =>
		sendOcs(reply, viewChangedRoom(services, breakout.remove(...asked(request)), request.guestKey))
	);

	app.post(`${path}/rooms`, (request, reply) => sendRooms(request, reply, breakout.start(...asked(request))));

	app.delete(`${path}/rooms`, (request, reply) =>
		sendRooms(request, reply, breakout.stop(...asked(request)))
	);

	app.post(`${path}/attendees`, (request, reply) => {
		const whose = asked(request);
		const { attendeeMap } = readValue(AssignBody, request, words);
		return sendRooms(request, reply, breakout.assign(...whose, attendeeMap));
	});

	app.post(`${path}/broadcast`, (request, reply) => {
		const whose = asked(request);
		mustNotBeTooLong(request);
		const { message } = readValue(BroadcastBody, request, words);
		if (!writing.take(`broadcast ${request.guestKey}`)) throw new Refusal('tooMany');
		return sendRooms(request, reply, breakout.broadcast(...whose, message), 201);
	});

	const setAssistance = (isWanted: boolean) => (request: FastifyRequest, reply: FastifyReply) => {
		const room = breakout.setAssistance(tokenOf(request), request, isWanted);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	};
	app.post(`${path}/request-assistance`, setAssistance(true));
	app.delete(`${path}/request-assistance`, setAssistance(false));

	app.post(`${path}/switch`, (request, reply) => {
		const token = tokenOf(request);
		const { target } = readValue(SwitchBody, request, words);
		return sendOcs(
			reply,
			viewChangedRoom(services, breakout.choose(token, request, target), request.guestKey)
		);
	});

	app.get('/v4/room/:token/breakout-rooms', (request, reply) =>
		sendRooms(request, reply, breakout.list(tokenOf(request), changerOf(request, config)))
	);

	app.get('/v4/room/:token/breakout-rooms/participants', (request, reply) =>
		sendOcs(
			reply,
			breakout
				.people(...asked(request))
				.map(({ room, attendee }) =>
					listedAttendee(room, attendee, storage.participantByAttendee(attendee.id)?.session, presence)
				)
		)
	);
}
