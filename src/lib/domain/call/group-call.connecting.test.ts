import { expect, it } from 'vitest';
import { openCallBench } from '../../../../tests/support/call-bench.ts';

it('given one in the call, when another joins, then both are connected and hear each other', async () => {
	const bench = openCallBench();
	const [ann, ben] = await bench.joinAll('ann', 'ben');
	await bench.advance(1_000);
	console.log(ann?.value(), ann?.members(), ben?.members(), bench.invites(), ann?.broken, ann?.calls, ann?.warnings);
	console.log(ann?.rows.map((r) => r?.own));
	await ann?.leave();
	console.log(ann?.output(), ann?.broken, ben?.members(), bench.network.openConnections);
	await ben?.leave();
	expect(bench.clock.pending).toBe(0);
});
