import { describe, expect, it } from 'vitest';
import { openMemberBench, type MemberBench } from '../../../../tests/support/member-bench.ts';
import { callId, candidate, leaseOf, relayed, them, us } from '../../../../tests/support/peer-call-bench.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { PeerSignal } from '../signaling.ts';
import type { MemberEvent, MemberInput } from './member-machine.ts';

/** Conformance of one member among the rows of the group call. */

const numbered = (seq: number, of: CallId = callId): PeerSignal => ({
	...(seq === 0 ? relayed.invite({ callId: of }) : relayed.candidates([candidate(`${of} ${seq}`)], of)),
	seq
});
const applied = (...seqs: number[]) => seqs.map((seq) => `candidate:${callId} ${seq}`);

describe('numbered signals', () => {
	it.each([
		['M15', [0, 1, 3, 4, 2]],
		['M16', [0, 2, 4, 1, 3]]
	])(
		'%s given a call, when its signals come as %j, then they are taken in order and none is lost',
		async (_, order) => {
			const member = openMemberBench();
			for (const seq of order) await member.hear(numbered(seq));

			expect(member.applied()).toEqual(applied(1, 2, 3, 4));
			expect(member.context()).toMatchObject({ warnings: [], stale: 0 });
			// no timer of a gap is left: after a minute nothing has been given up
			await member.pass(60_000);
			expect(member.context().warnings).toEqual([]);
		}
	);

	it('given an invite that comes after its candidates, when it comes, then it is taken first', async () => {
		const member = openMemberBench();
		await member.hear(numbered(2), numbered(1));
		expect(member.calls()).toEqual([]);
		await member.hear(numbered(0));

		expect(member.calls()).toEqual([callId]);
		expect(member.applied()).toEqual(applied(1, 2));
	});

	it('M17 given a gap, when 5 s are over, then it is skipped with a warning', async () => {
		const member = openMemberBench();
		await member.hear(numbered(0), numbered(1), numbered(3));
		await member.pass(3_000);
		await member.hear(numbered(4));
		await member.pass(1_999);
		expect(member.applied()).toEqual(applied(1));
		expect(member.context().warnings).toEqual([]);
		await member.pass(1);

		expect(member.applied()).toEqual(applied(1, 3, 4));
		expect(member.context().warnings).toEqual(['1 signals of a call never came']);
		await member.hear(numbered(2));
		expect(member.applied()).toEqual(applied(1, 3, 4));
		expect(member.context().stale).toBe(1);
	});

	it('M17 given two gaps, when the first is closed in time, then the second has its own 5 s', async () => {
		const member = openMemberBench();
		await member.hear(numbered(0), numbered(2), numbered(4));
		await member.pass(4_000);
		await member.hear(numbered(1));
		await member.pass(4_999);
		expect(member.applied()).toEqual(applied(1, 2));
		await member.pass(1);

		expect(member.applied()).toEqual(applied(1, 2, 4));
		expect(member.context().warnings).toHaveLength(1);
	});

	it('M18 given a gap in one call, when another begins at 0, then it waits for nothing', async () => {
		const member = openMemberBench();
		const next = 'call-2' as CallId;
		await member.hear(numbered(0), numbered(2));
		await member.hear(numbered(0, next), numbered(1, next));

		expect(member.calls()).toEqual([next]);
		expect(member.applied()).toEqual([`candidate:${next} 1`]);
	});

	it('M18 given a call that was refused, when its signals go on, then they count, and nothing waits for them', async () => {
		const member = openMemberBench({ initiator: 'us', newCallId: () => 'a-call' as CallId });
		await member.post({ type: 'DIAL' });
		await member.pass(200);
		await member.hear(numbered(0), numbered(1), { ...relayed.hangup(), seq: 2 });

		expect(member.calls()).toEqual(['a-call']);
		expect(member.context().gate.lines).toMatchObject([{ callId, next: 3, waiting: [] }]);
		expect(member.sent('hangup')).toEqual([
			{ to: them, signal: { kind: 'hangup', callId, purpose: 'usermedia', reason: 'replaced', seq: 0 } }
		]);
	});

	it('given the same number twice, when it comes, then it is taken once', async () => {
		const member = openMemberBench();
		await member.hear(numbered(0), numbered(1), numbered(1), numbered(0));

		expect(member.applied()).toEqual(applied(1));
		expect(member.context().stale).toBe(2);
	});

	it('given Talk, where nobody counts, when a number is there all the same, then nothing waits for it', async () => {
		const member = openMemberBench({ profile: 'talkMesh', initiator: 'compare' });
		await member.hear({ ...relayed.invite(), seq: 7 });

		expect(member.calls()).toEqual([callId]);
	});

	it('given a gap, when the member is removed, then no timer is left', async () => {
		const member = openMemberBench();
		await member.hear(numbered(3));
		expect(member.clock.pending).toBeGreaterThan(0);
		member.actor.stop();

		expect(member.clock.pending).toBe(0);
	});
});

describe('attempts', () => {
	const designated = { id: 'zoe-session' as SessionId, inCall: true, hasStreams: true };

	it('M19 given a failed attempt, when the next begins, then nothing of the first is left: connection, buffers, name, timers, tracks', async () => {
		const member = openMemberBench({ profile: 'talkMesh', initiator: 'compare', ours: designated });
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.candidates([candidate('old')], 'ours-1' as CallId));
		expect(member.call('ours-1')?.getSnapshot().context.incoming).not.toEqual({});
		await member.fail('ours-1');

		expect(member.closed).toEqual(['ours-1']);
		expect(member.calls()).toEqual([]);
		expect(member.context()).toMatchObject({ limbo: null, early: [], tombstones: ['ours-1'] });
		expect(member.clock.pending).toBe(1); // the wait for the next attempt
		await member.post({ type: 'SET_MEDIA', lease: leaseOf('audio') });
		await member.pass(1_000);
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.candidates([candidate('late')], 'ours-1' as CallId));
		await member.hear(relayed.answer('ours-2' as CallId));

		expect(member.applied()).toEqual([]);
		const media = member.commands.filter(({ command }) => command.type === 'APPLY_MEDIA');
		expect(media.map(({ callId: of }) => of)).toEqual(['ours-1', 'ours-2']);
		expect(media.at(-1)?.command).toMatchObject({ lease: leaseOf('audio') });
	});

	it('H06 given an attempt that ended for a reason nobody knows, when it is shown, then the tile can say why, until it works again', async () => {
		const member = openMemberBench({ initiator: 'us' });
		await member.post({ type: 'DIAL' });
		await member.pass(200);
		await member.hear({
			...relayed.hangup('ours-1' as CallId),
			kind: 'hangup',
			reason: 'my dog ate the cable'
		});
		expect(member.context().lastError).toEqual({ reason: 'unknown_error', text: 'my dog ate the cable' });
		await member.pass(1_250);
		await member.post({ type: 'DIAL' });
		expect(member.context().lastError).not.toBeNull();
		await member.pass(200);
		await member.hear(relayed.answer('ours-2' as CallId));
		await member.connect('ours-2');

		expect(member.state()).toBe('up');
		expect(member.context().lastError).toBeNull();
	});

	it('given a peer call that throws, when it is shown, then with what was thrown', async () => {
		const member = openMemberBench({ initiator: 'us' });
		await member.post({ type: 'DIAL' });
		const error = new Error('a bug');
		await member.post({ type: 'xstate.error.actor.peer:ours-1', error, actorId: 'peer:ours-1' });

		expect(member.context().lastError).toEqual({ reason: 'unknown_error', text: 'a bug' });
	});

	it('M23 given calls that are replaced again and again by nothing, when it was tried three times more, then it has failed', async () => {
		const member = openMemberBench({ initiator: 'us' });
		for (let attempt = 1; attempt <= 4; attempt += 1) {
			await member.post({ type: 'DIAL' });
			await member.pass(200);
			await member.hear({
				...relayed.hangup(`ours-${attempt}` as CallId),
				kind: 'hangup',
				reason: 'replaced'
			});
			await member.pass(5_000);
		}

		expect(member.state()).toBe('failed');
		expect(member.sent('invite')).toHaveLength(4);
	});

	const failed = async (reason: 'ice_failed' | 'user_hangup' | 'no_user_media') => {
		const member = openMemberBench({ initiator: 'us' });
		for (let attempt = 1; attempt <= 4 && member.state() !== 'failed'; attempt += 1) {
			await member.post({ type: 'DIAL' });
			await member.fail(`ours-${attempt}`, reason);
			if (member.state() === 'retryWait') await member.pass(10_000);
		}
		return member;
	};
	const presence = { inCall: true, hasStreams: true };
	const update = (hasStreams: boolean): MemberEvent => ({
		type: 'UPDATE',
		ours: { id: us, ...presence },
		theirs: { id: them, inCall: true, hasStreams }
	});

	it('given a failed member, when the room lets us send something else, then it is tried again, with that', async () => {
		const member = await failed('ice_failed');

		await member.post({ type: 'SET_SENDS', sends: { audio: true, video: false } }, { type: 'DIAL' });

		const { current } = member.context();
		expect(member.state()).toBe('dialling');
		expect(member.call(current ?? '')?.getSnapshot().context.input.media).toEqual({
			audio: 'both',
			video: 'receive'
		});
	});

	it('given a failed member, when the list says the same again, then nothing happens; when it says something new, then it is tried again', async () => {
		const member = await failed('ice_failed');
		await member.post(update(true));
		expect(member.state()).toBe('failed');
		await member.post(update(false));

		expect(member.state()).toBe('queued');
		expect(member.context()).toMatchObject({ retries: 0, lastError: null });
	});

	it('given that a person ended it, when the list says something new, then it stays ended', async () => {
		const member = await failed('user_hangup');
		await member.post(update(false), { type: 'SET_MEDIA', lease: leaseOf('audio') });

		expect(member.state()).toBe('failed');
	});

	it('given that there was no media, when there is some, then it is tried again', async () => {
		const member = await failed('no_user_media');
		await member.post({ type: 'SET_MEDIA', lease: leaseOf('audio') });

		expect(member.state()).toBe('queued');
		expect(member.context().lease).toEqual(leaseOf('audio'));
	});

	it('given a member that has not failed, when the network comes back, then nothing is disturbed', async () => {
		const member = openMemberBench({ initiator: 'us' });
		await member.post({ type: 'DIAL' }, { type: 'RETRY' });

		expect(member.state()).toBe('dialling');
		expect(member.calls()).toEqual(['ours-1']);
	});
});

it('given a connection of ours that is lost, when the other side has built another meanwhile, then the old one is not restarted', async () => {
	const designated = { id: 'zoe-session' as SessionId, inCall: true, hasStreams: true };
	const restarts = (member: MemberBench) =>
		member.commands.filter(({ command }) => command.type === 'RESTART_ICE').map(({ callId: of }) => of);
	const lost = async () => {
		const member = openMemberBench({ profile: 'talkMesh', initiator: 'compare', ours: designated });
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.answer('ours-1' as CallId));
		await member.connect('ours-1');
		member.edge('ours-1' as CallId, { type: 'PC_ICE_STATE', state: 'disconnected' });
		await member.pass(1_999);
		return member;
	};
	const alone = await lost();
	await alone.pass(1);
	expect(restarts(alone)).toEqual(['ours-1']);

	const member = await lost();
	await member.hear(relayed.invite());
	await member.pass(9_000);
	expect(restarts(member)).toEqual([]);
	expect(member.calls()).toEqual([callId]);
	expect(member.closed).toEqual(['ours-1']);
});

it('given several devices of our session, when it calls, answers or refuses, then it names its own', async () => {
	const member = openMemberBench({ partyId: 'desk', initiator: 'us', newCallId: () => 'Ours' as CallId });
	await member.post({ type: 'DIAL' });
	await member.pass(200);
	await member.hear(relayed.invite());

	expect(member.sends.map(({ signal }) => `${signal.kind} ${signal.partyId}`)).toEqual([
		'invite desk',
		'hangup desk'
	]);
});

describe('a subscriber', () => {
	const subscribe = (over: Partial<MemberInput> = {}) =>
		openMemberBench({ profile: 'sfuSubscriber', initiator: 'compare', ...over });
	const asked = (member: MemberBench) => member.sent('request_offer').length;

	it('M35 given a publisher to hear, when there is a slot, then an offer is asked for, and again every 10 s until it comes', async () => {
		const member = subscribe();
		expect([member.state(), member.has('wantsSlot'), asked(member)]).toEqual(['queued', true, 0]);
		await member.post({ type: 'DIAL' });
		expect(member.sent('request_offer')).toEqual([
			{
				to: them,
				signal: { kind: 'request_offer', callId: 'ours-1', purpose: 'usermedia', isUpdate: false }
			}
		]);
		expect([member.state(), member.has('holdsSlot')]).toEqual(['requesting', true]);
		await member.pass(5_000);
		expect([member.state(), member.has('holdsSlot')]).toEqual(['requesting', false]);
		await member.pass(4_999);
		expect(asked(member)).toBe(1);
		await member.pass(1);
		expect(asked(member)).toBe(2);
		await member.pass(20_000);
		expect(asked(member)).toBe(4);
		expect(new Set(member.sent('request_offer').map(({ signal }) => signal.callId)).size).toBe(4);

		await member.hear(relayed.invite());
		await member.connect(callId);
		expect(member.state()).toBe('up');
		expect(member.sent('invite')).toEqual([]);
		await member.pass(60_000);
		expect(asked(member)).toBe(4);
	});

	it('M35 given a connection that fails, when it does, then another offer is asked for at once, and again every 10 s', async () => {
		const member = subscribe();
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.invite());
		await member.connect(callId);
		await member.fail(callId);
		expect(member.state()).toBe('queued');
		expect(member.context().tombstones).toContain(callId);
		await member.post({ type: 'DIAL' });
		expect(asked(member)).toBe(2);
		await member.pass(10_000);
		expect(asked(member)).toBe(3);
		await member.hear(relayed.invite({ callId: 'next' as CallId }));

		expect(member.calls()).toEqual(['next']);
	});

	it('given connections that fail again and again, when three more have failed, then the member has; RETRY begins anew', async () => {
		const member = subscribe();
		for (let attempt = 1; attempt <= 4; attempt += 1) {
			await member.post({ type: 'DIAL' });
			const of = `offer ${attempt}` as CallId;
			await member.hear(relayed.invite({ callId: of }));
			await member.fail(of);
			await member.pass(5_000);
		}
		expect(member.state()).toBe('failed');
		await member.pass(60_000);
		expect(asked(member)).toBe(4);

		await member.post({ type: 'RETRY' }, { type: 'DIAL' });
		expect(asked(member)).toBe(5);
	});

	it('given a refusal, when it comes, then it is asked again after 1, 2, 4, 8, 10 and 10 s', async () => {
		const member = subscribe();
		await member.post({ type: 'DIAL' });
		const waits: number[] = [];
		for (let refusal = 1; refusal <= 6; refusal += 1) {
			await member.post({ type: 'OFFER_REFUSED' });
			expect(member.context().refusals).toBe(refusal);
			const [from, before] = [member.clock.now(), asked(member)];
			while (asked(member) === before) await member.pass(250);
			waits.push(member.clock.now() - from);
		}
		expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);

		await member.hear(relayed.invite());
		expect(member.context().refusals).toBe(0);
	});

	it('given a refusal, when the publisher announces itself anew, then it is asked at once', async () => {
		const member = subscribe();
		const ours = { id: us, inCall: true, hasStreams: true };
		const theirs = { id: them, inCall: true, hasStreams: true };
		await member.post({ type: 'DIAL' }, { type: 'OFFER_REFUSED' });
		await member.post({ type: 'UPDATE', ours, theirs });
		expect(asked(member)).toBe(1);
		await member.post({ type: 'UPDATE', ours: { ...ours, hasStreams: false }, theirs });

		expect([member.state(), asked(member)]).toEqual(['requesting', 2]);
	});

	it('given no signaling, when the time to ask is over, then it is not asked until there is', async () => {
		const member = subscribe();
		await member.post({ type: 'DIAL' }, { type: 'SIGNALING_DOWN' });
		await member.pass(60_000);
		expect(asked(member)).toBe(1);
		await member.post({ type: 'SIGNALING_UP' });

		expect(asked(member)).toBe(2);
	});

	it('given nothing to hear any more, when that is known, then nothing is asked', async () => {
		const member = subscribe();
		await member.post({ type: 'DIAL' });
		await member.post({
			type: 'UPDATE',
			ours: { id: us, inCall: true, hasStreams: true },
			theirs: { id: them, inCall: true, hasStreams: false }
		});
		await member.pass(60_000);

		expect([member.state(), asked(member)]).toEqual(['idle', 1]);
	});

	it('given that we have a camera, when an offer is answered, then nothing of ours is sent with it, now or later', async () => {
		const member = subscribe();
		await member.hear(relayed.invite());
		await member.post({ type: 'SET_MEDIA', lease: leaseOf('video') });

		const media = member.commands.flatMap(({ command }) =>
			command.type === 'APPLY_MEDIA' ? [command.lease] : []
		);
		expect(media).toEqual([null]);
		expect(member.call(callId)?.getSnapshot().context.input.media).toEqual({
			audio: 'receive',
			video: 'receive'
		});
	});
});

describe('a publisher', () => {
	const own = { id: us, inCall: true, hasStreams: true };
	const publish = () =>
		openMemberBench({ profile: 'sfuPublisher', initiator: 'compare', ours: own, theirs: own });
	const dialled = async (member: MemberBench) => {
		await member.post({ type: 'DIAL' });
		return member;
	};

	it('given something to send, when there is a slot, then it is offered to our own session, one way', async () => {
		const member = await dialled(publish());

		expect(member.sent('invite').map(({ to }) => to)).toEqual([us]);
		expect(member.call('ours-1')?.getSnapshot().context.input.media).toEqual({
			audio: 'send',
			video: 'send'
		});
	});

	it('given our own offer, when it comes back to us, then it is none', async () => {
		const member = await dialled(publish());
		await member.hear(relayed.invite({ callId: 'ours-1' as CallId }), relayed.invite());

		expect(member.calls()).toEqual(['ours-1']);
		expect(member.commands.filter(({ command }) => command.type === 'SET_REMOTE')).toEqual([]);
	});

	it('M36 given a publisher that fails, when it does, then it is rebuilt at once from a clean slate; twice within 60 s escalates', async () => {
		const member = await dialled(publish());
		await member.fail('ours-1');
		expect(member.state()).toBe('queued');
		expect(member.closed).toEqual(['ours-1']);
		expect(member.context()).toMatchObject({ escalates: false, tombstones: ['ours-1'] });
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.answer('ours-2' as CallId));
		await member.connect('ours-2');
		await member.pass(59_999);
		expect(member.context().escalates).toBe(false);
		await member.fail('ours-2');

		expect(member.context().escalates).toBe(true);
	});

	it('M36 given failures more than 60 s apart, when the second comes, then it is rebuilt, and nobody told', async () => {
		const member = await dialled(publish());
		await member.fail('ours-1');
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.answer('ours-2' as CallId));
		await member.connect('ours-2');
		await member.pass(60_000);
		await member.fail('ours-2');

		expect(member.context().escalates).toBe(false);
		expect(member.state()).toBe('queued');
		await member.post({ type: 'DIAL' });
		await member.fail('ours-3');
		expect(member.context().escalates).toBe(true);
	});

	it('M36 given that it escalates, when it connects after all, then that is over', async () => {
		const member = await dialled(publish());
		await member.fail('ours-1');
		await member.post({ type: 'DIAL' });
		await member.fail('ours-2');
		expect(member.context().escalates).toBe(true);
		await member.pass(2_000);
		await member.post({ type: 'DIAL' });
		await member.hear(relayed.answer('ours-3' as CallId));
		await member.connect('ours-3');

		expect(member.context().escalates).toBe(false);
	});

	it('M37 given failures while signaling was away, when it is back, then they count for nothing, and two more escalate', async () => {
		const member = await dialled(publish());
		await member.fail('ours-1');
		await member.post({ type: 'DIAL' });
		await member.post({ type: 'SIGNALING_DOWN' });
		await member.fail('ours-2');

		await member.post({ type: 'SIGNALING_UP' });
		expect(member.context()).toMatchObject({ hasFailedLately: false, escalates: false });

		await member.pass(2_000);
		await member.post({ type: 'DIAL' });
		await member.fail('ours-3');
		expect(member.context().escalates).toBe(false);
		await member.pass(4_000);
		await member.post({ type: 'DIAL' });
		await member.fail('ours-4');
		expect(member.context().escalates).toBe(true);
	});

	it('given an end that was wanted, when it comes, then it is no failure', async () => {
		const member = await dialled(publish());
		await member.fail('ours-1', 'user_hangup');

		expect(member.state()).toBe('failed');
		expect(member.context()).toMatchObject({ hasFailedLately: false, escalates: false });
	});
});
