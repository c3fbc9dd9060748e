import { assign, enqueueActions } from 'xstate';
import { isHeldElsewhere } from '../store/next-row.ts';
import { otherTabSilenceMs, tabAnswerMs, type TabCall } from '../store/tab-channel.ts';
import { choiceOf, mediaOf } from './foundation.ts';
import { withDevices } from './own-devices.ts';
import type { VisitContext } from './types.ts';

/** The call of this tab, as the tabs speak of it. */
const ownCall = ({ input }: VisitContext): TabCall => ({ tabId: input.tabId, token: input.token });

/** In this call: not in one that waits for a person because it is open elsewhere. */
const isHolding = ({ call }: VisitContext): boolean =>
	call !== null && !call.getSnapshot().matches({ joining: 'occupied' });

/** This tab was in the call, and no other has answered that it is: without a network it could not say goodbye. */
export const isAbandoned = ({ isReturning, isAnswered, openedAt, input }: VisitContext): boolean =>
	isReturning && !isAnswered && input.now() - openedAt >= otherTabSilenceMs;

/** What the tabs of one browser agree on: which of them is in the call, and how it goes from one to the other. */
export const withOtherTabs = withDevices.extend({
	guards: {
		isHeldElsewhere: ({ context: { input } }) => isHeldElsewhere(input.row, input.tabId, input.now()),
		/** Another tab is in this call, and nobody has said that they want to be two guests. */
		isHolderAlive: ({ context, event }) =>
			event.type === 'TAB_ALIVE' && event.token === context.input.token && !context.isBeside,
		isAskedAboutUs: ({ context, event }) =>
			(event.type === 'TAB_ASKED' || event.type === 'TAB_TAKE_OVER') &&
			event.tabId === context.input.tabId &&
			event.token === context.input.token &&
			isHolding(context),
		isReleasedToUs: ({ context, event }) =>
			event.type === 'TAB_RELEASED' &&
			event.tabId === context.holder &&
			event.token === context.input.token &&
			[context.input.tabId, ''].includes(event.by),
		/** A copy of this tab would be the same guest. */
		isOtherGuest: ({ context }) => context.holder !== context.input.tabId,
		hasHolder: ({ context }) => context.holder !== null
	},
	delays: {
		tabAnswer: tabAnswerMs,
		/** The other tab needs 3 s at most to leave; then the server decides who is in. */
		takeOverTimeout: 5_000
	},
	actions: {
		askHolder: enqueueActions(({ context, enqueue }) => {
			const { holder, input } = context;
			if (holder === null) return;
			enqueue.sendTo('tabs', { type: 'ASK_TAB', holder: { tabId: holder, token: input.token } });
		}),
		noteHolder: assign(({ event }) => (event.type === 'TAB_ALIVE' ? { holder: event.tabId } : {})),
		noteAnswer: assign({ isAnswered: true }),
		/** Tabs that are not in yet learn of it. Whoever is beside another leaves them to that one. */
		holdCall: enqueueActions(({ context, enqueue }) => {
			enqueue.assign({ holder: null, isAnswered: false });
			if (!context.isBeside) enqueue.sendTo('tabs', { type: 'ANSWER_TAB', own: ownCall(context) });
		}),
		answerTab: enqueueActions(({ context, enqueue }) => {
			enqueue.sendTo('tabs', { type: 'ANSWER_TAB', own: ownCall(context) });
		}),
		askToLeave: enqueueActions(({ context, enqueue }) => {
			const { holder, input } = context;
			if (holder === null) return;
			enqueue.sendTo('tabs', {
				type: 'TAKE_OVER_FROM_TAB',
				holder: { tabId: holder, token: input.token },
				by: input.tabId
			});
		}),
		/** The row of the store is the other tab's from now on. */
		giveUpCall: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'TAB_TAKE_OVER' || context.call === null) return;
			enqueue.assign({ holder: event.by });
			enqueue.sendTo(context.call, { type: 'LEAVE', reason: 'replaced' });
		}),
		tellReleased: enqueueActions(({ context, enqueue, self }) => {
			const media = mediaOf(self);
			if (media === undefined) return;
			const { microphone, camera } = choiceOf(media);
			enqueue.sendTo('tabs', {
				type: 'RELEASE_TO_TAB',
				own: ownCall(context),
				by: context.holder ?? '',
				choice: { microphone, camera }
			});
		}),
		/** As muted as it was there. */
		takeChoice: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'TAB_RELEASED') return;
			enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: event.microphone });
			enqueue.sendTo('media', { type: 'SET_CAMERA', intent: event.camera });
		}),
		forgetHolder: assign({ holder: null }),
		stayBeside: assign({ holder: null, isBeside: true })
	}
});
