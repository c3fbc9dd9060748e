import { createActor } from 'xstate';
import { createCapture } from '../../src/lib/adapters/webrtc/capture.ts';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { RoostError, type ErrorCode } from '../../src/lib/domain/errors.ts';
import { nextRow, type CallFact } from '../../src/lib/domain/store/next-row.ts';
import type { MediaChoice, OngoingCall } from '../../src/lib/domain/store/ongoing-call.ts';
import type { CallEngine, Found } from '../../src/lib/domain/visit/types.ts';
import { visitMachine } from '../../src/lib/domain/visit/visit-machine.ts';
import { openCallBench, roomInfo, token } from './call-bench.ts';
import { FakeCaptureDevices } from './fake-capture-devices.ts';
import { FakeMediaStream } from './fake-media.ts';
import { freshPreferences } from './preferences.ts';
import { openTabBench } from './tab-bench.ts';

const account = 'https://cloud.example';
export const choice: MediaChoice = {
	microphone: 'on',
	camera: 'on',
	microphoneDevice: null,
	cameraDevice: null
};
const headset = { deviceId: 'mic-1', label: 'Headset Microphone', groupId: 'headset' };

export interface VisitOptions {
	/** What this tab did before it was reloaded, how long ago. */
	before?: { facts: CallFact[]; agoMs: number };
	name?: string;
	firstLook?: 'held' | ErrorCode;
	engine?: 'fails once' | 'held' | 'there';
	call?: 'throws at a reaction';
	/** The browser whose tab it is, with its other tabs. */
	browser?: ReturnType<typeof openBrowser>;
	/** Which guest the server takes it for, and how the tab is called. */
	guest?: string;
	tabId?: string;
	/** The row of the store, as the page has read it. */
	row?: OngoingCall | undefined;
}

/** One browser: a server in memory, and the way from tab to tab. */
export const openBrowser = () => ({ bench: openCallBench(), tabs: openTabBench() });

/** A visit with the real call, real devices of a fake computer and a server in memory. */
export function openVisit(options: VisitOptions = {}) {
	const { bench, tabs } = options.browser ?? openBrowser();
	const party = bench.openParty(options.guest ?? 'ann');
	const { machine, input } = party.engine();
	const devices = new FakeCaptureDevices();
	const ledger = createLedger(() => undefined);
	const tracks = createLocalTracks((of) => new FakeMediaStream(of));
	const now = input.ports.now;
	const row = options.before?.facts.reduce<OngoingCall | undefined>(
		(known, fact) =>
			nextRow(known, fact, { account, token }, now() - (options.before?.agoMs ?? 0)) ?? undefined,
		undefined
	);
	const found: Found = {
		room: roomInfo,
		server: {
			callsEnabled: true,
			maxChatLength: 1_000,
			reactions: [],
			features: [],
			canCreateRooms: false,
			hasEncryptedCalls: false
		}
	};
	const held: (() => void)[] = [];
	const holding = () => new Promise<void>((go) => held.push(go));
	const firstLook = async (): Promise<Found> => {
		if (options.firstLook === 'held') await holding();
		else if (options.firstLook !== undefined) throw new RoostError(options.firstLook, 'scripted');
		return found;
	};
	let loads = 0;
	const loadEngine = async (): Promise<CallEngine> => {
		loads += 1;
		if (options.engine === 'held') await holding();
		if (options.engine === 'fails once' && loads === 1)
			throw new RoostError('server.unreachable', 'scripted');
		const throwing = machine.provide({
			actions: {
				react: () => {
					throw new Error('a bug');
				}
			}
		});
		return { machine: options.call === undefined ? machine : throwing, ports: input.ports };
	};
	const actor = createActor(visitMachine, {
		clock: bench.clock,
		input: {
			api: input.ports.api,
			capture: createCapture({ browser: devices.browser, tracks, ledger }),
			token,
			account,
			tabId: options.tabId ?? 'tab',
			preferences: { ...freshPreferences, name: options.name ?? 'Ann', ...choice },
			row: options.row ?? row,
			firstLook: firstLook(),
			openTabs: tabs.open,
			now,
			random: () => 0.5,
			loadEngine,
			loadedEngine: () => (options.engine === 'there' ? { machine, ports: input.ports } : null)
		}
	});
	const broken: unknown[] = [];
	actor.subscribe({ error: (error) => broken.push(error) });
	actor.start();
	const value = () => {
		const snapshot = actor.getSnapshot();
		return typeof snapshot.value === 'string' ? snapshot.value : Object.keys(snapshot.value)[0];
	};
	return {
		...bench,
		actor,
		broken,
		devices,
		party,
		value,
		context: () => actor.getSnapshot().context,
		call: () => actor.getSnapshot().context.call?.getSnapshot(),
		/** Whom the call has, or wants, a connection with. */
		members: () => {
			const children = actor.getSnapshot().context.call?.getSnapshot().children ?? {};
			return Object.keys(children).filter((id) => id.startsWith('member:'));
		},
		send: async (...events: Parameters<typeof actor.send>[0][]) => {
			for (const event of events) actor.send(event);
			await bench.settle();
		},
		release: async () => {
			held.shift()?.();
			await bench.settle();
		}
	};
}

export const join = (withMedia = true) => ({ type: 'JOIN' as const, name: ' Ann ', withMedia });
export const joining = {
	fact: 'joining',
	roomName: 'Room',
	flags: { inCall: true, audio: true, video: true },
	media: { ...choice, microphoneDevice: headset },
	tabId: 'tab'
} satisfies CallFact;
