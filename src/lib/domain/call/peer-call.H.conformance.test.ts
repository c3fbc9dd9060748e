import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, transition } from 'xstate';
import type { CallId } from '../../protocol/ids.ts';
import {
	accept,
	bothOn,
	call,
	callId,
	candidate,
	leaseOf,
	microtasks,
	openBench,
	openCallee,
	openCaller,
	openMember,
	relayed,
	remote,
	them,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';
import { peerCallMachine } from './peer-call-machine.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';
import { phaseOf, waitForPhase, type PeerCallPhase } from './wait-for-phase.ts';

/** Conformance of ending and legality, 8.5 of the call semantics: one test for each row. */
const profiles = ['native', 'talkMesh'] as const;
const from = { callId, from: them };
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

describe('H07 the legality table', () => {
	/** H handled, B buffered, i ignored, W ignored and counted, X ends the call, o the owner decides. */
	type Verdict = 'H' | 'B' | 'i' | 'W' | 'X' | 'o';
	const columns = [
		'fledgling',
		'createOffer',
		'inviteSent',
		'ringing',
		'createAnswer',
		'connecting',
		'connected',
		'ending',
		'ended'
	] as const;
	type Column = (typeof columns)[number];

	/** 1.13 of the call semantics, cell by cell, and the events that came since. */
	const table = {
		CALL: 'H W W W W W W i i',
		ANSWER: 'W W W H i i i i i',
		REJECT: 'W W W H W W W i i',
		HANGUP: 'H H H H H H H i i',
		CLOSE: 'H H H H H H H H i',
		SET_MEDIA: 'H H H H B H H i i',
		SET_MUTED: 'H H H H H H H i i',
		YIELD_TO: 'H H H W W W W i i',
		'REMOTE_INVITE same callId': 'H W W i i i i i i',
		'REMOTE_INVITE other callId': 'o o o o o o o o o',
		REMOTE_ANSWER: 'W W H W W i i i i',
		REMOTE_REJECT: 'H W H H i i i i i',
		REMOTE_SELECT_ANSWER: 'i W W H H H H i i',
		REMOTE_CANDIDATES: 'B B B H H H H i i',
		'REMOTE_NEGOTIATE offer': 'B W B W B H H i i',
		'REMOTE_NEGOTIATE answer': 'W W W W W H H i i',
		'REMOTE_NEGOTIATE without sdp': 'W W W W W W W i i',
		'REMOTE_NEGOTIATE expired': 'i i i i i i i i i',
		REMOTE_METADATA: 'B B H H H H H i i',
		REMOTE_HANGUP: 'H H H H H H H H i',
		REMOTE_ANSWERED_ELSEWHERE: 'W W W H i i i i i',
		'REMOTE_ANSWER of another call': 'i i i i i i i i i',
		'REMOTE_NEGOTIATE of another call': 'i i i i i i i i i',
		'REMOTE_CANDIDATES of another call': 'i i i i i i i i i',
		'REMOTE_METADATA of another call': 'i i i i i i i i i',
		'REMOTE_HANGUP of another call': 'i i i i i i i i i',
		SET_ICE_SERVERS: 'H H H H H H H i i',
		SEND_STATE: 'H H H H H H H i i',
		SIGNALING_DOWN: 'H H H H H H H i i',
		PC_TRACK: 'H H H H H H H i i',
		PC_NEGOTIATION_NEEDED: 'i H B i i H H i i',
		PC_CANDIDATE: 'B B H B B H H i i',
		PC_ICE_STATE: 'i i i i H H H i i',
		PC_FATAL: 'X X X X X X X i i'
	} as const;
	const another = { callId: 'call-2' as CallId };
	type Row = keyof typeof table;
	const rows = Object.keys(table) as Row[];

	const events: Record<Row, PeerCallEvent> = {
		CALL: call(['audio']),
		ANSWER: { type: 'ANSWER', lease: leaseOf('audio'), muted: bothOn },
		REJECT: { type: 'REJECT' },
		HANGUP: hangUp,
		CLOSE: close,
		SET_MEDIA: { type: 'SET_MEDIA', lease: leaseOf('video') },
		SET_MUTED: { type: 'SET_MUTED', muted: { audio: true, video: true } },
		YIELD_TO: { type: 'YIELD_TO', callId: 'call-2' as CallId },
		'REMOTE_INVITE same callId': remote.invite(),
		'REMOTE_INVITE other callId': remote.invite({ callId: 'call-2' as CallId }),
		REMOTE_ANSWER: remote.answer(),
		REMOTE_REJECT: remote.reject({ isOwnUser: true }),
		REMOTE_SELECT_ANSWER: remote.selectAnswer('other-device'),
		REMOTE_CANDIDATES: remote.candidates([candidate('theirs')]),
		'REMOTE_NEGOTIATE offer': remote.negotiate('offer'),
		'REMOTE_NEGOTIATE answer': remote.negotiate('answer'),
		'REMOTE_NEGOTIATE without sdp': remote.negotiate('offer', ''),
		'REMOTE_NEGOTIATE expired': {
			...from,
			type: 'REMOTE_NEGOTIATE',
			description: { type: 'offer', sdp: 'late' },
			metadata: {},
			lifetimeMs: 10_000,
			ageMs: 10_000
		},
		REMOTE_METADATA: remote.metadata(),
		REMOTE_HANGUP: remote.hangup('user_hangup'),
		REMOTE_ANSWERED_ELSEWHERE: remote.answeredElsewhere(),
		'REMOTE_ANSWER of another call': { ...remote.answer(), ...another },
		'REMOTE_NEGOTIATE of another call': { ...remote.negotiate('offer'), ...another },
		'REMOTE_CANDIDATES of another call': { ...remote.candidates([candidate('theirs')]), ...another },
		'REMOTE_METADATA of another call': { ...remote.metadata(), ...another },
		'REMOTE_HANGUP of another call': { ...remote.hangup('user_hangup'), ...another },
		SET_ICE_SERVERS: { type: 'SET_ICE_SERVERS', iceServers: [] },
		SEND_STATE: { type: 'SEND_STATE', state: { kind: 'microphone', state: 'off' } },
		SIGNALING_DOWN: { type: 'SIGNALING_DOWN' },
		PC_TRACK: { type: 'PC_TRACK', kind: 'audio', streamId: 'key', remoteStreamId: 'theirs' },
		PC_NEGOTIATION_NEEDED: needed,
		PC_CANDIDATE: { type: 'PC_CANDIDATE', candidate: candidate('ours') },
		PC_ICE_STATE: { type: 'PC_ICE_STATE', state: 'connected' },
		PC_FATAL: fatal
	};

	/** What is to be seen when the event is handled, or kept. */
	const ends = (bench: Bench) => bench.phase() === 'ended';
	const effects: Record<Row, (bench: Bench, column: Column, isCaller: boolean) => boolean> = {
		CALL: (bench) => bench.phase() === 'createOffer' && bench.commanded('APPLY_MEDIA').length === 1,
		ANSWER: (bench) => bench.phase() === 'connecting',
		REJECT: (bench) => ends(bench) && bench.sentKinds().includes('reject'),
		HANGUP: (bench, column) =>
			ends(bench) &&
			bench.sentKinds().includes('reject') === (column === 'ringing') &&
			bench.sentKinds().includes('hangup') ===
				['inviteSent', 'createAnswer', 'connecting', 'connected'].includes(column),
		CLOSE: (bench, column) =>
			ends(bench) && (column === 'ending' || !bench.sentKinds().some((kind) => kind === 'hangup')),
		SET_MEDIA: (bench, column) => {
			const isApplied = bench.commanded('APPLY_MEDIA').at(-1)?.lease?.tracks.audio === undefined;
			const isStored = bench.context().lease?.leaseId === leaseOf('video').leaseId;
			const isOnlyStored = ['fledgling', 'ringing', 'createAnswer'].includes(column);
			return isStored && (isOnlyStored || (isApplied && bench.commanded('APPLY_MEDIA').length > 0));
		},
		SET_MUTED: (bench, column) =>
			bench.context().muted.audio &&
			bench.sentKinds().includes('metadata') === ['inviteSent', 'connecting', 'connected'].includes(column),
		YIELD_TO: (bench, column) =>
			bench.output()?.reason === 'replaced' &&
			bench.sentKinds().includes('hangup') === (column === 'inviteSent'),
		'REMOTE_INVITE same callId': (bench) => bench.commanded('SET_REMOTE').length === 1,
		'REMOTE_INVITE other callId': () => false,
		REMOTE_ANSWER: (bench) => bench.phase() === 'connecting',
		REMOTE_REJECT: (bench, column) =>
			bench.output()?.reason === (column === 'inviteSent' ? 'user_hangup' : 'answered_elsewhere'),
		REMOTE_SELECT_ANSWER: (bench, _, isCaller) =>
			isCaller ? bench.context().warnings.length === 1 : bench.output()?.reason === 'answered_elsewhere',
		REMOTE_CANDIDATES: (bench, column) =>
			['fledgling', 'createOffer', 'inviteSent'].includes(column)
				? bench.context().incoming['']?.length === 1
				: bench.applied().includes('candidate:theirs'),
		'REMOTE_NEGOTIATE offer': (bench, column) =>
			['connecting', 'connected'].includes(column)
				? bench.sent('negotiate').at(-1)?.description.type === 'answer'
				: bench.context().waitingNegotiate !== null,
		'REMOTE_NEGOTIATE answer': (bench) =>
			bench.commanded('SET_REMOTE').at(-1)?.description.sdp === 'their next answer',
		REMOTE_METADATA: (bench) => bench.context().remoteMetadata['theirs']?.audioMuted === true,
		REMOTE_HANGUP: (bench) => ends(bench),
		'REMOTE_NEGOTIATE without sdp': () => false,
		'REMOTE_NEGOTIATE expired': () => false,
		REMOTE_ANSWERED_ELSEWHERE: (bench) => bench.output()?.reason === 'answered_elsewhere',
		'REMOTE_ANSWER of another call': () => false,
		'REMOTE_NEGOTIATE of another call': () => false,
		'REMOTE_CANDIDATES of another call': () => false,
		'REMOTE_METADATA of another call': () => false,
		'REMOTE_HANGUP of another call': () => false,
		SET_ICE_SERVERS: (bench) => bench.commanded('SET_ICE_SERVERS').length === 1,
		SEND_STATE: (bench) => bench.commanded('SEND_STATE').length === 1,
		SIGNALING_DOWN: (bench) => !bench.context().isSignalingUp,
		PC_TRACK: (bench) => bench.context().streams.usermedia?.audio === true,
		PC_NEGOTIATION_NEEDED: (bench, column) => {
			if (column === 'createOffer') return bench.commanded('SET_LOCAL').length === 1;
			if (column === 'inviteSent') return bench.context().negotiationPending;
			bench.advance(100);
			return bench.sent('negotiate').length === 1;
		},
		PC_CANDIDATE: (bench, column) => {
			if (['fledgling', 'createOffer', 'ringing', 'createAnswer'].includes(column)) {
				return bench.context().outgoing.length === 1;
			}
			bench.advance(2_000);
			return bench
				.sent('candidates')
				.some(({ candidates }) => candidates.some(({ candidate: text }) => text === 'candidate:ours'));
		},
		PC_ICE_STATE: (bench, column) =>
			bench.context().isIceUp && bench.phase() === (column === 'createAnswer' ? 'createAnswer' : 'connected'),
		PC_FATAL: (bench) => bench.output()?.reason === 'unknown_error'
	};

	const endingHeld = (bench: Bench) => {
		bench.transportDoes(() => 'held');
		bench.post(hangUp);
		return bench;
	};
	const sides: Record<Column, { caller?: () => Bench; callee?: () => Bench }> = {
		fledgling: { caller: () => openCaller('fledgling'), callee: () => openCallee('fledgling') },
		createOffer: { caller: () => openCaller('createOffer') },
		inviteSent: { caller: () => openCaller('inviteSent') },
		ringing: { callee: () => openCallee('ringing') },
		createAnswer: { callee: () => openCallee('createAnswer') },
		connecting: { caller: () => openCaller('connecting'), callee: () => openCallee('connecting') },
		connected: { caller: () => openCaller('connected'), callee: () => openCallee('connected') },
		ending: {
			caller: () => endingHeld(openCaller('connected')),
			callee: () => endingHeld(openCallee('connected'))
		},
		ended: {
			caller: () => {
				const bench = openCaller('connected');
				bench.post(hangUp);
				return bench;
			}
		}
	};
	/** In fledgling the direction decides: only a caller can place a call, only a callee can be invited. */
	const oneSided: Partial<Record<Row, 'caller' | 'callee'>> = {
		CALL: 'caller',
		'REMOTE_INVITE same callId': 'callee',
		REMOTE_REJECT: 'callee'
	};

	const cells = rows.flatMap((row) =>
		table[row].split(' ').flatMap((text, index) => {
			const column = columns[index];
			if (column === undefined) throw new Error(`too many cells: ${row}`);
			const verdict = text as Verdict;
			return (['caller', 'callee'] as const)
				.filter((side) => sides[column][side] !== undefined)
				.filter((side) => column !== 'fledgling' || (oneSided[row] ?? side) === side)
				.map((side) => ({ row, column, side, verdict }));
		})
	);

	it('H07 given the table, when it is read, then every row has all columns', () => {
		for (const row of rows) expect(table[row].split(' ')).toHaveLength(columns.length);
		expect(cells.length).toBeGreaterThan(22 * 9);
	});

	it.each(cells)(
		'H07 given a $side in $column, when $row comes, then the verdict is $verdict',
		({ row, column, side, verdict }) => {
			const bench = sides[column][side]?.() ?? openBench();
			expect(bench.phase()).toBe(column);
			if (row === 'REMOTE_NEGOTIATE answer' && verdict === 'H') {
				bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
				bench.advance(100);
				expect(bench.sent('negotiate')).toHaveLength(1);
			}
			const before = {
				phase: bench.phase(),
				commands: bench.commands.length,
				sends: bench.sends.length,
				unexpected: bench.context().unexpected,
				context: bench.context(),
				timers: bench.timers()
			};
			const isUntouched = () => {
				expect(bench.phase()).toBe(before.phase);
				expect(bench.commands).toHaveLength(before.commands);
				expect(bench.sends).toHaveLength(before.sends);
			};
			const event = events[row];

			if (column === 'ended') {
				// a stopped actor takes no events at all: ask the machine itself
				const snapshot = bench.actor.getSnapshot();
				const [after, actions] = transition(peerCallMachine, snapshot, event);
				expect(phaseOf(after)).toBe('ended');
				expect(after.context).toEqual(snapshot.context);
				expect(actions).toEqual([]);
				return;
			}
			bench.post(event);

			switch (verdict) {
				case 'H':
					expect(effects[row](bench, column, side === 'caller')).toBe(true);
					expect(bench.context().unexpected).toEqual(before.unexpected);
					break;
				case 'B':
					isUntouched();
					expect(effects[row](bench, column, side === 'caller')).toBe(true);
					expect(bench.context().unexpected).toEqual(before.unexpected);
					break;
				case 'i':
					isUntouched();
					expect(bench.context().unexpected).toEqual(before.unexpected);
					if (row.endsWith('of another call')) expect(bench.context()).toEqual(before.context);
					break;
				case 'W':
					isUntouched();
					expect(bench.context().unexpected).toEqual({ ...before.unexpected, [event.type]: 1 });
					break;
				case 'X':
					expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'local' });
					break;
				case 'o':
					isUntouched();
					expect(bench.timers()).toBe(before.timers);
					break;
			}
			expect(bench.ends.failed).toBe(0);
		}
	);

	it.each(['connecting', 'connected'] as const)(
		'H07 (talkMesh) given Talk, where a second offer renegotiates, when an offer with another call id comes in %s, then it is not taken',
		(phase) => {
			for (const bench of [
				openCaller(phase, { input: { profile: 'talkMesh' } }),
				openCallee(phase, { input: { profile: 'talkMesh' } })
			]) {
				const commandsBefore = bench.commands.length;

				bench.post(remote.invite({ callId: 'call-2' as CallId }));
				expect(bench.commands).toHaveLength(commandsBefore);
				bench.post(remote.invite());

				expect(bench.commanded('SET_REMOTE')).toHaveLength(2);
			}
		}
	);
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
		expect(bench.sent('hangup')).toHaveLength(mayBeKnown ? 1 : 0);
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
	const actor = createActor(peerCallMachine, { input });

	actor.start();

	expect(actor.getSnapshot()).toMatchObject({ status: 'done', output: { reason: 'unknown_error' } });
});

it('H09 given ICE that is closed by somebody else, when it is reported, then the call ends with unknown_error', () => {
	const bench = openCaller('connected');

	bench.ice('closed');

	expect(bench.output()).toMatchObject({ reason: 'unknown_error', party: 'local' });
});

describe('H10 and H11: waiting for a phase', () => {
	/** As much of an abort signal as is listened to, counting its listeners. */
	function abortable() {
		const listeners = new Set<() => void>();
		const signal = {
			aborted: false,
			reason: new Error('not any more'),
			addEventListener: (_: 'abort', listener: () => void) => void listeners.add(listener),
			removeEventListener: (_: 'abort', listener: () => void) => void listeners.delete(listener)
		};
		const abort = () => {
			signal.aborted = true;
			for (const listener of [...listeners]) listener();
		};
		return { signal, abort, listeners };
	}
	/** Counts who listens to the call: subscriptions are made through this. */
	function watched(bench: Bench) {
		const count = { open: 0 };
		const actor = {
			clock: bench.actor.clock,
			getSnapshot: () => bench.actor.getSnapshot(),
			subscribe: ((...args: Parameters<typeof bench.actor.subscribe>) => {
				const subscription = bench.actor.subscribe(...args);
				count.open += 1;
				return {
					unsubscribe: () => {
						count.open -= 1;
						subscription.unsubscribe();
					}
				};
			}) as typeof bench.actor.subscribe
		};
		return { actor, count };
	}

	it('H10 given somebody who waits for connected, when the call ends, then the wait is refused', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const waiting = waitForPhase(actor, ['connected'], { timeoutMs: 100_000 });

		bench.post(remote.hangup());

		await expect(waiting).rejects.toThrow('the call ended first');
		expect(count.open).toBe(0);
		expect(bench.timers()).toBe(0);
	});

	it('H10 given a call that ended, when somebody starts to wait, then the wait is refused at once', async () => {
		const bench = openCaller('inviteSent');
		bench.post(close);

		await expect(waitForPhase(bench.actor, ['connected'])).rejects.toThrow('the call ended first');
		await expect(waitForPhase(bench.actor, ['connected', 'ended'])).resolves.toBe('ended');
	});

	it('H10 given somebody who waits, when one of the phases is reached, then the wait is over and nothing listens', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const { signal, listeners } = abortable();
		const timersBefore = bench.timers();
		const waiting = waitForPhase(actor, ['connecting', 'connected'], { timeoutMs: 5_000, signal });
		expect([count.open, listeners.size, bench.timers()]).toEqual([1, 1, timersBefore + 1]);

		bench.post(remote.answer());

		await expect(waiting).resolves.toBe('connecting');
		expect([count.open, listeners.size]).toEqual([0, 0]);
	});

	it('H10 given a call in the phase already, when somebody waits for it, then the wait is over at once', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);

		await expect(waitForPhase(actor, ['inviteSent'])).resolves.toBe('inviteSent');

		expect(count.open).toBe(0);
	});

	it('H10 given somebody who waits for so long, when the time is over, then the wait is refused', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const waiting = waitForPhase(actor, ['connected'], { timeoutMs: 1_000 });

		bench.advance(1_000);

		await expect(waiting).rejects.toThrow('not within 1000 ms');
		expect(count.open).toBe(0);
	});

	it('H11 given somebody who waits with a signal, when it aborts, then the wait is refused with its reason and nothing listens', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const { signal, abort, listeners } = abortable();
		const timersBefore = bench.timers();
		const waiting = waitForPhase(actor, ['connected'], { timeoutMs: 5_000, signal });

		abort();

		await expect(waiting).rejects.toBe(signal.reason);
		expect([count.open, listeners.size, bench.timers()]).toEqual([0, 0, timersBefore]);
		bench.post(remote.answer());
		bench.ice('connected');
		await microtasks();
	});

	it('H11 given a signal that aborted before, when somebody starts to wait, then the wait is refused at once', async () => {
		const bench = openCaller('connected');
		const { actor, count } = watched(bench);
		const controller = new AbortController();
		controller.abort(new Error('too late'));

		await expect(waitForPhase(actor, ['connected'], { signal: controller.signal })).rejects.toThrow(
			'too late'
		);

		expect(count.open).toBe(0);
	});
});

it.each(profiles)(
	'H12 (%s) given statistics that do not come, when 500 ms pass, then the call ends without',
	(profile) => {
		const bench = openCaller('connected', { input: { profile }, holds: ['READ_STATS'] });

		bench.post(hangUp);
		bench.advance(499);
		expect(bench.phase()).toBe('ending');
		bench.advance(1);

		expect(bench.output()).toMatchObject({ stats: null, everConnected: true });
		expect(bench.commanded('READ_STATS')).toHaveLength(1);
	}
);

it('H12 given statistics that come, when the call ends, then they are part of the report and were read before closing', () => {
	const bench = openCaller('connected', { holds: ['READ_STATS'] });

	bench.post(hangUp);
	expect(bench.closed.pc).toBe(0);
	bench.answer('READ_STATS');

	expect(bench.output()?.stats).toEqual({ bytesSent: 1, bytesReceived: 2, roundTripMs: 3 });
	expect(bench.closed.pc).toBe(1);
});

describe('H13 stale results', () => {
	const description = { type: 'offer', sdp: 'stale' } as const;
	it.each([
		[
			'PC_LOCAL_SET',
			'SET_LOCAL',
			{
				type: 'PC_LOCAL_SET',
				token: 999,
				description,
				streamIds: [] as string[],
				screenStreamIds: [] as string[]
			}
		],
		['PC_LOCAL_FAILED', 'SET_LOCAL', { type: 'PC_LOCAL_FAILED', token: 999, message: '' }],
		['PC_LOCAL_READ', 'READ_LOCAL', { type: 'PC_LOCAL_READ', token: 999, description }],
		['PC_REMOTE_SET', 'SET_REMOTE', { type: 'PC_REMOTE_SET', token: 999, receivers: 1, hasData: true }],
		['PC_REMOTE_FAILED', 'SET_REMOTE', { type: 'PC_REMOTE_FAILED', token: 999, message: '' }]
	] as const)(
		'H13 given a pending command, when %s with another token comes, then it is dropped',
		(_, holds, event) => {
			const bench = openBench({ holds: [holds] });
			bench.post(call());
			bench.advance(200);
			bench.post(remote.answer());
			const before = { value: bench.actor.getSnapshot().value, context: bench.context() };

			bench.post(event);

			expect(bench.actor.getSnapshot().value).toEqual(before.value);
			expect(bench.context()).toEqual(before.context);
		}
	);

	it('H13 given a callee that applies its media, when it changes and the first result comes late, then nothing goes wrong', () => {
		const bench = openCallee('ringing', { holds: ['APPLY_MEDIA'] });
		bench.post(accept);

		bench.post(
			{ type: 'PC_MEDIA_APPLIED', token: 999 },
			{ type: 'PC_MEDIA_REFUSED', token: 999, message: '' }
		);
		expect(bench.phase()).toBe('createAnswer');
		bench.answer('APPLY_MEDIA');

		expect(bench.phase()).toBe('connecting');
	});

	it.each([
		['PC_ROLLED_BACK', { type: 'PC_ROLLED_BACK', token: 999 }],
		['PC_LOCAL_FAILED', { type: 'PC_LOCAL_FAILED', token: 999, message: '' }]
	] as const)(
		'H13 given a roll-back under way, when %s with another token comes, then the roll-back goes on',
		(_, event) => {
			const bench = openCaller('connected', { holds: ['ROLL_BACK'] });
			bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
			bench.advance(100 + 10_000);
			expect(bench.commanded('ROLL_BACK')).toHaveLength(1);

			bench.post(event);
			bench.advance(5_000);
			expect(bench.commanded('SET_LOCAL')).toHaveLength(2);
			bench.answer('ROLL_BACK');
			bench.advance(100);

			expect(bench.commanded('SET_LOCAL')).toHaveLength(3);
		}
	);

	it('H13 given an offer in the making that was overtaken by theirs, when its result comes, then it is not taken for the answer', () => {
		const bench = openCallee('connected');
		bench.hold('SET_LOCAL');
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.advance(100);

		bench.post(remote.negotiate('offer'));
		bench.answer('SET_LOCAL');
		expect(bench.sent('negotiate')).toEqual([]);
		bench.answer('SET_LOCAL');

		expect(bench.sent('negotiate')).toHaveLength(1);
	});
});

describe('H13 signals of other calls', () => {
	it('H13 given a call under way, when signals name another call, then they are dropped and counted', async () => {
		const member = openMember({ initiator: 'us' });
		member.actor.send({ type: 'DIAL' });
		await microtasks();
		member.clock.advance(200);
		await microtasks();
		const { current } = member.actor.getSnapshot().context;
		const commandsBefore = member.commands.length;

		member.signal(relayed.answer('call-0' as CallId), relayed.hangup('call-0' as CallId));
		await microtasks();

		const { context } = member.actor.getSnapshot();
		expect(member.commands).toHaveLength(commandsBefore);
		expect(context.current).toBe(current);
		expect(context.stale).toBe(2);
	});
});

describe('beyond the rows', () => {
	it('H07 given a roll-back under way, when their offer comes, then it is answered afterwards', () => {
		const bench = openCaller('connected', { holds: ['ROLL_BACK'] });
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.advance(10_100);

		bench.post(remote.negotiate('offer', 'meanwhile'));
		bench.answer('ROLL_BACK');

		expect(bench.commanded('SET_REMOTE').at(-1)?.description.sdp).toBe('meanwhile');
		expect(bench.sent('negotiate').at(-1)?.description.type).toBe('answer');
		expect(bench.context().unexpected).toEqual({});
	});

	it('H07 given one ICE failure that both states report, when it comes, then one restart is used', () => {
		const bench = openCaller('connected', { asksForNegotiation: true });
		bench.ice('disconnected', 'failed');
		bench.edge({ type: 'PC_CONNECTION_STATE', state: 'failed' });

		expect(bench.commanded('RESTART_ICE')).toHaveLength(1);
	});

	it('H07 given failures reported again and again, when 30 s have passed since the first, then the patience is over', () => {
		const bench = openCaller('connected', {
			input: { timings: { iceRestarts: 1_000, negotiateTimeoutMs: 100_000 } }
		});
		bench.ice('disconnected');
		for (let second = 1; second < 30; second += 1) {
			bench.advance(1_000);
			bench.edge({ type: 'PC_CONNECTION_STATE', state: 'failed' });
		}
		expect(bench.phase()).toBe('connecting');

		bench.advance(1_000);

		expect(bench.output()).toMatchObject({ reason: 'ice_timeout' });
	});

	it.each(['checking', 'disconnected', 'failed'] as const)(
		'H07 given a path lost for long while signaling is down, when ICE says "%s", then the last timer still ends the call',
		(state) => {
			const bench = openCaller('connected');
			bench.post({ type: 'SIGNALING_DOWN' });
			bench.ice('disconnected');
			bench.advance(31_000);

			bench.ice(state);
			bench.advance(29_000);

			expect(bench.output()).toMatchObject({ reason: 'ice_timeout' });
		}
	);

	it('H07 given signaling that is down, when a change wants negotiating, then it waits and the call outlives the outage', () => {
		const bench = openCaller('connected');
		bench.post({ type: 'SIGNALING_DOWN' });

		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.advance(120_000);
		expect(bench.sent('negotiate')).toEqual([]);
		expect(bench.phase()).toBe('connected');
		bench.post({ type: 'SIGNALING_UP' });
		bench.advance(100);

		expect(bench.sent('negotiate')).toHaveLength(1);
	});

	it('H07 given an invite, when ICE fails before there is a path, then nothing is restarted', () => {
		const bench = openCaller('inviteSent');

		bench.ice('disconnected', 'failed');
		bench.edge({ type: 'PC_CONNECTION_STATE', state: 'failed' });
		bench.advance(5_000);

		expect(bench.commanded('RESTART_ICE')).toEqual([]);
		expect(bench.phase()).toBe('inviteSent');
	});

	it('H04 given two ends in one breath, when candidates and ICE give up together, then one of them is the reason', () => {
		const bench = openCaller('connected', { transport: (kind) => (kind === 'hangup' ? 'held' : 'ok') });

		bench.post(hangUp, { type: 'HANGUP', reason: 'replaced' }, { type: 'YIELD_TO', callId: 'b' as CallId });
		bench.settle('hangup');

		expect(bench.output()?.reason).toBe('user_hangup');
		expect(bench.sent('hangup')).toHaveLength(1);
	});
});

describe('any events in any order', () => {
	const offer = { type: 'offer', sdp: 'ours' } as const;
	const tokens = fc.integer({ min: 0, max: 12 });
	const anyEvent: fc.Arbitrary<PeerCallEvent> = fc.oneof(
		fc.constantFrom<PeerCallEvent>(
			call(),
			accept,
			{ type: 'REJECT' },
			{ type: 'SET_MEDIA', lease: leaseOf('video') },
			{ type: 'SET_MUTED', muted: { audio: true, video: false } },
			{ type: 'SET_ICE_SERVERS', iceServers: [] },
			{ type: 'SIGNALING_DOWN' },
			{ type: 'SIGNALING_UP' },
			remote.invite(),
			remote.answer(),
			remote.answer({ partyId: 'p' }),
			remote.candidates([candidate(1), { candidate: '', sdpMid: null, sdpMLineIndex: null }]),
			remote.candidates([candidate(2)], '__proto__'),
			remote.negotiate('offer'),
			remote.negotiate('answer'),
			remote.metadata(),
			remote.selectAnswer('this-device'),
			{ type: 'PC_CANDIDATE', candidate: candidate('ours') },
			{ type: 'PC_GATHERING_COMPLETE' },
			needed,
			{ type: 'PC_CANDIDATE_REFUSED', message: 'bad' },
			{ type: 'PC_TRACK', kind: 'audio', streamId: 's', remoteStreamId: null },
			{ type: 'PC_TRACK', kind: 'video', streamId: 's', remoteStreamId: 'theirs' },
			{ type: 'PC_TRACK_GONE', kind: 'video', streamId: 's', remoteStreamId: 'theirs' },
			remote.negotiate('offer', ''),
			remote.invite({ description: { type: 'offer', sdp: 'another' } }),
			{ type: 'PC_DATA', text: 'x' }
		),
		fc
			.constantFrom('checking', 'connected', 'completed', 'disconnected', 'failed', 'new')
			.map((state) => ({ type: 'PC_ICE_STATE', state }) as const),
		fc
			.constantFrom('connecting', 'failed', 'connected')
			.map((state) => ({ type: 'PC_CONNECTION_STATE', state }) as const),
		tokens.map((token) => ({ type: 'PC_REMOTE_SET', token, receivers: 1, hasData: false }) as const),
		tokens.map((token) => ({ type: 'PC_MEDIA_APPLIED', token }) as const),
		tokens.map((token) => ({ type: 'PC_ROLLED_BACK', token }) as const),
		tokens.map(
			(token) =>
				({
					type: 'PC_LOCAL_SET',
					token,
					description: offer,
					streamIds: [] as string[],
					screenStreamIds: [] as string[]
				}) as const
		),
		tokens.map((token) => ({ type: 'PC_LOCAL_READ', token, description: offer }) as const),
		tokens.map((token) => ({ type: 'PC_REMOTE_FAILED', token, message: '' }) as const),
		tokens.map((token) => ({ type: 'PC_LOCAL_FAILED', token, message: '' }) as const),
		tokens.map((token) => ({ type: 'PC_MEDIA_REFUSED', token, message: '' }) as const),
		tokens.map((id) => ({ type: 'SEND_OK', id }) as const),
		tokens.map((id) => ({ type: 'SEND_FAILED', id, retryable: id % 2 === 0 }) as const)
	);
	const ending = fc.constantFrom<PeerCallEvent>(
		hangUp,
		close,
		fatal,
		remote.hangup('replaced'),
		remote.reject({ isOwnUser: true }),
		remote.selectAnswer('other-device'),
		{ ...from, type: 'REMOTE_ANSWERED_ELSEWHERE' },
		{ type: 'YIELD_TO', callId: 'call-2' as CallId },
		{ type: 'PC_ICE_STATE', state: 'closed' }
	);
	type Step = PeerCallEvent | number;
	const anyStep: fc.Arbitrary<Step> = fc.oneof(
		{ weight: 20, arbitrary: anyEvent },
		{ weight: 1, arbitrary: ending },
		{ weight: 5, arbitrary: fc.constantFrom(0, 99, 100, 200, 500, 2_000, 10_000, 30_000) }
	);
	const setting = fc.record({
		profile: fc.constantFrom(
			'native' as const,
			'talkMesh' as const,
			'sfuPublisher' as const,
			'sfuSubscriber' as const
		),
		direction: fc.constantFrom('outbound' as const, 'inbound' as const),
		answersAlone: fc.boolean(),
		edge: fc.constantFrom('answers' as const, 'holds' as const),
		fates: fc.array(fc.constantFrom('ok' as const, 'fails' as const, 'held' as const, 'refused' as const), {
			minLength: 1,
			maxLength: 5
		})
	});
	const order: readonly PeerCallPhase[] = [
		'fledgling',
		'createOffer',
		'inviteSent',
		'ringing',
		'createAnswer',
		'connecting',
		'connected'
	];

	it('H04 given any life of a call, when it is over, then it ended once, holds nothing, and nothing ever threw', () => {
		fc.assert(
			fc.property(setting, fc.array(anyStep, { maxLength: 60 }), (how, steps) => {
				let sends = 0;
				const bench = openBench({
					input: {
						profile: how.profile,
						direction: how.direction,
						answersAlone: how.answersAlone,
						partyId: 'this-device'
					},
					holds: how.edge === 'holds' ? ['SET_REMOTE', 'SET_LOCAL', 'READ_STATS'] : [],
					transport: () => how.fates[(sends += 1) % how.fates.length] ?? 'ok'
				});
				// started by its owner, as every call is
				bench.post(how.direction === 'outbound' ? call() : remote.invite());
				for (const step of steps) {
					if (bench.status() !== 'active') break;
					const isGateShut = !bench.context().isRemoteSet;
					if (typeof step === 'number') bench.advance(step);
					else bench.post(step);
					if (isGateShut && !bench.context().isRemoteSet) expect(bench.applied()).toEqual([]);
				}
				expect(bench.status()).not.toBe('error');
				if (bench.status() === 'active') bench.post(hangUp);
				bench.advance(2_500);

				expect(bench.status()).toBe('done');
				expect(bench.ends).toEqual({ done: 1, failed: 0 });
				expect(bench.closed).toEqual({ pc: 1, transport: 1 });
				expect(bench.timers()).toBe(0);
				expect(bench.sent('hangup', 'reject').length).toBeLessThanOrEqual(1);
				// it never goes back, but for a path that was lost
				const path = bench.phases
					.filter((phase) => order.includes(phase))
					.map((phase) => order.indexOf(phase));
				for (const [index, at] of path.entries()) {
					const last = path[index - 1] ?? -1;
					expect(at > last || order[at] === 'connecting').toBe(true);
				}
			}),
			{ seed: 7, numRuns: 400 }
		);
	}, 30_000);
});
