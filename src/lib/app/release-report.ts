import { createActor } from 'xstate';
import type { Ledger, ResourceCounts } from '../adapters/webrtc/ledger.ts';
import { releaseMachine } from '../domain/visit/release-machine.ts';
import type { Log } from './log.ts';

/** The part of an actor that tells whether its visit is at rest. */
interface Visit {
	subscribe: (observer: { next: () => void; complete: () => void; error: () => void }) => unknown;
}

const inWords = (counts: ResourceCounts): string =>
	Object.entries(counts)
		.map(([kind, count]) => `${kind} ${count}`)
		.join(', ') || 'nothing';

/**
 * Tells the log after each call whether all of it was closed: a warning names what was left open, a line for
 * developers says that nothing was, and how much there ever was.
 * @param clock of the machine, for tests
 * @returns follows a visit from its start; the one before it, if it still runs, no longer counts
 */
export function createReleaseReport(
	ledger: Pick<Ledger, 'onEmpty' | 'snapshot' | 'everOpened'>,
	log: Pick<Log, 'debug' | 'warn'>,
	clock?: NonNullable<Parameters<typeof createActor>[1]>['clock']
): (visit: Visit, isAtRest: () => boolean) => void {
	const release = createActor(releaseMachine, {
		...(clock && { clock }),
		input: {
			onEmpty: ledger.onEmpty,
			tellReleased: () =>
				log.debug(`nothing left open after the call (opened until now: ${inWords(ledger.everOpened())})`),
			tellLeftOpen: () => log.warn(`left open after the call: ${inWords(ledger.snapshot())}`)
		}
	}).start();
	let current: Visit | null = null;

	return (visit, isAtRest) => {
		current = visit;
		const tell = (rests: boolean) => {
			if (current === visit) release.send({ type: rests ? 'VISIT_RESTS' : 'VISIT_GOES_ON' });
		};
		tell(false);
		visit.subscribe({
			next: () => tell(isAtRest()),
			complete: () => tell(true),
			error: () => tell(true)
		});
	};
}
