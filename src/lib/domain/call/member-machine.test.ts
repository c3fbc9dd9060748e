import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	callId,
	candidate,
	leaseOf,
	microtasks,
	openMember,
	relayed,
	them,
	us
} from '../../../../tests/support/peer-call-bench.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { PeerSignal } from '../signaling.ts';
import { remoteEvent } from './member/remote-event.ts';
import { earlySignalsMax, givenOn, keepCandidates, keepSignal, type EarlySignal } from './early-messages.ts';
import { callsOf, type MemberEvent, type MemberInput } from './member-machine.ts';

type Bench = ReturnType<typeof openMember>;
const state = ({ actor }: Bench): string => {
	const { present } = actor.getSnapshot().value as { present: string | object };
	return typeof present === 'string' ? present : (Object.keys(present)[0] ?? '');
};
const calls = ({ actor }: Bench): string[] => [...callsOf(actor.getSnapshot().children).keys()];
const peer = ({ actor }: Bench, of: string) => callsOf(actor.getSnapshot().children).get(of as CallId);
const context = ({ actor }: Bench) => actor.getSnapshot().context;
const invites = ({ sends }: Bench) => sends.filter(({ signal }) => signal.kind === 'invite');

/** Our session id is `ann-session`, theirs `ben-session`: in Talk they offer, unless the ids are exchanged. */
const talk = (over: Partial<MemberInput> = {}) =>
	openMember({ profile: 'talkMesh', initiator: 'compare', ...over });
const designated: Partial<MemberInput> = {
	ours: { id: 'zoe-session' as SessionId, inCall: true, hasStreams: true }
};
const post = async (bench: Bench, ...events: MemberEvent[]) => {
	for (const event of events) bench.actor.send(event);
	await microtasks();
};
const hear = async (bench: Bench, ...signals: PeerSignal[]) => {
	bench.signal(...signals);
	await microtasks();
};
const advance = async (bench: Bench, ms: number) => {
	bench.clock.advance(ms);
	await microtasks();
};
const connect = (bench: Bench, of: string) =>
	peer(bench, of)?.send({ type: 'PC_ICE_STATE', state: 'connected' });
const close = (
	bench: Bench,
	of: string,
	reason: 'ice_failed' | 'user_hangup' | 'unknown_error' | 'replaced'
) => peer(bench, of)?.send({ type: 'CLOSE', reason });
const dial = async (bench: Bench) => post(bench, { type: 'DIAL' });

describe('who offers', () => {
	it('given that we offer, when there is a slot, then we do, and not before', async () => {
		const bench = talk(designated);
		expect(state(bench)).toBe('queued');
		await advance(bench, 60_000);
		expect(calls(bench)).toEqual([]);

		await dial(bench);

		expect(calls(bench)).toEqual(['ours-1']);
		expect(invites(bench)).toHaveLength(1);
	});

	it.each([
		[0, 10_000],
		[0.5, 11_500],
		[0.999, 12_997]
	])(
		'J25 given that they offer, when none comes (chance %s), then we ask for a slot after %s ms',
		async (random, ms) => {
			const bench = talk({ random: () => random });
			expect(state(bench)).toBe('waiting');
			await advance(bench, ms - 1);
			expect(state(bench)).toBe('waiting');
			await advance(bench, 1);
			expect(state(bench)).toBe('overdue');

			await dial(bench);
			expect(calls(bench)).toEqual(['ours-1']);
		}
	);

	it('given no signaling, when an offer is late, then it is waited for: nothing could get through', async () => {
		const bench = talk();
		await post(bench, { type: 'SIGNALING_DOWN' });
		await advance(bench, 60_000);
		expect(state(bench)).toBe('waiting');

		await post(bench, { type: 'SIGNALING_UP' });
		await advance(bench, 13_000);
		expect(state(bench)).toBe('overdue');
	});

	it('M34 given nothing to send on either side, when we get something, then we offer; when they do as well, the waiting side waits', async () => {
		const ours = { id: us, inCall: true, hasStreams: false };
		const theirs = { id: them, inCall: true, hasStreams: false };
		const bench = talk({ ours, theirs });
		expect(state(bench)).toBe('idle');

		await post(bench, { type: 'UPDATE', ours: { ...ours, hasStreams: true }, theirs });
		expect(state(bench)).toBe('queued');
	});

	it('given a slot, when 5 s are over without a connection, then others may have it', async () => {
		const bench = talk(designated);
		await dial(bench);
		expect(bench.actor.getSnapshot().matches({ present: { dialling: 'inSlot' } })).toBe(true);
		await advance(bench, 5_000);

		expect(bench.actor.getSnapshot().matches({ present: { dialling: 'slow' } })).toBe(true);
	});

	it.each(['us', 'them'] as const)(
		'given a screen shown by %s, when it is decided who offers, then its owner, whatever the ids',
		(initiator) => {
			const bench = talk({ purpose: 'screenshare', initiator });

			expect(state(bench)).toBe(initiator === 'us' ? 'queued' : 'waiting');
		}
	);

	it('given a screen of theirs, when no offer comes, then we do not offer in their place, yet take one that comes later', async () => {
		const bench = talk({ purpose: 'screenshare', initiator: 'them' });
		await advance(bench, 60_000);
		expect(state(bench)).toBe('failed');
		await dial(bench);
		expect(calls(bench)).toEqual([]);

		await hear(bench, { ...relayed.invite(), purpose: 'screenshare' });
		expect(state(bench)).toBe('dialling');
	});
});

describe('retries', () => {
	it('M19 given failures, when they are retried, then after 1, 2 and 4 s, each with a new call and nothing of the old one', async () => {
		const bench = talk(designated);
		const waits: number[] = [];
		for (let attempt = 1; attempt <= 3; attempt += 1) {
			await dial(bench);
			close(bench, `ours-${attempt}`, 'ice_failed');
			expect(state(bench)).toBe('retryWait');
			expect(calls(bench)).toEqual([]);
			expect(context(bench).tombstones).toContain(`ours-${attempt}`);
			const from = bench.clock.now();
			while (state(bench) === 'retryWait') await advance(bench, 50);
			waits.push(bench.clock.now() - from);
		}

		expect(waits).toEqual([1_000, 2_000, 4_000]);
	});

	it.each([0, 0.999_999])(
		'given any chance (%s), when it is retried, then within a quarter of the wait',
		async (random) => {
			const bench = talk({ ...designated, random: () => random });
			await dial(bench);
			close(bench, 'ours-1', 'ice_failed');
			const from = bench.clock.now();
			while (state(bench) === 'retryWait') await advance(bench, 1);

			expect(bench.clock.now() - from).toBe(random === 0 ? 750 : 1_250);
		}
	);

	it('M20 given a fourth failure, when it comes, then the member has failed; a person may try again from the start', async () => {
		const bench = talk(designated);
		for (let attempt = 1; attempt <= 4; attempt += 1) {
			await dial(bench);
			close(bench, `ours-${attempt}`, 'ice_failed');
			await advance(bench, 10_000);
		}
		expect(state(bench)).toBe('failed');
		await advance(bench, 600_000);
		expect(state(bench)).toBe('failed');

		await post(bench, { type: 'RETRY' });
		await dial(bench);
		expect(calls(bench)).toEqual(['ours-5']);
		expect(context(bench).retries).toBe(0);
	});

	it('M21 given an end that a person wanted, when it comes, then nothing is tried again', async () => {
		const bench = talk(designated);
		await dial(bench);
		close(bench, 'ours-1', 'user_hangup');

		expect(state(bench)).toBe('failed');
	});

	it('given an unknown error, when it happens twice, then it is retried once', async () => {
		const bench = talk(designated);
		for (const attempt of [1, 2]) {
			await dial(bench);
			close(bench, `ours-${attempt}`, 'unknown_error');
			await advance(bench, 5_000);
		}
		expect(state(bench)).toBe('failed');
	});

	it('M22 given a connection after a retry, when it fails, then the count starts anew', async () => {
		const bench = talk(designated);
		for (const attempt of [1, 2, 3]) {
			await dial(bench);
			close(bench, `ours-${attempt}`, 'ice_failed');
			await advance(bench, 10_000);
		}
		await dial(bench);
		await hear(bench, relayed.answer('ours-4' as CallId));
		connect(bench, 'ours-4');
		expect(state(bench)).toBe('up');
		expect(context(bench).retries).toBe(0);
	});

	it('M23 given a call that they replaced, when nothing follows for 5 s, then we try again', async () => {
		const bench = openMember({ initiator: 'us' });
		await dial(bench);
		await advance(bench, 200);
		await hear(bench, { ...relayed.hangup('ours-1' as CallId), kind: 'hangup', reason: 'replaced' });
		expect(state(bench)).toBe('replaceWait');
		await advance(bench, 4_999);
		expect(state(bench)).toBe('replaceWait');
		await advance(bench, 1);

		expect(state(bench)).toBe('queued');
	});

	it('M37 given no signaling, when a call fails, then the retry waits until there is', async () => {
		const bench = talk(designated);
		await dial(bench);
		await post(bench, { type: 'SIGNALING_DOWN' });
		close(bench, 'ours-1', 'ice_failed');
		await advance(bench, 60_000);
		expect(state(bench)).toBe('retryWait');
		expect(context(bench).retries).toBe(1);

		await post(bench, { type: 'SIGNALING_UP' });
		await advance(bench, 2_000);
		expect(state(bench)).toBe('queued');
	});

	it('given a retry that waits, when they call, then theirs is taken', async () => {
		const bench = talk(designated);
		await dial(bench);
		close(bench, 'ours-1', 'ice_failed');
		await hear(bench, relayed.invite());

		expect(state(bench)).toBe('dialling');
		expect(calls(bench)).toEqual([callId]);
	});

	it('given a peer call that throws, when it does, then what it left open is released and it is tried again', async () => {
		const released: string[] = [];
		const bench = talk({ ...designated, releaseResources: (owner) => released.push(owner) });
		await dial(bench);
		bench.actor.send({
			type: 'xstate.error.actor.peer:ours-1',
			error: new Error('a bug'),
			actorId: 'peer:ours-1'
		});

		expect(released).toEqual(['ours-1']);
		expect(state(bench)).toBe('retryWait');
		expect(bench.actor.getSnapshot().status).toBe('active');
	});
});

describe('crossing offers in Talk', () => {
	const crossed = async () => {
		const bench = talk();
		await advance(bench, 12_000);
		await dial(bench); // late, we offer in their place
		await hear(bench, relayed.invite()); // and theirs comes after all
		return bench;
	};

	it('given ours and theirs, when they are designated, then theirs is answered and ours waits in limbo', async () => {
		const bench = await crossed();

		expect(context(bench)).toMatchObject({ current: callId, limbo: 'ours-1' });
		expect(calls(bench)).toEqual(['ours-1', callId]);
	});

	it('J21 given limbo, when the winner connects, then limbo is closed', async () => {
		const bench = await crossed();
		connect(bench, callId);

		expect(context(bench).limbo).toBeNull();
		expect(calls(bench)).toEqual([callId]);
		expect(state(bench)).toBe('up');
	});

	it('J22 given limbo, when ours is answered after all, then it is revived and theirs closed', async () => {
		const bench = await crossed();
		await hear(bench, relayed.answer('ours-1' as CallId));

		expect(context(bench)).toMatchObject({ current: 'ours-1', limbo: null });
		expect(calls(bench)).toEqual(['ours-1']);
	});

	it('J23 given limbo, when 10 s are over, then it is closed', async () => {
		const bench = await crossed();
		await advance(bench, 10_000);

		expect(calls(bench)).not.toContain('ours-1');
	});

	it('given limbo, when a third offer comes, then there is still one limbo at most', async () => {
		const bench = await crossed();
		await hear(bench, relayed.invite({ callId: 'third' as CallId }));

		expect(context(bench)).toMatchObject({ current: 'third', limbo: null });
		expect(calls(bench)).toEqual(['third']);
	});

	it('given limbo, when they claim its name for an offer of their own, then nothing changes', async () => {
		const bench = await crossed();
		await hear(bench, relayed.invite({ callId: 'ours-1' as CallId }));

		expect(context(bench)).toMatchObject({ current: callId, limbo: 'ours-1', stale: 1 });
		expect(calls(bench)).toEqual(['ours-1', callId]);
	});

	it('given limbo, when the winner fails and we try again, then limbo is gone', async () => {
		const bench = await crossed();
		close(bench, callId, 'ice_failed');
		await post(bench, { type: 'UPDATE', ...context(bench), ours: designated.ours ?? context(bench).ours });
		await advance(bench, 1_500);
		await dial(bench);

		expect(calls(bench)).toEqual(['ours-2']);
	});

	it('J16 J17 given mute and new tracks, when there are two calls, then both hear of it', async () => {
		const bench = await crossed();
		const muted = { audio: true, video: true };
		await post(bench, { type: 'SET_MUTED', muted }, { type: 'SET_MEDIA', lease: null });

		for (const of of ['ours-1', callId])
			expect(peer(bench, of)?.getSnapshot().context).toMatchObject({ muted });
		expect(context(bench)).toMatchObject({ muted, lease: null });
	});

	it('given that we are designated, when theirs crosses ours, then ours is kept and theirs never revived', async () => {
		const bench = talk(designated);
		await dial(bench);
		await hear(bench, relayed.invite());
		await hear(bench, relayed.invite());

		expect(calls(bench)).toEqual(['ours-1']);
		expect(context(bench)).toMatchObject({ stale: 2, tombstones: [callId] });
	});
});

describe('too early, too late', () => {
	it('given what was kept, when it is given on, then offers have the age of their wait, and nothing else has one', () => {
		const kept = (signal: PeerSignal) =>
			givenOn({ from: 'x' as SessionId, signal, arrivedAt: 1_000, ticket: 1 }, 5_000);

		expect(kept(relayed.invite())).toMatchObject({ kind: 'invite', ageMs: 4_000 });
		expect(kept(relayed.candidates([candidate(1)]))).not.toHaveProperty('ageMs');
		expect(remoteEvent('x' as SessionId, kept(relayed.invite()))).toMatchObject({
			ageMs: 4_000
		});
		// a clock that was set back makes nothing younger than new
		expect(
			givenOn({ from: 'x' as SessionId, signal: relayed.invite(), arrivedAt: 9_000, ticket: 1 }, 5_000)
		).toMatchObject({
			ageMs: 0
		});
	});

	it('given candidates before their call, when it comes, then they are applied, by party', async () => {
		const bench = talk();
		await hear(bench, { ...relayed.candidates([candidate(1)]), partyId: 'phone' });
		expect(context(bench).early).toEqual([{ callId, partyId: 'phone', candidates: [candidate(1)] }]);
		await hear(bench, { ...relayed.invite(), partyId: 'phone' });

		expect(context(bench).early).toEqual([]);
		expect(bench.applied()).toEqual(['candidate:1']);
	});

	it('given early candidates, when 60 s are over, then they are forgotten, counted from the first', async () => {
		const bench = talk();
		await hear(bench, relayed.candidates([candidate(1)]));
		await advance(bench, 59_000);
		await hear(bench, relayed.candidates([candidate(2)]));
		await advance(bench, 1_000);

		expect(context(bench).early).toEqual([]);
	});

	it('J19 given a hangup that overtakes its invite, when the invite comes, then it is not answered', async () => {
		const bench = talk();
		await hear(bench, relayed.hangup(), relayed.invite());

		expect(calls(bench)).toEqual([]);
	});

	it.each(['answer', 'candidates'] as const)(
		'given a call that is over, when its %s come late, then they are counted and dropped',
		async (kind) => {
			const bench = talk(designated);
			await dial(bench);
			close(bench, 'ours-1', 'ice_failed');
			const of = 'ours-1' as CallId;
			await hear(bench, kind === 'answer' ? relayed.answer(of) : relayed.candidates([candidate(1)], of));

			expect(context(bench)).toMatchObject({ stale: 1, early: [] });
		}
	);

	it('given an established call, when a new offer comes, then they have started anew: it takes the place of the old one', async () => {
		const bench = talk();
		await hear(bench, relayed.invite());
		connect(bench, callId);
		await hear(bench, relayed.invite({ callId: 'again' as CallId }));

		expect(calls(bench)).toEqual(['again']);
		expect(state(bench)).toBe('dialling');
	});
});

describe('buffers', () => {
	it('given candidates of many calls and parties, when they are kept, then a bounded number, the newest', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.record({
						callId: fc
							.constantFrom('a', 'b', 'constructor', '__proto__', 'c', 'd', 'e', 'f', 'g', 'h', 'i')
							.map((name) => name as CallId),
						partyId: fc.constantFrom(undefined, 'phone', '__proto__'),
						count: fc.integer({ min: 1, max: 200 })
					}),
					{ maxLength: 40 }
				),
				(batches) => {
					let early: ReturnType<typeof keepCandidates> = [];
					for (const { count, ...of } of batches) {
						const candidates = Array.from({ length: count }, (_, index) => candidate(index));
						early = keepCandidates(early, { ...of, candidates });
						expect(early.length).toBeLessThanOrEqual(8);
						expect(early.every((batch) => batch.candidates.length <= 256)).toBe(true);
						const own = early.find((batch) => batch.callId === of.callId && batch.partyId === of.partyId);
						expect(own?.candidates.at(-1)).toEqual(candidates.at(-1));
					}
				}
			),
			{ seed: 64 }
		);
	});

	it('given signals of unknown sessions, when they are kept, then within the bounds, and in order for each session', () => {
		fc.assert(
			fc.property(fc.array(fc.nat(9), { maxLength: 600 }), (senders) => {
				let early: readonly EarlySignal[] = [];
				for (const [ticket, sender] of senders.entries()) {
					const from = `s${sender}` as SessionId;
					early = keepSignal(early, { from, signal: relayed.invite(), arrivedAt: 0, ticket }).kept;
					expect(early.length).toBeLessThanOrEqual(earlySignalsMax.total);
					expect(early.filter((kept) => kept.from === from).length).toBeLessThanOrEqual(
						earlySignalsMax.perSession
					);
				}
				const tickets = early.map(({ ticket }) => ticket);
				expect(tickets).toEqual([...tickets].sort((one, other) => one - other));
			}),
			{ seed: 13, numRuns: 50 }
		);
	});
});

it('I8 I9 I10 given any sequence of signals, ends and commands, in any profile, when it has happened, then the member lives, has at most two calls, revives none that ended, makes four attempts at most between two connections, and leaves no timer', async () => {
	const name = fc.constantFrom('ours-1', 'ours-2', 'ours-3', 'x', 'y').map((text) => text as CallId);
	const said: fc.Arbitrary<PeerSignal> = fc.oneof(
		fc
			.tuple(name, fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }))
			.map(([of, callSeq]) =>
				relayed.invite(callSeq === undefined ? { callId: of } : { callId: of, callSeq })
			),
		name.map((of) => relayed.answer(of)),
		name.map((of) => relayed.candidates([candidate(1)], of)),
		name.map((of) => relayed.hangup(of)),
		name.map((of) => ({ ...relayed.hangup(of), kind: 'hangup' as const, reason: 'replaced' })),
		name.map((of) => ({ kind: 'reject' as const, callId: of, purpose: 'usermedia' as const })),
		name.map((of) => ({
			kind: 'request_offer' as const,
			callId: of,
			purpose: 'usermedia' as const,
			isUpdate: true
		}))
	);
	const numbered = fc
		.tuple(said, fc.option(fc.nat(3), { nil: undefined }), fc.constantFrom(undefined, 'phone'))
		.map(([signal, seq, partyId]) => ({
			type: 'SIGNAL' as const,
			signal: {
				...signal,
				...(seq === undefined ? {} : { seq }),
				...(partyId === undefined ? {} : { partyId })
			}
		}));
	const side = (id: SessionId) =>
		fc.record({ id: fc.constant(id), inCall: fc.boolean(), hasStreams: fc.boolean() });
	/** From here on four attempts may be made again: somebody asked, or something changed. */
	const fresh: fc.Arbitrary<MemberEvent> = fc.oneof(
		fc.constant({ type: 'RETRY' as const }),
		fc.constantFrom(null, leaseOf('audio')).map((lease) => ({ type: 'SET_MEDIA' as const, lease })),
		fc.tuple(side(us), side(them)).map(([ours, theirs]) => ({ type: 'UPDATE' as const, ours, theirs }))
	);
	const command = fc.constantFrom<MemberEvent>(
		{ type: 'SIGNALING_DOWN' },
		{ type: 'SIGNALING_UP' },
		{ type: 'OFFER_REFUSED' },
		{ type: 'SET_MUTED', muted: { audio: true, video: false } },
		{ type: 'SEND_STATE', state: { kind: 'camera', state: 'on' } },
		{ type: 'SET_ICE_SERVERS', iceServers: [] }
	);
	const step = fc.oneof(
		{ weight: 4, arbitrary: numbered.map((event) => ({ event })) },
		{ weight: 3, arbitrary: fc.constant({ event: { type: 'DIAL' as const } }) },
		{ weight: 1, arbitrary: command.map((event) => ({ event })) },
		{ weight: 1, arbitrary: fresh.map((event) => ({ event, isFresh: true })) },
		{
			weight: 3,
			arbitrary: fc
				.constantFrom('ice_failed', 'unknown_error', 'replaced', 'user_hangup')
				.map((end) => ({ end: end as 'ice_failed' }))
		},
		{ weight: 1, arbitrary: fc.constant({ connects: true }) },
		{
			weight: 3,
			arbitrary: fc.constantFrom(100, 1_000, 5_000, 10_000, 61_000).map((ms) => ({ advance: ms }))
		}
	);
	const self = { id: us, inCall: true, hasStreams: true };
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { maxLength: 30 }),
			fc.constantFrom<Partial<MemberInput>>(
				{ profile: 'native', initiator: 'compare' },
				{ profile: 'native', initiator: 'us' },
				{ profile: 'talkMesh', initiator: 'compare' },
				{ profile: 'talkMesh', initiator: 'compare', ...designated },
				{ profile: 'talkMesh', initiator: 'us', purpose: 'screenshare' },
				{ profile: 'talkMesh', initiator: 'them', purpose: 'screenshare' },
				{ profile: 'sfuSubscriber', initiator: 'compare' },
				{ profile: 'sfuPublisher', initiator: 'compare', theirs: self }
			),
			async (steps, input) => {
				const bench = openMember(input);
				const broken: unknown[] = [];
				bench.actor.subscribe({ error: (error) => broken.push(error) });
				const over = new Set<string>();
				let placedBefore = 0;
				for (const next of steps) {
					const { current } = context(bench);
					if ('advance' in next) await advance(bench, next.advance);
					else if ('end' in next && current !== null) close(bench, current, next.end);
					else if ('connects' in next && current !== null) connect(bench, current);
					else if ('event' in next) await post(bench, next.event);
					await microtasks();
					const now = context(bench);
					if (now.isConnected || 'isFresh' in next) placedBefore = now.placed;
					expect(now.placed - placedBefore).toBeLessThanOrEqual(4);
					expect(calls(bench).sort()).toEqual([now.current, now.limbo].filter((of) => of !== null).sort());
					for (const of of calls(bench)) expect(over.has(of)).toBe(false);
					for (const of of now.tombstones) over.add(of);
				}
				expect(broken).toEqual([]);
				bench.actor.stop();
				expect(bench.clock.pending).toBe(0);
			}
		),
		{ seed: 89, numRuns: 300 }
	);
}, 120_000);
