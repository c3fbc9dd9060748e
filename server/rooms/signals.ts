import type { NextcloudSessionId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { SentMessage } from '../../src/lib/protocol/internal-signaling.ts';
import type { Membership } from './membership.ts';
import type { Participant, Room } from './model.ts';
import { isModerator, effectivePermissions, isInLobby } from './permissions.ts';
import { bitsToPublish } from './publishing.ts';
import type { FoundParticipant, KeptSignal } from './storage.ts';
import { commit, presenteeOf, roomOf, type Presentee, type World } from './world.ts';

/** How much may wait for one session: beyond, the session ends, for a gap would be worse. */
interface SignalLimits {
	count: number;
	characters: number;
	/** how old the last ping of a session may be for others to see it */
	listedMs: number;
}

/** Why a message goes nowhere. Its sender is not told: so it is in Talk. */
type DropReason =
	| 'not from this session'
	| 'nobody in this room'
	| 'in the lobby'
	| 'no right to control'
	| 'no right to publish';

/**
 * Signaling without a socket: messages wait in the storage until the session they are for asks for them. What was taken
 * in is handed out once, or ends with its session.
 */
export function createSignals(world: World, membership: Membership, limits: SignalLimits) {
	const { storage, presence } = world;

	/**
	 * Keeps what may be said, in order.
	 * @param claimed messages with the session that each says it is from
	 * @param dropped is told of what may not
	 * @returns the sessions that have something to take now
	 * @throws {Refusal} `unknownRoom`
	 */
	function send(
		token: RoomToken,
		guestKey: string,
		claimed: readonly { sender: SessionId; message: SentMessage }[],
		dropped: (reason: DropReason) => void
	): NextcloudSessionId[] {
		const room = roomOf(world, token);
		const recipients = new Set<NextcloudSessionId>();
		commit(world, () => {
			const own = storage.participantByGuest(room.id, guestKey);
			for (const { sender, message } of claimed) {
				const recipient = storage.participantBySession(message.to as string as NextcloudSessionId);
				if (!own || own.session.id !== (sender as string)) dropped('not from this session');
				else if (recipient?.room.id !== room.id) dropped('nobody in this room');
				else if (isInLobby(room, recipient.attendee)) dropped('in the lobby');
				else {
					const reason = reasonToDrop(room, own, message);
					if (reason) dropped(reason);
					else keep(own, recipient, message, recipients);
				}
			}
		});
		for (const id of [...recipients]) {
			if (!isFull(id)) continue;
			membership.end(id, 'expired');
			recipients.delete(id);
		}
		return [...recipients];
	}

	/** The sender is what the server knows, whatever the message says. */
	function keep(
		{ session }: Participant,
		recipient: FoundParticipant,
		message: SentMessage,
		recipients: Set<NextcloudSessionId>
	): void {
		storage.addSignal(recipient.session.id, JSON.stringify({ ...message, from: session.id }));
		recipients.add(recipient.session.id);
	}

	function isFull(id: NextcloudSessionId): boolean {
		const { count, characters } = storage.signalBacklog(id);
		return count > limits.count || characters > limits.characters;
	}

	/**
	 * Somebody asks for what waits: a sign of life.
	 * @returns who it is, and whether the others did not see them until now
	 * @throws {Refusal} `unknownRoom`, or `notJoined` for a guest without a session
	 */
	function visit(token: RoomToken, guestKey: string): Presentee & { isBack: boolean } {
		const presentee = presenteeOf(world, token, guestKey);
		const isBack = !isListed(presentee);
		presence.ping(presentee.session.id);
		return { ...presentee, isBack };
	}

	const isListed = ({ session }: Pick<Participant, 'session'>) =>
		world.now() - presence.lastPingMs(session.id) <= limits.listedMs;

	/** Whom the asking participant sees: everybody who gave a sign of life lately, from the lobby only themselves. */
	const listed = ({ room, attendee }: Presentee): Participant[] => {
		const present = storage.participants(room.id).filter(isListed);
		return isInLobby(room, attendee) ? present.filter((other) => other.attendee.id === attendee.id) : present;
	};

	return {
		send,
		visit,
		listed,
		isWaitedFor: (id: NextcloudSessionId): boolean => storage.signalBacklog(id).count > 0,
		take: (id: NextcloudSessionId) => storage.takeSignals(id),
		/** What could not be handed over is kept again. */
		giveBack(id: NextcloudSessionId, signals: readonly KeptSignal[]): void {
			if (signals.length > 0) storage.transaction(() => storage.returnSignals(id, signals));
		}
	};
}
export type Signals = ReturnType<typeof createSignals>;

function reasonToDrop(room: Room, { attendee }: Participant, message: SentMessage): DropReason | undefined {
	if (message.type === 'control' && !isModerator(attendee)) return 'no right to control';
	const needed = bitsToPublish(message);
	if (isInLobby(room, attendee)) return 'in the lobby';
	const isAllowed = (effectivePermissions(room, attendee) & needed) === needed;
	return isAllowed ? undefined : 'no right to publish';
}
