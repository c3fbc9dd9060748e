import { leaveWithin } from './calls.ts';
import type { Participant, Room, RoomNews } from './model.ts';
import { allowedCallFlags, effectivePermissions, isInLobby } from './permissions.ts';
import type { World } from './world.ts';

type Say = (news: RoomNews) => void;

/**
 * What these may do has just changed, inside a change that is already running: whoever has to wait now leaves the call,
 * nobody announces media that they may not send, and everybody is told.
 * @param room as it is now
 * @param participants as they are now
 */
export function settleRights(world: World, room: Room, participants: readonly Participant[], say: Say): void {
	const settled = participants.map((participant): Participant => {
		const { attendee, session } = participant;
		if (session.callFlags === 0) return participant;
		if (isInLobby(room, attendee)) {
			leaveWithin(world, { room, attendee, session }, say);
			return { attendee, session: { ...session, callFlags: 0 } };
		}
		const callFlags = allowedCallFlags(session.callFlags, effectivePermissions(room, attendee));
		if (callFlags === session.callFlags) return participant;
		world.storage.setCallFlags(session.id, callFlags);
		const cut = { attendee, session: { ...session, callFlags } };
		say({ type: 'participantsChanged', room, participants: [cut], about: 'call' });
		return cut;
	});
	if (settled.length > 0) say({ type: 'participantsChanged', room, participants: settled, about: 'rights' });
}
