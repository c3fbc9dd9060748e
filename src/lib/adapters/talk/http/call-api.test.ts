import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../../tests/support/test-talk-api.ts';
import { RoomToken } from '../../../protocol/ids.ts';

const token = v.parse(RoomToken, 'abcd1234');
const path = 'apps/spreed/api/v4/call/abcd1234';

it('given tracks, when a call is joined, then flags and options are sent', async () => {
	const { api, on, requests } = createTestTalkApi();
	on('POST', path, ocsAnswer(null), ocsAnswer(null));

	await api.joinCall(token, { inCall: true, audio: true, video: false }, { silent: true, consent: true });
	await api.joinCall(token, { inCall: false, audio: false, video: false }, { silent: false, consent: false });

	expect(requests.map(({ body }) => body)).toEqual([
		{ flags: 3, silent: true, recordingConsent: true },
		{ flags: 1, silent: false, recordingConsent: false }
	]);
});

it('given other tracks, when a call is updated, then the new flags are sent', async () => {
	const { api, on, requests } = createTestTalkApi();
	on('PUT', path, ocsAnswer(null));

	await api.updateCall(token, { inCall: true, audio: true, video: true });

	expect(requests[0]?.body).toEqual({ flags: 7 });
});

it('given a call, when it is left or ended, then the request says which, and may outlive the page', async () => {
	const { api, on, requests } = createTestTalkApi();
	on('DELETE', path, ocsAnswer(null), ocsAnswer(null));

	await api.leaveCall(token, { keepalive: true });
	await api.leaveCall(token, { forEveryone: true });

	expect(requests).toMatchObject([
		{ body: { all: false }, keepalive: true },
		{ body: { all: true }, keepalive: false }
	]);
});

it('given people in the call, when they are listed, then names come by Nextcloud session id', async () => {
	const { api, on } = createTestTalkApi();
	const peer = { actorType: 'guests', actorId: 'a', token, lastPing: 1 };
	on(
		'GET',
		path,
		ocsAnswer([
			{ ...peer, displayName: 'Ann', sessionId: 'nc-ann' },
			{ ...peer, sessionId: 'nc-ben' }
		])
	);

	expect(await api.listCallPeers(token)).toEqual([
		{ nextcloudSessionId: 'nc-ann', name: 'Ann' },
		{ nextcloudSessionId: 'nc-ben', name: '' }
	]);
});

describe('a refused call', () => {
	const refusals: [string, Parameters<typeof ocsAnswer>, string][] = [
		['consent is missing', [{ error: 'consent' }, 400], 'call.consent'],
		['the request is bad', [null, 400], 'server.refused'],
		['starting is not allowed', [null, 403], 'call.forbidden'],
		['the session is gone', [null, 404], 'session.lost'],
		['the lobby is closed', [null, 412], 'room.lobby']
	];
	for (const [why, answer, code] of refusals) {
		it(`given that ${why}, when the call is joined, then the error is ${code}`, async () => {
			const { api, on } = createTestTalkApi();
			on('POST', path, ocsAnswer(...answer));
			const joining = api.joinCall(
				token,
				{ inCall: true, audio: false, video: false },
				{ silent: false, consent: false }
			);

			await expect(joining).rejects.toMatchObject({ code });
		});
	}

	it('given no session, when the call is left, updated or listed, then the session is lost', async () => {
		const { api, on } = createTestTalkApi();
		for (const method of ['PUT', 'DELETE', 'GET']) on(method, path, ocsAnswer(null, 404));
		const lost = { code: 'session.lost', recovery: 'retry' };

		await expect(api.updateCall(token, { inCall: true, audio: true, video: true })).rejects.toMatchObject(
			lost
		);
		await expect(api.leaveCall(token)).rejects.toMatchObject(lost);
		await expect(api.listCallPeers(token)).rejects.toMatchObject(lost);
	});
});
