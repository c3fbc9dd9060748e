import { runDoctor } from '../../tools/doctor/run-doctor.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { expect, test } from './support/stack.ts';

test.use({ turn: 'relay' });

test('given the real servers, when they are examined, then nothing has to be changed, and each relay was real', async ({
	roost,
	room,
	stack
}) => {
	const outcomes = await runDoctor({ baseUrl: roost.url, token: room as RoomToken });

	expect(outcomes.filter(({ hint }) => hint !== null)).toEqual([]);
	expect(outcomes.filter(({ probe }) => probe === 'turn').map(({ state }) => state)).toEqual(['ok', 'ok']);
	expect(outcomes.find(({ probe }) => probe === 'features')?.fact).toContain('media server');
	expect(outcomes.find(({ probe }) => probe === 'news')?.state).toBe('ok');
	expect(stack.turn.log()).not.toContain('ERROR');
});
