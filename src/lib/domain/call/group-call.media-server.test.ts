import { expect, it } from 'vitest';
import { openCallBench } from '../../../../tests/support/call-bench.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';

const own = 'ann-1' as SessionId;

async function openPair() {
	const bench = openCallBench();
	bench.setMediaServer(true);
	const [ann, ben] = await bench.joinAll('ann', 'ben');
	if (!ann || !ben) throw new Error('nobody joined');
	await bench.advance(1_000);
	return { bench, ann, ben };
}

it('given a media server that was restarted, when a new offer is answered for the connection before, then we leave the call at once and come back, and all is connected anew', async () => {
	const { bench, ann, ben } = await openPair();
	bench.mediaServer.script.stales = 1;

	bench.mediaServer.breakLeg(own, own);
	await bench.advance(3_000);

	expect(ann.bodies.silent).toEqual([false, true]);
	expect(ann.calls.filter((name) => name === 'leaveCall')).toHaveLength(1);
	expect(ann.members('publisher')).toEqual({ [own]: 'up' });
	expect(ann.members()).toEqual({ 'ben-2': 'up' });
	expect(ben.members()).toEqual({ [own]: 'up' });
});

it('given a new offer, when an answer comes that is for no connection there ever was, then nobody leaves', async () => {
	const { bench, ann } = await openPair();
	bench.mediaServer.breakLeg(own, own);
	await bench.advance(500);

	await ann.hear({
		type: 'PEER_SIGNAL_RECEIVED',
		from: own,
		signal: {
			kind: 'answer',
			callId: 'nobody-knows' as CallId,
			purpose: 'usermedia',
			description: { type: 'answer', sdp: 'v=0' },
			metadata: {}
		}
	});
	await bench.advance(3_000);

	expect(ann.bodies.silent).toEqual([false]);
	expect(ann.members('publisher')).toEqual({ [own]: 'up' });
});
