import { createCapture } from '../../src/lib/adapters/webrtc/capture.ts';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { expectSame, failureOf, type ContractCase } from './contract.ts';

/** Devices with a microphone and a camera, whose user allows everything. */
interface CapturePlatform {
	browser: Required<Parameters<typeof createCapture>[0]['browser']>;
	createStream: (tracks: MediaStreamTrack[]) => MediaStream;
}

const unknownChoice = { deviceId: 'no-such-device', groupId: 'none', label: 'No such device' };

const cases: Record<string, (platform: CapturePlatform) => Promise<void>> = {
	'a request for nothing is a mistake': async ({ browser }) => {
		expectSame(await failureOf(() => browser.mediaDevices.getUserMedia({})), 'TypeError', 'nothing');
	},

	'an unknown device is refused as exact, and replaced as ideal': async ({ browser: { mediaDevices } }) => {
		const asking = (deviceId: ConstrainDOMString) => async () => {
			const stream = await mediaDevices.getUserMedia({ audio: { deviceId } });
			for (const track of stream.getTracks()) track.stop();
		};
		expectSame(await failureOf(asking({ exact: 'none' })), 'OverconstrainedError', 'exact');
		expectSame(await failureOf(asking({ ideal: 'none' })), 'nothing', 'ideal');
	},

	'tracks tell their device, and end alone and quietly': async ({ browser: { mediaDevices } }) => {
		const stream = await mediaDevices.getUserMedia({ audio: true, video: true });
		const [sound] = stream.getAudioTracks();
		const [picture] = stream.getVideoTracks();
		if (!sound || !picture) throw new Error('not both kinds were opened');
		const ended: string[] = [];
		for (const track of [sound, picture]) track.addEventListener('ended', () => ended.push(track.kind));
		expectSame([sound.label !== '', Boolean(sound.getSettings().deviceId)], [true, true], 'label and id');
		sound.stop();
		await mediaDevices.enumerateDevices();
		expectSame([sound.readyState, picture.readyState, ended], ['ended', 'live', []], 'after stop()');
		picture.stop();
	},

	'with permission, devices have names': async ({ browser: { mediaDevices } }) => {
		const stream = await mediaDevices.getUserMedia({ audio: true, video: true });
		const devices = await mediaDevices.enumerateDevices();
		for (const track of stream.getTracks()) {
			const { deviceId } = track.getSettings();
			const found = devices.find((device) => device.deviceId === deviceId);
			expectSame([found?.label, found?.kind], [track.label, `${track.kind}input`], 'the opened device');
			track.stop();
		}
	},

	'the adapter opens, finds again and releases devices': async ({ browser, createStream }) => {
		const ledger = createLedger(() => undefined);
		const tracks = createLocalTracks(createStream);
		const capture = createCapture({ browser, tracks, ledger });
		const opened = await capture.open({ microphone: unknownChoice, camera: unknownChoice });
		expectSame(opened.map(({ kind }) => kind).sort(), ['audio', 'video'], 'kinds');
		expectSame(ledger.snapshot('local-media'), { track: 2 }, 'open');
		for (const { trackId, kind, device } of opened) {
			const track = tracks.get(trackId);
			capture.stop(trackId);
			expectSame(track?.readyState, 'ended', 'the track');
			const again = kind === 'audio' ? { microphone: device, camera: false as const } : undefined;
			const request = again ?? { microphone: false as const, camera: device };
			const [same] = await capture.open(request);
			expectSame(same?.device, device, 'the device that was remembered');
			if (same) capture.stop(same.trackId);
		}
		expectSame(ledger.snapshot(), {}, 'open at the end');
	}
};

export const captureContract = (makePlatform: () => CapturePlatform): ContractCase[] =>
	Object.entries(cases).map(([name, work]) => ({ name, run: () => work(makePlatform()) }));
