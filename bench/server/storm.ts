import { setTimeout as delay } from 'node:timers/promises';
import type { Place } from './places.ts';
import { createVisitor, type Visitor } from './visitor.ts';

const giveUpMs = 60_000;

export interface Storm {
	rooms: readonly (readonly Visitor[])[];
	/** from the first socket to everybody having been told of everybody in their room */
	socketsMs: number;
	/** the same from the first request over http on */
	allMs: number;
}

/** Everybody comes at once. @param firstIndex of the first of them, so that none shares an address with an earlier one */
export async function storm(
	place: Place,
	{ sessions, rooms: count, firstIndex }: { sessions: number; rooms: number; firstIndex: number }
): Promise<Storm> {
	const host = createVisitor(place, firstIndex);
	const tokens: string[] = [];
	for (let made = 0; made < count; made += 1) tokens.push(await host.makeRoom());
	const size = sessions / count;
	const rooms = tokens.map((token, room) => ({
		token,
		visitors: Array.from({ length: size }, (_, seat) => createVisitor(place, firstIndex + room * size + seat))
	}));
	const each = (act: (visitor: Visitor, token: string) => Promise<void>) =>
		Promise.all(rooms.flatMap(({ token, visitors }) => visitors.map((visitor) => act(visitor, token))));

	const begun = performance.now();
	await each((visitor, token) => visitor.join(token));
	const joined = performance.now();
	await each((visitor, token) => visitor.enter(token));
	const isSettled = () =>
		rooms.every(({ visitors }) =>
			visitors.every(({ seen }) => visitors.every(({ sessionId }) => seen.has(sessionId)))
		);
	while (!isSettled()) {
		if (performance.now() - joined > giveUpMs) throw new Error('not everybody was told of everybody');
		await delay(5);
	}
	const done = performance.now();
	host.close();
	return {
		rooms: rooms.map(({ visitors }) => visitors),
		socketsMs: Math.round(done - joined),
		allMs: Math.round(done - begun)
	};
}
