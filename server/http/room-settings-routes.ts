import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import {
	DescriptionBody,
	ListableBody,
	MessageExpirationBody,
	ReadOnlyBody,
	RecordingConsentBody,
	RenameRoomBody,
	RoomPermissionsBody
} from '../../src/lib/protocol/room-settings.ts';
import type { Changer, Room } from '../rooms/model.ts';
import { Refusal } from '../rooms/refusal.ts';
import { changerOf } from './changer.ts';
import { readValue, sendOcs, tokenOf } from './ocs.ts';
import { viewChangedRoom } from './room-view.ts';
import type { Services } from './services.ts';

const path = '/v4/room/:token';
const ModeParams = v.object({ mode: v.string() });

/** What moderators set about a room. Whoever may not is told so before anything is said about their values. */
export function registerRoomSettingsRoutes(app: FastifyInstance, services: Services): void {
	const { config, doors, settings } = services;

	/** @param set what the request asks for, of somebody who moderates the room */
	const answer =
		(set: (token: RoomToken, changer: Changer, request: FastifyRequest) => Room) =>
		(request: FastifyRequest, reply: FastifyReply) => {
			const [token, changer] = [tokenOf(request), changerOf(request, config)];
			doors.mustModerate(token, changer);
			return sendOcs(reply, viewChangedRoom(services, set(token, changer, request), request.guestKey));
		};

	app.put(
		path,
		answer((token, changer, request) =>
			settings.rename(token, changer, readValue(RenameRoomBody, request).roomName)
		)
	);
	app.put(
		`${path}/description`,
		answer((token, changer, request) =>
			settings.describe(token, changer, readValue(DescriptionBody, request).description)
		)
	);
	app.put(
		`${path}/read-only`,
		answer((token, changer, request) =>
			settings.setReadOnly(token, changer, readValue(ReadOnlyBody, request).state)
		)
	);
	app.put(
		`${path}/recording-consent`,
		answer((token, changer, request) =>
			settings.setRecordingConsent(token, changer, readValue(RecordingConsentBody, request).recordingConsent)
		)
	);
	app.post(
		`${path}/message-expiration`,
		answer((token, changer, request) =>
			settings.setMessageExpiration(token, changer, readValue(MessageExpirationBody, request).seconds)
		)
	);
	app.put(
		`${path}/permissions/:mode`,
		answer((token, changer, request) => {
			// Talk had permissions for the time of one call, and takes them no more
			if (v.parse(ModeParams, request.params).mode !== 'default') throw new Refusal('badRequest', 'mode');
			const { permissions } = readValue(RoomPermissionsBody, request);
			return settings.setDefaultPermissions(token, changer, permissions);
		})
	);
	// nobody has an account here who could look through a list: rooms are in none, and cannot be put into one
	app.put(
		`${path}/listable`,
		answer((token, _changer, request) => {
			readValue(ListableBody, request);
			return settings.look(token);
		})
	);

	app.delete(path, (request, reply) => {
		settings.remove(tokenOf(request), changerOf(request, config));
		return sendOcs(reply, null);
	});
}
