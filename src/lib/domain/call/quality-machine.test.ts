import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import type { CallQuality } from './links.ts';
import { qualityMachine, savingOf, type QualityNews, type SavingStep } from './quality-machine.ts';

const good: CallQuality = { quality: 'good', side: 'ours', members: [] };
const weak: CallQuality = { ...good, quality: 'weak' };
const everything: readonly SavingStep[] = ['size', 'beside-stage', 'cameras', 'own-camera'];

function open() {
	const clock = new BenchClock();
	const news: QualityNews[] = [];
	const actor = createActor(qualityMachine, { clock });
	actor.on('*', (told) => news.push(told));
	actor.start();
	return {
		actor,
		clock,
		news,
		look: (seen: CallQuality, offers = everything) => actor.send({ type: 'LOOKED', seen, offers }),
		context: () => actor.getSnapshot().context
	};
}

describe('what is shown', () => {
	it('given a bad moment of less than ten seconds, when it passes, then nothing is shown', () => {
		const { clock, look, context } = open();
		look(weak);
		clock.advance(9_999);
		look(good);
		clock.advance(60_000);

		expect(context()).toMatchObject({ quality: 'good', taken: [] });
	});

	it('given ten weak seconds, when they are over, then it is shown, with each change, until it is good', () => {
		const { clock, look, context } = open();
		look(weak);
		clock.advance(10_000);
		expect(context()).toMatchObject({ quality: 'weak', side: 'ours' });
		look({ ...weak, quality: 'very-weak' });
		expect(context().quality).toBe('very-weak');
		look(good);

		expect(context().quality).toBe('good');
	});
});

describe('what is done', () => {
	it('given a connection that stays weak, when time passes, then one thing after the other is given up, each told once', () => {
		const { clock, look, news, context } = open();
		look(weak);
		for (let step = 0; step < 8; step += 1) clock.advance(10_000);

		expect(context().taken).toEqual(everything);
		expect(news).toEqual(everything.map((step) => ({ type: 'STEP_TAKEN', step })));
	});

	it('given steps taken, when it is good for long, then they are taken back one by one, the last one first', () => {
		const { clock, look, news, context } = open();
		look(weak);
		clock.advance(20_000);
		look(good);
		clock.advance(19_999);
		expect(context().taken).toEqual(['size', 'beside-stage']);
		clock.advance(1);
		expect(context().taken).toEqual(['size']);
		clock.advance(20_000);

		expect(context().taken).toEqual([]);
		expect(news.slice(2)).toEqual([
			{ type: 'STEP_UNDONE', step: 'beside-stage' },
			{ type: 'STEP_UNDONE', step: 'size' }
		]);
	});

	it('given no one beside the stage, when it is weak, then what there is not is passed over', () => {
		const { clock, look, context } = open();
		look(weak, ['cameras']);
		clock.advance(30_000);

		expect(context().taken).toEqual(['cameras']);
	});

	it('given a step that a person took back, when it stays weak, then the next one comes and that one does not', () => {
		const { actor, clock, look, context } = open();
		look(weak);
		clock.advance(10_000);
		actor.send({ type: 'UNDO', step: 'size' });
		clock.advance(10_000);

		expect(context().taken).toEqual(['beside-stage']);
	});

	it('given trouble on their side, when it lasts, then it is shown and nothing is given up', () => {
		const { clock, look, context } = open();
		look({ ...weak, side: 'theirs' });
		clock.advance(40_000);

		expect(context()).toMatchObject({ quality: 'weak', side: 'theirs', taken: [] });
	});
});

it.each([
	[[], false, 'nothing'],
	[['size'], false, 'size'],
	[['size', 'beside-stage'], false, 'beside-stage'],
	[['size', 'beside-stage', 'cameras', 'own-camera'], false, 'cameras'],
	[[], true, 'cameras']
] as const)(
	'given steps %j and saving %j, when pictures are asked for, then %s is saved',
	(taken, saves, saving) => {
		expect(savingOf(taken, saves)).toBe(saving);
	}
);
