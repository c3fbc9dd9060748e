import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLevelMeter } from '../../src/lib/adapters/webrtc/level-meter.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { createSharedAudio } from '../../src/lib/adapters/webrtc/shared-audio.ts';
import { createSpeakerTest } from '../../src/lib/adapters/webrtc/speaker-test.ts';
import { expectSame, until, type ContractCase } from './contract.ts';

function openBench() {
	const warnings: string[] = [];
	const warn = (message: string) => void warnings.push(message);
	const ledger = createLedger(warn);
	const contexts: AudioContext[] = [];
	const createContext = () => {
		const context = new AudioContext();
		contexts.push(context);
		return context;
	};
	const audio = createSharedAudio({ createContext, ledger });
	const createStream = (tracks: MediaStreamTrack[]) => new MediaStream(tracks);
	const localTracks = createLocalTracks(createStream);
	const meter = createLevelMeter({ audio, localTracks, createStream, ledger, warn });
	const speaker = createSpeakerTest({ audio, createElement: () => new Audio(), ledger });
	return { warnings, ledger, contexts, localTracks, meter, speaker };
}

async function openMicrophone(): Promise<MediaStreamTrack> {
	const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks();
	if (!track) throw new Error('no microphone was opened');
	return track;
}

const cases: Record<string, () => Promise<void>> = {
	'a muted track is metered through a copy, which goes with the watch': async () => {
		const { ledger, localTracks, meter, contexts, warnings } = openBench();
		const track = await openMicrophone();
		track.enabled = false;
		const levels: number[] = [];
		const stop = meter.watchLevel(localTracks.add(track), (level) => levels.push(level), { hz: 50 });
		await until(() => levels.some((level) => level > -60), 'the tone of the fake device is heard');
		expectSame([track.enabled, warnings], [false, []], 'the track itself');
		expectSame(ledger.snapshot(), { track: 1, 'audio-context': 1, 'audio-node': 1 }, 'open during the watch');
		stop();
		stop();
		expectSame(ledger.snapshot(), {}, 'open after the watch');
		await until(() => contexts.every(({ state }) => state === 'closed'), 'the context is closed');
		const after = levels.length;
		await new Promise((settle) => requestAnimationFrame(settle));
		expectSame([levels.length, track.readyState], [after, 'live'], 'after the watch');
		track.stop();
	},

	'several watches share one context': async () => {
		const { ledger, localTracks, meter, contexts } = openBench();
		const track = await openMicrophone();
		const levels: number[] = [];
		const stops = [
			meter.watchLevel(localTracks.add(track), () => undefined),
			meter.watchLevel(new MediaStream([track]), (level) => levels.push(level), { hz: 50 })
		];
		await until(() => levels.length > 2, 'levels are reported');
		expectSame([contexts.length, ledger.snapshot()['audio-node']], [1, 2], 'contexts and watches');
		expectSame(
			levels.every((level) => level >= -100 && level <= 0),
			true,
			'bounds'
		);
		stops[0]?.();
		expectSame(ledger.snapshot(), { 'audio-context': 1, 'audio-node': 1 }, 'open after the first');
		ledger.releaseOwner('audio');
		expectSame(ledger.snapshot(), {}, 'open after the release');
		track.stop();
	},

	'a stream without sound is logged, not measured': async () => {
		const { ledger, meter, warnings } = openBench();
		const stop = meter.watchLevel(new MediaStream(), () => undefined);
		expectSame([warnings.length, ledger.snapshot()], [1, {}], 'warnings and what is open');
		stop();
	},

	'the test tone plays to its end and leaves nothing behind': async () => {
		const { ledger, speaker } = openBench();
		const before = performance.now();
		await speaker.play('');
		expectSame(performance.now() - before > 900, true, 'a whole second');
		expectSame(ledger.snapshot(), {}, 'open');
	},

	'the test tone can be stopped, and an output that is gone is reported': async () => {
		const { ledger, speaker } = openBench();
		await speaker.play('', AbortSignal.abort());
		const code = await speaker.play('no-such-output').then(
			() => 'played',
			(cause: unknown) => (cause instanceof Error && 'code' in cause ? cause.code : String(cause))
		);
		expectSame(code, 'media.none', 'code');
		expectSame(ledger.snapshot(), {}, 'open');
	}
};

/** Sound has no fake: what Roost does with it is only tested in a browser whose microphone gives a tone. */
export const audioContract = (): ContractCase[] =>
	Object.entries(cases).map(([name, run]) => ({ name, run }));
