import type { Outcome } from '$lib/domain/check/evidence.ts';
import type { check } from '../messages/check.ts';
import type { TextWith } from '../messages/text.ts';

type CheckText = TextWith<{ check: typeof check }>['check'];

/** What all outcomes come to; nothing that could not be looked at is well. */
export function verdictOf(outcomes: readonly Outcome[]): 'failures' | 'doubts' | 'well' {
	if (outcomes.some(({ state }) => state === 'fail')) return 'failures';
	return outcomes.some(({ state }) => state === 'warn') ? 'doubts' : 'well';
}

/** Plain text to send to whoever helps: the same lines as on the page. */
export const reportOf = (outcomes: readonly Outcome[], text: CheckText): string =>
	outcomes
		.flatMap(({ probe, target, state, fact, hint }) => [
			[text.states[state], text.probes[probe], target, fact].filter(Boolean).join(' | '),
			...(hint === null ? [] : [`  ${text.hints[hint]}`])
		])
		.join('\n');
