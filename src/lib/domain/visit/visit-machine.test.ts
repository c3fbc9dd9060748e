import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { openCallBench, roomInfo, token } from '../../../../tests/support/call-bench.ts';
import { freshPreferences } from '../../../../tests/support/preferences.ts';
import { openTabBench } from '../../../../tests/support/tab-bench.ts';
import { FakeCaptureDevices } from '../../../../tests/support/fake-capture-devices.ts';
import { FakeMediaStream } from '../../../../tests/support/fake-media.ts';
import { createCapture } from '../../adapters/webrtc/capture.ts';
import { createLedger } from '../../adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../adapters/webrtc/local-tracks.ts';
import { RoostError, type ErrorCode } from '../errors.ts';
import { nextRow, type CallFact } from '../store/next-row.ts';
import type { MediaChoice, OngoingCall } from '../store/ongoing-call.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import type { CallEngine, Found } from './types.ts';
import { isOver, visitMachine } from './visit-machine.ts';

const account = 'https://cloud.example';
const choice: MediaChoice = { microphone: 'on', camera: 'on', microphoneDevice: null, cameraDevice: null };
const headset = { deviceId: 'mic-1', label: 'Headset Microphone', groupId: 'headset' };

interface VisitOptions {
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
const openBrowser = () => ({ bench: openCallBench(), tabs: openTabBench() });

/** A visit with the real call, real devices of a fake computer and a server in memory. */
function openVisit(options: VisitOptions = {}) {
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

const join = (withMedia = true) => ({ type: 'JOIN' as const, name: ' Ann ', withMedia });
const joining: CallFact = {
	fact: 'joining',
	roomName: 'Room',
	flags: { inCall: true, audio: true, video: true },
	media: { ...choice, microphoneDevice: headset },
	tabId: 'tab'
};

describe('finding the room', () => {
	it('given a link, when the room is there, then the page before Join is ready, and nothing was asked for', async () => {
		const visit = openVisit();
		await visit.settle();

		expect(visit.value()).toBe('ready');
		expect(visit.devices.requests).toEqual([]);
	});

	it('given a server that says 404, when it says so again after 5 s, then the room is lost; a person may try again', async () => {
		const visit = openVisit({ firstLook: 'room.not-found' });
		visit.party.script('lookUpRoom', 'room.not-found');
		await visit.settle();
		await visit.advance(4_999);
		expect(visit.value()).toBe('lookingAgain');
		await visit.advance(1);
		expect(visit.value()).toBe('lost');
		expect(visit.context().error?.code).toBe('room.not-found');

		await visit.send({ type: 'TRY_NOW' });
		expect(visit.value()).toBe('ready');
		expect(visit.context().error).toBeNull();
	});

	it('given a server that says 404 once, when it is asked again, then the room is there', async () => {
		const visit = openVisit({ firstLook: 'room.not-found' });
		await visit.settle();
		await visit.advance(5_000);

		expect(visit.value()).toBe('ready');
	});

	it('given encrypted calls, when Join was pressed early, then nobody is let in, and nothing is tried again by itself', async () => {
		const visit = openVisit({ firstLook: 'call.encrypted' });
		await visit.send(join());

		await visit.advance(120_000);

		expect(visit.value()).toBe('lost');
		expect(visit.context()).toMatchObject({ error: { code: 'call.encrypted' }, wantsIn: false, call: null });
		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a lost room, when the preview was on, then its devices are given back', async () => {
		const visit = openVisit({ firstLook: 'room.not-found' });
		visit.party.script('lookUpRoom', 'room.not-found');
		await visit.send({ type: 'TURN_ON' });
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.advance(5_000);

		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a server that is down, when it comes back, then the page goes on by itself, and says since when', async () => {
		const visit = openVisit({ firstLook: 'server.unreachable' });
		visit.party.script('lookUpRoom', 'server.unreachable', 'server.unexpected');
		await visit.settle();
		const since = visit.context().error?.since;
		await visit.advance(1_500);
		expect(visit.value()).toBe('troubled');
		expect(visit.context().error).toEqual({ code: 'server.unexpected', since });
		await visit.advance(2_000);

		expect(visit.value()).toBe('ready');
	});

	it('given a server in maintenance, when time passes, then it is asked each 30 s', async () => {
		const visit = openVisit({ firstLook: 'server.maintenance' });
		await visit.settle();

		await visit.advance(29_900);
		expect(visit.value()).toBe('troubled');
		await visit.advance(200);

		expect(visit.value()).toBe('ready');
	});
});

describe('going in', () => {
	it('given Join pressed while the room is looked up, when it is found, then we go in without another press', async () => {
		const visit = openVisit({ firstLook: 'held' });
		await visit.send(join());
		expect(visit.value()).toBe('lookingUp');
		expect(visit.devices.liveTracks()).toBe(2);

		await visit.release();

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: true, video: true }]);
		expect(visit.call()?.context.input.name).toBe('Ann');
	});

	it('given Join pressed early, when it is taken back, then the page before Join shows', async () => {
		const visit = openVisit({ firstLook: 'held' });
		await visit.send(join(), { type: 'CANCEL' });
		await visit.release();

		expect(visit.value()).toBe('ready');
	});

	it('M01 given a prompt that is open, when Join was pressed, then the call waits for the answer, for 30 s at most', async () => {
		const visit = openVisit();
		visit.devices.prompt = 'held';
		await visit.settle();
		await visit.send(join());
		await visit.advance(29_999);
		expect(visit.value()).toBe('settling');
		await visit.advance(1);
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: false, video: false }]);

		visit.devices.answer('grant');
		await visit.settle();

		expect(visit.party.bodies.updated.at(-1)).toEqual({ inCall: true, audio: true, video: true });
	});

	it('given Join without media, when we are in, then no device was ever opened', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join(false));
		await visit.advance(60_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toEqual([]);
	});

	it('given a preview, when Join without media is pressed, then the devices are given back first', async () => {
		const visit = openVisit();
		await visit.send({ type: 'TURN_ON' });
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.send(join(false));

		expect(visit.devices.liveTracks()).toBe(0);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: false, video: false }]);
	});

	it('given refused devices, when Join is pressed, then we are in as a listener and not asked twice', async () => {
		const visit = openVisit();
		visit.devices.prompt = 'deny';
		await visit.send({ type: 'TURN_ON' });
		const asked = visit.devices.requests.length;
		await visit.send(join());

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toHaveLength(asked);
	});

	it('given an engine that is there already, when Join is pressed, then the room is asked for in the same moment', async () => {
		const visit = openVisit({ engine: 'there' });
		await visit.send({ type: 'TURN_ON' });

		visit.actor.send(join());

		expect(visit.party.calls).toContain('enterRoom');
		await visit.advance(0);
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given an engine that does not load, when Join is pressed again, then it does', async () => {
		const visit = openVisit({ engine: 'fails once' });
		await visit.settle();
		await visit.send(join());
		expect(visit.value()).toBe('ready');
		expect(visit.context().error?.code).toBe('server.unreachable');

		await visit.send(join());
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a call that is being joined, when it is cancelled, then the page is back at once, and the server hears of it', async () => {
		const visit = openVisit();
		visit.party.script('joinCall', 'held');
		await visit.settle();
		await visit.send(join());
		await visit.send({ type: 'CANCEL' });
		expect(visit.value()).toBe('ready');
		expect(visit.party.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(visit.party.sockets.at(-1)?.isOpen).toBe(false);
		expect(visit.devices.liveTracks()).toBe(2); // the preview goes on

		await visit.send(join());
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.broken).toEqual([]);
	});

	it('given a cancelled call that takes long to end, when Join is pressed meanwhile, then we go in once it has ended', async () => {
		const visit = openVisit();
		visit.party.script('leaveCall', 'held');
		await visit.settle();
		await visit.send(join());
		await visit.send({ type: 'CANCEL' }, join());
		expect(visit.value()).toBe('cancelling');
		await visit.advance(3_000);

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a room that does not let us in, when it says why, then devices are given back and the reason shows; trying again starts before Join', async () => {
		const visit = openVisit();
		visit.party.script('enterRoom', 'room.banned');
		await visit.settle();
		await visit.send(join());
		expect(visit.value()).toBe('refused');
		expect(visit.context().error?.code).toBe('room.banned');
		expect(visit.devices.liveTracks()).toBe(0);
		expect(isOver(visit.actor.getSnapshot())).toBe(true);

		await visit.send({ type: 'TRY_NOW' });
		expect(visit.value()).toBe('ready');
		expect(visit.context().call).toBeNull();
	});
});

describe('coming back', () => {
	it('given a tab reloaded in the call, when it opens, then it goes straight back in with its devices', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 5_000 } });
		await visit.settle();

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.party.bodies.joined).toEqual([{ inCall: true, audio: true, video: true }]);
		expect(visit.context().isReturning).toBe(true);
	});

	it('given more than two minutes, when it opens, then the microphone is muted', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 150_000 } });
		await visit.settle();

		expect(visit.call()?.context.media).toMatchObject({ microphone: 'off', camera: 'on' });
	});

	it('given a tab that was in without devices, when it is reloaded, then it is not asked for any', async () => {
		const visit = openVisit({ before: { facts: [{ ...joining, media: choice }], agoMs: 5_000 } });
		await visit.settle();

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toEqual([]);
	});

	it('given a tab that had left, or no name, when it opens, then the page before Join shows', async () => {
		for (const options of [
			{ before: { facts: [joining, { fact: 'left' as const }], agoMs: 5_000 } },
			{ before: { facts: [joining], agoMs: 5_000 }, name: '' },
			{ before: { facts: [joining], agoMs: 400_000 } }
		]) {
			const visit = openVisit(options);
			await visit.settle();
			expect(visit.value()).toBe('ready');
			expect(visit.devices.requests).toEqual([]);
		}
	});

	it('given a reload while the server is down, when it takes several looks, then the devices are opened once', async () => {
		const visit = openVisit({ before: { facts: [joining], agoMs: 5_000 }, firstLook: 'server.unreachable' });
		visit.party.script('lookUpRoom', 'server.unreachable', 'server.unreachable');
		await visit.settle();
		await visit.advance(10_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.requests).toHaveLength(1);
	});
});

describe('another tab', () => {
	/** A tab in the call, and what a second one of the same browser finds. */
	const openTwo = async (second: { tabId?: string; name?: string } = {}) => {
		const browser = openBrowser();
		const first = openVisit({ browser, tabId: 'first' });
		await first.settle();
		await first.send(join());
		expect(first.call()?.matches('joined')).toBe(true);
		const openSecond = () =>
			openVisit({ browser, guest: 'ann again', tabId: 'second', row: first.party.row(), ...second });
		return { browser, first, openSecond };
	};

	it('P09 given a call in another tab, when its link is opened, then this tab says so at once, and opens nothing', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		expect(second.value()).toBe('askingTab'); // nothing to be seen that would go away again
		await second.settle(); // no time passes

		expect(second.value()).toBe('elsewhere');
		expect(second.devices.requests).toEqual([]);
		expect(second.party.calls).toEqual([]);
		expect(first.call()?.matches('joined')).toBe(true);
	});

	it('P09 given both tabs, when the call is taken over, then it goes on here as muted as it was, and the first tab says that it moved', async () => {
		const { first, openSecond } = await openTwo();
		first.actor.getSnapshot().children.media?.send({ type: 'SET_MICROPHONE', intent: 'off' });
		const second = openSecond();
		await second.settle();
		const rows = first.party.rows.length;
		await second.send({ type: 'TAKE_OVER' });

		expect(first.value()).toBe('ended');
		expect(first.context().ended?.reason).toBe('replaced');
		expect(first.devices.liveTracks()).toBe(0);
		expect(first.party.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(first.party.rows).toHaveLength(rows); // the row is the other tab's
		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.call()?.context.media).toMatchObject({ microphone: 'off', camera: 'on' });
		expect(second.devices.requests).toHaveLength(1);
		expect(Object.keys(second.party.rows.at(-1) ?? {})).toContain('tabLease');
		expect(second.party.row()).toMatchObject({ own: 'joined', tabLease: { tabId: 'second' } });
	});

	it('P09 given a tab that the call was taken from, when it is wanted there again, then it is taken back', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.settle();
		await second.send({ type: 'TAKE_OVER' });
		await first.send({ type: 'REJOIN' });

		expect(second.context().ended?.reason).toBe('replaced');
		expect(first.call()?.matches('joined')).toBe(true);
		await second.advance(10_000);
		expect(second.value()).toBe('ended'); // no fighting back
	});

	it('P09 given a copy of the tab, when it opens, then it is no way straight back in: it asks, and opens nothing', async () => {
		const { first, openSecond } = await openTwo({ tabId: 'first' });
		const copy = openSecond();
		await copy.settle();

		expect(copy.value()).toBe('elsewhere');
		expect(copy.devices.liveTracks()).toBe(0);
		expect(copy.party.calls).not.toContain('enterRoom');
		await copy.send({ type: 'JOIN_BESIDE' });
		expect(copy.value()).toBe('elsewhere'); // the server would take it for the same guest
		await copy.send({ type: 'TAKE_OVER' });
		expect([first.value(), copy.call()?.matches('joined')]).toEqual(['ended', true]);
	});

	it('P09 given a person who wants to be two guests, when they say so, then both tabs are in the call', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.send({ type: 'JOIN_BESIDE' });
		await second.settle();
		await second.send({ type: 'JOIN_BESIDE' }, join());

		expect(first.call()?.matches('joined')).toBe(true);
		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.members()).toEqual([`member:${first.call()?.context.ownSessionId ?? ''}`]);
	});

	it('P09 given a tab that does not answer a take-over any more, when 5 s are over, then the server decides', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.settle();
		first.actor.stop();
		await second.send({ type: 'TAKE_OVER' });
		await second.advance(4_999);
		expect(second.value()).toBe('takingOver');
		await second.advance(1);

		expect(second.call()?.matches('joined')).toBe(true);
	});

	it('P09 given a lease of another tab, when nobody answers for 300 ms, then the page before Join shows, and what was left of it is not dialled', async () => {
		const { first, openSecond } = await openTwo();
		const ghost = first.call()?.context.ownSessionId ?? '';
		expect(ghost).not.toBe('');
		first.actor.stop(); // a crash: its session stays at the server
		const second = openSecond();
		await second.advance(299);
		expect(second.value()).toBe('askingTab');
		await second.advance(1);
		expect(second.value()).toBe('ready');

		await second.send(join());

		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.call()?.context.ownSessionId).not.toBe(ghost);
		expect(Object.keys(second.call()?.context.roster ?? {})).not.toContain(ghost);
		expect(second.members()).toEqual([]);
	});

	it('P10 given a lease that has expired, when the link is opened, then the page before Join is there without waiting', async () => {
		const visit = openVisit({ before: { facts: [{ ...joining, tabId: 'other' }], agoMs: 90_000 } });
		await visit.settle();

		expect(visit.value()).toBe('ready');
	});

	it('P09 given a tab that answers late, when Join was not pressed yet, then it still asks', async () => {
		const browser = openBrowser();
		const visit = openVisit({ browser, before: { facts: [{ ...joining, tabId: 'other' }], agoMs: 1_000 } });
		await visit.advance(2_000);
		expect(visit.value()).toBe('ready');
		browser.tabs.open(() => undefined).answer({ tabId: 'other', token });
		await visit.settle();

		expect(visit.value()).toBe('elsewhere');
	});

	it('P09 given a tab in another call, or one that waits for its turn, when it is asked, then it is silent', async () => {
		const { browser, first } = await openTwo();
		const heard: string[] = [];
		const asking = browser.tabs.open(({ type }) => heard.push(type));
		asking.ask({ tabId: 'first', token: 'elsewhere' as typeof token });
		asking.ask({ tabId: 'another', token });
		await first.settle();
		expect(heard).toEqual([]);

		const waiting = openVisit({ browser, guest: 'copy', tabId: 'waiting' });
		waiting.party.script('enterRoom', 'room.occupied');
		await waiting.settle();
		await waiting.send(join());
		asking.ask({ tabId: 'waiting', token });
		await waiting.settle();
		expect(heard).toEqual([]);
		asking.ask({ tabId: 'first', token });
		await first.settle();
		expect(heard).toEqual(['TAB_ALIVE']);
	});
});

describe('leaving', () => {
	it('given a call, when a person leaves, then the devices are closed before anything is sent', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		const before = visit.party.calls.length;
		visit.actor.send({ type: 'LEAVE' });
		expect(visit.devices.liveTracks()).toBe(0);
		await visit.settle();

		expect(visit.party.calls.slice(before)).toEqual(['leaveCall', 'leaveRoom']);
		expect(visit.value()).toBe('ended');
		expect(visit.context().ended).toMatchObject({ reason: 'left', roomName: 'Room' });
	});

	it('given a call that was left, when Rejoin is pressed, then we are in again with the same devices', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		await visit.send({ type: 'LEAVE' });
		await visit.send({ type: 'REJOIN' });

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.devices.liveTracks()).toBe(2);
		expect(visit.broken).toEqual([]);
	});

	it('given a visit, then it is over only between the end of a call and the next press', async () => {
		const visit = openVisit();
		const over = () => isOver(visit.actor.getSnapshot());
		await visit.settle();
		expect(over()).toBe(false);
		await visit.send(join());
		expect(over()).toBe(false);
		await visit.send({ type: 'LEAVE' });
		expect(over()).toBe(true);
		await visit.send({ type: 'REJOIN' });
		expect(over()).toBe(false);
	});

	it('given a call that ended for all, when it has, then the devices are closed and the page says so', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		await visit.broadcast({ type: 'CALL_ENDED_FOR_ALL' });

		expect(visit.context().ended?.reason).toBe('ended-for-all');
		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a call that breaks, when it does, then nothing of it stays open and the page is still there', async () => {
		const visit = openVisit({ call: 'throws at a reaction' });
		const ben = visit.openParty('ben');
		await ben.join();
		await visit.settle();
		await visit.send(join());
		await visit.settle();
		expect(Object.keys(ben.members())).toHaveLength(1);

		visit.actor.getSnapshot().context.call?.send({ type: 'REACT', emoji: '👍' });
		await visit.settle();

		expect(visit.value()).toBe('refused');
		expect(visit.devices.liveTracks()).toBe(0);
		expect(visit.party.ledger.snapshot()).toEqual({});
		expect(visit.party.sockets.filter(({ isOpen }) => isOpen)).toEqual([]);
		expect(ben.members()).toEqual({});
	});
});

describe('devices in the call', () => {
	it('given a call, when the camera is turned off and on, then the call hears of each', async () => {
		const visit = openVisit();
		await visit.settle();
		await visit.send(join());
		const media = visit.actor.getSnapshot().children['media'];
		media?.send({ type: 'SET_CAMERA', intent: 'off' });
		await visit.settle();
		expect(visit.call()?.context.media).toMatchObject({ camera: 'off', microphone: 'on' });
		await visit.advance(200);
		expect(visit.call()?.context.media.lease?.tracks).not.toHaveProperty('video');

		media?.send({ type: 'SET_CAMERA', intent: 'on' });
		await visit.settle();

		expect(visit.call()?.context.media.camera).toBe('on');
		expect(visit.party.calls).not.toContain('updateCall');
	});
});

describe('a room with a password', () => {
	const joinWith = (password?: string) => ({ ...join(), ...(password !== undefined && { password }) });

	it('given a wrong one, when Join is pressed, then the page says so, the preview runs on, and the right one lets in', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.settle();

		await visit.send(joinWith('open says me'));

		expect(visit.value()).toBe('ready');
		expect(visit.context()).toMatchObject({ passwordProblem: { kind: 'wrong' }, call: null, error: null });
		expect(visit.devices.liveTracks()).toBe(2);

		await visit.send(joinWith('open sesame'));

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.context().passwordProblem).toBeNull();
		expect(visit.party.bodies.passwords).toEqual(['open says me', 'open sesame']);
	});

	it('given a password that was set meanwhile, when Join is pressed without one, then it is asked for', async () => {
		const visit = openVisit();
		visit.lock('open sesame');

		await visit.send(joinWith());

		expect(visit.value()).toBe('ready');
		expect(visit.context().passwordProblem).toEqual({ kind: 'missing' });
	});

	it('given too many wrong ones, when one more is tried, then it is not tried again by itself, and the page knows until when', async () => {
		const visit = openVisit();
		visit.lock('open sesame', 1);
		await visit.send(joinWith('a'), joinWith('a'));

		await visit.send(joinWith('open sesame'));

		expect(visit.value()).toBe('ready');
		expect(visit.context().passwordProblem).toEqual({
			kind: 'throttled',
			retryAt: visit.context().input.now() + 42_000
		});
		visit.lock('open sesame');
		await visit.advance(120_000);
		expect(visit.party.bodies.passwords).toEqual(['a', 'open sesame']);
	});

	it('given an accepted one, when the server forgets us, or we rejoin, then it is sent again and not asked for', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.send(joinWith('open sesame'));

		visit.forgetRoomSessions();
		await visit.restart();
		await visit.advance(5_000);
		expect(visit.call()?.value).toMatchObject({ joined: { link: 'online' } });
		await visit.send({ type: 'LEAVE' });
		await visit.send({ type: 'REJOIN' });

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(new Set(visit.party.bodies.passwords)).toEqual(new Set(['open sesame']));
		expect(visit.party.bodies.passwords.length).toBeGreaterThan(2);
	});

	it('given a password, when it has let in, then no row of the store has it', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.send(joinWith('open sesame'));
		await visit.advance(60_000);

		expect(visit.party.rows.length).toBeGreaterThan(1);
		expect(JSON.stringify(visit.party.rows)).not.toContain('sesame');
	});

	it('given another password by now, when the server forgets us, then the page asks for it', async () => {
		const visit = openVisit();
		visit.lock('open sesame');
		await visit.send(joinWith('open sesame'));

		visit.lock('close sesame');
		visit.forgetRoomSessions();
		await visit.restart();
		await visit.advance(5_000);

		expect(visit.value()).toBe('ready');
		expect(visit.context().passwordProblem).toEqual({ kind: 'wrong' });
	});
});

describe('a room with a lobby', () => {
	const isHeld = (visit: ReturnType<typeof openVisit>) => visit.call()?.matches({ joining: 'held' });

	it('given a closed lobby, when Join is pressed, then we wait without a socket, and go in by ourselves as chosen', async () => {
		const visit = openVisit();
		await visit.closeLobby(1_700_000_600);
		await visit.send(join());
		expect(isHeld(visit)).toBe(true);
		expect(visit.call()?.context.room?.lobbyOpensAt).toBe(1_700_000_600);
		await visit.send({ type: 'TURN_ON' });
		visit.actor.getSnapshot().children.media?.send({ type: 'SET_CAMERA', intent: 'off' });
		await visit.advance(60_000);
		expect(isHeld(visit)).toBe(true);
		expect(visit.party.sockets.filter(({ isOpen }) => isOpen)).toEqual([]);
		expect(visit.party.bodies.joined).toEqual([]);

		visit.openLobby();
		await visit.advance(8_000);

		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.call()?.context).toMatchObject({
			input: { name: 'Ann' },
			media: { camera: 'off', microphone: 'on' }
		});
	});

	it('given a lobby that stays closed, when we look, then soon at first and every 8 s from then on', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());
		const looks = () => visit.party.calls.filter((call) => call === 'lookUpRoom').length;
		const before = looks();

		const counts: number[] = [];
		for (const ms of [1_999, 1, 3_999, 1, 7_999, 1, 80_000]) {
			await visit.advance(ms);
			counts.push(looks() - before);
		}

		expect(counts).toEqual([0, 1, 1, 2, 2, 3, 13]);
	});

	it('given a server that does not answer while we wait, when it is back, then we still wait, and a press looks at once', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());
		visit.party.script('lookUpRoom', 'server.unreachable', 'server.throttled', 'room.not-found');
		await visit.advance(30_000);
		expect(isHeld(visit)).toBe(true);

		visit.openLobby();
		visit.actor.getSnapshot().context.call?.send({ type: 'CONNECT_NOW' });
		await visit.settle();

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a wait, when we leave, then nothing goes on at the server or here', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());

		await visit.send({ type: 'LEAVE' });

		expect(visit.value()).toBe('ended');
		expect(visit.devices.liveTracks()).toBe(0);
		expect(visit.party.calls.at(-1)).toBe('leaveRoom');
		const { length } = visit.party.calls;
		await visit.advance(120_000);
		expect(visit.party.calls).toHaveLength(length);
	});

	it('given a call, when the lobby closes, then every connection ends, the preview stays, we wait, and come back by ourselves', async () => {
		const browser = openBrowser();
		const visit = openVisit({ browser });
		await visit.send(join());
		const other = browser.bench.openParty('ben');
		await other.join();
		await visit.settle();
		expect(visit.members()).toHaveLength(1);

		await visit.closeLobby();

		expect(visit.members()).toEqual([]);
		expect(isHeld(visit)).toBe(true);
		expect(visit.context().isMoved).toBe(true);
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.advance(60_000);
		expect(isHeld(visit)).toBe(true);
		visit.openLobby();
		await visit.advance(8_000);
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.broken).toEqual([]);
	});

	it('given a server that only says that the call is over for all, when the lobby has closed, then we wait', async () => {
		const visit = openVisit();
		await visit.send(join());

		visit.closeLobbyQuietly();
		await visit.broadcast({ type: 'CALL_ENDED_FOR_ALL' });
		expect(isHeld(visit)).toBe(true);
		visit.openLobby();
		await visit.advance(8_000);
		await visit.broadcast({ type: 'CALL_ENDED_FOR_ALL' });

		expect(visit.context().ended?.reason).toBe('ended-for-all');
	});

	it('given a call whose room session is lost, when the lobby closed meanwhile, then we wait in front of it', async () => {
		const visit = openVisit();
		await visit.send(join());

		visit.forgetRoomSessions();
		await visit.closeLobby();
		await visit.restart();
		await visit.advance(5_000);

		expect(isHeld(visit)).toBe(true);
		expect(visit.context().error).toBeNull();
	});

	it('given the lobby closes between entering and the call, when the server refuses, then we wait', async () => {
		const visit = openVisit();
		visit.party.script('joinCall', 'held');
		await visit.send(join());
		await visit.closeLobby();

		await visit.party.release('joinCall');

		expect(isHeld(visit)).toBe(true);
	});

	it('given a server that cannot say why we are out, when we are taken out, then we were removed', async () => {
		const visit = openVisit();
		await visit.send(join());
		visit.party.script('lookUpRoom', 'server.unreachable');

		await visit.takeOut(visit.call()?.context.ownSessionId ?? ('nobody' as never));

		expect(visit.value()).toBe('ended');
		expect(visit.context().ended?.reason).toBe('removed');
	});

	it('given a server that does not answer why we are out, when 3 s have passed, then we were removed', async () => {
		const visit = openVisit();
		await visit.send(join());
		visit.party.script('lookUpRoom', 'held');

		await visit.takeOut(visit.call()?.context.ownSessionId ?? ('nobody' as never));
		expect(visit.members()).toEqual([]);
		expect(visit.value()).toBe('inCall');
		await visit.advance(3_000);

		expect(visit.context().ended?.reason).toBe('removed');
	});
});

describe('what a room asks for, or does with us', () => {
	const isHeld = (visit: ReturnType<typeof openVisit>) => visit.call()?.matches({ joining: 'held' });
	const own = (visit: ReturnType<typeof openVisit>) => visit.call()?.context.ownSessionId as SessionId;
	const microphone = (visit: ReturnType<typeof openVisit>) =>
		visit.actor.getSnapshot().children.media?.getSnapshot().context.microphone.intent;

	it('given a call that we may not start, when it starts, then we are in by ourselves', async () => {
		const visit = openVisit();
		visit.change({ permissions: { ...roomInfo.permissions, startCall: false } });
		await visit.send(join());
		expect(isHeld(visit)).toBe(true);
		await visit.advance(30_000);
		expect(isHeld(visit)).toBe(true);
		expect(visit.party.bodies.joined).toEqual([]);

		visit.change({ hasCall: true });
		await visit.advance(12_000);

		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given somebody who may not join at all, when nobody is in the call, then they do not wait for a start', async () => {
		const visit = openVisit();
		visit.change({ permissions: { ...roomInfo.permissions, startCall: false, joinCall: false } });
		visit.party.script('joinCall', 'call.forbidden');

		await visit.send(join());

		expect(isHeld(visit)).not.toBe(true);
	});

	it('given half an hour in front of a call, when nothing has happened, then the camera is off, and the microphone as it was', async () => {
		const visit = openVisit();
		await visit.closeLobby();
		await visit.send(join());
		expect(visit.devices.liveTracks()).toBe(2);

		await visit.advance(30 * 60_000);
		await visit.advance(10_000); // the camera is held for a moment

		expect(visit.context().isCameraPaused).toBe(true);
		expect(visit.devices.liveTracks()).toBe(1);
		expect(microphone(visit)).toBe('on');
	});

	it('given half an hour in the call, when it is over, then the camera is as it was', async () => {
		const visit = openVisit();
		await visit.send(join());

		await visit.advance(31 * 60_000);

		expect(visit.context().isCameraPaused).toBe(false);
		expect(visit.devices.liveTracks()).toBe(2);
	});

	it('given consent, when Join is pressed, then it goes with each join of the call', async () => {
		const visit = openVisit();
		visit.change({ needsRecordingConsent: true });

		await visit.send({ ...join(), consent: true });

		expect(visit.call()?.matches('joined')).toBe(true);
		await visit.send({ type: 'LEAVE' });
		await visit.send({ type: 'REJOIN' });
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given consent that is asked for since we looked, when we join, then the page is back with the question, and nothing was lost', async () => {
		const visit = openVisit();
		visit.change({ needsRecordingConsent: true });

		await visit.send(join());

		expect(visit.value()).toBe('ready');
		expect(visit.context()).toMatchObject({ room: { needsRecordingConsent: true }, call: null, name: 'Ann' });
		expect(visit.devices.liveTracks()).toBe(2);
		await visit.send({ ...join(), consent: true });
		expect(visit.call()?.matches('joined')).toBe(true);
	});

	it('given a room that is locked since we looked, when we join, then it is watched with all devices closed, until it is open', async () => {
		const visit = openVisit();
		visit.change({ isReadOnly: true });
		await visit.send(join());
		expect(visit.value()).toBe('locked');
		expect(visit.context()).toMatchObject({ error: { code: 'call.forbidden' }, call: null });
		expect(visit.devices.liveTracks()).toBe(0);
		await visit.advance(30_000);
		expect(visit.value()).toBe('locked');

		visit.change({ isReadOnly: false });
		await visit.advance(8_000);

		expect(visit.value()).toBe('ready');
		expect(visit.context().error).toBeNull();
		expect(visit.devices.liveTracks()).toBe(0);
	});

	it('given a call that we may not join in a room that is open, when it is looked at, then nothing is watched in vain', async () => {
		const visit = openVisit();
		visit.party.script('joinCall', 'call.forbidden');
		await visit.send(join());
		expect(visit.value()).toBe('refused');
		const looks = visit.party.calls.filter((call) => call === 'lookUpRoom').length;

		await visit.advance(60_000);

		expect(visit.value()).toBe('refused');
		expect(visit.party.calls.filter((call) => call === 'lookUpRoom')).toHaveLength(looks);
	});

	it('given ten others in the call, when we come, then we are muted from the start, and unmute by ourselves', async () => {
		const visit = openVisit();
		await visit.joinAll(...Array.from({ length: 10 }, (_, index) => `party${index}`));

		await visit.send(join());

		expect(visit.context().isMutedByCrowd).toBe(true);
		expect(microphone(visit)).toBe('off');
		visit.actor.getSnapshot().children.media?.send({ type: 'SET_MICROPHONE', intent: 'on' });
		await visit.settle();
		expect(visit.call()?.context.media.microphone).toBe('on');
	});

	it('given nine others in the call, when we come, then we are heard', async () => {
		const visit = openVisit();
		await visit.joinAll(...Array.from({ length: 9 }, (_, index) => `party${index}`));

		await visit.send(join());

		expect(visit.context().isMutedByCrowd).toBe(false);
		expect(microphone(visit)).toBe('on');
	});

	it('given a moderator who mutes us, when they do, then we are silent and know who it was; others are not meant', async () => {
		const visit = openVisit();
		const [ben] = await visit.joinAll('ben');
		await visit.send(join());
		const from = ben?.actor.getSnapshot().context.ownSessionId as SessionId;
		await visit.party.hear({ type: 'MUTED_BY_MODERATOR', target: from, from });
		await visit.settle();
		expect(microphone(visit)).toBe('on');

		await visit.party.hear({ type: 'MUTED_BY_MODERATOR', target: own(visit), from });
		await visit.settle();

		expect(microphone(visit)).toBe('off');
		expect(visit.context().mutedBy).toEqual({ name: 'ben', count: 1 });
		expect(visit.call()?.context.media.microphone).toBe('off');
	});

	it('given a raised hand, when a moderator lowers it, then it is down for everybody', async () => {
		const visit = openVisit();
		const [ben] = await visit.joinAll('ben');
		await visit.send(join());
		visit.context().call?.send({ type: 'RAISE_HAND' });
		await visit.settle();

		await visit.party.hear({ type: 'HAND_LOWERED_BY_MODERATOR', target: own(visit), from: own(visit) });
		await visit.settle();

		expect(visit.call()?.context.hand.state).toBe('lowered');
		expect(ben?.actor.getSnapshot().context.said[own(visit)]?.handRaisedAt).toBeNull();
	});

	it('given a place in another room, when we are sent there, then the visit goes into it with the same name and devices', async () => {
		const visit = openVisit();
		await visit.send(join());
		const there = 'breakout' as RoomToken;
		visit.change({ token: there, name: 'Group 1' });

		await visit.party.hear({ type: 'SENT_TO_ROOM', token: there });
		await visit.settle();

		expect(visit.context()).toMatchObject({ sentTo: there, input: { token: there }, room: { token: there } });
		expect(visit.call()?.matches('joined')).toBe(true);
		expect(visit.call()?.context.input.room.token).toBe(there);
		expect(visit.devices.liveTracks()).toBe(2);
	});
});
