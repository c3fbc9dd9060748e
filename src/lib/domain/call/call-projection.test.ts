import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { openCallBench, roomInfo, type CallBench, type Party } from '../../../../tests/support/call-bench.ts';
import { FakeCaptureDevices } from '../../../../tests/support/fake-capture-devices.ts';
import { FakeMediaStream } from '../../../../tests/support/fake-media.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import { createCapture } from '../../adapters/webrtc/capture.ts';
import { createLedger } from '../../adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../adapters/webrtc/local-tracks.ts';
import { localMediaMachine } from '../media/local-media-machine.ts';
import { ownStreams, projectCall } from './call-projection.ts';
import type { TileView } from './call-view.ts';

const ben2 = 'ben-2' as SessionId;

/** Our own devices, to look at beside the call. */
async function openDevices(bench: CallBench) {
	const actor = createActor(localMediaMachine, {
		clock: bench.clock,
		input: {
			capture: createCapture({
				browser: new FakeCaptureDevices().browser,
				tracks: createLocalTracks((of) => new FakeMediaStream(of)),
				ledger: createLedger(() => undefined)
			}),
			microphone: { intent: 'on', chosen: null },
			camera: { intent: 'on', chosen: null }
		}
	}).start();
	actor.send({ type: 'OPEN' });
	await bench.settle();
	return {
		actor,
		view: (party: Party | undefined) => {
			if (party === undefined) throw new Error('nobody joined');
			return projectCall(party.actor.getSnapshot(), actor.getSnapshot().context);
		}
	};
}
const keys = (tiles: readonly TileView[]) => tiles.map(({ key }) => key);

describe('what the room lets us send', () => {
	it('given rights that are taken and given in the call, when we look, then each switch says so at once', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		const blocked = () => {
			const { microphone, camera, screen } = view(ann);
			return [microphone, camera, screen].map(({ blockedBy }) => blockedBy);
		};
		const { permissions } = roomInfo;
		const nothing = { publishAudio: false, publishVideo: false, publishScreen: false };
		expect(blocked()).toEqual([null, null, null]);

		await bench.describe('ann-1' as SessionId, { permissions: { ...permissions, ...nothing } });
		expect(blocked()).toEqual(['room', 'room', 'room']);

		await bench.describe('ann-1' as SessionId, { permissions });
		expect(blocked()).toEqual([null, null, null]);
	});
});

describe('tiles', () => {
	it('given two in the call, when we look, then the other first and ourselves last, connected and with a picture', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		const { tiles, phase, network, roomName } = view(ann);

		expect({ phase, network, roomName }).toEqual({ phase: 'joined', network: 'good', roomName: 'Room' });
		expect(keys(tiles)).toEqual(['ben-2', 'self']);
		expect(tiles[0]).toMatchObject({ name: 'ben', connection: 'connected', microphone: 'on', video: 'on' });
		expect(tiles[0]?.streamKey).not.toBeNull();
		expect(tiles[1]).toMatchObject({ name: 'ann', streamKey: ownStreams.camera, video: 'on' });
	});

	it('L15 L16 given a mute, when it is told, then an icon and an avatar show it, and the stream stays', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		ben?.mute('microphone', 'off');
		ben?.mute('camera', 'off');
		await bench.advance(200);

		expect(view(ann).tiles[0]).toMatchObject({ microphone: 'off', video: 'off', connection: 'connected' });
		const { streamKey } = view(ann).tiles[0] ?? {};
		const stream = ann?.remoteStreams.get(streamKey as CallId);
		// the word may be late: what is heard is never cut off by it
		expect(stream?.getAudioTracks().map(({ enabled, readyState }) => [enabled, readyState])).toEqual([
			[true, 'live']
		]);
	});

	it('given a shared screen, when it arrives, then it comes before the cameras; our own is first of all', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		const { actor, view } = await openDevices(bench);
		ben?.shareScreen();
		actor.send({ type: 'SHARE_SCREEN' });
		await bench.advance(1_000);

		expect(keys(view(ann).tiles)).toEqual(['screen:self', 'screen:ben-2', 'ben-2', 'self']);
		expect(view(ann).tiles[1]).toMatchObject({ source: 'screen', connection: 'connected', video: 'on' });
		expect(view(ann).people.map(({ isSharing }) => isSharing)).toEqual([true, true]);
	});

	it('given hands, when they go up, then they are numbered by the time they did, ours among them', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		ben?.actor.send({ type: 'RAISE_HAND' });
		await bench.advance(1_000);
		ann?.actor.send({ type: 'RAISE_HAND' });
		await bench.settle();

		expect(view(ann).tiles.map(({ handOrder }) => handOrder)).toEqual([1, 2]);
		ben?.actor.send({ type: 'LOWER_HAND' });
		await bench.settle();
		expect(view(ann).tiles.map(({ handOrder }) => handOrder)).toEqual([null, 1]);
		expect(view(ann).hand).toBe('raised');
	});

	it('given a connection that fails for good, when we look, then only that tile says so', async () => {
		const bench = openCallBench();
		bench.network.isDown = true;
		const [ann] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		expect(view(ann).tiles[0]?.connection).toBe('connecting');
		await bench.advance(35_000);
		expect(view(ann).tiles[0]?.connection).toBe('reconnecting');
		await bench.advance(300_000);

		expect(view(ann).tiles[0]).toMatchObject({ connection: 'failed', streamKey: null });
		expect(view(ann).phase).toBe('joined');
	});

	it('M33 given nobody with anything to send, when we look, then no connection is missing', async () => {
		const bench = openCallBench();
		const has = { audio: false, video: false };
		const [ann, ben] = [bench.openParty('ann', { has }), bench.openParty('ben', { has })];
		await ann.join();
		await ben.join();
		const { view } = await openDevices(bench);

		expect(view(ann).tiles[0]).toMatchObject({ connection: 'none', microphone: 'off', video: 'off' });
		expect(view(ann).network).toBe('good');
	});
});

describe('names', () => {
	it("given a server's word, when the session claims another name, then the server's counts", async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		await ann?.hear({
			type: 'MEMBER_STATE_RECEIVED',
			from: ben2,
			state: { kind: 'name', name: 'Moderator' }
		});

		expect(view(ann).tiles[0]?.name).toBe('ben');
	});

	it('given no word of the server, when it was asked, then that counts, and else what the session says', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		const { view } = await openDevices(bench);
		ann?.script('listCallPeers', 'server.unreachable');
		await bench.openParty('ben', { isNameless: true }).join();
		await bench.advance(1_000);
		expect(view(ann).tiles[0]?.name).toBe('ben'); // its own word
		await bench.advance(10_000);

		expect(view(ann).tiles[0]?.name).toBe('asked nc-2');
	});
});

describe('the network', () => {
	it('given signaling away and media up, when we look, then chat and list catch up; with media gone as well, all is lost', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		await bench.stopSockets();
		expect(view(ann)).toMatchObject({ network: 'catching-up', lostSince: expect.any(Number) });

		for (const connection of bench.network.connections) connection.failIce();
		await bench.settle();
		expect(view(ann).network).toBe('lost');
	});

	it('given several connections, all away, when signaling is there, then we are reconnecting', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben', 'cy');
		const { view } = await openDevices(bench);
		bench.network.isDown = true;
		for (const connection of bench.network.connections) connection.failIce();
		await bench.settle();

		expect(view(ann)).toMatchObject({ network: 'reconnecting' });
		expect(view(ann).tiles[0]?.connection).toBe('reconnecting');
	});

	it('given one other, when they are away and signaling is there, then their tile says so, and we are not lost', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const { view } = await openDevices(bench);
		bench.network.isDown = true;
		for (const connection of bench.network.connections) connection.failIce();
		await bench.settle();

		expect(view(ann).tiles[0]?.connection).toBe('reconnecting');
		expect(view(ann).network).toBe('good');
	});

	it.each([
		['both are away', true, 'reconnecting'],
		['only theirs is away', false, 'good']
	])(
		'given a media server and one other, when of our way to it and theirs from it %s, then we know whose side it is',
		async (_, isOursAway, network) => {
			const bench = openCallBench();
			bench.setMediaServer(true);
			const [ann] = await bench.joinAll('ann', 'ben');
			const { view } = await openDevices(bench);
			await bench.advance(1_000);
			bench.network.isDown = true;
			bench.mediaServer.breakLeg('ann-1' as SessionId, ben2);
			if (isOursAway) bench.mediaServer.breakLeg('ann-1' as SessionId, 'ann-1' as SessionId);
			await bench.settle();

			expect(view(ann).tiles[0]?.connection).toBe('reconnecting');
			expect(view(ann).network).toBe(network);
		}
	);
});

it('given a call from its start to its end, when we look, then its phases follow each other', async () => {
	const bench = openCallBench();
	const ann = bench.openParty('ann');
	ann.script('joinCall', 'held');
	ann.script('leaveCall', 'held');
	const { view } = await openDevices(bench);
	await ann.join();
	const phases = [view(ann).phase];
	await ann.release('joinCall');
	phases.push(view(ann).phase);
	await ann.leave();
	phases.push(view(ann).phase);
	await ann.release('leaveCall');
	phases.push(view(ann).phase);

	expect(phases).toEqual(['joining', 'joined', 'leaving', 'ended']);
});
