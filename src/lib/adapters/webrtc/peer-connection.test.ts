import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { createEdgeBench, edgeContract } from '../../../../tests/support/edge-contract.ts';
import { FakeMediaStream, fakeTrack } from '../../../../tests/support/fake-media.ts';
import { FakeNetwork } from '../../../../tests/support/fake-network.ts';
import type { Candidate } from '../../domain/signaling.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

const makePlatform = (network = new FakeNetwork()) => ({
	open: network.open,
	openTrack: async (kind: 'audio' | 'video') => fakeTrack(kind),
	createStream: (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks)
});

/** A bench whose connections can be scripted. */
function openScripted() {
	const network = new FakeNetwork();
	const bench = createEdgeBench(makePlatform(network));
	const openEdge = (...options: Parameters<typeof bench.openEdge>) => {
		const edge = bench.openEdge(...options);
		const fake = network.connections.at(-1);
		if (!fake) throw new Error('no connection was opened');
		return { edge, fake };
	};
	return { ...bench, network, openEdge };
}

for (const { name, run } of edgeContract(() => makePlatform())) it(name, run);

it('given a constructor that throws, when an edge is opened, then it reports that it is broken, later', async () => {
	const bench = createEdgeBench(makePlatform());
	const network = new FakeNetwork();
	network.refusals.push('NotSupportedError', 'NotSupportedError');
	const broken = createEdgeBench(makePlatform(network));

	const edge = broken.openEdge();
	const eventsAtOnce = edge.events.length;
	edge.command({ type: 'SET_LOCAL', token: 1 });
	await vi.waitFor(() => expect(edge.types()).toEqual(['PC_FATAL']));

	expect(eventsAtOnce).toBe(0);
	expect(broken.ledger.snapshot()).toEqual({});
	bench.end();
});

it('given an edge that is broken, when it is closed before it said so, then it says nothing', async () => {
	const network = new FakeNetwork();
	network.refusals.push('NotSupportedError', 'NotSupportedError');
	const edge = createEdgeBench(makePlatform(network)).openEdge();

	edge.close();
	await network.turn();

	expect(edge.types()).toEqual([]);
});

it('given a command under way, when the edge is closed, then its late result is swallowed', async () => {
	const { network, openEdge, ledger } = openScripted();
	const { edge, fake } = openEdge();
	await edge.applyMedia(null, true);
	const release = fake.holdNext('setLocalDescription');
	edge.command({ type: 'SET_LOCAL', token: 99 });
	await network.turn();

	edge.close();
	release();
	await network.turn();

	expect(edge.types()).not.toContain('PC_LOCAL_SET');
	expect(edge.types()).not.toContain('PC_LOCAL_FAILED');
	expect(ledger.snapshot()).toEqual({});
});

it('given statistics under way, when the edge is closed, then they are not reported', async () => {
	const { network, openEdge } = openScripted();
	const { edge } = openEdge();
	edge.command({ type: 'READ_STATS', token: 1 });
	await Promise.resolve(); // the command runs, its answer takes a turn of the network

	edge.close();
	await network.turn();
	await network.turn();

	expect(edge.types()).toEqual([]);
});

it('given several candidates and one bad among them, when added, then the others are applied in order', async () => {
	const { openEdge } = openScripted();
	const { edge: offering } = openEdge();
	const { edge, fake } = openEdge();
	await offering.applyMedia(null, true);
	await edge.setRemote(await offering.describe());
	const numbered = (number: number): Candidate => ({
		candidate: `candidate:${number} 1 udp 1 192.0.2.1 50001 typ host`,
		sdpMid: '0',
		sdpMLineIndex: 0
	});
	const bad: Candidate = { candidate: 'candidate:9', sdpMid: 'nowhere', sdpMLineIndex: null };

	edge.command({ type: 'ADD_CANDIDATES', candidates: [numbered(1), bad, numbered(2)] });
	edge.command({ type: 'ADD_CANDIDATES', candidates: [numbered(3)] });
	await edge.ask({ type: 'READ_STATS' });

	const applied = [numbered(1), numbered(2), numbered(3)].map(({ candidate }) => candidate);
	expect(fake.appliedCandidates).toEqual(applied);
	expect(edge.seen('PC_CANDIDATE_REFUSED')).toEqual([
		{ type: 'PC_CANDIDATE_REFUSED', message: 'OperationError' }
	]);
});

it('given a connection that fails while ICE only says disconnected, then both are reported', async () => {
	const { openEdge } = openScripted();
	const { edge, fake } = openEdge();

	fake.failConnectionOnly();

	expect(edge.events).toEqual([
		{ type: 'PC_ICE_STATE', state: 'disconnected' },
		{ type: 'PC_CONNECTION_STATE', state: 'failed' }
	]);
});

it('given a browser that breaks where nothing may fail, then the edge is over and closed', async () => {
	const { openEdge, ledger } = openScripted();
	const { edge, fake } = openEdge();
	fake.refuseNext('getStats');

	edge.command({ type: 'READ_STATS', token: 1 });
	edge.command({ type: 'READ_STATS', token: 2 });
	await vi.waitFor(() => expect(edge.types()).toEqual(['PC_FATAL']));

	expect(fake.isClosed).toBe(true);
	expect(ledger.snapshot()).toEqual({});
});

it('given media that the browser refuses, then the refusal carries the token and the edge lives on', async () => {
	const { openEdge, lease } = openScripted();
	const { edge, fake } = openEdge();
	await edge.applyMedia(null, true);
	fake.refuseNext('replaceTrack', 'InvalidModificationError');

	const refused = await edge.ask({ type: 'APPLY_MEDIA', lease: await lease('audio'), offering: true });

	expect(refused).toMatchObject({
		type: 'PC_MEDIA_REFUSED',
		message: 'media in stable: InvalidModificationError'
	});
	await edge.describe();
});

it('given a lease whose track was given back meanwhile, when applied, then that kind is not sent', async () => {
	const { openEdge, lease, localTracks } = openScripted();
	const { edge, fake } = openEdge();
	const media = await lease('audio', 'video');
	if (media.tracks.video) localTracks.remove(media.tracks.video);

	await edge.applyMedia(media, true);

	expect(fake.getSenders().map(({ track }) => track?.kind)).toEqual(['audio', undefined]);
});

it('given a new remote offer that sends more, when answered, then the directions follow it', async () => {
	const { openEdge, lease, negotiate } = openScripted();
	const { edge: offering, fake } = openEdge();
	const { edge, fake: answering } = openEdge();
	await offering.applyMedia(null, true);
	for (const transceiver of fake.getTransceivers()) transceiver.direction = 'sendonly';
	await edge.applyMedia(await lease('audio'), false);
	await negotiate(offering, edge);
	const before = answering.getTransceivers().map(({ direction }) => direction);

	for (const transceiver of fake.getTransceivers()) transceiver.direction = 'sendrecv';
	await negotiate(offering, edge);

	expect(before).toEqual(['recvonly', 'recvonly']);
	expect(answering.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual([
		'sendrecv',
		'sendrecv'
	]);
});

it.each([
	['a connection that only receives', 'receive', 'status', ['simplewebrtc']],
	['a connection that only receives', 'receive', null, []],
	['a connection that sends too', 'both', 'status', []]
] as const)(
	'given %s (%s), when it is offered the channel %j, then it opens %j of its own, once, for a media server to answer',
	async (_, audio, dataChannel, opened) => {
		const { openEdge } = openScripted();
		const { edge: server } = openEdge({ dataChannel });
		const { edge, fake } = openEdge({ media: { audio, video: 'none' }, dataChannel: null });
		const open = vi.spyOn(fake, 'createDataChannel');
		await server.applyMedia(null, true);

		for (let time = 1; time <= 2; time++) {
			await edge.setRemote(await server.describe());
			await edge.applyMedia(null, false);
			await server.setRemote(await edge.describe());
		}

		expect(open.mock.calls.map(([label]) => label)).toEqual(opened);
	}
);

it('given an edge, when it is closed, then no listener is left on its connection', async () => {
	const { openEdge } = openScripted();
	const { edge, fake } = openEdge();
	await edge.applyMedia(null, true);

	edge.close();
	fake.isClosed = false; // so that the fake would fire again
	fake.dropIce();

	expect(edge.seen('PC_ICE_STATE')).toEqual([]);
});

it('given an offer with more streams than anybody needs, when answered, then a camera and a screen are received, and no more', async () => {
	const { openEdge, lease, negotiate, network } = openScripted();
	const { edge, fake } = openEdge({ streams: 'described' });
	await edge.applyMedia(await lease('audio', 'video'), false);
	const greedy = openEdge({ streams: 'described' });
	await greedy.edge.applyMedia(await lease('audio', 'video'), true);
	for (let extra = 0; extra < 6; extra++) {
		greedy.fake.addTrack(fakeTrack(extra % 2 === 0 ? 'video' : 'audio'), new FakeMediaStream());
	}
	await network.turn();

	await negotiate(greedy.edge, edge);

	const receiving = fake.getTransceivers().filter(({ currentDirection }) => currentDirection !== 'inactive');
	expect(receiving.map(({ kind }) => kind)).toEqual(['audio', 'video', 'video', 'audio']);
	expect(edge.receiving()).toHaveLength(4);
});

it('given a screen section that the other side will never receive in, when we share, then we share in another one', async () => {
	const { openEdge, lease, withScreen, negotiate } = openScripted();
	const { edge: offering, fake: sharing } = openEdge({ streams: 'described' });
	const { edge, fake } = openEdge({ streams: 'described' });
	const ours = await lease('audio', 'video');
	await offering.applyMedia(await lease('audio', 'video'), true);
	sharing.addTransceiver(fakeTrack('video'), { direction: 'sendonly', streams: [new FakeMediaStream()] });
	await edge.applyMedia(ours, false);
	await negotiate(offering, edge);

	await edge.applyMedia(await withScreen(ours, 'video'), false);
	await vi.waitFor(() => expect(edge.seen('PC_NEGOTIATION_NEEDED')).toHaveLength(1));
	await negotiate(edge, offering);

	const [screen] = edge.announced().screen;
	expect(offering.receiving()).toContain(`video of ${screen}`);
	expect(fake.getTransceivers()).toHaveLength(4);
});

it('given sections that only received so far, when both sides begin to share at once, then both screens arrive', async () => {
	const { openEdge, lease, withScreen, negotiate } = openScripted();
	const receiveOnly = { streams: 'described', media: { audio: 'both', video: 'receive' } } as const;
	const { edge: offering } = openEdge({ streams: 'described' });
	const { edge } = openEdge(receiveOnly);
	const [theirs, ours] = [await lease('audio', 'video'), await lease('audio')];
	await offering.applyMedia(theirs, true);
	await edge.applyMedia(ours, false);
	await negotiate(offering, edge);
	await offering.applyMedia(await withScreen(theirs, 'video'), true);
	await edge.applyMedia(await withScreen(ours, 'video'), false);

	await edge.describe();
	await edge.setRemote(await offering.describe());
	await offering.setRemote(await edge.describe());
	await negotiate(edge, offering);

	for (const [here, there] of [
		[edge, offering],
		[offering, edge]
	] as const) {
		expect(here.receiving()).toContain(`video of ${there.announced().screen.join()}`);
	}
});

it('given any order of sharing, muting and crossing offers, when all is negotiated, then each side gets what the other sends, in at most four sections', async () => {
	const step = fc.constantFrom(
		...([
			'a shares',
			'a shares with sound',
			'a stops',
			'b shares',
			'b shares with sound',
			'b stops'
		] as const),
		...(['a camera', 'b camera', 'a offers', 'b offers', 'both offer'] as const)
	);
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 10 }), async (steps) => {
			const { openEdge, lease, withScreen, negotiate, end } = openScripted();
			const open = async (isOffering: boolean) => ({
				...openEdge({ streams: 'described' }),
				isOffering,
				camera: await lease('audio', 'video'),
				screen: [] as ('audio' | 'video')[]
			});
			const [a, b] = [await open(true), await open(false)];
			const apply = async ({ edge, camera, screen, isOffering }: typeof a) =>
				edge.applyMedia(await withScreen(camera, ...screen), isOffering);
			await apply(a);
			await apply(b);
			await negotiate(a.edge, b.edge);
			for (const next of steps) {
				const party = next.startsWith('a') ? a : b;
				if (next === 'a offers') await negotiate(a.edge, b.edge);
				else if (next === 'b offers') await negotiate(b.edge, a.edge);
				else if (next === 'both offer') {
					await b.edge.describe();
					await b.edge.setRemote(await a.edge.describe());
					await a.edge.setRemote(await b.edge.describe());
				} else {
					if (next.endsWith('camera')) party.camera = await lease('audio', 'video');
					else if (next.endsWith('sound')) party.screen = ['video', 'audio'];
					else if (next.endsWith('shares')) party.screen = ['video'];
					else party.screen = [];
					await apply(party);
				}
			}
			await negotiate(b.edge, a.edge);
			await negotiate(a.edge, b.edge);

			for (const [here, there] of [
				[a, b],
				[b, a]
			] as const) {
				const { usermedia, screen } = there.edge.announced();
				const sent = [
					...['audio', 'video'].map((kind) => `${kind} of ${usermedia.join()}`),
					...there.screen.map((kind) => `${kind} of ${screen.join()}`)
				];
				expect(here.edge.receiving()).toEqual(sent.sort());
				expect(here.fake.transceiversMade).toBeLessThanOrEqual(4);
			}
			end();
		}),
		{ seed: 25, numRuns: 30 }
	);
}, 60_000);

it('given a connection of one stream, when a lease holds a screen beside, then only camera and microphone are sent', async () => {
	const { openEdge, lease, withScreen } = openScripted();
	const { edge, fake } = openEdge();

	await edge.applyMedia(await withScreen(await lease('audio', 'video'), 'video', 'audio'), true);
	await edge.describe();

	expect(fake.getTransceivers()).toHaveLength(2);
	expect(edge.announced().screen).toEqual([]);
});

it('given a connection with several streams, when it is closed, then all of them are gone', async () => {
	const { openEdge, lease, withScreen, negotiate, remoteStreams } = openScripted();
	const { edge: offering } = openEdge({ streams: 'described' });
	const { edge } = openEdge({ streams: 'described' });
	await offering.applyMedia(await withScreen(await lease('audio', 'video'), 'video'), true);
	await edge.applyMedia(null, false);
	await negotiate(offering, edge);
	const keys = [...new Set(edge.seen('PC_TRACK').map(({ streamId }) => streamId))];
	expect(keys.map((key) => remoteStreams.get(key)?.getTracks().length)).toEqual([2, 1]);

	edge.close();

	expect(keys.map((key) => remoteStreams.get(key))).toEqual([undefined, undefined]);
	expect(edge.seen('PC_TRACK_GONE')).toEqual([]);
});
