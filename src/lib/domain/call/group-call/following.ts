import type { SessionId } from '../../../protocol/ids.ts';
import { callsOf } from '../member-machine.ts';
import type { SignalingSessionEvent } from '../signaling-session-machine.ts';
import { groupCallBase, type Enqueue } from './base.ts';
import { grantNext, noteDemands, type Demand, type Dials } from './dials.ts';
import { screenOffer } from './routing.ts';
import { othersOf } from './selectors.ts';
import { rejoinMemoryMs } from './session.ts';
import type { GroupCallContext, GroupCallEvent, MemberKind } from './types.ts';
import { childId, memberAt, partsOf, type Children, type MemberSnapshot } from './wiring.ts';

/** What a change in one member means for the others and for the call. */

/** Set-ups under way at once, started by us. */
const dialWidth = { mesh: 4, native: 4, sfu: 8 } as const;
/**
 * Connections of a mesh that we make ourselves; beyond them nobody's uplink suffices. Who is called always answers, even
 * beyond: so both sides agree on which connections there are, whatever each of them counts.
 */
const meshMax = 16;

const demandOf = (snapshot: MemberSnapshot): Demand => {
	if (snapshot.hasTag('wantsSlot')) return 'slot';
	if (snapshot.hasTag('holdsSlot')) return 'dialling';
	if (snapshot.context.current === null) return 'nothing';
	return snapshot.context.isConnected ? 'up' : 'slow';
};

interface ChangedMember {
	id: string;
	kind: MemberKind;
	of: SessionId;
	/** As it is by now, not as it was when it said so. */
	member: MemberSnapshot;
}

/** Whom an event of the watcher is about, without those who are gone meanwhile. */
const changedMembers = (
	{ wiring }: GroupCallContext,
	event: GroupCallEvent,
	children: Children
): ChangedMember[] =>
	event.type !== 'MEMBERS_CHANGED'
		? []
		: event.ids.flatMap((id) => {
				const about = partsOf(id);
				if (about === null || !wiring[about.kind].has(about.of)) return [];
				const member = memberAt(children, about.kind, about.of)?.getSnapshot();
				return member === undefined ? [] : [{ ...about, id, member }];
			});

const demandsWith = (context: GroupCallContext, changed: readonly ChangedMember[]): Dials =>
	noteDemands(
		context.dials,
		changed.map(({ id, kind, member }) => ({
			id,
			demand: demandOf(member),
			isCapped: kind === 'member' && context.topology !== 'sfu'
		}))
	);

/** A few set-ups at a time, in the order in which they were asked for, so that nobody's uplink is swamped. */
function grant({ isOnline, topology }: GroupCallContext, dials: Dials, enqueue: Enqueue) {
	if (!isOnline) return;
	const next = grantNext(dials, { width: dialWidth[topology], cap: meshMax });
	if (next.granted.length === 0) return;
	enqueue.assign({ dials: next.dials });
	for (const id of next.granted) enqueue.sendTo(id, { type: 'DIAL' });
}

export const followingActions = {
	/** Keeps account of who wants to dial. Members exist before we are in, but nobody dials yet. */
	noteDemands: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		const dials = demandsWith(context, changedMembers(context, event, self.getSnapshot().children));
		if (dials !== context.dials) enqueue.assign({ dials });
	}),
	grantDials: groupCallBase.enqueueActions(({ context, enqueue }) => {
		grant(context, context.dials, enqueue);
	}),
	/** What changes in members mean for the whole call. */
	followMembers: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		const changed = changedMembers(context, event, self.getSnapshot().children);
		const dials = demandsWith(context, changed);
		if (dials !== context.dials) {
			enqueue.assign({ dials });
			grant(context, dials, enqueue);
		}
		for (const { kind, of, member } of changed) {
			const { current, isConnected, escalates, lastError } = member.context;
			const call = current === null ? undefined : callsOf(member.children).get(current)?.getSnapshot();
			// nobody would notice soon that what mends it does not get through
			if (lastError !== null || (isConnected && call?.context.isIceUp === false)) {
				enqueue.sendTo('signaling', { type: 'DOUBT' } satisfies SignalingSessionEvent);
			}
			if (kind === 'publisher' && escalates) enqueue.raise({ type: 'PUBLISHER_BROKEN' });
			if (kind === 'screen' && isConnected && current !== null && current !== context.screenCall) {
				// subscribers cannot know of a screen, nor that another connection carries it now
				enqueue.assign({ screenCall: current });
				for (const to of othersOf(context)) enqueue.sendTo('signaling', screenOffer(current, to, self));
			}
			if (kind !== 'member' || isConnected) continue;
			const expiresAt = context.roster[of]?.expiresAt ?? null;
			if (expiresAt !== null && expiresAt <= context.input.ports.now()) {
				enqueue.raise({ type: 'MEMBERSHIP_EXPIRED', of });
			}
		}
	}),
	/** As soon as we may come in once more. */
	lookAgainAtPublisher: groupCallBase.enqueueActions(({ context, enqueue }) => {
		const { rejoinedAt, input } = context;
		const now = input.ports.now();
		enqueue.cancel('publisher');
		const delay = rejoinMemoryMs - (now - (rejoinedAt ?? now));
		enqueue.raise({ type: 'LOOK_AT_PUBLISHER' }, { delay, id: 'publisher' });
	}),
	lookAtPublisher: groupCallBase.enqueueActions(({ context, enqueue, self }) => {
		const { ownSessionId } = context;
		if (ownSessionId === null) return;
		const publisher = memberAt(self.getSnapshot().children, 'publisher', ownSessionId)?.getSnapshot();
		if (publisher?.context.escalates === true) enqueue.raise({ type: 'PUBLISHER_BROKEN' });
	}),
	/** The media server did not know us when we asked for an offer; it does not say for whom. */
	passRefusal: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		if (event.type !== 'REQUEST_REFUSED') return;
		const { children } = self.getSnapshot();
		for (const kind of ['member', 'share-in'] as const) {
			for (const id of context.wiring[kind].keys()) {
				const member = memberAt(children, kind, id)?.getSnapshot();
				if (member?.matches({ present: 'requesting' }) !== true) continue;
				enqueue.sendTo(childId(kind, id), { type: 'OFFER_REFUSED' });
			}
		}
	})
};
