import type { SessionId } from '../../../protocol/ids.ts';
import type { MemberState } from '../../signaling.ts';
import { isNews, mergeSaid } from '../roster.ts';
import type { SignalingSessionEvent } from '../signaling-session-machine.ts';
import { groupCallBase, type Enqueue } from './base.ts';
import { carrierIds } from './wiring.ts';
import { othersOf } from './selectors.ts';
import type { GroupCallContext } from './types.ts';

/** What we say of ourselves beside our media, and what the others say of themselves. */

const reactionMs = 4_000;

const devices = ({ media }: GroupCallContext): MemberState[] => [
	{ kind: 'microphone', state: media.microphone },
	{ kind: 'camera', state: media.camera }
];

const deviceNews = (context: GroupCallContext): MemberState[] => {
	const { told } = context;
	return devices(context).filter(
		(state) =>
			told === null ||
			(state.kind === 'microphone' && state.state !== told.microphone) ||
			(state.kind === 'camera' && state.state !== told.camera)
	);
};

/** Everything about us that others show beside our media. */
const fullState = (context: GroupCallContext): MemberState[] => [
	...devices(context),
	{ kind: 'name', name: context.input.name },
	...(context.hand.state === 'raised'
		? [{ kind: 'hand' as const, state: 'raised' as const, at: context.hand.at }]
		: [])
];

/** One request, however many are to hear it. */
const stateTo = (to: readonly SessionId[], state: MemberState): SignalingSessionEvent => ({
	type: 'SEND_STATE_TO',
	to,
	state
});

const screenStopped: MemberState = { kind: 'screenshare', state: 'stopped' };

/** A media server too is told, as one of the others: it closes what we sent it. Natively the connection itself says so. */
export function screenStopTo(context: GroupCallContext): SessionId[] {
	const { topology, ownSessionId } = context;
	if (topology === 'native') return [];
	return [...othersOf(context), ...(topology === 'sfu' && ownSessionId !== null ? [ownSessionId] : [])];
}
export const screenStop = (to: readonly SessionId[]) => stateTo(to, screenStopped);

/** Over signaling in one request each, and over the data channels for those who listen there. */
function announce(context: GroupCallContext, enqueue: Enqueue, states: readonly MemberState[]) {
	if (states.length === 0) return;
	const to = othersOf(context);
	const carriers = carrierIds(context);
	for (const state of states) {
		if (to.length > 0) enqueue.sendTo('signaling', stateTo(to, state));
		for (const id of carriers) enqueue.sendTo(id, { type: 'SEND_STATE', state });
	}
	const { microphone, camera } = context.media;
	enqueue.assign({ told: { microphone, camera } });
}

export const announcementActions = {
	/** When we come, or come back: what was said meanwhile was said to nobody. */
	announceState: groupCallBase.enqueueActions(({ context, enqueue }) => {
		announce(context, enqueue, fullState(context));
	}),
	/** What was switched since we last said so; switched back in time, nothing. */
	announceChanges: groupCallBase.enqueueActions(({ context, enqueue }) => {
		announce(context, enqueue, deviceNews(context));
	}),
	tellState: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'TELL_STATE') return;
		const to = event.to.filter(
			(id) => Object.hasOwn(context.roster, id) && context.roster[id]?.presence.inCall === true
		);
		if (to.length === 0) return;
		for (const state of fullState(context)) enqueue.sendTo('signaling', stateTo(to, state));
	}),
	tellChannel: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'CHANNEL_OPENED') return;
		const { topology, wiring } = context;
		const kind = topology === 'sfu' ? 'publisher' : 'member';
		if (!wiring[kind].has(event.member)) return;
		const id = `${kind}:${event.member}`;
		for (const state of fullState(context)) enqueue.sendTo(id, { type: 'SEND_STATE', state });
	}),
	tellSpeaking: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'SPEAKING') return;
		for (const id of carrierIds(context)) {
			enqueue.sendTo(id, { type: 'SEND_STATE', state: { kind: 'speaking', state: event.state } });
		}
	}),
	moveHand: groupCallBase.assign(({ context, event }) => ({
		hand: {
			state: event.type === 'RAISE_HAND' ? ('raised' as const) : ('lowered' as const),
			at: context.input.ports.now()
		}
	})),
	tellHand: groupCallBase.enqueueActions(({ context, enqueue }) => {
		enqueue.sendTo('signaling', stateTo(othersOf(context), { kind: 'hand', ...context.hand }));
	}),
	/** Each of those in the call is told of each who is meant, as Talk's clients expect. */
	giveOrder: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'ORDER') return;
		const to = othersOf(context);
		for (const target of event.whom) {
			enqueue.sendTo('signaling', {
				type: 'SEND_ORDER_TO',
				to,
				order: { kind: event.order, target }
			} satisfies SignalingSessionEvent);
		}
	}),
	/** A moderator muted us: whoever owns the microphone obeys. Of others, their own page says so. */
	passMuted: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'MUTED_BY_MODERATOR' || event.target !== context.ownSessionId) return;
		const by = Object.hasOwn(context.roster, event.from) ? context.roster[event.from]?.name : undefined;
		enqueue.emit({ type: 'MUTED_BY', name: by || (context.said[event.from]?.name ?? '') });
	}),
	/** A moderator lowered our hand. */
	obeyHand: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'HAND_LOWERED_BY_MODERATOR' || event.target !== context.ownSessionId) return;
		if (context.hand.state === 'raised') enqueue.raise({ type: 'LOWER_HAND' });
	}),
	/** Sharing may have ended while nobody could be told; that it began is told by the offer. */
	tellScreen: groupCallBase.enqueueActions(({ context, enqueue }) => {
		if (context.media.screen !== null) return;
		const to = screenStopTo(context);
		if (to.length > 0) enqueue.sendTo('signaling', screenStop(to));
	}),
	react: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'REACT') return;
		const count = (context.ownReaction?.count ?? 0) + 1;
		enqueue.assign({ ownReaction: { emoji: event.emoji, count } });
		enqueue.raise({ type: 'CLEAR_REACTION', of: 'self', count }, { delay: reactionMs });
		enqueue.sendTo('signaling', stateTo(othersOf(context), { kind: 'reaction', emoji: event.emoji }));
	}),
	clearReaction: groupCallBase.assign(({ context, event }) => {
		if (event.type !== 'CLEAR_REACTION') return {};
		if (event.of === 'self') {
			return context.ownReaction?.count === event.count ? { ownReaction: null } : {};
		}
		const said = context.said[event.of];
		return said?.reaction?.count === event.count
			? { said: { ...context.said, [event.of]: { ...said, reaction: null } } }
			: {};
	}),
	/** The media server repeats to us what we say to it. */
	takeState: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'MEMBER_STATE_RECEIVED' || event.from === context.ownSessionId) return;
		const { from, state } = event;
		const known = Object.hasOwn(context.said, from) ? context.said[from] : undefined;
		const next = mergeSaid(known, state);
		if (isNews(known, next)) enqueue.assign({ said: { ...context.said, [from]: next } });
		if (state.kind !== 'reaction') return;
		const count = next.reaction?.count ?? 0;
		enqueue.raise({ type: 'CLEAR_REACTION', of: from, count }, { delay: reactionMs });
	})
};
