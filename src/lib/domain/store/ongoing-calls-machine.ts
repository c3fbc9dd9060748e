import { assign, enqueueActions, fromCallback, fromPromise, setup } from 'xstate';
import type { RoomToken } from '../../protocol/ids.ts';
import { nextRow, type CallFact } from './next-row.ts';
import type { OngoingCall, OngoingCallStore } from './ongoing-call.ts';
import {
	factOf,
	ghostOf,
	holderOf,
	isStale,
	isUnconfirmed,
	mayRing,
	recoveryOf,
	ringMaxMs,
	staleMs,
	type CallReport,
	type Ghost
} from './start-up.ts';
import { tabActor, type TabCommand } from './tab-actor.ts';
import { tabAnswerMs, type OpenTabChannel, type TabCall, type TabMessage } from './tab-channel.ts';

interface OngoingCallsPorts {
	store: OngoingCallStore;
	/**
	 * One request for all rooms. A room that is missing in the answer was not told about: what is known of it stays.
	 * Rejects when the server cannot be reached.
	 */
	listCalls: (tokens: readonly RoomToken[]) => Promise<readonly CallReport[]>;
	/** Takes the session of a crashed tab out of its call. */
	leaveFor: (ghost: Ghost) => Promise<void>;
	openTabs: OpenTabChannel;
	/** Local clock, unix milliseconds. */
	now: () => number;
	warn: (message: string, cause: unknown) => void;
}

interface OngoingCallsInput {
	ports: OngoingCallsPorts;
	/** Server and identity, as in the store. */
	account: string;
	tabId: string;
	/** Rooms to ask about beside those that have a row. */
	watched: readonly RoomToken[];
}

type OngoingCallsEvent =
	/** The page is looked at again, or the network is back. */
	| { type: 'REFRESH'; watched: readonly RoomToken[] }
	/** The server tells of a call as it begins; nothing that was stored does. */
	| { type: 'CALL_STARTED'; token: RoomToken; startedAt: number }
	| { type: 'DISMISS' | 'STOP_RINGING'; token: RoomToken }
	/** A person wants back into a call that was offered. */
	| { type: 'REJOIN'; token: RoomToken }
	| TabMessage;

interface OngoingCallsContext {
	input: OngoingCallsInput;
	rows: readonly OngoingCall[];
	/** What the server said with its last answer. */
	reports: readonly CallReport[];
	/** The server answered when it was last asked. */
	isOnline: boolean;
	/** Tabs that said that they are in the call. */
	answers: readonly TabCall[];
	/** Calls that a person may go back into. */
	offers: readonly RoomToken[];
	/** Sessions of crashed tabs that may still be in a call: not to be dialled. */
	ghosts: readonly Ghost[];
	/** Those that are taken out of their call right now. */
	leaving: readonly Ghost[];
	ringing: readonly RoomToken[];
	/** The offer that a person took. */
	rejoining: Ghost | null;
}

const isSameCall = (one: TabCall, other: TabCall) => one.tabId === other.tabId && one.token === other.token;
const isAnswered = ({ answers }: OngoingCallsContext, { token, tabLease }: OngoingCall) =>
	tabLease !== null && answers.some((answer) => isSameCall(answer, { tabId: tabLease.tabId, token }));

/** The rows as they are once the facts are written. */
function rowsAfter(
	{ rows, input }: Pick<OngoingCallsContext, 'rows' | 'input'>,
	facts: readonly { token: RoomToken; fact: CallFact }[]
): readonly OngoingCall[] {
	const next = new Map(rows.map((row) => [row.token, row]));
	for (const { token, fact } of facts) {
		const key = { account: input.account, token };
		const row = nextRow(next.get(token), fact, key, input.ports.now());
		if (row === null) next.delete(token);
		else next.set(token, row);
	}
	return [...next.values()];
}

/** Every room that the server is asked about, once. */
const askedRooms = ({ rows, input }: OngoingCallsContext): RoomToken[] => [
	...new Set([...rows.map(({ token }) => token), ...input.watched])
];

/**
 * Which calls may be going on, known from the start and without walking through rooms, and what has become of those
 * that this browser was in when it went away. Nothing is joined, and nothing rings, that a person or the server does
 * not ask for now.
 *
 *     check    reading → asking (server ∥ tabs) → recovering → finishing → resting;   REFRESH begins anew
 *     sweeper  offline → sweeping → resting, hourly
 *     rejoin   none → leavingGhost → claiming → claimed
 */
export const ongoingCallsMachine = setup({
	types: {
		context: {} as OngoingCallsContext,
		input: {} as OngoingCallsInput,
		events: {} as OngoingCallsEvent
	},
	actors: {
		tabs: tabActor,
		readRows: fromPromise<OngoingCall[], OngoingCallsInput>(({ input }) =>
			input.ports.store.listOngoing(input.account)
		),
		listCalls: fromPromise<readonly CallReport[], OngoingCallsContext>(async ({ input: context }) => {
			const rooms = askedRooms(context);
			return rooms.length === 0 ? [] : context.input.ports.listCalls(rooms);
		}),
		/** The server notices by itself when this does not get through. */
		leaveGhosts: fromPromise<unknown, { ports: OngoingCallsPorts; ghosts: readonly Ghost[] }>(
			async ({ input: { ports, ghosts } }) =>
				Promise.all(ghosts.map((ghost) => ports.leaveFor(ghost).catch(() => undefined)))
		),
		sweep: fromPromise<void, OngoingCallsPorts>(({ input: { store, now } }) => store.sweep(now() - staleMs)),
		claim: fromPromise<void, OngoingCallsContext>(async ({ input: { input, rejoining } }) => {
			if (rejoining === null) return;
			const { account, tabId, ports } = input;
			const { token } = rejoining;
			await ports.store.update([account, token], (row) =>
				nextRow(row, { fact: 'claimed', tabId }, { account, token }, ports.now())
			);
		}),
		/** Writes facts one after the other; a failure is told once and forgotten, what is shown goes on in memory. */
		writer: fromCallback<{ type: 'WRITE'; token: RoomToken; fact: CallFact }, OngoingCallsInput>(
			({ input: { ports, account }, receive }) => {
				let isWarned = false;
				let last: Promise<void> = Promise.resolve();
				receive(({ token, fact }) => {
					last = last
						.then(() =>
							ports.store.update([account, token], (row) =>
								nextRow(row, fact, { account, token }, ports.now())
							)
						)
						.catch((cause: unknown) => {
							if (!isWarned) ports.warn('a call is not remembered in this browser', cause);
							isWarned = true;
						});
				});
			}
		)
	},
	guards: {
		isOnline: ({ context }) => context.isOnline,
		hasEveryAnswer: ({ context }) =>
			context.rows.every(
				(row) => holderOf(row, context.input.ports.now()) === null || isAnswered(context, row)
			),
		hasGhostsToLeave: ({ context }) => context.leaving.length > 0,
		isOffered: ({ context, event }) => event.type === 'REJOIN' && context.offers.includes(event.token),
		ringsHere: ({ context, event }) =>
			event.type === 'CALL_STARTED' &&
			mayRing(
				context.rows.find(({ token }) => token === event.token),
				event.startedAt,
				context.input.ports.now()
			)
	},
	delays: {
		tabAnswer: tabAnswerMs,
		leaveTimeout: 3_000,
		sweepEvery: 60 * 60_000
	},
	actions: {
		watch: assign(({ context, event }) =>
			event.type === 'REFRESH' ? { input: { ...context.input, watched: event.watched } } : {}
		),
		takeRows: assign((_, params: { rows: readonly OngoingCall[] }) => ({
			rows: params.rows,
			answers: []
		})),
		/** No call now: deleted. The same call: active. Another one: it takes the place of ours. */
		takeReports: enqueueActions(({ context, enqueue }, params: { reports: readonly CallReport[] }) => {
			const facts = params.reports.map((report) => ({ token: report.token, fact: factOf(report) }));
			enqueue.assign({ rows: rowsAfter(context, facts), reports: params.reports, isOnline: true });
			for (const fact of facts) enqueue.sendTo('writer', { type: 'WRITE', ...fact });
		}),
		noteOffline: assign({ reports: [], isOnline: false }),
		askTabs: enqueueActions(({ context, enqueue }) => {
			for (const row of context.rows) {
				const holder = holderOf(row, context.input.ports.now());
				if (holder !== null) enqueue.sendTo('tabs', { type: 'ASK_TAB', holder } satisfies TabCommand);
			}
		}),
		noteAnswer: assign(({ context, event }) => {
			if (event.type !== 'TAB_ALIVE') return {};
			const { tabId, token } = event;
			// one that answers late was only busy: its call is nobody's to go back into
			return {
				answers: [...context.answers, { tabId, token }],
				offers: context.offers.filter((offer) => offer !== token),
				ghosts: context.ghosts.filter((ghost) => !isSameCall(ghost, { tabId, token }))
			};
		}),
		/** Only where the server says that the call goes on: offline nothing is known, and nothing is decided. */
		recover: enqueueActions(({ context, enqueue }) => {
			const now = context.input.ports.now();
			const found = context.rows.flatMap((row) => {
				const report = context.reports.find(({ token }) => token === row.token);
				if (report?.call == null) return [];
				const recovery = recoveryOf(row, { now, answered: isAnswered(context, row) });
				const isGone = recovery === 'none' || recovery === 'elsewhere';
				return [{ row, recovery, ghost: isGone ? null : ghostOf(row, report.call.sessions) }];
			});
			const ghosts = found.flatMap(({ ghost }) => ghost ?? []);
			/*
			 * A tab that holds a lease and does not answer may only be busy. Whoever is in a call through it stays there:
			 * only the way out that they began is gone for them, and what has been silent for longer than its lease.
			 */
			const leaving = found.flatMap(({ row, recovery, ghost }) =>
				ghost !== null && (recovery === 'finish' || holderOf(row, now) === null) ? [ghost] : []
			);
			enqueue.assign({
				offers: found.flatMap(({ row, recovery }) => (recovery === 'offer' ? [row.token] : [])),
				ghosts,
				leaving
			});
			// without a ghost there is nobody to wait for
			const facts = found
				.filter(({ recovery, ghost }) => recovery === 'give-up' || (recovery === 'finish' && ghost === null))
				.map(({ row }) => ({ token: row.token, fact: leftOf(row) }));
			enqueue.assign({ rows: rowsAfter(context, facts) });
			for (const fact of facts) enqueue.sendTo('writer', { type: 'WRITE', ...fact });
		}),
		/** Ghosts were asked to go; those on their way out are out now. */
		finish: enqueueActions(({ context, enqueue }) => {
			const facts = context.leaving.flatMap(({ token }) => {
				const row = context.rows.find((known) => known.token === token);
				return row?.own === 'leaving' ? [{ token, fact: leftOf(row) }] : [];
			});
			for (const fact of facts) enqueue.sendTo('writer', { type: 'WRITE', ...fact });
			enqueue.assign({ leaving: [], rows: rowsAfter(context, facts) });
		}),
		forgetStale: enqueueActions(({ context, enqueue }) => {
			const now = context.input.ports.now();
			const doubtful = context.rows.filter((row) => isUnconfirmed(row, now));
			const facts = doubtful.map(({ token }) => ({ token, fact: { fact: 'unconfirmed' as const } }));
			for (const params of facts) enqueue.sendTo('writer', { type: 'WRITE', ...params });
			enqueue.assign({ rows: rowsAfter(context, facts).filter((row) => !isStale(row, now)) });
		}),
		ring: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'CALL_STARTED') return;
			const { token, startedAt } = event;
			const ageMs = startedAt === 0 ? 0 : Math.max(0, context.input.ports.now() - startedAt * 1_000);
			const facts = [
				{ token, fact: { fact: 'seen' as const, startedAt, roomName: '', kind: 'video' as const } },
				{ token, fact: { fact: 'ringing' as const } }
			];
			for (const fact of facts) enqueue.sendTo('writer', { type: 'WRITE', ...fact });
			enqueue.assign({ rows: rowsAfter(context, facts), ringing: [...context.ringing, token] });
			enqueue.raise({ type: 'STOP_RINGING', token }, { delay: ringMaxMs - ageMs, id: `ring:${token}` });
		}),
		stopRinging: assign(({ context, event }) =>
			'token' in event ? { ringing: context.ringing.filter((token) => token !== event.token) } : {}
		),
		/** A call that is over, or that this browser is in, rings no longer. */
		keepRinging: assign(({ context }) => ({
			ringing: context.ringing.filter((token) =>
				context.rows.some((row) => row.token === token && row.own === 'ringing')
			)
		})),
		takeOffer: assign(({ context, event }) => {
			const row = context.rows.find((known) => event.type === 'REJOIN' && known.token === event.token);
			return row === undefined ? {} : { rejoining: ghostOf(row, null) };
		}),
		dismiss: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'DISMISS') return;
			const fact = { token: event.token, fact: { fact: 'dismissed' as const } };
			enqueue.assign({ rows: rowsAfter(context, [fact]) });
			enqueue.sendTo('writer', { type: 'WRITE', ...fact });
		})
	}
}).createMachine({
	id: 'ongoingCalls',
	context: ({ input }) => ({
		input,
		rows: [],
		reports: [],
		isOnline: false,
		answers: [],
		offers: [],
		ghosts: [],
		leaving: [],
		ringing: [],
		rejoining: null
	}),
	invoke: [
		{ src: 'tabs', id: 'tabs', input: ({ context }) => ({ openTabs: context.input.ports.openTabs }) },
		{ src: 'writer', id: 'writer', input: ({ context }) => context.input }
	],
	type: 'parallel',
	on: {
		// a check that is under way goes on; what it finds is not older than what another would find
		REFRESH: { actions: 'watch' },
		CALL_STARTED: { guard: 'ringsHere', actions: 'ring' },
		DISMISS: { actions: ['stopRinging', 'dismiss'] },
		STOP_RINGING: { actions: 'stopRinging' },
		TAB_ALIVE: { actions: 'noteAnswer' },
		// this page is in no call: whoever is answers
		TAB_ASKED: {},
		TAB_TAKE_OVER: {},
		TAB_RELEASED: {}
	},
	states: {
		check: {
			initial: 'reading',
			states: {
				/** One range of one index: no members, no history. */
				reading: {
					invoke: {
						src: 'readRows',
						input: ({ context }) => context.input,
						onDone: {
							target: 'asking',
							actions: [{ type: 'takeRows', params: ({ event }) => ({ rows: event.output }) }, 'keepRinging']
						},
						// what this page knows by itself goes on
						onError: 'asking'
					}
				},
				asking: {
					type: 'parallel',
					onDone: 'recovering',
					states: {
						server: {
							initial: 'waiting',
							states: {
								waiting: {
									invoke: {
										src: 'listCalls',
										input: ({ context }) => context,
										onDone: {
											target: 'told',
											actions: [
												{ type: 'takeReports', params: ({ event }) => ({ reports: event.output }) },
												'keepRinging'
											]
										},
										onError: { target: 'told', actions: 'noteOffline' }
									}
								},
								told: { type: 'final' }
							}
						},
						tabs: {
							initial: 'waiting',
							states: {
								waiting: {
									entry: 'askTabs',
									always: { guard: 'hasEveryAnswer', target: 'told' },
									after: { tabAnswer: 'told' }
								},
								told: { type: 'final' }
							}
						}
					}
				},
				recovering: {
					entry: 'recover',
					always: [{ guard: 'hasGhostsToLeave', target: 'finishing' }, { target: 'resting' }]
				},
				finishing: {
					invoke: {
						src: 'leaveGhosts',
						input: ({ context }) => ({ ports: context.input.ports, ghosts: context.leaving }),
						onDone: 'resting',
						onError: 'resting'
					},
					after: { leaveTimeout: 'resting' },
					exit: 'finish'
				},
				resting: { on: { REFRESH: { target: 'reading', actions: 'watch' } } }
			}
		},
		/** Offline nothing is deleted. */
		sweeper: {
			initial: 'offline',
			states: {
				offline: { always: { guard: 'isOnline', target: 'sweeping' } },
				sweeping: {
					entry: 'forgetStale',
					invoke: {
						src: 'sweep',
						input: ({ context }) => context.input.ports,
						onDone: 'resting',
						onError: 'resting'
					}
				},
				resting: { after: { sweepEvery: 'offline' } }
			}
		},
		/** On the press of a person: what is left of the old session goes, and the row becomes the one of this tab. */
		rejoin: {
			initial: 'none',
			states: {
				none: {
					on: { REJOIN: { guard: 'isOffered', target: 'leavingGhost', actions: 'takeOffer' } }
				},
				leavingGhost: {
					invoke: {
						src: 'leaveGhosts',
						input: ({ context }) => ({
							ports: context.input.ports,
							ghosts: context.rejoining === null ? [] : [context.rejoining]
						}),
						onDone: 'claiming',
						onError: 'claiming'
					},
					after: { leaveTimeout: 'claiming' }
				},
				claiming: {
					invoke: {
						src: 'claim',
						input: ({ context }) => context,
						onDone: 'claimed',
						// the page before Join then asks once more
						onError: 'claimed'
					}
				},
				/** The page goes to the call, and this machine ends with it. */
				claimed: {}
			}
		}
	}
});

/** The word of the tab that is gone: one that holds the call by now is not written over. */
const leftOf = ({ tabLease }: OngoingCall): CallFact => ({
	fact: 'left',
	...(tabLease !== null && { tabId: tabLease.tabId })
});
