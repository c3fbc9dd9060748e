import { describe, expect, it } from 'vitest';
import { token } from '../../../../tests/support/call-bench.ts';
import { choice, join, joining, openBrowser, openVisit } from '../../../../tests/support/visit-bench.ts';
import { isOver } from './visit-machine.ts';

describe('finding the room', () => {
	it('given a link, when the room is there, then the page before Join is ready, and nothing was asked for', async () => {
		const visit = openVisit();
		await visit.settle();

		expect(visit.value()).toBe('ready');
		expect(visit.devices.requests).toEqual([]);
	});

	it('given a server that says 404, when it says so again after 5 s, then the room is lost; a person may try again', async () => {
		const visit = openVisit({ firstLook: 'room.not-found' });
		visit.party.script('lookUpRoom', 'room.not-found');
		await visit.settle();
		await visit.advance(4_999);
		expect(visit.value()).toBe('lookingAgain');
		await visit.advance(1);
		expect(visit.value()).toBe('lost');
		expect(visit.context().error?.code).toBe('room.not-found');

		await visit.send({ type: 'TRY_NOW' });
		expect(visit.value()).toBe('ready');
		expect(visit.context().error).toBeNull();
	});

	it('given a server that says 404 once, when it is asked again, then the room is there', async () => {
		const visit = openVisit({ firstLook: 'room.not-found' });
		await visit.settle();
		await visit.advance(5_000);

		expect(visit.value()).toBe('ready');
	});

	it('given encrypted calls, when Join was pressed early, then nobody is let in, and nothing is tried again by itself', async () => {
		const visit = openVisit({ firstLook: 'call.encrypted' });
		await visit.send(join());

		await visit.advance(120_000);

		expect(visit.value()).toBe('lost');
		expect(visit.context()).toMatchObject({ error: { code: 'call.encrypted' }, wantsIn: false, call: null });
		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a lost room, when the preview was on, then its devices are given back', async () => {
		const visit = openVisit({ firstLook: 'room.not-found' });
		visit.party.script('lookUpRoom', 'room.not-found');
		await visit.send({ type: 'TURN_ON' });
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.advance(5_000);

		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a server that is down, when it comes back, then the page goes on by itself, and says since when', async () => {
		const visit = openVisit({ firstLook: 'server.unreachable' });
		visit.party.script('lookUpRoom', 'server.unreachable', 'server.unexpected');
		await visit.settle();
		const since = visit.context().error?.since;
		await visit.advance(1_500);
		expect(visit.value()).toBe('troubled');
		expect(visit.context().error).toEqual({ code: 'server.unexpected', since });
		await visit.advance(2_000);

		expect(visit.value()).toBe('ready');
	});

	it('given a server in maintenance, when time passes, then it is asked each 30 s', async () => {
		const visit = openVisit({ firstLook: 'server.maintenance' });
		await visit.settle();

		await visit.advance(29_900);
		expect(visit.value()).toBe('troubled');
		await visit.advance(200);

		expect(visit.value()).toBe('ready');
	});
});

describe('going in', () => {
	it('given Join pressed while the room is looked up, when it is found, then we go in without another press', async () => {
		const visit = openVisit({ firstLook: 'held' });
		await visit.send(join());
		expect(visit.value()).toBe('lookingUp');
		expect(visit.devices.liveTracks()).toBe(2);

		await visit.release();

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: true, video: true }]);
		expect(visit.call()?.context.input.name).toBe('Ann');
	});

	it('given Join pressed early, when it is taken back, then the page before Join shows', async () => {
		const visit = openVisit({ firstLook: 'held' });
		await visit.send(join(), { type: 'CANCEL' });
		await visit.release();

		expect(visit.value()).toBe('ready');
	});

	it('M01 given a prompt that is open, when Join was pressed, then the call waits for the answer, for 30 s at most', async () => {
		const visit = openVisit();
		visit.devices.prompt = 'held';
		await visit.settle();
		await visit.send(join());
		await visit.advance(29_999);
		expect(visit.value()).toBe('settling');
		await visit.advance(1);
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: false, video: false }]);

		visit.devices.answer('grant');
		await visit.settle();

		expect(visit.party.bodies.updated.at(-1)).toEqual({ inCall: true, audio: true, video: true });
	});

	it('given Join without media, when we are in, then no device was ever opened', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join(false));
		await visit.advance(60_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toEqual([]);
	});

	it('given a preview, when Join without media is pressed, then the devices are given back first', async () => {
		const visit = openVisit();
		await visit.send({ type: 'TURN_ON' });
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.send(join(false));

		expect(visit.devices.liveTracks()).toBe(0);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: false, video: false }]);
	});

	it('given refused devices, when Join is pressed, then we are in as a listener and not asked twice', async () => {
		const visit = openVisit();
		visit.devices.prompt = 'deny';
		await visit.send({ type: 'TURN_ON' });
		const asked = visit.devices.requests.length;
		await visit.send(join());

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toHaveLength(asked);
	});

	it('given an engine that is there already, when Join is pressed, then the room is asked for in the same moment', async () => {
		const visit = openVisit({ engine: 'there' });
		await visit.send({ type: 'TURN_ON' });

		visit.actor.send(join());

		expect(visit.party.calls).toContain('enterRoom');
		await visit.advance(0);
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given an engine that does not load, when Join is pressed again, then it does', async () => {
		const visit = openVisit({ engine: 'fails once' });
		await visit.settle();
		await visit.send(join());
		expect(visit.value()).toBe('ready');
		expect(visit.context().error?.code).toBe('server.unreachable');

		await visit.send(join());
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a call that is being joined, when it is cancelled, then the page is back at once, and the server hears of it', async () => {
		const visit = openVisit();
		visit.party.script('joinCall', 'held');
		await visit.settle();
		await visit.send(join());
		await visit.send({ type: 'CANCEL' });
		expect(visit.value()).toBe('ready');
		expect(visit.party.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(visit.party.sockets.at(-1)?.isOpen).toBe(false);
		expect(visit.devices.liveTracks()).toBe(2); // the preview goes on

		await visit.send(join());
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.broken).toEqual([]);
	});

	it('given a cancelled call that takes long to end, when Join is pressed meanwhile, then we go in once it has ended', async () => {
		const visit = openVisit();
		visit.party.script('leaveCall', 'held');
		await visit.settle();
		await visit.send(join());
		await visit.send({ type: 'CANCEL' }, join());
		expect(visit.value()).toBe('cancelling');
		await visit.advance(3_000);

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a room that does not let us in, when it says why, then devices are given back and the reason shows; trying again starts before Join', async () => {
		const visit = openVisit();
		visit.party.script('enterRoom', 'room.banned');
		await visit.settle();
		await visit.send(join());
		expect(visit.value()).toBe('refused');
		expect(visit.context().error?.code).toBe('room.banned');
		expect(visit.devices.liveTracks()).toBe(0);
		expect(isOver(visit.actor.getSnapshot())).toBe(true);

		await visit.send({ type: 'TRY_NOW' });
		expect(visit.value()).toBe('ready');
		expect(visit.context().call).toBeNull();
	});
});

describe('coming back', () => {
	it('given a tab reloaded in the call, when it opens, then it goes straight back in with its devices', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 5_000 } });
		await visit.settle();

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: true, video: true }]);
		expect(visit.context().isReturning).toBe(true);
	});

	it('given a tab reloaded without a network, whose session the server still has, when it is back, then it takes that over unasked', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 5_000 } });
		visit.party.script('enterRoom', 'server.unreachable', 'server.unreachable');
		await visit.settle();
		await visit.advance(6_000);
		const fresh = openVisit();
		await fresh.send(join());

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.takeOvers.at(-1)).toBe(true);
		expect(fresh.party.bodies.takeOvers).toEqual([false]);
		await fresh.send({ type: 'LEAVE' });
		await fresh.advance(1_000);
		await fresh.send({ type: 'REJOIN' });
		expect(fresh.party.bodies.takeOvers).toEqual([false, true]);
	});

	it('given a reloaded tab whose session the server still has, when no other tab says for a second that it is in the call, then it takes that over', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 5_000 } });
		visit.party.script('enterRoom', 'room.occupied');
		await visit.settle();
		expect(visit.call()?.matches({ joining: 'occupied' })).toBe(true);
		await visit.advance(1_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.takeOvers).toEqual([false, true]);
	});

	it('given a copy of a tab, when the first one answers late that it is in the call, then nothing is taken from it unasked', async () => {
		const browser = openBrowser();
		const visit = openVisit({ browser, before: { facts: [joining], agoMs: 5_000 } });
		visit.party.script('enterRoom', 'room.occupied');
		await visit.settle();
		browser.tabs.open(() => undefined).answer({ tabId: visit.context().input.tabId, token });
		await visit.settle();
		await visit.advance(10_000);

		expect(visit.call()?.matches({ joining: 'occupied' })).toBe(true);
		expect(visit.party.bodies.takeOvers).toEqual([false]);
		visit.context().call?.send({ type: 'TAKE_OVER' });
		await visit.settle();
		expect(visit.party.bodies.takeOvers).toEqual([false, true]);
	});

	it('given more than two minutes, when it opens, then the microphone is muted', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 150_000 } });
		await visit.settle();

		expect(visit.call()?.context.media).toMatchObject({ microphone: 'off', camera: 'on' });
	});

	it('given a tab that was in without devices, when it is reloaded, then it is not asked for any', async () => {
		const visit = openVisit({ before: { facts: [{ ...joining, media: choice }], agoMs: 5_000 } });
		await visit.settle();

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toEqual([]);
	});

	it('given a tab that had left, or no name, when it opens, then the page before Join shows', async () => {
		for (const options of [
			{ before: { facts: [joining, { fact: 'left' as const }], agoMs: 5_000 } },
			{ before: { facts: [joining], agoMs: 5_000 }, name: '' },
			{ before: { facts: [joining], agoMs: 400_000 } }
		]) {
			const visit = openVisit(options);
			await visit.settle();
			expect(visit.value()).toBe('ready');
			expect(visit.devices.requests).toEqual([]);
		}
	});

	it('given a reload while the server is down, when it takes several looks, then the devices are opened once', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 5_000 }, firstLook: 'server.unreachable' });
		visit.party.script('lookUpRoom', 'server.unreachable', 'server.unreachable');
		await visit.settle();
		await visit.advance(10_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toHaveLength(1);
	});
});

describe('leaving', () => {
	it('given a call, when a person leaves, then the devices are closed before anything is sent', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		const before = visit.party.calls.length;
		visit.actor.send({ type: 'LEAVE' });
		expect(visit.devices.liveTracks()).toBe(0);
		await visit.settle();

		expect(visit.party.calls.slice(before)).toEqual(['leaveCall', 'leaveRoom']);
		expect(visit.value()).toBe('ended');
		expect(visit.context().ended).toMatchObject({ reason: 'left', roomName: 'Room' });
	});

	it('given a call that was left, when Rejoin is pressed, then we are in again with the same devices', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		await visit.send({ type: 'LEAVE' });
		await visit.send({ type: 'REJOIN' });

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.liveTracks()).toBe(2);
		expect(visit.broken).toEqual([]);
	});

	it('given a visit, then it is over only between the end of a call and the next press', async () => {
		const visit = openVisit();
		const over = () => isOver(visit.actor.getSnapshot());
		await visit.settle();
		expect(over()).toBe(false);
		await visit.send(join());
		expect(over()).toBe(false);
		await visit.send({ type: 'LEAVE' });
		expect(over()).toBe(true);
		await visit.send({ type: 'REJOIN' });
		expect(over()).toBe(false);
	});

	it('given a call that ended for all, when it has, then the devices are closed and the page says so', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		await visit.broadcast({ type: 'CALL_ENDED_FOR_ALL' });

		expect(visit.context().ended?.reason).toBe('ended-for-all');
		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a call that breaks, when it does, then nothing of it stays open and the page is still there', async () => {
		const visit = openVisit({ call: 'throws at a reaction' });
		const ben = visit.openParty('ben');
		await ben.join();
		await visit.settle();
		await visit.send(join());
		await visit.settle();
		expect(Object.keys(ben.members())).toHaveLength(1);

		visit.actor.getSnapshot().context.call?.send({ type: 'REACT', emoji: '👍' });
		await visit.settle();

		expect(visit.value()).toBe('refused');
		expect(visit.devices.liveTracks()).toBe(0);
		expect(visit.party.ledger.snapshot()).toEqual({});
		expect(visit.party.sockets.filter(({ isOpen }) => isOpen)).toEqual([]);
		expect(ben.members()).toEqual({});
	});
});

describe('devices in the call', () => {
	it('given a call, when the camera is turned off and on, then the call hears of each', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		const media = visit.actor.getSnapshot().children['media'];
		media?.send({ type: 'SET_CAMERA', intent: 'off' });
		await visit.settle();
		expect(visit.call()?.context.media).toMatchObject({ camera: 'off', microphone: 'on' });
		await visit.advance(200);
		expect(visit.call()?.context.media.lease?.tracks).not.toHaveProperty('video');

		media?.send({ type: 'SET_CAMERA', intent: 'on' });
		await visit.settle();

		expect(visit.call()?.context.media.camera).toBe('on');
		expect(visit.party.calls).not.toContain('updateCall');
	});
});
