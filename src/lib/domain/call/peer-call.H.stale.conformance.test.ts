import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import {
	accept,
	call,
	microtasks,
	openBench,
	openCallee,
	openCaller,
	openMember,
	relayed,
	remote
} from '../../../../tests/support/peer-call-bench.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';

/** Conformance of H13: what comes late, or for another call. */
const needed: PeerCallEvent = { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' };

describe('H13 stale results', () => {
	const description = { type: 'offer', sdp: 'stale' } as const;
	it.each([
		[
			'PC_LOCAL_SET',
			'SET_LOCAL',
			{
				type: 'PC_LOCAL_SET',
				token: 999,
				description,
				streamIds: [] as string[],
				screenStreamIds: [] as string[]
			}
		],
		['PC_LOCAL_FAILED', 'SET_LOCAL', { type: 'PC_LOCAL_FAILED', token: 999, message: '' }],
		['PC_LOCAL_READ', 'READ_LOCAL', { type: 'PC_LOCAL_READ', token: 999, description }],
		['PC_REMOTE_SET', 'SET_REMOTE', { type: 'PC_REMOTE_SET', token: 999, receivers: 1, hasData: true }],
		['PC_REMOTE_FAILED', 'SET_REMOTE', { type: 'PC_REMOTE_FAILED', token: 999, message: '' }]
	] as const)(
		'H13 given a pending command, when %s with another token comes, then it is dropped',
		(_, holds, event) => {
			const bench = openBench({ holds: [holds] });
			bench.post(call());
			bench.advance(200);
			bench.post(remote.answer());
			const before = { value: bench.actor.getSnapshot().value, context: bench.context() };

			bench.post(event);

			expect(bench.actor.getSnapshot().value).toEqual(before.value);
			expect(bench.context()).toEqual(before.context);
		}
	);

	it('H13 given a callee that applies its media, when it changes and the first result comes late, then nothing goes wrong', () => {
		const bench = openCallee('ringing', { holds: ['APPLY_MEDIA'] });
		bench.post(accept);

		bench.post(
			{ type: 'PC_MEDIA_APPLIED', token: 999 },
			{ type: 'PC_MEDIA_REFUSED', token: 999, message: '' }
		);
		expect(bench.phase()).toBe('createAnswer');
		bench.answer('APPLY_MEDIA');

		expect(bench.phase()).toBe('connecting');
	});

	it.each([
		['PC_ROLLED_BACK', { type: 'PC_ROLLED_BACK', token: 999 }],
		['PC_LOCAL_FAILED', { type: 'PC_LOCAL_FAILED', token: 999, message: '' }]
	] as const)(
		'H13 given a roll-back under way, when %s with another token comes, then the roll-back goes on',
		(_, event) => {
			const bench = openCaller('connected', { holds: ['ROLL_BACK'] });
			bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
			bench.advance(100 + 10_000);
			expect(bench.commanded('ROLL_BACK')).toHaveLength(1);

			bench.post(event, needed);
			bench.advance(5_000);
			expect(bench.commanded('SET_LOCAL')).toHaveLength(2);
			bench.answer('ROLL_BACK');
			bench.advance(100);

			expect(bench.commanded('SET_LOCAL')).toHaveLength(3);
		}
	);

	it('H13 given an offer in the making that was overtaken by theirs, when its result comes, then it is not taken for the answer', () => {
		const bench = openCallee('connected');
		bench.hold('SET_LOCAL');
		bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
		bench.advance(100);

		bench.post(remote.negotiate('offer'));
		bench.answer('SET_LOCAL');
		expect(bench.sent('negotiate')).toEqual([]);
		bench.answer('SET_LOCAL');

		expect(bench.sent('negotiate')).toHaveLength(1);
	});
});

describe('H13 signals of other calls', () => {
	it('H13 given a call under way, when signals name another call, then they are dropped and counted', async () => {
		const member = openMember({ initiator: 'us' });
		member.actor.send({ type: 'DIAL' });
		await microtasks();
		member.clock.advance(200);
		await microtasks();
		const { current } = member.actor.getSnapshot().context;
		const commandsBefore = member.commands.length;

		member.signal(relayed.answer('call-0' as CallId), relayed.hangup('call-0' as CallId));
		await microtasks();

		const { context } = member.actor.getSnapshot();
		expect(member.commands).toHaveLength(commandsBefore);
		expect(context.current).toBe(current);
		expect(context.stale).toBe(2);
	});
});
