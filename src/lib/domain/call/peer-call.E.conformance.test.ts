import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import {
	accept,
	call,
	callId,
	candidate,
	microtasks,
	openCallee,
	openCaller,
	openMember,
	relayed,
	remote,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';

/** Conformance of candidates: one test for each row. */
const profiles = ['native', 'talkMesh'] as const;

const gather = (bench: Bench, ...names: (string | number)[]) => {
	for (const name of names) bench.edge({ type: 'PC_CANDIDATE', candidate: candidate(name) });
};
const complete = (bench: Bench) => {
	bench.edge({ type: 'PC_GATHERING_COMPLETE' });
};
/** What left, message by message; the end mark is the empty text. */
const messages = (bench: Bench): string[][] =>
	bench.sent('candidates').map(({ candidates }) => candidates.map(({ candidate: text }) => text));
const named = (...names: (string | number)[]) => names.map((name) => `candidate:${name}`);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** A caller whose invite left after the gather window, with gathering still going on. */
function invited(transport?: (kind: string, nth: number) => 'ok' | 'fails' | 'refused' | 'held') {
	const bench = openCaller('fledgling', transport === undefined ? {} : { transport });
	bench.post(call());
	bench.advance(200);
	return bench;
}

it.each(profiles)(
	'E01 (%s) given an offer in the making, when candidates come, then none leaves before the invite',
	(profile) => {
		const bench = openCaller('createOffer', { input: { profile }, holds: ['SET_LOCAL'] });
		gather(bench, 1);
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		gather(bench, 2);
		expect(bench.sends).toEqual([]);

		bench.answer('SET_LOCAL');
		bench.advance(200);

		expect(bench.sentKinds()[0]).toBe('invite');
	}
);

it('E02 given candidates that the description carries, when the invite has left, then they are not sent again', () => {
	const bench = openCaller('fledgling');
	bench.post(call());
	gather(bench, 1, 2);
	bench.advance(200);

	gather(bench, 3);
	bench.advance(2_000);

	expect(messages(bench)).toEqual([named(3)]);
});

it('E02 given an answer, when it has left, then what it carries is not sent again', () => {
	const bench = openCallee('ringing');
	bench.post(accept);
	gather(bench, 1, 2);
	complete(bench);

	expect(bench.sent('answer')).toHaveLength(1);
	expect(messages(bench).flat()).not.toContain('candidate:1');
	expect(messages(bench).flat()).not.toContain('candidate:2');
});

it('E03 given an invite, when three candidates come within 2 s, then one message leaves after 2000 ms', () => {
	const bench = invited();

	gather(bench, 1);
	bench.advance(900);
	gather(bench, 2);
	bench.advance(1_000);
	gather(bench, 3);
	bench.advance(99);
	expect(messages(bench)).toEqual([]);
	bench.advance(1);

	expect(messages(bench)).toEqual([named(1, 2, 3)]);
	bench.advance(20_000);
	expect(messages(bench)).toHaveLength(1);
});

it('E03 given a batch on its way, when more candidates come before it is acknowledged, then they start the next batch', () => {
	const bench = invited((kind) => (kind === 'candidates' ? 'held' : 'ok'));
	gather(bench, 1);
	bench.advance(2_000);

	gather(bench, 2);
	bench.settle('candidates');
	bench.advance(1_999);
	expect(messages(bench)).toEqual([named(1)]);
	bench.advance(1);

	expect(messages(bench)).toEqual([named(1), named(2)]);
});

it('E04 given a callee that connects, when three candidates come, then one message leaves after 500 ms', () => {
	const bench = openCallee('ringing');
	bench.post(accept);
	bench.advance(200);

	gather(bench, 1, 2, 3);
	bench.advance(499);
	expect(messages(bench)).toEqual([]);
	bench.advance(1);

	expect(messages(bench)).toEqual([named(1, 2, 3)]);
});

it('E05 given candidates that wait for their batch, when gathering completes, then they leave at once with the end mark', () => {
	const bench = invited();
	gather(bench, 1, 2);
	bench.advance(100);

	complete(bench);

	expect(messages(bench)).toEqual([[...named(1, 2), '']]);
	bench.advance(10_000);
	expect(messages(bench)).toHaveLength(1);
});

it('E06 given nothing left to send, when gathering completes, then the end mark leaves all the same, once', () => {
	const bench = invited();
	gather(bench, 1);
	bench.advance(2_000);

	complete(bench);
	complete(bench);
	bench.advance(10_000);

	expect(messages(bench)).toEqual([named(1), ['']]);
});

it('E06 given an answer that carries all candidates, when it leaves, then the end mark follows it', () => {
	const bench = openCallee('ringing');
	bench.post(accept);
	gather(bench, 1);

	complete(bench);

	expect(bench.sentKinds()).toEqual(['answer', 'candidates']);
	expect(messages(bench)).toEqual([['']]);
});

it('E06 (talkMesh) given Talk, when gathering completes, then no end mark is sent', () => {
	const bench = openCaller('inviteSent', { input: { profile: 'talkMesh' } });

	complete(bench);
	bench.advance(10_000);

	expect(messages(bench)).toEqual([]);
});

it('E06 given an edge that reports the end as an empty candidate too, when gathering completes, then the mark leaves once', () => {
	const bench = invited();

	bench.edge({ type: 'PC_CANDIDATE', candidate: { candidate: '', sdpMid: '0', sdpMLineIndex: 0 } });
	complete(bench);
	bench.advance(5_000);

	expect(messages(bench)).toEqual([['']]);
});

it('E06 given a message on its way, when gathering completes, then the end mark follows it', () => {
	const bench = invited((kind) => (kind === 'candidates' ? 'held' : 'ok'));
	gather(bench, 1);
	bench.advance(2_000);

	complete(bench);
	expect(messages(bench)).toEqual([named(1)]);
	bench.settle('candidates');

	expect(messages(bench)).toEqual([named(1), ['']]);
});

it.each([
	['native', 2_000],
	['talkMesh', 0]
] as const)(
	'E07 (%s) given candidates that cannot be sent, when every retry fails, then the call ends with signalling_timeout',
	(profile, batchMs) => {
		const bench = openCaller('fledgling', {
			input: { profile },
			transport: (kind) => (kind === 'candidates' ? 'fails' : 'ok')
		});
		bench.post(call());
		bench.advance(200);
		gather(bench, 1);
		bench.advance(batchMs);

		let attempts = 1;
		expect(bench.sent('candidates')).toHaveLength(attempts);
		for (const waitMs of [500, 1_000, 2_000, 4_000, 8_000]) {
			bench.advance(waitMs - 1);
			expect(bench.sent('candidates')).toHaveLength(attempts);
			// the invite of Talk must not time out under the test
			if (attempts === 1) bench.post(remote.answer());
			bench.advance(1);
			attempts += 1;
			expect(bench.sent('candidates')).toHaveLength(attempts);
		}

		expect(bench.output()).toMatchObject({ reason: 'signalling_timeout', party: 'local' });
		expect(bench.sent('hangup')).toMatchObject([{ reason: 'signalling_timeout' }]);
	}
);

it('E08 given one failure and then a success, when more candidates come, then they are batched as ever and failures count from nought', () => {
	const bench = invited((kind, nth) => (kind === 'candidates' && nth === 0 ? 'fails' : 'ok'));
	gather(bench, 1);
	bench.advance(2_500);
	expect(messages(bench)).toEqual([named(1), named(1)]);
	expect(bench.context().candidateFailures).toBe(0);

	gather(bench, 2, 3);
	bench.advance(1_999);
	expect(messages(bench)).toHaveLength(2);
	bench.advance(1);

	expect(messages(bench)[2]).toEqual(named(2, 3));
});

it('E08 given five failures and then a success, when sending fails again, then the first wait is short again', () => {
	let fate: 'ok' | 'fails' = 'fails';
	const bench = invited((kind) => (kind === 'candidates' ? fate : 'ok'));
	bench.post(remote.answer());
	bench.ice('connected');
	gather(bench, 1);
	bench.advance(2_000 + 500 + 1_000 + 2_000 + 4_000);
	fate = 'ok';
	bench.advance(8_000);
	expect(messages(bench)).toHaveLength(6);

	fate = 'fails';
	gather(bench, 2);
	bench.advance(2_000);
	expect(messages(bench)).toHaveLength(7);
	bench.advance(500);

	expect(messages(bench)).toHaveLength(8);
	expect(bench.phase()).toBe('connected');
});

it('E09 given a failed batch, when more candidates come before the retry, then the order of gathering is kept', () => {
	const bench = invited((kind, nth) => (kind === 'candidates' && nth === 0 ? 'fails' : 'ok'));
	gather(bench, 1, 2);
	bench.advance(2_000);

	gather(bench, 3);
	complete(bench);
	expect(messages(bench)).toHaveLength(1);
	bench.advance(500);

	expect(messages(bench).slice(1)).toEqual([named(1, 2), [...named(3), '']]);
});

it('E09 given a batch on its way, when more candidates come before it fails, then the order of gathering is kept', () => {
	const bench = invited((kind, nth) => (kind === 'candidates' && nth === 0 ? 'held' : 'ok'));
	gather(bench, 1, 2);
	bench.advance(2_000);

	gather(bench, 3);
	bench.settle('candidates', 'fails');
	bench.advance(500);

	expect(messages(bench)).toEqual([named(1, 2), named(1, 2), named(3)]);
});

it('E09 given a failed batch, when it is sent again, then it is the same message with the same number, and the next has the next', () => {
	const bench = invited((kind, nth) => (kind === 'candidates' && nth === 0 ? 'fails' : 'ok'));
	gather(bench, 1, 2);
	bench.advance(2_000);

	gather(bench, 3);
	bench.advance(500);

	const [first, again, next] = bench.sent('candidates');
	expect(again).toEqual(first);
	expect([first?.seq, next?.seq]).toEqual([1, 2]);
});

it('E09 given a failed batch that carried the end mark, when it is retried, then the mark is last again', () => {
	const bench = invited((kind, nth) => (kind === 'candidates' && nth === 0 ? 'fails' : 'ok'));
	gather(bench, 1);
	complete(bench);

	bench.advance(500);

	expect(messages(bench)).toEqual([
		[...named(1), ''],
		[...named(1), '']
	]);
});

it('E10 given 45 candidates, when they are flushed, then 20, 20 and 5 leave one after the other', () => {
	const bench = invited((kind) => (kind === 'candidates' ? 'held' : 'ok'));
	gather(bench, ...range(0, 45));
	bench.advance(2_000);

	expect(messages(bench).map((batch) => batch.length)).toEqual([20]);
	bench.settle('candidates');
	bench.settle('candidates');
	bench.settle('candidates');

	expect(messages(bench)).toEqual([named(...range(0, 20)), named(...range(20, 40)), named(...range(40, 45))]);
});

it('E10 given 20 candidates, when they are flushed with the end mark, then the bound holds for the mark too', () => {
	const bench = invited();
	gather(bench, ...range(0, 20));

	complete(bench);

	expect(messages(bench).flat()).toEqual([...named(...range(0, 20)), '']);
	for (const batch of messages(bench)) expect(batch.length).toBeLessThanOrEqual(20);
});

it('E11 given candidates of two parties, when one of them answers, then only its candidates are applied, after the description', () => {
	const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });
	bench.post(remote.candidates([candidate('p1')], 'p'), remote.candidates([candidate('q1')], 'q'));

	bench.post(remote.answer({ partyId: 'p' }));
	bench.post(remote.candidates([candidate('p2')], 'p'), remote.candidates([candidate('q2')], 'q'));
	expect(bench.applied()).toEqual([]);
	bench.answer('SET_REMOTE');
	bench.post(remote.candidates([candidate('p3')], 'p'), remote.candidates([candidate('q3')], 'q'));

	expect(bench.applied()).toEqual(named('p1', 'p2', 'p3'));
	const kinds = bench.commands.map(({ type }) => type);
	expect(kinds.indexOf('ADD_CANDIDATES')).toBeGreaterThan(kinds.indexOf('SET_REMOTE'));
	expect(bench.context().dropped.parties).toBe(1);
});

it.each(['constructor', '__proto__', 'toString', ''])(
	'E11 given a party that calls itself "%s", when its candidates come early, then it is a party like any other',
	(partyId) => {
		const bench = openCaller('inviteSent');

		bench.post(remote.candidates([candidate('early')], partyId));
		expect(bench.status()).toBe('active');
		bench.post(remote.answer({ partyId }));

		expect(bench.applied()).toEqual(named('early'));
	}
);

it('E11 given more parties than a person has devices, when their candidates come early, then the number kept is bounded', () => {
	const bench = openCaller('inviteSent');

	for (const party of range(0, 500)) bench.post(remote.candidates([candidate(party)], `party-${party}`));
	bench.post(remote.answer({ partyId: 'party-499' }));

	expect(bench.applied()).toEqual(named(499));
});

it.each(profiles)(
	'E12 (%s) given no call yet, when candidates come before their invite, then they are applied after its description',
	async (profile) => {
		const member = openMember({ profile });

		member.signal(relayed.candidates([candidate(1)]), relayed.candidates([candidate(2)]));
		member.signal(relayed.invite({ callSeq: 1 }), relayed.candidates([candidate(3)]));
		await microtasks();

		expect(member.applied()).toEqual(named(1, 2, 3));
		const kinds = member.commands.map(({ command }) => command.type);
		expect(kinds.indexOf('ADD_CANDIDATES')).toBeGreaterThan(kinds.indexOf('SET_REMOTE'));
	}
);

it('E12 given no call yet, when candidates of another call come, then they do not reach this one', async () => {
	const member = openMember();

	member.signal(relayed.candidates([candidate('other')], 'call-2' as CallId), relayed.invite());
	await microtasks();

	expect(member.applied()).toEqual([]);
});

it('E13 given a call that ended, when its candidates come, then they are dropped, even for an invite that comes again', async () => {
	const member = openMember();
	member.signal(relayed.invite(), relayed.hangup());

	member.signal(relayed.candidates([candidate('late')]));
	member.signal(relayed.invite());
	await microtasks();

	expect(member.applied()).toEqual([]);
	expect(member.actor.getSnapshot().context.early).toEqual([]);
	expect(member.actor.getSnapshot().context.stale).toBe(2);
});

it.each(profiles)(
	'E14 (%s) given a batch of three with a malformed one, when it is applied, then the other two are',
	(profile) => {
		const malformed = { candidate: 'candidate:nowhere', sdpMid: null, sdpMLineIndex: null };
		const early = openCaller('inviteSent', { input: { profile } });
		early.post(remote.candidates([candidate(1), malformed, candidate(2)]), remote.answer());
		const late = openCaller('connecting', { input: { profile } });

		late.post(remote.candidates([candidate(1), malformed, candidate(2)]));
		late.post(remote.candidates([malformed]));

		expect(early.applied()).toEqual(named(1, 2));
		expect(late.applied()).toEqual(named(1, 2));
		expect(late.commanded('ADD_CANDIDATES')).toHaveLength(1);
	}
);

it('E14 given the end mark of the other side, when it comes, then it is passed through', () => {
	const bench = openCaller('connecting');

	bench.post(remote.candidates([{ candidate: '', sdpMid: null, sdpMLineIndex: null }]));

	expect(bench.applied()).toEqual(['']);
});

/** An impolite side that has just ignored an offer. */
function ignoring() {
	const bench = openCaller('connected');
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
	bench.advance(100);
	bench.post(remote.negotiate('offer'));
	return bench;
}

it('E15 given an offer that is ignored, when its candidates are refused, then that is silent', () => {
	const bench = ignoring();
	bench.post(remote.candidates([candidate('of the ignored offer')]));

	bench.edge({ type: 'PC_CANDIDATE_REFUSED', message: 'unknown ufrag' });

	expect(bench.context().warnings).toEqual([]);
	expect(bench.phase()).toBe('connected');
});

it('E15 given an offer that was ignored, when the answer to ours was taken, then refusals are worth a line again', () => {
	const bench = ignoring();
	bench.post(remote.negotiate('answer'));

	bench.edge({ type: 'PC_CANDIDATE_REFUSED', message: 'bad' });

	expect(bench.context().warnings).toEqual(['bad']);
});

it('E12 given an offer that waits until the one before is answered, when candidates follow it, then they are applied after it', () => {
	const bench = openCallee('connected');
	bench.hold('SET_REMOTE');
	bench.post(remote.negotiate('offer', 'offer 1'), remote.candidates([candidate('of offer 1')]));
	expect(bench.applied()).toEqual(named('of offer 1'));

	bench.post(remote.negotiate('offer', 'offer 2'), remote.candidates([candidate('of offer 2')]));
	expect(bench.applied()).toEqual(named('of offer 1'));
	bench.answer('SET_REMOTE');

	expect(bench.commanded('SET_REMOTE', 'ADD_CANDIDATES').slice(-2)).toMatchObject([
		{ type: 'SET_REMOTE', description: { sdp: 'offer 2' } },
		{ type: 'ADD_CANDIDATES', candidates: [candidate('of offer 2')] }
	]);
});

it.each(profiles)(
	'E16 (%s) given no ignored offer, when a candidate is refused, then there is one warning and the call lives',
	(profile) => {
		const bench = openCallee('connecting', { input: { profile } });

		bench.edge({ type: 'PC_CANDIDATE_REFUSED', message: 'bad' });

		expect(bench.context().warnings).toEqual(['bad']);
		expect(bench.phase()).toBe('connecting');
	}
);

it('E16 given refusals without end, when they come, then the log stays bounded', () => {
	const bench = openCaller('connected');

	for (const nth of range(0, 100)) bench.edge({ type: 'PC_CANDIDATE_REFUSED', message: `bad ${nth}` });

	expect(bench.context().warnings).toHaveLength(20);
});

it.each(profiles)(
	'E17 (%s) given 300 early candidates, when the answer comes, then the newest 256 are applied and the others counted',
	(profile) => {
		const bench = openCaller('inviteSent', { input: { profile } });
		for (const nth of range(0, 300)) bench.post(remote.candidates([candidate(nth)]));

		bench.post(remote.answer());

		expect(bench.applied()).toEqual(named(...range(44, 300)));
		expect(bench.context().dropped.candidates).toBe(44);
	}
);

it.each(profiles)(
	'E18 (%s) given a call that ended, when the edge still reports candidates, then nothing happens',
	(profile) => {
		const bench = openCaller('connected', { input: { profile } });
		bench.post({ type: 'CLOSE', reason: 'new_session' });
		const sentBefore = bench.sends.length;

		gather(bench, 1);
		complete(bench);
		bench.advance(10_000);

		expect(bench.sends).toHaveLength(sentBefore);
		expect(bench.timers()).toBe(0);
	}
);

it.each(profiles)(
	'E18 (%s) given a call that says its last words, when the edge still reports candidates, then only those words leave',
	(profile) => {
		const bench = openCaller('connected', {
			input: { profile },
			transport: (kind) => (kind === 'hangup' ? 'held' : 'ok')
		});
		const sentBefore = bench.sends.length;
		bench.post({ type: 'HANGUP', reason: 'user_hangup' });

		gather(bench, 1);
		complete(bench);
		bench.advance(1_000);
		expect(bench.phase()).toBe('ending');
		bench.settle('hangup');

		expect(bench.sentKinds().slice(sentBefore)).toEqual(['hangup']);
	}
);

/** A connected caller whose candidates have all left, the end mark with the last of them. */
function gathered() {
	const bench = invited();
	gather(bench, 'old');
	complete(bench);
	bench.post(remote.answer());
	bench.ice('connected');
	expect(messages(bench)).toEqual([[...named('old'), '']]);
	return bench;
}

it('E19 given an end mark that was sent, when ICE is restarted and gathers anew, then there is a new end mark', () => {
	const bench = gathered();
	bench.ice('failed');
	expect(bench.commanded('RESTART_ICE')).toHaveLength(1);

	gather(bench, 'new');
	complete(bench);

	expect(messages(bench).slice(1)).toEqual([[...named('new'), '']]);
});

it('E19 given an end mark that was sent, when the other side restarts ICE and we gather anew, then there is a new end mark', () => {
	const bench = gathered();
	bench.post(remote.negotiate('offer', 'with a new ufrag'));

	gather(bench, 'new');
	complete(bench);

	expect(messages(bench).at(-1)).toEqual([...named('new'), '']);
});

it('E20 (talkMesh) given Talk, when three candidates come, then three messages leave, each with the call id', () => {
	const bench = openCaller('inviteSent', { input: { profile: 'talkMesh' } });

	gather(bench, 1, 2, 3);
	bench.advance(100);

	expect(messages(bench)).toEqual([named(1), named(2), named(3)]);
	for (const signal of bench.sent('candidates')) expect(signal.callId).toBe(callId);
});

describe('beyond the rows', () => {
	it('E07 given signaling that is down, when candidates come, then they wait for it instead of failing', () => {
		const bench = invited((kind) => (kind === 'candidates' ? 'fails' : 'ok'));
		bench.post(remote.answer());
		bench.ice('connected');
		bench.post({ type: 'SIGNALING_DOWN' });
		gather(bench, 1, 2);
		bench.advance(60_000);
		expect(messages(bench)).toEqual([]);
		bench.transportDoes(() => 'ok');

		bench.post({ type: 'SIGNALING_UP' });

		expect(messages(bench)).toEqual([named(1, 2)]);
		expect(bench.context().isSignalingUp).toBe(true);
		expect(bench.phase()).toBe('connected');
	});

	it('E01 given a callee that rings, when candidates come, then none leaves before the answer', () => {
		const bench = openCallee('ringing');
		gather(bench, 1);
		complete(bench);
		bench.advance(5_000);
		bench.post(accept);
		bench.advance(199);
		expect(bench.sends).toEqual([]);

		bench.advance(1);

		expect(bench.sentKinds()[0]).toBe('answer');
	});

	it('E08 given a message in flight, when a stale acknowledgement comes, then it is not taken for its own', () => {
		const bench = invited((kind) => (kind === 'candidates' ? 'held' : 'ok'));
		gather(bench, ...range(0, 25));
		bench.advance(2_000);

		bench.post({ type: 'SEND_OK', id: 1 }, { type: 'SEND_FAILED', id: 1, retryable: true });
		expect(messages(bench)).toHaveLength(1);
		expect(bench.context().candidateFailures).toBe(0);
		bench.settle('candidates');

		expect(messages(bench)).toHaveLength(2);
	});

	it('E01-E10 given any schedule of gathering, failures and time, when all is quiet, then everything left once and in order', () => {
		const step = fc.oneof(
			{ weight: 5, arbitrary: fc.constant('gather' as const) },
			{ weight: 2, arbitrary: fc.constant('ok' as const) },
			{ weight: 1, arbitrary: fc.constant('fails' as const) },
			{ weight: 1, arbitrary: fc.constantFrom('down' as const, 'up' as const) },
			{ weight: 3, arbitrary: fc.constantFrom(1, 499, 500, 1_000, 2_000) }
		);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
				const bench = invited((kind) => (kind === 'candidates' ? 'held' : 'ok'));
				bench.post(remote.answer());
				bench.ice('connected');
				const delivered: string[] = [];
				let gathered = 0;
				let failures = 0;
				const settle = (fate: 'ok' | 'fails') => {
					const inFlight = bench.context().inFlight.map(({ candidate: text }) => text);
					if (bench.heldSends('candidates') === 0) return;
					if (fate === 'ok') delivered.push(...inFlight);
					failures = fate === 'ok' ? 0 : failures + 1;
					bench.settle('candidates', fate);
				};
				for (const what of steps) {
					if (what === 'gather') gather(bench, (gathered += 1));
					else if (what === 'ok') settle('ok');
					else if (what === 'fails') settle(failures < 4 ? 'fails' : 'ok');
					else if (what === 'down') bench.post({ type: 'SIGNALING_DOWN' });
					else if (what === 'up') bench.post({ type: 'SIGNALING_UP' });
					else bench.advance(what);
					for (const batch of messages(bench)) expect(batch.length).toBeLessThanOrEqual(20);
				}
				bench.post({ type: 'SIGNALING_UP' });
				complete(bench);
				for (let round = 0; round < 200; round += 1) {
					settle('ok');
					bench.advance(500);
				}

				expect(delivered).toEqual([...named(...range(1, gathered + 1)), '']);
			}),
			{ seed: 20, numRuns: 100 }
		);
	});

	it('E11 given any order of candidates, answers and results, when the dust settles, then none came before the gate and none of the chosen is lost', () => {
		const party = fc.constantFrom('p', 'q', undefined);
		const step = fc.oneof(
			{ weight: 6, arbitrary: fc.record({ what: fc.constant('candidate' as const), party }) },
			{ weight: 1, arbitrary: fc.record({ what: fc.constant('answer' as const), party }) },
			{ weight: 1, arbitrary: fc.record({ what: fc.constantFrom('set', 'acknowledged', 'time') }) }
		);
		fc.assert(
			fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
				const bench = openCaller('inviteSent', {
					holds: ['SET_REMOTE'],
					transport: (kind) => (kind === 'invite' ? 'held' : 'ok')
				});
				const answers: (string | undefined)[] = [];
				const received: { party: string | undefined; name: number }[] = [];
				const once = { set: true, acknowledged: true };
				const answer = (partyId: string | undefined) => {
					answers.push(partyId);
					bench.post(remote.answer(partyId === undefined ? {} : { partyId }));
				};
				const set = () => {
					if (answers.length > 0 && once.set) bench.answer('SET_REMOTE');
					once.set &&= answers.length === 0;
				};
				for (const each of steps) {
					if (each.what === 'candidate' && 'party' in each) {
						received.push({ party: each.party, name: received.length });
						bench.post(remote.candidates([candidate(received.length - 1)], each.party));
					} else if (each.what === 'answer' && 'party' in each) answer(each.party);
					else if (each.what === 'set') set();
					else if (each.what === 'time') bench.advance(150);
					else if (once.acknowledged) {
						bench.settle('invite');
						once.acknowledged = false;
					}
					if (once.set) expect(bench.applied()).toEqual([]);
				}
				answer(undefined);
				set();

				const own = received.filter((each) => each.party === answers[0]).map(({ name }) => name);
				expect(bench.applied()).toEqual(named(...own));
			}),
			{ seed: 11, numRuns: 200 }
		);
	}, 60_000);
});
