import type { InspectionEvent } from 'xstate';
import { createRing } from './log.ts';

/** A state that a machine came into, or what a candidate was; nothing that is said, and nobody's name. */
export interface TimelineEntry {
	/** Local clock, unix ms. */
	at: number;
	/** Which actor of the page, by a number of its own. */
	actor: number;
	machine: string;
	/** A state as the machine has it, or words. */
	state: unknown;
}

const entriesKept = 500;

/** Follows every machine of a visit; cheap, since it runs with each of their events: it keeps states, unread. */
export function createTimeline(now: () => number): {
	inspect: (event: InspectionEvent) => void;
	entries: () => TimelineEntry[];
} {
	const entries = createRing<TimelineEntry>(entriesKept);
	const numbers = new WeakMap<object, number>();
	const values = new WeakMap<object, unknown>();
	const states = new WeakMap<object, string>();
	let count = 0;
	const note = (ref: object, machine: string, state: unknown) => {
		const actor = numbers.get(ref) ?? (count += 1);
		numbers.set(ref, actor);
		entries.push({ at: now(), actor, machine, state });
	};
	return {
		inspect: (event) => {
			const ref = event.actorRef as typeof event.actorRef & { logic?: { id?: unknown } };
			const machine = ref.logic?.id;
			if (typeof machine !== 'string') return; // no machine
			if (event.type === '@xstate.snapshot') {
				const { value } = event.snapshot as { value?: unknown };
				// most events change no state, and this runs with each of them
				if (value === undefined || values.get(ref) === value) return;
				values.set(ref, value);
				const state = JSON.stringify(value, withoutStatistics);
				if (states.get(ref) === state) return;
				states.set(ref, state);
				note(ref, machine, JSON.parse(state));
			} else if (event.type === '@xstate.event') {
				for (const words of candidatesIn(event.event)) note(ref, machine, words);
			}
		},
		entries: () => entries.all()
	};
}

/* counting goes on and on, and says nothing of its own */
const withoutStatistics = (region: string, state: unknown) => (region === 'stats' ? undefined : state);

/** What kind of candidate, over what; never where it leads. */
function candidatesIn(event: { type: string; candidate?: unknown; candidates?: unknown }): string[] {
	if (event.type !== 'PC_CANDIDATE' && event.type !== 'REMOTE_CANDIDATES') return [];
	const all = Array.isArray(event.candidates) ? (event.candidates as unknown[]) : [event.candidate];
	return all.map((entry) => {
		const { candidate: line = '' } = (entry ?? {}) as { candidate?: string };
		const [, protocol = ''] = /^\S+ \d+ (udp|tcp) /i.exec(line) ?? [];
		const [, type = 'end'] = / typ (host|srflx|prflx|relay)\b/.exec(line) ?? [];
		return `${event.type === 'PC_CANDIDATE' ? 'own' : 'their'} candidate: ${type} ${protocol.toLowerCase()}`.trim();
	});
}
