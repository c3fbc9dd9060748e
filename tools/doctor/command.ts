import { parseCallAddress } from './call-address.ts';
import { hasFailed, jsonOf, tableOf } from './report.ts';
import { runDoctor } from './run-doctor.ts';

/** Exit statuses; what the command is used wrongly for is none of the servers' business. */
const status = { well: 0, failed: 1, usage: 2 } as const;

/**
 * What `npm run doctor` does with its words.
 * @returns the exit status
 */
export async function command(
	words: readonly string[],
	{ print, complain }: { print: (text: string) => void; complain: (text: string) => void }
): Promise<number> {
	const links = words.filter((word) => !word.startsWith('-'));
	const unknown = words.find((word) => word.startsWith('-') && word !== '--json');
	const address = links.length === 1 ? parseCallAddress(links[0] ?? '') : undefined;
	if (unknown !== undefined) {
		complain(`There is no option ${unknown}. See --help.`);
		return status.usage;
	}
	if (!address) {
		complain('Takes one link of a call, such as https://calls.example.org/call/abcd. See --help.');
		return status.usage;
	}
	const outcomes = await runDoctor(address);
	print(words.includes('--json') ? jsonOf(outcomes) : tableOf(outcomes));
	return hasFailed(outcomes) ? status.failed : status.well;
}
