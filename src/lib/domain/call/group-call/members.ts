import { givenOn, type EarlySignal } from '../early-messages.ts';
import { callsOf } from '../member-machine.ts';
import { dialOrder, emptyRoster, inCallBeside, type RosterEntry } from '../roster.ts';
import { asMuchAsFits, isSameWish, sendLimits } from '../send-limits.ts';
import type { SessionId } from '../../../protocol/ids.ts';
import { groupCallBase, type Enqueue } from './base.ts';
import { withoutDials } from './dials.ts';
import { isForMember, screenOffer } from './routing.ts';
import { isChatAlone, isConfirmed, ownEntry } from './selectors.ts';
import { spawn } from './spawn.ts';
import type { GroupCallContext } from './types.ts';
import { isSideSame, pictureOf, purposeOf, sidesOf, wantedIn, wishFor } from './wishes.ts';
import { childId, kinds, memberAt, memberIds, noMembers, partsOf, withoutMember } from './wiring.ts';

/** Members come and go with the roster; all of them are told what concerns all. */

/** Full state is told to a newcomer more than once: it may still be on its way into the call. */
const tellStateAtMs = [0, 2_000, 8_000] as const;
/** Pictures that a media server sends us; whoever comes beyond them is only heard until there is room. */
const picturesMax = 30;
const lookPauseMs = 250;

/** Whose pictures can be asked for in another size: with a media server those that it sends, else everybody's. */
const picturedIn = ({ topology, hasSimulcast, pictures, wiring }: GroupCallContext): SessionId[] => {
	if (topology === 'sfu') return hasSimulcast ? [...pictures] : [];
	return [...wiring.member.keys()];
};

/**
 * Whether it is told at all how pictures are looked at. Without a media server each change is a negotiation: worth it for
 * those on another page, but not with everybody whenever the page of the call is hidden and shown again.
 */
const tellsLooks = ({ topology, saving, looks }: GroupCallContext): boolean =>
	topology === 'sfu' || saving !== 'nothing' || [...looks.values()].some((picture) => picture !== 'none');

function tellPictures(context: GroupCallContext, enqueue: Enqueue, ids: readonly SessionId[]) {
	for (const id of ids) {
		enqueue.sendTo(childId('member', id), { type: 'SET_PICTURE', picture: pictureOf(context, id) });
	}
}

export const memberActions = {
	/** Session ids change with the session: nothing of the old roster, and no connection, belongs to us any more. */
	forgetEverybody: groupCallBase.enqueueActions(({ context, enqueue }) => {
		for (const id of memberIds(context.wiring)) enqueue.stopChild(id);
		enqueue.assign({
			...noMembers,
			roster: emptyRoster,
			said: {},
			early: [],
			nameless: []
		});
	}),
	stopMembers: groupCallBase.enqueueActions(({ context, enqueue }) => {
		for (const id of memberIds(context.wiring)) enqueue.stopChild(id);
		enqueue.assign(noMembers);
	}),
	tellMembersLink: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		const isUp = event.type === 'SIGNALING_UP';
		for (const id of memberIds(context.wiring)) {
			enqueue.sendTo(id, { type: isUp ? 'SIGNALING_UP' : 'SIGNALING_DOWN' });
		}
		if (self.getSnapshot().children['chat'] !== undefined) {
			const told = isUp ? { isTold: event.tellsOfChat } : isChatAlone(context) ? { isTold: false } : null;
			enqueue.sendTo(
				'chat',
				told === null ? { type: 'OFFLINE' } : { type: 'ONLINE', own: context.room, ...told }
			);
		}
	}),
	tellMembersIce: groupCallBase.enqueueActions(({ context, enqueue }) => {
		const { iceServers } = context;
		for (const id of memberIds(context.wiring)) enqueue.sendTo(id, { type: 'SET_ICE_SERVERS', iceServers });
	}),
	/**
	 * Makes the members those that the roster and our own sharing ask for: idempotent, whatever came before. Costs one
	 * pass over the roster; only those about whom something changed are told anything.
	 */
	reconcile: groupCallBase.enqueueActions(({ context, enqueue }) => {
		const wanted = wantedIn(context);
		const own = ownEntry(context) ?? null;
		const areOursSame =
			own === context.wiredAs ||
			(own !== null && context.wiredAs !== null && isSideSame(own, context.wiredAs));
		const removed: string[] = [];
		const pictures = new Set([...context.pictures].filter((id) => wanted.member.has(id)));
		const now = context.input.ports.now();
		for (const kind of kinds) {
			const before = context.wiring[kind];
			const after = wanted[kind];
			for (const id of before.keys()) {
				if (after.has(id)) continue;
				removed.push(childId(kind, id));
				enqueue.stopChild(childId(kind, id));
			}
			const isPictured = kind === 'member' && context.topology === 'sfu';
			const added: RosterEntry[] = [];
			for (const [id, entry] of after) {
				const known = before.get(id);
				if (known === undefined) added.push(entry);
				else if (isPictured && pictures.size < picturesMax && !pictures.has(id)) {
					// there is room now: a connection without a picture has no place for one, so it is made anew
					pictures.add(id);
					removed.push(childId(kind, id));
					enqueue.stopChild(childId(kind, id));
					added.push(entry);
				} else if (!areOursSame || (known !== entry && !isSideSame(known, entry))) {
					enqueue.sendTo(childId(kind, id), { type: 'UPDATE', ...sidesOf(context, entry) });
				}
			}
			if (added.length === 0) continue;
			const wish = wishFor(context, kind);
			added.sort(dialOrder(own ?? { actorType: '', actorId: '' }));
			const newcomers = new Set(added.map(({ sessionId }) => sessionId));
			if (isPictured) for (const id of newcomers) if (pictures.size < picturesMax) pictures.add(id);
			spawn(context, enqueue, wish, added, isPictured ? pictures : null);
			if (kind !== 'member') continue;
			for (const early of context.early) {
				if (!newcomers.has(early.from) || !isForMember(context, early.signal)) continue;
				enqueue.sendTo(childId(kind, early.from), { type: 'SIGNAL', signal: givenOn(early, now) });
			}
		}
		enqueue.assign({
			wiring: wanted,
			wiredAs: own,
			pictures,
			early:
				context.early.length === 0
					? context.early
					: context.early.filter(
							({ from, signal }) => !wanted.member.has(from) || !isForMember(context, signal)
						),
			...(removed.length === 0 ? {} : { dials: withoutDials(context.dials, removed) }),
			...(wanted.screen.size === 0 ? { screenCall: null } : {})
		});
	}),
	/** Whoever has come is told what they cannot know: how we are, and with a media server that we share a screen. */
	greet: groupCallBase.enqueueActions(({ context, enqueue, self }) => {
		const present = isConfirmed(context) ? inCallBeside(context.roster, context.ownSessionId) : [];
		const to = present.flatMap(({ sessionId }) => (context.greeted.has(sessionId) ? [] : [sessionId]));
		if (to.length === 0 && present.length === context.greeted.size) return;
		enqueue.assign({ greeted: new Set(present.map(({ sessionId }) => sessionId)) });
		if (to.length === 0) return;
		for (const delay of tellStateAtMs) enqueue.raise({ type: 'TELL_STATE', to }, { delay });
		const { screenCall, early } = context;
		if (screenCall !== null) {
			for (const id of to) enqueue.sendTo('signaling', screenOffer(screenCall, id, self));
		}
		// what came before them: a screen gets its own member, once this step is done
		const newcomers = new Set(to);
		const isDue = ({ from, signal }: EarlySignal) => newcomers.has(from) && !isForMember(context, signal);
		for (const waiting of early.filter(isDue)) {
			const signal = givenOn(waiting, context.input.ports.now());
			enqueue.raise({ type: 'PEER_SIGNAL_RECEIVED', from: waiting.from, signal }, { delay: 1 });
		}
		enqueue.assign({ early: early.filter((one) => !isDue(one)) });
	}),
	/** Layouts change in bursts: what is shown shortly after counts. */
	lookAt: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'LOOK_AT') return;
		// those who are gone are forgotten here
		const known = [...context.looks].filter(([id]) => context.wiring.member.has(id));
		enqueue.assign({ looks: new Map([...known, ...event.pictures]) });
		enqueue.cancel('looks');
		enqueue.raise({ type: 'TELL_LOOKS' }, { delay: lookPauseMs, id: 'looks' });
	}),
	tellLooks: groupCallBase.enqueueActions(({ context, enqueue }) => {
		if (!tellsLooks(context)) return;
		const isShown = (id: SessionId) => context.looks.has(id) || context.saving !== 'nothing';
		tellPictures(context, enqueue, picturedIn(context).filter(isShown));
	}),
	savePictures: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'SAVE_PICTURES' || event.saving === context.saving) return;
		enqueue.assign({ saving: event.saving });
		const next = { ...context, saving: event.saving };
		const told = new Set([...picturedIn(context), ...picturedIn(next)]);
		tellPictures(next, enqueue, [...told]);
	}),
	limitSending: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'LIMIT_SENDING' || isSameWish(event.wish, context.sendWish ?? asMuchAsFits)) return;
		enqueue.assign({ sendWish: event.wish });
		for (const kind of kinds) {
			const purpose = purposeOf(kind);
			if (purpose === null) continue;
			const limits = sendLimits(purpose, event.wish);
			for (const id of memberIds(context.wiring, [kind])) enqueue.sendTo(id, { type: 'SET_LIMITS', limits });
		}
	}),
	retryMember: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'RETRY_MEMBER') return;
		for (const kind of kinds) {
			if (!context.wiring[kind].has(event.memberKey)) continue;
			enqueue.sendTo(childId(kind, event.memberKey), { type: 'RETRY' });
		}
	}),
	/** The network came back: those who had given up try once more. */
	rearmMembers: groupCallBase.enqueueActions(({ context, enqueue }) => {
		for (const id of memberIds(context.wiring)) enqueue.sendTo(id, { type: 'RETRY' });
	}),
	/**
	 * One member's failure stays with that member: it is taken out, and the roster puts it back afresh. A machine that
	 * failed stops nothing of its own: its calls are closed here. Other children stay where they are, since sending
	 * to one that has failed is harmless, while sending to none is not.
	 */
	dropFailed: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		const about = 'actorId' in event ? partsOf(event.actorId) : null;
		if (about === null || !context.wiring[about.kind].has(about.of)) return;
		const { kind, of } = about;
		const member = memberAt(self.getSnapshot().children, kind, of);
		for (const [callId, call] of callsOf(member?.getSnapshot().children ?? {})) {
			enqueue.sendTo(call, { type: 'CLOSE', reason: 'unknown_error' });
			enqueue(() => context.input.ports.releaseResources(callId));
		}
		enqueue.stopChild(childId(kind, of));
		enqueue.assign(withoutMember(context, kind, of));
	})
};
