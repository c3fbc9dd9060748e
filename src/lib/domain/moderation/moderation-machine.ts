import { assign, enqueueActions, fromPromise, setup } from 'xstate';
import { errorCodeOf, type ErrorCode } from '../errors.ts';
import type { Attendee, ModerationApi, RoomInfo, TalkApi } from '../talk-api.ts';
import type { NextcloudSessionId, RoomToken, SessionId } from '../../protocol/ids.ts';
import { perform, type Deed, type Order } from './deeds.ts';

export interface ModerationInput {
	api: ModerationApi & Pick<TalkApi, 'lookUpRoom'>;
	token: RoomToken;
	/** We moderate the room by now. */
	isModerating: () => boolean;
	roomSessionOf: (session: SessionId) => NextcloudSessionId | null;
	/** Tells the pages of those in the call. */
	order: (order: Order) => void;
	/** Whom of these the order has not reached: still heard, or with the hand up. */
	unmoved: (order: Order) => readonly SessionId[];
}

interface ModerationContext {
	input: ModerationInput;
	attendees: readonly Attendee[];
	room: RoomInfo | null;
	/** The last attempt to read who is there failed. */
	hasFailed: boolean;
	count: number;
}

type ModerationEvent =
	| { type: 'OPENED' | 'CLOSED' }
	| { type: 'DO'; deed: Deed }
	| { type: 'ORDER'; order: Order }
	| { type: 'LOOK_AT_ORDER'; order: Order }
	| { type: `xstate.done.actor.deed-${number}`; output: { deed: Deed; link: string | null } }
	| { type: `xstate.error.actor.deed-${number}`; error: unknown };

export type ModerationEmitted =
	| { type: 'DEED_DONE'; deed: Deed; link: string | null }
	| { type: 'DEED_FAILED'; deed: Deed; code: ErrorCode }
	/** The server drops orders that it does not allow without a word: seen by nothing having changed. */
	| { type: 'ORDER_UNHEARD'; order: Order };

class DeedError extends Error {
	readonly deed: Deed;
	constructor(deed: Deed, cause: unknown) {
		super(deed.kind, { cause });
		this.deed = deed;
	}
}

/**
 * What a moderator does, and who is in the room, for as long as somebody looks. A deed that is asked for is done whether
 * or not the list is still open.
 *
 *     list: closed ⇄ open (reading → resting → reading …)
 */
export const moderationMachine = setup({
	types: {
		context: {} as ModerationContext,
		input: {} as ModerationInput,
		events: {} as ModerationEvent,
		emitted: {} as ModerationEmitted
	},
	actors: {
		read: fromPromise<Pick<ModerationContext, 'attendees' | 'room'>, ModerationInput>(async ({ input }) => {
			if (!input.isModerating()) return { attendees: [], room: null };
			const [attendees, room] = await Promise.all([
				input.api.listAttendees(input.token),
				input.api.lookUpRoom(input.token)
			]);
			return { attendees, room };
		}),
		deed: fromPromise<{ deed: Deed; link: string | null }, { input: ModerationInput; deed: Deed }>(
			async ({ input: { input, deed } }) => {
				try {
					return { deed, link: await perform(deed, input) };
				} catch (cause) {
					throw new DeedError(deed, cause);
				}
			}
		)
	},
	delays: {
		/** Between two looks at who is in the room. */
		listRest: 8_000,
		/** How long an order may take to show: the way there and back, at a bad network. */
		orderWait: 4_000
	},
	actions: {
		take: assign((_, params: Pick<ModerationContext, 'attendees' | 'room'>) => ({
			...params,
			hasFailed: false
		})),
		noteFailure: assign({ hasFailed: true }),
		begin: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'DO') return;
			const { input } = context;
			enqueue.spawnChild('deed', { id: `deed-${context.count}`, input: { input, deed: event.deed } });
			enqueue.assign({ count: context.count + 1 });
		}),
		tellDone: enqueueActions(({ event, enqueue }) => {
			if (!('output' in event)) return;
			enqueue.emit({ type: 'DEED_DONE', ...event.output });
		}),
		tellFailed: enqueueActions(({ event, enqueue }) => {
			if (!('error' in event) || !(event.error instanceof DeedError)) return;
			const { deed, cause } = event.error;
			enqueue.emit({ type: 'DEED_FAILED', deed, code: errorCodeOf(cause) });
		}),
		order: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'ORDER') return;
			const { order } = event;
			enqueue(() => context.input.order(order));
			enqueue.raise({ type: 'LOOK_AT_ORDER', order }, { delay: 'orderWait' });
		}),
		lookAtOrder: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'LOOK_AT_ORDER') return;
			const whom = context.input.unmoved(event.order);
			if (whom.length > 0) enqueue.emit({ type: 'ORDER_UNHEARD', order: { ...event.order, whom } });
		})
	}
}).createMachine({
	id: 'moderation',
	context: ({ input }) => ({ input, attendees: [], room: null, hasFailed: false, count: 0 }),
	initial: 'closed',
	on: {
		DO: { actions: 'begin' },
		ORDER: { actions: 'order' },
		LOOK_AT_ORDER: { actions: 'lookAtOrder' },
		'xstate.done.actor.*': { actions: 'tellDone' },
		'xstate.error.actor.*': { actions: 'tellFailed' }
	},
	states: {
		closed: { on: { OPENED: 'open' } },
		open: {
			initial: 'reading',
			on: {
				CLOSED: 'closed',
				// what it changed is to be seen at once
				'xstate.done.actor.*': { target: '.reading', reenter: true, actions: 'tellDone' }
			},
			states: {
				reading: {
					invoke: {
						src: 'read',
						input: ({ context }) => context.input,
						onDone: {
							target: 'resting',
							actions: { type: 'take', params: ({ event }) => event.output }
						},
						onError: { target: 'resting', actions: 'noteFailure' }
					}
				},
				resting: { after: { listRest: 'reading' } }
			}
		}
	}
});
