import { setTimeout as delay } from 'node:timers/promises';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import type { ServerFrame } from '../../src/lib/protocol/signaling.ts';
import { expect, test } from './support/stack.ts';
import { createTalkClient } from './support/talk-client.ts';

const times = 50;
/** As clients wait that are not let in at once; the second time is to do. */
const waitMs = 1_000;
const healedWithinMs = 2_000;
const entriesOf = ({ event }: Extract<ServerFrame, { type: 'event' }>) =>
	event.target === 'participants' && event.type === 'update' && 'users' in event.update
		? event.update.users
		: [];

test(`given somebody who sends, when another comes and goes as fast as that goes, then they get an offer each of ${2 * times} times, at once or within ${healedWithinMs} ms`, async ({
	openGuest,
	roost,
	room
}) => {
	const ann = await openGuest('Ann');
	await ann.join();

	const codes = new Set<string>();
	const healedMs: number[] = [];
	for (let time = 1; time <= times; time++) {
		await using ben = createTalkClient(roost.url);
		const { socket } = await ben.enter(room, 'Ben');
		// into the call twice, then all the way out of the room
		for (const visit of ['first', 'second']) {
			await ben.talk('POST', `v4/call/${room}`, { flags: 1 });
			const update = await socket.nextUpdate((entry) => entry.displayName === 'Ann' && entry.inCall === 7);
			const sender = entriesOf(update).find((entry) => entry.displayName === 'Ann')?.sessionId;
			const answer = await ben.requestOffer(sender as SessionId);
			if (answer !== 'offer') {
				const refusedAt = Date.now();
				codes.add(answer);
				await delay(waitMs);
				const second = await ben.requestOffer(sender as SessionId);
				expect(second, `${visit} visit, time ${time}, after ${answer}`).toBe('offer');
				healedMs.push(Date.now() - refusedAt);
			}
			await ben.talk('DELETE', `v4/call/${room}`);
		}
		socket.send({ type: 'bye', bye: {} });
	}

	console.log(
		`${2 * times} times into the call; ${healedMs.length} refusals (${[...codes].join(', ')}), granted after ${healedMs.join(', ')} ms`
	);
	expect(healedMs.filter((ms) => ms > healedWithinMs)).toEqual([]);
});
