import { createLog } from '../log.ts';

type Line = Record<string, unknown>;

/** The log as whoever runs the server has it, at its most talkative, kept instead of written. */
export function collectLog() {
	let text = '';
	const log = createLog('trace', {
		write(line: string) {
			text += line;
		}
	});
	const lines = () =>
		text
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line) as Line);
	return {
		log,
		text: () => text,
		lines,
		/** The lines that have these fields with these values. */
		linesWith: (fields: Line) =>
			lines().filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value))
	};
}
