import { createActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import { openTabBench } from '../../../../tests/support/tab-bench.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { RoostError } from '../errors.ts';
import { nextRow, tabLeaseMs, type CallFact } from './next-row.ts';
import type { MediaChoice, OngoingCall, OngoingCallStore } from './ongoing-call.ts';
import { ongoingCallsMachine } from './ongoing-calls-machine.ts';
import { ongoingCallsView } from './ongoing-calls-view.ts';
import type { CallReport, Ghost } from './start-up.ts';

const account = 'https://cloud.example';
const room = 'room' as RoomToken;
const other = 'other' as RoomToken;
const begin = 1_700_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const startedAt = begin / 1_000 - 7_200;
const media: MediaChoice = { microphone: 'on', camera: 'off', microphoneDevice: null, cameraDevice: null };

const seen = (since = startedAt): CallFact => ({
	fact: 'seen',
	startedAt: since,
	roomName: 'Room',
	kind: 'video'
});
const joining: CallFact = {
	fact: 'joining',
	roomName: 'Room',
	flags: { inCall: true, audio: true, video: false },
	media,
	tabId: 'crashed'
};
const joined: CallFact = {
	fact: 'joined',
	sessionId: 'ann-1' as SessionId,
	tabId: 'crashed',
	media,
	startedAt
};
const leaving: CallFact = { fact: 'leaving' };
const running = (over: Partial<NonNullable<CallReport['call']>> = {}): CallReport['call'] => ({
	startedAt,
	roomName: 'Room',
	kind: 'video',
	sessions: null,
	...over
});

interface StartOptions {
	/** What happened in each room, how long before the start. */
	before?: Record<string, { facts: CallFact[]; agoMs: number }>;
	/** What the server says of each room; a room that is not here it does not answer for. */
	calls?: Record<string, CallReport['call']>;
	watched?: RoomToken[];
	isOffline?: boolean;
	isStoreBroken?: boolean;
	/** The request to leave for a ghost is never answered. */
	isLeavingHeld?: boolean;
}

/** A page that starts, with a store, a server and other tabs in memory. */
function start(options: StartOptions = {}) {
	const clock = new BenchClock();
	const now = () => begin + clock.now();
	const rows = new Map<RoomToken, OngoingCall>();
	for (const [token, { facts, agoMs }] of Object.entries(options.before ?? {})) {
		const key = { account, token: token as RoomToken };
		let row: OngoingCall | undefined;
		for (const fact of facts) row = nextRow(row, fact, key, begin - agoMs) ?? undefined;
		if (row !== undefined) rows.set(key.token, row);
	}
	const asked: string[] = [];
	const left: Ghost[] = [];
	const warnings: string[] = [];
	const server = { isUp: options.isOffline !== true, calls: options.calls ?? {} };
	const guarded = () => {
		if (options.isStoreBroken === true) throw new RoostError('storage.unavailable', 'scripted');
	};
	const store: OngoingCallStore = {
		get: async ([, token]) => {
			asked.push('read one row');
			return rows.get(token);
		},
		listOngoing: async () => {
			asked.push('read rows');
			guarded();
			return [...rows.values()];
		},
		update: async ([, token], change) => {
			guarded();
			const next = change(rows.get(token));
			if (next === null) rows.delete(token);
			else rows.set(token, next);
		},
		sweep: async (olderThan) => {
			asked.push('sweep');
			for (const [token, row] of rows) {
				if (row.server !== 'active' && row.confirmedAt < olderThan) rows.delete(token);
			}
		}
	};
	const tabs = openTabBench();
	const actor = createActor(ongoingCallsMachine, {
		clock,
		input: {
			account,
			tabId: 'here',
			watched: options.watched ?? [],
			ports: {
				store,
				listCalls: async (tokens) => {
					asked.push(`list ${[...tokens].sort().join(' ')}`);
					if (!server.isUp) throw new RoostError('server.unreachable', 'scripted');
					return tokens.flatMap((token) => {
						const call = server.calls[token];
						return call === undefined ? [] : [{ token, call }];
					});
				},
				leaveFor: async (ghost) => {
					left.push(ghost);
					if (options.isLeavingHeld === true) await new Promise(() => undefined);
				},
				openTabs: tabs.open,
				now,
				warn: (message) => warnings.push(message)
			}
		}
	});
	const settle = async () => {
		for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
	};
	const advance = async (ms: number) => {
		await settle();
		clock.increment(ms);
		await settle();
	};
	/** Another tab, which says that it is in the call; `deaf` after a crash. */
	const otherTab = (tabId: string, token = room) =>
		tabs.open((message) => {
			if (message.type === 'TAB_ASKED' && message.tabId === tabId && message.token === token) {
				answering.answer({ tabId, token });
			}
		});
	const answering = tabs.open(() => undefined);
	actor.start();
	const context = () => actor.getSnapshot().context;
	return {
		actor,
		asked,
		left,
		rows,
		server,
		tabs,
		warnings,
		advance,
		settle,
		otherTab,
		now,
		context,
		row: () => rows.get(room),
		view: () => ongoingCallsView(context(), now()),
		own: () => ongoingCallsView(context(), now()).map((view) => view.own),
		matches: (check: 'reading' | 'finishing' | 'resting') => actor.getSnapshot().matches({ check })
	};
}

const crashed = (facts: CallFact[], agoMs = 1_000) => ({ [room]: { facts: [seen(), ...facts], agoMs } });

describe('what is shown', () => {
	it('P14 given 500 rooms of which 2 have rows, when the page starts, then the store is read once and the server asked once', async () => {
		const calls = Object.fromEntries(Array.from({ length: 500 }, (_, room) => [`room${room}`, running()]));
		const page = start({
			before: {
				room7: { facts: [seen()], agoMs: minute },
				room9: { facts: [seen(), joining, joined], agoMs: minute }
			},
			calls
		});
		await page.advance(300);

		expect(page.asked.filter((request) => request !== 'sweep')).toEqual(['read rows', 'list room7 room9']);
		expect(page.view()).toHaveLength(2);
		expect(page.matches('resting')).toBe(true);
	});

	it('given rows and rooms of the past, when the server is asked, then about each once, and news become rows', async () => {
		const page = start({
			before: crashed([]),
			watched: [room, other],
			calls: { [room]: running(), [other]: running({ roomName: 'Other' }) }
		});
		await page.advance(300);

		expect(page.asked).toContain('list other room');
		expect(page.rows.get(other)).toMatchObject({ server: 'active', own: 'none', roomName: 'Other' });
	});

	it('given nothing to ask about, when the page starts, then the server is left alone', async () => {
		const page = start();
		await page.advance(300);

		expect(page.asked).not.toContainEqual(expect.stringMatching(/^list/));
		expect(page.matches('resting')).toBe(true);
	});

	it('P13 given no network, when the page starts, then the calls are listed as possible and nothing is deleted or decided', async () => {
		const page = start({
			before: {
				[room]: { facts: [seen(), joining, joined], agoMs: 30 * hour },
				[other]: { facts: [joining], agoMs: 30 * hour }
			},
			isOffline: true
		});
		const before = new Map(page.rows);
		await page.advance(300);
		await page.advance(2 * hour);

		expect(page.view().map(({ state }) => state)).toEqual(['possible', 'possible']);
		expect(page.own()).toEqual(['none', 'none']);
		expect(page.rows).toEqual(before);
		expect(page.asked).not.toContain('sweep');
		expect(page.left).toEqual([]);
	});

	it('given rows of the past, when the server has not answered yet, then they are possible at once, and live when it has', async () => {
		const page = start({ before: crashed([], 5 * minute), calls: { [room]: running() } });
		const states: string[] = [];
		page.actor.subscribe(() => states.push(page.view()[0]?.state ?? 'none'));
		await page.advance(300);

		expect([...new Set(states)]).toEqual(['possible', 'live']);
	});

	it('given a call that we left, when the page starts, then it is listed once the server says that it goes on, and not before', async () => {
		const page = start({
			before: crashed([joining, joined, { fact: 'left' }]),
			calls: { [room]: running() }
		});
		const states: string[] = [];
		page.actor.subscribe(() => states.push(page.view()[0]?.state ?? 'none'));
		await page.advance(300);

		expect([...new Set(states)]).toEqual(['none', 'live']);
	});

	it('P06 given a call we were in, when it is over by the time of the restart, then the row is gone and nothing is offered', async () => {
		const page = start({ before: crashed([joining, joined]), calls: { [room]: null } });
		await page.advance(300);

		expect(page.rows.size).toBe(0);
		expect(page.view()).toEqual([]);
		expect(page.context().offers).toEqual([]);
		expect(page.left).toEqual([]);
	});

	it('P07 given a call we were in, when another runs by the time of the restart, then it takes the place of the row, and no part of it is ours', async () => {
		const page = start({
			before: crashed([joining, joined]),
			calls: { [room]: running({ startedAt: startedAt + 3_600 }) }
		});
		await page.advance(300);

		expect(page.row()).toMatchObject({ startedAt: startedAt + 3_600, own: 'none', ownSessionId: null });
		expect(page.own()).toEqual(['none']);
		expect(page.left).toEqual([]);
	});

	it('P11 given a store that fails, when the page starts, then what the server says is shown all the same, and it is told once', async () => {
		const page = start({
			watched: [room, other],
			calls: { [room]: running(), [other]: running() },
			isStoreBroken: true
		});
		await page.advance(300);

		expect(page.view().map(({ state }) => state)).toEqual(['live', 'live']);
		expect(page.warnings).toEqual(['a call is not remembered in this browser']);
	});
});

describe('after a crash', () => {
	it.each([
		['joining', [joining]],
		['joined', [joining, joined]]
	])(
		'P05 given a crash while %s, when the page starts within two minutes, then going back in is offered, and nothing is done by itself',
		async (own, facts) => {
			const page = start({ before: crashed(facts), calls: { [room]: running() } });
			await page.advance(299);
			expect(page.own()).toEqual(['none']); // the tab may still answer
			await page.advance(1);

			expect(page.own()).toEqual(['rejoin']);
			expect(page.row()?.own).toBe(own);
			expect(page.left).toEqual([]);
			expect(page.context().ghosts).toEqual([
				{ token: room, tabId: 'crashed', sessionId: own === 'joined' ? 'ann-1' : null }
			]);
		}
	);

	it('P05 given a crash while leaving, when the page starts, then the way out is gone to its end without a word', async () => {
		const page = start({ before: crashed([joining, joined, leaving]), calls: { [room]: running() } });
		await page.advance(300);

		expect(page.left).toEqual([{ token: room, tabId: 'crashed', sessionId: 'ann-1' }]);
		expect(page.row()).toMatchObject({ own: 'left', ownSessionId: null, tabLease: null });
		expect(page.own()).toEqual(['none']);
	});

	it('P05 given a way out that the server does not answer, when 3 s are over, then we are out all the same', async () => {
		const page = start({
			before: crashed([joining, joined, leaving]),
			calls: { [room]: running() },
			isLeavingHeld: true
		});
		await page.advance(300);
		await page.advance(2_999);
		expect(page.row()?.own).toBe('leaving');
		await page.advance(1);

		expect(page.row()?.own).toBe('left');
	});

	it('P05 given a crash two minutes ago or more, when the page starts, then nothing is offered, the ghost leaves and the row says left', async () => {
		const page = start({
			before: crashed([joining, joined], 2 * minute),
			calls: { [room]: running() }
		});
		await page.advance(300);

		expect(page.own()).toEqual(['none']);
		expect(page.row()?.own).toBe('left');
		expect(page.left).toEqual([{ token: room, tabId: 'crashed', sessionId: 'ann-1' }]);
	});

	it('P05 given a server that does not list our session any more, when the page starts, then there is no ghost to care for', async () => {
		const page = start({
			before: crashed([joining, joined, leaving]),
			calls: { [room]: running({ sessions: ['ben-2' as SessionId] }) }
		});
		await page.advance(300);

		expect(page.left).toEqual([]);
		expect(page.context().ghosts).toEqual([]);
		expect(page.row()?.own).toBe('left');
	});

	it('P05 given a server that still lists our session, when the page starts, then that one is the ghost', async () => {
		const page = start({
			before: crashed([joining, joined]),
			calls: { [room]: running({ sessions: ['ann-1' as SessionId] }) }
		});
		await page.advance(300);

		expect(page.context().ghosts).toMatchObject([{ sessionId: 'ann-1' }]);
	});

	it('P10 given a lease that has expired, when the page starts, then no tab is asked, and the row is an orphan', async () => {
		const page = start({
			before: crashed([joining, joined], tabLeaseMs),
			calls: { [room]: running() }
		});
		page.otherTab('crashed');
		await page.settle();

		expect(page.tabs.said).toEqual([]);
		expect(page.own()).toEqual(['rejoin']);
		expect(page.left).toHaveLength(1);
	});

	it('P10 given a lease that has not, when its tab answers, then it is none', async () => {
		const page = start({
			before: crashed([joining, joined], tabLeaseMs - 1),
			calls: { [room]: running() }
		});
		page.otherTab('crashed');
		await page.settle();

		expect(page.own()).toEqual(['elsewhere']);
		expect(page.left).toEqual([]);
	});

	it('P15 given a clock that jumped back an hour, when the page starts, then the crash counts as one of now', async () => {
		const page = start({ before: crashed([joining, joined], -hour), calls: { [room]: running() } });
		await page.advance(300);

		expect(page.own()).toEqual(['rejoin']);
		expect(page.row()?.confirmedAt).toBe(page.now() - 300);
	});

	it('given an offer, when a person takes it, then the ghost leaves first, and only then the row is the one of this tab', async () => {
		const page = start({
			before: crashed([joining, joined]),
			calls: { [room]: running() },
			isLeavingHeld: true
		});
		await page.advance(300);
		page.actor.send({ type: 'REJOIN', token: room });
		await page.settle();
		expect(page.left).toEqual([{ token: room, tabId: 'crashed', sessionId: 'ann-1' }]);
		expect(page.row()?.tabLease?.tabId).toBe('crashed');
		await page.advance(3_000);

		expect(page.row()).toMatchObject({ own: 'joined', tabLease: { tabId: 'here' }, media });
		expect(page.actor.getSnapshot().matches({ rejoin: 'claimed' })).toBe(true);
	});

	it('given a call that is not offered, when it is asked for, then nothing happens', async () => {
		const page = start({ before: crashed([]), calls: { [room]: running() } });
		await page.advance(300);
		page.actor.send({ type: 'REJOIN', token: room });
		await page.settle();

		expect(page.actor.getSnapshot().matches({ rejoin: 'none' })).toBe(true);
	});
});

describe('tabs', () => {
	it('P09 given a call in another tab, when this one starts, then it says so at once, and offers nothing', async () => {
		const page = start({ before: crashed([joining, joined]), calls: { [room]: running() } });
		page.otherTab('crashed');
		await page.settle(); // no time passes: with every answer there, nothing is waited for

		expect(page.own()).toEqual(['elsewhere']);
		expect(page.matches('resting')).toBe(true);
		expect(page.row()?.own).toBe('joined');
	});

	it('P09 given a tab that answers for another room, when this one starts, then that does not count', async () => {
		const page = start({ before: crashed([joining, joined]), calls: { [room]: running() } });
		page.tabs.open(() => undefined).answer({ tabId: 'crashed', token: other });
		await page.advance(300);

		expect(page.own()).toEqual(['rejoin']);
	});

	it('P09 given a tab that was only busy, when it answers late, then its call is offered no longer', async () => {
		const page = start({ before: crashed([joining, joined]), calls: { [room]: running() } });
		await page.advance(300);
		expect(page.own()).toEqual(['rejoin']);
		page.tabs.open(() => undefined).answer({ tabId: 'crashed', token: room });
		await page.settle();

		expect(page.own()).toEqual(['elsewhere']);
		expect(page.context().ghosts).toEqual([]);
	});

	it('given a page that is left, when its machine stops, then it listens to no tab any more', async () => {
		const page = start();
		const before = page.tabs.openTabs();
		page.actor.stop();

		expect(page.tabs.openTabs()).toBe(before - 1);
	});
});

describe('ringing', () => {
	const now = begin / 1_000;

	it('P08 given a call that was dismissed, when the page starts anew and the server tells of it, then it does not ring; another call does', async () => {
		const page = start({
			before: { [room]: { facts: [seen(now), { fact: 'dismissed' }], agoMs: 5_000 } },
			calls: { [room]: running({ startedAt: now }) }
		});
		await page.advance(300);
		page.actor.send({ type: 'CALL_STARTED', token: room, startedAt: now });
		await page.settle();
		expect(page.context().ringing).toEqual([]);
		expect(page.row()?.own).toBe('dismissed');

		page.actor.send({ type: 'CALL_STARTED', token: room, startedAt: now + 1 });
		await page.settle();
		expect(page.context().ringing).toEqual([room]);
	});

	it('P08 given a call that rings, when it is dismissed, then it stops, and the row remembers it', async () => {
		const page = start();
		await page.advance(0);
		page.actor.send({ type: 'CALL_STARTED', token: room, startedAt: now });
		await page.settle();
		expect(page.row()?.own).toBe('ringing');
		page.actor.send({ type: 'DISMISS', token: room });
		await page.settle();

		expect(page.context().ringing).toEqual([]);
		expect(page.row()).toMatchObject({ own: 'dismissed', startedAt: now });
	});

	it('P08 given a row that says ringing, when the page starts, then nothing rings by itself', async () => {
		const page = start({
			before: { [room]: { facts: [seen(now), { fact: 'ringing' }], agoMs: 1_000 } },
			calls: { [room]: running({ startedAt: now }) }
		});
		await page.advance(300);
		expect(page.context().ringing).toEqual([]);

		page.actor.send({ type: 'CALL_STARTED', token: room, startedAt: now });
		expect(page.context().ringing).toEqual([room]);
	});

	it('given a call that rings, when 45 s are over since it began, then it stops', async () => {
		const page = start();
		await page.advance(0);
		page.actor.send({ type: 'CALL_STARTED', token: room, startedAt: now - 40 });
		await page.advance(4_999);
		expect(page.context().ringing).toEqual([room]);
		await page.advance(1);

		expect(page.context().ringing).toEqual([]);
	});

	it('given a call that rings, when the server says that it is over, then it stops', async () => {
		const page = start({ calls: { [room]: null } });
		await page.advance(0);
		page.actor.send({ type: 'CALL_STARTED', token: room, startedAt: now });
		await page.settle();
		page.actor.send({ type: 'REFRESH', watched: [] });
		await page.settle();

		expect(page.context().ringing).toEqual([]);
		expect(page.rows.size).toBe(0);
	});
});

describe('the sweeper', () => {
	const old = (agoMs: number, server: 'active' | 'unknown'): { facts: CallFact[]; agoMs: number } => ({
		facts: server === 'active' ? [seen()] : [{ fact: 'dismissed' }],
		agoMs
	});

	it('P12 given a row that nobody confirmed for 25 hours, when the page starts with a network, then it is gone', async () => {
		const page = start({
			before: {
				stale: old(25 * hour, 'unknown'),
				fresh: old(23 * hour, 'unknown'),
				[room]: old(0, 'active')
			},
			calls: { [room]: running() }
		});
		await page.advance(300);

		expect([...page.rows.keys()].sort()).toEqual(['fresh', room]);
		expect(page.view().map(({ token }) => token)).toEqual([room, 'fresh']);
	});

	it('P12 given a page that stays, when hours pass, then it sweeps hourly, and a call that nobody confirms is unknown after 10 minutes', async () => {
		const page = start({
			before: { doubtful: old(0, 'active'), [room]: old(0, 'active') },
			calls: { [room]: running() }
		});
		await page.advance(300);
		expect(page.rows.get('doubtful' as RoomToken)?.server).toBe('active');
		await page.advance(hour);
		expect(page.rows.get('doubtful' as RoomToken)?.server).toBe('unknown');
		for (let hours = 1; hours < 25; hours += 1) await page.advance(hour);

		expect(page.rows.has('doubtful' as RoomToken)).toBe(false);
		expect(page.asked.filter((request) => request === 'sweep')).toHaveLength(26);
	});
});
