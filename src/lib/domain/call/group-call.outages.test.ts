import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCallBench, roomInfo, type Party } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { membersOf } from './group-call/setup.ts';
import { callsOf } from './member-machine.ts';

const statesFrom = (bench: ReturnType<typeof openCallBench>, from: string, to: string) =>
	bench.relayed.flatMap(({ from: sender, to: receiver, state }) =>
		sender === from && receiver === to && state !== undefined ? [state] : []
	);
const link = (party: Party | undefined) => (party?.value() as { joined?: { link: string } }).joined?.link;

describe('the socket', () => {
	it('M37 given a call, when signaling is away for 20 s, then media goes on, no retry is burnt, and what waited is sent', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.stopSockets();
		await bench.advance(20_000);
		expect(link(ben)).toBe('offline');
		expect(ben?.context().lostSince).not.toBeNull();
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(bench.network.openConnections).toBe(2);

		bench.startServer();
		await bench.advance(16_000);

		expect(link(ben)).toBe('online');
		expect(ben?.context().lostSince).toBeNull();
		expect(ben?.id()).toBe('ben-2');
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(bench.invites()).toHaveLength(1);
		expect(ben?.bodies.joined).toHaveLength(1);
	});

	it('M37 given a native call without signaling, when we mute meanwhile, then that waits, and is said once it is back, on the connection that is there', async () => {
		const bench = openCallBench();
		bench.defaults.profile = 'native';
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(10_000);
		const invites = bench.invites().length;
		const before = bench.relayed.length;
		await bench.stopSockets();
		ben?.mute('microphone', 'off');
		await bench.advance(20_000);
		expect(bench.relayed).toHaveLength(before);

		bench.startServer();
		await bench.advance(20_000);

		const said = bench.relayed
			.slice(before)
			.flatMap(({ signal }) => (signal === undefined ? [] : [signal.kind]));
		expect(new Set(said)).toEqual(new Set(['metadata']));
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(bench.invites()).toHaveLength(invites);
		expect(bench.network.openConnections).toBe(2);
	});

	it('given a path that dies together with the socket, when only the path shows it, then the socket is doubted, replaced, and the path mended', async () => {
		const bench = openCallBench();
		const [, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(40_000);
		const sockets = ben?.sockets.length ?? 0;
		ben?.freeze();
		for (const connection of bench.network.connections) connection.failIce();
		await bench.advance(4_900);
		expect(ben?.sockets).toHaveLength(sockets);
		await bench.advance(1_000);

		expect(ben?.sockets).toHaveLength(sockets + 1);
		expect(link(ben)).toBe('online');
		expect(ben?.id()).toBe('ben-2');
		await bench.advance(10_000);
		const states = bench.network.connections.slice(-2).map(({ iceConnectionState }) => iceConnectionState);
		expect(states).toEqual(['connected', 'connected']);
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});

	it('given an outage, when we mute and lower the hand meanwhile, then the others are told once we are back', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ben?.actor.send({ type: 'RAISE_HAND' });
		await bench.advance(10_000);
		await ben?.cut();
		ben?.mute('microphone', 'off');
		ben?.actor.send({ type: 'LOWER_HAND' });
		await bench.advance(2_000);

		const last = statesFrom(bench, 'ben-2', 'ann-1');
		expect(last).toContainEqual({ kind: 'microphone', state: 'off' });
		expect(ann?.context().said['ben-2' as SessionId]).toMatchObject({
			microphone: 'off',
			handRaisedAt: null
		});
	});

	it('given an outage, when others leave and come meanwhile, then we know once we are back', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben', 'cat');
		await ann?.cut();
		await ben?.leave();
		await bench.joinAll('dan');
		await bench.advance(3_000);

		expect(ann?.members()).toEqual({ 'cat-3': 'up', 'dan-4': 'up' });
	});

	it('given a wait for the next attempt, when the network is back, then it is tried at once', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		await ann?.cut();
		ann?.actor.send({ type: 'CONNECT_NOW' });
		await bench.settle();

		expect(link(ann)).toBe('online');
	});

	it('given a call before signaling, when somebody says the network is back, then nothing breaks', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		await ann.join();
		ann.actor.send({ type: 'CONNECT_NOW' });

		expect(ann.broken).toEqual([]);
	});
});

describe('a lost session', () => {
	it('given a restarted server, when we are back, then everybody is forgotten, the call joined silently, and all are connected anew', async () => {
		const bench = openCallBench();
		const [ann, ben, cat] = await bench.joinAll('ann', 'ben', 'cat');
		await bench.restart();
		expect(ann?.members()).toEqual({ 'ben-2': 'up', 'cat-3': 'up' }); // media does not wait for it

		await bench.advance(30_000);

		const ids = [ann, ben, cat].map((party) => party?.id() ?? '');
		expect(new Set([...ids, 'ann-1', 'ben-2', 'cat-3']).size).toBe(6);
		for (const party of [ann, ben, cat]) {
			const others = ids.filter((id) => id !== party?.id()).sort();
			expect(Object.entries(party?.members() ?? {}).sort()).toEqual(others.map((id) => [id, 'up']));
			expect(party?.bodies.silent).toEqual([false, true]);
			expect(party?.row()).toMatchObject({ own: 'joined', ownSessionId: party?.id() });
		}
		expect(bench.network.openConnections).toBe(6);
	});

	it('given a server that also forgot the room sessions, when we are back, then they are made anew, with our name', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		bench.forgetRoomSessions();
		await bench.restart();
		await bench.advance(30_000);

		expect(ann?.calls.filter((call) => call === 'enterRoom')).not.toHaveLength(1);
		expect(ann?.calls.filter((call) => call === 'setGuestName')).toHaveLength(2);
		expect(Object.values(ann?.members() ?? {})).toEqual(['up']);
		expect(Object.keys(ben?.members() ?? {})).toEqual([ann?.id()]);
	});

	it('given a new session, when the call cannot be joined at once, then it is tried until it can', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.script('joinCall', 'server.unreachable', 'server.unreachable');
		await bench.restart();
		await bench.advance(30_000);

		expect(link(ann)).toBe('online');
		expect(Object.keys(ann?.members() ?? {})).toEqual([ben?.id()]);
	});

	it('given a new session, when the server refuses the call, then it is over, with the reason', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.script('joinCall', 'call.forbidden');
		await bench.restart();
		await bench.advance(30_000);

		expect(ann?.output()).toMatchObject({ reason: 'refused', code: 'call.forbidden' });
		expect(ann?.ledger.snapshot()).toEqual({});
		expect(bench.clock.pending).toBe(0);
	});

	it('given a new session in a room whose call has ended, when we may not start one, then the call is over because of that', async () => {
		const bench = openCallBench();
		bench.change({ hasCall: true, permissions: { ...roomInfo.permissions, startCall: false } });
		const [ann] = await bench.joinAll('ann');
		bench.change({ hasCall: false });
		await bench.restart();
		await bench.advance(30_000);

		expect(ann?.output()).toMatchObject({ reason: 'refused', isUnstarted: true });
		expect(ann?.row()?.own).toBe('left');
		expect(ann?.ledger.snapshot()).toEqual({});
	});

	it('given a call that is ended for all, when we may not start one, then that is why it is over', async () => {
		const bench = openCallBench();
		bench.change({ hasCall: true, permissions: { ...roomInfo.permissions, startCall: false } });
		const [ann] = await bench.joinAll('ann');
		bench.change({ hasCall: false });
		await bench.broadcast({ type: 'CALL_ENDED_FOR_ALL' });

		expect(ann?.output()).toMatchObject({ reason: 'ended-for-all', code: null });
	});

	it('given a new session, when the room session turns out to be gone, then a new one is made and the call joined', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.script('joinCall', 'session.lost');
		await bench.restart();
		await bench.advance(30_000);

		expect(link(ann)).toBe('online');
		expect(ann?.calls.filter((call) => call === 'setGuestName')).toHaveLength(2);
	});

	it('given a new session, when nobody confirms it, then it is announced again', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		bench.loseLists(2);
		await bench.restart();
		await bench.advance(5_000);
		expect(link(ann)).toBe('reconfirming');

		await bench.advance(20_000);

		expect(link(ann)).toBe('online');
		expect(ann?.bodies.joined).toHaveLength(3);
	});

	it('M29 given a call, when the server says that our own session has left, then we announce ourselves once more', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await ann?.hear({ type: 'SESSIONS_LEFT', sessionIds: ['ann-1' as SessionId] });
		await bench.advance(30_000);

		expect(ann?.bodies.joined).toHaveLength(2);
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});

	it('M29 given a server that takes us for gone again and again, when it says so, then we come back at once the first time, and with growing pauses from then on', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const gone = { type: 'SESSIONS_LEFT' as const, sessionIds: ['ann-1' as SessionId] };
		const joins = () => ann?.bodies.joined.length;
		await ann?.hear(gone);
		expect(joins()).toBe(2);
		expect(link(ann)).toBe('online');

		await ann?.hear(gone);
		expect(joins()).toBe(2);
		expect(link(ann)).toBe('rejoinPause');
		await bench.advance(1_500);
		expect(joins()).toBe(3);
		await ann?.hear(gone);
		await bench.advance(1_500);
		expect(joins()).toBe(3);
		await bench.advance(1_500);
		expect(joins()).toBe(4);

		await bench.advance(61_000);
		await ann?.hear(gone);
		expect(joins()).toBe(5);
		expect(link(ann)).toBe('online');
	});

	it('M29 given a way back in during which signaling is lost, when the same session is there again, then the way is begun anew', async () => {
		const bench = openCallBench();
		let isDeaf = false;
		const ann = bench.openParty('ann', {
			hears: ({ type }) => !(isDeaf && type === 'PARTICIPANTS_CHANGED')
		});
		await ann.join();
		await bench.joinAll('ben');
		ann.script('joinCall', 'held');
		await ann.hear({ type: 'SESSIONS_LEFT', sessionIds: ['ann-1' as SessionId] });
		isDeaf = true;
		await ann.cut();
		await bench.advance(900);
		expect(ann.bodies.joined).toHaveLength(2);
		expect(link(ann)).toBe('reconfirming');

		isDeaf = false;
		await bench.announce();
		await bench.advance(20_000);

		expect(link(ann)).toBe('online');
		expect(ann.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given a join under way, when the server restarts, then nobody of the old list is kept', async () => {
		const bench = openCallBench();
		const [ben] = await bench.joinAll('ben');
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'held');
		await ann.join();
		await bench.restart();
		await ann.release('joinCall', 'server.unreachable');
		await bench.advance(30_000);

		expect(Object.keys(ann.context().roster).sort()).toEqual([ann.id(), ben?.id()].sort());
		expect(Object.entries(ann.members())).toEqual([[ben?.id(), 'up']]);
	});
});

describe('connections', () => {
	it('M19 given a network that lets nothing through, when it connects again, then the members come up by themselves', async () => {
		const bench = openCallBench();
		bench.network.isDown = true;
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(31_000);
		expect(Object.values(ben?.members() ?? {})).not.toEqual(['up']);

		bench.network.isDown = false;
		await bench.advance(60_000);

		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(bench.network.openConnections).toBe(2);
	});

	it('M20 given a network that never lets anything through, when all retries are used up, then the member has failed and the call goes on; a person may try again', async () => {
		const bench = openCallBench();
		bench.network.isDown = true;
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(300_000);
		expect(ben?.members()).toEqual({ 'ann-1': 'failed' });
		expect(ben?.ledger.snapshot()).toEqual({});
		expect(link(ben)).toBe('online');

		bench.network.isDown = false;
		ben?.actor.send({ type: 'RETRY_MEMBER', memberKey: 'ann-1' as SessionId });
		ben?.actor.send({ type: 'RETRY_MEMBER', memberKey: 'nobody' as SessionId });
		await bench.advance(5_000);

		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given a member that has failed, when signaling comes back after an outage, then it is tried once more', async () => {
		const bench = openCallBench();
		bench.network.isDown = true;
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(300_000);
		bench.network.isDown = false;
		await ben?.cut();
		await bench.advance(5_000);

		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given an offer that is lost, when 10 to 13 s are over, then the other side or a retry brings both together', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		let isLost = false;
		const ben = bench.openParty('ben', {
			drops: (signal) => {
				const drops = signal.kind === 'invite' && !isLost;
				if (drops) isLost = true;
				return drops;
			}
		});
		await ben.join();
		await bench.advance(40_000);

		expect(isLost).toBe(true);
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben.members()).toEqual({ 'ann-1': 'up' });
		expect(bench.network.openConnections).toBe(2);
	});
});

/** Whose screens arrive at a party, over whatever connection. */
function screensAt(party: Party): SessionId[] {
	const { children } = party.actor.getSnapshot();
	if (party.context().topology !== 'native') {
		return [...membersOf(children, 'share-in')].flatMap(([id, member]) =>
			member.getSnapshot().matches({ present: 'up' }) ? [id] : []
		);
	}
	return [...membersOf(children, 'member')].flatMap(([id, member]) =>
		[...callsOf(member.getSnapshot().children).values()].some(
			(call) => call.getSnapshot().context.streams.screenshare?.video === true
		)
			? [id]
			: []
	);
}

it.each(['mesh', 'native', 'sfu'] as const)(
	'I1 given any run of outages, restarts, comings and goings (%s), when all is quiet again, then every pair that is in is connected once, nothing broke, and nothing is left open at the end',
	async (topology) => {
		type Step =
			| { cut: number }
			| { join: true }
			| { leave: number }
			| { mute: number }
			| { share: number }
			| { restart: true }
			| { down: boolean }
			| { advance: number };
		const who = fc.nat(3);
		const step: fc.Arbitrary<Step> = fc.oneof(
			fc.record({ cut: who }),
			fc.record({ join: fc.constant(true as const) }),
			fc.record({ leave: who }),
			fc.record({ mute: who }),
			fc.record({ share: who }),
			fc.record({ restart: fc.constant(true as const) }),
			fc.record({ down: fc.boolean() }),
			fc.record({ advance: fc.constantFrom(50, 1_000, 5_000, 10_000, 13_000, 31_000) })
		);
		await fc.assert(
			fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
				const bench = openCallBench();
				bench.setMediaServer(topology === 'sfu');
				bench.defaults.profile = topology === 'native' ? 'native' : 'talkMesh';
				const all: Party[] = await bench.joinAll('ann', 'ben');
				const active = () => all.filter((party) => party.status() === 'active');
				const pick = (index: number) => active()[index % Math.max(1, active().length)];
				for (const next of steps) {
					if ('cut' in next) await pick(next.cut)?.cut();
					if ('leave' in next) await pick(next.leave)?.leave();
					if ('mute' in next) pick(next.mute)?.mute('microphone', 'off');
					if ('share' in next) {
						const party = pick(next.share);
						if (party?.media().screen === null) party.shareScreen();
						else party?.stopScreen();
					}
					if ('restart' in next) await bench.restart();
					if ('down' in next) bench.network.isDown = next.down;
					if ('advance' in next) await bench.advance(next.advance);
					if ('join' in next && active().length < 4) {
						const party = bench.openParty(`p${all.length}`, bench.defaults);
						all.push(party);
						await party.join();
					}
				}
				bench.network.isDown = false;
				await bench.advance(90_000);
				for (const party of active()) {
					party.actor.send({ type: 'CONNECT_NOW' }); // rearms those who had given up
				}
				await bench.advance(60_000);

				expect(all.flatMap(({ broken }) => broken)).toEqual([]);
				for (const party of active()) {
					const others = active().filter((other) => other !== party);
					expect(Object.entries(party.members()).sort()).toEqual(
						others.map((other) => [other.id(), 'up'] as const).sort()
					);
					const sharing = others.filter((other) => other.media().screen !== null).map((other) => other.id());
					expect(screensAt(party).sort()).toEqual(sharing.sort());
					expect(party.members('publisher')).toEqual(topology === 'sfu' ? { [party.id()]: 'up' } : {});
					for (const other of others) {
						expect(party.context().said[other.id()]?.microphone).toBe(other.media().microphone);
					}
				}
				for (const party of active()) await party.leave();
				await bench.advance(1_000);
				expect(bench.network.openConnections).toBe(0);
				expect(bench.clock.pending).toBe(0);
				expect(all.map(({ ledger }) => ledger.snapshot())).toEqual(all.map(() => ({})));
			}),
			{ seed: 1, numRuns: 30 }
		);
	},
	60_000
);
