import { expect, it } from 'vitest';
import type { SessionId } from '$lib/protocol/ids.ts';
import { patientLooks, type ToldLooks } from './stage-looks.ts';

const look = (name: string, lines: number) => ({ memberKey: name as SessionId, lines });
/** Each step: when, and what is looked at; gives what is told. */
function play(...steps: [nowMs: number, ann: number, ben: number][]) {
	let told: ToldLooks = new Map();
	return steps.map(([nowMs, ann, ben]) => {
		const next = patientLooks(told, [look('ann', ann), look('ben', ben)], nowMs);
		told = next.told;
		return { lines: next.looks.map(({ lines }) => lines), againAt: next.againAt };
	});
}

it('given a picture that goes out of sight, then its video goes after three seconds', () => {
	expect(play([0, 300, 300], [1_000, 300, 0], [3_999, 300, 0], [4_000, 300, 0], [9_000, 300, 0])).toEqual([
		{ lines: [300, 300], againAt: null },
		{ lines: [300, 300], againAt: 4_000 },
		{ lines: [300, 300], againAt: 4_000 },
		{ lines: [300, 0], againAt: null },
		{ lines: [300, 0], againAt: null }
	]);
});

it('given a picture out of sight, when it is back, then that is told at once, and the three seconds begin anew', () => {
	const told = play(
		[0, 300, 300],
		[1_000, 0, 300],
		[2_000, 200, 300],
		[3_000, 0, 300],
		[9_000, 0, 300],
		[9_100, 90, 300]
	);
	expect(told.map(({ lines: [ann] }) => ann)).toEqual([300, 300, 200, 200, 0, 90]);
	expect(told[3]?.againAt).toBe(6_000);
});

it('given somebody who was never in sight, then nothing is asked for; one who has left is forgotten', () => {
	expect(play([0, 0, 300])[0]).toEqual({ lines: [0, 300], againAt: null });
	const { told } = patientLooks(new Map(), [look('ann', 300)], 0);
	expect(patientLooks(told, [], 1_000)).toEqual({ told: new Map(), looks: [], againAt: null });
});
