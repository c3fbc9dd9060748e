import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCallBench } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { layerOf, pictureSizeFor, type PictureSize } from './picture-size.ts';

const looks = (entries: Record<string, PictureSize>) => ({
	type: 'LOOK_AT' as const,
	pictures: new Map(Object.entries(entries).map(([id, size]) => [id as SessionId, size]))
});

async function threeThere() {
	const bench = openCallBench();
	bench.setMediaServer(true);
	const [ann, ben] = await bench.joinAll('ann', 'ben', 'cat');
	await bench.advance(1_000);
	if (ann === undefined || ben === undefined) throw new Error('nobody is there');
	const from = bench.mediaServer.log.length;
	return { bench, ann, ben, asked: () => bench.mediaServer.log.slice(from) };
}

describe('the size of a picture', () => {
	it('given any height, when its layer is chosen, then the next smaller one would be too coarse', () => {
		fc.assert(
			fc.property(fc.double({ min: 1, max: 5_000, noNaN: true }), (lines) => {
				const layer = layerOf(pictureSizeFor(lines));
				const linesOf = (of: number) => 720 / 2 ** (2 - of);
				expect(layer).not.toBeNull();
				if (layer === null || layer === 0) return;
				expect(linesOf(layer - 1) * 1.25).toBeLessThan(lines);
			})
		);
		expect([0, -1, Number.NaN].map(pictureSizeFor)).toEqual(['none', 'none', 'none']);
		expect([100, 225, 226, 450, 451, 1_080].map(pictureSizeFor)).toEqual([
			'small',
			'small',
			'medium',
			'medium',
			'large',
			'large'
		]);
	});
});

describe('looking at others through a media server', () => {
	it('given pictures in full, when tiles become small or leave the page, then the server is asked for less, once', async () => {
		const { bench, ann, asked } = await threeThere();

		ann.actor.send(looks({ 'ben-2': 'small', 'cat-3': 'none' }));
		ann.actor.send(looks({ 'ben-2': 'medium' }));
		await bench.advance(1_000);
		ann.actor.send(looks({ 'ben-2': 'medium', 'cat-3': 'none', nobody: 'small' }));
		await bench.advance(1_000);

		expect(asked()).toEqual(['ann-1 looks at ben-2 1', 'ann-1 looks at cat-3 off']);
	});

	it('given a small tile, when its connection is made anew, then the server is asked again', async () => {
		const { bench, ann, asked } = await threeThere();
		ann.actor.send(looks({ 'ben-2': 'small' }));
		await bench.advance(1_000);

		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ben-2' as SessionId);
		await bench.advance(20_000);

		expect(asked().filter((line) => line === 'ann-1 looks at ben-2 0')).toHaveLength(2);
		expect(ann.members()).toMatchObject({ 'ben-2': 'up' });
	});

	it('given an outage, when a tile changes in it, then the server hears of it afterwards', async () => {
		const { bench, ann, asked } = await threeThere();
		await bench.stopSockets();
		ann.actor.send(looks({ 'ben-2': 'none' }));
		await bench.advance(1_000);
		expect(asked()).toEqual([]);

		bench.startServer();
		await bench.advance(20_000);

		expect(asked().filter((line) => line.startsWith('ann-1 looks'))).toEqual(['ann-1 looks at ben-2 off']);
	});

	it('given somebody who is looked at before they come, when they come, then the server is asked from the start', async () => {
		const { bench, ann, asked } = await threeThere();
		ann.actor.send(looks({ 'dan-4': 'small' }));
		await bench.joinAll('dan');
		await bench.advance(1_000);

		expect(asked().filter((line) => line.startsWith('ann-1 looks'))).toEqual(['ann-1 looks at dan-4 0']);
	});

	it('given a mesh, when tiles change, then nobody is asked for anything', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const before = bench.relayed.length;
		ann?.actor.send(looks({ 'ben-2': 'none' }));
		await bench.advance(1_000);

		expect(bench.relayed.slice(before).filter(({ signal }) => signal?.kind === 'select_stream')).toEqual([]);
	});
});
