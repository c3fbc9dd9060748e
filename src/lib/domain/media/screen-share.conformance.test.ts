import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { openCallBench, type CallBench, type Party } from '../../../../tests/support/call-bench.ts';
import { FakeCaptureDevices } from '../../../../tests/support/fake-capture-devices.ts';
import { createCapture } from '../../adapters/webrtc/capture.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { localMediaMachine, type LocalMediaEvent } from './local-media-machine.ts';
import { mediaOffer } from './media-offer.ts';

/* Screens with everything real but the edges: devices, local media, the whole call, the other side of it. */

/** Puts real local media in the place of the media that the bench makes up, as a visit of a room does. */
async function withDevices(bench: CallBench, party: Party) {
	const devices = new FakeCaptureDevices();
	const capture = createCapture({
		browser: devices.browser,
		tracks: party.localTracks,
		ledger: party.ledger
	});
	const media = createActor(localMediaMachine, {
		clock: bench.clock,
		input: {
			capture,
			microphone: { intent: 'on', chosen: null },
			camera: { intent: 'on', chosen: null }
		}
	});
	media.subscribe(({ context }) => party.setMedia(mediaOffer(context)));
	media.start();
	const send = async (...events: LocalMediaEvent[]) => {
		for (const event of events) media.send(event);
		await bench.settle();
	};
	await send({ type: 'OPEN' });
	return { devices, send, context: () => media.getSnapshot().context };
}

async function openShared() {
	const bench = openCallBench();
	const ann = bench.openParty('ann');
	const media = await withDevices(bench, ann);
	await ann.join();
	const [ben] = await bench.joinAll('ben');
	if (!ben) throw new Error('ben is not there');
	await bench.advance(2_000);
	const share = async () => {
		await media.send({ type: 'SHARE_SCREEN' });
		await bench.advance(1_000);
	};
	/** What ben sees of ann's screen now. */
	const shown = () =>
		bench.network.connections
			.filter((connection) => !connection.isClosed)
			.flatMap((connection) => connection.getTransceivers())
			.filter(({ currentDirection, kind }) => currentDirection === 'recvonly' && kind === 'video')
			.map(({ receiver }) => receiver.track)
			.filter((track) => track.readyState === 'live' && !track.muted);
	const told = () =>
		bench.relayed.filter(({ from, state }) => from === ann.id() && state?.kind === 'screenshare').length;
	return { bench, ann, ben, media, share, shown, told };
}

const screenOf = (party: Party, prefix: 'share-in' | 'share-out') => Object.values(party.members(prefix));

it('K25 talkMesh given a screen that is shared and stopped twenty times, when it was, then each had a connection of its own, and nothing of them is left', async () => {
	const { bench, ann, ben, media, share } = await openShared();
	const before = {
		open: bench.network.openConnections,
		ann: ann.ledger.snapshot(),
		ben: ben.ledger.snapshot()
	};

	for (let round = 0; round < 20; round += 1) {
		await share();
		expect([screenOf(ann, 'share-out'), screenOf(ben, 'share-in')]).toEqual([['up'], ['up']]);
		await media.send({ type: 'STOP_SCREEN' });
		await bench.advance(200);
	}

	const after = {
		open: bench.network.openConnections,
		ann: ann.ledger.snapshot(),
		ben: ben.ledger.snapshot()
	};
	expect(after).toEqual(before);
	expect(bench.network.connections.every(({ transceiversMade }) => transceiversMade <= 2)).toBe(true);
	expect([screenOf(ann, 'share-out'), screenOf(ben, 'share-in')]).toEqual([[], []]);
}, 60_000);

it("K26 talkMesh given a shared screen, when it is ended in the browser's own bar, then peers are told, its tracks end and its state is cleared", async () => {
	const { bench, ann, ben, media, share, shown, told } = await openShared();
	await share();
	expect([shown().length, told()]).toEqual([1, 0]);
	const open = bench.network.openConnections;

	media.devices.stopSharing();
	await bench.advance(1_000);

	expect(told()).toBe(1);
	expect([screenOf(ann, 'share-out'), screenOf(ben, 'share-in')]).toEqual([[], []]);
	expect(shown()).toEqual([]);
	expect(media.context().screen).toEqual({ video: null, audio: null, problem: null });
	expect(ann.media().screen).toBeNull();
	expect(media.devices.liveTracks()).toBe(2);
	expect(bench.network.openConnections).toBe(open - 2);
});

it('K27 talkMesh given a screen that was shared before, when it is shared again, then a person chooses again and the other side gets a live picture', async () => {
	const { bench, media, share, shown } = await openShared();
	await share();
	await media.send({ type: 'STOP_SCREEN' });
	await bench.advance(1_000);

	await share();

	expect(media.devices.pickers).toBe(2);
	expect(shown()).toHaveLength(1);
	const { video } = media.context().screen;
	expect(video).not.toBeNull();
});

it.each([
	['closed the picker', 'close', null],
	['had no screen to be captured', 'fail', 'media.busy']
] as const)(
	'K28 given a person who %s, when a screen should be shared, then the call goes on without an error',
	async (_, picker, problem) => {
		const { bench, ann, ben, media, share, told } = await openShared();
		const before = { open: bench.network.openConnections, value: ann.value(), warnings: ann.warnings.length };
		media.devices.picker = picker;

		await share();
		await bench.advance(30_000);

		expect(media.context().screen).toEqual({ video: null, audio: null, problem });
		expect({
			open: bench.network.openConnections,
			value: ann.value(),
			warnings: ann.warnings.length
		}).toEqual(before);
		expect([ann.status(), ann.broken, told()]).toEqual(['active', [], 0]);
		expect(ann.members()).toEqual({ [ben.id()]: 'up' } satisfies Record<SessionId, string>);
		expect(media.devices.liveTracks()).toBe(2);
	}
);
