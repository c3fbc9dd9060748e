import type { AnyActorRef } from 'xstate';
import type { CallId, SessionId } from '../../../protocol/ids.ts';
import type { PeerSignal } from '../../signaling.ts';
import { earlySignalsTtlMs, keepSignal } from '../early-messages.ts';
import type { SignalingSessionEvent } from '../signaling-session-machine.ts';
import { groupCallBase } from './base.ts';
import { spawn } from './spawn.ts';
import type { GroupCallContext } from './types.ts';
import { wishFor } from './wishes.ts';
import { childId, memberAt, withoutMember } from './wiring.ts';

/** What the others and the media server say, on its way to the member it is for. */

/** Natively a screen is a stream of the one connection; otherwise it has its own. */
export const isForMember = ({ topology }: GroupCallContext, { purpose }: PeerSignal) =>
	purpose === 'usermedia' || topology === 'native';

/** Asks the media server to offer our screen to somebody; one that is lost goes with the session it was said in. */
export const screenOffer = (callId: CallId, to: SessionId, replyTo: AnyActorRef): SignalingSessionEvent => ({
	type: 'SEND_SIGNAL',
	to,
	signal: { kind: 'send_offer', callId, purpose: 'screenshare' },
	id: 0,
	replyTo
});

export const routingActions = {
	routeSignal: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		if (event.type !== 'PEER_SIGNAL_RECEIVED') return;
		const { from, signal } = event;
		const { wiring } = context;
		if (from === context.ownSessionId) {
			// the media server answers in our own name
			const kind = signal.purpose === 'usermedia' ? 'publisher' : 'screen';
			if (!wiring[kind].has(from)) return enqueue.assign({ dropped: context.dropped + 1 });
			if (kind === 'publisher' && signal.kind === 'answer') {
				const publisher = memberAt(self.getSnapshot().children, kind, from);
				const isOurs = publisher?.getSnapshot().context.current === signal.callId;
				if (isOurs) enqueue.assign({ publishedAs: signal.callId });
				// it has kept a connection that is no more, and nothing new gets through there (seen after a restart of Janus)
				else if (signal.callId === context.publishedAs) enqueue.raise({ type: 'PUBLISHER_BROKEN' });
			}
			enqueue.sendTo(childId(kind, from), { type: 'SIGNAL', signal });
			return;
		}
		const entry = wiring.member.get(from);
		if (entry === undefined) {
			// with a media server a screen may come from somebody who sends nothing else
			const isScreenAlone = !isForMember(context, signal) && context.greeted.has(from);
			if (!isScreenAlone) {
				const ticket = context.ticket + 1;
				const { kept, dropped } = keepSignal(context.early, {
					from,
					signal,
					arrivedAt: context.input.ports.now(),
					ticket
				});
				enqueue.assign({ early: kept, ticket, dropped: context.dropped + dropped });
				enqueue.raise({ type: 'FORGET_SIGNAL', ticket }, { delay: earlySignalsTtlMs });
				return;
			}
		}
		if (isForMember(context, signal)) {
			enqueue.sendTo(childId('member', from), { type: 'SIGNAL', signal });
			return;
		}
		const out = memberAt(self.getSnapshot().children, 'share-out', from);
		if (out?.getSnapshot().context.current === signal.callId && wiring['share-out'].has(from)) {
			enqueue.sendTo(childId('share-out', from), { type: 'SIGNAL', signal });
			return;
		}
		if (!wiring['share-in'].has(from)) {
			const owner = entry ?? context.roster[from];
			// only an offer begins a share: anything else is late, from one that has ended
			if (signal.kind !== 'invite' || owner === undefined) {
				return enqueue.assign({ dropped: context.dropped + 1 });
			}
			spawn(context, enqueue, wishFor(context, 'share-in'), [owner], null);
			enqueue.assign({ wiring: { ...wiring, 'share-in': new Map([...wiring['share-in'], [from, owner]]) } });
		}
		enqueue.sendTo(childId('share-in', from), { type: 'SIGNAL', signal });
	}),
	forgetSignal: groupCallBase.assign(({ context, event }) =>
		event.type === 'FORGET_SIGNAL'
			? { early: context.early.filter(({ ticket }) => ticket !== event.ticket) }
			: {}
	),
	/** Their screen is gone; what of it waits in vain goes too. */
	endShare: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'MEMBER_STATE_RECEIVED' || event.state.kind !== 'screenshare') return;
		const { from } = event;
		enqueue.assign({
			early: context.early.filter((early) => early.from !== from || early.signal.purpose !== 'screenshare')
		});
		if (!context.wiring['share-in'].has(from)) return;
		enqueue.stopChild(childId('share-in', from));
		enqueue.assign(withoutMember(context, 'share-in', from));
	})
};
