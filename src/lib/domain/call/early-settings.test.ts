import { describe, expect, it } from 'vitest';
import type { RoomToken } from '../../protocol/ids.ts';
import type { EnteredRoom, SignalingSettings, TalkApi } from '../talk-api.ts';
import { withEarlySettings } from './early-settings.ts';

const token = 'room' as RoomToken;

/** @param failures how many requests for settings fail, from the first on */
function openApi(failures = 0) {
	const asked: string[] = [];
	let enter: (room: EnteredRoom) => void = () => undefined;
	let fetches = 0;
	const api: Pick<TalkApi, 'enterRoom' | 'fetchSignalingSettings'> = {
		enterRoom: (of) => {
			asked.push(`enter ${of}`);
			return new Promise((settle) => (enter = settle));
		},
		fetchSignalingSettings: async (of) => {
			asked.push(`settings of ${of}`);
			fetches += 1;
			if (fetches <= failures) throw new Error('no answer');
			return { url: `wss://${of}/${fetches}` } as SignalingSettings;
		}
	};
	return { api: withEarlySettings(api as TalkApi), asked, enter: () => enter({} as EnteredRoom) };
}

describe('settings that are asked for early', () => {
	it('given a room that does not answer yet, when it is entered, then the settings are on their way, and come once', async () => {
		const { api, asked, enter } = openApi();

		const entered = api.enterRoom(token, { takeOver: false });

		expect(asked).toEqual(['enter room', 'settings of room']);
		enter();
		await entered;
		expect(await api.fetchSignalingSettings(token)).toMatchObject({ url: 'wss://room/1' });
		expect(asked).toHaveLength(2);
	});

	it('given settings that were taken, when they are asked for again, then they are fresh', async () => {
		const { api } = openApi();
		void api.enterRoom(token, { takeOver: false });
		await api.fetchSignalingSettings(token);

		expect(await api.fetchSignalingSettings(token)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given early settings that fail, when their turn comes, then they are asked for once more', async () => {
		const { api } = openApi(1);
		void api.enterRoom(token, { takeOver: false });

		expect(await api.fetchSignalingSettings(token)).toMatchObject({ url: 'wss://room/2' });
	});

	it('given settings that fail twice, when their turn comes, then the failure is told', async () => {
		const { api } = openApi(2);
		void api.enterRoom(token, { takeOver: false });

		await expect(api.fetchSignalingSettings(token)).rejects.toThrow('no answer');
	});

	it('given a room entered again, when settings are asked for, then they are those of the second time', async () => {
		const { api } = openApi();
		void api.enterRoom(token, { takeOver: false });
		void api.enterRoom(token, { takeOver: true });

		expect(await api.fetchSignalingSettings(token)).toMatchObject({ url: 'wss://room/2' });
	});
});
