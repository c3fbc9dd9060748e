import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import { openConnectedMember } from '../../../../tests/support/member-bench.ts';
import {
	givenDescriptions as applied,
	needNegotiation as needed,
	negotiatedTypes as sentTypes
} from '../../../../tests/support/negotiation-steps.ts';
import {
	accept,
	candidate,
	leaseOf,
	microtasks,
	openCallee,
	openCaller,
	openMember,
	relayed,
	remote,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';
import { openPair, type Pair, type Sent } from '../../../../tests/support/peer-call-pair.ts';

/**
 * Conformance of renegotiation. K01 to K13 are its races:
 * P is the polite side, the callee; I the impolite one, the caller.
 */
const sides = [
	['I', openCaller],
	['P', openCallee]
] as const;

/** A connected call whose offer has left. */
function offering(
	open: typeof openCaller | typeof openCallee,
	options: Parameters<typeof openCaller>[1] = {}
) {
	const bench = open('connected', options);
	needed(bench);
	bench.advance(100);
	expect(sentTypes(bench)).toEqual(['offer']);
	return bench;
}

const sees = (pair: Pair, role: 'caller' | 'callee') => {
	const { usermedia, screenshare } = pair[role].context().streams;
	return {
		audio: usermedia?.audioMuted === false,
		video: usermedia?.videoMuted === false,
		screenAudio: screenshare?.audio ?? false,
		screenVideo: screenshare?.video ?? false
	};
};
/** Both are at rest, and each sees what the other sends. */
function expectAgreement(pair: Pair) {
	expect([pair.caller.phase(), pair.callee.phase()]).toEqual(['connected', 'connected']);
	expect(sees(pair, 'caller')).toEqual(pair.callee.sent);
	expect(sees(pair, 'callee')).toEqual(pair.caller.sent);
	for (const { connection, context, broken, warnings } of [pair.caller, pair.callee]) {
		expect(connection().signalingState).toBe('stable');
		expect(context()).toMatchObject({ negotiationPending: false, waitingNegotiate: null, unexpected: {} });
		expect(broken).toEqual([]);
		expect(warnings).toEqual([]);
	}
}
async function connected() {
	const pair = openPair();
	await pair.connect();
	expectAgreement(pair);
	return pair;
}

it.each(['caller', 'callee'] as const)(
	'K01 K02 given a connected pair, when only the %s changes something, then one round is enough',
	async (role) => {
		const pair = await connected();

		pair[role].set({ screenVideo: true });
		await pair.advance(2_000);

		expectAgreement(pair);
		expect(pair.offers(role)).toBe(1);
		expect(pair.relayed.filter(({ signal }) => signal.kind === 'negotiate')).toHaveLength(2);
	}
);

it('K03 given two offers that cross, when they meet, then the polite side takes the other one, and both changes are applied in two rounds', async () => {
	const pair = await connected();
	pair.hold();
	pair.caller.set({ screenVideo: true });
	pair.callee.set({ screenAudio: true, screenVideo: true });
	await pair.advance(1_000);
	expect([pair.offers('caller'), pair.offers('callee')]).toEqual([1, 1]);

	await pair.release();
	await pair.advance(2_000);

	expectAgreement(pair);
	expect([pair.offers('caller'), pair.offers('callee')]).toEqual([1, 2]);
});

it('K04 given the polite side whose offer is being set, when their offer comes, then it is taken, and ours is made again afterwards', async () => {
	const pair = await connected();
	const goOn = pair.callee.connection().holdNext('setLocalDescription');
	pair.callee.set({ screenVideo: true });
	await pair.advance(200);
	expect(pair.offers('callee')).toBe(0);

	pair.caller.set({ screenVideo: true });
	await pair.advance(200);
	expect(pair.offers('caller')).toBe(1);
	goOn();
	await pair.advance(2_000);

	expectAgreement(pair);
	// the overtaken offer never left
	expect([pair.offers('caller'), pair.offers('callee')]).toEqual([1, 1]);
});

it.each(['set', 'waiting for its answer'])(
	'K04 given the impolite side whose offer is being %s, when their offer comes, then it is ignored and ours goes on',
	(progress) => {
		const bench = openCaller('connected');
		bench.hold('SET_LOCAL');
		needed(bench);
		bench.advance(100);
		if (progress !== 'set') bench.answer('SET_LOCAL');
		const before = applied(bench);

		bench.post(remote.negotiate('offer'));
		if (progress === 'set') bench.answer('SET_LOCAL');
		expect(applied(bench)).toEqual(before);
		bench.post(remote.negotiate('answer'));

		expect(sentTypes(bench)).toEqual(['offer']);
		expect(applied(bench).at(-1)).toBe('their next answer');
		expect(bench.context().isIgnoringOffer).toBe(false);
	}
);

it('K05 given the impolite side that applies an answer, when their offer comes, then it is taken up after it', () => {
	const bench = offering(openCaller);
	bench.hold('SET_REMOTE');
	bench.post(remote.negotiate('answer'));

	bench.post(remote.negotiate('offer'));
	expect(applied(bench).at(-1)).toBe('their next answer');
	bench.answer('SET_REMOTE');
	bench.answer('SET_REMOTE');

	expect(applied(bench).at(-1)).toBe('their next offer');
	expect(sentTypes(bench)).toEqual(['offer', 'answer']);
	expect(bench.context().unexpected).toEqual({});
});

it('K06 given an offer that was ignored, when its candidates are refused, then nothing is said of it, and the round goes on', async () => {
	const bench = offering(openCaller);
	bench.post(remote.negotiate('offer'), remote.candidates([candidate('of the ignored offer')]));

	bench.edge({ type: 'PC_CANDIDATE_REFUSED', message: 'unknown ufrag' });

	expect(bench.context().warnings).toEqual([]);
	bench.post(remote.negotiate('answer'));
	expect(applied(bench).at(-1)).toBe('their next answer');
});

describe.each(sides)('given an offer of %s', (side, open) => {
	const row = side === 'P' ? 'K07' : 'K08';

	it(`${row} given its answer or the offer itself is lost, when 10 s pass, then it is rolled back and made once more`, () => {
		const bench = offering(open);

		bench.advance(9_999);
		expect(bench.commanded('ROLL_BACK')).toEqual([]);
		bench.advance(1);
		expect(bench.commanded('ROLL_BACK')).toHaveLength(1);
		bench.advance(100);
		bench.post(remote.negotiate('answer'));
		bench.advance(60_000);

		expect(sentTypes(bench)).toEqual(['offer', 'offer']);
		expect(bench.phase()).toBe('connected');
	});

	it(`K10 given a refused description, when the next is not refused, then the call goes on; two in a row end it`, () => {
		const bench = open('connected');
		bench.hold('SET_REMOTE');
		const refuse = () => {
			bench.post(remote.negotiate('offer'));
			bench.answer('SET_REMOTE', 'PC_REMOTE_FAILED');
		};
		refuse();
		bench.post(remote.negotiate('offer'));
		bench.answer('SET_REMOTE');
		expect(sentTypes(bench)).toEqual(['answer']);
		refuse();
		expect(bench.phase()).toBe('connected');

		refuse();

		expect(bench.output()).toMatchObject({ reason: 'set_remote_description', party: 'local' });
	});
});

it('K07 given an answer that is lost on the way, when the offer is made once more, then the change is there in the end', async () => {
	const pair = await connected();
	let lost = 0;
	pair.drop(
		(signal) => signal.kind === 'negotiate' && signal.description.type === 'answer' && (lost += 1) === 1
	);

	pair.callee.set({ screenVideo: true });
	await pair.advance(20_000);

	expect(lost).toBe(2);
	expect(pair.offers('callee')).toBe(2);
	expectAgreement(pair);
});

it('K08 given an offer that is lost on the way, when it is made once more, then the change is there in the end', async () => {
	const pair = await connected();
	let lost = 0;
	pair.drop((signal) => signal.kind === 'negotiate' && (lost += 1) === 1);

	pair.caller.set({ screenVideo: true });
	await pair.advance(20_000);

	expectAgreement(pair);
	expect(lost).toBe(3);
});

it.each(sides)('K09 given %s at rest, when an answer comes, then it is dropped and counted', (_, open) => {
	const bench = open('connected');
	const before = applied(bench);

	bench.post(remote.negotiate('answer'));

	expect(applied(bench)).toEqual(before);
	expect(bench.context().unexpected).toEqual({ REMOTE_NEGOTIATE: 1 });
});

it('K11 given an ICE restart and a change at once, when they are negotiated, then one offer covers both', async () => {
	const pair = await connected();
	pair.caller.connection().failIce();
	pair.callee.connection().dropIce();
	await pair.settle();

	pair.caller.set({ screenVideo: true });
	await pair.advance(2_000);

	expect(pair.offers('caller')).toBe(1);
	const before = pair.relayed.find(({ signal }) => signal.kind === 'invite')?.signal;
	const after = pair.relayed.findLast(({ from, signal }) => from === 'caller' && signal.kind === 'negotiate');
	const fragment = (signal: typeof before) =>
		signal !== undefined && 'description' in signal
			? /a=ice-ufrag:(\S+)/.exec(signal.description.sdp)?.[1]
			: '';
	expect(fragment(after?.signal)).not.toBe(fragment(before));
	expectAgreement(pair);
});

it('K12 given an invite, when their offer comes before the answer, then it is processed after it', () => {
	const bench = openCaller('inviteSent');

	bench.post(remote.negotiate('offer'));
	expect(applied(bench)).toEqual([]);
	bench.post(remote.answer());

	expect(applied(bench)).toEqual(['their answer', 'their next offer']);
	expect(sentTypes(bench)).toEqual(['answer']);
});

it.each([
	['our offer is being set', 'SET_LOCAL', (bench: Bench) => needed(bench)],
	['their offer is being set', 'SET_REMOTE', (bench: Bench) => bench.post(remote.negotiate('offer'))],
	['our answer is being set', 'SET_LOCAL', (bench: Bench) => bench.post(remote.negotiate('offer'))]
] as const)(
	'K13 given %s, when the call is hung up, then the late result changes nothing',
	(_, held, begin) => {
		for (const [, open] of sides) {
			const bench = open('connected');
			bench.hold(held);
			begin(bench);
			bench.advance(100);

			bench.post(remote.hangup());
			bench.answer(held);

			expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'remote' });
			expect(sentTypes(bench)).toEqual([]);
			expect(bench.timers()).toBe(0);
		}
	}
);

it.each(sides)('K14 given %s, when five changes come within 50 ms, then they share one offer', (_, open) => {
	const bench = open('connected');

	for (let change = 0; change < 5; change += 1) {
		bench.post({ type: 'SET_MEDIA', lease: leaseOf(change % 2 === 0 ? 'audio' : 'video') });
		needed(bench);
		bench.advance(10);
	}
	bench.advance(1_000);

	expect(sentTypes(bench)).toEqual(['offer']);
	bench.post(remote.negotiate('answer'));
	bench.advance(60_000);
	expect(sentTypes(bench)).toEqual(['offer']);
});

it.each(sides)(
	'K15 given %s whose offer is being made, when more is needed, then exactly one more round follows',
	(_, open) => {
		const bench = open('connected');
		bench.hold('SET_LOCAL');
		needed(bench);
		bench.advance(100);

		needed(bench);
		needed(bench);
		bench.hold();
		bench.answer('SET_LOCAL');
		bench.post(remote.negotiate('answer'));
		bench.advance(1_000);
		expect(sentTypes(bench)).toEqual(['offer', 'offer']);
		bench.post(remote.negotiate('answer'));
		bench.advance(60_000);

		expect(sentTypes(bench)).toEqual(['offer', 'offer']);
	}
);

it.each(['ringing', 'createAnswer'] as const)(
	'K16 given a callee in %s, when negotiation is needed, then nothing is sent: the answer covers it',
	(phase) => {
		const bench = openCallee(phase);

		needed(bench);
		bench.advance(5_000);

		expect(bench.sent('negotiate')).toEqual([]);
		expect(bench.context()).toMatchObject({ negotiationPending: false, unexpected: {} });
	}
);

it('K17 given an answer that is being applied, when their offer comes, then it is processed after it', () => {
	const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });
	bench.post(remote.answer());

	bench.post(remote.negotiate('offer'));
	expect(applied(bench)).toEqual(['their answer']);
	bench.answer('SET_REMOTE');
	bench.answer('SET_REMOTE');

	expect(applied(bench)).toEqual(['their answer', 'their next offer']);
	expect(sentTypes(bench)).toEqual(['answer']);
});

it('K17 given several offers before the answer, when it comes, then only the latest of them is answered', () => {
	const bench = openCaller('inviteSent');

	bench.post(remote.negotiate('offer', 'first'), remote.negotiate('offer', 'second'), remote.answer());

	expect(applied(bench)).toEqual(['their answer', 'second']);
	expect(sentTypes(bench)).toEqual(['answer']);
});

it.each([
	['no sdp', { type: 'offer', sdp: undefined }],
	['an empty sdp', { type: 'answer', sdp: '' }],
	['no type', { type: undefined, sdp: 'v=0' }],
	['an unknown type', { type: 'pranswer', sdp: 'v=0' }],
	['no description', undefined]
])(
	'K18 given a negotiate with %s, when it comes, then it is ignored with a warning, wherever the call is',
	(_, description) => {
		const event = { ...remote.negotiate('offer'), description } as ReturnType<typeof remote.negotiate>;
		const places = [
			() => openCaller('inviteSent'),
			() => openCallee('ringing'),
			() => openCaller('connected'),
			() => openCallee('connected'),
			() => offering(openCaller),
			() => offering(openCallee)
		];
		for (const open of places) {
			const bench = open();
			const before = { sends: bench.sends.length, commands: bench.commands.length, phase: bench.phase() };

			bench.post(event);

			expect({ sends: bench.sends.length, commands: bench.commands.length, phase: bench.phase() }).toEqual(
				before
			);
			expect(bench.context()).toMatchObject({
				unexpected: { REMOTE_NEGOTIATE: 1 },
				warnings: ['a negotiate without a description'],
				waitingNegotiate: null
			});
		}
	}
);

it.each(['offer', 'answer'] as const)(
	'K19 given a negotiate whose %s is past its lifetime, when it comes, then it is ignored; one that is younger is not',
	(type) => {
		const event = (ageMs: number) => ({ ...remote.negotiate(type), lifetimeMs: 10_000, ageMs }) as const;
		const bench = type === 'offer' ? openCaller('connected') : offering(openCaller);
		const before = bench.commands.length;

		bench.post(event(10_000));
		expect(bench.commands).toHaveLength(before);
		expect(bench.context()).toMatchObject({ unexpected: {}, warnings: [] });
		bench.post(event(9_999));

		expect(applied(bench).at(-1)).toBe(`their next ${type}`);
	}
);

it.each(sides)(
	'K20 given %s whose offer the browser refuses, when the next change comes, then it negotiates as ever',
	(_, open) => {
		const bench = open('connected');
		bench.hold('SET_LOCAL');
		needed(bench);
		bench.advance(100);
		bench.answer('SET_LOCAL', 'PC_LOCAL_FAILED');
		bench.hold();
		bench.advance(5_000);
		expect(sentTypes(bench)).toEqual([]);

		needed(bench);
		bench.advance(100);

		expect(sentTypes(bench)).toEqual(['offer']);
		expect(bench.phase()).toBe('connected');
	}
);

it.each(sides)(
	'K20 given %s whose answer the browser refuses, when it has, then their offer is taken back, and theirs and ours work again',
	(_, open) => {
		const bench = open('connected');
		bench.hold('SET_LOCAL');
		bench.post(remote.negotiate('offer', 'refused'));
		bench.answer('SET_LOCAL', 'PC_LOCAL_FAILED');
		expect(bench.commanded('ROLL_BACK')).toHaveLength(1);
		bench.hold();

		bench.post(remote.negotiate('offer', 'once more'));
		needed(bench);
		bench.advance(100);

		expect(sentTypes(bench)).toEqual(['answer', 'offer']);
	}
);

it('K21 given a caller within the first minute, when a track is added, then its offer leaves at once: the wait for the answer is over', () => {
	const bench = openCaller('connected');
	bench.advance(1_000);

	bench.post({ type: 'SET_MEDIA', lease: leaseOf('audio') });
	needed(bench);
	bench.advance(100);

	expect(sentTypes(bench)).toEqual(['offer']);
	expect(bench.clock.now()).toBeLessThan(60_000);
	bench.post(remote.negotiate('answer'));
	bench.advance(60_000);
	expect(bench.phase()).toBe('connected');
});

describe('K22', () => {
	type Step =
		| { what: 'set'; side: 'caller' | 'callee'; kind: keyof Sent; on: boolean }
		| { what: 'deliver'; side: 'caller' | 'callee' }
		| { what: 'turn' }
		| { what: 'time'; ms: number };
	const side = fc.constantFrom('caller' as const, 'callee' as const);
	const kind = fc.constantFrom(
		'audio' as const,
		'video' as const,
		'screenAudio' as const,
		'screenVideo' as const
	);
	const step: fc.Arbitrary<Step> = fc.oneof(
		{ weight: 4, arbitrary: fc.record({ what: fc.constant('set' as const), side, kind, on: fc.boolean() }) },
		{ weight: 4, arbitrary: fc.record({ what: fc.constant('deliver' as const), side }) },
		{ weight: 3, arbitrary: fc.constant({ what: 'turn' } as const) },
		{
			weight: 3,
			arbitrary: fc.constantFrom(10, 99, 100, 200).map((ms) => ({ what: 'time', ms }) as const)
		}
	);
	const run = async (pair: Pair, steps: readonly Step[]) => {
		for (const each of steps) {
			if (each.what === 'set') pair[each.side].set({ [each.kind]: each.on });
			else if (each.what === 'deliver') pair.deliver(each.side);
			else if (each.what === 'turn') await pair.network.turn();
			else pair.clock.advance(each.ms);
		}
	};

	it('K22 given any changes on both sides of an ordered network, when all is quiet, then both see what the other sends', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
				const pair = await connected();
				pair.hold();

				await run(pair, steps);
				await pair.release();
				await pair.advance(3_000);

				expectAgreement(pair);
				// what is seen really flows
				const received = ({ connection }: Pair['caller']) =>
					connection()
						.getTransceivers()
						.filter(({ receiver }) => receiver.received.media > 0).length;
				const before = [received(pair.caller), received(pair.callee)];
				expect(before).toEqual([0, 0]);
				pair.network.tick();
				const count = (sent: Sent) => Object.values(sent).filter(Boolean).length;
				expect([received(pair.caller), received(pair.callee)]).toEqual([
					count(pair.callee.sent),
					count(pair.caller.sent)
				]);
			}),
			{ seed: 22, numRuns: 40 }
		);
	}, 60_000);

	it('K22 given changes during set-up as well, when all is quiet, then both see what the other sends', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
				const pair = openPair();
				pair.hold();
				pair.caller.place();
				await pair.advance(300);

				await run(pair, steps);
				await pair.release();
				await pair.advance(5_000);

				expectAgreement(pair);
			}),
			{ seed: 23, numRuns: 30 }
		);
	}, 60_000);
});

it('K29 (talkMesh) given an offer with the same call id, when nobody answers it for 10 s, then the connection is rebuilt with a new id', async () => {
	const { member, first: old } = await openConnectedMember('talkMesh');
	member.edge(old, { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
	await member.advance(100 + 9_900);
	expect(member.actor.getSnapshot().context.current).toBe(old);

	await member.advance(200);
	expect(member.actor.getSnapshot().context).toMatchObject({
		current: null,
		lastError: { reason: 'signalling_timeout' }
	});
	await member.advance(2_000);
	member.actor.send({ type: 'DIAL' });
	await microtasks();

	const { current } = member.actor.getSnapshot().context;
	expect(current).not.toBe(old);
	expect(member.sends.some(({ signal }) => signal.kind === 'invite' && signal.callId === current)).toBe(true);
});

describe('politeness', () => {
	/** A member that has placed its call `ours-1`, and gets their invite while the answer is out. */
	async function glare(theirs: CallId) {
		const member = openMember({ initiator: 'us' });
		member.actor.send({ type: 'DIAL' });
		await member.advance(200);
		member.signal(relayed.invite({ callId: theirs, callSeq: 1 }));
		await member.advance(300);
		return member;
	}
	/** Their offer crosses ours on the established call. */
	async function collide(member: Awaited<ReturnType<typeof glare>>, call: CallId) {
		member.edge(call, { type: 'PC_ICE_STATE', state: 'connected' });
		member.edge(call, { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		await member.advance(100);
		member.signal({
			callId: call,
			purpose: 'usermedia',
			kind: 'negotiate',
			description: { type: 'offer', sdp: 'theirs, crossing' },
			metadata: {},
			lifetimeMs: 10_000
		});
		await member.advance(100);
		return member
			.commandsTo(call)
			.some((command) => command.type === 'SET_REMOTE' && command.description.sdp === 'theirs, crossing');
	}

	it('J18 given glare that we lost, when offers cross later, then we are polite: we answered', async () => {
		const member = await glare('a-smaller-id' as CallId);
		expect(member.actor.getSnapshot().context.current).toBe('a-smaller-id');

		expect(await collide(member, 'a-smaller-id' as CallId)).toBe(true);
	});

	it('J18 given glare that we won, when offers cross later, then we are not: they answered', async () => {
		const member = await glare('z-larger-id' as CallId);
		expect(member.actor.getSnapshot().context.current).toBe('ours-1');
		member.signal(relayed.answer('ours-1' as CallId));
		await microtasks();

		expect(await collide(member, 'ours-1' as CallId)).toBe(false);
	});
});

describe('beyond the rows', () => {
	it('K03 given offers that cross again and again, when all is quiet, then there is never more than one offer of ours in the air', async () => {
		const pair = await connected();
		for (let round = 0; round < 4; round += 1) {
			pair.hold();
			pair.caller.set({ screenVideo: round % 2 === 0 });
			pair.callee.set({ screenVideo: round % 2 === 0 });
			await pair.advance(300);
			await pair.release();
			await pair.advance(1_000);
			expectAgreement(pair);
		}
	});

	it('K03 given an offer of the polite side that could not be sent, when theirs was taken instead and sending works again, then it is not sent after all', () => {
		const bench = openCallee('connected', {
			transport: (kind) => (kind === 'negotiate' ? 'fails' : 'ok')
		});
		needed(bench);
		bench.advance(100);
		const [given] = bench.sent('negotiate');
		bench.post(remote.negotiate('offer'));
		bench.transportDoes(() => 'ok');

		bench.advance(20_000);

		expect(bench.sent('negotiate').filter(({ seq }) => seq === given?.seq)).toHaveLength(1);
		expect(sentTypes(bench).slice(0, 3)).toEqual(['offer', 'answer', 'offer']);
	});

	it('K16 given a callee whose answer is on its way, when something is added, then it is negotiated afterwards', () => {
		const bench = openCallee('ringing');
		bench.post(accept);
		needed(bench);
		bench.advance(300);

		expect(bench.sentKinds().filter((kind) => kind === 'answer' || kind === 'negotiate')).toEqual([
			'answer',
			'negotiate'
		]);
	});
});
