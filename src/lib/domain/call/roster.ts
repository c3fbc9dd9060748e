import type { NextcloudSessionId, SessionId } from '../../protocol/ids.ts';
import type { MemberState, ParticipantUpdate } from '../signaling.ts';
import type { CallPresence, Permissions } from '../talk-api.ts';

/** One session in the room, as merged from all updates so far. */
export interface RosterEntry {
	sessionId: SessionId;
	nextcloudSessionId: NextcloudSessionId | null;
	presence: CallPresence;
	permissions: Permissions | null;
	/** The server's word; empty when it gave none. */
	name: string;
	actorType: string;
	actorId: string;
	isInternal: boolean;
	/** Moderates the room; absent: the server has not said. */
	isModerator?: boolean;
	/** Local clock, unix milliseconds: until when the membership holds without another word; null: no end is known. */
	expiresAt: number | null;
}

export type Roster = Readonly<Record<SessionId, RosterEntry>>;

const outside: CallPresence = { inCall: false, audio: false, video: false };

/** A record without a prototype: ids come from outside, and one may be called "__proto__" or "constructor". */
const recordOf = <Known>(known: Readonly<Record<string, Known>>): Record<string, Known> =>
	Object.assign(Object.create(null) as Record<string, Known>, known);

export const emptyRoster: Roster = recordOf({});

const isSame = (one: RosterEntry, other: RosterEntry): boolean =>
	one.nextcloudSessionId === other.nextcloudSessionId &&
	one.presence.inCall === other.presence.inCall &&
	one.presence.audio === other.presence.audio &&
	one.presence.video === other.presence.video &&
	arePermissionsSame(one.permissions, other.permissions) &&
	one.name === other.name &&
	one.actorType === other.actorType &&
	one.actorId === other.actorId &&
	one.isInternal === other.isInternal &&
	one.isModerator === other.isModerator &&
	one.expiresAt === other.expiresAt;

const permissionNames = [
	'startCall',
	'joinCall',
	'publishAudio',
	'publishVideo',
	'publishScreen',
	'chat'
] as const satisfies readonly (keyof Permissions)[];
const arePermissionsSame = (one: Permissions | null, other: Permissions | null): boolean =>
	one === other ||
	(one !== null && other !== null && permissionNames.every((name) => one[name] === other[name]));

/**
 * Merges an update: fields that it carries replace what was known, sessions that it leaves out stay as they are. What
 * says nothing new leaves its entry, or all of the roster, the very same object: who compares need not look inside.
 */
export function mergeRoster(roster: Roster, updates: readonly ParticipantUpdate[]): Roster {
	let next: Record<string, RosterEntry> | null = null;
	for (const update of updates) {
		const known = Object.hasOwn(next ?? roster, update.sessionId)
			? (next ?? roster)[update.sessionId]
			: undefined;
		const isModerator = update.isModerator ?? known?.isModerator;
		const entry: RosterEntry = {
			...(isModerator !== undefined && { isModerator }),
			sessionId: update.sessionId,
			nextcloudSessionId: update.nextcloudSessionId ?? known?.nextcloudSessionId ?? null,
			presence: update.presence ?? known?.presence ?? outside,
			permissions: update.permissions ?? known?.permissions ?? null,
			name: update.name ?? known?.name ?? '',
			actorType: update.actorType ?? known?.actorType ?? '',
			actorId: update.actorId ?? known?.actorId ?? '',
			isInternal: update.isInternal ?? known?.isInternal ?? false,
			expiresAt: update.expiresAt ?? known?.expiresAt ?? null
		};
		if (known !== undefined && isSame(known, entry)) continue;
		next ??= recordOf(roster);
		next[update.sessionId] = entry;
	}
	return next ?? roster;
}

/** The same roster, with these sessions out of the call. */
export const outOfCall = (roster: Roster, sessions: readonly SessionId[]): Roster =>
	mergeRoster(
		roster,
		sessions.map((sessionId) => ({ sessionId, presence: outside }))
	);

/** What is known by session, without these; the very same object if it held none of them. */
export function withoutSessions<Known>(
	all: Readonly<Record<SessionId, Known>>,
	gone: readonly SessionId[]
): Readonly<Record<SessionId, Known>> {
	if (!gone.some((id) => Object.hasOwn(all, id))) return all;
	const leaving = new Set<string>(gone);
	const rest: Record<string, Known> = recordOf({});
	for (const [id, known] of Object.entries(all)) if (!leaving.has(id)) rest[id] = known;
	return rest;
}

/** The sessions to be connected with, in no order: everybody in the call but ourselves. */
export function inCallBeside(roster: Roster, own: SessionId | null): RosterEntry[] {
	const found: RosterEntry[] = [];
	for (const id in roster) {
		const entry = roster[id as SessionId];
		if (entry?.presence.inCall === true && entry.sessionId !== own) found.push(entry);
	}
	return found;
}

const byId = (one: RosterEntry, other: RosterEntry) => (one.sessionId < other.sessionId ? -1 : 1);

/** The same, in a fixed order. */
export const othersInCall = (roster: Roster, own: SessionId | null): RosterEntry[] =>
	inCallBeside(roster, own).sort(byId);

/** The order in which they are dialled: other sessions of our own first, then by id. */
export const dialOrder =
	(own: Pick<RosterEntry, 'actorType' | 'actorId'>) =>
	(one: RosterEntry, other: RosterEntry): number => {
		const isOwn = (entry: RosterEntry) =>
			own.actorId !== '' && entry.actorId === own.actorId && entry.actorType === own.actorType;
		return Number(isOwn(other)) - Number(isOwn(one)) || byId(one, other);
	};

export interface RosterDiff {
	added: SessionId[];
	kept: SessionId[];
	removed: SessionId[];
}

/** What has to happen to the members so that they are those wanted: depends on nothing but the two lists. */
export function diffMembers(known: readonly SessionId[], wanted: readonly SessionId[]): RosterDiff {
	const have = new Set<string>(known);
	const want = new Set<string>(wanted);
	return {
		added: wanted.filter((id) => !have.has(id)),
		kept: wanted.filter((id) => have.has(id)),
		removed: known.filter((id) => !want.has(id))
	};
}

/** What a session said about itself; absent: it has not said so. */
export interface SaidState {
	microphone?: 'on' | 'off';
	camera?: 'on' | 'off';
	speaking?: 'on' | 'off';
	/** Claimed by the session: counts only where the server gave no name. */
	name?: string;
	/** When the hand went up, by the sender's clock; null: it is down. */
	handRaisedAt?: number | null;
	reaction?: { emoji: string; count: number } | null;
}

/** Whether a session says what is known of it already. */
export const isNews = (said: SaidState | undefined, next: SaidState): boolean =>
	said === undefined || (Object.keys(next) as (keyof SaidState)[]).some((key) => said[key] !== next[key]);

export function mergeSaid(said: SaidState | undefined, state: MemberState): SaidState {
	switch (state.kind) {
		case 'microphone':
			return { ...said, microphone: state.state, ...(state.state === 'off' ? { speaking: 'off' } : {}) };
		case 'camera':
			return { ...said, camera: state.state };
		case 'speaking':
			return { ...said, speaking: state.state };
		case 'name':
			return { ...said, name: state.name };
		case 'hand':
			return { ...said, handRaisedAt: state.state === 'raised' ? state.at : null };
		case 'reaction':
			return { ...said, reaction: { emoji: state.emoji, count: (said?.reaction?.count ?? 0) + 1 } };
		case 'screenshare':
			return said ?? {};
	}
}
