import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../tests/support/test-talk-api.ts';
import { RoomToken } from '../../protocol/ids.ts';
import { lookAt } from './look-at.ts';

const token = v.parse(RoomToken, 'abcd1234');

function openApi(features: string[]) {
	const { api, on } = createTestTalkApi();
	on('GET', 'cloud/capabilities', ocsAnswer({ capabilities: { spreed: { features, config: [] } } }));
	on('GET', 'apps/spreed/api/v4/room/abcd1234', ocsAnswer({ token: 'abcd1234', type: 3, name: 'Team' }));
	return api;
}

it('given a server whose calls are encrypted, when somebody looks at a room, then no call is offered', async () => {
	await expect(lookAt(openApi(['call-end-to-end-encryption']), token)).rejects.toMatchObject({
		code: 'call.encrypted',
		recovery: 'none'
	});
});

it('given any other server, when somebody looks at a room, then both are described', async () => {
	expect(await lookAt(openApi([]), token)).toMatchObject({
		room: { token: 'abcd1234' },
		server: { hasEncryptedCalls: false }
	});
});
