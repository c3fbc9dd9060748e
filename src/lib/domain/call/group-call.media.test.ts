import { describe, expect, it } from 'vitest';
import { openCallBench, type CallBench } from '../../../../tests/support/call-bench.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import { membersOf } from './group-call/setup.ts';

const ann1 = 'ann-1' as SessionId;
const ben2 = 'ben-2' as SessionId;
const told = (bench: CallBench, from: string, to: string, kind: string) =>
	bench.relayed.filter(
		({ from: sender, to: receiver, state }) => sender === from && receiver === to && state?.kind === kind
	);

describe('muting', () => {
	it('L11 given ten toggles within 100 ms, when they are announced, then at most twice, and the last state is right', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(10_000);
		const before = told(bench, 'ben-2', 'ann-1', 'microphone').length;

		for (let toggle = 0; toggle < 10; toggle += 1) {
			ben?.mute('microphone', toggle % 2 === 0 ? 'off' : 'on');
			await bench.advance(9);
		}
		ben?.mute('microphone', 'off');
		await bench.advance(5_000);

		expect(told(bench, 'ben-2', 'ann-1', 'microphone').length - before).toBeLessThanOrEqual(2);
		expect(ann?.context().said[ben2]?.microphone).toBe('off');
	});

	it('given a mute, when it is announced, then over signaling and over the data channel', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(10_000);
		const before = bench.relayed.length;

		ben?.mute('camera', 'off');
		await bench.advance(99);
		expect(bench.relayed).toHaveLength(before);
		await bench.advance(1);

		expect(told(bench, 'ben-2', 'ann-1', 'camera').at(-1)?.state).toEqual({ kind: 'camera', state: 'off' });
		expect(ann?.context().said[ben2]?.camera).toBe('off');
	});

	it('given speaking, when it is measured, then it goes over the data channel only', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(10_000);
		const before = bench.relayed.length;

		ben?.actor.send({ type: 'SPEAKING', state: 'on' });
		await bench.settle();

		expect(ann?.context().said[ben2]?.speaking).toBe('on');
		expect(bench.relayed).toHaveLength(before);
	});

	it('L19 given a newcomer, when it comes, then it is told our state at once and again after 2 and 8 s', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.mute('microphone', 'off');
		ann?.actor.send({ type: 'RAISE_HAND' });
		await bench.advance(1_000);
		const ben = bench.openParty('ben');
		await ben.join();
		await bench.advance(0);
		expect(ben.context().said[ann1]).toMatchObject({ microphone: 'off', handRaisedAt: expect.any(Number) });
		const once = told(bench, 'ann-1', 'ben-2', 'microphone').length;

		await bench.advance(10_000);

		expect(told(bench, 'ann-1', 'ben-2', 'microphone')).toHaveLength(once + 2);
	});

	it('given somebody who left with a raised hand, when they come back with the same session, then it is down', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		await ann?.hear(
			{ type: 'PARTICIPANTS_CHANGED', participants: [{ sessionId: ben2, presence: inCall }] },
			{ type: 'MEMBER_STATE_RECEIVED', from: ben2, state: { kind: 'hand', state: 'raised', at: 5 } },
			{ type: 'PARTICIPANTS_CHANGED', participants: [{ sessionId: ben2, presence: out }] },
			{ type: 'PARTICIPANTS_CHANGED', participants: [{ sessionId: ben2, presence: inCall }] }
		);

		expect(ann?.context().said[ben2]?.handRaisedAt).toBeUndefined();
	});

	it('given sessions that come, speak and go, when many have done so, then nothing of them is kept', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		for (let index = 0; index < 50; index += 1) {
			const from = `guest-${index}` as SessionId;
			ann?.actor.send({
				type: 'PARTICIPANTS_CHANGED',
				participants: [{ sessionId: from, presence: inCall }]
			});
			ann?.actor.send({ type: 'MEMBER_STATE_RECEIVED', from, state: { kind: 'microphone', state: 'on' } });
			ann?.actor.send({ type: 'SESSIONS_LEFT', sessionIds: [from] });
		}
		await bench.settle();

		expect(Object.keys(ann?.context().roster ?? {})).toEqual(['ann-1']);
		expect(ann?.context().said).toEqual({});
		expect(ann?.ledger.snapshot()).toEqual({});
	});

	it('given a reaction, when 4 s are over, then it is gone, unless another one took its place', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ben?.actor.send({ type: 'REACT', emoji: '👍' });
		await bench.settle();
		await bench.advance(3_000);
		ben?.actor.send({ type: 'REACT', emoji: '🎉' });
		await bench.settle();
		await bench.advance(1_000);
		expect(ann?.context().said[ben2]?.reaction?.emoji).toBe('🎉');
		expect(ben?.context().ownReaction?.emoji).toBe('🎉');

		await bench.advance(3_000);

		expect(ann?.context().said[ben2]?.reaction).toBeNull();
		expect(ben?.context().ownReaction).toBeNull();
	});
});

const inCall = { inCall: true, audio: true, video: true };
const out = { inCall: false, audio: false, video: false };

describe('tracks', () => {
	it('given new tracks, when a device was changed, then every connection takes them without an offer', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		const lease = { leaseId: 'usermedia-2', tracks: {} };
		const before = bench.relayed.filter(({ signal }) => signal !== undefined).length;
		ben?.setMedia({ version: 2, lease });
		await bench.advance(1_000);

		expect(bench.relayed.filter(({ signal }) => signal !== undefined)).toHaveLength(before);
		const senders = bench.network.connections.flatMap((connection) => connection.getSenders());
		expect(senders.filter(({ track }) => track !== null)).toHaveLength(2); // ann's
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given a track that appears or vanishes, when it does, then the server is told, and again after a failure', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { has: { audio: true, video: false } });
		await ann.join();
		ann.script('updateCall', 'server.unreachable');

		ann.setMedia({ has: { audio: true, video: true } });
		await bench.settle();
		await bench.advance(1_999);
		expect(ann.bodies.updated).toEqual([]);
		await bench.advance(1);

		expect(ann.bodies.updated).toEqual([inCall]);
		ann.setMedia({ has: { audio: false, video: true } });
		await bench.settle();
		expect(ann.bodies.updated).toEqual([inCall, { ...inCall, audio: false }]);
	});

	it('given a mute, when the flags are looked at, then nothing is told to the server', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.mute('microphone', 'off');
		ann?.mute('camera', 'off');
		await bench.advance(5_000);

		expect(ann?.calls).not.toContain('updateCall');
	});

	it('given a device that opened while we joined, when we are in, then the server is told of it', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { has: { audio: true, video: false } });
		ann.script('joinCall', 'held');
		await ann.join();
		ann.setMedia({ has: { audio: true, video: true } });
		await ann.release('joinCall');

		expect(ann.bodies.joined).toEqual([{ ...inCall, video: false }]);
		expect(ann.bodies.updated).toEqual([inCall]);
	});

	it('given tracks that change while the server is being told, when it has answered, then it is told once more', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { has: { audio: false, video: false } });
		await ann.join();
		ann.script('updateCall', 'held');
		ann.setMedia({ has: { audio: true, video: false } });
		await bench.settle();
		ann.setMedia({ has: { audio: true, video: true } });
		await ann.release('updateCall');

		expect(ann.bodies.updated).toEqual([{ ...inCall, video: false }, inCall]);
	});
});

describe('sharing a screen', () => {
	it('given a call, when a screen is shared, then everybody gets it over a connection of its own, offered by its owner', async () => {
		const bench = openCallBench();
		const [ann, ben, cat] = await bench.joinAll('ann', 'ben', 'cat');
		const before = bench.invites().length;

		ann?.shareScreen(); // the smallest id: it is the owner who offers
		await bench.advance(1_000);

		expect(bench.invites().slice(before).sort()).toEqual(['ann-1→ben-2 screen', 'ann-1→cat-3 screen']);
		expect(ann?.members('share-out')).toEqual({ 'ben-2': 'up', 'cat-3': 'up' });
		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
		expect(cat?.members('share-in')).toEqual({ 'ann-1': 'up' });
		const shown = ben?.remoteStreams.get('ann/1')?.getVideoTracks();
		expect(shown).toHaveLength(1);
	});

	it('given a shared screen, when somebody comes, then they get it too', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.shareScreen();
		const [ben] = await bench.joinAll('ben');
		await bench.advance(1_000);

		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});

	it('K26 given a shared screen, when sharing ends, by the button of the browser or ours, then the others are told before the picture freezes, and nothing of it is left', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);

		ann?.stopScreen();
		await bench.settle();

		expect(told(bench, 'ann-1', 'ben-2', 'screenshare')).toHaveLength(1);
		expect(ann?.members('share-out')).toEqual({});
		expect(ben?.members('share-in')).toEqual({});
		expect(bench.network.openConnections).toBe(2);
	});

	it('given a share that has ended, when a signal of it comes late, then no tile of it comes back', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		ann?.stopScreen();
		await bench.settle();
		await ben?.hear({
			type: 'PEER_SIGNAL_RECEIVED',
			from: ann1,
			signal: {
				kind: 'candidates',
				callId: 'ann/1' as CallId,
				purpose: 'screenshare',
				candidates: [{ candidate: 'candidate:9', sdpMid: '0', sdpMLineIndex: 0 }]
			}
		});
		await bench.advance(60_000);

		expect(ben?.members('share-in')).toEqual({});
		expect(bench.invites().filter((invite) => invite.includes('screen'))).toEqual(['ann-1→ben-2 screen']);
	});

	it('given a share that ended and another one, when it begins, then it arrives like the first', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		for (let round = 0; round < 3; round += 1) {
			ann?.shareScreen();
			await bench.advance(1_000);
			expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
			ann?.stopScreen();
			await bench.settle();
		}

		expect(bench.network.openConnections).toBe(2);
	});

	it('given an outage, when sharing ends meanwhile, then the others know once we are back', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		await ann?.cut();
		ann?.stopScreen();
		await bench.advance(5_000);

		expect(ben?.members('share-in')).toEqual({});
	});

	it('given a screen whose owner falls silent, when 13 s are over, then it is no longer waited for, yet a new offer is taken', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { drops: ({ purpose }) => purpose === 'screenshare' && isSilent });
		let isSilent = false;
		await ann.join();
		const [ben] = await bench.joinAll('ben');
		ann.shareScreen();
		await bench.advance(1_000);
		isSilent = true;
		for (const connection of bench.network.connections.slice(2)) connection.failIce();
		await bench.advance(120_000);
		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'failed' });

		isSilent = false;
		ann.actor.send({ type: 'RETRY_MEMBER', memberKey: ben2 });
		await bench.advance(2_000);

		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
	});

	it('given both sharing, when they do, then each sees the other', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		ben?.shareScreen();
		await bench.advance(1_000);

		expect(ann?.members('share-in')).toEqual({ 'ben-2': 'up' });
		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
		expect(ann?.members('share-out')).toEqual({ 'ben-2': 'up' });
	});

	it('given a shared screen whose connection is lost for good, when time passes, then the one who watches never offers it', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await ann?.hear();
		await ben?.hear({
			type: 'PEER_SIGNAL_RECEIVED',
			from: ann1,
			signal: {
				kind: 'invite',
				callId: 'bad' as CallId,
				purpose: 'screenshare',
				description: { type: 'offer', sdp: 'nonsense' },
				metadata: {},
				lifetimeMs: 10_000
			}
		});
		await bench.advance(120_000);

		expect(bench.invites()).toEqual(['ben-2→ann-1 media']);
	});

	it('given a shared screen, when its owner leaves, then it goes with them', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		await ann?.leave();

		expect(ben?.members('share-in')).toEqual({});
		expect(bench.network.openConnections).toBe(0);
	});

	it('given muted sound and picture, when a screen is shared, then the screen is not muted', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		ann?.mute('camera', 'off');
		ann?.mute('microphone', 'off');
		ann?.shareScreen();
		await bench.advance(1_000);

		const shares = membersOf(ann?.actor.getSnapshot().children ?? {}, 'share-out');
		expect(shares.get(ben2)?.getSnapshot().context.muted).toEqual({ audio: false, video: false });
	});

	it('given a restarted server, when we are back, then the shared screen is offered anew', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		await bench.restart();
		await bench.advance(30_000);

		expect(Object.values(ann?.members('share-out') ?? {})).toEqual(['up']);
		expect(Object.keys(ben?.members('share-in') ?? {})).toEqual([ann?.id()]);
		expect(bench.network.openConnections).toBe(4);
	});
});
