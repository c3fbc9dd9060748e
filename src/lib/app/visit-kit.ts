import { createActor, type ActorRefFrom } from 'xstate';
import { createTabChannels } from '../adapters/storage/tab-channel.ts';
import { createTalkApi } from '../adapters/talk/ocs-client.ts';
import type { NotesEdges } from '../adapters/webrtc/notes.ts';
import { createCapture } from '../adapters/webrtc/capture.ts';
import { createLedger, type Ledger } from '../adapters/webrtc/ledger.ts';
import { createLevelMeter, type LevelMeter } from '../adapters/webrtc/level-meter.ts';
import { createLocalTracks, type LocalTracks } from '../adapters/webrtc/local-tracks.ts';
import { createSharedAudio } from '../adapters/webrtc/shared-audio.ts';
import { createSpeakerTest } from '../adapters/webrtc/speaker-test.ts';
import type { Capture } from '../domain/media/capture.ts';
import type { OngoingCall, Preferences } from '../domain/store/ongoing-call.ts';
import type { TalkApi } from '../domain/talk-api.ts';
import type { Found } from '../domain/visit/types.ts';
import { isOver, visitMachine } from '../domain/visit/visit-machine.ts';
import type { RoomToken } from '../protocol/ids.ts';
import type { LoadedEngine } from './call-engine.ts';
import type { Roost } from './create-roost.ts';
import { createReleaseReport } from './release-report.ts';
import { createTimeline, type TimelineEntry } from './timeline.ts';
import { insist } from './insist.ts';
import { VisitScene } from './visit-scene.svelte.ts';

export type VisitActor = ActorRefFrom<typeof visitMachine>;

/** Everything from the first press on: devices, the whole of Talk's API, the machines. */
export interface VisitKit {
	roost: Roost;
	api: TalkApi;
	capture: Capture;
	localTracks: LocalTracks;
	ledger: Ledger;
	levels: LevelMeter;
	/** Plays a tone: `SpeakerTest`. @returns false: it could not be played, which is logged */
	testSpeaker: (deviceId: string) => Promise<boolean>;
	/** For sounds of the app. */
	notes: NotesEdges;
	/** What the machines of the visits went through, for a report. */
	timeline: () => TimelineEntry[];
	/** `(tracks) => new MediaStream(tracks)` */
	createStream: (tracks: MediaStreamTrack[]) => MediaStream;
	/** What only a call needs; loading it twice loads it once. */
	loadEngine: () => Promise<LoadedEngine>;
	/** A visit of one room, under way. Stop it when the page is left. */
	openVisit: (visit: {
		token: RoomToken;
		preferences: Preferences;
		/** What this browser remembers of the room. */
		row: OngoingCall | undefined;
		firstLook: Promise<Found>;
	}) => VisitScene;
}

export function createVisitKit(roost: Roost, browser: Window & typeof globalThis): VisitKit {
	const { log } = roost;
	const createStream = (tracks: MediaStreamTrack[]) => new browser.MediaStream(tracks);
	const ledger = createLedger(log.warn);
	const reportRelease = createReleaseReport(ledger, log);
	const localTracks = createLocalTracks(createStream);
	const capture = createCapture({ browser: browser.navigator, tracks: localTracks, ledger });
	const audio = createSharedAudio({ createContext: () => new browser.AudioContext(), ledger });
	const api = createTalkApi(roost.ocsEdges);
	const openTabs = createTabChannels(
		'BroadcastChannel' in browser ? (name) => new browser.BroadcastChannel(name) : undefined
	);
	const notes: NotesEdges = { audio, createElement: () => new browser.Audio(), ledger };
	const speakerTest = createSpeakerTest(notes);
	const timeline = createTimeline(() => Date.now());
	let engine: Promise<LoadedEngine> | null = null;
	let loaded: LoadedEngine | null = null;

	const kit: VisitKit = {
		roost,
		api,
		capture,
		localTracks,
		ledger,
		levels: createLevelMeter({ audio, localTracks, createStream, ledger, warn: log.warn }),
		testSpeaker: (deviceId) =>
			speakerTest.play(deviceId).then(
				() => true,
				(cause: unknown) => {
					log.warn('the speaker could not be tested', cause);
					return false;
				}
			),
		notes,
		timeline: timeline.entries,
		createStream,
		loadEngine: () => {
			engine ??= insist(() => import('./call-engine.ts'))
				.then(({ createCallEngine }) => (loaded = createCallEngine(kit, browser)))
				.catch((cause: unknown) => {
					engine = null; // the next press tries again
					throw cause;
				});
			return engine;
		},
		openVisit: (visit) => {
			const actor = createActor(visitMachine, {
				inspect: timeline.inspect,
				input: {
					...visit,
					api,
					capture,
					openTabs,
					account: roost.account,
					tabId: roost.tabId,
					now: () => Date.now(),
					isHidden: () => browser.document.visibilityState === 'hidden',
					random: () => Math.random(),
					loadEngine: kit.loadEngine,
					loadedEngine: () => loaded
				}
			});
			reportRelease(actor, () => isOver(actor.getSnapshot()));
			return new VisitScene(kit, actor);
		}
	};
	return kit;
}
