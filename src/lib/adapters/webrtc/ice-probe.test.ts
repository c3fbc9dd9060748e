import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { IceTarget } from '../../domain/check/evidence.ts';
import { probeIceWith, type GatheringConnection } from './ice-probe.ts';

const turn: IceTarget = {
	kind: 'turn',
	url: 'turn:turn.example',
	way: 'udp',
	username: 'name',
	credential: 'proof'
};
const stun: IceTarget = { kind: 'stun', url: 'stun:stun.example', way: 'udp', username: '', credential: '' };

/** Does nothing before a description is set, and nothing when closed. */
function createGathering() {
	const events = new EventTarget();
	const seen = { configuration: {} as RTCConfiguration, channels: 0, isClosed: false, isDescribed: false };
	let isComplete = false;
	const say = (event: Event) => {
		if (!seen.isDescribed || seen.isClosed) throw new Error('nothing is gathered now');
		events.dispatchEvent(event);
	};
	const connection: GatheringConnection = {
		addEventListener: events.addEventListener.bind(events),
		get iceGatheringState() {
			return isComplete ? 'complete' : 'gathering';
		},
		createDataChannel: () => (seen.channels += 1),
		createOffer: () => Promise.resolve({ type: 'offer', sdp: '' }),
		setLocalDescription: () => {
			if (seen.channels === 0) return Promise.reject(new Error('there is nothing to gather for'));
			seen.isDescribed = true;
			return Promise.resolve();
		},
		close: () => (seen.isClosed = true)
	};
	return {
		seen,
		create: (configuration: RTCConfiguration) => {
			seen.configuration = configuration;
			return connection;
		},
		found: (type: string) => say(Object.assign(new Event('icecandidate'), { candidate: { type } })),
		failed: (errorCode: number) => say(Object.assign(new Event('icecandidateerror'), { errorCode })),
		complete: () => {
			isComplete = true;
			say(new Event('icegatheringstatechange'));
		}
	};
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
	// nothing is left that would come later
	expect(vi.getTimerCount()).toBe(0);
	vi.useRealTimers();
});

/** Until the description is set. */
async function begin(target: IceTarget) {
	const gathering = createGathering();
	let nowMs = 0;
	const evidence = probeIceWith(gathering.create, () => nowMs)(target);
	await vi.waitFor(() => expect(gathering.seen.isDescribed).toBe(true));
	nowMs = 42;
	return { ...gathering, evidence };
}

it('given a TURN server, when it gives a relay, then it was asked alone, with its credentials, and let go', async () => {
	const { seen, found, evidence } = await begin(turn);
	found('host');
	found('srflx');

	found('relay');

	expect(await evidence).toEqual({ kind: 'reached', ms: 42, relay: null });
	expect(seen.configuration).toEqual({
		iceServers: [{ urls: ['turn:turn.example'], username: 'name', credential: 'proof' }],
		iceTransportPolicy: 'relay'
	});
	expect(seen.isClosed).toBe(true);
});

it('given a STUN server, when it tells our address, then it was reached', async () => {
	const { seen, found, evidence } = await begin(stun);

	found('srflx');

	expect(await evidence).toMatchObject({ kind: 'reached' });
	expect(seen.configuration).toEqual({ iceServers: [{ urls: ['stun:stun.example'] }] });
});

it.each([[[401, 701]], [[701, 401]]])(
	'given errors %o, when gathering ends, then the refusal counts and not the silence of another address',
	async (codes) => {
		const { failed, complete, evidence } = await begin(turn);
		for (const code of codes) failed(code);

		complete();

		expect(await evidence).toEqual({ kind: 'refused', code: 401 });
	}
);

it('given a server that is not reached, when gathering ends, then that is told', async () => {
	const { failed, complete, evidence } = await begin(turn);
	failed(701);

	complete();

	expect(await evidence).toEqual({ kind: 'silence', why: 'timeout' });
});

it('given a browser that says nothing, when gathering ends, then no more is claimed than that', async () => {
	const { complete, evidence } = await begin(turn);

	complete();

	expect(await evidence).toEqual({ kind: 'quiet' });
});

it('given gathering that does not end, when eight seconds have passed, then it was a silence', async () => {
	const { evidence, seen } = await begin(stun);

	await vi.advanceTimersByTimeAsync(8_000);

	expect(await evidence).toEqual({ kind: 'silence', why: 'timeout' });
	expect(seen.isClosed).toBe(true);
});

it('given an address that the browser refuses, when it is asked, then it is said to be unusable', async () => {
	const probe = probeIceWith(
		() => {
			throw new SyntaxError('no such address');
		},
		() => 0
	);

	expect(await probe(turn)).toEqual({ kind: 'unusable' });
});
