import * as v from 'valibot';
import type { Attendee, ModerationApi } from '../../../domain/talk-api.ts';
import { permission } from '../../../protocol/call.ts';
import type { RoomToken } from '../../../protocol/ids.ts';
import { parseAttendees, type ListedAttendee } from '../../../protocol/attendee.ts';
import { isModeratorType } from '../call-words.ts';
import { nothing } from './ocs-reply.ts';
import { talkPath, type Ocs } from './ocs-request.ts';

/** A server that knows no permissions yet says 0, and means all of them. */
const everything = Object.values(permission).reduce((bits, bit) => bits | bit, 0) & ~permission.custom;

const Link = v.object({ link: v.string() });

/** See the port for what each method promises. */
export function createModerationApi(ocs: Ocs): ModerationApi {
	const change = async (what: string, method: 'POST' | 'PUT', path: string, body: object) =>
		ocs.ask({ what, method, path: talkPath(path), body }, nothing);
	const takeAway = async (what: string, path: string, attendeeId: number) =>
		ocs.ask({ what, method: 'DELETE', path: talkPath(path), query: { attendeeId } }, nothing);
	const room = (token: RoomToken, path: string) => `v4/room/${token}/${path}`;

	return {
		listAttendees: async (token) =>
			ocs.ask(
				{ what: 'list participants', method: 'GET', path: talkPath(room(token, 'participants')) },
				(reply) => parseAttendees(reply.data()).map(toAttendee)
			),
		setModerator: async (token, attendeeId, isModerator) =>
			isModerator
				? change('make moderator', 'POST', room(token, 'moderators'), { attendeeId })
				: takeAway('take moderator rights', room(token, 'moderators'), attendeeId),
		removeAttendee: async (token, attendeeId) =>
			takeAway('remove participant', room(token, 'attendees'), attendeeId),
		ban: async (token, { actorType, actorId }) =>
			change('ban', 'POST', `v1/ban/${token}`, { actorType, actorId, internalNote: '' }),
		// bits that are set take the place of all others, so they are said again
		admit: async (token, { attendeeId, permissions }) =>
			change('let in', 'PUT', room(token, 'attendees/permissions'), {
				attendeeId,
				method: 'set',
				permissions: (permissions || everything) | permission.custom | permission.ignoreLobby
			}),
		setLobby: async (token, isClosed) =>
			change('set lobby', 'PUT', room(token, 'webinar/lobby'), { state: Number(isClosed) }),
		setLocked: async (token, isLocked) =>
			change('lock room', 'PUT', room(token, 'read-only'), { state: Number(isLocked) }),
		makeModeratorLink: async (token) =>
			ocs.ask(
				{
					what: 'make moderator link',
					method: 'POST',
					path: `apps/roost/api/v1/rooms/${token}/moderator-link`
				},
				(reply) => v.parse(Link, reply.data()).link
			)
	};
}

function toAttendee(listed: ListedAttendee): Attendee {
	const { attendeeId, actorType, actorId, permissions } = listed;
	const isModerator = isModeratorType(listed.participantType);
	return {
		attendeeId,
		actorType,
		actorId,
		name: listed.displayName,
		isModerator,
		isHere: listed.sessionIds.length > 0,
		isInCall: listed.inCall !== 0,
		passesLobby: isModerator || (permissions & permission.ignoreLobby) !== 0,
		permissions,
		sessions: listed.sessionIds
	};
}
