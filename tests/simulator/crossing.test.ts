import { expect, it } from 'vitest';
import { always, connection, demand, survivor, whenQuiet, type Scene } from './invariants.ts';
import { names, type Name, type Setting, type Step } from './steps.ts';
import { openWorld } from './world.ts';

/* Two real members place a call each: every order in which the first few things can happen to them. */

type Choice = Extract<Step, { do: 'dial' | 'deliver' | 'acknowledge' }>;

const choice = (what: Choice['do'], who: Name, at = 0): Choice => ({ do: what, who, at, turns: null });

/**
 * Runs every schedule of at most `depth` choices, each from the beginning: what is possible next is seen on the way.
 * @param judge is called once everything has been said
 * @returns how many schedules there were
 */
async function tryAll(setting: Setting, depth: number, judge: (scene: Scene) => void): Promise<number> {
	let path: number[] = [];
	for (let count = 1; ; count += 1) {
		const widths: number[] = [];
		const world = openWorld(setting);
		const hasDialled = new Set<Name>();
		// when everything may overtake everything, there is enough to choose without who calls first
		if (setting.model === 'reordered') {
			for (const who of names) await world.apply(choice('dial', who));
			for (const who of names) hasDialled.add(who);
		}
		for (let index = 0; index < depth; index += 1) {
			const possible = names.flatMap((who) => [
				...(hasDialled.has(who) ? [] : [choice('dial', who)]),
				...world.relay.lines[who]
					.slice(0, setting.model === 'reordered' ? undefined : 1)
					.map((_, at) => choice('deliver', who, at)),
				...(world.parties[who].mayAcknowledge() ? [choice('acknowledge', who)] : [])
			]);
			const chosen = possible[path[index] ?? 0];
			if (chosen === undefined) break;
			widths.push(possible.length);
			if (chosen.do === 'dial') hasDialled.add(chosen.who);
			await world.apply(chosen);
			demand(always, world.scene());
		}
		await world.pump();
		await world.advance(2_500, true);
		demand([...always, ...whenQuiet], world.scene());
		judge(world.scene());
		await world.end();
		// the next one: the last choice that can be another is
		path = widths.map((_, index) => path[index] ?? 0);
		while (path.length > 0 && (path.at(-1) ?? 0) + 1 >= (widths[path.length - 1] ?? 0)) path.pop();
		const last = path.pop();
		if (last === undefined) return count;
		path.push(last + 1);
	}
}

it.each([
	['native', 'ordered', 'at once', 'ann', 9],
	['native', 'ordered', 'at once', 'ben', 9],
	['native', 'ordered', 'when told', 'ann', 5],
	['native', 'reordered', 'at once', 'ann', 4],
	['talkMesh', 'ordered', 'at once', 'ann', 9]
] as const)(
	'I1 I2 given two who call each other, profile %s, network %s, sends acknowledged %s, smaller ids with %s, when the first %s things happen in every order, then one call survives, the one that the rule names',
	async (profile, model, acknowledges, smallerCalls, depth) => {
		const setting: Setting = {
			profile,
			model,
			caller: 'both',
			smallerCalls,
			acknowledges,
			has: { ann: 'both', ben: 'both' },
			chance: 0.5
		};
		const count = await tryAll(setting, depth, (scene) => {
			expect(connection(scene)).toEqual([]);
			expect(survivor(scene)).toEqual([]);
		});

		expect(count).toBeGreaterThan(50);
	},
	120_000
);
