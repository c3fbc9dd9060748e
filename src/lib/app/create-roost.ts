import { createDatabase, type Database } from '../adapters/storage/database.ts';
import { createOngoingCallStore } from '../adapters/storage/ongoing-calls.ts';
import { createPreferenceStore } from '../adapters/storage/preferences.ts';
import { createRecentRoomStore } from '../adapters/storage/recent-rooms.ts';
import { createOcs, type OcsEdges } from '../adapters/talk/http/ocs-request.ts';
import { createRoomApi } from '../adapters/talk/http/room-api.ts';
import { isHeldElsewhere, rejoinAfterReload } from '../domain/store/next-row.ts';
import type {
	OngoingCall,
	OngoingCallStore,
	PreferenceStore,
	RecentRoomStore
} from '../domain/store/ongoing-call.ts';
import type { TalkApi } from '../domain/talk-api.ts';
import { lookAt } from '../domain/visit/look-at.ts';
import type { Found } from '../domain/visit/types.ts';
import type { RoomToken } from '../protocol/ids.ts';
import { createLog, type Log } from './log.ts';
import type { OngoingCalls } from './ongoing-calls.svelte.ts';
import { tabIdOf } from './tab-id.ts';
import type { VisitKit } from './visit-kit.ts';

/**
 * What every page is made of, and where the browser itself is named. Small on purpose: it comes before anything can be
 * seen. What a visit needs beyond looking (machines, devices, the call) is in the kit, which comes when a person acts.
 */
export interface Roost {
	/** Server and identity: guests are known by the origin alone. */
	account: string;
	/** Host and port, for people. */
	host: string;
	tabId: string;
	rooms: Pick<TalkApi, 'fetchServerInfo' | 'lookUpRoom' | 'createRoom'>;
	ocsEdges: OcsEdges;
	database: Database;
	ongoingCalls: OngoingCallStore;
	recentRooms: RecentRoomStore;
	preferences: PreferenceStore;
	log: Log;
	/** What this browser remembers of the call in a room. */
	rowOf: (token: RoomToken) => Promise<OngoingCall | undefined>;
	/** Whether this tab was in the call of a row until it was reloaded. */
	wasInCall: (row: OngoingCall | undefined) => boolean;
	/** Whether another tab says that it is in the call of a row. */
	isElsewhere: (row: OngoingCall | undefined) => boolean;
	/** The calls that may be going on. @param watched rooms to ask about beside those that are remembered */
	openOngoingCalls: (watched: readonly RoomToken[]) => Promise<OngoingCalls>;
	lookUp: (token: RoomToken) => Promise<Found>;
	/** Camera and microphone were allowed before. */
	areDevicesAllowed: () => Promise<boolean>;
	loadKit: () => Promise<VisitKit>;
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
	const tabId = tabIdOf(browser);
	const database = createDatabase(log.warn);
	const ocsEdges: OcsEdges = { fetch: (url, init) => browser.fetch(url, init), baseUrl: origin, tabId };
	const rooms = createRoomApi(createOcs(ocsEdges));
	let kit: Promise<VisitKit> | null = null;

	const isAllowed = async (name: PermissionName) => {
		try {
			return (await browser.navigator.permissions.query({ name })).state === 'granted';
		} catch {
			return false; // this browser does not answer for microphone and camera
		}
	};

	const roost: Roost = {
		account: origin,
		host,
		tabId,
		rooms,
		ocsEdges,
		database,
		ongoingCalls: createOngoingCallStore(database),
		recentRooms: createRecentRoomStore(database),
		preferences: createPreferenceStore(database),
		log,
		rowOf: (token) => roost.ongoingCalls.get([origin, token]).catch(() => undefined),
		wasInCall: (row) => rejoinAfterReload(row, tabId, Date.now()) !== null,
		isElsewhere: (row) => isHeldElsewhere(row, tabId, Date.now()),
		openOngoingCalls: async (watched) => {
			const { OngoingCalls } = await import('./ongoing-calls.svelte.ts');
			return new OngoingCalls(roost, browser, watched);
		},
		lookUp: (token) => lookAt(rooms, token),
		areDevicesAllowed: async () => (await isAllowed('microphone')) && (await isAllowed('camera')),
		loadKit: () => {
			kit ??= import('./visit-kit.ts')
				.then(({ createVisitKit }) => createVisitKit(roost, browser))
				.catch((cause: unknown) => {
					kit = null; // the next press tries again
					throw cause;
				});
			return kit;
		}
	};
	return roost;
}
