import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import type { SessionId } from '../../../protocol/ids.ts';
import type { memberMachine } from '../member-machine.ts';
import type { RosterEntry } from '../roster.ts';
import { noDials, withoutDials } from './dials.ts';
import type { GroupCallContext, MemberKind, Wiring } from './types.ts';

/** The members as children of the call: which there are, and how to find them. */

export type MemberRef = ActorRefFrom<typeof memberMachine>;
export type MemberSnapshot = SnapshotFrom<typeof memberMachine>;
export type Children = Record<string, unknown>;

export const kinds = [
	'publisher',
	'screen',
	'member',
	'share-out',
	'share-in'
] as const satisfies MemberKind[];

export const childId = (kind: MemberKind, id: SessionId) => `${kind}:${id}`;
export const partsOf = (id: string): { kind: MemberKind; of: SessionId } | null => {
	const kind = kinds.find((name) => id.startsWith(`${name}:`));
	return kind === undefined ? null : { kind, of: id.slice(kind.length + 1) as SessionId };
};

export const nobody: ReadonlyMap<SessionId, RosterEntry> = new Map();
export const noWiring: Wiring = {
	member: nobody,
	'share-out': nobody,
	'share-in': nobody,
	publisher: nobody,
	screen: nobody
};

/** What is left when every member is stopped. */
export const noMembers = {
	wiring: noWiring,
	wiredAs: null,
	dials: noDials,
	greeted: new Set<SessionId>(),
	pictures: new Set<SessionId>(),
	screenCall: null,
	collected: new Map()
} satisfies Partial<GroupCallContext>;

export function withoutMember(context: GroupCallContext, kind: MemberKind, id: SessionId) {
	const rest = new Map(context.wiring[kind]);
	rest.delete(id);
	return {
		wiring: { ...context.wiring, [kind]: rest },
		dials: withoutDials(context.dials, [childId(kind, id)])
	};
}

/** Every child that is a member, by id: exactly those that were spawned and not stopped. */
export const memberIds = (wiring: Wiring, only: readonly MemberKind[] = kinds): string[] =>
	only.flatMap((kind) => [...wiring[kind].keys()].map((id) => childId(kind, id)));

/** Those that carry our camera and microphone, and our words over the data channel. */
export const carrierIds = ({ topology, wiring }: GroupCallContext): string[] =>
	memberIds(wiring, [topology === 'sfu' ? 'publisher' : 'member']);

export const memberAt = (children: Children, kind: MemberKind, id: SessionId): MemberRef | undefined => {
	const key = childId(kind, id);
	return Object.hasOwn(children, key) ? (children[key] as MemberRef) : undefined;
};

/** The members among the children of a call, by what they are for. */
export function membersOf(children: Children, kind: MemberKind): Map<SessionId, MemberRef> {
	const found = new Map<SessionId, MemberRef>();
	for (const [key, ref] of Object.entries(children)) {
		if (key.startsWith(`${kind}:`)) found.set(key.slice(kind.length + 1) as SessionId, ref as MemberRef);
	}
	return found;
}
