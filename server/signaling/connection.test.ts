import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createGathering } from './connection.ts';

/** Notes how many pieces each write that leaves has. */
function createStream(writes: number[]): Duplex {
	const done = (pieces: number, callback: () => void) => {
		writes.push(pieces);
		callback();
	};
	return new Duplex({
		read: () => undefined,
		write: (_piece, _encoding, callback) => done(1, callback),
		writev: (pieces, callback) => done(pieces.length, callback)
	});
}

function say(gather: ReturnType<typeof createGathering>, stream: Duplex): void {
	gather(stream);
	stream.write('frame');
}

it('given several frames for two sockets, when the turn ends, then each socket is written to once', async () => {
	const gather = createGathering();
	const [one, other]: [number[], number[]] = [[], []];
	const streams = [createStream(one), createStream(other)];

	for (const stream of [...streams, ...streams]) say(gather, stream);
	expect([one, other]).toEqual([[], []]);
	await nextTurn();

	expect([one, other]).toEqual([[2], [2]]);
	for (const stream of streams) say(gather, stream);
	await nextTurn();
	expect([one, other]).toEqual([
		[2, 1],
		[2, 1]
	]);
});

it('given more frames than are gathered, when they are said in one turn, then the first leave before it ends', async () => {
	const gather = createGathering();
	const writes: number[] = [];
	const stream = createStream(writes);

	for (let frame = 0; frame < 2_500; frame += 1) say(gather, stream);
	expect(writes).toEqual([1_000, 1_000]);
	await nextTurn();

	expect(writes).toEqual([1_000, 1_000, 500]);
});
