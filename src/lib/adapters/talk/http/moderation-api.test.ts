import * as v from 'valibot';
import { expect, it } from 'vitest';
import { createFakeFetch } from '../../../../../tests/support/fake-fetch.ts';
import { ocsAnswer } from '../../../../../tests/support/test-talk-api.ts';
import { errorCodeOf } from '../../../domain/errors.ts';
import { RoomToken } from '../../../protocol/ids.ts';
import { createModerationApi } from './moderation-api.ts';
import { createOcs } from './ocs-request.ts';

const token = v.parse(RoomToken, 'abcd1234');
const room = '/ocs/v2.php/apps/spreed/api/v4/room/abcd1234';

function openApi() {
	const { fetch, on, requests } = createFakeFetch();
	const api = createModerationApi(
		createOcs({ fetch, baseUrl: 'https://cloud.example', tabId: 'T'.repeat(64) })
	);
	return { api, on, requests };
}
const listed = {
	attendeeId: 7,
	actorType: 'guests',
	actorId: 'g'.repeat(40),
	displayName: 'Gustav',
	participantType: 4,
	inCall: 0,
	permissions: 246,
	sessionIds: ['nc-gustav']
};

it('given who is in a room, when they are listed, then it is told in words', async () => {
	const { api, on } = openApi();
	const away = { ...listed, attendeeId: 8, participantType: 6, sessionIds: [] };
	on(
		'GET',
		`${room}/participants`,
		ocsAnswer([listed, away, { ...listed, permissions: 246 | 8, inCall: 3 }])
	);

	const [gustav, host, admitted] = await api.listAttendees(token);

	expect(gustav).toEqual({
		attendeeId: 7,
		actorType: 'guests',
		actorId: listed.actorId,
		name: 'Gustav',
		isModerator: false,
		isHere: true,
		isInCall: false,
		passesLobby: false,
		permissions: 246,
		sessions: ['nc-gustav']
	});
	expect(host).toMatchObject({ isModerator: true, isHere: false, passesLobby: true });
	expect(admitted).toMatchObject({ passesLobby: true, isInCall: true });
});

it('given a list that makes no sense, when it is read, then that is an error and nobody', async () => {
	const { api, on } = openApi();
	on('GET', `${room}/participants`, ocsAnswer([{ attendeeId: 'seven' }]));

	await expect(api.listAttendees(token)).rejects.toMatchObject({ code: 'server.unexpected' });
});

it('given what a moderator asks for, when it is sent, then the server is told in Talk’s words', async () => {
	const { api, on, requests } = openApi();
	on('POST', `${room}/moderators`, ocsAnswer(null));
	on('DELETE', `${room}/moderators`, ocsAnswer(null));
	on('DELETE', `${room}/attendees`, ocsAnswer(null));
	on('POST', '/ocs/v2.php/apps/spreed/api/v1/ban/abcd1234', ocsAnswer(null));
	on('PUT', `${room}/webinar/lobby`, ocsAnswer({}), ocsAnswer({}));
	on('PUT', `${room}/read-only`, ocsAnswer({}));

	await api.setModerator(token, 7, true);
	await api.setModerator(token, 7, false);
	await api.removeAttendee(token, 7);
	await api.ban(token, { actorType: 'guests', actorId: 'g' });
	await api.setLobby(token, true);
	await api.setLobby(token, false);
	await api.setLocked(token, true);

	expect(requests.slice(1, 3).map(({ query }) => query)).toEqual([{ attendeeId: '7' }, { attendeeId: '7' }]);
	expect(requests.map(({ body }) => body).filter((body) => body !== undefined)).toEqual([
		{ attendeeId: 7 },
		{ actorType: 'guests', actorId: 'g', internalNote: '' },
		{ state: 1 },
		{ state: 0 },
		{ state: 1 }
	]);
});

it('given somebody who waits, when they are let in, then they keep every other right', async () => {
	const { api, on, requests } = openApi();
	on('PUT', `${room}/attendees/permissions`, ocsAnswer(null), ocsAnswer(null));

	await api.admit(token, { attendeeId: 7, permissions: 246 });
	await api.admit(token, { attendeeId: 7, permissions: 0 });

	expect(requests.map(({ body }) => body)).toEqual([
		{ attendeeId: 7, method: 'set', permissions: 246 | 1 | 8 },
		{ attendeeId: 7, method: 'set', permissions: 511 }
	]);
});

it('given a server with moderator links, when one is made, then it is told; elsewhere it is refused', async () => {
	const { api, on } = openApi();
	const path = '/ocs/v2.php/apps/roost/api/v1/rooms/abcd1234/moderator-link';
	const link = 'https://calls.example/moderate/abcd1234/secret';
	on('POST', path, ocsAnswer({ moderatorSecret: 'secret', link }, 201), ocsAnswer([], 404));

	expect(await api.makeModeratorLink(token)).toBe(link);
	expect(await api.makeModeratorLink(token).catch(errorCodeOf)).toBe('server.refused');
});
