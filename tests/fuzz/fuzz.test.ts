import { expect, it } from 'vitest';
import { fuzz, fuzzLimits, noCounts, type Kind } from './fuzz.ts';
import { startFuzzServer, type FuzzServer } from './server.ts';

/** Parties of each kind: some seconds. `npm run test:fuzz` plays many more. */
const parties: readonly [Kind, number][] = [
	['frames', 12],
	['requests', 12]
];
const timeout = 300_000;

async function onServer<Result>(isBounded: boolean, work: (server: FuzzServer) => Promise<Result>) {
	const server = await startFuzzServer({ isBounded });
	try {
		return await work(server);
	} finally {
		await server.stop();
	}
}

it.each(parties)(
	'given parties of mostly %s, when each does what it wants, then nobody does, or sees, what they may not',
	async (kind, numRuns) => {
		const failure = await onServer(false, (server) => fuzz(server, { kind, seed: 1, numRuns }, noCounts()));

		expect(failure).toBeNull();
	},
	timeout
);

it(
	'given somebody in a hurry, when they do too much, then as much comes through as the bounds say',
	async () => {
		const failure = await onServer(true, (server) => fuzzLimits(server, { seed: 1, numRuns: 3 }));

		expect(failure).toBeNull();
	},
	timeout
);
