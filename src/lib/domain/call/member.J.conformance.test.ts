import { describe, expect, it } from 'vitest';
import { openCallBench } from '../../../../tests/support/call-bench.ts';
import { openMemberBench } from '../../../../tests/support/member-bench.ts';
import { openPair, type MemberPair } from '../../../../tests/support/member-pair.ts';
import { relayed } from '../../../../tests/support/peer-call-bench.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { PeerSignal } from '../signaling.ts';

/** Conformance of set-up glare: two real members, and a relay that the test orders. */

/** One call, one connection on each side, and nothing broke on the way. */
const expectOnly = (pair: MemberPair, callId: string) => {
	expect(pair.survivor()).toBe(callId);
	expect(pair.A.calls()).toEqual([callId]);
	expect(pair.B.calls()).toEqual([callId]);
	expect(pair.network.openConnections).toBe(2);
	expect([...pair.A.broken, ...pair.B.broken]).toEqual([]);
};
const stages = { B: ['b', 'b2', 'b3', 'b4'], A: ['a', 'a2', 'a3', 'a4'] };

describe('the race table', () => {
	it('J01 given that only A calls, when B hears of it, then a survives without a hangup', async () => {
		const pair = openPair(stages);
		pair.A.dial();
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual([]);
		expect(pair.said('B', 'invite')).toEqual([]);
	});

	it('J02 given that B has not handed over b, when a comes, then B yields in silence and a survives', async () => {
		const pair = openPair(stages);
		pair.A.dial();
		await pair.settle();
		pair.B.dial();
		pair.deliverAtOnce('B', 'invite', 'a');
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual([]);
		expect(pair.said('B', 'invite')).toEqual([]);
		expect(pair.B.context().tombstones).toEqual(['b']);
	});

	it('J03 given that A has not handed over a, when b comes, then A yields although a is smaller, and b survives', async () => {
		const pair = openPair(stages);
		pair.B.dial();
		await pair.settle();
		pair.A.dial();
		pair.deliverAtOnce('A', 'invite', 'b');
		await pair.quiesce();

		expectOnly(pair, 'b');
		expect(pair.hangups()).toEqual([]);
		expect(pair.said('A', 'invite')).toEqual([]);
	});

	const crossed = async () => {
		const pair = openPair(stages);
		pair.A.dial();
		pair.B.dial();
		await pair.settle();
		return pair;
	};

	it.each(['A', 'B'] as const)(
		'J04 given both invites on their way, when %s hears first, then both hang up b and a survives',
		async (first) => {
			const pair = await crossed();
			await (first === 'A' ? pair.deliver('A', 'invite', 'b') : pair.deliver('B', 'invite', 'a'));
			await pair.quiesce();

			expectOnly(pair, 'a');
			expect(pair.hangups().sort()).toEqual(['A: b replaced', 'B: b replaced']);
		}
	);

	it('J05 given both invites on their way, when the hangup of b overtakes a, then b ends remotely, and a is answered from idle', async () => {
		const pair = await crossed();
		await pair.deliver('A', 'invite', 'b');
		await pair.deliver('B', 'hangup', 'b');
		expect(pair.B.state()).toBe('replaceWait');
		expect(pair.B.context().lastEnd).toEqual({ reason: 'replaced', party: 'remote' });
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual(['A: b replaced']);
		expect(pair.B.context().lastError).toBeNull();
	});

	it('J06 given that B has answered a, when its own invite b arrives after that answer, then b is stale', async () => {
		const pair = await crossed();
		await pair.deliver('B', 'invite', 'a');
		await pair.deliver('A', 'answer', 'a');
		await pair.deliver('A', 'invite', 'b');
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual(['B: b replaced']);
	});

	// the table writes b once; by the rule A says it too, since it cannot know that B's own hangup follows
	it('J07 given b on its way, when B hangs it up before a arrives, then A keeps a, and B answers it as a new call', async () => {
		const pair = await crossed();
		pair.B.hangUp('b');
		await pair.settle();
		expect(pair.B.state()).toBe('failed');
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual(['B: b user_hangup', 'A: b replaced']);
	});

	it('J07 given b on its way, when its hangup overtakes it, then A never takes it up, and has nothing to hang up', async () => {
		const pair = await crossed();
		pair.B.hangUp('b');
		await pair.settle();
		await pair.deliver('A', 'hangup', 'b');
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual(['B: b user_hangup']);
	});

	it('J08 given that b is lost, when a arrives, then B yields, and its hangup of b meets a stranger', async () => {
		const pair = await crossed();
		pair.lose('A', 'invite', 'b');
		await pair.quiesce();

		expectOnly(pair, 'a');
		expect(pair.hangups()).toEqual(['B: b replaced']);
		expect(pair.A.context().tombstones).toEqual(['b']);
	});

	it('J09 M23 given that a is lost and b was refused, when nothing follows for 5 s, then B tries again, and a smaller id survives', async () => {
		const pair = openPair({ A: ['m', 'm2'], B: ['n', 'c'] });
		pair.A.dial();
		pair.B.dial();
		await pair.settle();
		pair.lose('B', 'invite', 'm');
		await pair.quiesce();
		expect(pair.survivor()).toBeNull();
		expect(pair.hangups()).toEqual(['A: n replaced']);
		expect(pair.B.state()).toBe('replaceWait');

		await pair.advance(4_999);
		expect(pair.B.state()).toBe('replaceWait');
		await pair.advance(1);
		expect(pair.B.state()).toBe('queued');
		pair.B.dial();
		await pair.quiesce();

		expectOnly(pair, 'c');
		expect(pair.hangups()).toEqual(['A: n replaced', 'A: m replaced']);
	});

	it('J09 given that a is lost, when the retry of b loses as well, then both meet in the next attempt of A', async () => {
		const pair = openPair({ A: ['a', 'a2'], B: ['b', 'c', 'd', 'e'] });
		pair.A.dial();
		pair.B.dial();
		await pair.settle();
		pair.lose('B', 'invite', 'a');
		await pair.quiesce();
		for (let second = 0; second < 120 && pair.survivor() === null; second += 1) {
			for (const side of [pair.A, pair.B]) if (side.state() === 'queued') side.dial();
			await pair.advance(1_000);
		}

		expectOnly(pair, 'a2');
		expect(pair.hangups()).toEqual([
			'A: b replaced',
			'A: c replaced',
			'A: d replaced',
			'A: e replaced',
			'A: a invite_timeout'
		]);
	});

	it('J10 given two calls of the same name, when they meet, then each takes the other for its own echo, and new names settle it', async () => {
		const pair = openPair({ A: ['same', 'a2'], B: ['same', 'b2'] });
		pair.A.dial();
		pair.B.dial();
		await pair.quiesce();
		expect(pair.hangups()).toEqual([]);
		expect(pair.said('A', 'answer')).toEqual([]);
		expect(pair.said('B', 'answer')).toEqual([]);
		expect(pair.A.context()).toMatchObject({ current: 'same', stale: 1, highestSeq: 0 });
		expect(pair.A.call('same')?.getSnapshot().context.unexpected).toEqual({});

		for (const side of [pair.A, pair.B]) side.hangUp('same', 'signalling_timeout');
		await pair.quiesce();
		await pair.advance(1_000);
		expect([pair.A.state(), pair.B.state()]).toEqual(['queued', 'queued']);
		pair.A.dial();
		await pair.quiesce();
		expectOnly(pair, 'a2');
	});

	it('J11 given that A tries again, when a2 arrives while B still answers a, then a2 replaces it and the answer for a is late', async () => {
		const pair = openPair(stages);
		pair.A.dial();
		await pair.settle();
		await pair.deliver('B', 'invite', 'a');
		pair.A.hangUp('a', 'ice_failed');
		await pair.settle();
		await pair.advanceOnly(1_000);
		pair.A.dial();
		await pair.settle();
		await pair.deliver('B', 'invite', 'a2');
		expect(pair.B.calls()).toEqual(['a2']);
		await pair.quiesce();

		expectOnly(pair, 'a2');
		expect(pair.hangups()).toEqual(['A: a ice_failed']);
		expect(pair.A.context().tombstones).toEqual(['a']);
		expect(pair.A.context().stale).toBeGreaterThan(0);
	});

	it('J12 given a call on its way to the new session of B, when an invite of its old session arrives, then it is dropped', async () => {
		const bench = openCallBench();
		const profile = 'native';
		const ann = bench.openParty('ann', { profile, callIds: ['a', 'a2'], drops: isFirstInvite() });
		const before = bench.openParty('ben', { profile, callIds: ['b'] });
		await ann.join();
		await before.join();
		const old = before.id();
		await before.leave();
		const after = bench.openParty('ben', { profile, callIds: ['Z', 'Y'] });
		await after.join();
		expect(Object.keys(ann.members())).toEqual([after.id()]);
		const heardBy = (id: SessionId) => bench.relayed.filter(({ to, signal }) => to === id && signal).length;
		const saidToOld = heardBy(old);

		await ann.hear({
			type: 'PEER_SIGNAL_RECEIVED',
			from: old,
			signal: relayed.invite({ callId: 'ghost' as CallId })
		});
		await bench.advance(60_000);

		expect(heardBy(old)).toBe(saidToOld);
		expect(ann.members()).toEqual({ [after.id()]: 'up' });
		expect(after.members()).toEqual({ [ann.id()]: 'up' });
		expect(ann.context().early).toEqual([]);
		expect(bench.network.openConnections).toBe(2);
	});
});

/** Loses the first of all invites. */
function isFirstInvite(): (signal: PeerSignal) => boolean {
	let invites = 0;
	return ({ kind }) => kind === 'invite' && (invites += 1) === 1;
}

describe('what the loser had', () => {
	const lost = {
		'before it was handed over': async (pair: MemberPair) => {
			pair.A.dial();
			await pair.settle();
			pair.B.dial();
			pair.deliverAtOnce('B', 'invite', 'a');
			await pair.quiesce();
		},
		'after it was handed over': async (pair: MemberPair) => {
			pair.A.dial();
			pair.B.dial();
			await pair.quiesce();
		}
	};
	const sendersOf = (pair: MemberPair) =>
		pair.network.connections
			.filter(({ isClosed }) => !isClosed)
			.flatMap((connection) => connection.getSenders());

	it.each(Object.entries(lost))(
		'J16 given that the loser had its camera running, when glare is lost %s, then the same tracks go on, unstopped, and no other',
		async (_, lose) => {
			const pair = openPair(stages);
			await lose(pair);

			expectOnly(pair, 'a');
			const { audio, video } = pair.B.tracks;
			const sent = sendersOf(pair).map(({ track }) => track);
			for (const track of [audio, video]) {
				expect(sent.filter((candidate) => candidate === track)).toHaveLength(1);
				expect(track).toMatchObject({ readyState: 'live', enabled: true });
			}
			expect(sent.filter((track) => track !== null)).toHaveLength(4);
			expect(pair.B.call('a')?.getSnapshot().context).toMatchObject({
				lease: pair.B.context().lease,
				muted: { audio: false, video: false }
			});
		}
	);

	it.each(Object.entries(lost))(
		'J17 given that the loser was muted, when glare is lost %s, then it says so with its answer, and no frame was unmuted',
		async (_, lose) => {
			const pair = openPair(stages, { muted: { audio: true, video: false } });
			pair.B.tracks.audio.enabled = false; // as the muting of local media does, before anybody is told
			await lose(pair);

			expectOnly(pair, 'a');
			const described = pair.wire.flatMap(({ by, signal }) =>
				by === 'B' && 'metadata' in signal ? Object.values(signal.metadata) : []
			);
			expect(described.length).toBeGreaterThan(0);
			expect(described.every(({ audioMuted, videoMuted }) => audioMuted && !videoMuted)).toBe(true);
			pair.network.tick();
			const microphone = sendersOf(pair).find(({ track }) => track === pair.B.tracks.audio);
			const camera = sendersOf(pair).find(({ track }) => track === pair.B.tracks.video);
			expect(microphone?.sent).toEqual({ media: 0, silence: 1 });
			expect(camera?.sent).toEqual({ media: 1, silence: 0 });
		}
	);

	it('J18 given glare that B lost, when both offer anew at once, then B, who answered, gives way', async () => {
		const pair = openPair(stages);
		await lost['after it was handed over'](pair);
		const before = pair.wire.length;
		for (const side of [pair.A, pair.B]) {
			side.call('a')?.send({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		}
		await pair.settle();
		await pair.advance(200);

		const rounds = pair.wire
			.slice(before)
			.flatMap(({ by, signal }) => (signal.kind === 'negotiate' ? [`${by} ${signal.description.type}`] : []));
		expect(rounds.slice(0, 2).sort()).toEqual(['A offer', 'B offer']);
		expect(rounds.slice(2)).toEqual(['B answer', 'B offer', 'A answer']);
		expectOnly(pair, 'a');
	});
});

describe('crossing offers in Talk, with real connections', () => {
	const crossed = async () => {
		const pair = openPair(stages, { profile: 'talkMesh' });
		pair.A.dial();
		pair.B.dial();
		await pair.settle();
		return pair;
	};

	it('J20 given both offers on their way, when both arrive, then that of the larger session survives, and limbo is closed', async () => {
		const pair = await crossed();
		await pair.deliver('A', 'invite', 'b');
		expect(pair.A.context()).toMatchObject({ current: 'b', limbo: 'a' });
		await pair.quiesce();

		expectOnly(pair, 'b');
		expect(pair.A.context().limbo).toBeNull();
	});

	it('J21 given an offer that nobody heard and that waits in limbo, when theirs connects, then limbo is closed, and the tracks go on', async () => {
		const pair = await crossed();
		pair.lose('B', 'invite', 'a');
		await pair.deliver('A', 'invite', 'b');
		expect(pair.A.calls()).toEqual(['a', 'b']);
		await pair.quiesce();

		expectOnly(pair, 'b');
		expect(pair.A.context().limbo).toBeNull();
		expect(pair.A.ledger.snapshot()).toEqual({ 'peer-connection': 1 });
		const { audio, video } = pair.A.tracks;
		for (const track of [audio, video]) expect(track).toMatchObject({ readyState: 'live', enabled: true });
	});

	it('J22 given limbo, when the other side answers ours after all, then ours survives on one connection', async () => {
		const pair = await crossed();
		// a stock client with the larger session: it yields although it need not
		pair.B.call('b')?.send({ type: 'CLOSE', reason: 'replaced' });
		await pair.settle();
		await pair.deliver('A', 'invite', 'b');
		await pair.quiesce();

		expectOnly(pair, 'a');
	});
});

/** Which calls these signals name. */
const callsIn = (sends: { signal: PeerSignal }[]): string[] => sends.map(({ signal }) => signal.callId);

it.each([
	[0, 10_000],
	[0.999_999, 13_000]
])(
	'J25 given the waiting side in Talk (chance %s), when no offer has come for %s ms, then it offers once, under a new name',
	async (random, ms) => {
		const member = openMemberBench({ profile: 'talkMesh', initiator: 'compare', random: () => random });
		member.clock.advance(ms - 1);
		expect(member.state()).toBe('waiting');
		member.clock.advance(1);
		expect(member.state()).toBe('overdue');
		await member.post({ type: 'DIAL' });
		await member.post({ type: 'DIAL' }); // a slot that nobody waits for any more
		await member.pass(9_000);

		expect(callsIn(member.sent('invite'))).toEqual(['ours-1']);
		// given up: the next attempt has another name
		await member.fail('ours-1', 'signalling_timeout');
		await member.pass(60_000);
		await member.post({ type: 'DIAL' });
		expect(callsIn(member.sent('invite'))).toEqual(['ours-1', 'ours-2']);
	}
);

describe('towards a media server', () => {
	const offered = async (...of: string[]) => {
		const member = openMemberBench({ profile: 'sfuSubscriber', initiator: 'compare' });
		for (const callId of of) await member.hear(relayed.invite({ callId: callId as CallId }));
		return member;
	};

	it('J26 given a subscriber, when two offers come, then the newer is kept and the older closed, also if it comes again', async () => {
		const member = await offered('one', 'two');
		expect(member.calls()).toEqual(['two']);
		expect(member.closed).toEqual(['one']);

		await member.hear(relayed.invite({ callId: 'one' as CallId }));
		expect(member.calls()).toEqual(['two']);
		expect(callsIn(member.sent('hangup'))).toEqual([]);
	});

	it('J27 given a connected subscriber, when an offer of the same name comes, then it is answered on the same connection', async () => {
		const member = await offered('one');
		await member.connect('one');
		expect(member.state()).toBe('up');
		await member.hear(relayed.invite({ callId: 'one' as CallId }));

		expect(member.state()).toBe('up');
		expect(member.closed).toEqual([]);
		expect(callsIn(member.sent('answer')).concat(callsIn(member.sent('negotiate')))).toEqual(['one', 'one']);
	});

	it('J28 given a publisher that was rebuilt, when the answer to its first offer comes, then it is dropped', async () => {
		const own = { id: 'ann-session' as SessionId, inCall: true, hasStreams: true };
		const member = openMemberBench({ profile: 'sfuPublisher', initiator: 'compare', ours: own, theirs: own });
		await member.post({ type: 'DIAL' });
		await member.fail('ours-1', 'ice_failed');
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.answer('ours-1' as CallId));

		expect(member.calls()).toEqual(['ours-2']);
		expect(member.commands.filter(({ command }) => command.type === 'SET_REMOTE')).toEqual([]);
		expect(member.context().stale).toBe(1);
		await member.hear(relayed.answer('ours-2' as CallId));
		expect(member.commands.filter(({ command }) => command.type === 'SET_REMOTE')).toHaveLength(1);
	});
});
