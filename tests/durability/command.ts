import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runRounds } from './rounds.ts';

/** `npm run test:durability`: many rounds, and a line for each. */
const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string', default: '' } }
});
const [bundle = ''] = positionals;
const rounds = Number(values.rounds);
const seed = values.seed === '' ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!Number.isSafeInteger(rounds) || rounds < 1)
	throw new Error(`--rounds takes a number, not ${values.rounds}`);
if (!Number.isSafeInteger(seed)) throw new Error(`--seed takes a number, not ${values.seed}`);

console.log(`${rounds} rounds, --seed ${seed}`);
const { acknowledged, retried, broken } = await runRounds({
	bundle: resolve(bundle),
	rounds,
	seed,
	onRound: (round, outcome) => {
		const { acknowledged, retried, broken } = outcome;
		console.log(
			`round ${round}: ${acknowledged} acknowledged, ${retried} sent again, ${broken.length} broken`
		);
	}
});
for (const line of broken) console.error(line);
console.log(
	`${acknowledged} changes acknowledged, ${retried} messages sent again: ${broken.length} promises broken`
);
process.exitCode = broken.length === 0 ? 0 : 1;
