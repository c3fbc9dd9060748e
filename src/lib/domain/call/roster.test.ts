import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NextcloudSessionId, SessionId } from '../../protocol/ids.ts';
import type { ParticipantUpdate } from '../signaling.ts';
import { diffMembers, mergeRoster, mergeSaid, othersInCall, withoutSessions } from './roster.ts';

const session = (name: string) => name as SessionId;
const inCall = { inCall: true, audio: true, video: false };
const names = ['ann', 'ben', 'constructor', '__proto__', 'toString'].map(session);
const update: fc.Arbitrary<ParticipantUpdate> = fc.record(
	{
		sessionId: fc.constantFrom(...names),
		presence: fc.constantFrom(inCall, { inCall: false, audio: false, video: false }),
		name: fc.constantFrom('Ann', ''),
		isInternal: fc.boolean()
	},
	{ requiredKeys: ['sessionId'] }
);

describe('merging', () => {
	it('given an update that leaves fields out, when it is merged, then what was known stays, and so do the others', () => {
		const roster = mergeRoster({}, [
			{
				sessionId: session('ann'),
				presence: inCall,
				name: 'Ann',
				nextcloudSessionId: 'nc' as NextcloudSessionId
			},
			{ sessionId: session('ben') }
		]);
		const next = mergeRoster(roster, [{ sessionId: session('ann'), name: 'Anna' }]);

		expect(next).toEqual({
			...roster,
			ann: expect.objectContaining({ name: 'Anna', presence: inCall, nextcloudSessionId: 'nc' })
		});
	});

	it('given any updates, when they come twice, then it is as if they had come once', () => {
		fc.assert(
			fc.property(fc.array(update), fc.array(update), (before, updates) => {
				const once = mergeRoster(mergeRoster({}, before), updates);
				expect(mergeRoster(once, updates)).toEqual(once);
				expect(new Set(Object.keys(once))).toEqual(
					new Set([...before, ...updates].map(({ sessionId }): string => sessionId))
				);
			}),
			{ seed: 5 }
		);
	});

	it('given sessions that left, when they are taken out, then only those', () => {
		const roster = mergeRoster(
			{},
			names.map((sessionId) => ({ sessionId }))
		);
		expect(Object.keys(withoutSessions(roster, [session('__proto__'), session('nobody')]))).toHaveLength(4);
	});

	it('given a roster, when those to connect with are asked for, then all in the call but us, in a fixed order', () => {
		const roster = mergeRoster({}, [
			...['zoe', 'ben', 'Ann', 'us'].map((name) => ({ sessionId: session(name), presence: inCall })),
			{ sessionId: session('away') }
		]);
		expect(othersInCall(roster, session('us')).map(({ sessionId }) => sessionId)).toEqual([
			'Ann',
			'ben',
			'zoe'
		]);
	});
});

it('M47 given any two lists, when they are compared, then what is known and the difference make what is wanted', () => {
	fc.assert(
		fc.property(
			fc.uniqueArray(fc.constantFrom(...names)),
			fc.uniqueArray(fc.constantFrom(...names)),
			(known, wanted) => {
				const { added, kept, removed } = diffMembers(known, wanted);
				expect([...added, ...kept].sort()).toEqual([...wanted].sort());
				expect([...removed, ...kept].sort()).toEqual([...known].sort());
			}
		),
		{ seed: 47 }
	);
});

describe('what sessions say', () => {
	it('given somebody who speaks, when they mute, then they no longer speak', () => {
		const said = mergeSaid(mergeSaid(undefined, { kind: 'speaking', state: 'on' }), {
			kind: 'microphone',
			state: 'off'
		});
		expect(said).toEqual({ microphone: 'off', speaking: 'off' });
	});

	it('given a hand, when it goes up and down, then its time is known and then gone', () => {
		const raised = mergeSaid({}, { kind: 'hand', state: 'raised', at: 5 });
		expect(raised.handRaisedAt).toBe(5);
		expect(mergeSaid(raised, { kind: 'hand', state: 'lowered', at: 6 }).handRaisedAt).toBeNull();
	});

	it('given the same reaction twice, when it comes, then it counts as another one', () => {
		const once = mergeSaid({}, { kind: 'reaction', emoji: '👍' });
		expect(mergeSaid(once, { kind: 'reaction', emoji: '👍' }).reaction).toEqual({ emoji: '👍', count: 2 });
	});
});
