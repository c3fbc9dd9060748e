import { expect, it } from 'vitest';
import { createActor } from 'xstate';
import type { CallId } from '../../protocol/ids.ts';
import {
	BenchClock,
	call,
	callId,
	openBench,
	openCallee,
	openCaller,
	remote,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';
import { peerCallMachine } from './peer-call-machine.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';

/** Conformance of ending: one test for each row; those with files of their own stand beside. */
const profiles = ['native', 'talkMesh'] as const;
const hangUp: PeerCallEvent = { type: 'HANGUP', reason: 'user_hangup' };
const close: PeerCallEvent = { type: 'CLOSE', reason: 'new_session' };
const fatal: PeerCallEvent = { type: 'PC_FATAL', message: 'broken' };
const needed: PeerCallEvent = { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' };

/** Every place from which a call can end, by the shortest honest way. */
const alive: Record<string, () => Bench> = {
	'fledgling caller': () => openCaller('fledgling'),
	createOffer: () => openCaller('createOffer'),
	inviteSent: () => openCaller('inviteSent'),
	'connecting caller': () => openCaller('connecting'),
	'connected caller': () => openCaller('connected'),
	'fledgling callee': () => openCallee('fledgling'),
	ringing: () => openCallee('ringing'),
	createAnswer: () => openCallee('createAnswer'),
	'connecting callee': () => openCallee('connecting'),
	'connected callee': () => openCallee('connected')
};
const places = Object.keys(alive);
const open = (place: string): Bench => {
	const make = alive[place];
	if (make === undefined) throw new Error(`no such place: ${place}`);
	return make();
};

it.each(['fledgling caller', 'createOffer', 'fledgling callee'])(
	'H01 given a call nobody can know (%s), when it is hung up, then nothing is sent',
	(place) => {
		const bench = open(place);

		bench.post(hangUp);

		expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'local' });
		expect(bench.sends).toEqual([]);
	}
);

it.each(['fledgling caller', 'createOffer', 'fledgling callee'])(
	'H01 given a call nobody can know (%s), when its edge breaks, then nothing is sent either',
	(place) => {
		const bench = open(place);

		bench.post(fatal);

		expect(bench.phase()).toBe('ended');
		expect(bench.sends).toEqual([]);
	}
);

it.each([
	['SET_LOCAL', 0],
	['READ_LOCAL', 200]
] as const)(
	'H01 given an offer in the making, when its %s is refused, then nothing is sent either',
	(type, ms) => {
		const bench = openCaller('fledgling', { holds: [type] });
		bench.post(call());
		bench.advance(ms);

		bench.answer(type, 'PC_LOCAL_FAILED');

		expect(bench.phase()).toBe('ended');
		expect(bench.sends).toEqual([]);
	}
);

it('H01 given an invite that was heard, when it is hung up before it rings, then the caller is told', () => {
	const bench = openCallee('fledgling', { holds: ['SET_REMOTE'] });
	bench.post(remote.invite());

	bench.post(hangUp);

	expect(bench.sentKinds()).toEqual(['hangup']);
	expect(bench.phase()).toBe('ended');
});

it.each(profiles)(
	'H02 (%s) given an invite, when it is hung up, then a hangup leaves before the call ends',
	(profile) => {
		const bench = openCaller('inviteSent', {
			input: { profile },
			transport: (kind) => (kind === 'hangup' ? 'held' : 'ok')
		});

		bench.post(hangUp);
		expect(bench.phase()).toBe('ending');
		expect(bench.sent('hangup')).toMatchObject([{ callId, reason: 'user_hangup' }]);
		bench.settle('hangup');

		expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'local' });
	}
);

it('H02 given an invite handed over but not acknowledged, when it is hung up, then a hangup is sent', () => {
	const bench = openCaller('inviteSent', { transport: () => 'held' });

	bench.post(hangUp);

	expect(bench.sent('hangup')).toHaveLength(1);
});

it('H03 given a hangup whose sending never settles, when 2 s pass, then the call ends', () => {
	const bench = openCaller('inviteSent', { transport: (kind) => (kind === 'hangup' ? 'held' : 'ok') });
	bench.post(hangUp);

	bench.advance(1_999);
	expect(bench.phase()).toBe('ending');
	bench.advance(1);

	expect(bench.phase()).toBe('ended');
	expect(bench.closed).toEqual({ pc: 1, transport: 1 });
});

it.each(['fails', 'refused'] as const)(
	'H03 given a hangup, when its sending %s, then the call ends',
	(fate) => {
		const bench = openCaller('inviteSent', { transport: (kind) => (kind === 'hangup' ? fate : 'ok') });

		bench.post(hangUp);

		expect(bench.phase()).toBe('ended');
		expect(bench.sent('hangup')).toHaveLength(1);
	}
);

it.each([
	['hangs up', remote.hangup('ice_failed')],
	['is closed by its owner', close]
])(
	'H04 given a call that says its last words, when the other side %s, then it ends at once, once, and for its own reason',
	(_, event) => {
		const bench = openCaller('connected', { transport: (kind) => (kind === 'hangup' ? 'held' : 'ok') });
		bench.post({ type: 'HANGUP', reason: 'replaced' });
		expect(bench.phase()).toBe('ending');

		bench.post(event);

		expect(bench.phase()).toBe('ended');
		expect(bench.ends).toEqual({ done: 1, failed: 0 });
		expect(bench.output()).toMatchObject({ reason: 'replaced', party: 'local' });
	}
);

it.each(places)(
	'H05 given a call (%s), when the other side hangs up without a reason, then a person did',
	(place) => {
		for (const reason of [undefined, '']) {
			const bench = open(place);
			const sentBefore = bench.sends.length;

			bench.post(remote.hangup(reason));

			expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'remote' });
			expect(bench.sends).toHaveLength(sentBefore);
		}
	}
);

it.each(places)(
	'H06 given a call (%s), when the other side hangs up for an unknown reason, then the text is kept',
	(place) => {
		const bench = open(place);

		bench.post(remote.hangup('solar_flare'));

		expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'remote' });
		expect(bench.context().end).toMatchObject({ text: 'solar_flare' });
	}
);

it('H06 given a reason that is the name of an object property, when it comes, then it is unknown like any other', () => {
	const bench = openCaller('connected');

	bench.post(remote.hangup('constructor'));

	expect(bench.output()?.reason).toBe('unknown_error');
});

it('H08 given a call that ended, when anything comes, then nothing changes', () => {
	const bench = openCaller('connected');
	bench.post(hangUp);
	const snapshot = bench.actor.getSnapshot();
	const sentBefore = bench.sends.length;

	bench.ice('failed', 'connected');
	bench.edge(fatal, needed);
	bench.advance(120_000);

	expect(bench.actor.getSnapshot()).toBe(snapshot);
	expect(bench.sends).toHaveLength(sentBefore);
	expect(bench.timers()).toBe(0);
	expect(bench.ends).toEqual({ done: 1, failed: 0 });
});

it.each(places)(
	'H09 given a call (%s), when its edge breaks, then it ends once with unknown_error and the edge is closed once',
	(place) => {
		const bench = open(place);
		const mayBeKnown = !['fledgling caller', 'createOffer', 'fledgling callee'].includes(place);
		bench.hold('READ_STATS');

		bench.post(fatal);
		bench.advance(500);

		expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'local' });
		expect(bench.closed).toEqual({ pc: 1, transport: 1 });
		expect(bench.ends).toEqual({ done: 1, failed: 0 });
		if (mayBeKnown) expect(bench.sent('hangup')).toHaveLength(1);
		expect(bench.timers()).toBe(0);
	}
);

it.each(['APPLY_MEDIA', 'SET_LOCAL', 'READ_LOCAL', 'SET_REMOTE'] as const)(
	'H09 given an edge that throws on %s, when it does, then the call ends with unknown_error and its owner is not broken',
	(type) => {
		const bench = openBench({ breaksOn: type });

		bench.post(call());
		bench.advance(200);
		if (type === 'SET_REMOTE') bench.post(remote.answer());

		expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'local' });
		expect(bench.status()).toBe('done');
		expect(bench.ends).toEqual({ done: 1, failed: 0 });
		expect(bench.timers()).toBe(0);
	}
);

it('H09 given an edge that throws on the last statistics, when the call ends, then it ends all the same', () => {
	const bench = openCaller('connected', { breaksOn: 'READ_STATS' });

	bench.post(hangUp);
	bench.advance(500);

	expect(bench.output()).toMatchObject({ reason: 'user_hangup', stats: null });
	expect(bench.ends).toEqual({ done: 1, failed: 0 });
});

it('H09 given a transport that throws, when it does, then the call ends with unknown_error', () => {
	const bench = openBench({
		transport: () => {
			throw new Error('the transport broke');
		}
	});

	bench.post(call());
	bench.advance(200);

	expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'local' });
	expect(bench.ends).toEqual({ done: 1, failed: 0 });
});

it('H09 given a machine without its edges, when it starts, then it ends instead of breaking its owner', () => {
	const { input } = openCaller('fledgling').context();
	const clock = new BenchClock();
	const actor = createActor(peerCallMachine, { clock, input });

	actor.start();
	clock.advance(2_000); // whether it tried to say something or not

	expect(actor.getSnapshot()).toMatchObject({ status: 'done', output: { reason: 'unknown_error' } });
});

it('H09 given ICE that is closed by somebody else, when it is reported, then the call ends with unknown_error', () => {
	const bench = openCaller('connected');

	bench.ice('closed');

	expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'local' });
});

it('H04 given two ends in one breath, when candidates and ICE give up together, then one of them is the reason', () => {
	const bench = openCaller('connected', { transport: (kind) => (kind === 'hangup' ? 'held' : 'ok') });

	bench.post(hangUp, { type: 'HANGUP', reason: 'replaced' }, { type: 'YIELD_TO', callId: 'b' as CallId });
	bench.settle('hangup');

	expect(bench.output()?.reason).toBe('user_hangup');
	expect(bench.sent('hangup')).toHaveLength(1);
});
