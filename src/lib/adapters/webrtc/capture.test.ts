import { expect, it, vi } from 'vitest';
import {
	FakeCaptureDevices,
	fakeHeadset,
	fakeWebcam
} from '../../../../tests/support/fake-capture-devices.ts';
import { FakeMediaStream } from '../../../../tests/support/fake-media.ts';
import { RoostError } from '../../domain/errors.ts';
import type { DeviceChoice, TrackEvent } from '../../domain/media/capture.ts';
import { createCapture } from './capture.ts';
import { createLedger } from './ledger.ts';
import { createLocalTracks } from './local-tracks.ts';

function openCapture(devices = new FakeCaptureDevices()) {
	const ledger = createLedger(() => undefined);
	const tracks = createLocalTracks((list) => new FakeMediaStream(list));
	return { devices, ledger, tracks, capture: createCapture({ browser: devices.browser, tracks, ledger }) };
}

const both = { microphone: null, camera: null };
const onlyMicrophone = { microphone: null, camera: false } as const;
const onlyCamera = { microphone: false, camera: null } as const;
const codeOf = (work: Promise<unknown>) =>
	work.then(
		() => 'opened',
		(cause: unknown) => (cause instanceof RoostError ? cause.code : cause)
	);

it('given devices, when both are opened, then one request asks for all and the tracks are named', async () => {
	const { capture, devices, tracks, ledger } = openCapture();

	const opened = await capture.open(both);

	expect(devices.requests).toHaveLength(1);
	expect(devices.requests[0]?.audio).toEqual({
		echoCancellation: true,
		noiseSuppression: true,
		autoGainControl: true
	});
	expect(opened.map(({ kind, device }) => [kind, device.deviceId, device.label])).toEqual([
		['audio', 'mic-1', 'Headset Microphone'],
		['video', 'cam-1', 'Webcam']
	]);
	expect(opened.every(({ trackId }) => tracks.get(trackId)?.readyState === 'live')).toBe(true);
	expect(ledger.snapshot('local-media')).toEqual({ track: 2 });
});

it('given open tracks, when stopped, twice, then the devices are free and nothing is left', async () => {
	const { capture, devices, ledger, tracks } = openCapture();
	const [sound] = await capture.open(onlyMicrophone);
	if (!sound) throw new Error('nothing was opened');

	capture.stop(sound.trackId);
	capture.stop(sound.trackId);

	expect(devices.liveTracks()).toBe(0);
	expect(ledger.snapshot()).toEqual({});
	expect(tracks.get(sound.trackId)).toBeUndefined();
});

it('given nothing is asked for, when opened, then nobody is asked', async () => {
	const { capture, devices } = openCapture();

	expect(await capture.open({ microphone: false, camera: false })).toEqual([]);
	expect(devices.requests).toEqual([]);
});

it('given a remembered device with a new id, when opened, then label and group find it, and no other will do', async () => {
	const { capture, devices } = openCapture();
	await capture.open(both);
	const headset: DeviceChoice = { deviceId: 'old', groupId: 'headset', label: 'Headset Microphone' };
	const relabelled: DeviceChoice = { deviceId: 'old', groupId: 'old', label: 'Webcam Microphone' };
	const unknown: DeviceChoice = { deviceId: 'gone', groupId: 'gone', label: 'Gone' };

	await capture.open({ microphone: headset, camera: false });
	await capture.open({ microphone: relabelled, camera: false });
	const [opened] = await capture.open({ microphone: unknown, camera: false });

	const asked = devices.requests.slice(1).map(({ audio }) => typeof audio === 'object' && audio.deviceId);
	expect(asked).toEqual([{ exact: 'mic-1' }, { exact: 'mic-2' }, { ideal: 'gone' }]);
	expect(opened?.device.deviceId).toBe('mic-1');
});

it('given a chosen device that goes away while the person is asked, when opened, then another one is', async () => {
	const { capture, devices } = openCapture();
	await capture.open(onlyMicrophone);
	const headset: DeviceChoice = { deviceId: 'mic-1', groupId: 'headset', label: 'Headset Microphone' };
	devices.prompt = 'held';

	const opening = capture.open({ microphone: headset, camera: null });
	await vi.waitFor(() => expect(devices.requests).toHaveLength(2));
	devices.pullOut('mic-1');
	devices.answer('grant');

	expect((await opening).map(({ device }) => device.deviceId)).toEqual(['mic-2', 'cam-1']);
});

it.each([
	['media.denied', (devices: FakeCaptureDevices) => void (devices.prompt = 'deny')],
	['media.none', (devices: FakeCaptureDevices) => void devices.devices.splice(0)],
	['media.busy', (devices: FakeCaptureDevices) => devices.setBusy('mic-1', true)]
])('given a request that the browser refuses, then it rejects with %s', async (code, prepare) => {
	const { capture, devices, ledger } = openCapture();
	prepare(devices);

	expect(await codeOf(capture.open(both))).toBe(code);
	expect(ledger.snapshot()).toEqual({});
});

it('given a browser without the API, when opened, then it rejects with media.unsupported', async () => {
	const { tracks, ledger } = openCapture();
	const capture = createCapture({ browser: {}, tracks, ledger });

	expect(await codeOf(capture.open(both))).toBe('media.unsupported');
	expect(await codeOf(capture.openScreen())).toBe('media.unsupported');
	expect(await capture.listDevices()).toEqual([]);
	expect(await capture.permission('camera')).toBe('prompt');
});

it('given a request under way, when others follow, then they wait and the superseded one is dropped', async () => {
	const { capture, devices } = openCapture();
	devices.prompt = 'held';
	const first = codeOf(capture.open(both));
	const second = codeOf(capture.open(onlyCamera));
	const third = codeOf(capture.open(onlyMicrophone));
	const fourth = codeOf(capture.open(onlyCamera));

	await vi.waitFor(() => expect(devices.requests).toHaveLength(1));
	devices.prompt = 'grant';
	devices.answer('grant');

	expect(await Promise.all([first, second, third, fourth])).toEqual([
		'opened',
		'media.cancelled',
		'opened',
		'opened'
	]);
	expect(devices.mostAtOnce).toBe(1);
});

it('given a request that is given up, when its tracks arrive, then they are stopped at once', async () => {
	const { capture, devices, ledger } = openCapture();
	devices.prompt = 'held';
	const given = new AbortController();
	const opening = codeOf(capture.open(both, given.signal));
	await vi.waitFor(() => expect(devices.requests).toHaveLength(1));

	given.abort();
	devices.answer('grant');

	expect(await opening).toBe('media.cancelled');
	expect(devices.tracks).toHaveLength(2);
	expect(devices.liveTracks()).toBe(0);
	expect(ledger.snapshot()).toEqual({});
});

it('given a prompt that is never answered and was given up, when a device is opened, then it does not wait', async () => {
	const { capture, devices } = openCapture();
	devices.prompt = 'held';
	const given = new AbortController();
	void codeOf(capture.open(both, given.signal));
	await vi.waitFor(() => expect(devices.requests).toHaveLength(1));

	given.abort();
	devices.prompt = 'grant';

	expect(await codeOf(capture.open(onlyMicrophone))).toBe('opened');
});

it('given a queued request that is given up, when its turn comes, then nobody is asked', async () => {
	const { capture, devices } = openCapture();
	devices.prompt = 'held';
	const first = codeOf(capture.open(onlyMicrophone));
	const given = new AbortController();
	const second = codeOf(capture.open(onlyCamera, given.signal));
	await vi.waitFor(() => expect(devices.requests).toHaveLength(1));

	given.abort();
	devices.answer('grant');

	expect(await Promise.all([first, second])).toEqual(['opened', 'media.cancelled']);
	expect(devices.requests).toHaveLength(1);
});

it('given a shared screen, when it is shown as it is already, then its bounds are not set anew', async () => {
	const { capture, tracks } = openCapture();
	const [screen] = await capture.openScreen();
	const track = screen && tracks.get(screen.trackId);
	if (!track) throw new Error('no screen was opened');
	const bounds = vi.spyOn(track, 'applyConstraints');

	capture.showAs(screen.trackId, 'text');
	expect(bounds).not.toHaveBeenCalled();

	capture.showAs(screen.trackId, 'motion');
	expect(bounds).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ height: { max: 1080 } }));
});

it('given a shared screen, when the user stops it in the browser, then the track has ended', async () => {
	const { capture, devices, tracks, ledger } = openCapture();
	const events: TrackEvent[] = [];
	capture.watchTracks((event) => events.push(event));
	const [screen] = await capture.openScreen();
	if (!screen) throw new Error('no screen was opened');
	expect(tracks.get(screen.trackId)?.contentHint).toBe('detail');
	// a screen of 3840x2160 is more than a processor encodes for everybody
	expect(tracks.get(screen.trackId)?.getConstraints()).toMatchObject({
		width: { max: 2560 },
		height: { max: 1440 }
	});

	devices.stopSharing();

	expect(events).toEqual([{ type: 'TRACK_ENDED', trackId: screen.trackId }]);
	expect(ledger.snapshot()).toEqual({});
	capture.stop(screen.trackId);
	expect(tracks.get(screen.trackId)).toBeUndefined();
});

it('given the screen picker, when it is closed, then that is media.cancelled; a second picker too', async () => {
	const { capture, devices } = openCapture();
	devices.picker = 'close';
	const first = codeOf(capture.openScreen());
	const second = codeOf(capture.openScreen());

	expect(await Promise.all([first, second])).toEqual(['media.cancelled', 'media.cancelled']);
	devices.picker = 'choose with sound';
	expect((await capture.openScreen()).map(({ kind }) => kind)).toEqual(['video', 'audio']);
});

it('given watched tracks, when the system silences and resumes one, then both are reported until the watch ends', async () => {
	const { capture, devices } = openCapture();
	const events: TrackEvent[] = [];
	const end = capture.watchTracks((event) => events.push(event));
	const [sound] = await capture.open(onlyMicrophone);
	const [track] = devices.tracks;

	track?.setMuted(true);
	track?.setMuted(false);
	end();
	track?.end();

	expect(events).toEqual([
		{ type: 'TRACK_SUSPENDED', trackId: sound?.trackId },
		{ type: 'TRACK_RESUMED', trackId: sound?.trackId }
	]);
});

it('given a track that we stop ourselves, then nothing is reported', async () => {
	const { capture } = openCapture();
	const events: TrackEvent[] = [];
	capture.watchTracks((event) => events.push(event));
	const [sound] = await capture.open(onlyMicrophone);

	if (sound) capture.stop(sound.trackId);

	expect(events).toEqual([]);
});

it('given a muted track, when it is enabled again, then only its switch changes', async () => {
	const { capture, devices } = openCapture();
	const [sound] = await capture.open(onlyMicrophone);
	if (!sound) throw new Error('nothing was opened');

	capture.setEnabled(sound.trackId, false);

	expect(devices.tracks.map(({ enabled, readyState }) => [enabled, readyState])).toEqual([[false, 'live']]);
});

it('given watched devices, when one is plugged in or pulled out, then the whole list is told', async () => {
	const { capture, devices } = openCapture(new FakeCaptureDevices(fakeHeadset));
	await capture.open(onlyMicrophone);
	const lists: string[][] = [];
	const end = capture.watchDevices((list) => lists.push(list.map(({ label }) => label)));

	devices.plugIn(...fakeWebcam);
	await vi.waitFor(() => expect(lists).toHaveLength(1));
	devices.pullOut('mic-1');
	await vi.waitFor(() => expect(lists).toHaveLength(2));
	end();
	devices.pullOut('mic-2');
	await devices.enumerateDevices();

	expect(lists.map(({ length }) => length)).toEqual([4, 3]);
});

it('given no permission yet, when devices are listed, then names are empty and the kinds are ours', async () => {
	const { capture, devices } = openCapture();

	expect(await capture.listDevices()).toContainEqual({
		kind: 'speaker',
		deviceId: '',
		groupId: '',
		label: ''
	});
	expect(await capture.permission('microphone')).toBe('prompt');
	devices.permission.microphone = 'denied';
	expect(await capture.permission('microphone')).toBe('denied');
});
