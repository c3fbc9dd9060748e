import { setMaxListeners } from 'node:events';
import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { createEdgeBench } from '../../../../tests/support/edge-contract.ts';
import { FakeCaptureDevices } from '../../../../tests/support/fake-capture-devices.ts';
import { FakeMediaStream, fakeTrack } from '../../../../tests/support/fake-media.ts';
import { FakeNetwork } from '../../../../tests/support/fake-network.ts';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import type { MediaLease } from '../../domain/call/peer-connection.ts';
import type { DeviceChoice } from '../../domain/media/capture.ts';
import { localMediaMachine, type LocalMediaEvent } from '../../domain/media/local-media-machine.ts';
import { mediaOffer } from '../../domain/media/media-offer.ts';
import { createCapture } from './capture.ts';
import { createLedger } from './ledger.ts';
import { createLentTracks } from './lent-tracks.ts';
import { createLocalTracks } from './local-tracks.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

const webcamMicrophone: DeviceChoice = { deviceId: 'mic-2', groupId: 'webcam', label: 'Webcam Microphone' };
const secondCamera = {
	kind: 'videoinput' as const,
	deviceId: 'cam-2',
	groupId: 'desk',
	label: 'Desk camera'
};
const native = { streams: 'described' } as const;

/**
 * One person's devices, with a connection to each of several peers, the other ends included. As in a call, every
 * connection gets the new lease when the set of tracks changes; what it asks to negotiate is negotiated by hand.
 */
async function openCompany(peers: number, cloneForPeer = false) {
	const network = new FakeNetwork();
	const platform = {
		open: network.open,
		openTrack: async (kind: 'audio' | 'video') => fakeTrack(kind),
		createStream: (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks)
	};
	const bench = createEdgeBench(platform, cloneForPeer);
	const devices = new FakeCaptureDevices();
	const clock = new BenchClock();
	const capture = createCapture({
		browser: devices.browser,
		tracks: bench.localTracks,
		ledger: bench.ledger
	});
	const media = createActor(localMediaMachine, {
		clock,
		input: {
			capture,
			microphone: { intent: 'on', chosen: null },
			camera: { intent: 'on', chosen: null }
		}
	});
	media.start();
	const settle = async () => {
		for (let turn = 0; turn < 20; turn += 1) await network.turn();
	};
	const send = async (...events: LocalMediaEvent[]) => {
		for (const event of events) media.send(event);
		await settle();
	};
	await send({ type: 'OPEN' });

	const ownLease = (): MediaLease => {
		const { lease: main, screen } = mediaOffer(media.getSnapshot().context);
		return { leaseId: 'own', tracks: main?.tracks ?? {}, ...(screen ? { screen: screen.tracks } : {}) };
	};
	const open = () => {
		const edge = bench.openEdge(native);
		const fake = network.connections.at(-1);
		if (!fake) throw new Error('no connection was opened');
		return { ...edge, fake };
	};
	const pairs: { ours: ReturnType<typeof open>; theirs: ReturnType<typeof open> }[] = [];
	for (let index = 0; index < peers; index += 1) {
		const pair = { ours: open(), theirs: open() };
		await pair.ours.applyMedia(ownLease(), true);
		await pair.theirs.applyMedia(await bench.lease('audio', 'video'), false);
		await bench.negotiate(pair.ours, pair.theirs);
		await bench.connect(pair.ours, pair.theirs);
		pairs.push(pair);
	}
	await settle();
	const [first] = pairs;
	if (!first) throw new Error('nobody is there');

	return {
		...bench,
		...first,
		network,
		devices,
		clock,
		media,
		pairs,
		ownLease,
		settle,
		send,
		advance: async (ms: number) => {
			clock.advance(ms);
			await settle();
		},
		/** Every connection gets what there is now. */
		applyAll: async () => {
			for (const { ours } of pairs) await ours.applyMedia(ownLease(), true);
			await settle();
		},
		/** How often our first connection asked for negotiation, the set-up included. */
		needs: () => first.ours.seen('PC_NEGOTIATION_NEEDED').length,
		/** What every peer has received so far in sections of this kind, in frames. */
		received: (kind: 'audio' | 'video') =>
			pairs.map(({ theirs }) => {
				const frames = { media: 0, silence: 0 };
				for (const { kind: of, receiver } of theirs.fake.getTransceivers()) {
					if (of !== kind) continue;
					frames.media += receiver.received.media;
					frames.silence += receiver.received.silence;
				}
				return frames;
			}),
		leave: async () => {
			for (const { ours } of pairs) ours.close();
			await send({ type: 'RELEASE' });
		}
	};
}

it('K23 given a call, when another microphone is chosen, then it is sent without an offer, in the same stream, and the old track ends only after it was replaced', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	const before = {
		needs: company.needs(),
		streams: ours.announced(),
		arrived: theirs.seen('PC_TRACK').length
	};
	const [old] = company.devices.tracks.filter(({ kind }) => kind === 'audio');
	const goOn = ours.fake.holdNext('replaceTrack');

	await company.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
	const applied = ours.applyMedia(company.ownLease(), true);
	await company.advance(3_000);
	const whileReplacing = old?.readyState;
	goOn();
	await applied;
	await company.advance(1_000);

	expect([whileReplacing, old?.readyState]).toEqual(['live', 'ended']);
	const sent = ours.fake.getSenders().map(({ track }) => track?.getSettings().deviceId);
	expect(sent).toEqual(['mic-2', 'cam-1']);
	expect(company.needs()).toBe(before.needs);
	await company.negotiate(ours, theirs);
	expect(ours.announced()).toEqual(before.streams);
	expect(theirs.seen('PC_TRACK')).toHaveLength(before.arrived);
	expect(theirs.seen('PC_TRACK_GONE')).toEqual([]);
});

it('K23 given a connection that never takes the new microphone, when 11 s are over, then the old one is closed nevertheless', async () => {
	const { ours, ...company } = await openCompany(1);
	const [old] = company.devices.tracks.filter(({ kind }) => kind === 'audio');
	ours.fake.holdNext('replaceTrack');

	await company.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
	ours.command({ type: 'APPLY_MEDIA', token: -1, lease: company.ownLease(), offering: true });
	await company.advance(10_999);
	expect(old?.readyState).toBe('live');
	await company.advance(1);

	expect(old?.readyState).toBe('ended');
});

it('K24 given a call, when the browser refuses to replace a track, then it goes into another section of the same stream, with one offer', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	const before = { needs: company.needs(), streams: ours.announced(), got: theirs.receiving() };
	company.devices.plugIn(secondCamera);
	await company.settle();
	ours.fake.refuseNext('replaceTrack', 'InvalidModificationError');

	await company.send({ type: 'CHOOSE_DEVICE', kind: 'camera', choice: secondCamera });
	await company.applyAll();
	expect(company.needs()).toBe(before.needs + 1);
	await company.negotiate(ours, theirs);
	await company.settle();

	expect(company.needs()).toBe(before.needs + 1);
	expect(theirs.seen('PC_NEGOTIATION_NEEDED')).toEqual([]);
	expect(ours.announced()).toEqual(before.streams);
	expect(theirs.receiving()).toEqual(before.got);
	const shown = company.remoteStreams.get(`${theirs.callId}/${before.streams.usermedia.join()}`);
	expect(shown?.getVideoTracks()).toHaveLength(1);
	company.network.tick();
	const sending = ours.fake.getSenders().filter(({ sent }) => sent.media > 0);
	expect(sending.map(({ track }) => track?.getSettings().deviceId)).toEqual(['mic-1', 'cam-2']);
	expect(company.received('video')).toEqual([{ media: 1, silence: 0 }]);
});

it('K24 given refusals again and again, when a screen is shared too, then spare sections are used before new ones', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	company.devices.plugIn(secondCamera);
	await company.settle();
	const cameras = [secondCamera, { ...secondCamera, deviceId: 'cam-1', groupId: 'webcam', label: 'Webcam' }];
	for (let round = 0; round < 6; round += 1) {
		const choice = cameras[round % 2] ?? secondCamera;
		ours.fake.refuseNext('replaceTrack', 'InvalidModificationError');
		await company.send({ type: 'CHOOSE_DEVICE', kind: 'camera', choice });
		await company.applyAll();
		await company.negotiate(ours, theirs);
		await company.advance(2_000);
	}
	await company.send({ type: 'SHARE_SCREEN' });
	await company.applyAll();
	await company.negotiate(ours, theirs);

	expect(theirs.receiving()).toHaveLength(3);
	expect(ours.fake.transceiversMade).toBe(4); // sound, two for the cameras, the screen
});

it('K25 given a call, when both sides share a screen with sound twenty times, then there are four transceivers, and the offers do not grow', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	company.devices.picker = 'choose with sound';
	const theirCamera = await company.lease('audio', 'video');
	const sizes: number[] = [];
	const shown: string[][] = [];
	for (let round = 0; round < 20; round += 1) {
		await company.send({ type: 'SHARE_SCREEN' });
		await company.applyAll();
		await company.negotiate(ours, theirs);
		await theirs.applyMedia(await company.withScreen(theirCamera, 'video', 'audio'), false);
		await company.negotiate(theirs, ours);
		sizes.push((await ours.describe()).sdp.length);
		await ours.ask({ type: 'ROLL_BACK' });
		shown.push(theirs.receiving());
		await company.send({ type: 'STOP_SCREEN' });
		await company.applyAll();
		await company.negotiate(ours, theirs);
		await theirs.applyMedia(theirCamera, false);
		await company.negotiate(theirs, ours);
		expect(theirs.receiving()).toHaveLength(2);
	}

	expect(ours.fake.transceiversMade).toBe(4);
	expect(theirs.fake.transceiversMade).toBe(4);
	expect(new Set(sizes).size).toBe(1);
	expect(shown.every((tracks) => tracks.length === 4 && tracks.join() === shown[0]?.join())).toBe(true);
	await company.advance(120);
	expect(company.devices.liveTracks()).toBe(2);
});

it("K26 given a shared screen, when it is ended in the browser's own bar, then peers see it go, its tracks end and nothing is shared", async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	company.devices.picker = 'choose with sound';
	await company.send({ type: 'SHARE_SCREEN' });
	await company.applyAll();
	await company.negotiate(ours, theirs);
	expect(theirs.receiving()).toHaveLength(4);

	company.devices.stopSharing();
	await company.advance(120);
	expect(company.ownLease().screen).toBeUndefined();
	await company.applyAll();
	await company.negotiate(ours, theirs);

	expect(ours.announced().screen).toEqual([]);
	expect(theirs.seen('PC_TRACK_GONE').map(({ kind }) => kind)).toEqual(['video', 'audio']);
	expect(theirs.receiving()).toHaveLength(2);
	expect(company.media.getSnapshot().context.screen).toEqual({ video: null, audio: null, problem: null });
	expect(company.devices.liveTracks()).toBe(2);
});

it('K27 given a screen that was shared before, when it is shared again, then a person chooses again and a live track is sent', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	const share = async () => {
		await company.send({ type: 'SHARE_SCREEN' });
		await company.applyAll();
		await company.negotiate(ours, theirs);
		await company.settle();
		const [screen] = ours.announced().screen;
		company.network.tick();
		return company.remoteStreams.get(`${theirs.callId}/${screen}`)?.getVideoTracks()[0]?.muted;
	};
	expect(await share()).toBe(false);
	await company.send({ type: 'STOP_SCREEN' });
	await company.applyAll();
	await company.negotiate(ours, theirs);
	const before = company.received('video')[0]?.media ?? 0;

	expect(await share()).toBe(false);

	expect(company.devices.pickers).toBe(2);
	expect(company.received('video')[0]?.media).toBe(before + 2); // one frame each of camera and screen
	const live = ours.fake.getSenders().map(({ track }) => track?.readyState);
	expect(live).toEqual(['live', 'live', 'live']);
});

it('L20 given a screen with sound, when its sound ends, then its stream stays, and goes with the picture', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	const camera = company.ownLease();
	const shared = await company.withScreen(camera, 'video', 'audio');
	const { video } = shared.screen ?? {};
	if (video === undefined) throw new Error('there is no picture');
	const apply = async (lease: MediaLease) => {
		await ours.applyMedia(lease, true);
		await company.negotiate(ours, theirs);
	};
	await apply(shared);
	const key = `${theirs.callId}/${ours.announced().screen.join()}`;

	await apply({ ...camera, screen: { video } });
	expect(company.remoteStreams.get(key)?.getTracks()).toHaveLength(1);
	expect(theirs.seen('PC_TRACK_GONE').map(({ kind, streamId }) => [kind, streamId])).toEqual([
		['audio', key]
	]);
	await apply(camera);

	expect(company.remoteStreams.get(key)).toBeUndefined();
	expect(theirs.seen('PC_TRACK_GONE').map(({ kind, streamId }) => [kind, streamId])).toEqual([
		['audio', key],
		['video', key]
	]);
});

it('K30 given a call, when another microphone cannot be opened, then the old one is still sent', async () => {
	const { ours, theirs, ...company } = await openCompany(1);
	company.devices.setBusy('mic-2', true);
	const { version } = company.media.getSnapshot().context;

	await company.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
	await company.applyAll();
	await company.advance(60_000);
	company.network.tick();

	expect(company.media.getSnapshot().context).toMatchObject({
		version,
		microphone: { intent: 'on', problem: 'media.busy', opened: { deviceId: 'mic-1' } }
	});
	expect(company.received('audio')).toEqual([{ media: 1, silence: 0 }]);
	expect([company.needs(), theirs.seen('PC_TRACK_GONE')]).toEqual([1, []]);
	expect(ours.fake.getSenders().map(({ track }) => track?.getSettings().deviceId)).toEqual([
		'mic-1',
		'cam-1'
	]);
});

it.each([
	['every connection sends the same track', false, 1],
	['every connection sends a copy', true, 6]
])(
	'L06 M48 given five peers and %s, when the microphone is muted, then all of it is silent within the same step, and not a frame is heard',
	async (_, cloneForPeer, tracks) => {
		const company = await openCompany(5, cloneForPeer);
		const sound = () => company.devices.tracks.filter(({ kind }) => kind === 'audio');
		company.network.tick();
		expect(sound().map(({ enabled }) => enabled)).toEqual(Array<boolean>(tracks).fill(true));

		company.media.send({ type: 'SET_MICROPHONE', intent: 'off' });

		expect(sound().map(({ enabled }) => enabled)).toEqual(Array<boolean>(tracks).fill(false));
		company.network.tick();
		expect(company.received('audio')).toEqual(Array(5).fill({ media: 1, silence: 1 }));
		company.media.send({ type: 'SET_MICROPHONE', intent: 'on' });
		company.network.tick();
		expect(company.received('audio')).toEqual(Array(5).fill({ media: 2, silence: 1 }));
	}
);

it.each([false, true])(
	'L06 given a microphone that is being replaced (copies: %s), when it is muted, then the old track, which is still sent, is silent too',
	async (cloneForPeer) => {
		const company = await openCompany(2, cloneForPeer);
		await company.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });

		company.media.send({ type: 'SET_MICROPHONE', intent: 'off' });
		company.network.tick();

		expect(company.received('audio')).toEqual(Array(2).fill({ media: 0, silence: 1 }));
		await company.applyAll();
		company.network.tick();
		expect(company.received('audio')).toEqual(Array(2).fill({ media: 0, silence: 2 }));
	}
);

it('M48 given copies for each connection, when five peers were there and we leave, then the copies, the preview and the devices have all ended', async () => {
	const company = await openCompany(5, true);
	const { camera } = company.media.getSnapshot().context;
	const preview = company.localTracks.streamOf(camera.trackId === null ? [] : [camera.trackId]);
	expect([company.devices.liveTracks('audio'), company.devices.liveTracks('video')]).toEqual([6, 6]);
	expect(company.ledger.snapshot('owner-1')).toEqual({ 'peer-connection': 1, track: 2 });
	expect(preview.getTracks().map(({ readyState }) => readyState)).toEqual(['live']);

	await company.leave();

	expect(company.devices.tracks.map(({ readyState }) => readyState)).toEqual(Array(12).fill('ended'));
	expect(preview.active).toBe(false);
	for (const { theirs } of company.pairs) theirs.close();
	expect(company.ledger.snapshot()).toEqual({});
});

it('M48 given copies for each connection, when a device is changed, a peer leaves and a camera is turned off, then no copy outlives its use', async () => {
	const company = await openCompany(3, true);
	await company.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
	await company.applyAll();
	await company.advance(1_000);
	expect(company.devices.liveTracks('audio')).toBe(4);

	company.pairs[0]?.ours.close();
	expect(company.devices.liveTracks('audio')).toBe(3);
	await company.send({ type: 'SET_CAMERA', intent: 'off' });
	await company.advance(120);

	expect(company.devices.liveTracks('video')).toBe(0); // at once: the light must go off
	await company.pairs[1]?.ours.applyMedia(company.ownLease(), true);
	expect(company.ledger.snapshot('owner-3')).toEqual({ 'peer-connection': 1, track: 1 });
});

it('M48 given a supervisor that empties the ledger of a broken connection, when it has, then its copies have ended', async () => {
	const company = await openCompany(2, true);

	company.ledger.releaseOwner('owner-1');

	expect([company.devices.liveTracks('audio'), company.devices.liveTracks('video')]).toEqual([2, 2]);
	expect(company.ledger.snapshot('owner-1')).toEqual({});
});

it('M48 given a connection that was closed, when a command still under way asks for a track, then no copy is made any more', () => {
	const ledger = createLedger(() => undefined);
	const localTracks = createLocalTracks((tracks) => new FakeMediaStream(tracks));
	const track = fakeTrack('audio');
	const trackId = localTracks.add(track);
	const lent = createLentTracks(localTracks, ledger, 'ann', 'copy');
	const copy = lent.take(trackId);
	expect([copy === track, lent.take(trackId) === copy, localTracks.isLent(trackId)]).toEqual([
		false,
		true,
		true
	]);

	lent.end();

	expect(lent.take(trackId)).toBeUndefined();
	expect([copy?.readyState, track.readyState, localTracks.isLent(trackId)]).toEqual(['ended', 'live', false]);
	expect(ledger.snapshot()).toEqual({});
});

it('M48 given a browser that ends the captured track when a copy is stopped, when it does, then the microphone is opened again and sent', async () => {
	const company = await openCompany(2, true);
	const [captured] = company.devices.tracks.filter(({ kind }) => kind === 'audio');

	captured?.end();
	await company.settle();
	await company.applyAll();
	company.network.tick();

	expect(company.media.getSnapshot().context.microphone).toMatchObject({ intent: 'on', problem: null });
	expect(company.received('audio')).toEqual(Array(2).fill({ media: 1, silence: 0 }));
	expect(company.devices.liveTracks('audio')).toBe(3);
});
