import type { Logger } from 'pino';
import { callFlag } from '../../src/lib/protocol/call.ts';
import type { ClientFrame, Recipient } from '../../src/lib/protocol/client-frame.ts';
import type { RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { Storage } from '../rooms/storage.ts';
import { relayFrame } from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { Rights } from './rights.ts';
import type { RoomMembers } from './room-members.ts';
import type { VirtualSession } from './virtual-session.ts';

type RelayRequest = Extract<ClientFrame, { type: 'message' | 'control' }>;

/** What one session says, as each recipient is told it. */
type Deliveries = readonly (readonly [HubSession, string])[];

/** Tells them, unless the sender says too much, or one of them has too much waiting: then the sender is told. */
export function tell(sender: HubSession, id: string | undefined, deliveries: Deliveries): void {
	if (!sender.maySay(deliveries[0]?.[1].length ?? 0)) {
		sender.refuse(id, 'too_many_requests', 'slow down');
		return;
	}
	const missing = deliveries.filter(([member, text]) => !member.hear(text, sender));
	if (missing.length > 0) sender.refuse(id, 'too_many_requests', 'not everybody reads that fast');
}

/** What a change of transient data makes the others hear at most: each value once when it is set, and once more when it goes. */
export const charactersToldFor = (request: object): number => 2 * JSON.stringify(request).length;

interface RelayDependencies {
	storage: Storage;
	members: RoomMembers;
	rights: Rights;
	/** of every room */
	sessionById: (id: SessionId) => HubSession | undefined;
	log: Logger;
}

/**
 * Carries messages between the sessions of one room; nothing leaves the room, nothing comes back to its sender. Internal
 * clients reach single sessions from outside as well: they speak for virtual sessions in rooms that they are not in.
 */
export function createRelay({ storage, members, rights, sessionById, log }: RelayDependencies) {
	return function relay(sender: HubSession, request: RelayRequest): void {
		const { recipient, data } = request.type === 'message' ? request.message : request.control;
		const token = sender.place?.token ?? tokenFor(sender, recipient);
		if (!token) {
			sender.refuse(request.id, 'not_in_room', 'join a room first');
			return;
		}
		const reason = reasonToDrop(sender, request.type, data);
		if (reason) {
			log.debug({ reason }, 'message dropped');
			return;
		}
		const recipients = recipientsOf(sender, token, recipient);
		const virtuals = virtualsFor(sender, token, recipient);
		if (recipients.length + virtuals.length === 0) {
			log.debug({ reason: 'nobody to receive it' }, 'message dropped');
			return;
		}
		const text = JSON.stringify(relayFrame(request.type, recipient.type, sender, data));
		tell(sender, request.id, [
			...recipients.map((member) => [member, text] as const),
			...virtuals.map(({ owner, ownId, userId }) => {
				const meant = { type: 'session', sessionid: ownId, ...(userId !== '' && { userid: userId }) };
				return [
					owner,
					JSON.stringify(relayFrame(request.type, recipient.type, sender, data, meant))
				] as const;
			})
		]);
	};

	/** The room of the session that an internal client outside of all rooms speaks to. */
	function tokenFor(sender: HubSession, to: Recipient): RoomToken | undefined {
		return sender.isInternal && to.type === 'session' ? sessionById(to.sessionid)?.place?.token : undefined;
	}

	function reasonToDrop(sender: HubSession, type: RelayRequest['type'], data: unknown): string | undefined {
		if (rights.isWaiting(sender)) return 'in the lobby';
		if (type === 'control') return rights.may(sender, 'control') ? undefined : 'no right to control';
		return rights.mayPublish(sender, data) ? undefined : 'no right to publish';
	}

	function recipientsOf(sender: HubSession, token: RoomToken, to: Recipient): HubSession[] {
		if (to.type === 'user') return []; // no guest has an account here
		if (to.type === 'session') {
			const member = sessionById(to.sessionid);
			const hears = member && member !== sender && member.place?.token === token && !rights.isWaiting(member);
			return hears ? [member] : [];
		}
		const others = members.listenersIn(token).filter((member) => member !== sender);
		switch (to.type) {
			case 'room':
				return others;
			case 'call':
				return others.filter(isInCall);
		}
	}

	/** Those meant by name. What is for the whole room their owner hears once, for itself. */
	function virtualsFor(sender: HubSession, token: RoomToken, to: Recipient): VirtualSession[] {
		const isMeant = (virtual: VirtualSession) =>
			(to.type === 'session' && virtual.id === to.sessionid) ||
			(to.type === 'user' && virtual.userId === to.userid);
		return members.virtualsOf(token).filter((virtual) => virtual.owner !== sender && isMeant(virtual));
	}

	/** One by one, since these answers are remembered: a room has more sessions than sockets, and this is asked all the time. */
	function isInCall({ isInternal, callFlags, place }: HubSession): boolean {
		if (isInternal) return (callFlags & callFlag.inCall) !== 0;
		const id = place?.nextcloudSessionId;
		return id !== undefined && (storage.participantBySession(id)?.session.callFlags ?? 0) !== 0;
	}
}
