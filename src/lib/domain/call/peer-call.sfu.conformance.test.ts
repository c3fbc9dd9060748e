import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import { openConnectedMember } from '../../../../tests/support/member-bench.ts';
import {
	givenDescriptions as applied,
	needNegotiation as needed
} from '../../../../tests/support/negotiation-steps.ts';
import {
	candidate,
	leaseOf,
	microtasks,
	openCallee,
	openCaller,
	remote,
	type Bench,
	type BenchOptions
} from '../../../../tests/support/peer-call-bench.ts';

/** One peer call towards a media server: one direction, one side that offers. */
type Phase = 'fledgling' | 'createOffer' | 'inviteSent' | 'connecting' | 'connected';
const openPublisher = (phase: Phase, options: BenchOptions = {}) =>
	openCaller(phase, {
		...options,
		input: { profile: 'sfuPublisher', media: { audio: 'send', video: 'send' }, ...options.input }
	});
const openSubscriber = (
	phase: 'fledgling' | 'connecting' | 'connected',
	{ holds }: Pick<BenchOptions, 'holds'> = {}
) =>
	openCallee(phase, {
		...(holds === undefined ? {} : { holds }),
		input: {
			profile: 'sfuSubscriber',
			answersAlone: true,
			media: { audio: 'receive', video: 'receive' }
		}
	});

const offer = (sdp: string) => remote.invite({ description: { type: 'offer', sdp } });
const answers = (bench: Bench) =>
	bench.sent('answer', 'negotiate').map(({ kind, description }) => `${kind} ${description.type}`);

describe('publisher', () => {
	it('J28 given a publisher that was rebuilt, when the answer for the old connection comes, then it is dropped, and the right one taken', () => {
		const bench = openPublisher('inviteSent');
		const before = bench.context();

		bench.post({
			...remote.answer({ description: { type: 'answer', sdp: 'late' } }),
			callId: 'old' as CallId
		});
		expect(bench.context()).toEqual(before);
		bench.post(remote.answer());

		expect(applied(bench)).toEqual(['their answer']);
		expect(bench.phase()).toBe('connecting');
	});

	it('J28 given candidates and a hangup of the old connection, when they come, then they are dropped too', () => {
		const bench = openPublisher('connected');
		const old = { callId: 'old' as CallId };

		bench.post(
			{ ...remote.candidates([candidate('late')]), ...old },
			{ ...remote.hangup(), ...old },
			{ ...remote.negotiate('answer'), ...old }
		);

		expect(bench.applied()).toEqual([]);
		expect(bench.phase()).toBe('connected');
		expect(bench.context().unexpected).toEqual({});
	});

	it('given a lease without tracks, when it is placed, then it offers all the same: tracks come by replaceTrack later', () => {
		const bench = openPublisher('fledgling');

		bench.post({ type: 'CALL', lease: leaseOf(), muted: { audio: true, video: true } });

		expect(bench.commanded('APPLY_MEDIA')).toMatchObject([{ offering: true }]);
		expect(bench.sent('invite')).toHaveLength(1);
	});

	it('given a change of tracks that needs no negotiation, when it is applied, then the connection stays', () => {
		const bench = openPublisher('fledgling', { asksForNegotiation: false });
		bench.post({ type: 'CALL', lease: leaseOf('audio'), muted: { audio: false, video: false } });
		needed(bench);
		bench.post(remote.answer());
		bench.ice('connected');

		bench.post({ type: 'SET_MEDIA', lease: leaseOf('video') });
		bench.advance(60_000);

		expect(bench.commanded('APPLY_MEDIA').at(-1)?.lease).toEqual(leaseOf('video'));
		expect(bench.phase()).toBe('connected');
		expect(bench.sent('negotiate')).toEqual([]);
	});

	it('given a server that takes no second offer, when negotiation is needed, then the call ends as replaced and nothing is said', () => {
		const bench = openPublisher('connected');

		needed(bench);
		needed(bench);
		bench.advance(100);

		expect(bench.output()).toMatchObject({ reason: 'replaced', party: 'local', everConnected: true });
		expect(bench.commanded('SET_LOCAL')).toHaveLength(1);
		expect(bench.sent('negotiate', 'hangup')).toEqual([]);
	});

	it('given a server that takes no second offer and signaling that is down, when negotiation is needed, then the call goes on until it is up', () => {
		const bench = openPublisher('connected');
		bench.post({ type: 'SIGNALING_DOWN' });
		needed(bench);
		bench.advance(60_000);
		expect(bench.phase()).toBe('connected');

		bench.post({ type: 'SIGNALING_UP' });
		bench.advance(100);

		expect(bench.output()?.reason).toBe('replaced');
	});

	it('given a server that takes updates, when negotiation is needed, then the same connection is offered anew', () => {
		const bench = openPublisher('connected', { input: { updates: true } });
		needed(bench);
		bench.advance(100);
		expect(bench.sent('negotiate')).toMatchObject([{ description: { type: 'offer' } }]);

		bench.post(remote.answer({ description: { type: 'answer', sdp: 'updated' } }));
		bench.advance(60_000);

		expect(applied(bench)).toEqual(['their answer', 'updated']);
		expect(bench.phase()).toBe('connected');
	});

	it('given a server that takes updates, when it does not answer one for 10 s, then the call ends so that it is rebuilt', () => {
		const bench = openPublisher('connected', { input: { updates: true } });
		needed(bench);

		bench.advance(100 + 10_000);

		expect(bench.output()?.reason).toBe('signalling_timeout');
	});
});

it('given a publisher that was replaced for want of a second offer, when its owner hears of it, then a new connection is made without counting a failure', async () => {
	const { member, first: old } = await openConnectedMember('sfuPublisher');

	member.edge(old, { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
	await member.advance(100);
	expect(member.actor.getSnapshot()).toMatchObject({
		value: { present: 'queued' },
		context: { retries: 0, hasFailedLately: false }
	});
	member.actor.send({ type: 'DIAL' });
	await microtasks();

	const { current } = member.actor.getSnapshot().context;
	expect(current).not.toBe(old);
	expect(member.sends.some(({ signal }) => signal.kind === 'invite' && signal.callId === current)).toBe(true);
});

describe('subscriber', () => {
	it('J27 given a subscriber, when an offer with the same call id comes, then the connection is updated in place', () => {
		const bench = openSubscriber('connected');

		bench.post(offer('with video now'));

		expect(applied(bench)).toEqual(['their offer', 'with video now']);
		expect(answers(bench)).toEqual(['answer answer', 'negotiate answer']);
		expect(bench.phase()).toBe('connected');
		expect(bench.closed.pc).toBe(0);
	});

	it.each(['SET_REMOTE', 'SET_LOCAL'] as const)(
		'J27 given an update whose %s is under way, when more offers come, then one waits, and the latest wins',
		(held) => {
			const bench = openSubscriber('connected');
			bench.hold(held);
			bench.post(offer('first'));

			bench.post(offer('second'), offer('third'));
			bench.hold();
			bench.answer(held);

			expect(applied(bench)).toEqual(['their offer', 'first', 'third']);
			expect(answers(bench)).toEqual(['answer answer', 'negotiate answer', 'negotiate answer']);
		}
	);

	it.each(['SET_REMOTE', 'APPLY_MEDIA', 'SET_LOCAL'] as const)(
		'J27 given a first offer whose %s is under way, when another comes, then it is taken up after the answer',
		(held) => {
			const bench = openSubscriber('fledgling', { holds: [held] });
			bench.post(offer('first'));

			bench.post(offer('first'), offer('second'), offer('third'));
			bench.hold();
			bench.answer(held);

			expect(applied(bench)).toEqual(['first', 'third']);
			expect(answers(bench)).toEqual(['answer answer', 'negotiate answer']);
		}
	);

	it('J27 given an answer not yet acknowledged, when another offer comes, then it is taken up afterwards', () => {
		const bench = openCallee('fledgling', {
			transport: (kind) => (kind === 'answer' ? 'held' : 'ok'),
			input: { profile: 'sfuSubscriber', answersAlone: true }
		});
		bench.post(offer('first'));
		bench.post(offer('second'));
		expect(applied(bench)).toEqual(['first']);

		bench.settle('answer');

		expect(applied(bench)).toEqual(['first', 'second']);
	});

	it('given candidates before and after the offer, when it is answered, then the server has a moment to take the answer before any is used, and none is lost', () => {
		const bench = openSubscriber('fledgling', { holds: ['SET_LOCAL'] });
		bench.post(remote.candidates([candidate('early')]), offer('first'));
		bench.post(remote.candidates([candidate('before the answer')]));
		bench.advance(1_000);
		expect(bench.applied()).toEqual([]);

		bench.hold();
		bench.answer('SET_LOCAL');
		bench.post(remote.candidates([candidate('behind the answer')]));
		bench.advance(14);
		expect(answers(bench)).toEqual(['answer answer']);
		expect(bench.applied()).toEqual([]);

		bench.advance(1);
		expect(bench.applied()).toEqual([
			'candidate:early',
			'candidate:before the answer',
			'candidate:behind the answer'
		]);
		bench.post(remote.candidates([candidate('late')]));
		expect(bench.applied()).toHaveLength(4);
	});

	it('given an offer, when it comes, then it is answered without anybody, and nothing is sent from here', () => {
		const bench = openSubscriber('fledgling');

		bench.post(offer('first'));

		expect(bench.commanded('APPLY_MEDIA')).toMatchObject([{ lease: null, offering: false }]);
		expect(answers(bench)).toEqual(['answer answer']);
	});

	it('given a subscriber, when the browser wants negotiation, then no offer is ever made', () => {
		const bench = openSubscriber('connected');

		needed(bench);
		bench.hold('SET_REMOTE');
		bench.post(offer('an update'));
		needed(bench);
		bench.hold();
		bench.answer('SET_REMOTE');
		bench.advance(60_000);

		expect(answers(bench)).toEqual(['answer answer', 'negotiate answer']);
		expect(bench.context().unexpected).toEqual({});
	});

	it('given a lost path, when the server offers anew with the same call id, then it is mended in place', () => {
		const bench = openSubscriber('connected');
		bench.ice('disconnected');
		bench.advance(5_000);

		bench.post(offer('with a new ufrag'));
		bench.ice('checking', 'connected');
		bench.advance(60_000);

		expect(bench.phase()).toBe('connected');
		expect(bench.commanded('RESTART_ICE')).toEqual([]);
	});
});
