import { expect, it } from 'vitest';
import { FakeMediaStream, fakeTrack } from '../../../../tests/support/fake-media.ts';
import { createLedger } from './ledger.ts';
import { createLevelMeter } from './level-meter.ts';
import { createLocalTracks } from './local-tracks.ts';
import { createSharedAudio } from './shared-audio.ts';

/* Sound itself is measured in a real browser: tests/e2e/peer-connection.contract.spec.ts */

it('given a browser that opens no audio context, when a level is watched, then it is logged and nothing stays open', () => {
	const warnings: string[] = [];
	const ledger = createLedger(() => undefined);
	const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
	const localTracks = createLocalTracks(createStream);
	const createContext = () => {
		throw new DOMException('too many', 'NotSupportedError');
	};
	const audio = createSharedAudio({ createContext, ledger });
	const warn = (message: string) => void warnings.push(message);
	const meter = createLevelMeter({ audio, localTracks, createStream, ledger, warn });
	const track = fakeTrack('audio');

	const stop = meter.watchLevel(localTracks.add(track), () => undefined);
	stop();

	expect(warnings).toEqual(['a level could not be measured']);
	expect(ledger.snapshot()).toEqual({});
	expect(track.readyState).toBe('live');
});
