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
}

export type Roster = Readonly<Record<SessionId, RosterEntry>>;

const outside: CallPresence = { inCall: false, audio: false, video: false };

/** Merges an update: fields that it carries replace what was known, sessions that it leaves out stay as they are. */
export function mergeRoster(roster: Roster, updates: readonly ParticipantUpdate[]): Roster {
	// not by index: ids come from outside, and one may be called "__proto__"
	const next = new Map(Object.entries(roster));
	for (const update of updates) {
		const known = next.get(update.sessionId);
		next.set(update.sessionId, {
			sessionId: update.sessionId,
			nextcloudSessionId: update.nextcloudSessionId ?? known?.nextcloudSessionId ?? null,
			presence: update.presence ?? known?.presence ?? outside,
			permissions: update.permissions ?? known?.permissions ?? null,
			name: update.name ?? known?.name ?? '',
			actorType: update.actorType ?? known?.actorType ?? '',
			actorId: update.actorId ?? known?.actorId ?? '',
			isInternal: update.isInternal ?? known?.isInternal ?? false
		});
	}
	return Object.fromEntries(next);
}

/** What is known by session, without these. */
export function withoutSessions<Known>(
	all: Readonly<Record<SessionId, Known>>,
	gone: readonly SessionId[]
): Readonly<Record<SessionId, Known>> {
	const leaving = new Set<string>(gone);
	return Object.fromEntries(Object.entries(all).filter(([id]) => !leaving.has(id)));
}

/** The sessions to be connected with: everybody in the call but ourselves, in a fixed order. */
export const othersInCall = (roster: Roster, own: SessionId | null): RosterEntry[] =>
	Object.values(roster)
		.filter(({ sessionId, presence }) => presence.inCall && sessionId !== own)
		.sort((one, other) => (one.sessionId < other.sessionId ? -1 : 1));

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
			return { ...said };
	}
}
