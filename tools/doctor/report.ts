import type { Outcome } from '../../src/lib/domain/check/evidence.ts';
import { check } from '../../src/lib/ui/messages/check.ts';

const nameOf = ({ probe, target }: Outcome) =>
	target === undefined ? check.probes[probe] : `${check.probes[probe]} ${target}`;

/** One line for each thing that was looked at, and below each that is wrong, what to change. */
export function tableOf(outcomes: readonly Outcome[]): string {
	const width = Math.max(...outcomes.map((row) => nameOf(row).length));
	return outcomes
		.flatMap((row) => {
			const line = `${check.states[row.state].padEnd(8)} ${nameOf(row).padEnd(width)}  ${row.fact}`.trimEnd();
			return row.hint === null ? [line] : [line, `         -> ${check.hints[row.hint]}`];
		})
		.join('\n');
}

export const jsonOf = (outcomes: readonly Outcome[]): string =>
	JSON.stringify(
		{
			ok: !hasFailed(outcomes),
			probes: outcomes.map((row) => ({
				...row,
				...(row.hint !== null && { advice: check.hints[row.hint] })
			}))
		},
		null,
		'\t'
	);

export const hasFailed = (outcomes: readonly Outcome[]): boolean =>
	outcomes.some(({ state }) => state === 'fail');
