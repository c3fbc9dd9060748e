import type { Logger } from 'pino';
import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { ClientFrame, Recipient } from '../../src/lib/protocol/signaling.ts';
import { canControl, isInLobby } from '../rooms/permissions.ts';
import type { Storage } from '../rooms/storage.ts';
import { inCall } from '../rooms/world.ts';
import { errorFrame, relayFrame } from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { RoomMembers } from './room-members.ts';

type RelayRequest = Extract<ClientFrame, { type: 'message' | 'control' }>;

/** Carries messages between the sessions of one room; nothing leaves the room, nothing comes back to its sender. */
export function createRelay(storage: Storage, members: RoomMembers, log: Logger) {
	return function relay(sender: HubSession, request: RelayRequest): void {
		const { recipient, data } = request.type === 'message' ? request.message : request.control;
		if (!sender.place) {
			sender.deliverFrame(errorFrame(request.id, 'not_in_room', 'join a room first'));
			return;
		}
		const { token, nextcloudSessionId } = sender.place;
		const reason = reasonToDrop(nextcloudSessionId, request.type);
		if (reason) {
			log.debug({ reason }, 'message dropped');
			return;
		}
		const recipients = recipientsOf(sender, token, recipient);
		if (recipients.length === 0) log.debug({ reason: 'nobody to receive it' }, 'message dropped');
		const text = JSON.stringify(relayFrame(request.type, recipient.type, sender, data));
		for (const member of recipients) member.deliver(text);
	};

	function reasonToDrop(id: NextcloudSessionId, type: RelayRequest['type']): string | undefined {
		const found = storage.participantBySession(id);
		if (found && isInLobby(found.room, found.attendee)) return 'in the lobby';
		if (type === 'message') return undefined;
		return found && canControl(found.attendee) ? undefined : 'no right to control';
	}

	function recipientsOf(sender: HubSession, token: RoomToken, to: Recipient): HubSession[] {
		const others = members.membersOf(token).filter((member) => member !== sender);
		switch (to.type) {
			case 'session':
				return others.filter((member) => member.id === to.sessionid);
			case 'room':
				return others;
			case 'call': {
				const ids = idsInCall(token);
				return others.filter((member) => member.place && ids.has(member.place.nextcloudSessionId));
			}
			case 'user':
				return []; // nobody has an account here
		}
	}

	function idsInCall(token: RoomToken): ReadonlySet<NextcloudSessionId> {
		const room = storage.roomByToken(token);
		const participants = room ? inCall(storage.participants(room.id)) : [];
		return new Set(participants.map(({ session }) => session.id));
	}
}
