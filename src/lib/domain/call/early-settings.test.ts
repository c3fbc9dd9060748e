import { describe, expect, it } from 'vitest';
import type { RoomToken } from '../../protocol/ids.ts';
import type { SignalingSettings, TalkApi } from '../talk-api.ts';
import { createEarlySettings } from './early-settings.ts';

const room = 'room' as RoomToken;
const other = 'other' as RoomToken;

/** @param failures how many requests for settings fail, from the first on */
function openEarly(failures = 0) {
	const asked: string[] = [];
	const clock = { now: 0 };
	const api: Pick<TalkApi, 'fetchSignalingSettings'> = {
		fetchSignalingSettings: async (of) => {
			asked.push(of);
			if (asked.length <= failures) throw new Error('no answer');
			return { url: `wss://${of}/${asked.length}` } as SignalingSettings;
		}
	};
	return { ...createEarlySettings(api as TalkApi, () => clock.now), asked, clock };
}

describe('settings that are asked for early', () => {
	it('given settings asked for a moment ago, when they are needed, then those are taken, and only once', async () => {
		const { api, prepare, asked } = openEarly();
		prepare(room);

		expect(await api.fetchSignalingSettings(room)).toMatchObject({ url: 'wss://room/1' });
		expect(asked).toEqual(['room']);
		expect(await api.fetchSignalingSettings(room)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given every sign of a person, when settings are prepared, then they are asked for once in 40 s', () => {
		const { prepare, asked, clock } = openEarly();
		prepare(room);
		clock.now = 39_999;
		prepare(room);
		expect(asked).toHaveLength(1);

		clock.now = 40_000;
		prepare(room);

		expect(asked).toHaveLength(2);
	});

	it('given settings that are 40 s old, when they are needed, then new ones are asked for', async () => {
		const { api, prepare, clock } = openEarly();
		prepare(room);
		clock.now = 40_000;

		expect(await api.fetchSignalingSettings(room)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given settings of another room, when those of this one are needed, then they are asked for', async () => {
		const { api, prepare } = openEarly();
		prepare(other);

		expect(await api.fetchSignalingSettings(room)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given early settings that failed, when they are needed, then they are asked for once more', async () => {
		const { api, prepare } = openEarly(1);
		prepare(room);

		expect(await api.fetchSignalingSettings(room)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given settings that have come, when they are taken at once, then they are given once, and only for their room', async () => {
		const { api, prepare, take } = openEarly();
		prepare(room);
		expect(take(room)).toBeNull();
		await Promise.resolve();

		expect(take(other)).toBeNull();
		expect(take(room)).toMatchObject({ url: 'wss://room/1' });
		expect(take(room)).toBeNull();
		expect(await api.fetchSignalingSettings(room)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given settings that are 40 s old, when they are taken at once, then there are none', async () => {
		const { prepare, take, clock } = openEarly();
		prepare(room);
		await Promise.resolve();
		clock.now = 40_000;

		expect(take(room)).toBeNull();
	});

	it('given settings that fail twice, when they are needed, then the failure is told', async () => {
		const { api, prepare } = openEarly(2);
		prepare(room);

		await expect(api.fetchSignalingSettings(room)).rejects.toThrow('no answer');
	});
});
