import { expect, it } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../tests/support/test-talk-api.ts';
import type { RoomToken } from '../../protocol/ids.ts';
import { createCallList } from './call-list.ts';

const roomPath = (token: string) => `apps/spreed/api/v4/room/${token}`;
const room = (token: string, over: object = {}) =>
	ocsAnswer({ token, type: 3, displayName: 'Team', hasCall: true, callStartTime: 1_766_000_000, ...over });
const tokens = (...names: string[]) => names as RoomToken[];

it('given rooms with and without a call, and one that is gone, when they are asked about, then each is told of', async () => {
	const { api, on } = createTestTalkApi();
	on('GET', roomPath('busy'), room('busy'));
	on('GET', roomPath('calm'), room('calm', { hasCall: false }));
	on('GET', roomPath('gone'), ocsAnswer([], 404));

	expect(await createCallList(api)(tokens('busy', 'calm', 'gone'))).toEqual([
		{
			token: 'busy',
			call: { startedAt: 1_766_000_000, roomName: 'Team', kind: 'video', sessions: null }
		},
		{ token: 'calm', call: null },
		{ token: 'gone', call: null }
	]);
});

it('given a server that fails for one room, when it is asked, then only that one is not told of', async () => {
	const { api, on } = createTestTalkApi();
	on('GET', roomPath('busy'), room('busy'));
	on('GET', roomPath('odd1'), ocsAnswer([], 500));

	const told = await createCallList(api)(tokens('odd1', 'busy'));

	expect(told.map(({ token }) => token)).toEqual(['busy']);
});

it('P13 given a server that cannot be reached, when it is asked, then it is said so, and of no room that it has no call', async () => {
	const { api, on } = createTestTalkApi();
	on('GET', roomPath('busy'), ocsAnswer([], 503));

	await expect(createCallList(api)(tokens('busy'))).rejects.toMatchObject({ name: 'RoostError' });
	expect(await createCallList(api)([])).toEqual([]);
});
