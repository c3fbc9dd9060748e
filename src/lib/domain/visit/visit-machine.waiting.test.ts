import { describe, expect, it } from 'vitest';
import { roomInfo } from '../../../../tests/support/call-bench.ts';
import { join, openBrowser, openVisit } from '../../../../tests/support/visit-bench.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';

describe('a room with a password', () => {
	const joinWith = (password?: string) => ({ ...join(), ...(password !== undefined && { password }) });

	it('given a wrong one, when Join is pressed, then the page says so, the preview runs on, and the right one lets in', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.settle();

		await visit.send(joinWith('open says me'));

		expect(visit.value()).toBe('ready');
		expect(visit.context()).toMatchObject({ passwordProblem: { kind: 'wrong' }, call: null, error: null });
		expect(visit.devices.liveTracks()).toBe(2);

		await visit.send(joinWith('open sesame'));

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.context().passwordProblem).toBeNull();
		expect(visit.party.bodies.passwords).toEqual(['open says me', 'open sesame']);
	});

	it('given a password that was set meanwhile, when Join is pressed without one, then it is asked for', async () => {
		const visit = openVisit();
		visit.lock('open sesame');

		await visit.send(joinWith());

		expect(visit.value()).toBe('ready');
		expect(visit.context().passwordProblem).toEqual({ kind: 'missing' });
	});

	it('given too many wrong ones, when one more is tried, then it is not tried again by itself, and the page knows until when', async () => {
		const visit = openVisit();
		visit.lock('open sesame', 1);
		await visit.send(joinWith('a'), joinWith('a'));

		await visit.send(joinWith('open sesame'));

		expect(visit.value()).toBe('ready');
		expect(visit.context().passwordProblem).toEqual({
			kind: 'throttled',
			retryAt: visit.context().input.now() + 42_000
		});
		visit.lock('open sesame');
		await visit.advance(120_000);
		expect(visit.party.bodies.passwords).toEqual(['a', 'open sesame']);
	});

	it('given an accepted one, when the server forgets us, or we rejoin, then it is sent again and not asked for', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.send(joinWith('open sesame'));

		visit.forgetRoomSessions();
		await visit.restart();
		await visit.advance(5_000);
		expect(visit.call()?.value).toMatchObject({ joined: { link: 'online' } });
		await visit.send({ type: 'LEAVE' });
		await visit.send({ type: 'REJOIN' });

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(new Set(visit.party.bodies.passwords)).toEqual(new Set(['open sesame']));
		expect(visit.party.bodies.passwords.length).toBeGreaterThan(2);
	});

	it('given a password, when it has let in, then no row of the store has it', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.send(joinWith('open sesame'));
		await visit.advance(60_000);

		expect(visit.party.rows.length).toBeGreaterThan(1);
		expect(JSON.stringify(visit.party.rows)).not.toContain('sesame');
	});

	it('given another password by now, when the server forgets us, then the page asks for it', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.send(joinWith('open sesame'));

		visit.lock('close sesame');
		visit.forgetRoomSessions();
		await visit.restart();
		await visit.advance(5_000);

		expect(visit.value()).toBe('ready');
		expect(visit.context().passwordProblem).toEqual({ kind: 'wrong' });
	});
});

describe('a room with a lobby', () => {
	const isHeld = (visit: ReturnType<typeof openVisit>) => visit.call()?.matches({ joining: 'held' });

	it('given a closed lobby, when Join is pressed, then we wait without a socket, and go in by ourselves as chosen', async () => {
		const visit = openVisit();
		await visit.closeLobby(1_700_000_600);
		await visit.send(join());
		expect(isHeld(visit)).toBe(true);
		expect(visit.call()?.context.room?.lobbyOpensAt).toBe(1_700_000_600);
		await visit.send({ type: 'TURN_ON' });
		visit.actor.getSnapshot().children.media?.send({ type: 'SET_CAMERA', intent: 'off' });
		await visit.advance(60_000);
		expect(isHeld(visit)).toBe(true);
		expect(visit.party.sockets.filter(({ isOpen }) => isOpen)).toEqual([]);
		expect(visit.party.bodies.joined).toEqual([]);

		visit.openLobby();
		await visit.advance(8_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.call()?.context).toMatchObject({
			input: { name: 'Ann' },
			media: { camera: 'off', microphone: 'on' }
		});
	});

	it('given a lobby that stays closed, when we look, then soon at first and every 8 s from then on', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());
		const looks = () => visit.party.calls.filter((call) => call === 'lookUpRoom').length;
		const before = looks();

		const counts: number[] = [];
		for (const ms of [1_999, 1, 3_999, 1, 7_999, 1, 80_000]) {
			await visit.advance(ms);
			counts.push(looks() - before);
		}

		expect(counts).toEqual([0, 1, 1, 2, 2, 3, 13]);
	});

	it('given a server that does not answer while we wait, when it is back, then we still wait, and a press looks at once', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());
		visit.party.script('lookUpRoom', 'server.unreachable', 'server.throttled', 'room.not-found');
		await visit.advance(30_000);
		expect(isHeld(visit)).toBe(true);

		visit.openLobby();
		visit.actor.getSnapshot().context.call?.send({ type: 'CONNECT_NOW' });
		await visit.settle();

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a wait, when we leave, then nothing goes on at the server or here', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());

		await visit.send({ type: 'LEAVE' });

		expect(visit.value()).toBe('ended');
		expect(visit.devices.liveTracks()).toBe(0);
		expect(visit.party.calls.at(-1)).toBe('leaveRoom');
		const { length } = visit.party.calls;
		await visit.advance(120_000);
		expect(visit.party.calls).toHaveLength(length);
	});

	it('given a call, when the lobby closes, then every connection ends, the preview stays, we wait, and come back by ourselves', async () => {
		const browser = openBrowser();
		const visit = openVisit({ browser });
		await visit.send(join());
		const other = browser.bench.openParty('ben');
		await other.join();
		await visit.settle();
		expect(visit.members()).toHaveLength(1);

		await visit.closeLobby();

		expect(visit.members()).toEqual([]);
		expect(isHeld(visit)).toBe(true);
		expect(visit.context().isMoved).toBe(true);
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.advance(60_000);
		expect(isHeld(visit)).toBe(true);
		visit.openLobby();
		await visit.advance(8_000);
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.broken).toEqual([]);
	});

	it('given a server that only says that the call is over for all, when the lobby has closed, then we wait', async () => {
		const visit = openVisit();
		await visit.send(join());

		visit.closeLobbyQuietly();
		await visit.broadcast({ type: 'CALL_ENDED_FOR_ALL' });
		expect(isHeld(visit)).toBe(true);
		visit.openLobby();
		await visit.advance(8_000);
		await visit.broadcast({ type: 'CALL_ENDED_FOR_ALL' });

		expect(visit.context().ended?.reason).toBe('ended-for-all');
	});

	it('given a call whose room session is lost, when the lobby closed meanwhile, then we wait in front of it', async () => {
		const visit = openVisit();
		await visit.send(join());

		visit.forgetRoomSessions();
		await visit.closeLobby();
		await visit.restart();
		await visit.advance(5_000);

		expect(isHeld(visit)).toBe(true);
		expect(visit.context().error).toBeNull();
	});

	it('given the lobby closes between entering and the call, when the server refuses, then we wait', async () => {
		const visit = openVisit();
		visit.party.script('joinCall', 'held');
		await visit.send(join());
		await visit.closeLobby();

		await visit.party.release('joinCall');

		expect(isHeld(visit)).toBe(true);
	});

	it('given a server that cannot say why we are out, when we are taken out, then we were removed', async () => {
		const visit = openVisit();
		await visit.send(join());
		visit.party.script('lookUpRoom', 'server.unreachable');

		await visit.takeOut(visit.call()?.context.ownSessionId ?? ('nobody' as never));

		expect(visit.value()).toBe('ended');
		expect(visit.context().ended?.reason).toBe('removed');
	});

	it('given a server that does not answer why we are out, when 3 s have passed, then we were removed', async () => {
		const visit = openVisit();
		await visit.send(join());
		visit.party.script('lookUpRoom', 'held');

		await visit.takeOut(visit.call()?.context.ownSessionId ?? ('nobody' as never));
		expect(visit.members()).toEqual([]);
		expect(visit.value()).toBe('inCall');
		await visit.advance(3_000);

		expect(visit.context().ended?.reason).toBe('removed');
	});
});

describe('what a room asks for, or does with us', () => {
	const isHeld = (visit: ReturnType<typeof openVisit>) => visit.call()?.matches({ joining: 'held' });
	const own = (visit: ReturnType<typeof openVisit>) => visit.call()?.context.ownSessionId as SessionId;
	const microphone = (visit: ReturnType<typeof openVisit>) =>
		visit.actor.getSnapshot().children.media?.getSnapshot().context.microphone.intent;

	it('given a call that we may not start, when it starts, then we are in by ourselves', async () => {
		const visit = openVisit();
		visit.change({ permissions: { ...roomInfo.permissions, startCall: false } });
		await visit.send(join());
		expect(isHeld(visit)).toBe(true);
		await visit.advance(30_000);
		expect(isHeld(visit)).toBe(true);
		expect(visit.party.bodies.joined).toEqual([]);

		visit.change({ hasCall: true });
		await visit.advance(12_000);

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given an outage in which the call ended, when we are back and may not start it, then we wait with our devices, and are in when it starts', async () => {
		const visit = openVisit();
		visit.change({ hasCall: true, permissions: { ...roomInfo.permissions, startCall: false } });
		await visit.send(join());
		expect(visit.call()?.matches('joined')).toBe(true);

		visit.change({ hasCall: false });
		await visit.restart();
		await visit.advance(30_000);
		expect(isHeld(visit)).toBe(true);
		expect(visit.context()).toMatchObject({ isMoved: false, error: null });
		expect(visit.devices.liveTracks()).toBe(2);
		visit.change({ hasCall: true });
		await visit.advance(12_000);

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given somebody who may not join at all, when nobody is in the call, then they do not wait for a start', async () => {
		const visit = openVisit();
		visit.change({ permissions: { ...roomInfo.permissions, startCall: false, joinCall: false } });
		visit.party.script('joinCall', 'call.forbidden');

		await visit.send(join());

		expect(isHeld(visit)).not.toBe(true);
	});

	it('given half an hour in front of a call, when nothing has happened, then the camera is off, and the microphone as it was', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());
		expect(visit.devices.liveTracks()).toBe(2);

		await visit.advance(30 * 60_000);
		await visit.advance(10_000); // the camera is held for a moment

		expect(visit.context().isCameraPaused).toBe(true);
		expect(visit.devices.liveTracks()).toBe(1);
		expect(microphone(visit)).toBe('on');
	});

	it('given half an hour in the call, when it is over, then the camera is as it was', async () => {
		const visit = openVisit();
		await visit.send(join());

		await visit.advance(31 * 60_000);

		expect(visit.context().isCameraPaused).toBe(false);
		expect(visit.devices.liveTracks()).toBe(2);
	});

	it('given consent, when Join is pressed, then it goes with each join of the call', async () => {
		const visit = openVisit();
		visit.change({ needsRecordingConsent: true });

		await visit.send({ ...join(), consent: true });

		expect(visit.call()?.matches('joined')).toBe(true);
		await visit.send({ type: 'LEAVE' });
		await visit.send({ type: 'REJOIN' });
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given consent that is asked for since we looked, when we join, then the page is back with the question, and nothing was lost', async () => {
		const visit = openVisit();
		visit.change({ needsRecordingConsent: true });

		await visit.send(join());

		expect(visit.value()).toBe('ready');
		expect(visit.context()).toMatchObject({ room: { needsRecordingConsent: true }, call: null, name: 'Ann' });
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.send({ ...join(), consent: true });
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a room that is locked since we looked, when we join, then it is watched with all devices closed, until it is open', async () => {
		const visit = openVisit();
		visit.change({ isReadOnly: true });
		await visit.send(join());
		expect(visit.value()).toBe('locked');
		expect(visit.context()).toMatchObject({ error: { code: 'call.forbidden' }, call: null });
		expect(visit.devices.liveTracks()).toBe(0);
		await visit.advance(30_000);
		expect(visit.value()).toBe('locked');

		visit.change({ isReadOnly: false });
		await visit.advance(8_000);

		expect(visit.value()).toBe('ready');
		expect(visit.context().error).toBeNull();
		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a call that we may not join in a room that is open, when it is looked at, then nothing is watched in vain', async () => {
		const visit = openVisit();
		visit.party.script('joinCall', 'call.forbidden');
		await visit.send(join());
		expect(visit.value()).toBe('refused');
		const looks = visit.party.calls.filter((call) => call === 'lookUpRoom').length;

		await visit.advance(60_000);

		expect(visit.value()).toBe('refused');
		expect(visit.party.calls.filter((call) => call === 'lookUpRoom')).toHaveLength(looks);
	});

	it('given ten others in the call, when we come, then we are muted from the start, and unmute by ourselves', async () => {
		const visit = openVisit();
		await visit.joinAll(...Array.from({ length: 10 }, (_, index) => `party${index}`));

		await visit.send(join());

		expect(visit.context().isMutedByCrowd).toBe(true);
		expect(microphone(visit)).toBe('off');
		visit.actor.getSnapshot().children.media?.send({ type: 'SET_MICROPHONE', intent: 'on' });
		await visit.settle();
		expect(visit.call()?.context.media.microphone).toBe('on');
	});

	it('given nine others in the call, when we come, then we are heard', async () => {
		const visit = openVisit();
		await visit.joinAll(...Array.from({ length: 9 }, (_, index) => `party${index}`));

		await visit.send(join());

		expect(visit.context().isMutedByCrowd).toBe(false);
		expect(microphone(visit)).toBe('on');
	});

	it('given a moderator who mutes us, when they do, then we are silent and know who it was; others are not meant', async () => {
		const visit = openVisit();
		const [ben] = await visit.joinAll('ben');
		await visit.send(join());
		const from = ben?.actor.getSnapshot().context.ownSessionId as SessionId;
		await visit.party.hear({ type: 'MUTED_BY_MODERATOR', target: from, from });
		await visit.settle();
		expect(microphone(visit)).toBe('on');

		await visit.party.hear({ type: 'MUTED_BY_MODERATOR', target: own(visit), from });
		await visit.settle();

		expect(microphone(visit)).toBe('off');
		expect(visit.context().mutedBy).toEqual({ name: 'ben', count: 1 });
		expect(visit.call()?.context.media.microphone).toBe('off');
	});

	it('given all that we can send, when the room takes the rights and gives them back, then camera and screen are closed, we are muted, and all stays so', async () => {
		const visit = openVisit();
		await visit.send(join());
		visit.actor.getSnapshot().children.media?.send({ type: 'SHARE_SCREEN' });
		await visit.settle();
		expect(visit.devices.liveTracks()).toBe(3);

		const { permissions } = roomInfo;
		const nothing = { publishAudio: false, publishVideo: false, publishScreen: false };
		await visit.describe(own(visit), { permissions: { ...permissions, ...nothing } });
		await visit.advance(1_000);
		expect(visit.devices.liveTracks()).toBe(1);
		await visit.describe(own(visit), { permissions });
		await visit.advance(1_000);

		expect(visit.devices.liveTracks()).toBe(1);
		expect(visit.call()?.context.media).toMatchObject({ microphone: 'off', camera: 'off', screen: null });
	});

	it('given a right to show that is taken, when it is, then we are heard as before', async () => {
		const visit = openVisit();
		await visit.send(join());

		await visit.describe(own(visit), { permissions: { ...roomInfo.permissions, publishVideo: false } });
		await visit.advance(1_000);

		expect(microphone(visit)).toBe('on');
		expect(visit.devices.liveTracks()).toBe(1);
	});

	it('given a room in which we may not speak, when we come with a microphone that is on, and may later, then we are muted', async () => {
		const visit = openVisit();
		visit.change({ permissions: { ...roomInfo.permissions, publishAudio: false } });
		await visit.send(join());
		await visit.describe(own(visit), { permissions: roomInfo.permissions });
		await visit.advance(1_000);

		expect(microphone(visit)).toBe('off');
		expect(visit.call()?.context.media).toMatchObject({ microphone: 'off', camera: 'on' });
	});

	it('given a raised hand, when a moderator lowers it, then it is down for everybody', async () => {
		const visit = openVisit();
		const [ben] = await visit.joinAll('ben');
		await visit.send(join());
		visit.context().call?.send({ type: 'RAISE_HAND' });
		await visit.settle();

		await visit.party.hear({ type: 'HAND_LOWERED_BY_MODERATOR', target: own(visit), from: own(visit) });
		await visit.settle();

		expect(visit.call()?.context.hand.state).toBe('lowered');
		expect(ben?.actor.getSnapshot().context.said[own(visit)]?.handRaisedAt).toBeNull();
	});

	it('given a place in another room, when we are sent there, then the visit goes into it with the same name and devices', async () => {
		const visit = openVisit();
		await visit.send(join());
		const there = 'breakout' as RoomToken;
		visit.change({ token: there, name: 'Group 1' });

		await visit.party.hear({ type: 'SENT_TO_ROOM', token: there });
		await visit.settle();

		expect(visit.context()).toMatchObject({ sentTo: there, input: { token: there }, room: { token: there } });
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.call()?.context.input.room.token).toBe(there);
		expect(visit.devices.liveTracks()).toBe(2);
	});
});
