import { describe, expect, it } from 'vitest';
import { transition } from 'xstate';
import type { CallId } from '../../protocol/ids.ts';
import {
	bothOn,
	call,
	callId,
	candidate,
	leaseOf,
	openBench,
	openCallee,
	openCaller,
	remote,
	them,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';
import { peerCallMachine } from './peer-call-machine.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';
import { phaseOf } from './wait-for-phase.ts';

/** Conformance of H07: every event in every phase. */
const from = { callId, from: them };
const hangUp: PeerCallEvent = { type: 'HANGUP', reason: 'user_hangup' };
const close: PeerCallEvent = { type: 'CLOSE', reason: 'new_session' };
const fatal: PeerCallEvent = { type: 'PC_FATAL', message: 'broken' };
const needed: PeerCallEvent = { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' };

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

	/** What each event does in each phase: the row H07 cell by cell, and the events that came since. */
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
});
