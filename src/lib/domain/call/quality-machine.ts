import { assign, enqueueActions, setup } from 'xstate';
import type { CallQuality } from './links.ts';
import type { PictureSaving } from './picture-size.ts';

/** What is given up for the sake of the sound, in this order. The last one is only suggested. */
export type SavingStep = 'size' | 'beside-stage' | 'cameras' | 'own-camera';
const order: readonly SavingStep[] = ['size', 'beside-stage', 'cameras', 'own-camera'];

export interface QualityContext extends CallQuality {
	/** The newest reading; `quality` and its company are what is shown. */
	seen: CallQuality;
	/** What there is to give up at all. */
	offers: readonly SavingStep[];
	taken: readonly SavingStep[];
	/** A person took these back: they are not tried again in this call. */
	refused: readonly SavingStep[];
}

export type QualityEvent =
	| { type: 'LOOKED'; seen: CallQuality; offers: readonly SavingStep[] }
	/** A person wants back what the last step took. */
	| { type: 'UNDO'; step: SavingStep };

/** Said once each time. */
export type QualityNews = { type: 'STEP_TAKEN' | 'STEP_UNDONE'; step: SavingStep };

const fine: CallQuality = { quality: 'good', side: 'ours', members: [] };

/**
 * What is done about a connection that is too weak for everything: a little at a time, each announced once and taken
 * back when it is good again. Sound is never touched.
 *
 *     calm ⇄ doubted → weak (a step more each time it lasts)
 */
export const qualityMachine = setup({
	types: {
		context: {} as QualityContext,
		events: {} as QualityEvent,
		emitted: {} as QualityNews
	},
	guards: {
		isBad: ({ context }) => context.seen.quality !== 'good',
		isGood: ({ context }) => context.seen.quality === 'good',
		hasTaken: ({ context }) => context.taken.length > 0
	},
	delays: {
		/** One bad moment is nothing. */
		patience: 10_000,
		/** A step has to show what it does before the next one. */
		nextStep: 10_000,
		/** Taken back slowly, or it would come and go. */
		recovery: 20_000
	},
	actions: {
		look: assign(({ event }) => (event.type === 'LOOKED' ? { seen: event.seen, offers: event.offers } : {})),
		show: assign(({ context }) => context.seen),
		hide: assign(fine),
		stepUp: enqueueActions(({ context, enqueue }) => {
			// what others suffer from is not mended by seeing less of them
			if (context.seen.side === 'theirs') return;
			const { taken, refused, offers } = context;
			const last = Math.max(-1, ...taken.map((one) => order.indexOf(one)));
			const step = order.find((one, index) => index > last && offers.includes(one) && !refused.includes(one));
			if (step === undefined) return;
			enqueue.assign({ taken: [...taken, step] });
			enqueue.emit({ type: 'STEP_TAKEN', step });
		}),
		stepDown: enqueueActions(({ context, enqueue }) => {
			const step = context.taken.at(-1);
			if (step === undefined) return;
			enqueue.assign({ taken: context.taken.slice(0, -1) });
			enqueue.emit({ type: 'STEP_UNDONE', step });
		}),
		undo: assign(({ context, event }) => {
			if (event.type !== 'UNDO') return {};
			const { step } = event;
			return {
				taken: context.taken.filter((one) => one !== step),
				refused: [...context.refused, step]
			};
		})
	}
}).createMachine({
	id: 'quality',
	context: { ...fine, seen: fine, offers: [], taken: [], refused: [] },
	initial: 'calm',
	on: { LOOKED: { actions: 'look' }, UNDO: { actions: 'undo' } },
	states: {
		calm: {
			entry: 'hide',
			always: { guard: 'isBad', target: 'doubted' },
			after: { recovery: { guard: 'hasTaken', target: 'calm', reenter: true, actions: 'stepDown' } }
		},
		doubted: {
			always: { guard: 'isGood', target: 'calm' },
			after: { patience: 'weak' }
		},
		weak: {
			entry: ['show', 'stepUp'],
			on: { LOOKED: { actions: ['look', 'show'] } },
			always: { guard: 'isGood', target: 'calm' },
			after: { nextStep: { target: 'weak', reenter: true } }
		}
	}
});

/** What the steps mean for the others' pictures. */
export function savingOf(taken: readonly SavingStep[], savesData: boolean): PictureSaving {
	if (savesData || taken.includes('cameras')) return 'cameras';
	if (taken.includes('beside-stage')) return 'beside-stage';
	return taken.includes('size') ? 'size' : 'nothing';
}
