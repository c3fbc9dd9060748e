import { expect, it } from 'vitest';
import { figureOf } from './figures.ts';

const run = (ms: number, frames: number[], longTasks: number[] = []) => ({ ms, frames, longTasks });

it('given three runs, when they are summed up, then late pictures and the worst one are those of the usual run', () => {
	const figure = figureOf([
		run(100, [16, 16, 33], [51]),
		run(300, [16, 16, 16]),
		run(200, [16, 90, 40, 16], [80, 60])
	]);

	expect(figure).toMatchObject({ count: 3, ms: 200, p90: 280, frames: 3, late: 1 });
	expect(figure).toMatchObject({ worstFrame: 33, worstEver: 90, longestTask: 80 });
});

it('given runs without a picture or a long piece of work, when they are summed up, then there is no worst one', () => {
	expect(figureOf([run(5, [])])).toMatchObject({ worstFrame: 0, worstEver: 0, late: 0, longestTask: 0 });
});
