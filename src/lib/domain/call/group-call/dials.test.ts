import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grantNext, noDials, noteDemands, withoutDials, type Demand, type Dials } from './dials.ts';

const want = (dials: Dials, ids: readonly string[], isCapped = true) =>
	noteDemands(
		dials,
		ids.map((id) => ({ id, demand: 'slot', isCapped }))
	);
const names = (count: number) => Array.from({ length: count }, (_, index) => `member:${index}`);
const wide = { width: 4, cap: 100 };

describe('slots', () => {
	it('given many who want to dial, when slots are handed out, then in the order in which they asked, and no more than there are', () => {
		const first = grantNext(want(noDials, names(200)), wide);
		expect(first.granted).toEqual(names(4));
		expect(grantNext(first.dials, wide).granted).toEqual([]);

		let dials = first.dials;
		const order = [...first.granted];
		for (let index = 0; index < 90; index += 1) {
			dials = noteDemands(dials, [{ id: order[index] ?? '', demand: 'up', isCapped: true }]);
			const next = grantNext(dials, wide);
			dials = next.dials;
			order.push(...next.granted);
		}
		expect(order).toEqual(names(94));
	});

	it('given a slot, when its set-up is slow, has ended or its member is gone, then the next one gets it', () => {
		const busy = grantNext(want(noDials, names(8)), wide).dials;
		const after = (demand: Demand) =>
			grantNext(noteDemands(busy, [{ id: 'member:1', demand, isCapped: true }]), wide).granted;
		expect(after('dialling')).toEqual([]);
		for (const demand of ['slow', 'up', 'nothing'] as const) expect(after(demand)).toEqual(['member:4']);
		expect(grantNext(withoutDials(busy, ['member:1']), wide).granted).toEqual(['member:4']);
	});

	it('given calls that others place to us, when they are set up, then they take no slot of ours', () => {
		const called = noteDemands(
			noDials,
			names(20).map((id) => ({ id, demand: 'dialling', isCapped: true }))
		);

		expect(grantNext(want(called, ['a', 'b']), wide).granted).toEqual(['a', 'b']);
	});

	it('given as many connections as a mesh bears, when more want to dial, then only those who do not count are let', () => {
		const full = noteDemands(
			noDials,
			names(16).map((id) => ({ id, demand: 'up', isCapped: true }))
		);
		const queued = want(want(full, ['more']), ['share-out:a'], false);
		const { dials, granted } = grantNext(queued, { width: 4, cap: 16 });
		expect(granted).toEqual(['share-out:a']);

		expect(grantNext(withoutDials(dials, ['member:3']), { width: 4, cap: 16 }).granted).toEqual(['more']);
	});

	it('given nothing new, when a demand is noted, then the dials are the very same', () => {
		const dials = grantNext(want(noDials, names(10)), wide).dials;
		expect(want(dials, ['member:7'])).toBe(dials);
		expect(noteDemands(dials, [{ id: 'member:0', demand: 'dialling', isCapped: true }])).toBe(dials);
		expect(withoutDials(dials, ['nobody'])).toBe(dials);
	});

	it('given any demands, when slots are handed out after each, then nobody who no longer wants one gets it, and everybody who does is reached', () => {
		const demand = fc.constantFrom<Demand>('nothing', 'slot', 'slow', 'up');
		const change = fc.record({ id: fc.constantFrom(...names(6)), demand, isCapped: fc.constant(true) });
		fc.assert(
			fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
				let dials = noDials;
				const wanting = new Set<string>();
				const busy = new Set<string>();
				for (const one of changes) {
					dials = noteDemands(dials, [one]);
					busy.delete(one.id);
					if (one.demand === 'slot') wanting.add(one.id);
					else wanting.delete(one.id);
					const next = grantNext(dials, { width: 2, cap: 100 });
					dials = next.dials;
					for (const id of next.granted) {
						expect(wanting.delete(id)).toBe(true);
						busy.add(id);
					}
					expect(busy.size).toBeLessThanOrEqual(2);
					if (busy.size < 2) expect([...wanting]).toEqual([]);
				}
			}),
			{ seed: 4 }
		);
	});
});
