import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mutants } from '../tests/fuzz/mutants.mjs';
import { at, helpFor, prepare, run, takesOnly } from './lib/project.mjs';

helpFor(`
npm run test:fuzz [-- --replay '{…}' | -- --mutants [NAME ...]]

Plays parties of people who do and send whatever they want, over http and at the signaling socket, against the real
server, and holds every answer, every frame and what is stored against a reference of who may do and see what. Ends with
how much there was, how fast, and how much the heap has grown by; a failure is shortened and printed.

  --replay '{…}'   the line of a failure, and nothing else
  --mutants        breaks the server on purpose, in one place of tests/fuzz/mutants.mjs after the other (all, or those
                   named), and expects that each is found within ${(20_000).toLocaleString('en')} steps

  ROOST_FUZZ_FRAMES=200000    how many frames at least
  ROOST_FUZZ_REQUESTS=50000   how many requests
  ROOST_FUZZ_SEED=1           where to begin; by default a new place each time`);
takesOnly({ '--replay': 1, '--mutants': Infinity });

const words = process.argv.slice(2);
const option = (name) => words.indexOf(name);
const build = (mutant) =>
	run('vite', ['build', '--config', 'tests/fuzz/vite.config.ts'], {
		quiet: true,
		env: { ROOST_FUZZ_MUTANT: mutant }
	});
const program = (mutant) => at('node_modules/.cache/roost-fuzz', mutant || 'whole', 'fuzz.mjs');

await prepare();
process.exitCode = option('--mutants') === -1 ? await play() : await judgeAll();

async function play() {
	const place = option('--replay');
	const replay = place === -1 ? '' : (words[place + 1] ?? '');
	const built = await build('');
	if (built !== 0) return built;
	return run('node', ['--expose-gc', program('')], { env: { ROOST_FUZZ_REPLAY: replay } });
}

/** One after the other: each is a server with a party of its own. */
async function judgeAll() {
	const names = words.filter((word) => !word.startsWith('--'));
	const unknown = names.filter((name) => !mutants.some((mutant) => mutant.name === name));
	if (unknown.length > 0) {
		console.error(`no mutant is called ${unknown.join(', ')}`);
		return 2;
	}
	const chosen = mutants.filter(({ name }) => names.length === 0 || names.includes(name));
	let found = 0;
	for (const { name, why, file, find } of chosen) {
		const times = readFileSync(at(file), 'utf8').split(find).length - 1;
		if (times !== 1) {
			console.error(`${name}: the line that it breaks is ${times} times in ${file}`);
			return 1;
		}
		if ((await build(name)) !== 0) return 1;
		const failure = await firstFailure(program(name));
		if (failure !== undefined) found += 1;
		console.log(`${failure === undefined ? 'SURVIVED' : 'found   '}  ${name}: ${why}`);
		if (failure !== undefined) console.log(`          ${failure}`);
	}
	console.log(`${found} of ${chosen.length} mutants found`);
	return found === chosen.length ? 0 : 1;
}

/** @returns the line that says what was found after how many steps, if anything was */
function firstFailure(path) {
	const env = {
		...process.env,
		ROOST_FUZZ_SEED: '1',
		ROOST_FUZZ_FRAMES: '14000',
		ROOST_FUZZ_REQUESTS: '6000',
		ROOST_FUZZ_SHORTEN_MS: '0'
	};
	return new Promise((done) => {
		const child = spawn(process.execPath, ['--expose-gc', path], {
			env,
			stdio: ['ignore', 'pipe', 'inherit']
		});
		let said = '';
		child.stdout.on('data', (text) => (said += text));
		child.on('exit', () => done(/^FAILED after .*$/m.exec(said)?.[0]));
	});
}
