import { describe, expect, it } from 'vitest';
import {
	bothOn,
	call,
	callId,
	candidate,
	leaseOf,
	microtasks,
	openBench,
	openCaller,
	remote,
	type BenchOptions
} from '../../../../tests/support/peer-call-bench.ts';

/** Conformance of the caller: one test for each row. */
const profiles = ['native', 'talkMesh'] as const;

it.each(profiles)(
	'C01 (%s) given a fledgling call, when it is placed with a lease, then media is applied and nothing sent',
	(profile) => {
		const bench = openCaller('fledgling', { input: { profile }, holds: 'all' });

		bench.post(call());

		expect(bench.phase()).toBe('createOffer');
		expect(bench.commands).toMatchObject([
			{ type: 'APPLY_MEDIA', lease: leaseOf('audio', 'video'), offering: true }
		]);
		expect(bench.sends).toEqual([]);
	}
);

it.each(profiles)(
	'C02 (%s) given applied media, when the browser needs negotiation, then one offer is made',
	(profile) => {
		const bench = openCaller('createOffer', { input: { profile }, holds: ['SET_LOCAL'] });
		expect(bench.commanded('SET_LOCAL')).toEqual([]);

		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });

		expect(bench.commanded('SET_LOCAL')).toHaveLength(1);
		expect(bench.phase()).toBe('createOffer');
	}
);

it.each(profiles)(
	'C03 (%s) given an offer in the making, when negotiation is needed again, then there is still one offer',
	(profile) => {
		const bench = openCaller('createOffer', { input: { profile }, holds: ['SET_LOCAL'] });

		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.answer('SET_LOCAL');
		bench.advance(200);

		expect(bench.commanded('SET_LOCAL')).toHaveLength(1);
		expect(bench.sent('invite')).toHaveLength(1);
	}
);

/** A caller whose local offer is set and whose candidates are being gathered. */
function gathering(options: BenchOptions = {}) {
	const bench = openCaller('fledgling', options);
	bench.post(call());
	return bench;
}

it('C04 given a local offer, when the gather window is still open, then nothing is sent', () => {
	const bench = gathering();

	bench.advance(199);

	expect(bench.sends).toEqual([]);
	expect(bench.phase()).toBe('createOffer');
});

it('C05 given a local offer, when the gather window closes, then the invite leaves with all it needs', () => {
	const bench = gathering({ input: { callSeq: 4, partyId: 'ann-laptop' } });

	bench.advance(200);

	expect(bench.sends).toMatchObject([{ to: 'ben-session' }]);
	expect(bench.sent('invite')).toEqual([
		{
			kind: 'invite',
			callId,
			purpose: 'usermedia',
			partyId: 'ann-laptop',
			description: { type: 'offer', sdp: 'read' },
			metadata: { ours: { purpose: 'usermedia', audioMuted: false, videoMuted: false } },
			lifetimeMs: 60_000,
			callSeq: 4,
			seq: 0
		}
	]);
	expect(bench.phase()).toBe('inviteSent');
});

it('C05 (talkMesh) given a local offer, when it is set, then the invite leaves at once', () => {
	const bench = gathering({ input: { profile: 'talkMesh' } });

	expect(bench.sent('invite')).toMatchObject([
		{ callId, description: { type: 'offer', sdp: 'our offer 1' }, lifetimeMs: 10_000 }
	]);
	expect(bench.commanded('READ_LOCAL')).toEqual([]);
});

it('C06 given a local offer, when gathering completes within the window, then the invite leaves and the end mark follows', () => {
	const bench = gathering();
	bench.advance(50);

	bench.edge({ type: 'PC_GATHERING_COMPLETE' });

	expect(bench.clock.now()).toBe(50);
	expect(bench.sentKinds()).toEqual(['invite', 'candidates']);
	expect(bench.sent('candidates')[0]?.candidates).toMatchObject([{ candidate: '' }]);
});

it.each(profiles)(
	'C07 (%s) given a lease without tracks, when the call is placed, then the edge is told that we offer, and an offer comes',
	(profile) => {
		const bench = openCaller('fledgling', { input: { profile } });

		bench.post(call([]));
		bench.advance(200);

		expect(bench.commanded('APPLY_MEDIA')).toMatchObject([{ lease: leaseOf(), offering: true }]);
		expect(bench.sent('invite')).toMatchObject([
			{ metadata: { ours: { audioMuted: true, videoMuted: true } } }
		]);
	}
);

it.each(profiles)(
	'C08 (%s) given applied media, when no negotiation is needed for 10 s, then the call ends with create_offer and nothing was sent',
	(profile) => {
		const bench = openCaller('createOffer', { input: { profile } });

		bench.advance(9_999);
		expect(bench.phase()).toBe('createOffer');
		bench.advance(1);

		expect(bench.output()).toMatchObject({ reason: 'create_offer', party: 'local', everConnected: false });
		expect(bench.sends).toEqual([]);
	}
);

it.each(profiles)(
	'C09 (%s) given an offer in the making, when the browser refuses it, then the call ends with set_local_description',
	(profile) => {
		const bench = gathering({ input: { profile }, holds: ['SET_LOCAL'] });

		bench.answer('SET_LOCAL', 'PC_LOCAL_FAILED');

		expect(bench.output()).toMatchObject({ reason: 'set_local_description', party: 'local' });
	}
);

it('C09 given an offer being read, when the browser refuses, then the call ends with set_local_description', () => {
	const bench = gathering({ holds: ['READ_LOCAL'] });
	bench.advance(200);

	bench.answer('READ_LOCAL', 'PC_LOCAL_FAILED');

	expect(bench.output()).toMatchObject({ reason: 'set_local_description', party: 'local' });
});

it.each(profiles)(
	'C10 (%s) given an invite that leaves, when the transport fails once, then the same invite is sent again',
	(profile) => {
		const bench = openCaller('inviteSent', {
			input: { profile },
			transport: (kind, nth) => (kind === 'invite' && nth === 0 ? 'fails' : 'ok')
		});

		const [first, second, ...more] = bench.sent('invite');
		expect(second).toEqual(first);
		expect(second?.callId).toBe(callId);
		expect(more).toEqual([]);
		expect(bench.phase()).toBe('inviteSent');
	}
);

it.each(profiles)(
	'C11 (%s) given an invite that leaves, when the transport fails three times, then the call ends with send_invite and no hangup',
	(profile) => {
		const bench = openCaller('inviteSent', {
			input: { profile },
			transport: (kind) => (kind === 'invite' ? 'fails' : 'ok')
		});

		expect(bench.output()).toMatchObject({ reason: 'send_invite', party: 'local' });
		expect(bench.sent('invite')).toHaveLength(3);
		expect(bench.sent('hangup')).toEqual([]);
	}
);

it('C11 given an invite that leaves, when the transport refuses it for good, then it is not sent again', () => {
	const bench = openCaller('inviteSent', {
		transport: (kind) => (kind === 'invite' ? 'refused' : 'ok')
	});

	expect(bench.output()?.reason).toBe('send_invite');
	expect(bench.sent('invite')).toHaveLength(1);
});

it.each([
	['native', 60_000],
	['talkMesh', 10_000]
] as const)(
	'C12 (%s) given an invite, when nobody answers in its lifetime, then a hangup with invite_timeout is sent and the call ends',
	(profile, lifetimeMs) => {
		const bench = openCaller('inviteSent', { input: { profile } });

		bench.advance(lifetimeMs - 1);
		expect(bench.phase()).toBe('inviteSent');
		bench.advance(1);

		expect(bench.sent('hangup')).toMatchObject([{ reason: 'invite_timeout' }]);
		expect(bench.output()).toMatchObject({ reason: 'invite_timeout', party: 'local' });
	}
);

it('C12 given an invite whose acknowledgement is late, when its lifetime is over, then the wait counts from handing over', () => {
	const bench = openCaller('inviteSent', { transport: (kind) => (kind === 'invite' ? 'held' : 'ok') });
	bench.advance(40_000);
	bench.settle('invite');

	bench.advance(20_000);

	expect(bench.output()?.reason).toBe('invite_timeout');
});

it.each([
	['native', 60_000],
	['talkMesh', 10_000]
] as const)(
	'C13 (%s) given an invite, when it is answered in its last millisecond, then the call connects and no timeout follows',
	(profile, lifetimeMs) => {
		const bench = openCaller('inviteSent', { input: { profile } });
		bench.advance(lifetimeMs - 1);

		bench.post(remote.answer());
		bench.advance(1_000);

		expect(bench.phase()).toBe('connecting');
		expect(bench.sent('hangup')).toEqual([]);
	}
);

it('C13 given an invite, when its answer is still being applied at the end of its lifetime, then the call goes on', () => {
	const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });
	bench.advance(59_999);
	bench.post(remote.answer());
	bench.advance(5_000);
	expect(bench.phase()).toBe('inviteSent');

	bench.answer('SET_REMOTE');

	expect(bench.phase()).toBe('connecting');
});

it('C13 given an invite not yet acknowledged, when its answer overtakes the acknowledgement, then neither success nor failure of the invite matters any more', () => {
	for (const fate of ['ok', 'fails', 'refused'] as const) {
		const bench = openCaller('inviteSent', { transport: (kind) => (kind === 'invite' ? 'held' : 'ok') });

		bench.post(remote.answer());
		bench.settle('invite', fate);

		expect(bench.phase()).toBe('connecting');
		expect(bench.sent('invite')).toHaveLength(1);
		expect(bench.context().unexpected).toEqual({});
	}
});

it.each(profiles)(
	'C14 (%s) given an invite, when its answer is refused by the browser, then the call ends with set_remote_description',
	(profile) => {
		const bench = openCaller('inviteSent', { input: { profile }, holds: ['SET_REMOTE'] });

		bench.post(remote.answer());
		bench.answer('SET_REMOTE', 'PC_REMOTE_FAILED');

		expect(bench.output()).toMatchObject({ reason: 'set_remote_description', party: 'local' });
		expect(bench.sent('hangup')).toMatchObject([{ reason: 'set_remote_description' }]);
	}
);

it('C15 given an invite, when two parties answer, then the first is chosen and told so', () => {
	const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });

	bench.post(remote.answer({ partyId: 'p', description: { type: 'answer', sdp: 'from p' } }));
	bench.post(remote.answer({ partyId: 'q', description: { type: 'answer', sdp: 'from q' } }));
	expect(bench.sent('select_answer')).toEqual([]);
	bench.answer('SET_REMOTE');
	bench.post(remote.answer({ partyId: 'q', description: { type: 'answer', sdp: 'from q, later' } }));

	expect(bench.commanded('SET_REMOTE').map(({ description }) => description.sdp)).toEqual(['from p']);
	expect(bench.sent('select_answer')).toMatchObject([{ selectedPartyId: 'p' }]);
	expect(bench.context().chosenParty).toBe('p');
	expect(bench.context().unexpected).toEqual({});
});

it('C15 given an invite, when an anonymous party answers first, then it is chosen all the same', () => {
	const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });

	bench.post(remote.answer());
	bench.post(remote.answer({ partyId: 'q' }));
	bench.post(remote.candidates([candidate('anonymous')]));
	bench.post(remote.candidates([candidate('q')], 'q'));
	bench.answer('SET_REMOTE');

	expect(bench.context().chosenParty).toBeNull();
	expect(bench.applied()).toEqual(['candidate:anonymous']);
	expect(bench.sent('select_answer')).toEqual([]);
});

it('C16 given an invite, when it is refused, then the call ends by the other party, which is told nothing', () => {
	const bench = openCaller('inviteSent');

	bench.post(remote.reject());

	expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'remote' });
	expect(bench.sent('hangup', 'reject')).toEqual([]);
});

it('C16 given an invite not yet acknowledged, when it is refused, then the call ends too', () => {
	const bench = openCaller('inviteSent', { transport: () => 'held' });

	bench.post(remote.reject());

	expect(bench.output()).toMatchObject({ reason: 'user_hangup', party: 'remote' });
});

it.each(['being applied', 'applied'])(
	'C17 given a chosen answer that is %s, when another device refuses late, then nothing happens',
	(progress) => {
		const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });
		bench.post(remote.answer({ partyId: 'p' }));
		if (progress === 'applied') bench.answer('SET_REMOTE');
		const before = bench.phase();

		bench.post(remote.reject({ partyId: 'q' }));

		expect(bench.phase()).toBe(before);
		expect(bench.context().unexpected).toEqual({});
	}
);

it.each(['fails', 'refused'] as const)(
	'C18 given an applied answer, when select_answer %s to be sent, then the call goes on',
	(fate) => {
		const bench = openCaller('inviteSent', {
			transport: (kind) => (kind === 'select_answer' ? fate : 'ok')
		});

		bench.post(remote.answer({ partyId: 'p' }));
		bench.ice('connected');

		expect(bench.sent('select_answer')).toHaveLength(1);
		expect(bench.phase()).toBe('connected');
	}
);

it.each(profiles)('C19 (%s) given a connecting call, when ICE is connected, then the call is', (profile) => {
	const bench = openCaller('connecting', { input: { profile } });
	expect(bench.context().everConnected).toBe(false);

	bench.ice('checking', 'connected');

	expect(bench.phase()).toBe('connected');
	expect(bench.context().everConnected).toBe(true);
});

it('C19 given an answer being applied, when ICE is connected before the edge says so, then the call connects as soon as it does', () => {
	const bench = openCaller('inviteSent', { holds: ['SET_REMOTE'] });
	bench.post(remote.answer());
	bench.ice('checking', 'connected');
	expect(bench.phase()).toBe('inviteSent');

	bench.answer('SET_REMOTE');

	expect(bench.phase()).toBe('connected');
});

it.each(profiles)(
	'C20 (%s) given a connecting call, when ICE jumps to completed, then the call is connected',
	(profile) => {
		const bench = openCaller('connecting', { input: { profile } });

		bench.ice('completed');

		expect(bench.phase()).toBe('connected');
	}
);

it.each(profiles)(
	'C21 (%s) given a connecting call, when nothing happens for 30 s, then it ends with ice_failed',
	(profile) => {
		const bench = openCaller('connecting', { input: { profile } });

		bench.advance(29_999);
		expect(bench.phase()).toBe('connecting');
		bench.advance(1);

		expect(bench.output()).toMatchObject({ reason: 'ice_failed', everConnected: false });
	}
);

it('C21 given a call that was connected once, when it is connecting again for 30 s, then only the ICE region decides', () => {
	const bench = openCaller('connected', {
		input: { timings: { iceDeadMs: 45_000, iceRestartDelayMs: 50_000 } }
	});
	bench.ice('disconnected');

	bench.advance(44_000);

	expect(bench.phase()).toBe('connecting');
	expect(bench.context().unexpected).toEqual({});
});

it('C22 given an invite, when video is added, then it waits for the answer and costs exactly one negotiate', () => {
	const bench = openCaller('inviteSent', { asksForNegotiation: false });
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
	bench.edge({ type: 'PC_GATHERING_COMPLETE' });
	expect(bench.phase()).toBe('inviteSent');

	bench.post({ type: 'SET_MEDIA', lease: leaseOf('audio', 'video') });
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'have-local-offer' });
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'have-local-offer' });
	bench.advance(5_000);
	expect(bench.commanded('APPLY_MEDIA')).toHaveLength(2);
	expect(bench.commanded('SET_LOCAL')).toHaveLength(1);
	expect(bench.sent('negotiate')).toEqual([]);
	bench.post(remote.answer());
	bench.ice('connected');
	bench.advance(5_000);

	expect(bench.sent('negotiate')).toMatchObject([{ description: { type: 'offer', sdp: 'our offer 2' } }]);
	bench.post(remote.negotiate('answer'));
	bench.advance(60_000);
	expect(bench.sent('negotiate')).toHaveLength(1);
});

describe('beyond the rows', () => {
	it.each(['gathering', 'reading'])(
		'C22 given an offer that is being %s, when media changes, then the change is negotiated after the answer',
		(step) => {
			const bench = gathering({ holds: ['READ_LOCAL'], asksForNegotiation: false });
			bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
			if (step === 'reading') bench.advance(200);

			bench.post({ type: 'SET_MEDIA', lease: leaseOf('audio') });
			bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'have-local-offer' });
			bench.advance(200);
			bench.answer('READ_LOCAL');
			bench.post(remote.answer());
			bench.advance(200);

			expect(bench.sent('invite')).toHaveLength(1);
			expect(bench.sent('negotiate')).toHaveLength(1);
		}
	);

	it('C05 given a mute between offer and invite, when the invite leaves, then it tells so and no other message does', () => {
		const bench = gathering();

		bench.post({ type: 'SET_MUTED', muted: { audio: true, video: false } });
		bench.advance(200);

		expect(bench.sent('invite')[0]?.metadata).toMatchObject({
			ours: { audioMuted: true, videoMuted: false }
		});
		expect(bench.sent('metadata')).toEqual([]);
	});

	it('C05 given an invite not yet acknowledged, when muted, then the change is announced', () => {
		const bench = openCaller('inviteSent', { transport: () => 'held' });

		bench.post({ type: 'SET_MUTED', muted: { audio: true, video: true } });

		expect(bench.sent('metadata')).toMatchObject([{ metadata: { ours: { audioMuted: true } } }]);
	});

	it('C01 given an edge that answers later, when everything goes well, then the call connects all the same', async () => {
		const bench = openBench({ pace: 'later' });
		bench.post({ type: 'CALL', lease: leaseOf('audio'), muted: bothOn });
		await microtasks();
		bench.advance(200);
		await microtasks();

		bench.post(remote.answer());
		await microtasks();
		bench.ice('connected');

		expect(bench.phases).toEqual(['fledgling', 'createOffer', 'inviteSent', 'connecting', 'connected']);
	});

	it('C01 given an outbound call, when its own invite comes back as an echo, then it is not answered', () => {
		const bench = openCaller('fledgling');

		bench.post(remote.invite());

		expect(bench.phase()).toBe('fledgling');
		expect(bench.commands).toEqual([]);
		expect(bench.context().unexpected).toEqual({ REMOTE_INVITE: 1 });
	});
});
