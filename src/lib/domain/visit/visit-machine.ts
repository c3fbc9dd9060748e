import {
	assign,
	enqueueActions,
	fromPromise,
	not,
	sendTo,
	setup,
	type ActorRefFrom,
	type AnyActorRef,
	type SnapshotFrom
} from 'xstate';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { reconnectDelay } from '../backoff.ts';
import type { groupCallMachine } from '../call/group-call-machine.ts';
import type { CallPorts, GroupCallOutput } from '../call/group-call/setup.ts';
import type { SignalingSessionEvent } from '../call/signaling-session-machine.ts';
import { errorCodeOf, retryAfterMsOf, type ErrorCode } from '../errors.ts';
import type { Capture } from '../media/capture.ts';
import { localMediaMachine } from '../media/local-media-machine.ts';
import { mediaOffer } from '../media/media-offer.ts';
import { isHeldElsewhere, isTakingPart, rejoinAfterReload } from '../store/next-row.ts';
import type { MediaChoice, OngoingCall, Preferences } from '../store/ongoing-call.ts';
import { tabActor } from '../store/tab-actor.ts';
import { tabAnswerMs, type OpenTabChannel, type TabCall, type TabMessage } from '../store/tab-channel.ts';
import type { RoomInfo, ServerInfo, TalkApi } from '../talk-api.ts';

/** What a visit has to know of its room and server. */
export type Found = { room: RoomInfo; server: ServerInfo };

export interface VisitInput {
	api: TalkApi;
	capture: Capture;
	token: RoomToken;
	/** Server and identity, as in the store of ongoing calls. */
	account: string;
	tabId: string;
	preferences: Preferences;
	/** What this browser remembers of the room. */
	row: OngoingCall | undefined;
	/** The first look at the room, under way since before this machine was loaded; used once. */
	firstLook: Promise<Found> | null;
	/** The way to the other tabs of this browser. */
	openTabs: OpenTabChannel;
	now: () => number;
	random: () => number;
	/** Loads the call engine: not part of what a person waits for before Join. */
	loadEngine: () => Promise<CallEngine>;
}

/** The call machine with its edges in place, and the ports its input needs. */
export interface CallEngine {
	machine: typeof groupCallMachine;
	ports: CallPorts;
}

export type VisitEvent =
	| { type: 'JOIN'; name: string; withMedia: boolean }
	/** The press that asks for camera and microphone. */
	| { type: 'TURN_ON' }
	| { type: 'CANCEL' }
	| { type: 'LEAVE' }
	| { type: 'REJOIN' }
	| { type: 'TRY_NOW' }
	/** The call is open in another tab, and a person wants it here. */
	| { type: 'TAKE_OVER' }
	/** A person wants to be in it here as well, as one guest more. */
	| { type: 'JOIN_BESIDE' }
	| TabMessage
	| { type: 'xstate.snapshot.media'; snapshot: SnapshotFrom<typeof localMediaMachine> }
	| { type: `xstate.done.actor.${string}`; output: GroupCallOutput }
	| { type: `xstate.error.actor.${string}`; error: unknown };

export interface VisitContext {
	input: VisitInput;
	/** The first look was used up. */
	hasLooked: boolean;
	room: RoomInfo | null;
	server: ServerInfo | null;
	name: string;
	/** Goes in as soon as it can: Join was pressed early, or the tab was only reloaded. */
	wantsIn: boolean;
	/** There is no pre-join page to go back to: straight back in after a reload, or by Rejoin. */
	isReturning: boolean;
	error: { code: ErrorCode; since: number } | null;
	failures: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** Camera and microphone are wanted; false after joining without them. */
	withMedia: boolean;
	/** Devices were asked for and have not answered. */
	isOpening: boolean;
	engine: CallEngine | null;
	/** The call under way; its machine came with the engine. */
	call: ActorRefFrom<typeof groupCallMachine> | null;
	ended: GroupCallOutput | null;
	/** Which other tab is in the call, as the row or the tab itself says; the id may be that of a copy of this one. */
	holder: string | null;
	/** The holder took the call from here. */
	wasTaken: boolean;
	/** The other tab stays in the call. */
	isBeside: boolean;
}

/** A machine that throws leaves running what it had started: connections, and a session that the others see. */
function stopOrphansOf(call: ActorRefFrom<typeof groupCallMachine>): void {
	for (const child of Object.values(call.getSnapshot().children as Record<string, AnyActorRef>)) {
		if (child.id === 'signaling') child.send({ type: 'STOP' } satisfies SignalingSessionEvent);
		// what a parent sends to end a child, and this one no longer can
		child.send({ type: 'xstate.stop' });
	}
}

/** The call of this tab, as the tabs speak of it. */
const ownCall = ({ input }: VisitContext): TabCall => ({ tabId: input.tabId, token: input.token });

/** What a crashed tab of this browser may have left in the call, unless the tab turned out to be there. */
const ghostsOf = ({ input: { row }, isBeside }: VisitContext): SessionId[] =>
	row !== undefined && isTakingPart(row) && row.ownSessionId !== null && !isBeside ? [row.ownSessionId] : [];

/** In this call: not in one that waits for a person because it is open elsewhere. */
const isHolding = ({ call }: VisitContext): boolean =>
	call !== null && !call.getSnapshot().matches({ joining: 'occupied' });

/** A device prompt may never be answered: joining does not wait for ever. */
const settleMs = 30_000;

const choiceOf = (snapshot: SnapshotFrom<typeof localMediaMachine>): MediaChoice => ({
	microphone: snapshot.context.microphone.intent,
	camera: snapshot.context.camera.intent,
	microphoneDevice: snapshot.context.microphone.opened,
	cameraDevice: snapshot.context.camera.opened
});

type Children = { media?: ActorRefFrom<typeof localMediaMachine> };

const lookUp = fromPromise<Found, VisitContext>(async ({ input: { input, hasLooked } }) => {
	if (input.firstLook !== null && !hasLooked) return input.firstLook;
	const [server, room] = await Promise.all([input.api.fetchServerInfo(), input.api.lookUpRoom(input.token)]);
	return { server, room };
});

const loadEngine = fromPromise<CallEngine, VisitInput>(({ input }) => input.loadEngine());

/**
 * One person at the link of a room: finding it, getting ready, the call, and what comes after. A reload of a tab that
 * was in the call goes straight back in.
 *
 *     askingTab → lookingUp;   elsewhere → takingOver → lookingUp: another tab is in the call, until a person decides
 *     lookingUp → ready → settling → loading → inCall → ended ⇄ (rejoin);   inCall → cancelling → ready
 *     lookingUp → lookingAgain → lost (404 twice);   troubled: the server does not answer, tries again by itself
 */
export const visitMachine = setup({
	types: {
		context: {} as VisitContext,
		input: {} as VisitInput,
		events: {} as VisitEvent
	},
	actors: { media: localMediaMachine, tabs: tabActor, lookUp, loadEngine },
	guards: {
		isHeldElsewhere: ({ context: { input } }) => isHeldElsewhere(input.row, input.tabId, input.now()),
		isHolderAlive: ({ context, event }) =>
			event.type === 'TAB_ALIVE' && event.tabId === context.holder && event.token === context.input.token,
		isAskedAboutUs: ({ context, event }) =>
			(event.type === 'TAB_ASKED' || event.type === 'TAB_TAKE_OVER') &&
			event.tabId === context.input.tabId &&
			event.token === context.input.token &&
			isHolding(context),
		isReleasedToUs: ({ context, event }) =>
			event.type === 'TAB_RELEASED' &&
			event.tabId === context.holder &&
			event.token === context.input.token &&
			event.by === context.input.tabId,
		/** A copy of this tab would be the same guest. */
		isOtherGuest: ({ context }) => context.holder !== context.input.tabId,
		wasTaken: ({ context }) => context.wasTaken,
		wantsIn: ({ context }) => context.wantsIn,
		/** With the first look only: later ones find the devices as they are. */
		isReturningWithMedia: ({ context }) => context.withMedia && context.isReturning && !context.hasLooked,
		isSettled: ({ context }) => !context.isOpening,
		isNotFound: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.not-found',
		wasRefused: (_, params: { output: GroupCallOutput }) => params.output.reason === 'refused'
	},
	delays: {
		secondLook: 5_000,
		tabAnswer: tabAnswerMs,
		/** The other tab needs 3 s at most to leave; then the server decides who is in. */
		takeOverTimeout: 5_000,
		settleTimeout: settleMs,
		retry: ({ context }) =>
			Math.max(context.pauseMs, reconnectDelay(Math.max(0, context.failures - 1), context.input.random()))
	},
	actions: {
		askHolder: enqueueActions(({ context, enqueue }) => {
			const { holder, input } = context;
			if (holder === null) return;
			enqueue.sendTo('tabs', { type: 'ASK_TAB', holder: { tabId: holder, token: input.token } });
		}),
		answerTab: enqueueActions(({ context, enqueue }) => {
			enqueue.sendTo('tabs', { type: 'ANSWER_TAB', own: ownCall(context) });
		}),
		askToLeave: enqueueActions(({ context, enqueue }) => {
			const { holder, input } = context;
			if (holder === null) return;
			enqueue.sendTo('tabs', {
				type: 'TAKE_OVER_FROM_TAB',
				holder: { tabId: holder, token: input.token },
				by: input.tabId
			});
		}),
		/** The row of the store is the other tab's from now on. */
		giveUpCall: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'TAB_TAKE_OVER' || context.call === null) return;
			enqueue.assign({ holder: event.by, wasTaken: true });
			enqueue.sendTo(context.call, { type: 'LEAVE', reason: 'replaced' });
		}),
		tellReleased: enqueueActions(({ context, enqueue, self }) => {
			const media = (self.getSnapshot().children as Children).media?.getSnapshot();
			if (!context.wasTaken || context.holder === null || media === undefined) return;
			const { microphone, camera } = choiceOf(media);
			enqueue.sendTo('tabs', {
				type: 'RELEASE_TO_TAB',
				own: ownCall(context),
				by: context.holder,
				choice: { microphone, camera }
			});
		}),
		/** As muted as it was there. */
		takeChoice: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'TAB_RELEASED') return;
			enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: event.microphone });
			enqueue.sendTo('media', { type: 'SET_CAMERA', intent: event.camera });
		}),
		forgetHolder: assign({ holder: null, wasTaken: false }),
		stayBeside: assign({ holder: null, isBeside: true }),
		takeFound: assign((_, params: Found) => ({ ...params, error: null, failures: 0 })),
		fail: assign(({ context }, params: { error: unknown }) => ({
			error: {
				code: errorCodeOf(params.error),
				since: context.error?.since ?? context.input.now()
			},
			failures: context.failures + 1,
			pauseMs: retryAfterMsOf(params.error)
		})),
		clearError: assign({ error: null }),
		markLooked: assign({ hasLooked: true }),
		takeName: assign(({ event }) =>
			event.type === 'JOIN' ? { name: event.name.trim(), withMedia: event.withMedia } : {}
		),
		chooseMedia: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'JOIN' || event.withMedia) return;
			enqueue.sendTo('media', { type: 'RELEASE' });
			enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: 'off' });
			enqueue.sendTo('media', { type: 'SET_CAMERA', intent: 'off' });
		}),
		openDevices: enqueueActions(({ enqueue }) => {
			enqueue.assign({ isOpening: true });
			enqueue.sendTo('media', { type: 'OPEN' });
		}),
		/** Unless something is open already, or opening, or was refused. */
		openIfClosed: enqueueActions(({ context, enqueue, self }) => {
			if (!context.withMedia) return;
			const { media } = self.getSnapshot().children as Children;
			if (media?.getSnapshot().matches({ devices: 'closed' }) !== true) return;
			enqueue.assign({ isOpening: true });
			enqueue.sendTo('media', { type: 'OPEN' });
		}),
		noteOpening: assign(({ event }) =>
			event.type === 'xstate.snapshot.media'
				? { isOpening: event.snapshot.matches({ devices: 'opening' }) }
				: {}
		),
		/** Privacy before politeness: devices are given back before anything is sent. */
		releaseDevices: sendTo('media', { type: 'RELEASE' }),
		takeEngine: assign((_, params: { engine: CallEngine }) => ({ engine: params.engine })),
		startCall: assign(({ context, spawn, self }) => {
			const { engine, room, server, input } = context;
			const media = (self.getSnapshot().children as Children).media?.getSnapshot();
			if (engine === null || room === null || media === undefined) return {};
			const call = spawn(engine.machine, {
				systemId: 'call',
				input: {
					ports: engine.ports,
					profile: 'talkMesh',
					account: input.account,
					room,
					name: context.name,
					password: undefined,
					tabId: input.tabId,
					media: mediaOffer(media.context),
					mediaChoice: choiceOf(media),
					consent: false,
					maxChatLength: server?.maxChatLength ?? 1_000,
					ghosts: ghostsOf(context)
				}
			});
			return { call };
		}),
		passMedia: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'xstate.snapshot.media' || context.call === null) return;
			const next = mediaOffer(event.snapshot.context);
			const known = context.call.getSnapshot().context.media;
			const isSame =
				next.version === known.version &&
				next.microphone === known.microphone &&
				next.camera === known.camera;
			if (isSame) return;
			enqueue.sendTo(context.call, { type: 'MEDIA_CHANGED', media: next, choice: choiceOf(event.snapshot) });
		}),
		leaveCall: enqueueActions(({ context, enqueue }) => {
			if (context.call !== null) enqueue.sendTo(context.call, { type: 'LEAVE' });
		}),
		takeEnd: assign((_, params: { output: GroupCallOutput }) => ({ ended: params.output })),
		takeRefusal: assign(({ context }, params: { code: ErrorCode | null }) => ({
			error: { code: params.code ?? ('server.unexpected' as const), since: context.input.now() }
		})),
		stopCall: enqueueActions(({ context, enqueue }) => {
			const { call } = context;
			if (call?.getSnapshot().status === 'error') enqueue(() => stopOrphansOf(call));
			if (call !== null) enqueue.stopChild(call);
			enqueue.assign({ call: null });
		}),
		wantIn: assign({ wantsIn: true }),
		/** Whoever has a name goes in without another press. */
		wantBackIn: assign(({ context }) => ({
			wantsIn: context.name !== '',
			isReturning: context.name !== ''
		})),
		forgetReturn: assign({ isReturning: false, wantsIn: false }),
		markReturning: assign({ isReturning: true })
	}
}).createMachine({
	id: 'visit',
	context: ({ input }) => {
		const back = rejoinAfterReload(input.row, input.tabId, input.now());
		return {
			input,
			hasLooked: false,
			room: null,
			server: null,
			name: input.preferences.name,
			wantsIn: back !== null && input.preferences.name !== '',
			isReturning: back !== null && input.preferences.name !== '',
			error: null,
			failures: 0,
			pauseMs: 0,
			// one that had no device before the reload is not asked for one after it
			withMedia: back === null || back.media.microphoneDevice !== null || back.media.cameraDevice !== null,
			isOpening: false,
			engine: null,
			call: null,
			ended: null,
			holder: input.row !== undefined && isTakingPart(input.row) ? (input.row.tabLease?.tabId ?? null) : null,
			wasTaken: false,
			isBeside: false
		};
	},
	invoke: [
		{
			src: 'media',
			id: 'media',
			onSnapshot: { actions: ['noteOpening', 'passMedia'] },
			input: ({ context: { input } }) => {
				const back = rejoinAfterReload(input.row, input.tabId, input.now())?.media ?? input.preferences;
				return {
					capture: input.capture,
					microphone: { intent: back.microphone, chosen: back.microphoneDevice },
					camera: { intent: back.camera, chosen: back.cameraDevice }
				};
			}
		},
		{ src: 'tabs', id: 'tabs', input: ({ context }) => ({ openTabs: context.input.openTabs }) }
	],
	on: {
		// however late the answer: whoever is not in yet is asked
		TAB_ALIVE: { guard: 'isHolderAlive', target: '.elsewhere' },
		// we are in no call: others may have it
		TAB_ASKED: {},
		TAB_TAKE_OVER: {},
		TAB_RELEASED: {}
	},
	initial: 'askingTab',
	states: {
		/**
		 * Another tab says that it is in this call: it is asked before anything is shown. One that was only reloaded has
		 * no time to lose; should it be a copy, the answer comes while it looks up the room.
		 */
		askingTab: {
			entry: 'askHolder',
			always: { guard: not('isHeldElsewhere'), target: 'lookingUp' },
			after: { tabAnswer: 'lookingUp' }
		},
		/** A person decides; nothing of the other tab's call is touched until then. */
		elsewhere: {
			entry: 'releaseDevices',
			on: {
				TAKE_OVER: 'takingOver',
				JOIN_BESIDE: {
					guard: 'isOtherGuest',
					target: 'lookingUp',
					actions: ['stayBeside', 'forgetReturn']
				},
				TAB_ALIVE: {}
			}
		},
		takingOver: {
			entry: ['askToLeave', 'wantBackIn'],
			on: {
				TAB_RELEASED: {
					guard: 'isReleasedToUs',
					target: 'lookingUp',
					actions: ['takeChoice', 'openIfClosed', 'forgetHolder']
				},
				TAB_ALIVE: {}
			},
			// it does not answer any more, or its version does not know how
			after: { takeOverTimeout: { target: 'lookingUp', actions: ['openIfClosed', 'forgetHolder'] } }
		},
		lookingUp: {
			exit: 'markLooked',
			initial: 'preparing',
			states: {
				/** On the way back in no press is needed. */
				preparing: {
					always: [
						{ guard: 'isReturningWithMedia', actions: 'openDevices', target: 'open' },
						{ target: 'open' }
					]
				},
				open: {}
			},
			on: {
				TURN_ON: { actions: 'openDevices' },
				JOIN: { actions: ['takeName', 'chooseMedia', 'openIfClosed', 'wantIn'] },
				CANCEL: { actions: 'forgetReturn' }
			},
			invoke: {
				src: 'lookUp',
				input: ({ context }) => context,
				onDone: [
					{
						guard: 'wantsIn',
						target: 'settling',
						actions: { type: 'takeFound', params: ({ event }) => event.output }
					},
					{ target: 'ready', actions: { type: 'takeFound', params: ({ event }) => event.output } }
				],
				onError: [
					{
						guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
						target: 'lookingAgain'
					},
					{
						target: 'troubled',
						actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
					}
				]
			}
		},
		/** A starting server may say 404 once: only the second time, from a server that answers, is believed. */
		lookingAgain: {
			initial: 'waiting',
			on: {
				TURN_ON: { actions: 'openDevices' },
				JOIN: { actions: ['takeName', 'chooseMedia', 'openIfClosed', 'wantIn'] },
				CANCEL: { actions: 'forgetReturn' }
			},
			states: {
				waiting: { after: { secondLook: 'asking' } },
				asking: {
					invoke: {
						src: 'lookUp',
						input: ({ context }) => context,
						onDone: [
							{
								guard: 'wantsIn',
								target: '#visit.settling',
								actions: { type: 'takeFound', params: ({ event }) => event.output }
							},
							{
								target: '#visit.ready',
								actions: { type: 'takeFound', params: ({ event }) => event.output }
							}
						],
						onError: [
							{
								guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
								target: '#visit.lost',
								actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
							},
							{
								target: '#visit.troubled',
								actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
							}
						]
					}
				}
			}
		},
		troubled: { on: { TRY_NOW: 'lookingUp' }, after: { retry: 'lookingUp' } },
		lost: {
			entry: ['releaseDevices', 'forgetReturn'],
			on: { TRY_NOW: { target: 'lookingUp', actions: 'clearError' } }
		},
		ready: {
			entry: 'forgetReturn',
			on: {
				TURN_ON: { actions: 'openDevices' },
				JOIN: { target: 'settling', actions: ['takeName', 'chooseMedia', 'openIfClosed', 'clearError'] }
			}
		},
		/** Join was pressed; a prompt may still be open. */
		settling: {
			always: { guard: 'isSettled', target: 'loading' },
			on: {
				CANCEL: { target: 'ready' }
			},
			after: { settleTimeout: 'loading' }
		},
		loading: {
			invoke: {
				src: 'loadEngine',
				input: ({ context }) => context.input,
				onDone: {
					target: 'inCall',
					actions: { type: 'takeEngine', params: ({ event }) => ({ engine: event.output }) }
				},
				onError: {
					target: 'ready',
					actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
				}
			},
			on: { CANCEL: 'ready' }
		},
		inCall: {
			entry: 'startCall',
			exit: 'tellReleased',
			on: {
				TAB_ASKED: { guard: 'isAskedAboutUs', actions: 'answerTab' },
				TAB_TAKE_OVER: { guard: 'isAskedAboutUs', actions: ['releaseDevices', 'giveUpCall'] },
				TAB_ALIVE: {},
				LEAVE: { actions: ['releaseDevices', 'leaveCall'] },
				CANCEL: { target: 'cancelling', actions: 'leaveCall' },
				'xstate.done.actor.*': [
					{
						guard: { type: 'wasRefused', params: ({ event }) => ({ output: event.output }) },
						target: 'refused',
						actions: [
							'stopCall',
							'releaseDevices',
							{ type: 'takeRefusal', params: ({ event }) => ({ code: event.output.code }) }
						]
					},
					{
						target: 'ended',
						actions: [
							'stopCall',
							'releaseDevices',
							{ type: 'takeEnd', params: ({ event }) => ({ output: event.output }) }
						]
					}
				],
				'xstate.error.actor.*': {
					target: 'refused',
					actions: [
						'stopCall',
						'releaseDevices',
						{ type: 'takeRefusal', params: { code: 'server.unexpected' } }
					]
				}
			}
		},
		/** The page is back before Join; the call takes the time it needs to say goodbye to the server. */
		cancelling: {
			entry: 'forgetReturn',
			on: {
				TAB_ALIVE: {},
				TURN_ON: { actions: 'openDevices' },
				JOIN: { actions: ['takeName', 'chooseMedia', 'openIfClosed', 'wantIn'] },
				CANCEL: { actions: 'forgetReturn' },
				'xstate.done.actor.*': [
					{ guard: 'wantsIn', target: 'settling', actions: 'stopCall' },
					{ target: 'ready', actions: 'stopCall' }
				],
				'xstate.error.actor.*': { target: 'ready', actions: 'stopCall' }
			}
		},
		/** The room did not let us in. */
		refused: {
			on: { TAB_ALIVE: {}, TRY_NOW: { target: 'lookingUp', actions: ['clearError', 'forgetReturn'] } }
		},
		ended: {
			on: {
				TAB_ALIVE: {},
				REJOIN: [
					{ guard: 'wasTaken', target: 'takingOver' },
					{ target: 'settling', actions: ['openIfClosed', 'markReturning'] }
				]
			}
		}
	}
});
