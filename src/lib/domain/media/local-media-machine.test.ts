import fc from 'fast-check';
import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { FakeCaptureDevices } from '../../../../tests/support/fake-capture-devices.ts';
import { FakeMediaStream } from '../../../../tests/support/fake-media.ts';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import { createCapture } from '../../adapters/webrtc/capture.ts';
import { createLedger } from '../../adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../adapters/webrtc/local-tracks.ts';
import type { DeviceChoice } from './capture.ts';
import { localMediaMachine, type LocalMediaEvent, type LocalMediaNews } from './local-media-machine.ts';
import { mediaOffer } from './media-offer.ts';

const settled = async () => {
	for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((done) => void setImmediate(done));
};
const webcamMicrophone: DeviceChoice = { deviceId: 'mic-2', groupId: 'webcam', label: 'Webcam Microphone' };
const webcam: DeviceChoice = { deviceId: 'cam-1', groupId: 'webcam', label: 'Webcam' };

/** Local media over the real capture adapter and the devices of a fake computer. */
function openMedia(intents: { microphone?: 'on' | 'off'; camera?: 'on' | 'off' } = {}) {
	const clock = new BenchClock();
	const devices = new FakeCaptureDevices();
	const tracks = createLocalTracks((of) => new FakeMediaStream(of));
	const ledger = createLedger(() => undefined);
	const actor = createActor(localMediaMachine, {
		clock,
		input: {
			capture: createCapture({ browser: devices.browser, tracks, ledger }),
			microphone: { intent: intents.microphone ?? 'on', chosen: null },
			camera: { intent: intents.camera ?? 'on', chosen: null }
		}
	});
	const broken: unknown[] = [];
	actor.subscribe({ error: (error) => broken.push(error) });
	const news: LocalMediaNews[] = [];
	actor.on('*', (told) => news.push(told));
	actor.start();
	const context = () => actor.getSnapshot().context;
	const send = async (...events: LocalMediaEvent[]) => {
		for (const event of events) actor.send(event);
		await settled();
	};
	return {
		actor,
		broken,
		clock,
		context,
		devices,
		ledger,
		news,
		tracks,
		send,
		advance: async (ms: number) => {
			clock.advance(ms);
			await settled();
		},
		offer: () => mediaOffer(context()),
		isEnabled: (kind: 'microphone' | 'camera') => {
			const { trackId } = context()[kind];
			return trackId === null ? null : tracks.get(trackId)?.enabled;
		},
		live: () => ({ audio: devices.liveTracks('audio'), video: devices.liveTracks('video') })
	};
}

async function openBoth() {
	const media = openMedia();
	await media.send({ type: 'OPEN' });
	return media;
}

describe('opening', () => {
	it('given nothing asked for, when toggles are moved, then no device is opened', async () => {
		const media = openMedia();
		await media.send({ type: 'SET_CAMERA', intent: 'off' }, { type: 'SET_CAMERA', intent: 'on' });

		expect(media.devices.requests).toEqual([]);
		expect(media.offer()).toMatchObject({
			microphone: 'off',
			camera: 'off',
			has: { audio: false, video: false }
		});
	});

	it('given both wanted, when opened, then by one prompt', async () => {
		const media = await openBoth();

		expect(media.devices.requests).toHaveLength(1);
		expect(media.live()).toEqual({ audio: 1, video: 1 });
		expect(media.offer()).toMatchObject({
			microphone: 'on',
			camera: 'on',
			has: { audio: true, video: true }
		});
	});

	it('given a camera that is off, when opened, then it is not touched; a muted microphone is at hand, and silent', async () => {
		const media = openMedia({ microphone: 'off', camera: 'off' });
		await media.send({ type: 'OPEN' });

		expect(media.live()).toEqual({ audio: 1, video: 0 });
		expect(media.isEnabled('microphone')).toBe(false);
		expect(media.offer()).toMatchObject({ microphone: 'off', has: { audio: true, video: false } });
	});

	it('given a camera that is busy, when opened, then the microphone works and the camera is off, with the reason', async () => {
		const media = openMedia();
		media.devices.setBusy('cam-1', true);
		await media.send({ type: 'OPEN' });

		expect(media.live()).toEqual({ audio: 1, video: 0 });
		expect(media.context().camera).toMatchObject({ intent: 'off', problem: 'media.busy' });
		expect(media.offer()).toMatchObject({ microphone: 'on', camera: 'off' });
	});

	it('given a refusal that was taken back, when opened again, then both are on, the camera too', async () => {
		const media = openMedia();
		media.devices.prompt = 'deny';
		await media.send({ type: 'OPEN' });
		Object.assign(media.devices.permission, { microphone: 'granted', camera: 'granted' });
		await media.send({ type: 'OPEN' });

		expect(media.live()).toEqual({ audio: 1, video: 1 });
		expect(media.context()).toMatchObject({
			microphone: { intent: 'on', problem: null },
			camera: { intent: 'on', problem: null }
		});
	});

	it('given a refusal, when opened, then nothing is open and both are off', async () => {
		const media = openMedia();
		media.devices.prompt = 'deny';
		await media.send({ type: 'OPEN' });

		expect(media.context()).toMatchObject({
			microphone: { intent: 'off', problem: 'media.denied' },
			camera: { intent: 'off', problem: 'media.denied' }
		});
	});

	it('M02 given a prompt that is open, when everything is given back, then what comes is stopped at once', async () => {
		const media = openMedia();
		media.devices.prompt = 'held';
		await media.send({ type: 'OPEN' });
		await media.send({ type: 'RELEASE' });
		media.devices.answer('grant');
		await settled();

		expect(media.live()).toEqual({ audio: 0, video: 0 });
		expect(media.ledger.snapshot()).toEqual({});
	});

	it('given devices that just opened, when everything is given back while their names are read, then nothing stays open', async () => {
		const media = openMedia();
		media.actor.send({ type: 'OPEN' });
		for (let step = 0; step < 200 && media.devices.liveTracks() === 0; step += 1) await Promise.resolve();
		expect(media.devices.liveTracks()).toBe(2);

		await media.send({ type: 'RELEASE' });

		expect(media.devices.liveTracks()).toBe(0);
		expect(media.ledger.snapshot()).toEqual({});
	});

	it('given open devices, when they are asked for again and that is given up, then nothing stays open', async () => {
		const media = await openBoth();
		media.actor.send({ type: 'OPEN' });
		await media.send({ type: 'RELEASE' });

		expect(media.devices.liveTracks()).toBe(0);
	});

	it('given a prompt that is open, when a person mutes, then the microphone comes up silent', async () => {
		const media = openMedia();
		media.devices.prompt = 'held';
		await media.send({ type: 'OPEN' }, { type: 'SET_MICROPHONE', intent: 'off' });
		media.devices.answer('grant');
		await settled();

		expect(media.isEnabled('microphone')).toBe(false);
		expect(media.offer().microphone).toBe('off');
	});
});

describe('muting', () => {
	it('L06 given a microphone, when muted, then it is silent within the same step, and stays open', async () => {
		const media = await openBoth();
		media.actor.send({ type: 'SET_MICROPHONE', intent: 'off' });

		expect(media.isEnabled('microphone')).toBe(false);
		expect(media.offer().microphone).toBe('off');
		media.actor.send({ type: 'SET_MICROPHONE', intent: 'on' });
		expect(media.isEnabled('microphone')).toBe(true);
		expect(media.devices.requests).toHaveLength(1);
	});

	it('L07 given a camera, when turned off, then black at once, and released after 120 ms and not before', async () => {
		const media = await openBoth();
		media.actor.send({ type: 'SET_CAMERA', intent: 'off' });
		expect(media.isEnabled('camera')).toBe(false);
		await media.advance(119);
		expect(media.live().video).toBe(1);
		await media.advance(1);

		expect(media.live().video).toBe(0);
		expect(media.offer()).toMatchObject({ camera: 'off', has: { video: true } }); // announced as before
	});

	it('L08 given a camera, when turned off and on within 120 ms, then it was never stopped', async () => {
		const media = await openBoth();
		const { trackId } = media.context().camera;
		media.actor.send({ type: 'SET_CAMERA', intent: 'off' });
		await media.advance(100);
		media.actor.send({ type: 'SET_CAMERA', intent: 'on' });
		await media.advance(1_000);

		expect(media.context().camera.trackId).toBe(trackId);
		expect(media.isEnabled('camera')).toBe(true);
		expect(media.devices.requests).toHaveLength(1);
	});

	it('L09 given a released camera, when turned on, then only the camera is opened', async () => {
		const media = await openBoth();
		await media.send({ type: 'SET_CAMERA', intent: 'off' });
		await media.advance(200);
		await media.send({ type: 'SET_CAMERA', intent: 'on' });

		expect(media.devices.requests.at(-1)).toMatchObject({ audio: false });
		expect(media.live()).toEqual({ audio: 1, video: 1 });
	});

	it('L10 given a released camera that is busy, when turned on, then it is rolled back with the reason, and a new press tries again', async () => {
		const media = await openBoth();
		await media.send({ type: 'SET_CAMERA', intent: 'off' });
		await media.advance(200);
		media.devices.setBusy('cam-1', true);
		await media.send({ type: 'SET_CAMERA', intent: 'on' });
		expect(media.context().camera).toMatchObject({ intent: 'off', problem: 'media.busy' });

		media.devices.setBusy('cam-1', false);
		await media.send({ type: 'SET_CAMERA', intent: 'on' });

		expect(media.context().camera).toMatchObject({ intent: 'on', problem: null });
		expect(media.live().video).toBe(1);
	});

	it('L17 given no microphone, when there is none to open, then it is told as muted', async () => {
		const media = openMedia();
		for (const id of ['mic-1', 'mic-2']) media.devices.pullOut(id);
		await media.send({ type: 'OPEN' });

		expect(media.offer()).toMatchObject({ microphone: 'off', camera: 'on' });
		expect(media.context().microphone.problem).toBe('media.none');
	});
});

describe('devices that change', () => {
	it('given an open microphone, when another one is chosen, then the old one goes on until the new one is there, and a second longer', async () => {
		const media = await openBoth();
		media.actor.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
		expect(media.live().audio).toBe(1);
		await settled();
		expect(media.context().microphone.opened).toEqual(webcamMicrophone);
		expect(media.live().audio).toBe(2);
		await media.advance(1_000);

		expect(media.live().audio).toBe(1);
	});

	it('given a replaced microphone, when everything is given back at once, then it too is closed', async () => {
		const media = await openBoth();
		await media.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
		await media.send({ type: 'RELEASE' });

		expect(media.devices.liveTracks()).toBe(0);
		media.actor.stop(); // and no timer is needed for it
		expect(media.clock.pending).toBe(0);
	});

	it('given another microphone that is busy, when it is chosen, then the old one goes on, with the reason', async () => {
		const media = await openBoth();
		media.devices.setBusy('mic-2', true);
		await media.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });

		expect(media.live().audio).toBe(1);
		expect(media.context().microphone).toMatchObject({ intent: 'on', problem: 'media.busy' });
		expect(media.offer().microphone).toBe('on');
	});

	it('given a camera that is off, when another one is chosen, then none is opened', async () => {
		const media = openMedia({ camera: 'off' });
		await media.send({ type: 'OPEN' });
		await media.send({ type: 'CHOOSE_DEVICE', kind: 'camera', choice: webcam });

		expect(media.devices.requests).toHaveLength(1);
		await media.send({ type: 'SET_CAMERA', intent: 'on' });
		expect(media.context().camera.opened).toEqual(webcam);
	});

	it('given a muted microphone, when another one is chosen, then that one is at hand, and silent', async () => {
		const media = await openBoth();
		await media.send({ type: 'SET_MICROPHONE', intent: 'off' });
		await media.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });

		expect(media.context().microphone.opened).toEqual(webcamMicrophone);
		expect(media.isEnabled('microphone')).toBe(false);
	});

	it('given both changed at the same time, when they are open, then both are the chosen ones', async () => {
		const media = await openBoth();
		const second = { kind: 'videoinput' as const, deviceId: 'cam-2', groupId: 'desk', label: 'Desk camera' };
		media.devices.plugIn(second);
		await settled();
		await media.send(
			{ type: 'CHOOSE_DEVICE', kind: 'camera', choice: second },
			{ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone }
		);
		await media.advance(2_000);

		expect(media.context().camera.opened?.deviceId).toBe('cam-2');
		expect(media.context().microphone.opened?.deviceId).toBe('mic-2');
		expect(media.live()).toEqual({ audio: 1, video: 1 });
	});

	it('given an open microphone, when it is pulled out, then another one takes its place', async () => {
		const media = await openBoth();
		media.devices.pullOut('mic-1');
		await settled();

		expect(media.context().microphone.opened?.deviceId).toBe('mic-2');
		expect(media.live().audio).toBe(1);
		expect(media.ledger.snapshot()).toEqual({ track: 2 });
	});

	it('given the only camera, when it is pulled out, then it is off, with the reason, and the call has no picture of us', async () => {
		const media = await openBoth();
		media.devices.pullOut('cam-1');
		await settled();

		expect(media.context().camera).toMatchObject({ trackId: null, intent: 'off', problem: 'media.none' });
		expect(media.offer()).toMatchObject({ camera: 'off' });
	});

	it('given a camera just turned off, when it is pulled out, then none is opened in its place', async () => {
		const media = await openBoth();
		media.devices.plugIn({ kind: 'videoinput', deviceId: 'cam-2', groupId: '', label: 'Other' });
		media.actor.send({ type: 'SET_CAMERA', intent: 'off' });
		media.devices.pullOut('cam-1');
		await settled();
		await media.advance(1_000);

		expect(media.devices.requests).toHaveLength(1);
		expect(media.live().video).toBe(0);
	});

	it('given a device that is plugged in, when it is, then the list shows it', async () => {
		const media = await openBoth();
		media.devices.plugIn({ kind: 'audioinput', deviceId: 'mic-3', groupId: '', label: 'Third' });
		await settled();

		expect(media.context().devices.map(({ label }) => label)).toContain('Third');
	});

	it('given a microphone that the system silences, when it does, then we know, and when it is back too', async () => {
		const media = await openBoth();
		const track = media.devices.tracks.find(({ kind }) => kind === 'audio');
		track?.setMuted(true);
		expect(media.context().microphone.isSuspended).toBe(true);
		track?.setMuted(false);
		expect(media.context().microphone.isSuspended).toBe(false);
	});
});

describe('sharing a screen', () => {
	it('given a choice, when sharing starts and stops, then it is offered and released', async () => {
		const media = await openBoth();
		media.devices.picker = 'choose with sound';
		await media.send({ type: 'SHARE_SCREEN' });
		expect(Object.keys(media.offer().screen?.tracks ?? {}).sort()).toEqual(['audio', 'video']);

		await media.send({ type: 'STOP_SCREEN' });
		expect(media.offer().screen).toBeNull();
		await media.advance(120);

		expect(media.live()).toEqual({ audio: 1, video: 1 });
		expect(media.ledger.snapshot()).toEqual({ track: 2 });
	});

	it('given a shared screen, when sharing stops, then it is black at once, and stopped only when the others can have been told', async () => {
		const media = await openBoth();
		media.devices.picker = 'choose with sound';
		await media.send({ type: 'SHARE_SCREEN' });
		const told: boolean[] = [];
		const screen = media.devices.tracks.filter(({ label }) => label === 'Screen');
		media.actor.subscribe(() => void told.push(screen.every(({ readyState }) => readyState === 'live')));

		media.actor.send({ type: 'STOP_SCREEN' });

		expect(told).toEqual([true]);
		expect(screen.map(({ enabled }) => enabled)).toEqual([false, false]);
		media.actor.send({ type: 'SET_MICROPHONE', intent: 'off' });
		media.actor.send({ type: 'SET_MICROPHONE', intent: 'on' });
		expect(screen.map(({ enabled }) => enabled)).toEqual([false, false]);
		await media.advance(119);
		expect(screen.map(({ readyState }) => readyState)).toEqual(['live', 'live']);
		await media.advance(1);
		expect(screen.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
	});

	it('given sharing that just stopped, when everything is given back, then the screen is closed at once', async () => {
		const media = await openBoth();
		await media.send({ type: 'SHARE_SCREEN' });
		media.actor.send({ type: 'STOP_SCREEN' });
		media.actor.send({ type: 'RELEASE' });

		expect(media.devices.liveTracks()).toBe(0);
		expect(media.ledger.snapshot()).toEqual({});
	});

	it('given a shared screen, when everything is given back, then the screen is closed at once', async () => {
		const media = await openBoth();
		await media.send({ type: 'SHARE_SCREEN' });
		media.actor.send({ type: 'RELEASE' });

		expect(media.devices.liveTracks()).toBe(0);
	});

	it("given sharing, when it is ended in the browser's own bar, then it is as if we had stopped it", async () => {
		const media = await openBoth();
		await media.send({ type: 'SHARE_SCREEN' });
		media.devices.stopSharing();
		await settled();
		expect(media.offer().screen).toBeNull();
		await media.advance(120);

		expect(media.ledger.snapshot()).toEqual({ track: 2 });
	});

	it('given a picker that a person closes, when it is closed, then nothing is shared and nothing is wrong', async () => {
		const media = await openBoth();
		media.devices.picker = 'close';
		await media.send({ type: 'SHARE_SCREEN' });

		expect(media.context().screen).toEqual({ video: null, audio: null, problem: null });
		media.devices.picker = 'choose';
		await media.send({ type: 'SHARE_SCREEN' });
		expect(media.offer().screen).not.toBeNull();
	});

	it.each(['STOP_SCREEN', 'RELEASE'] as const)(
		'given an open picker, when %s comes first, then what is chosen afterwards is not shared',
		async (type) => {
			const media = openMedia();
			media.actor.send({ type: 'SHARE_SCREEN' });
			media.actor.send({ type });
			await settled();

			expect(media.devices.liveTracks()).toBe(0);
			expect(media.offer().screen).toBeNull();
		}
	);
});

it('I6 given any sequence of presses, prompts and lost devices, when everything is given back, then no track is live, nothing broke, and what was muted was silent all the time', async () => {
	const step = fc.constantFrom(
		...(['OPEN', 'SHARE_SCREEN', 'STOP_SCREEN', 'RELEASE'] as const),
		...(['mute', 'unmute', 'camera off', 'camera on'] as const),
		...(['choose microphone', 'choose camera', 'hold prompts', 'grant', 'deny', 'busy', 'free'] as const),
		...(['pull out', 'plug in', '50 ms', '150 ms', '1 s', 'settle'] as const)
	);
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
			const media = openMedia();
			const { devices, actor } = media;
			for (const next of steps) {
				if (['OPEN', 'SHARE_SCREEN', 'STOP_SCREEN', 'RELEASE'].includes(next)) {
					actor.send({ type: next as 'OPEN' | 'SHARE_SCREEN' | 'STOP_SCREEN' | 'RELEASE' });
				}
				if (next === 'mute') actor.send({ type: 'SET_MICROPHONE', intent: 'off' });
				if (next === 'unmute') actor.send({ type: 'SET_MICROPHONE', intent: 'on' });
				if (next === 'camera off') actor.send({ type: 'SET_CAMERA', intent: 'off' });
				if (next === 'camera on') actor.send({ type: 'SET_CAMERA', intent: 'on' });
				if (next === 'choose microphone') {
					actor.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
				}
				if (next === 'choose camera') actor.send({ type: 'CHOOSE_DEVICE', kind: 'camera', choice: webcam });
				if (next === 'hold prompts') devices.prompt = 'held';
				if (next === 'grant' || next === 'deny') {
					devices.prompt = next;
					devices.answer(next);
				}
				if (next === 'busy' || next === 'free') devices.setBusy('cam-1', next === 'busy');
				if (next === 'pull out' && devices.devices.some(({ deviceId }) => deviceId === 'mic-1')) {
					devices.pullOut('mic-1');
				}
				if (next === 'plug in' && !devices.devices.some(({ deviceId }) => deviceId === 'mic-1')) {
					devices.plugIn({ kind: 'audioinput', deviceId: 'mic-1', groupId: '', label: 'Back' });
				}
				if (next === '50 ms') await media.advance(50);
				if (next === '150 ms') await media.advance(150);
				if (next === '1 s') await media.advance(1_000);
				if (next === 'settle') await settled();
				const { microphone, camera } = media.context();
				if (microphone.intent === 'off') expect(media.isEnabled('microphone')).not.toBe(true);
				if (camera.intent === 'off') expect(media.isEnabled('camera')).not.toBe(true);
			}
			actor.send({ type: 'RELEASE' });
			devices.answer('grant');
			await media.advance(5_000);

			expect(media.broken).toEqual([]);
			expect(devices.liveTracks()).toBe(0);
			expect(media.ledger.snapshot()).toEqual({});
			actor.stop();
			expect(media.clock.pending).toBe(0);
		}),
		{ seed: 6, numRuns: 150 }
	);
}, 60_000);

it('given a preview that was on, when everything is given back, then a call is told of no device', async () => {
	const media = await openBoth();
	expect(media.offer().has).toEqual({ audio: true, video: true });

	await media.send({ type: 'RELEASE' });

	expect(media.offer().has).toEqual({ audio: false, video: false });
});

const headset: DeviceChoice = { deviceId: 'mic-1', groupId: 'headset', label: 'Headset Microphone' };
const usbMicrophone = {
	kind: 'audioinput',
	deviceId: 'mic-3',
	groupId: 'usb',
	label: 'USB Microphone'
} as const;

describe('devices that come and go', () => {
	it('given a headset in use, when it is unplugged, then another one is opened and both are named', async () => {
		const media = await openBoth();
		media.devices.pullOut('mic-1');
		await settled();

		expect(media.context().microphone).toMatchObject({ intent: 'on', opened: webcamMicrophone });
		expect(media.news).toEqual([
			{ type: 'DEVICE_LOST', kind: 'microphone', lost: headset, now: webcamMicrophone }
		]);
	});

	it('given the only microphone in use, when it is unplugged, then it is told, and the same is live again once it is back', async () => {
		const media = await openBoth();
		media.devices.pullOut('mic-2');
		await settled();
		media.devices.pullOut('mic-1');
		await settled();

		expect(media.news).toEqual([{ type: 'DEVICE_LOST', kind: 'microphone', lost: headset, now: null }]);
		expect(media.offer()).toMatchObject({ microphone: 'off' });
		media.devices.plugIn({ kind: 'audioinput', ...headset });
		await settled();

		expect(media.offer()).toMatchObject({ microphone: 'on' });
		expect(media.isEnabled('microphone')).toBe(true);
	});

	it('given a muted microphone that was lost, when it is plugged in, then nothing is unmuted', async () => {
		const media = await openBoth();
		await media.send({ type: 'SET_MICROPHONE', intent: 'off' });
		media.devices.pullOut('mic-2');
		media.devices.pullOut('mic-1');
		await settled();
		media.devices.plugIn({ kind: 'audioinput', ...headset });
		await settled();

		expect(media.offer()).toMatchObject({ microphone: 'off' });
		expect(media.context().microphone.problem).toBeNull();
	});

	it('given no choice by hand, when a microphone is plugged in, then it is used at once', async () => {
		const media = await openBoth();
		media.devices.plugIn(usbMicrophone);
		await settled();

		expect(media.context().microphone.opened).toMatchObject({ deviceId: 'mic-3' });
		expect(media.news).toMatchObject([{ type: 'DEVICE_TAKEN', device: { label: 'USB Microphone' } }]);
	});

	it('given a choice by hand, when a microphone is plugged in, then it is offered and the chosen one stays', async () => {
		const media = await openBoth();
		await media.send({ type: 'CHOOSE_DEVICE', kind: 'microphone', choice: webcamMicrophone });
		media.devices.plugIn(usbMicrophone);
		await settled();

		expect(media.context().microphone.opened).toEqual(webcamMicrophone);
		expect(media.news).toMatchObject([{ type: 'DEVICE_OFFERED', device: { label: 'USB Microphone' } }]);
	});
});

describe('a camera that another app has', () => {
	it('given it busy when opened, when it is free within a minute, then it is on without a press', async () => {
		const media = openMedia();
		media.devices.setBusy('cam-1', true);
		await media.send({ type: 'OPEN' });
		await media.advance(5_000);
		expect(media.offer()).toMatchObject({ camera: 'off' });
		media.devices.setBusy('cam-1', false);
		await media.advance(5_000);

		expect(media.offer()).toMatchObject({ camera: 'on', microphone: 'on' });
		expect(media.context().camera).toMatchObject({ problem: null, busyTries: 0 });
	});

	it('given it busy, when a minute has passed, then it is tried no more', async () => {
		const media = openMedia();
		media.devices.setBusy('cam-1', true);
		await media.send({ type: 'OPEN' });
		const before = media.devices.requests.length;
		for (let tries = 0; tries < 20; tries += 1) await media.advance(5_000);

		expect(media.devices.requests.length - before).toBe(12);
		expect(media.context().camera).toMatchObject({ intent: 'off', problem: 'media.busy' });
	});

	it('given it busy, when a person turns it off, then it is left alone', async () => {
		const media = openMedia();
		media.devices.setBusy('cam-1', true);
		await media.send({ type: 'OPEN' });
		await media.send({ type: 'SET_CAMERA', intent: 'off' });
		const before = media.devices.requests.length;
		media.devices.setBusy('cam-1', false);
		await media.advance(60_000);

		expect(media.devices.requests).toHaveLength(before);
		expect(media.offer()).toMatchObject({ camera: 'off' });
	});
});

describe('what is done to the sound', () => {
	const raw = { echoCancellation: false, noiseSuppression: true, autoGain: false, music: false };
	const trackOf = (media: ReturnType<typeof openMedia>) => {
		const { trackId } = media.context().microphone;
		return trackId === null ? undefined : media.tracks.get(trackId);
	};

	it('given an open microphone, when it is changed, then the same track has it', async () => {
		const media = await openBoth();
		const track = trackOf(media);
		await media.send({ type: 'PROCESSING', processing: raw });

		expect(trackOf(media)).toBe(track);
		expect(track?.getSettings()).toMatchObject({
			echoCancellation: false,
			noiseSuppression: true,
			autoGainControl: false
		});
	});

	it('given a browser that does it only while opening, when it is changed, then the microphone is opened anew with it', async () => {
		const media = await openBoth();
		for (const track of media.devices.tracks) track.keepsProcessing = true;
		await media.send({ type: 'PROCESSING', processing: raw });

		expect(media.devices.requests.at(-1)).toMatchObject({
			audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: false },
			video: false
		});
		expect(media.offer()).toMatchObject({ microphone: 'on' });
	});

	it('given a microphone that cannot be opened anew with it, when it is free again, then it is off until then, with the reason', async () => {
		const media = await openBoth();
		for (const track of media.devices.tracks) track.keepsProcessing = true;
		media.devices.setBusy('mic-1', true);
		const before = media.offer();
		await media.send({ type: 'PROCESSING', processing: raw });

		expect(media.context().microphone).toMatchObject({ intent: 'off', problem: 'media.busy' });
		expect(media.offer()).toMatchObject({ microphone: 'off', has: { audio: false } });
		expect(media.offer().version).toBeGreaterThan(before.version);

		media.devices.setBusy('mic-1', false);
		await media.advance(5_000);

		expect(media.offer()).toMatchObject({ microphone: 'on', has: { audio: true } });
		expect(media.live()).toMatchObject({ audio: 1 });
	});

	it('given a microphone that is opened anew with it, when that takes long, then its place is kept', async () => {
		const media = await openBoth();
		for (const track of media.devices.tracks) track.keepsProcessing = true;
		media.devices.permission.microphone = 'prompt';
		media.devices.prompt = 'held';
		const before = media.offer();
		await media.send({ type: 'PROCESSING', processing: raw });

		expect(media.live()).toMatchObject({ audio: 0 });
		expect(media.offer()).toEqual(before);

		media.devices.answer('deny');
		await settled();

		expect(media.offer()).toMatchObject({ microphone: 'off', has: { audio: false } });
		media.devices.permission.microphone = 'granted';
		await media.send({ type: 'SET_MICROPHONE', intent: 'on' });

		expect(media.offer()).toMatchObject({ microphone: 'on' });
		expect(media.live()).toMatchObject({ audio: 1 });
	});

	it('given music, when the microphone is opened, then nothing is done to it and both channels are asked for', async () => {
		const media = openMedia();
		await media.send({ type: 'PROCESSING', processing: { ...raw, music: true } }, { type: 'OPEN' });

		expect(media.devices.requests.at(-1)?.audio).toEqual({
			echoCancellation: false,
			noiseSuppression: false,
			autoGainControl: false,
			channelCount: { ideal: 2 },
			sampleRate: { ideal: 48_000 }
		});
	});
});
