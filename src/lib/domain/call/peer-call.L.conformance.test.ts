import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	accept,
	bothOn,
	call,
	leaseOf,
	openCallee,
	openCaller,
	remote,
	type Bench
} from '../../../../tests/support/peer-call-bench.ts';
import { openPair } from '../../../../tests/support/peer-call-pair.ts';
import type { TrackId } from '../media/capture.ts';
import type { Purpose, StreamMetadata } from '../signaling.ts';
import type { MediaLease } from './peer-connection.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';
import { classifyStreams, noStreams, type ArrivedStream } from './remote-streams.ts';

/**
 * Conformance of streams and metadata, as far as one peer call decides it. In Talk a
 * connection is one stream, so these are rows of the native profile.
 */
const track = (
	kind: 'audio' | 'video',
	remoteStreamId: string | null,
	type: 'PC_TRACK' | 'PC_TRACK_GONE' = 'PC_TRACK'
): PeerCallEvent => ({ type, kind, streamId: `key of ${remoteStreamId}`, remoteStreamId });
const gone = (kind: 'audio' | 'video', remoteStreamId: string) =>
	track(kind, remoteStreamId, 'PC_TRACK_GONE');
const word = (purpose: string, audioMuted = false, videoMuted = false) =>
	({ purpose: purpose as Purpose, audioMuted, videoMuted }) as const;
const metadata = (said: StreamMetadata) => remote.metadata({ metadata: said });
const shown = (bench: Bench) => {
	const { usermedia, screenshare } = bench.context().streams;
	return [usermedia?.remoteStreamId ?? null, screenshare?.remoteStreamId ?? null];
};
const muted = (audio: boolean, video: boolean): PeerCallEvent => ({
	type: 'SET_MUTED',
	muted: { audio, video }
});

it('L01 given streams that nobody described, when metadata comes, then they are told apart', () => {
	const bench = openCallee('connected');
	bench.post(metadata({ other: word('usermedia') }));
	bench.post(track('audio', 'cam'), track('video', 'cam'), track('video', 'desk'));
	expect(shown(bench)).toEqual([null, null]);

	bench.post(metadata({ cam: word('usermedia', true), desk: word('screenshare') }));

	expect(bench.context().streams).toEqual({
		usermedia: {
			remoteStreamId: 'cam',
			streamKey: 'key of cam',
			audio: true,
			video: true,
			audioMuted: true,
			videoMuted: false
		},
		screenshare: {
			remoteStreamId: 'desk',
			streamKey: 'key of desk',
			audio: false,
			video: true,
			audioMuted: false,
			videoMuted: false
		}
	});
	expect(bench.context()).toMatchObject({
		tracks: { audio: true, video: true },
		streamKey: 'key of cam'
	});
});

it('L01 given a stream that was parked, when only a later piece of metadata describes it, then it is looked at again', () => {
	const bench = openCallee('connected');
	bench.post(track('video', 'desk'), metadata({ cam: word('usermedia') }));
	expect(shown(bench)).toEqual([null, null]);

	bench.post({ ...remote.negotiate('offer'), metadata: { desk: word('screenshare') } } as PeerCallEvent);

	expect(shown(bench)).toEqual([null, 'desk']);
});

it.each([
	['an invite', () => openCallee('fledgling'), (said: StreamMetadata) => remote.invite({ metadata: said })],
	['an answer', () => openCaller('inviteSent'), (said: StreamMetadata) => remote.answer({ metadata: said })],
	['a message', () => openCaller('connected'), metadata]
])(
	'L02 given metadata from %s, when the tracks arrive afterwards, then they are told apart at once',
	(_, open, say) => {
		const bench = open();

		bench.post(say({ cam: word('usermedia', false, true), desk: word('screenshare') }));
		bench.post(track('video', 'desk'), track('audio', 'cam'));

		expect(shown(bench)).toEqual(['cam', 'desk']);
		expect(bench.context().streams.usermedia).toMatchObject({ audio: true, video: false, videoMuted: true });
	}
);

it('L02 given metadata that overtook its invite, when the invite comes, then the newer word counts', () => {
	const bench = openCallee('fledgling');

	bench.post(metadata({ cam: word('usermedia', true) }));
	bench.post(remote.invite({ metadata: { cam: word('usermedia', false) } }), track('audio', 'cam'));

	expect(bench.context().streams.usermedia?.audioMuted).toBe(true);
});

it('L02 given metadata without mute fields, when it comes, then nothing is muted', () => {
	const bench = openCaller('connected');

	bench.post(metadata({ cam: { purpose: 'usermedia' } as StreamMetadata[string] }), track('audio', 'cam'));

	expect(bench.context().streams.usermedia).toMatchObject({ audioMuted: false, videoMuted: false });
});

it.each(['drawing', 'constructor', '__proto__'])(
	'L03 given a stream for "%s", when it arrives, then it is not shown; with a purpose we know, it is',
	(purpose) => {
		const bench = openCaller('connected');
		bench.post(metadata({ odd: word(purpose), cam: word('usermedia') }));

		bench.post(track('video', 'odd'), track('video', 'cam'));
		expect(shown(bench)).toEqual(['cam', null]);
		bench.post(metadata({ odd: word('screenshare') }));

		expect(shown(bench)).toEqual(['cam', 'odd']);
	}
);

it.each(['constructor', '__proto__', 'toString'])(
	'L03 given a stream that calls itself "%s", when it is not described, then it is not shown; described, it is a stream like any other',
	(id) => {
		const bench = openCaller('connected');
		bench.post(metadata({ cam: word('usermedia') }), track('video', id));
		expect(shown(bench)).toEqual([null, null]);

		bench.post(metadata(Object.fromEntries([[id, word('usermedia', false, true)]])));

		expect(shown(bench)).toEqual([id, null]);
		expect(bench.context().streams.usermedia?.videoMuted).toBe(true);
	}
);

it('L04 given two streams for one purpose, when both are alive, then the first is shown; the second when the first has no track left', () => {
	const bench = openCaller('connected');
	bench.post(metadata({ one: word('screenshare'), two: word('screenshare') }));
	bench.post(track('video', 'one'), track('audio', 'one'), track('video', 'two'));
	expect(shown(bench)).toEqual([null, 'one']);

	bench.post(gone('video', 'one'));
	expect(shown(bench)).toEqual([null, 'one']);
	bench.post(gone('audio', 'one'));

	expect(shown(bench)).toEqual([null, 'two']);
});

it('L04 given a stream that is shown, when an older one turns out to be for the same purpose, then the shown one stays', () => {
	const bench = openCaller('connected');
	bench.post(metadata({ later: word('usermedia') }));
	bench.post(track('video', 'earlier'), track('video', 'later'));
	expect(shown(bench)).toEqual(['later', null]);

	bench.post(metadata({ earlier: word('usermedia') }));

	expect(shown(bench)).toEqual(['later', null]);
});

it.each([true, false])(
	'L05 given a track without a stream, when it arrives (metadata: %s), then it is ignored',
	(isDescribed) => {
		const bench = openCaller('connected');
		if (isDescribed) bench.post(metadata({ cam: word('usermedia') }));

		bench.post(track('video', null));

		expect(bench.context()).toMatchObject({
			streams: noStreams,
			arrived: [],
			tracks: { audio: false, video: false },
			streamKey: null
		});
	}
);

it('L05 (talkMesh) given Talk, when a track comes without a stream, then it is part of the one stream', () => {
	const bench = openCaller('connected', { input: { profile: 'talkMesh' } });

	bench.post({ type: 'PC_TRACK', kind: 'video', streamId: 'call-1', remoteStreamId: null });

	expect(bench.context()).toMatchObject({
		streams: noStreams,
		tracks: { audio: false, video: true },
		streamKey: 'call-1'
	});
});

describe('a side that never sends metadata', () => {
	it('L01 given no metadata at all, when streams arrive, then the first is camera and microphone, and no other is shown', () => {
		const bench = openCaller('connected');

		bench.post(track('audio', 'first'), track('video', 'second'), track('video', 'first'));

		expect(shown(bench)).toEqual(['first', null]);
		expect(bench.context()).toMatchObject({
			tracks: { audio: true, video: true },
			streamKey: 'key of first'
		});
		bench.post(gone('audio', 'first'), gone('video', 'first'));
		expect(shown(bench)).toEqual(['second', null]);
	});

	it('L01 given streams shown without metadata, when metadata comes after all, then it counts', () => {
		const bench = openCaller('connected');
		bench.post(track('video', 'first'), track('video', 'second'));

		bench.post(metadata({ first: word('screenshare'), second: word('usermedia') }));

		expect(shown(bench)).toEqual(['second', 'first']);
	});
});

it('L20 given a stream with two tracks, when one goes, then the stream stays; it goes with the last', () => {
	const bench = openCaller('connected');
	bench.post(metadata({ cam: word('usermedia') }), track('audio', 'cam'), track('video', 'cam'));

	bench.post(gone('video', 'cam'));
	expect(bench.context()).toMatchObject({
		streams: { usermedia: { audio: true, video: false } },
		tracks: { audio: true, video: false },
		streamKey: 'key of cam'
	});
	bench.post(gone('audio', 'cam'));

	expect(bench.context()).toMatchObject({
		streams: noStreams,
		arrived: [],
		tracks: { audio: false, video: false },
		streamKey: null
	});
	expect(bench.context().remoteMetadata).toEqual({});
});

it('L20 given a screen over a real pair, when its sound ends before its picture, then its stream goes with the picture', async () => {
	const pair = openPair();
	await pair.connect();
	pair.caller.set({ screenAudio: true, screenVideo: true });
	await pair.advance(1_000);
	const key = pair.callee.context().streams.screenshare?.streamKey ?? '';
	expect(pair.callee.remoteStreams.get(key)?.getTracks()).toHaveLength(2);

	pair.caller.set({ screenAudio: false });
	await pair.advance(1_000);
	expect(pair.callee.context().streams.screenshare).toMatchObject({ audio: false, video: true });
	pair.caller.set({ screenVideo: false });
	await pair.advance(1_000);

	expect(pair.callee.context().streams.screenshare).toBeNull();
	expect(pair.callee.remoteStreams.get(key)).toBeUndefined();
});

describe('bounds', () => {
	it('L01 given streams and words without end, when they come, then what is kept is bounded and the newest words count', () => {
		const bench = openCaller('connected');
		for (let nth = 0; nth < 500; nth += 1) {
			bench.post(metadata({ [`word-${nth}`]: word('usermedia') }), track('video', `id-${nth}`));
		}
		bench.post(metadata({ 'id-0': word('usermedia') }));

		expect(bench.context().arrived).toHaveLength(16);
		expect(Object.keys(bench.context().remoteMetadata)).toHaveLength(16);
		expect(shown(bench)).toEqual(['id-0', null]);
	});

	it('L01 L04 given any streams and words, when they are told apart, then each purpose has a live stream of its own or none', () => {
		const id = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__');
		const stream = fc.record({ remoteStreamId: id, audio: fc.boolean(), video: fc.boolean() });
		const streams = fc
			.uniqueArray(stream, { selector: ({ remoteStreamId }) => remoteStreamId })
			.map((all): ArrivedStream[] => all.map((each) => ({ ...each, streamKey: each.remoteStreamId })));
		const words = fc.array(fc.tuple(id, fc.constantFrom('usermedia', 'screenshare')));
		fc.assert(
			fc.property(streams, streams, words, fc.boolean(), (first, second, said, isDescribing) => {
				const known = Object.fromEntries(said.map(([key, purpose]) => [key, word(purpose)]));
				const before = classifyStreams(first, known, isDescribing, noStreams);

				const now = classifyStreams(second, known, isDescribing, before);

				for (const purpose of ['usermedia', 'screenshare'] as const) {
					const chosen = now[purpose];
					const fits = second.filter(
						({ remoteStreamId, audio, video }) =>
							(audio || video) &&
							(isDescribing
								? Object.hasOwn(known, remoteStreamId) && known[remoteStreamId]?.purpose === purpose
								: purpose === 'usermedia')
					);
					expect(chosen === null).toBe(fits.length === 0);
					if (chosen !== null)
						expect(fits.map((each) => each.remoteStreamId)).toContain(chosen.remoteStreamId);
					const kept = fits.find((each) => each.remoteStreamId === before[purpose]?.remoteStreamId);
					if (kept !== undefined && isDescribing) expect(chosen?.remoteStreamId).toBe(kept.remoteStreamId);
				}
				if (now.usermedia !== null) {
					expect(now.usermedia.remoteStreamId).not.toBe(now.screenshare?.remoteStreamId);
				}
			})
		);
	});
});

const ours = (audioMuted: boolean, videoMuted: boolean) => ({
	ours: { purpose: 'usermedia', audioMuted, videoMuted }
});
/** The last word that the other side got, in whatever message. */
const lastWord = (bench: Bench) =>
	bench
		.sent('invite', 'answer', 'negotiate', 'metadata')
		.toSorted((one, next) => (one.seq ?? 0) - (next.seq ?? 0))
		.at(-1)?.metadata;

it.each([
	['while it is being made', 'SET_LOCAL', 0],
	['after it has left', null, 1]
] as const)(
	'L14 given an own offer, when it is muted %s, then that is told with it or right after it',
	(_, held, extra) => {
		const bench = openCaller('connected');
		if (held !== null) bench.hold(held);
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.advance(100);

		bench.post(muted(true, false));
		if (held !== null) {
			expect(bench.sent('metadata')).toEqual([]); // the offer will say it
			bench.answer(held);
		}
		bench.advance(1_000);

		expect(bench.sent('metadata')).toHaveLength(extra);
		expect(lastWord(bench)).toEqual(ours(true, false));
	}
);

it('L14 given an own offer that the browser refuses, when it was muted meanwhile, then a message tells it', () => {
	const bench = openCaller('connected');
	bench.hold('SET_LOCAL');
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
	bench.advance(100);
	bench.post(muted(true, false));

	bench.answer('SET_LOCAL', 'PC_LOCAL_FAILED');

	expect(bench.sent('metadata')).toMatchObject([{ metadata: ours(true, false) }]);
});

it('L14 given an own offer that loses to theirs, when it was muted meanwhile, then the answer tells it', async () => {
	const pair = openPair();
	await pair.connect();
	pair.hold();
	pair.caller.set({ screenVideo: true });
	pair.callee.set({ screenVideo: true });
	await pair.advance(150);

	pair.callee.mute({ audio: true, video: false });
	await pair.release();
	await pair.advance(1_000);

	expect(pair.caller.context().streams.usermedia).toMatchObject({ audioMuted: true, videoMuted: false });
});

it('L14 given any mutes and negotiations, when all is quiet, then each side knows what the other has muted', async () => {
	type Step = { side: 'caller' | 'callee'; what: 'audio' | 'video' | 'screen'; on: boolean } | number;
	const step: fc.Arbitrary<Step> = fc.oneof(
		fc.record({
			side: fc.constantFrom('caller' as const, 'callee' as const),
			what: fc.constantFrom('audio' as const, 'video' as const, 'screen' as const),
			on: fc.boolean()
		}),
		fc.constantFrom(1, 50, 100)
	);
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
			const pair = openPair();
			await pair.connect();
			const state = { caller: { audio: false, video: false }, callee: { audio: false, video: false } };
			for (const each of steps) {
				if (typeof each === 'number') {
					pair.clock.advance(each);
					await pair.network.turn();
				} else if (each.what === 'screen') pair[each.side].set({ screenVideo: each.on });
				else {
					state[each.side] = { ...state[each.side], [each.what]: each.on };
					pair[each.side].mute(state[each.side]);
				}
			}
			await pair.advance(3_000);

			const heard = (side: 'caller' | 'callee') => {
				const stream = pair[side].context().streams.usermedia;
				return { audio: stream?.audioMuted, video: stream?.videoMuted };
			};
			expect([heard('caller'), heard('callee')]).toEqual([state.callee, state.caller]);
		}),
		{ seed: 14, numRuns: 25 }
	);
}, 60_000);

it('L18 given a call that is joined muted, when it is placed or answered, then the first word says so and no other follows', () => {
	const both = { audio: true, video: true };
	const caller = openCaller('fledgling');
	caller.post({ type: 'CALL', lease: leaseOf('audio', 'video'), muted: both });
	caller.advance(200);
	const callee = openCallee('ringing');
	callee.post({ ...accept, muted: both } as PeerCallEvent);
	callee.advance(200);

	expect(caller.sent('invite')).toMatchObject([{ metadata: ours(true, true) }]);
	expect(callee.sent('answer')).toMatchObject([{ metadata: ours(true, true) }]);
	for (const bench of [caller, callee]) {
		bench.advance(5_000);
		expect(bench.sent('metadata')).toEqual([]);
	}
});

it('L18 given a kind without a track, when the call is placed, then it counts as muted, and the choice stays for the track to come', () => {
	const bench = openCaller('fledgling');
	bench.post(call(['audio']));
	bench.advance(200);
	expect(bench.sent('invite')).toMatchObject([{ metadata: ours(false, true) }]);

	bench.post({ type: 'SET_MEDIA', lease: leaseOf('audio', 'video') });

	expect(bench.sent('metadata')).toMatchObject([{ metadata: ours(false, false) }]);
});

describe('L13 what could not be announced', () => {
	it('L13 given an announcement whose sending fails, when time passes, then this call alone sends it again, with growing waits, until it arrives', () => {
		const bench = openCaller('connected', {
			transport: (kind, nth) => (kind === 'metadata' && nth < 2 ? 'fails' : 'ok')
		});
		bench.post(muted(true, false));
		expect(bench.sent('metadata')).toHaveLength(1);

		bench.advance(499);
		expect(bench.sent('metadata')).toHaveLength(1);
		bench.advance(1);
		expect(bench.sent('metadata')).toHaveLength(2);
		bench.advance(1_000);
		expect(bench.sent('metadata')).toHaveLength(3);
		bench.advance(60_000);

		expect(bench.sent('metadata')).toHaveLength(3);
		expect(bench.phase()).toBe('connected');
	});

	it('L13 given an announcement that is sent again, when there is news meanwhile, then the same message goes first and the latest state follows', () => {
		const bench = openCaller('connected', {
			transport: (kind, nth) => (kind === 'metadata' && nth === 0 ? 'fails' : 'ok')
		});
		bench.post(muted(true, false));
		bench.post(muted(true, true), muted(false, true));
		expect(bench.sent('metadata')).toHaveLength(1);

		bench.advance(5_000);

		const [first, again, latest, ...more] = bench.sent('metadata');
		expect(again).toEqual(first);
		expect(latest?.metadata).toEqual(ours(false, true));
		expect(latest?.seq).toBe((first?.seq ?? 0) + 1);
		expect(more).toEqual([]);
	});

	it('L13 given an announcement that never arrives, when its retries are used up, then it is given up and the call goes on; the next change is told', () => {
		const bench = openCaller('connected', {
			transport: (kind) => (kind === 'metadata' ? 'fails' : 'ok')
		});
		bench.post(muted(true, false));
		bench.advance(120_000);
		expect(bench.sent('metadata')).toHaveLength(6);
		expect(bench.phase()).toBe('connected');
		bench.transportDoes(() => 'ok');

		bench.post(muted(true, true));

		expect(bench.sent('metadata').at(-1)?.metadata).toEqual(ours(true, true));
	});

	it('L13 given an announcement that is refused for good, when time passes, then it is not sent again', () => {
		const bench = openCaller('connected', {
			transport: (kind) => (kind === 'metadata' ? 'refused' : 'ok')
		});

		bench.post(muted(true, false));
		bench.advance(60_000);

		expect(bench.sent('metadata')).toHaveLength(1);
		expect(bench.phase()).toBe('connected');
	});

	it('L13 given signaling that is down, when something failed or is news, then it waits for it', () => {
		const bench = openCaller('connected', {
			transport: (kind, nth) => (kind === 'metadata' && nth === 0 ? 'fails' : 'ok')
		});
		bench.post(muted(true, false), { type: 'SIGNALING_DOWN' }, muted(true, true));
		bench.advance(60_000);
		expect(bench.sent('metadata')).toHaveLength(1);

		bench.post({ type: 'SIGNALING_UP' });
		bench.advance(100);

		expect(bench.sent('metadata').map(({ metadata: said }) => said)).toEqual([
			ours(true, false),
			ours(true, false),
			ours(true, true)
		]);
	});

	it('L11 given ten toggles within 100 ms, when all is quiet, then there were at most two announcements, the last one right', () => {
		const bench = openCaller('connected');

		for (let nth = 1; nth <= 10; nth += 1) {
			bench.post(muted(nth % 2 === 1, nth > 5));
			bench.advance(9);
		}
		bench.advance(1_000);

		expect(bench.sent('metadata')).toHaveLength(2);
		expect(lastWord(bench)).toEqual(ours(false, true));
	});

	it('L11 (talkMesh) given Talk, when it is muted, then no metadata is sent: a state message tells it', () => {
		const bench = openCaller('connected', { input: { profile: 'talkMesh' } });

		bench.post(muted(true, true));
		bench.advance(1_000);

		expect(bench.sent('metadata')).toEqual([]);
	});
});

it('L02 given a screen beside camera and microphone, when a description leaves, then it names both streams and what each is for', () => {
	const bench = openCaller('fledgling', { holds: ['SET_LOCAL'] });
	const lease: MediaLease = { ...leaseOf('audio'), screen: { video: 'screen-track' as TrackId } };
	bench.post({ type: 'CALL', lease, muted: bothOn });
	const [command] = bench.commanded('SET_LOCAL');
	bench.edge({
		type: 'PC_LOCAL_SET',
		token: command?.token ?? 0,
		description: { type: 'offer', sdp: 'ours' },
		streamIds: ['cam'],
		screenStreamIds: ['desk']
	});
	bench.advance(200);

	expect(bench.sent('invite')).toMatchObject([
		{
			metadata: {
				cam: { purpose: 'usermedia', audioMuted: false, videoMuted: true },
				desk: { purpose: 'screenshare', audioMuted: true, videoMuted: false }
			}
		}
	]);
});
