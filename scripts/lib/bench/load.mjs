import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { at, ensureBrowser, isBuilt, run as runTool } from '../project.mjs';
import { ms, percent, table } from './report.mjs';

export const help = `
For load, which takes about six minutes:
  --samples 7              visits of each page in each situation
  --situations 4x,slow4g   some of 1x, 4x, 6x, allowed, slow4g, warm (which is the second visit of slow4g)`;

const floors = at('.cache', 'roost-floor');

/** The empty page, in both ways that SvelteKit can build it; in its own folder, where its configuration is. */
async function buildFloors() {
	rmSync(floors, { recursive: true, force: true });
	for (const strategy of ['split', 'single']) {
		const status = await new Promise((done) => {
			const args = [at('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'];
			const child = spawn(process.execPath, args, {
				cwd: at('bench', 'floor', 'svelte'),
				env: { ...process.env, NODE_ENV: 'production', ROOST_FLOOR: strategy },
				stdio: ['ignore', 'ignore', 'inherit']
			});
			child.on('exit', (code) => done(code ?? 1));
		});
		if (status !== 0) return status;
	}
	return 0;
}

/**
 * Measures what comes before the press of Join.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export async function run(bundle, target, words) {
	if (!isBuilt()) {
		const { build } = await import('../../build.mjs');
		const status = await build();
		if (status !== 0) return status;
	}
	const status = await buildFloors();
	if (status !== 0) return status;
	const env = { ROOST_CHROMIUM: await ensureBrowser(), ROOST_ROOT: at(), ROOST_FLOORS: floors };
	return runTool('node', [bundle, target, ...words], { env });
}

const situationNames = {
	'1x': 'processor as it is',
	'4x': 'processor 4 times slower',
	'6x': 'processor 6 times slower',
	allowed: '4 times slower, camera and microphone allowed before',
	slow4g: 'slow 4G, first visit',
	warm: 'slow 4G, second visit'
};
const kindNames = {
	js: 'scripts',
	css: 'styles',
	html: 'page',
	words: 'words',
	images: 'pictures',
	fonts: 'fonts',
	other: 'answers of the server'
};
const sides = ['roost', 'split', 'single'];
const kb = (value) => (value === 0 ? '0' : value.toFixed(1));

export function report({ rows, judged, beyond }) {
	const row = (side, name) => rows[side].find((one) => one.name === name);
	const measured = Object.entries(situationNames).filter(([key]) => row('roost', key) !== undefined);
	const [[first]] = measured;
	const joins = measured.map(([key, name]) => {
		const [roost, split, single] = sides.map((side) => row(side, key));
		const cells = [roost, split, single].flatMap(({ median, p90 }) => [ms(median.joinMs), ms(p90.joinMs)]);
		return [name, ...cells, (roost.median.joinMs / single.median.joinMs).toFixed(2)];
	});
	const figure = (name, digits, read) =>
		measured.map(([key, situation]) => [
			name,
			situation,
			...sides.map((side) => read(row(side, key).median).toFixed(digits))
		]);
	const weights = Object.entries(kindNames).map(([kind, name]) => [
		name,
		...sides.map((side) => kb(row(side, first).kb[kind]))
	]);
	const totals = [
		['all, with headers', ...sides.map((side) => kb(row(side, first).median.transferredKb))],
		['requests', ...sides.map((side) => row(side, first).median.requests.toFixed(0))]
	];
	const noise = (side) => {
		const { load, othersShare } = row(side, '4x') ?? row(side, first);
		return `load ${load}, others used ${percent(othersShare)}`;
	};
	return [
		table(
			['Join works after, ms', 'Roost', 'p90', 'split', 'p90', 'one file', 'p90', 'ratio'],
			joins,
			(column) => column > 0
		),
		table(
			['What', 'Situation', 'Roost', 'split', 'one file'],
			[
				...figure('the app is there, ms', 0, ({ appMs }) => appMs),
				...figure('first paint, ms', 0, ({ firstPaintMs }) => firstPaintMs),
				...figure('scripts, ms of processor', 0, ({ scriptMs }) => scriptMs),
				...figure('blocked, ms', 0, ({ blockedMs }) => blockedMs),
				...figure('longest task, ms', 0, ({ longestTaskMs }) => longestTaskMs),
				...figure('memory, MB', 2, ({ heapMegabytes }) => heapMegabytes)
			],
			(column) => column > 1
		),
		table(['Before Join, kB', 'Roost', 'split', 'one file'], [...weights, ...totals], (column) => column > 0),
		`${row('roost', first).visits} visits of each page in each situation. Noise: Roost ${noise('roost')}; split ${noise('split')}; one file ${noise('single')}.`,
		table(
			['Bound', 'found', 'at most'],
			judged.map(({ about, found, most }) => [about, String(found), String(most)]),
			(column) => column > 0
		),
		beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n\n');
}
