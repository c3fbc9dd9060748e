import { expect, it } from 'vitest';
import { openCaller } from '../../../../tests/support/peer-call-bench.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';

/** Conformance of H12: the last statistics of a call. */
const profiles = ['native', 'talkMesh'] as const;
const hangUp: PeerCallEvent = { type: 'HANGUP', reason: 'user_hangup' };

it.each(profiles)(
	'H12 (%s) given statistics that do not come, when 500 ms pass, then the call ends without',
	(profile) => {
		const bench = openCaller('connected', { input: { profile }, holds: ['READ_STATS'] });

		bench.post(hangUp);
		bench.advance(499);
		expect(bench.phase()).toBe('ending');
		bench.advance(1);

		expect(bench.output()).toMatchObject({ stats: null, everConnected: true });
		expect(bench.commanded('READ_STATS')).toHaveLength(1);
	}
);

it('H12 given statistics that come, when the call ends, then they are part of the report and were read before closing', () => {
	const bench = openCaller('connected', { holds: ['READ_STATS'] });

	bench.post(hangUp);
	expect(bench.closed.pc).toBe(0);
	bench.answer('READ_STATS');

	expect(bench.output()?.stats).toEqual({ bytesSent: 1, bytesReceived: 2, roundTripMs: 3 });
	expect(bench.closed.pc).toBe(1);
});
