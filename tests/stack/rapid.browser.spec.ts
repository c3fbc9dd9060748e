import type { Page } from '@playwright/test';
import * as v from 'valibot';
import { receivedMedia } from '../support/media-probe.ts';
import { expect, test } from './support/stack.ts';

const times = 50;
const healedWithinMs = 2_000;

const Refusal = v.object({ type: v.literal('error'), error: v.object({ code: v.literal('not_allowed') }) });
const Offer = v.object({
	type: v.literal('message'),
	message: v.object({ data: v.object({ type: v.literal('offer') }) })
});

/** When the signaling server refused what the page asked for, and when it was offered something. */
function followAnswers(page: Page) {
	const refusals: number[] = [];
	const offers: number[] = [];
	page.on('websocket', (socket) => {
		socket.on('framereceived', ({ payload }) => {
			const frame: unknown = JSON.parse(payload.toString());
			if (v.is(Refusal, frame)) refusals.push(Date.now());
			else if (v.is(Offer, frame)) offers.push(Date.now());
		});
	});
	return {
		/** How long each of the refusals until now was the last word. */
		healedMs: () => refusals.map((at) => (offers.find((offer) => offer >= at) ?? Infinity) - at)
	};
}

test(`given somebody in a call, when another joins and leaves ${times} times in a row, then they see them each time, and what is refused is granted within ${healedWithinMs} ms`, async ({
	openGuest
}) => {
	test.setTimeout(300_000);
	const ann = await openGuest('Ann');
	await ann.join();
	let answers: ReturnType<typeof followAnswers> | undefined;
	const ben = await openGuest('Ben', {
		prepare: async (page) => {
			answers = followAnswers(page);
		}
	});

	const startedAt = Date.now();
	for (let time = 1; time <= times; time++) {
		if (time === 1) await ben.join();
		else await ben.page.getByRole('button', { name: 'Rejoin' }).click();

		await expect
			.poll(async () => (await receivedMedia(ben.page)).framesDecoded, {
				message: `time ${time}: pictures decoded`,
				timeout: 30_000,
				intervals: [50]
			})
			.toBeGreaterThan(0);

		await ben.leave();
		await expect.poll(async () => (await receivedMedia(ben.page)).connections.open).toBe(0);
	}

	const healedMs = answers?.healedMs() ?? [];
	console.log(
		`${times} times in ${Date.now() - startedAt} ms; ${healedMs.length} refusals, granted after ${healedMs.join(', ')} ms`
	);
	expect(healedMs.filter((ms) => ms > healedWithinMs)).toEqual([]);
	await expect(ann.tile('Ben')).toHaveCount(0);
	await expect.poll(async () => (await receivedMedia(ann.page)).connections.open).toBe(1);
});
