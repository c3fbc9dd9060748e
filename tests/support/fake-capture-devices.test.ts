import { it } from 'vitest';
import { captureContract } from './capture-contract.ts';
import { FakeCaptureDevices } from './fake-capture-devices.ts';
import { FakeMediaStream } from './fake-media.ts';

const makePlatform = () => ({
	browser: new FakeCaptureDevices().browser,
	createStream: (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks)
});

for (const { name, run } of captureContract(makePlatform)) it(name, run);
