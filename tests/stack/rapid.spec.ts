import { setTimeout as delay } from 'node:timers/promises';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import type { ServerFrame } from '../../src/lib/protocol/signaling.ts';
import { expect, test } from './support/stack.ts';
import { createTalkClient } from './support/talk-client.ts';

const times = 50;
/** As clients wait that are not let in at once. */
const waitsMs = [1_000, 2_000, 4_000];
const entriesOf = ({ event }: Extract<ServerFrame, { type: 'event' }>) =>
	event.target === 'participants' && event.type === 'update' && 'users' in event.update
		? event.update.users
		: [];

test(`given somebody who sends, when another comes and goes as fast as that goes, then they get an offer each of ${2 * times} times`, async ({
	openGuest,
	roost,
	room
}) => {
	test.setTimeout(180_000);
	const ann = await openGuest('Ann', { room });
	await ann.join();

	let refusals = 0;

	for (let time = 1; time <= times; time++) {
		await using ben = createTalkClient(roost.url);
		const { socket } = await ben.enter(room, 'Ben');
		// into the call twice, then all the way out of the room
		for (const visit of ['first', 'second']) {
			await ben.talk('POST', `v4/call/${room}`, { flags: 1 });
			const update = await socket.nextUpdate((entry) => entry.displayName === 'Ann' && entry.inCall === 7);
			const sender = entriesOf(update).find((entry) => entry.displayName === 'Ann')?.sessionId;
			const answers = [await ben.requestOffer(sender as SessionId)];
			for (const waitMs of waitsMs) {
				if (answers.at(-1) === 'offer') break;
				await delay(waitMs);
				answers.push(await ben.requestOffer(sender as SessionId));
			}
			refusals += answers.length - 1;
			expect(answers.at(-1), `${visit} visit, time ${time}: ${answers.join(', ')}`).toBe('offer');
			await ben.talk('DELETE', `v4/call/${room}`);
		}
		socket.send({ type: 'bye', bye: {} });
	}

	console.log(`${2 * times} times into the call, ${refusals} refusals on the way`);
});
