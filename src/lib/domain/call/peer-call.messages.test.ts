import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	accept,
	call,
	candidate,
	openBench,
	openCallee,
	openCaller,
	remote,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';

const muted = (audio: boolean): PeerCallEvent => ({ type: 'SET_MUTED', muted: { audio, video: false } });
const needed = (bench: Bench) => {
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
};
const place = (bench: Bench) => {
	bench.post(call());
	bench.advance(200);
};
const accepts = (bench: Bench) => {
	bench.post(accept);
	bench.advance(200);
};
const offers = (bench: Bench) => {
	needed(bench);
	bench.advance(100);
};
const isAnswered = (bench: Bench) => {
	bench.post(remote.answer({ partyId: 'p' }));
};
const gathers = (bench: Bench) => {
	bench.edge({ type: 'PC_CANDIDATE', candidate: candidate(1) });
	bench.advance(500);
};
const numbers = (bench: Bench) => bench.sends.map(({ signal }) => signal.seq);

describe('numbers', () => {
	it('given a native call, when it says anything, then its messages are numbered from nought', () => {
		const bench = openCaller('inviteSent');
		bench.post(remote.answer({ partyId: 'p' }), muted(true));
		bench.ice('connected');
		needed(bench);
		bench.advance(100);

		bench.post({ type: 'HANGUP', reason: 'user_hangup' });

		expect(bench.sentKinds()).toEqual([
			'invite',
			'candidates',
			'select_answer',
			'metadata',
			'negotiate',
			'hangup'
		]);
		expect(numbers(bench)).toEqual([0, 1, 2, 3, 4, 5]);
	});

	it('given an offer that nobody answered in time, when its answer comes after the next offer, then only the answer to that one counts', () => {
		const bench = openCaller('connected');
		needed(bench);
		bench.advance(100);
		bench.advance(10_000);
		bench.advance(200);
		const [first, second] = bench.sent('negotiate').map(({ seq }) => seq ?? Number.NaN);
		const answer = (answersSeq: number | undefined, sdp: string): PeerCallEvent =>
			({ ...remote.negotiate('answer', sdp), answersSeq }) as PeerCallEvent;
		bench.edge({ type: 'PC_SIGNALING_STATE', state: 'have-local-offer' });

		bench.post(answer(first, 'late'));
		bench.post(answer(second, 'in time'));

		const applied = bench.commanded('SET_REMOTE').map(({ description }) => description.sdp);
		expect(applied).toContain('in time');
		expect(applied).not.toContain('late');
		expect(second).toBeGreaterThan(first ?? Number.NaN);
	});

	it('given their numbered offers, also those that had to wait, when they are answered, then each answer names its own', () => {
		const bench = openCaller('inviteSent');
		const offer = (seq: number): PeerCallEvent =>
			({ ...remote.negotiate('offer', `offer ${seq}`), seq }) as PeerCallEvent;

		bench.post(offer(7), offer(8), remote.answer());
		bench.post(offer(9));

		expect(bench.sent('negotiate').map(({ answersSeq }) => answersSeq)).toEqual([8, 9]);
	});

	it.each(['talkMesh', 'sfuPublisher', 'sfuSubscriber'] as const)(
		'(%s) given Talk, when anything is said, then it has no number',
		(profile) => {
			const bench =
				profile === 'sfuSubscriber'
					? openCallee('connected', { input: { profile } })
					: openCaller('connected', { input: { profile } });
			bench.edge({ type: 'PC_CANDIDATE', candidate: candidate(1) });
			bench.advance(0);
			bench.post({ type: 'HANGUP', reason: 'user_hangup' });

			expect(bench.sends.length).toBeGreaterThan(1);
			for (const { signal } of bench.sends) expect(signal).not.toHaveProperty('seq');
		}
	);

	it.each([
		['invite', () => openCaller('fledgling'), place],
		['answer', () => openCallee('ringing'), accepts],
		['negotiate', () => openCaller('connected'), offers],
		['metadata', () => openCaller('connected'), () => undefined],
		['select_answer', () => openCaller('inviteSent'), isAnswered],
		['candidates', () => openCallee('connected'), gathers]
	] as const)(
		'given a failed %s, when it is sent again, then it is the same message to the letter',
		(kind, open, say) => {
			const bench = open();
			const before = bench.sent(kind).length;
			bench.transportDoes((of, nth) => (of === kind && nth === before ? 'fails' : 'ok'));

			say(bench);
			bench.post(muted(true));
			bench.advance(600);

			const [first, again] = bench.sent(kind).slice(before);
			expect(first?.seq).toBeTypeOf('number');
			expect(again).toEqual(first);
		}
	);

	it('given any fate of what is sent, when everything has settled, then each number stands for one message, and none is left out', () => {
		const step = fc.oneof(
			fc.constantFrom('gather', 'complete', 'mute', 'unmute', 'negotiate', 'answer', 'offer', 'down', 'up'),
			fc.constantFrom(1, 100, 500, 2_000)
		);
		fc.assert(
			fc.property(
				fc.array(step, { maxLength: 60 }),
				fc.array(fc.constantFrom('ok' as const, 'ok' as const, 'fails' as const), {
					minLength: 3,
					maxLength: 9
				}),
				(steps, fates) => {
					let sends = 0;
					const bench = openBench({ transport: () => fates[(sends += 1) % fates.length] ?? 'ok' });
					bench.post(call());
					bench.advance(200);
					if (bench.status() === 'active') bench.post(remote.answer({ partyId: 'p' }));
					bench.ice('connected');
					for (const each of steps) {
						if (bench.status() !== 'active') break;
						if (typeof each === 'number') bench.advance(each);
						else if (each === 'gather') bench.edge({ type: 'PC_CANDIDATE', candidate: candidate(1) });
						else if (each === 'complete') bench.edge({ type: 'PC_GATHERING_COMPLETE' });
						else if (each === 'negotiate') needed(bench);
						else if (each === 'answer' || each === 'offer') bench.post(remote.negotiate(each));
						else if (each === 'down') bench.post({ type: 'SIGNALING_DOWN' });
						else if (each === 'up') bench.post({ type: 'SIGNALING_UP' });
						else bench.post(muted(each === 'mute'));
					}

					const bodies = new Map<number, string>();
					for (const { signal } of bench.sends) {
						const text = JSON.stringify(signal);
						expect(bodies.get(signal.seq ?? -1) ?? text).toBe(text);
						bodies.set(signal.seq ?? -1, text);
					}
					expect([...bodies.keys()]).toEqual([...bodies.keys()].map((_, index) => index));
				}
			),
			{ seed: 4, numRuns: 150 }
		);
	}, 30_000);
});

describe('a command that neither succeeds nor fails', () => {
	const atRest = () => openCaller('connected');
	const isInvited = (bench: Bench) => {
		bench.post(remote.invite());
	};
	const theyOffer = (bench: Bench) => {
		bench.post(remote.negotiate('offer'));
	};
	const theyAnswer = (bench: Bench) => {
		offers(bench);
		bench.post(remote.negotiate('answer'));
	};
	const givesUp = (bench: Bench) => {
		offers(bench);
		bench.advance(10_000);
	};
	it.each([
		['SET_REMOTE', 'the invite', () => openCallee('fledgling'), isInvited, 'set_remote_description'],
		['APPLY_MEDIA', 'the answer', () => openCallee('ringing'), accepts, 'create_answer'],
		['SET_LOCAL', 'the answer', () => openCallee('ringing'), accepts, 'set_local_description'],
		['SET_LOCAL', 'the invite', () => openCaller('fledgling'), place, 'set_local_description'],
		['READ_LOCAL', 'the invite', () => openCaller('fledgling'), place, 'set_local_description'],
		['SET_REMOTE', 'its answer', () => openCaller('inviteSent'), isAnswered, 'set_remote_description'],
		['SET_LOCAL', 'a further offer', atRest, offers, 'set_local_description'],
		['SET_REMOTE', 'the answer to it', atRest, theyAnswer, 'set_remote_description'],
		['ROLL_BACK', 'an offer given up', atRest, givesUp, 'set_local_description'],
		['SET_REMOTE', 'a further offer of theirs', atRest, theyOffer, 'set_remote_description'],
		['SET_LOCAL', 'our answer to it', atRest, theyOffer, 'set_local_description']
	] as const)(
		'given %s of %s, when 30 s pass without a result, then the call ends for it',
		(held, _, open, begin, reason) => {
			const bench = open();
			bench.hold(held);
			begin(bench);

			// what led up to it took 200 ms at most
			bench.advance(29_700);
			expect(bench.status()).toBe('active');
			bench.advance(300);
			bench.advance(500);

			expect(bench.output()).toMatchObject({ reason, party: 'local' });
			expect(bench.timers()).toBe(0);
		}
	);
});

describe('media that cannot be applied', () => {
	const refuse = (bench: Bench) => {
		bench.answer('APPLY_MEDIA', 'PC_MEDIA_REFUSED');
	};

	it('given one refusal, when it is tried again and works, then the call goes on, and refusals count anew', () => {
		const bench = openCaller('connected');
		bench.hold('APPLY_MEDIA');
		for (let round = 0; round < 3; round += 1) {
			bench.post({ type: 'SET_MEDIA', lease: null });
			refuse(bench);
			bench.answer('APPLY_MEDIA');
		}

		expect(bench.commanded('APPLY_MEDIA')).toHaveLength(1 + 6);
		expect(bench.phase()).toBe('connected');
	});

	it('given two refusals in a row, when the second comes, then the call ends so that its owner builds another', () => {
		const bench = openCaller('connected');
		bench.hold('APPLY_MEDIA');
		bench.post({ type: 'SET_MEDIA', lease: null });

		refuse(bench);
		expect(bench.phase()).toBe('connected');
		refuse(bench);

		expect(bench.output()).toMatchObject({ reason: 'local_offer_failed', party: 'local' });
	});

	it('given a refusal of media that was overtaken by other media, when it comes late, then it counts for nothing', () => {
		const bench = openCaller('connected');
		bench.hold('APPLY_MEDIA');
		bench.post({ type: 'SET_MEDIA', lease: null }, { type: 'SET_MEDIA', lease: null });

		refuse(bench);
		bench.answer('APPLY_MEDIA');

		expect(bench.commanded('APPLY_MEDIA')).toHaveLength(1 + 2);
		expect(bench.context()).toMatchObject({ mediaFailures: 0, warnings: [] });
	});
});
