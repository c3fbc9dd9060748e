import { describe, expect, it } from 'vitest';
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
	type BenchOptions
} from '../../../../tests/support/peer-call-bench.ts';

/** Conformance of the callee: one test for each row. */
const profiles = ['native', 'talkMesh'] as const;

it.each(profiles)(
	'D01 (%s) given a fledgling call, when an invite comes, then its description is set before ringing is seen',
	(profile) => {
		const bench = openCallee('fledgling', { input: { profile }, holds: ['SET_REMOTE'] });

		bench.post(remote.invite());
		expect(bench.commanded('SET_REMOTE')).toMatchObject([{ description: { sdp: 'their offer' } }]);
		expect(bench.phases).toEqual(['fledgling']);
		bench.answer('SET_REMOTE');

		expect(bench.phases).toEqual(['fledgling', 'ringing']);
	}
);

it.each(profiles)(
	'D02 (%s) given an invite being applied, when candidates come, then they wait and are applied in order',
	(profile) => {
		const bench = openCallee('fledgling', { input: { profile }, holds: ['SET_REMOTE'] });
		bench.post(remote.candidates([candidate(0)]));
		bench.post(remote.invite());

		bench.post(remote.candidates([candidate(1), candidate(2)]));
		bench.post(remote.candidates([candidate(3)]));
		expect(bench.applied()).toEqual([]);
		bench.answer('SET_REMOTE');

		expect(bench.applied()).toEqual(['candidate:0', 'candidate:1', 'candidate:2', 'candidate:3']);
	}
);

it.each(profiles)(
	'D03 (%s) given an invite being applied, when it is hung up, then the call ends and the late result changes nothing',
	(profile) => {
		const bench = openCallee('fledgling', { input: { profile }, holds: ['SET_REMOTE'] });
		bench.post(remote.invite());

		bench.post(remote.hangup('user_hangup'));
		bench.answer('SET_REMOTE');

		expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'remote' });
		expect(bench.phases).toEqual(['fledgling', 'ended']);
		expect(bench.closed.pc).toBe(1);
	}
);

it.each(profiles)(
	'D04 (%s) given an invite that yields no receiver and no data channel, when it is set, then the call ends',
	(profile) => {
		const bench = openCallee('fledgling', { input: { profile }, yields: { receivers: 0, hasData: false } });

		bench.post(remote.invite());

		expect(bench.output()).toMatchObject({ reason: 'set_remote_description', party: 'local' });
		expect(bench.phases).not.toContain('ringing');
	}
);

it('D04 given an invite that yields a data channel alone, when it is set, then it rings', () => {
	const bench = openCallee('ringing', { yields: { receivers: 0, hasData: true } });

	expect(bench.phase()).toBe('ringing');
});

it('D04 given an invite that the browser refuses, when it is set, then the call ends and the caller is told', () => {
	const bench = openCallee('ringing', { holds: ['SET_REMOTE'] });

	bench.answer('SET_REMOTE', 'PC_REMOTE_FAILED');

	expect(bench.output()).toMatchObject({ reason: 'set_remote_description', party: 'local' });
	expect(bench.sent('hangup')).toMatchObject([{ reason: 'set_remote_description' }]);
});

it('D05 given a ringing call whose invite was 10 s old, when 50 s pass, then it ends quietly by the other party', () => {
	const bench = openCallee('fledgling');
	bench.post(remote.invite({ lifetimeMs: 60_000, ageMs: 10_000 }));

	bench.advance(49_999);
	expect(bench.phase()).toBe('ringing');
	bench.advance(1);

	expect(bench.output()).toMatchObject({ reason: 'invite_timeout', party: 'remote' });
	expect(bench.sends).toEqual([]);
});

it.each([
	[60_000, 58_000],
	[2_000, 0],
	[60_000, 61_000]
])(
	'D06 given an invite of %i ms that is %i ms old, when it comes, then it is not presented',
	(lifetimeMs, ageMs) => {
		const bench = openCallee('fledgling');

		bench.post(remote.invite({ lifetimeMs, ageMs }));

		expect(bench.phases).toEqual(['fledgling', 'ended']);
		expect(bench.output()).toMatchObject({ reason: 'invite_timeout', party: 'remote' });
		expect(bench.commands).toEqual([]);
		expect(bench.sends).toEqual([]);
	}
);

it('D06 given an invite with exactly 3 s left, when it comes, then it rings for them', () => {
	const bench = openCallee('fledgling');

	bench.post(remote.invite({ lifetimeMs: 60_000, ageMs: 57_000 }));
	bench.advance(2_999);

	expect(bench.phase()).toBe('ringing');
});

it('D07 given a ringing call, when it is accepted, then the answer leaves within the gather window', () => {
	const bench = openCallee('ringing');

	bench.post(accept);
	expect(bench.commanded('APPLY_MEDIA')).toMatchObject([
		{ lease: leaseOf('audio', 'video'), offering: false }
	]);
	bench.advance(199);
	expect(bench.sends).toEqual([]);
	bench.advance(1);

	expect(bench.phases).toEqual(['fledgling', 'ringing', 'createAnswer', 'connecting']);
	expect(bench.sent('answer')).toMatchObject([
		{
			description: { type: 'answer', sdp: 'read' },
			metadata: { ours: { purpose: 'usermedia', audioMuted: false, videoMuted: false } }
		}
	]);
});

it('D07 given a call being answered, when gathering completes early, then the answer leaves at once', () => {
	const bench = openCallee('ringing');
	bench.post(accept);
	bench.advance(20);

	bench.edge({ type: 'PC_GATHERING_COMPLETE' });

	expect(bench.sentKinds()[0]).toBe('answer');
	expect(bench.clock.now()).toBe(20);
});

it('D07 (talkMesh) given a ringing call, when it is accepted, then the answer leaves at once', () => {
	const bench = openCallee('ringing', { input: { profile: 'talkMesh' } });

	bench.post(accept);

	expect(bench.sent('answer')).toMatchObject([{ description: { sdp: 'our answer 1' } }]);
});

it.each([
	['APPLY_MEDIA', 'PC_MEDIA_REFUSED', 'create_answer'],
	['SET_LOCAL', 'PC_LOCAL_FAILED', 'set_local_description']
] as const)(
	'D07 given a call being answered, when %s is refused, then the call ends with a reason and the caller is told',
	(type, failure, reason) => {
		const bench = openCallee('ringing');
		bench.hold(type);
		bench.post(accept);

		bench.answer(type, failure);

		expect(bench.output()).toMatchObject({ reason, party: 'local' });
		expect(bench.sent('hangup')).toMatchObject([{ reason }]);
	}
);

it.each(profiles)(
	'D08 (%s) given an answer that has not left, when ICE is connected already, then the call is connected only after it did',
	(profile) => {
		const bench = openCallee('ringing', {
			input: { profile },
			transport: (kind) => (kind === 'answer' ? 'held' : 'ok'),
			holds: profile === 'native' ? ['READ_LOCAL'] : []
		});
		bench.post(accept);
		bench.ice('checking', 'connected');
		bench.advance(200);
		expect(bench.phase()).toBe('connecting');
		if (profile === 'native') {
			expect(bench.sent('answer')).toEqual([]);
			bench.answer('READ_LOCAL');
		}

		bench.settle('answer');

		expect(bench.phase()).toBe('connected');
		expect(bench.sent('answer')).toHaveLength(1);
	}
);

it.each(profiles)(
	'D09 (%s) given an answer that leaves, when it fails three times, then the call ends with send_answer and never rings again',
	(profile) => {
		const bench = openCallee('connecting', {
			input: { profile },
			transport: (kind) => (kind === 'answer' ? 'fails' : 'ok')
		});

		expect(bench.sent('answer')).toHaveLength(3);
		expect(bench.output()).toMatchObject({ reason: 'send_answer', party: 'local' });
		expect(bench.phases.filter((phase) => phase === 'ringing')).toHaveLength(1);
	}
);

it('D09 given an answer that leaves, when it fails twice, then the third one counts', () => {
	const bench = openCallee('connecting', {
		transport: (kind, nth) => (kind === 'answer' && nth < 2 ? 'fails' : 'ok')
	});

	expect(bench.sent('answer')).toHaveLength(3);
	expect(bench.phase()).toBe('connecting');
});

it('D10 given a ringing call, when it is rejected, then a reject is sent and the call ends', () => {
	const bench = openCallee('ringing');

	bench.post({ type: 'REJECT' });

	expect(bench.sentKinds()).toEqual(['reject']);
	expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'local' });
});

it('D10 given a ringing call, when its owner hangs up with a reason, then a reject is sent and the reason is kept', () => {
	const bench = openCallee('ringing');

	bench.post({ type: 'HANGUP', reason: 'no_user_media' });

	expect(bench.sentKinds()).toEqual(['reject']);
	expect(bench.output()).toMatchObject({ reason: 'no_user_media', party: 'local' });
});

it('D11 given an own invite, when it is rejected locally, then that is counted and changes nothing', () => {
	const bench = openCaller('inviteSent');

	bench.post({ type: 'REJECT' });

	expect(bench.phase()).toBe('inviteSent');
	expect(bench.context().unexpected).toEqual({ REJECT: 1 });
});

it.each([
	['answers', remote.answeredElsewhere()],
	['refuses', remote.reject({ isOwnUser: true })],
	['is selected', remote.selectAnswer('other-device')]
])('D12 given a ringing call, when another own device %s, then it ends and nothing is sent', (_, event) => {
	const bench = openCallee('ringing', { input: { partyId: 'this-device' } });

	bench.post(event);

	expect(bench.output()).toMatchObject({ reason: 'answered_elsewhere' });
	expect(bench.sends).toEqual([]);
});

it('D12 given an invite being applied, when our own user answers elsewhere, then it never rings', () => {
	const bench = openCallee('fledgling', { holds: ['SET_REMOTE'] });
	bench.post(remote.invite());

	bench.post(remote.answeredElsewhere());

	expect(bench.output()).toMatchObject({ reason: 'answered_elsewhere' });
	expect(bench.phases).not.toContain('ringing');
	expect(bench.sends).toEqual([]);
});

it.each(['createAnswer', 'connecting', 'connected'] as const)(
	'D13 given an answered call that is %s, when another party is selected, then it ends and nothing is sent',
	(phase) => {
		const bench = openCallee(phase, { input: { partyId: 'this-device' } });
		const sentBefore = bench.sends.length;

		bench.post(remote.selectAnswer('other-device'));

		expect(bench.output()).toMatchObject({ reason: 'answered_elsewhere' });
		expect(bench.sends).toHaveLength(sentBefore);
	}
);

it('D13 given an answered call, when we are selected, then it goes on', () => {
	const bench = openCallee('connected', { input: { partyId: 'this-device' } });

	bench.post(remote.selectAnswer('this-device'));

	expect(bench.phase()).toBe('connected');
	expect(bench.context().warnings).toEqual([]);
});

it('D14 given an own call that is connected, when select_answer comes, then it is ignored with a warning', () => {
	const bench = openCaller('connected', { input: { partyId: 'this-device' } });

	bench.post(remote.selectAnswer('other-device'));

	expect(bench.phase()).toBe('connected');
	expect(bench.context().warnings).toHaveLength(1);
});

it.each(['ringing', 'connected'] as const)(
	'D14 given an inbound call that is %s, when select_answer names nobody, then it is ignored with a warning',
	(phase) => {
		const bench = openCallee(phase, { input: { partyId: 'this-device' } });

		bench.post(remote.selectAnswer(undefined));

		expect(bench.phase()).toBe(phase);
		expect(bench.context().warnings).toHaveLength(1);
	}
);

it.each(profiles)(
	'D15 (%s) given a ringing call, when the same invite comes again, then nothing happens',
	(profile) => {
		const bench = openCallee('ringing', { input: { profile } });
		const commandsBefore = bench.commands.length;

		bench.post(remote.invite());

		expect(bench.phase()).toBe('ringing');
		expect(bench.commands).toHaveLength(commandsBefore);
		expect(bench.context().unexpected).toEqual({});
	}
);

it.each(profiles)(
	'D16 (%s) given a ringing call, when it is accepted twice, then there is one answer',
	(profile) => {
		const bench = openCallee('ringing', { input: { profile } });

		bench.hold('APPLY_MEDIA', 'SET_LOCAL');
		bench.post(accept, accept);
		bench.answer('APPLY_MEDIA');
		bench.post(accept);
		bench.answer('SET_LOCAL');
		bench.advance(200);
		bench.post(accept);

		expect(bench.sent('answer')).toHaveLength(1);
		expect(bench.commanded('APPLY_MEDIA')).toHaveLength(1);
		expect(bench.context().unexpected).toEqual({});
	}
);

it.each(profiles)(
	'D17 (%s) given a group call, when an invite comes, then it is answered and ringing is not shown',
	(profile) => {
		const lease = leaseOf('audio');
		const bench = openCallee('fledgling', { input: { profile, answersAlone: true, lease } });

		bench.post(remote.invite());
		bench.advance(200);

		expect(bench.sent('answer')).toHaveLength(1);
		expect(bench.commanded('APPLY_MEDIA')).toMatchObject([{ lease }]);
		expect(bench.phases).not.toContain('ringing');
	}
);

it('D18 given an invite whose hangup is in the same batch, when the batch is processed, then it never rings and nothing is sent', async () => {
	const member = openMember();

	member.signal(relayed.invite(), relayed.hangup());
	await microtasks();

	expect(member.shown.map(({ phase }) => phase)).not.toContain('ringing');
	expect(member.shown.map(({ phase }) => phase)).not.toContain('createAnswer');
	expect(member.sends).toEqual([]);
	expect(member.actor.getSnapshot().context.current).toBeNull();
});

it('D18 given a hangup that overtook its invite, when the invite comes, then it never rings', async () => {
	const member = openMember();

	member.signal(relayed.hangup(), relayed.invite());
	await microtasks();

	expect(member.shown).toEqual([]);
	expect(member.commands).toEqual([]);
});

describe('beyond the rows', () => {
	/** A callee whose answer is on its way, but not acknowledged. */
	function answerOnItsWay(options: BenchOptions = {}) {
		const bench = openCallee('ringing', {
			...options,
			transport: (kind) => (kind === 'answer' ? 'held' : 'ok')
		});
		bench.post(accept);
		bench.advance(200);
		return bench;
	}

	it('D08 given an answer not yet acknowledged, when the caller negotiates already, then that waits and is answered', () => {
		const bench = answerOnItsWay();

		bench.post(remote.negotiate('offer', 'more video'));
		expect(bench.context().unexpected).toEqual({});
		bench.settle('answer');

		expect(bench.commanded('SET_REMOTE').at(-1)?.description.sdp).toBe('more video');
		expect(bench.sent('negotiate')).toMatchObject([{ description: { type: 'answer' } }]);
	});

	it('D07 given an answer being made, when media changes, then it waits for the local description and is negotiated later', () => {
		const bench = openCallee('ringing');
		bench.hold('SET_LOCAL');
		bench.post(accept);

		bench.post({ type: 'SET_MEDIA', lease: leaseOf('audio') });
		expect(bench.commanded('APPLY_MEDIA')).toHaveLength(1);
		bench.hold();
		bench.answer('SET_LOCAL');
		expect(bench.commanded('APPLY_MEDIA').at(-1)?.lease).toEqual(leaseOf('audio'));
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.advance(200);
		expect(bench.sent('negotiate')).toEqual([]);
		bench.advance(100);

		expect(bench.sentKinds()).toEqual(['answer', 'negotiate']);
	});

	it('D07 given an answer being read, when the browser refuses, then the call ends', () => {
		const bench = openCallee('ringing', { holds: ['READ_LOCAL'] });
		bench.post(accept);
		bench.advance(200);

		bench.answer('READ_LOCAL', 'PC_LOCAL_FAILED');

		expect(bench.output()).toMatchObject({ reason: 'set_local_description', party: 'local' });
	});

	it('D07 given a mute while the answer is gathered, when it leaves, then it tells so and no other message does', () => {
		const bench = openCallee('ringing');
		bench.post(accept);

		bench.post({ type: 'SET_MUTED', muted: { audio: true, video: false } });
		bench.advance(200);

		expect(bench.sentKinds()).toEqual(['answer']);
		expect(bench.sent('answer')[0]?.metadata).toMatchObject({ ours: { audioMuted: true } });
	});

	it('D02 given metadata that overtook its invite, when the invite is taken, then the newer word stays', () => {
		const bench = openCallee('fledgling');
		const muted = { purpose: 'usermedia', audioMuted: true, videoMuted: true } as const;
		bench.post(remote.metadata({ metadata: { theirs: muted } }));

		bench.post(
			remote.invite({ metadata: { theirs: { purpose: 'usermedia', audioMuted: false, videoMuted: false } } })
		);

		expect(bench.context().remoteMetadata).toEqual({ theirs: muted });
	});
});
