import type { NextcloudSessionId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { SentMessage } from '../../src/lib/protocol/internal-signaling.ts';
import type { Participant, Room } from './model.ts';
import { isModerator, effectivePermissions, isInLobby } from './permissions.ts';
import { bitsToPublish } from './publishing.ts';
import { Refusal } from './refusal.ts';
import type { KeptSignal, SignalBacklog } from './storage.ts';
import { commit, presenteeOf, roomOf, type Presentee, type World } from './world.ts';

/** How much may wait for one session: beyond, it goes nowhere. */
interface SignalLimits extends SignalBacklog {
	/** how much of it one other may have said; beyond, they are refused */
	ofOne: SignalBacklog;
	/** how old the last ping of a session may be for others to see it */
	listedMs: number;
}

/** What waits for a session: in all, and of one other. */
type Waiting = Record<'all' | 'ofOne', SignalBacklog>;

/** Why a message goes nowhere. Its sender is not told: so it is in Talk. */
type DropReason =
	| 'not from this session'
	| 'nobody in this room'
	| 'in the lobby'
	| 'too much waits there'
	| 'no right to control'
	| 'no right to publish';

/**
 * Signaling without a socket: messages wait in the storage until the session they are for asks for them. What was taken
 * in is handed out once, or ends with its session.
 */
export function createSignals(world: World, limits: SignalLimits) {
	const { storage, presence } = world;
	const shares = createShares((id) => storage.signalBacklog(id).count === 0);

	/**
	 * Keeps what may be said, in order. What several say together to one session may be too much for it. That neither ends the
	 * session, which is not to be in the hands of others, nor refuses their messages: what they say to everybody else would be
	 * refused with them.
	 * @param claimed messages with the session that each says it is from
	 * @param dropped is told of what may not
	 * @returns the sessions that have something to take now
	 * @throws {Refusal} `unknownRoom`, or `tooMany` if too much of the sender's waits for one of them: nothing is kept then
	 */
	function send(
		token: RoomToken,
		guestKey: string,
		claimed: readonly { sender: SessionId; message: SentMessage }[],
		dropped: (reason: DropReason) => void
	): NextcloudSessionId[] {
		const room = roomOf(world, token);
		const own = storage.participantByGuest(room.id, guestKey);
		const recipients = new Map<NextcloudSessionId, Waiting>();
		commit(world, () => {
			for (const { sender, message } of claimed) {
				const recipient = storage.participantBySession(message.to as string as NextcloudSessionId);
				if (!own || own.session.id !== (sender as string)) dropped('not from this session');
				else if (recipient?.room.id !== room.id) dropped('nobody in this room');
				else if (isInLobby(room, recipient.attendee)) dropped('in the lobby');
				else {
					const reason =
						reasonToDrop(room, own, message) ?? keep(own, recipient.session, message, recipients);
					if (reason) dropped(reason);
				}
			}
		});
		if (own) for (const [id, { ofOne }] of recipients) shares.set(id, own.session.id, ofOne);
		return [...recipients.keys()];
	}

	/**
	 * The sender is what the server knows, whatever the message says.
	 * @param recipients what waits for each
	 * @throws {Refusal} `tooMany` if too much of it is this sender's
	 */
	function keep(
		{ session }: Participant,
		{ id }: Participant['session'],
		message: SentMessage,
		recipients: Map<NextcloudSessionId, Waiting>
	): DropReason | undefined {
		const text = JSON.stringify({ ...message, from: session.id });
		const waiting = recipients.get(id) ?? {
			all: storage.signalBacklog(id),
			ofOne: shares.of(id, session.id)
		};
		const [all, ofOne] = [withOneMore(waiting.all, text), withOneMore(waiting.ofOne, text)];
		if (exceeds(ofOne, limits.ofOne)) throw new Refusal('tooMany');
		if (exceeds(all, limits)) return 'too much waits there';
		storage.addSignal(id, text);
		recipients.set(id, { all, ofOne });
		return undefined;
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
		take(id: NextcloudSessionId): KeptSignal[] {
			shares.forget(id);
			return storage.takeSignals(id);
		},
		/** What could not be handed over is kept again. */
		giveBack(id: NextcloudSessionId, signals: readonly KeptSignal[]): void {
			if (signals.length > 0) storage.transaction(() => storage.returnSignals(id, signals));
		}
	};
}
export type Signals = ReturnType<typeof createSignals>;

/** For how many sessions it is known who said what waits for them; beyond, it is looked who has taken all. */
const manyShares = 10_000;

/**
 * How much of what waits for each session every other one has said. Not kept over a restart, after which all may say as
 * much again.
 * @param isEmpty whether nothing waits for a session any more
 */
function createShares(isEmpty: (to: NextcloudSessionId) => boolean) {
	const shares = new Map<NextcloudSessionId, Map<NextcloudSessionId, SignalBacklog>>();
	return {
		of(to: NextcloudSessionId, from: NextcloudSessionId): SignalBacklog {
			return (!isEmpty(to) && shares.get(to)?.get(from)) || { count: 0, characters: 0 };
		},
		set(to: NextcloudSessionId, from: NextcloudSessionId, share: SignalBacklog): void {
			let ofRecipient = shares.get(to);
			if (!ofRecipient) {
				if (shares.size >= manyShares) forgetEmpty();
				ofRecipient = new Map();
				shares.set(to, ofRecipient);
			}
			ofRecipient.set(from, share);
		},
		forget: (to: NextcloudSessionId) => shares.delete(to)
	};

	function forgetEmpty(): void {
		for (const id of shares.keys()) if (isEmpty(id)) shares.delete(id);
	}
}

const withOneMore = ({ count, characters }: SignalBacklog, text: string): SignalBacklog => ({
	count: count + 1,
	characters: characters + text.length
});

const exceeds = ({ count, characters }: SignalBacklog, most: SignalBacklog): boolean =>
	count > most.count || characters > most.characters;

function reasonToDrop(room: Room, { attendee }: Participant, message: SentMessage): DropReason | undefined {
	if (message.type === 'control' && !isModerator(attendee)) return 'no right to control';
	const needed = bitsToPublish(message);
	if (isInLobby(room, attendee)) return 'in the lobby';
	const isAllowed = (effectivePermissions(room, attendee) & needed) === needed;
	return isAllowed ? undefined : 'no right to publish';
}
