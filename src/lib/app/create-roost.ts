import { createActor, type ActorRefFrom } from 'xstate';
import { createDatabase } from '../adapters/storage/database.ts';
import { createOngoingCallStore } from '../adapters/storage/ongoing-calls.ts';
import { createOutbox } from '../adapters/storage/outbox.ts';
import { createPreferenceStore } from '../adapters/storage/preferences.ts';
import { createRecentRoomStore } from '../adapters/storage/recent-rooms.ts';
import { createTalkApi } from '../adapters/talk/ocs-client.ts';
import { createCapture } from '../adapters/webrtc/capture.ts';
import { createLedger, type Ledger } from '../adapters/webrtc/ledger.ts';
import { createLevelMeter, type LevelMeter } from '../adapters/webrtc/level-meter.ts';
import { createLocalTracks, type LocalTracks } from '../adapters/webrtc/local-tracks.ts';
import { createSharedAudio } from '../adapters/webrtc/shared-audio.ts';
import { createSpeakerTest, type SpeakerTest } from '../adapters/webrtc/speaker-test.ts';
import type { Capture } from '../domain/media/capture.ts';
import type {
	OngoingCallStore,
	Outbox,
	Preferences,
	PreferenceStore,
	RecentRoomStore
} from '../domain/store/ongoing-call.ts';
import type { TalkApi } from '../domain/talk-api.ts';
import { visitMachine } from '../domain/visit/visit-machine.ts';
import type { RoomToken } from '../protocol/ids.ts';
import type { LoadedEngine } from './call-engine.ts';
import { createLog, type Log } from './log.ts';
import { tabIdOf } from './tab-id.ts';

export type VisitActor = ActorRefFrom<typeof visitMachine>;

/** What every part of the app is made of, and where the browser itself is named. One for each page. */
export interface Roost {
	/** Server and identity: guests are known by the origin alone. */
	account: string;
	/** Host and port, for people. */
	host: string;
	tabId: string;
	api: TalkApi;
	capture: Capture;
	localTracks: LocalTracks;
	ledger: Ledger;
	levels: LevelMeter;
	speakerTest: SpeakerTest;
	ongoingCalls: OngoingCallStore;
	recentRooms: RecentRoomStore;
	preferences: PreferenceStore;
	outbox: Outbox;
	log: Log;
	/** Starts loading what only a call needs; a later press finds it there. */
	warmUp: () => Promise<LoadedEngine>;
	/** A visit of one room, not started. Stop it when the page is left. */
	openVisit: (token: RoomToken, preferences: Preferences) => Promise<VisitActor>;
}

/** Whether calls are possible here at all: `null` if they are. */
export function obstacleOf(
	browser: Window & typeof globalThis
): 'page.insecure' | 'browser.unsupported' | null {
	if (!browser.isSecureContext) return 'page.insecure';
	const hasAll = 'RTCPeerConnection' in browser && 'WebSocket' in browser && 'indexedDB' in browser;
	return hasAll ? null : 'browser.unsupported';
}

/** @param browser the window, which is everything Roost knows of the world */
export function createRoost(browser: Window & typeof globalThis): Roost {
	const { origin, host } = browser.location;
	const log = createLog(browser.console);
	const tabId = tabIdOf(browser.sessionStorage);
	const createStream = (tracks: MediaStreamTrack[]) => new browser.MediaStream(tracks);
	const ledger = createLedger(log.warn);
	const localTracks = createLocalTracks(createStream);
	const capture = createCapture({ browser: browser.navigator, tracks: localTracks, ledger });
	const audio = createSharedAudio({ createContext: () => new browser.AudioContext(), ledger });
	const database = createDatabase(log.warn);
	const api = createTalkApi({
		fetch: (url, init) => browser.fetch(url, init),
		baseUrl: origin,
		tabId
	});
	const ongoingCalls = createOngoingCallStore(database);
	const outbox = createOutbox(database);
	let engine: Promise<LoadedEngine> | null = null;

	const roost: Roost = {
		account: origin,
		host,
		tabId,
		api,
		capture,
		localTracks,
		ledger,
		levels: createLevelMeter({ audio, localTracks, createStream, ledger, warn: log.warn }),
		speakerTest: createSpeakerTest({ audio, createElement: () => new browser.Audio(), ledger }),
		ongoingCalls,
		recentRooms: createRecentRoomStore(database),
		preferences: createPreferenceStore(database),
		outbox,
		log,
		warmUp: () => {
			engine ??= import('./call-engine.ts')
				.then(({ createCallEngine }) => createCallEngine(roost, browser, createStream))
				.catch((cause: unknown) => {
					engine = null; // the next press tries again
					throw cause;
				});
			return engine;
		},
		openVisit: async (token, preferences) => {
			const [row, microphone, camera] = await Promise.all([
				ongoingCalls.get([origin, token]).catch(() => undefined),
				capture.permission('microphone'),
				capture.permission('camera')
			]);
			return createActor(visitMachine, {
				input: {
					api,
					capture,
					token,
					account: origin,
					tabId,
					preferences,
					row,
					mayOpenDevices: microphone === 'granted' && camera === 'granted',
					now: () => Date.now(),
					random: () => Math.random(),
					loadEngine: roost.warmUp
				}
			});
		}
	};
	return roost;
}
