import type { Name } from './steps.ts';

/** Lines of a run, told while it is replayed: what ann does stands left, what ben does right. */
export interface Trace {
	say: (column: Name | null, text: string) => void;
	print: () => string;
}

/** Costs nothing: thousands of schedules run without being told. */
export const silent: Trace = { say: () => undefined, print: () => '' };

const widths = { time: 9, column: 50 };

/** @param now simulated milliseconds since the beginning */
export function createTrace(now: () => number): Trace {
	const lines: string[] = [
		`${'ms'.padStart(widths.time)}  ${'ann'.padEnd(widths.column)}  ben`,
		`${'-'.repeat(widths.time)}  ${'-'.repeat(widths.column)}  ${'-'.repeat(widths.column)}`
	];
	return {
		say: (column, text) => {
			const time = String(now()).padStart(widths.time);
			if (column === null) lines.push(`${time}  ${`── ${text} `.padEnd(widths.column * 2 + 2, '─')}`);
			else if (column === 'ann') lines.push(`${time}  ${text}`);
			else lines.push(`${time}  ${' '.repeat(widths.column)}  ${text}`);
		},
		print: () => lines.join('\n')
	};
}
