import { permission } from '../../src/lib/protocol/call.ts';
import type { Attendee, Participant, Room } from '../rooms/model.ts';
import { isModerator, effectivePermissions, isInLobby } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import { participantEntry } from './participant.ts';
import { wireRoomProperties } from './room.ts';

/** What an external signaling server lets a session do. A missing list would mean everything. */
export function backendPermissions(room: Room, attendee: Attendee): string[] {
	if (isInLobby(room, attendee)) return [];
	const bits = effectivePermissions(room, attendee);
	return [
		...(bits & permission.publishAudio ? ['publish-audio'] : []),
		...(bits & permission.publishVideo ? ['publish-video'] : []),
		...(bits & permission.publishScreen ? ['publish-screen'] : []),
		...(isModerator(attendee) ? ['control'] : [])
	];
}

/** A participant by the id that the signaling server replaces with its own. */
export const backendUser = (room: Room, participant: Participant, presence: Presence) =>
	participantEntry(room, participant, participant.session.id, presence);

/** With the time as PHP writes it. */
export function backendProperties(room: Room) {
	const { callStartedAt } = room;
	const since = callStartedAt === null ? null : new Date(callStartedAt * 1000).toISOString();
	return {
		...wireRoomProperties(room),
		'active-since':
			since === null
				? null
				: { date: `${since.slice(0, 10)} ${since.slice(11, 19)}.000000`, timezone_type: 3, timezone: 'UTC' }
	};
}
