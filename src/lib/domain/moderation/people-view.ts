import { roostModeration } from './deeds.ts';
import type { Attendee, RoomInfo } from '../talk-api.ts';
import type { GroupCallContext } from '../call/group-call/types.ts';
import { ownEntry } from '../call/group-call/selectors.ts';
import type { SessionId } from '../../protocol/ids.ts';

/** Somebody in the room who is not in its call. */
export interface RoomPerson {
	/** For moderators: by what the room knows them; null: nobody may do anything about them here. */
	attendeeId: number | null;
	key: string;
	/** Empty: a guest without a name. */
	name: string;
	isModerator: boolean;
}

/** What the list of people knows and offers beside those in the call. */
export interface PeopleView {
	/** We moderate the room: what the server then allows. `all`: also what in Talk takes an account. */
	moderates: 'no' | 'some' | 'all';
	/** Behind the lobby. */
	waiting: readonly RoomPerson[];
	inRoom: readonly RoomPerson[];
	/** Who in the call moderates, or has no account; by session. */
	moderators: ReadonlySet<SessionId>;
	guests: ReadonlySet<SessionId>;
	isLobbyClosed: boolean;
	isLocked: boolean;
	/** The same list could not be read; what is shown may be old. */
	isStale: boolean;
}

interface Known {
	attendees: readonly Attendee[];
	room: RoomInfo | null;
	hasFailed: boolean;
}

export const isModerating = (context: GroupCallContext): boolean =>
	ownEntry(context)?.isModerator ?? context.room?.isModerator ?? false;

/** Pure and cheap: it is called for every change of the call while the list is open. */
export function peopleView(
	context: GroupCallContext,
	{ attendees, room, hasFailed }: Known,
	features: readonly string[]
): PeopleView {
	const { roster, ownSessionId } = context;
	const entries = Object.values(roster).filter(({ isInternal }) => !isInternal);
	const isHost = isModerating(context);
	const isLobbyClosed = room?.isLobbyClosed ?? context.room?.isLobbyClosed ?? false;
	const away = attendees.filter(({ isHere, isInCall }) => isHere && !isInCall);
	const isWaiting = ({ passesLobby }: Attendee) => isLobbyClosed && !passesLobby;
	const outside = entries.filter(({ sessionId, presence }) => !presence.inCall && sessionId !== ownSessionId);
	return {
		moderates: !isHost ? 'no' : features.includes(roostModeration) ? 'all' : 'some',
		waiting: isHost ? away.filter(isWaiting).map(personOf) : [],
		inRoom:
			isHost && attendees.length > 0
				? away.filter((attendee) => !isWaiting(attendee)).map(personOf)
				: outside.map(({ sessionId, name, isModerator = false }) => ({
						attendeeId: null,
						key: sessionId,
						name,
						isModerator
					})),
		moderators: new Set(entries.flatMap(({ sessionId, isModerator }) => (isModerator ? [sessionId] : []))),
		guests: new Set(
			entries.flatMap(({ sessionId, actorType }) => (actorType === 'guests' ? [sessionId] : []))
		),
		isLobbyClosed,
		isLocked: room?.isReadOnly ?? context.room?.isReadOnly ?? false,
		isStale: isHost && hasFailed
	};
}

const personOf = ({ attendeeId, name, isModerator }: Attendee): RoomPerson => ({
	attendeeId,
	key: `attendee-${attendeeId}`,
	name,
	isModerator
});
