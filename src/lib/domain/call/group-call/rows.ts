import type { SessionId } from '../../../protocol/ids.ts';
import { groupCallBase, type Enqueue } from './base.ts';
import { ownPresence } from './selectors.ts';
import type { GroupCallContext } from './types.ts';
import type { CallFact } from '../../store/next-row.ts';

/** What the store of ongoing calls is told, so that a crash or a reload finds its way back. */

const persist = (enqueue: Enqueue, fact: CallFact) => {
	enqueue.sendTo('store', { type: 'PERSIST', fact });
};
const stillJoined = ({ input, mediaChoice }: GroupCallContext): CallFact => ({
	fact: 'still-joined',
	tabId: input.tabId,
	media: mediaChoice
});
const parting = (fact: 'leaving' | 'left' | 'kicked') =>
	groupCallBase.enqueueActions(({ context, enqueue }) => {
		// it goes on in another tab, and the row is that tab's
		if (context.end.reason === 'replaced') return;
		persist(enqueue, { fact, tabId: context.input.tabId });
	});

export const rowActions = {
	persistJoining: groupCallBase.enqueueActions(({ context, enqueue }) => {
		persist(enqueue, {
			fact: 'joining',
			roomName: context.input.room.name,
			flags: ownPresence(context),
			media: context.mediaChoice,
			tabId: context.input.tabId
		});
	}),
	persistJoined: groupCallBase.enqueueActions(({ context, enqueue }) => {
		persist(enqueue, {
			fact: 'joined',
			sessionId: context.ownSessionId ?? ('' as SessionId),
			tabId: context.input.tabId,
			media: context.mediaChoice,
			startedAt: context.room?.callStartedAt ?? 0
		});
	}),
	persistStill: groupCallBase.enqueueActions(({ context, enqueue }) => {
		persist(enqueue, stillJoined(context));
	}),
	persistLeaving: parting('leaving'),
	persistLeft: parting('left'),
	persistKicked: parting('kicked'),
	persistEnded: groupCallBase.enqueueActions(({ enqueue }) => {
		persist(enqueue, { fact: 'ended' });
	}),
	persistTurnedOut: groupCallBase.enqueueActions(({ context, enqueue }) => {
		if (context.end.reason === 'ended-for-all') persist(enqueue, { fact: 'ended' });
		else {
			const fact = context.end.reason === 'refused' ? 'left' : 'kicked';
			persist(enqueue, { fact, tabId: context.input.tabId });
		}
	}),
	/** The row belongs to the tab that took the session over. */
	persistRemoval: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'REMOVED_FROM_ROOM' || event.reason === 'replaced') return;
		persist(enqueue, { fact: 'kicked', tabId: context.input.tabId });
	})
};
