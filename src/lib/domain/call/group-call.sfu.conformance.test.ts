import { describe, expect, it } from 'vitest';
import { openCallBench, roomInfo, type CallBench, type Party } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { membersOf } from './group-call/setup.ts';

/** A bench whose server relays media. */
function openSfuBench(): CallBench {
	const bench = openCallBench();
	bench.setMediaServer(true);
	return bench;
}
const asked = (bench: CallBench, from: number) => bench.mediaServer.log.slice(from);
/** Sound and picture that arrive with one frame of everybody. */
function flow(bench: CallBench): number {
	bench.network.tick();
	return bench.network.connections
		.filter(({ isClosed }) => !isClosed)
		.flatMap((connection) => connection.getTransceivers())
		.reduce((sum, { receiver }) => sum + receiver.received.media, 0);
}
const link = (party: Party | undefined) => (party?.value() as { joined?: { link: string } }).joined?.link;

describe('media through a server', () => {
	it('given three who publish, when they are in, then each sends once and gets both others, nobody from peer to peer', async () => {
		const bench = openSfuBench();
		const parties = await bench.joinAll('ann', 'ben', 'cat');
		await bench.advance(1_000);

		expect(parties.map((party) => party.members('publisher'))).toEqual([
			{ 'ann-1': 'up' },
			{ 'ben-2': 'up' },
			{ 'cat-3': 'up' }
		]);
		expect(parties.map((party) => party.members())).toEqual([
			{ 'ben-2': 'up', 'cat-3': 'up' },
			{ 'ann-1': 'up', 'cat-3': 'up' },
			{ 'ann-1': 'up', 'ben-2': 'up' }
		]);
		expect(bench.invites().sort()).toEqual(['ann-1→ann-1 media', 'ben-2→ben-2 media', 'cat-3→cat-3 media']);
		expect(bench.mediaServer.legs).toBe(9);
		expect(flow(bench)).toBe(18); // two kinds: three up to the server, six down
	});

	it('given one without anything to send, when they are in, then they publish nothing, are asked for nothing, and get the others', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann');
		const ben = bench.openParty('ben', { has: { audio: false, video: false } });
		await ben.join();
		await bench.advance(20_000);

		expect(ben.members('publisher')).toEqual({});
		expect(ben.members()).toEqual({ 'ann-1': 'up' });
		expect(ann?.members()).toEqual({});
		expect(bench.mediaServer.log).toEqual(['ann-1 publishes usermedia', 'ben-2 wants ann-1 usermedia']);
	});

	it('M34 given one without anything to send, when they open a microphone, then they publish and the others ask for it', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann');
		const ben = bench.openParty('ben', { has: { audio: false, video: false } });
		await ben.join();
		ben.setMedia({ has: { audio: true, video: false } });
		await bench.advance(1_000);

		expect(ben.members('publisher')).toEqual({ 'ben-2': 'up' });
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('L12 given a mute, when it is announced, then one request carries it to all, and over the data channel only to the server', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann', 'ben', 'cat');
		await bench.advance(10_000);
		const before = ann?.statesSent.length ?? 0;
		ann?.mute('microphone', 'off');
		await bench.advance(200);

		expect(ann?.statesSent.slice(before)).toEqual([
			{ to: ['ben-2', 'cat-3'], state: { kind: 'microphone', state: 'off' } }
		]);
	});

	it('L19 given a newcomer who only listens, when they come, then our state is told to them at once and again after 2 and 8 s', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann');
		ann?.mute('camera', 'off');
		await bench.advance(1_000);
		const before = ann?.statesSent.length ?? 0;
		const ben = bench.openParty('ben', { has: { audio: false, video: false } });
		await ben.join();
		await bench.advance(0);
		expect(ben.context().said['ann-1' as SessionId]).toMatchObject({ microphone: 'on', camera: 'off' });
		await bench.advance(10_000);

		const told = ann?.statesSent.slice(before).filter(({ state }) => state.kind === 'camera');
		expect(told).toEqual(
			Array.from({ length: 3 }, () => ({ to: ['ben-2'], state: { kind: 'camera', state: 'off' } }))
		);
	});

	it('given forty who publish, when we come, then eight offers are asked for at a time, all are heard, and thirty are seen', async () => {
		const bench = openSfuBench();
		const ann = bench.openParty('ann');
		await ann.join();
		const ids = Array.from({ length: 40 }, (_, index) => `zoe-${String(index + 10)}` as SessionId);
		bench.mediaServer.script.ignores = 40;
		await ann.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: ids.map((sessionId) => ({
				sessionId,
				presence: { inCall: true, audio: true, video: true }
			}))
		});
		const wanted = () => bench.mediaServer.log.filter((line) => line.startsWith('ann-1 wants')).length;
		expect(wanted()).toBe(8);
		await bench.advance(5_000);
		expect(wanted()).toBe(16);
		await bench.advance(5_000 * 4);
		await bench.settle();

		const { children } = ann.actor.getSnapshot();
		const seen = [...membersOf(children, 'member').values()].map(
			(member) => member.getSnapshot().context.receives?.video !== false
		);
		expect(seen).toHaveLength(40);
		expect(seen.filter(Boolean)).toHaveLength(30);
	});

	it('given forty who publish, when some of those who are seen leave, then whoever was only heard is seen in their place', async () => {
		const bench = openSfuBench();
		const ann = bench.openParty('ann');
		await ann.join();
		const ids = Array.from({ length: 40 }, (_, index) => `zoe-${String(index + 10)}` as SessionId);
		const present = (sessionIds: readonly SessionId[]) =>
			ann.hear({
				type: 'PARTICIPANTS_CHANGED',
				participants: sessionIds.map((sessionId) => ({
					sessionId,
					presence: { inCall: true, audio: true, video: true }
				}))
			});
		const known = () => membersOf(ann.actor.getSnapshot().children, 'member');
		const seen = () =>
			[...known()].flatMap(([id, member]) =>
				member.getSnapshot().context.receives?.video === false ? [] : [id]
			);
		await present(ids);
		const first = known();
		expect(seen()).toEqual(ids.slice(0, 30));

		await ann.hear({ type: 'SESSIONS_LEFT', sessionIds: ids.slice(0, 5) });
		expect(seen()).toHaveLength(30);
		expect(seen()).toEqual(expect.arrayContaining(ids.slice(5, 35)));
		// whoever is seen or has to go on being heard only is not disturbed
		for (const id of [...ids.slice(5, 30), ...ids.slice(35)]) expect(known().get(id)).toBe(first.get(id));

		// before newcomers
		await ann.hear({ type: 'SESSIONS_LEFT', sessionIds: ids.slice(5, 20) });
		await present(['ben-99' as SessionId]);
		expect(seen()).toHaveLength(21);
		await bench.advance(30_000);

		expect(ann.broken).toEqual([]);
		expect(new Set(Object.values(ann.members())).has('queued')).toBe(false);
	});

	it('given a room that lets one only speak, when they show as well, later no more, and never again, then they publish what they may and are not put out', async () => {
		const bench = openSfuBench();
		const everything = { ...roomInfo.permissions };
		bench.change({ permissions: { ...everything, publishVideo: false } });
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(10_000);
		const flowOfFrame = () => {
			const before = flow(bench);
			return flow(bench) - before;
		};
		expect(flowOfFrame()).toBe(4); // the sound of both, up and down
		for (const permissions of [
			everything,
			{ ...everything, publishVideo: false },
			{ ...everything, publishAudio: false, publishVideo: false }
		]) {
			await bench.describe('ann-1' as SessionId, { permissions });
			await bench.advance(90_000);
			const { publishAudio, publishVideo } = permissions;
			// what goes up, beside the sound of ben: that it no longer comes down he learns from time alone
			expect(flowOfFrame()).toBe(2 + (publishAudio ? 1 : 0) + (publishVideo ? 1 : 0));
		}

		expect(ann?.members('publisher')).toEqual({});
		expect(bench.mediaServer.log.filter((line) => line === 'ann-1 publishes usermedia')).toHaveLength(3);
		expect([ann, ben].map((party) => party?.bodies.joined.length)).toEqual([1, 1]);
		expect([ann, ben].flatMap((party) => party?.calls.filter((call) => call === 'leaveCall'))).toEqual([]);
	});

	it('given a call, when we leave, then nothing is open, here or at the server', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		await ben?.leave();
		await bench.advance(1_000);

		expect(ben?.ledger.snapshot()).toEqual({});
		expect(ann?.members()).toEqual({});
		expect(bench.mediaServer.legs).toBe(1);
		expect(bench.network.openConnections).toBe(2);
	});
});

describe('the server', () => {
	it('given connections from peer to peer, when the server comes back with a media server, then everything is forgotten, and all goes through it', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		expect(ann?.context().topology).toBe('mesh');
		bench.setMediaServer(true);
		await bench.restart();
		await bench.advance(30_000);

		expect(ann?.context().topology).toBe('sfu');
		expect(Object.entries(ann?.members() ?? {})).toEqual([[ben?.id(), 'up']]);
		expect(Object.entries(ben?.members('publisher') ?? {})).toEqual([[ben?.id(), 'up']]);
		expect(bench.network.openConnections).toBe(8);
	});

	it('given a resumed session, when it says otherwise, then the way of media stays as it was', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		bench.setMediaServer(false);
		await ann?.cut();
		await bench.advance(5_000);

		expect(ann?.context().topology).toBe('sfu');
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given a server that has forgotten that we are in the call, when it refuses a second offer, then we announce ourselves again, silently, and get it', async () => {
		const bench = openSfuBench();
		const ann = bench.openParty('ann', { has: { audio: false, video: false } });
		await ann.join();
		bench.mediaServer.script.refuses = 2;
		await bench.joinAll('ben');
		await bench.advance(500);
		expect(ann.bodies.joined).toHaveLength(1);
		await bench.advance(9_500);

		expect(ann.bodies.silent).toEqual([false, true]);
		expect(ann.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given a request that is refused once, when it is made again, then nothing is announced again', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann');
		bench.mediaServer.script.refuses = 1;
		const [ben] = await bench.joinAll('ben');
		await bench.advance(10_000);

		expect([ann?.members(), ben?.members()]).toEqual([{ 'ben-2': 'up' }, { 'ann-1': 'up' }]);
		expect([ann?.bodies.joined.length, ben?.bodies.joined.length]).toEqual([1, 1]);
	});
});

describe('failures', () => {
	it('M35 given a subscriber, when it fails, then an offer is requested at once, and again every 10 s until one comes', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		const before = bench.mediaServer.log.length;
		bench.mediaServer.script.ignores = 2;
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ben-2' as SessionId);
		await bench.advance(100);
		expect(asked(bench, before)).toEqual(['ann-1 wants ben-2 usermedia']);
		await bench.advance(9_800);
		expect(asked(bench, before)).toHaveLength(1);
		await bench.advance(200);
		expect(asked(bench, before)).toHaveLength(2);
		expect(ann?.members()).not.toEqual({ 'ben-2': 'up' });
		await bench.advance(10_100);

		expect(asked(bench, before)).toEqual(Array.from({ length: 3 }, () => 'ann-1 wants ben-2 usermedia'));
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('M36 given a publisher that fails once, when it does, then only it is made anew; nobody leaves', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		const before = bench.mediaServer.log.length;
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(3_000);

		expect(asked(bench, before)).toContain('ann-1 publishes usermedia');
		expect(ann?.members('publisher')).toEqual({ 'ann-1': 'up' });
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ann?.bodies.joined).toHaveLength(1);
		expect(ben?.members()).toHaveProperty('ann-1');
	});

	it('M36 given a publisher that fails twice within 60 s, when it does, then we leave the call and come back silently, and all is connected anew', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		const isUp = () => ann?.members('publisher')['ann-1'] === 'up';
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(3_000);
		expect(isUp()).toBe(true);
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(10_000);

		expect(ann?.calls.filter((call) => call === 'leaveCall')).toHaveLength(1);
		expect(ann?.calls).not.toContain('leaveRoom');
		expect(ann?.bodies.silent).toEqual([false, true]);
		expect(link(ann)).toBe('online');
		expect(isUp()).toBe(true);
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});

	it('M36 given a publisher that fails twice while the answer to joining is on its way, when that comes, then we leave the call at once and come back', async () => {
		const bench = openSfuBench();
		await bench.joinAll('ann');
		const ben = bench.openParty('ben');
		const id = 'ben-2' as SessionId;
		ben.script('joinCall', 'held');
		await ben.join();
		await ben.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: [{ sessionId: id, presence: { inCall: true, audio: true, video: true } }]
		});
		await bench.advance(1_000);
		bench.mediaServer.breakLeg(id, id);
		await bench.advance(3_000);
		expect(ben.members('publisher')).toEqual({ [id]: 'up' });
		bench.mediaServer.script.isAway = true;
		bench.mediaServer.breakLeg(id, id);
		await bench.advance(3_000);
		expect(ben.actor.getSnapshot().matches('joined')).toBe(false);

		await ben.release('joinCall');
		expect(ben.calls).toContain('leaveCall');
		bench.mediaServer.script.isAway = false;
		await bench.advance(10_000);

		expect(ben.calls.filter((call) => call === 'leaveCall')).toHaveLength(1);
		expect(link(ben)).toBe('online');
		expect(ben.members('publisher')).toEqual({ [id]: 'up' });
		expect(ben.members()).toEqual({ 'ann-1': 'up' });
	});

	it('M36 given a way back that did not help, when the publisher goes on failing, then we come back at most once a minute', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		const breakIt = async () => {
			if (ann?.members('publisher')['ann-1'] === 'up') {
				bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
			}
			await bench.advance(2_000);
		};
		for (let second = 0; second < 55; second += 2) await breakIt();

		expect(ann?.bodies.joined).toHaveLength(2);
		expect(ann?.status()).toBe('active');
	});

	it('M36 given a media server that stays away, when a minute has passed since the last way back, then we come back once more, and all is connected anew', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(3_000);
		bench.mediaServer.script.isAway = true;
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(15_000);
		expect(ann?.bodies.joined).toHaveLength(2);
		await bench.advance(40_000);
		expect(ann?.members('publisher')['ann-1']).not.toBe('up');
		bench.mediaServer.script.isAway = false;
		await bench.advance(25_000);

		expect(ann?.bodies.joined).toHaveLength(3);
		expect(ann?.members('publisher')['ann-1']).toBe('up');
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('M37 given a publisher that failed twice because signaling was going away, when signaling is back, then one new offer suffices, and nobody leaves', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		// the path dies first: that signaling is as dead shows seconds later
		bench.mediaServer.script.isAway = true;
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(1_000);
		await bench.stopSockets();
		await bench.advance(12_000);
		bench.mediaServer.script.isAway = false;
		bench.startServer();
		await bench.advance(30_000);

		expect(ann?.calls).not.toContain('leaveCall');
		expect(ann?.members('publisher')).toEqual({ 'ann-1': 'up' });
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});

	it('given signaling that is lost on the way back in, when it is there again, then we come in all the same', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(1_000);
		ann?.script('leaveCall', 'held');
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(3_000);
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
		await bench.advance(3_000);
		expect(link(ann)).toBe('steppingOut');
		await ann?.cut();
		await ann?.release('leaveCall');
		await bench.advance(20_000);

		expect(link(ann)).toBe('online');
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});
});

describe('screens', () => {
	it('given a call, when a screen is shared, then it is published once and offered to everybody, and each gets it', async () => {
		const bench = openSfuBench();
		const [ann, ben, cat] = await bench.joinAll('ann', 'ben', 'cat');
		await bench.advance(1_000);
		const before = bench.mediaServer.log.length;
		ann?.shareScreen();
		await bench.advance(2_000);

		expect(asked(bench, before)).toEqual([
			'ann-1 publishes screenshare',
			'ann-1 shows ben-2 screenshare',
			'ann-1 shows cat-3 screenshare'
		]);
		expect(ann?.members('screen')).toEqual({ 'ann-1': 'up' });
		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
		expect(cat?.members('share-in')).toEqual({ 'ann-1': 'up' });
	});

	it('given a shared screen, when somebody comes who only listens, then it is offered to them too', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann');
		ann?.shareScreen();
		await bench.advance(1_000);
		const ben = bench.openParty('ben', { has: { audio: false, video: false } });
		await ben.join();
		await bench.advance(1_000);

		expect(bench.mediaServer.log).toContain('ann-1 shows ben-2 screenshare');
		expect(ben.members('share-in')).toEqual({ 'ann-1': 'up' });
	});

	it('given the screen of somebody who sends nothing else, when it comes, then it is shown', async () => {
		const bench = openSfuBench();
		const [ann] = await bench.joinAll('ann');
		const ben = bench.openParty('ben', { has: { audio: false, video: false } });
		await ben.join();
		ben.shareScreen();
		await bench.advance(1_000);

		expect(ann?.members()).toEqual({});
		expect(ann?.members('share-in')).toEqual({ 'ben-2': 'up' });
	});

	it('K26 given a shared screen, when the browser ends it, then the others and the server are told, and nothing of it is left', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		const before = ann?.statesSent.length ?? 0;
		ann?.stopScreen();
		await bench.settle();

		expect(ann?.statesSent.slice(before)).toEqual([
			{ to: ['ben-2', 'ann-1'], state: { kind: 'screenshare', state: 'stopped' } }
		]);
		expect(ann?.members('screen')).toEqual({});
		expect(ben?.members('share-in')).toEqual({});
		expect(bench.mediaServer.legs).toBe(4);
		expect(bench.network.openConnections).toBe(8);
	});

	it('given a shared screen, when its way to the server is made anew, then it is offered to everybody again', async () => {
		const bench = openSfuBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		const before = bench.mediaServer.log.length;
		bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId, 'screenshare');
		await bench.advance(10_000);

		expect(asked(bench, before)).toEqual(['ann-1 publishes screenshare', 'ann-1 shows ben-2 screenshare']);
		expect(ben?.members('share-in')).toEqual({ 'ann-1': 'up' });
	});
});
