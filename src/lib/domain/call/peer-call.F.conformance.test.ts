import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import { openConnectedMember } from '../../../../tests/support/member-bench.ts';
import { negotiatedTypes } from '../../../../tests/support/negotiation-steps.ts';
import {
	openCallee,
	openCaller,
	relayed,
	remote,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';

/** Conformance of ICE health: one test for each row. */
const profiles = ['native', 'talkMesh'] as const;

const restarts = (bench: Bench) => bench.commanded('RESTART_ICE').length;
const offers = (bench: Bench) => negotiatedTypes(bench).filter((type) => type === 'offer').length;
/** The other side answers every offer that it has not answered yet. */
function answerRestart(bench: Bench) {
	bench.advance(100);
	bench.post(remote.negotiate('answer'));
}

it.each(profiles)(
	'F01 (%s) given a connected call, when ICE is disconnected, then it is connecting again, as one that was up before',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });

		bench.ice('disconnected');

		expect(bench.phase()).toBe('connecting');
		expect(bench.context()).toMatchObject({ isIceUp: false, everConnected: true });
		bench.ice('connected');
		expect(bench.phase()).toBe('connected');
	}
);

it.each(profiles)(
	'F02 (%s) given a lost path, when it is back after 1.9 s, then nothing is restarted',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.ice('disconnected');

		bench.advance(1_900);
		bench.ice('connected');
		bench.advance(120_000);

		expect(restarts(bench)).toBe(0);
		expect(bench.sent('negotiate')).toEqual([]);
		expect(bench.phase()).toBe('connected');
	}
);

it.each(profiles)(
	'F03 (%s) given a lost path, when 2 s pass, then there is one restart and one offer for it',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.ice('disconnected');

		bench.advance(1_999);
		expect(restarts(bench)).toBe(0);
		bench.advance(1);
		expect(restarts(bench)).toBe(1);
		bench.advance(100);

		expect(offers(bench)).toBe(1);
		bench.post(remote.negotiate('answer'));
		bench.ice('checking', 'connected');
		bench.advance(120_000);
		expect([restarts(bench), offers(bench)]).toEqual([1, 1]);
		expect(bench.phase()).toBe('connected');
	}
);

it('F03 given a callee whose path is lost, when 2 s pass, then natively it restarts as well', () => {
	const bench = openCallee('connected');

	bench.ice('disconnected');
	bench.advance(2_100);

	expect([restarts(bench), offers(bench)]).toEqual([1, 1]);
});

it('F04 given a lost path, when it is reported lost again and again, then the timers run from the first report and once', () => {
	const bench = openCaller('connected');
	bench.ice('disconnected');
	const timers = bench.timers();
	bench.advance(1_000);

	bench.ice('disconnected', 'checking', 'disconnected');

	expect(bench.timers()).toBe(timers);
	bench.advance(1_000);
	expect(restarts(bench)).toBe(1);
	answerRestart(bench);
	bench.advance(27_899);
	expect(bench.phase()).toBe('connecting');
	bench.advance(1);
	expect(bench.output()?.reason).toBe('ice_timeout');
	expect(restarts(bench)).toBe(1);
});

it.each(profiles)(
	'F05 (%s) given a lost path whose restart is answered, when it is still lost after 30 s, then the call ends with ice_timeout',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.ice('disconnected');
		bench.advance(2_000);
		answerRestart(bench);

		bench.advance(27_899);
		expect(bench.phase()).toBe('connecting');
		bench.advance(1);

		expect(bench.output()).toMatchObject({ reason: 'ice_timeout', party: 'local', everConnected: true });
		expect(bench.sent('hangup')).toMatchObject([{ reason: 'ice_timeout' }]);
	}
);

it.each(profiles)(
	'F06 (%s) given a call that never connected, when ICE fails and no restart is left, then it ends with ice_failed',
	(profile) => {
		const bench = openCaller('connecting', { input: { profile, timings: { iceRestarts: 0 } } });

		bench.ice('checking', 'failed');

		expect(bench.output()).toMatchObject({ reason: 'ice_failed', everConnected: false });
		expect(restarts(bench)).toBe(0);
	}
);

it.each([
	['native', 3],
	['talkMesh', 5]
] as const)(
	'F06 (%s) given a path that fails after each restart, when all %i are used up, then the call ends',
	(profile, allowed) => {
		const bench = openCaller('connecting', { input: { profile } });

		for (let restart = 1; restart <= allowed; restart += 1) {
			bench.ice('checking', 'failed');
			expect(restarts(bench)).toBe(restart);
			answerRestart(bench);
		}
		expect(bench.phase()).toBe('connecting');
		bench.ice('checking', 'failed');

		expect(bench.output()?.reason).toBe('ice_failed');
		expect(restarts(bench)).toBe(allowed);
	}
);

it.each(profiles)(
	'F07 (%s) given a connected call, when ICE fails, then it is restarted at once',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		const before = bench.clock.now();

		bench.ice('failed');

		expect([restarts(bench), bench.clock.now()]).toEqual([1, before]);
	}
);

it.each(profiles)(
	'F08 (%s) given restarts that were used up, when the path was up once more, then there are as many again',
	(profile) => {
		const bench = openCaller('connected', { input: { profile, timings: { iceRestarts: 3 } } });
		for (let round = 0; round < 3; round += 1) {
			bench.ice('failed');
			answerRestart(bench);
		}
		expect(restarts(bench)).toBe(3);

		bench.ice('connected', 'failed');

		expect(restarts(bench)).toBe(4);
		expect(bench.phase()).toBe('connecting');
	}
);

it.each(profiles)(
	'F09 (%s) given ICE that stays disconnected, when the connection says that it failed, then it is restarted at once, without the grace',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.ice('disconnected');

		bench.edge({ type: 'PC_CONNECTION_STATE', state: 'failed' });

		expect(restarts(bench)).toBe(1);
		bench.advance(2_000);
		expect(restarts(bench)).toBe(1);
	}
);

it('F09 given ICE that stays disconnected and no restart left, when the connection says that it failed, then the call ends', () => {
	const bench = openCaller('connected', { input: { timings: { iceRestarts: 0 } } });
	bench.ice('disconnected');

	bench.edge({ type: 'PC_CONNECTION_STATE', state: 'failed' });

	expect(bench.output()?.reason).toBe('ice_timeout');
});

it.each(profiles)(
	'F10 (%s) given signaling that is down, when the path is lost for 40 s and comes back, then the call goes on and nothing was restarted',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.post({ type: 'SIGNALING_DOWN' });
		bench.ice('disconnected');

		bench.advance(40_000);
		expect(restarts(bench)).toBe(0);
		bench.ice('connected');
		bench.advance(120_000);
		bench.post({ type: 'SIGNALING_UP' });
		bench.advance(120_000);

		expect(restarts(bench)).toBe(0);
		expect(bench.phase()).toBe('connected');
	}
);

it.each(profiles)(
	'F10 (%s) given signaling that is down, when the path is still lost after 60 s, then the call ends',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.post({ type: 'SIGNALING_DOWN' });
		bench.ice('disconnected');

		bench.advance(59_999);
		expect(bench.phase()).toBe('connecting');
		bench.advance(1);

		expect(bench.output()?.reason).toBe('ice_timeout');
	}
);

it.each([1_000, 10_000, 40_000])(
	'F10 given a path lost for %i ms while signaling is down, when signaling is up, then it is restarted at once or after the rest of the grace',
	(ms) => {
		const bench = openCaller('connected');
		bench.post({ type: 'SIGNALING_DOWN' });
		bench.ice('disconnected');
		bench.advance(ms);

		bench.post({ type: 'SIGNALING_UP' });
		bench.advance(Math.max(0, 2_000 - ms));

		expect(restarts(bench)).toBe(1);
	}
);

it.each([
	['in the grace', 1_000],
	['while a restart waits for its answer', 3_000]
])(
	'F11 given a lost path, when the call ends %s, then nothing is restarted and no timer is left',
	(_, ms) => {
		const bench = openCaller('connected');
		bench.ice('disconnected');
		bench.advance(ms);
		const before = restarts(bench);

		bench.post({ type: 'HANGUP', reason: 'user_hangup' });
		bench.advance(60_000);

		expect(bench.phase()).toBe('ended');
		expect(restarts(bench)).toBe(before);
		expect(bench.timers()).toBe(0);
	}
);

it('F12 (talkMesh) given the side that answered, when the path is lost or fails, then it does not restart by itself', () => {
	const bench = openCallee('connected', { input: { profile: 'talkMesh' } });

	bench.ice('disconnected');
	bench.advance(10_000);
	bench.ice('failed');
	bench.advance(10_000);
	expect([restarts(bench), offers(bench)]).toEqual([0, 0]);
	expect(bench.phase()).toBe('connecting');
	// the offering side restarts
	bench.post(remote.invite({ description: { type: 'offer', sdp: 'with a new ufrag' } }));
	bench.ice('checking', 'connected');
	bench.advance(60_000);

	expect(bench.phase()).toBe('connected');
});

it('F12 (talkMesh) given the side that answered, when nobody restarts for 30 s, then the call ends', () => {
	const bench = openCallee('connected', { input: { profile: 'talkMesh' } });
	bench.ice('disconnected');

	bench.advance(30_000);

	expect(bench.output()?.reason).toBe('ice_timeout');
});

it('F13 (talkMesh) given a lost path, when the other side has built a new connection before our restart, then the old one is not restarted', async () => {
	const { member, first: old } = await openConnectedMember('talkMesh');
	member.edge(old, { type: 'PC_ICE_STATE', state: 'disconnected' });
	await member.advance(1_000);

	member.signal(relayed.invite({ callId: 'rebuilt' as CallId }));
	await member.advance(60_000);

	const kinds = member.commandsTo(old).map(({ type }) => type);
	expect(kinds).toContain('SET_REMOTE');
	expect(kinds).not.toContain('RESTART_ICE');
	expect(member.sends.filter(({ signal }) => signal.callId === old && signal.kind === 'negotiate')).toEqual(
		[]
	);
});

it('F14 given the offer of a restart, when nobody answers it, then it is rolled back, made once more, and then the call ends for a new one', () => {
	const bench = openCaller('connected');
	bench.ice('disconnected');
	bench.advance(2_100);
	expect(offers(bench)).toBe(1);

	bench.advance(9_999);
	expect(bench.commanded('ROLL_BACK')).toEqual([]);
	bench.advance(1);
	expect(bench.commanded('ROLL_BACK')).toHaveLength(1);
	bench.advance(100);
	expect(offers(bench)).toBe(2);
	bench.advance(9_999);
	expect(bench.phase()).toBe('connecting');
	bench.advance(1);

	expect(bench.output()).toMatchObject({ reason: 'signalling_timeout', party: 'local' });
	expect(bench.commanded('ROLL_BACK')).toHaveLength(1);
});

it('F14 given the offer of a restart made once more, when it is answered, then the call goes on and later silence counts anew', () => {
	const bench = openCaller('connected');
	bench.ice('disconnected');
	bench.advance(2_000 + 100 + 10_000 + 100);
	bench.post(remote.negotiate('answer'));
	bench.ice('connected');

	bench.ice('failed');
	bench.advance(100 + 10_000);

	expect(bench.phase()).toBe('connecting');
	expect(bench.commanded('ROLL_BACK')).toHaveLength(2);
});

describe('towards a media server', () => {
	const open = (profile: 'sfuPublisher' | 'sfuSubscriber') =>
		(profile === 'sfuPublisher' ? openCaller : openCallee)('connected', { input: { profile } });

	it('F07 (sfuPublisher) given a publisher, when ICE fails, then it ends at once so that its owner builds another', () => {
		const bench = openCaller('connected', { input: { profile: 'sfuPublisher' } });

		bench.ice('failed');

		expect(bench.output()?.reason).toBe('ice_timeout');
		expect(restarts(bench)).toBe(0);
	});

	it('F07 (sfuSubscriber) given a subscriber, when ICE fails, then it ends at once: only a new connection helps', () => {
		const bench = openCallee('connected', { input: { profile: 'sfuSubscriber' } });

		bench.ice('failed');

		expect(bench.output()?.reason).toBe('ice_timeout');
		expect(restarts(bench)).toBe(0);
	});

	it.each(['sfuPublisher', 'sfuSubscriber'] as const)(
		'F03 (%s) given a lost path, when 2 s pass, then nothing is restarted, and after 4 s more it ends for a new one',
		(profile) => {
			const bench = open(profile);
			bench.ice('disconnected');

			bench.advance(5_999);
			expect([restarts(bench), bench.phase()]).toEqual([0, 'connecting']);
			bench.advance(1);

			expect(bench.output()?.reason).toBe('ice_timeout');
			expect(restarts(bench)).toBe(0);
		}
	);

	it.each(['sfuPublisher', 'sfuSubscriber'] as const)(
		'F02 (%s) given a lost path, when it is back after 5.9 s, then the connection stays',
		(profile) => {
			const bench = open(profile);
			bench.ice('disconnected');
			bench.advance(5_900);

			bench.ice('connected');
			bench.advance(60_000);

			expect(bench.phase()).toBe('connected');
		}
	);

	it.each(['sfuPublisher', 'sfuSubscriber'] as const)(
		'F10 (%s) given signaling that is down, when the path is lost, then it ends only after signaling has been up for 4 s',
		(profile) => {
			const bench = open(profile);
			bench.post({ type: 'SIGNALING_DOWN' });
			bench.ice('disconnected');
			bench.advance(20_000);
			expect(bench.phase()).toBe('connecting');

			bench.post({ type: 'SIGNALING_UP' });
			bench.advance(3_999);
			expect(bench.phase()).toBe('connecting');
			bench.advance(1);

			expect(bench.output()?.reason).toBe('ice_timeout');
		}
	);
});
