import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { FakeCaptureDevices } from '../../../../tests/support/fake-capture-devices.ts';
import { FakeMediaStream } from '../../../../tests/support/fake-media.ts';
import { createCapture } from '../../adapters/webrtc/capture.ts';
import { createLedger } from '../../adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../adapters/webrtc/local-tracks.ts';
import { localMediaMachine, type LocalMediaEvent } from './local-media-machine.ts';

const settled = async () => {
	for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((done) => void setImmediate(done));
};

/** A shared screen, and a copy of it that a connection sends. */
async function openShared() {
	const devices = new FakeCaptureDevices();
	const tracks = createLocalTracks((of) => new FakeMediaStream(of));
	const capture = createCapture({ browser: devices.browser, tracks, ledger: createLedger(() => undefined) });
	const off = { intent: 'off', chosen: null } as const;
	const actor = createActor(localMediaMachine, { input: { capture, microphone: off, camera: off } });
	actor.start();
	const send = async (event: LocalMediaEvent) => {
		actor.send(event);
		await settled();
	};
	const sent = () => {
		const { video } = actor.getSnapshot().context.screen;
		const track = video === null ? undefined : tracks.lend(video, 'copy')?.track;
		if (!track) throw new Error('no screen is shared');
		return track;
	};
	await send({ type: 'SHARE_SCREEN' });
	return { actor, send, sent, share: () => actor.getSnapshot().context.share };
}

it('given a shared screen, when it is told to be text or motion, then every copy that is sent is', async () => {
	const { send, sent, share } = await openShared();
	const copy = sent();
	expect([copy.contentHint, share().content]).toEqual(['detail', 'text']);

	await send({ type: 'SHOW_SCREEN_AS', content: 'motion' });
	expect([copy.contentHint, copy.getConstraints()]).toEqual([
		'motion',
		{ frameRate: { max: 30 }, width: { max: 1920 }, height: { max: 1080 } }
	]);

	await send({ type: 'SHOW_SCREEN_AS', content: 'text' });
	expect([copy.contentHint, copy.getConstraints()]).toEqual([
		'detail',
		{ frameRate: { max: 15 }, width: { max: 2560 }, height: { max: 1440 } }
	]);
});

it('given a shared screen, when it is paused, then it is black for everybody until it goes on, and the next one is not paused', async () => {
	const { send, sent, share } = await openShared();
	const copy = sent();

	await send({ type: 'PAUSE_SCREEN' });
	expect([copy.enabled, share().isPaused]).toEqual([false, true]);
	await send({ type: 'RESUME_SCREEN' });
	expect([copy.enabled, share().isPaused]).toEqual([true, false]);

	await send({ type: 'PAUSE_SCREEN' });
	await send({ type: 'STOP_SCREEN' });
	await send({ type: 'SHARE_SCREEN' });
	expect([sent().enabled, share().isPaused]).toEqual([true, false]);
});
