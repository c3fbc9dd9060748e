import type { Actor, StateValue } from 'xstate';
import type { Abort } from '../abort.ts';
import type { peerCallMachine } from './peer-call-machine.ts';

/** What one peer call shows of itself; its substates are its own affair. */
export type PeerCallPhase =
	| 'fledgling'
	| 'createOffer'
	| 'inviteSent'
	| 'ringing'
	| 'createAnswer'
	| 'connecting'
	| 'connected'
	| 'ending'
	| 'ended';

const inside = (value: StateValue | undefined, key: string): StateValue | undefined =>
	typeof value === 'object' ? value[key] : undefined;

export function phaseOf({ value }: { value: StateValue }): PeerCallPhase {
	if (value === 'ended') return 'ended';
	const phase = inside(inside(inside(value, 'open'), 'alive'), 'phase');
	if (phase === undefined) return 'ending';
	return (typeof phase === 'string' ? phase : Object.keys(phase)[0]) as PeerCallPhase;
}

/**
 * Waits until a peer call shows one of these phases; at once if it does already.
 * @param options.timeoutMs by the clock of the actor; none: as long as the call lives
 * @throws Error when the call ends or fails before that, when the time is over, or the reason of the signal. Nothing
 * is listened to afterwards.
 */
export function waitForPhase(
	actor: Pick<Actor<typeof peerCallMachine>, 'getSnapshot' | 'subscribe' | 'clock'>,
	phases: readonly PeerCallPhase[],
	{ timeoutMs, signal }: { timeoutMs?: number; signal?: Abort } = {}
): Promise<PeerCallPhase> {
	return new Promise((resolve, reject) => {
		const releases: (() => void)[] = [];
		const release = () => {
			for (const end of releases.splice(0)) end();
		};
		const refuse = (reason: unknown) => {
			release();
			reject(reason instanceof Error ? reason : new Error(String(reason)));
		};
		const giveUp = (why: string) => {
			refuse(new Error(`waiting for ${phases.join(' or ')}: ${why}`));
		};
		const look = (): boolean => {
			const phase = phaseOf(actor.getSnapshot());
			if (!phases.includes(phase)) return false;
			release();
			resolve(phase);
			return true;
		};

		if (signal?.aborted === true) {
			refuse(signal.reason);
			return;
		}
		if (look()) return;
		if (signal !== undefined) {
			const abort = () => {
				refuse(signal.reason);
			};
			signal.addEventListener('abort', abort);
			releases.push(() => {
				signal.removeEventListener('abort', abort);
			});
		}
		if (timeoutMs !== undefined) {
			const timer: unknown = actor.clock.setTimeout(() => {
				giveUp(`not within ${timeoutMs} ms`);
			}, timeoutMs);
			releases.push(() => {
				actor.clock.clearTimeout(timer);
			});
		}
		const subscription = actor.subscribe({
			next: () => {
				look();
			},
			error: refuse,
			complete: () => {
				giveUp('the call ended first');
			}
		});
		releases.push(() => {
			subscription.unsubscribe();
		});
	});
}
