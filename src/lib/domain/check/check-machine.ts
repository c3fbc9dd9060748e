import { assign, fromCallback, fromPromise, sendTo, setup } from 'xstate';
import type { NextcloudSessionId, RoomToken } from '../../protocol/ids.ts';
import type { SocketEvent } from '../signaling.ts';
import type { SignalingSettings } from '../talk-api.ts';
import {
	fine,
	judgeCapabilities,
	judgeClock,
	judgeClosedSocket,
	judgeEntry,
	judgeFeatures,
	judgeNews,
	judgePage,
	judgeRefusedHello,
	judgeRefusedRoom,
	judgeSettings,
	skipped
} from './diagnosis.ts';
import {
	probeNames,
	type CheckPorts,
	type EntryFacts,
	type Heard,
	type IceEvidence,
	type IceTarget,
	type Outcome,
	type ServerFacts,
	type SignalingFacts,
	type SocketRefusal
} from './evidence.ts';
import { iceTargets, judgeIce } from './ice.ts';

interface CheckInput {
	ports: CheckPorts;
	token: RoomToken;
	/** The guest who checks, as others in the room see it. */
	name: string;
	/** Of the page that people open. */
	isSecurePage: boolean;
}

interface CheckContext extends CheckInput {
	outcomes: readonly Outcome[];
	wantsFederation: boolean;
	skewMs: number | null;
	session: NextcloudSessionId | null;
	isInLobby: boolean;
	settings: SignalingSettings | null;
	welcomed: readonly string[];
	/** What the signaling server said without a socket; null: nobody asked. */
	plain: Heard<SignalingFacts> | null;
	/** Why the hello was refused. */
	refusedFor: string | null;
}

type SocketCommand =
	| { type: 'HELLO'; version: '1.0' | '2.0'; settings: SignalingSettings }
	| { type: 'JOIN_ROOM'; token: RoomToken; session: NextcloudSessionId };

/** The signaling server closes what has not said hello within 2 s. */
const welcomeWaitMs = 1_500;
/** Longer than the signaling server waits for the server of the rooms. */
const answerWaitMs = 12_000;
const socketWaitMs = 8_000;
const newsWaitMs = 6_000;
/** A server that holds a question this long has let us in. */
const heldMs = 1_000;

/** One guest at one link: joins as far as the room, never the call, looks at everything on the way, and leaves. */
export const checkMachine = setup({
	types: {
		context: {} as CheckContext,
		input: {} as CheckInput,
		events: {} as SocketEvent,
		output: {} as readonly Outcome[]
	},
	actors: {
		page: fromPromise<Heard<null>, CheckContext>(({ input }) => input.ports.readPage(input.token)),
		capabilities: fromPromise<Heard<ServerFacts>, CheckContext>(({ input }) =>
			input.ports.readCapabilities()
		),
		entry: fromPromise<Heard<EntryFacts>, CheckContext>(({ input }) => input.ports.enter(input.token)),
		settings: fromPromise<Heard<SignalingSettings>, CheckContext>(({ input }) =>
			input.ports.readSettings(input.token)
		),
		socket: fromCallback<SocketCommand, CheckContext, SocketEvent>(({ input, sendBack, receive }) => {
			const socket = input.ports.transport.open(input.settings?.url ?? null, sendBack);
			receive((command) => {
				if (command.type === 'HELLO') socket.hello(command.version, command.settings);
				else socket.joinRoom(command.token, command.session);
			});
			return () => {
				socket.bye();
				socket.close();
			};
		}),
		signalingByHttp: fromPromise<Heard<SignalingFacts> | null, CheckContext>(
			async ({ input: { ports, settings } }) =>
				ports.askSignaling === null || !settings?.url ? null : ports.askSignaling(settings.url)
		),
		explanation: fromPromise<SocketRefusal, CheckContext>(({ input: { ports, settings } }) =>
			ports.explainSocket(settings?.url ?? '')
		),
		rename: fromPromise<void, CheckContext>(({ input }) => input.ports.rename(input.token, input.name)),
		ice: fromPromise<{ target: IceTarget; evidence: IceEvidence }[], CheckContext>(({ input }) =>
			Promise.all(
				iceTargets(input.settings?.iceServers ?? []).map(async (target) => ({
					target,
					evidence: await input.ports.probeIce(target)
				}))
			)
		),
		leave: fromPromise<void, CheckContext>(({ input }) => input.ports.leave(input.token))
	},
	guards: {
		isAnswer: (_, params: Heard<unknown>) => params.kind === 'answer',
		hasSocket: ({ context }) => context.settings?.url !== null,
		needsNoWelcome: ({ context }) => context.settings?.helloV2 === null,
		/** What came before the new name may be what every newcomer is told, or of somebody else. */
		isOwnNews: ({ context, event }) =>
			event.type === 'PARTICIPANTS_CHANGED' &&
			event.participants.some(({ name }) => name === undefined || name === context.name)
	},
	delays: {
		welcomeWait: welcomeWaitMs,
		answerWait: answerWaitMs,
		socketWait: socketWaitMs,
		newsWait: newsWaitMs,
		held: heldMs
	},
	actions: {
		note: assign(({ context }, params: Outcome | readonly Outcome[]) => ({
			outcomes: inOrder([...context.outcomes, ...('probe' in params ? [params] : params)])
		})),
		takeSkew: assign((_, params: Heard<unknown>) =>
			params.kind === 'answer' && params.skewMs !== null ? { skewMs: params.skewMs } : {}
		),
		takeServer: assign((_, params: Heard<ServerFacts>) =>
			params.kind === 'answer' ? { wantsFederation: params.value.wantsFederation } : {}
		),
		takeSession: assign((_, params: Heard<EntryFacts>) =>
			params.kind === 'answer'
				? { session: params.value.nextcloudSessionId, isInLobby: params.value.isInLobby }
				: {}
		),
		takeSettings: assign((_, params: Heard<SignalingSettings>) =>
			params.kind === 'answer' ? { settings: params.value } : {}
		),
		takeWelcome: assign(({ event }) =>
			event.type === 'WELCOME_RECEIVED' ? { welcomed: event.features } : {}
		),
		takePlain: assign((_, params: { plain: Heard<SignalingFacts> | null }) => params),
		refuseHello: assign(({ context }, params: { code: string }) => ({
			refusedFor: params.code,
			outcomes: inOrder([...context.outcomes, judgeRefusedHello(params.code)])
		})),
		refuseRoom: assign(({ context }, params: { code: string }) => ({
			outcomes: inOrder([...context.outcomes, judgeRefusedRoom(params.code, context.isInLobby)])
		})),
		sayHello: sendTo('socket', ({ context: { settings, welcomed } }) => {
			if (!settings) throw new Error('hello without settings');
			const version = settings.helloV2 !== null && welcomed.includes('hello-v2') ? '2.0' : '1.0';
			return { type: 'HELLO', version, settings } satisfies SocketCommand;
		}),
		joinRoom: sendTo('socket', ({ context }) => {
			if (!context.session) throw new Error('joining without a session');
			return { type: 'JOIN_ROOM', token: context.token, session: context.session } satisfies SocketCommand;
		}),
		/** Whatever could not be looked at is said to be so: no row is missing. */
		skipTheRest: assign(({ context }) => ({
			outcomes: inOrder([
				...context.outcomes,
				...probeNames
					.filter((name) => !context.outcomes.some(({ probe }) => probe === name))
					.map((name) => skipped(name))
			])
		})),
		judgeClock: assign(({ context }) => ({
			outcomes: inOrder([
				...context.outcomes,
				judgeClock(
					context.skewMs,
					context.plain?.kind === 'answer' ? context.plain.skewMs : null,
					context.refusedFor
				)
			])
		}))
	}
}).createMachine({
	id: 'check',
	context: ({ input }) => ({
		...input,
		outcomes: [],
		wantsFederation: false,
		skewMs: null,
		session: null,
		isInLobby: false,
		settings: null,
		welcomed: [],
		plain: null,
		refusedFor: null
	}),
	output: ({ context }) => context.outcomes,
	initial: 'page',
	states: {
		page: {
			invoke: {
				src: 'page',
				input: ({ context }) => context,
				onDone: {
					// the page and the API may come from different servers behind one proxy
					target: 'capabilities',
					actions: { type: 'note', params: ({ event }) => judgePage(event.output) }
				}
			}
		},
		capabilities: {
			invoke: {
				src: 'capabilities',
				input: ({ context }) => context,
				onDone: [
					{
						guard: { type: 'isAnswer', params: ({ event }) => event.output },
						target: 'entry',
						actions: [
							{ type: 'note', params: ({ event }) => judgeCapabilities(event.output) },
							{ type: 'takeSkew', params: ({ event }) => event.output },
							{ type: 'takeServer', params: ({ event }) => event.output }
						]
					},
					{
						target: 'over',
						actions: { type: 'note', params: ({ event }) => judgeCapabilities(event.output) }
					}
				]
			}
		},
		entry: {
			invoke: {
				src: 'entry',
				input: ({ context }) => context,
				onDone: [
					{
						guard: { type: 'isAnswer', params: ({ event }) => event.output },
						target: 'settings',
						actions: [
							{ type: 'note', params: ({ event }) => judgeEntry(event.output) },
							{ type: 'takeSession', params: ({ event }) => event.output }
						]
					},
					{
						target: 'over',
						actions: [{ type: 'note', params: ({ event }) => judgeEntry(event.output) }, 'judgeClock']
					}
				]
			}
		},
		settings: {
			invoke: {
				src: 'settings',
				input: ({ context }) => context,
				onDone: [
					{
						guard: { type: 'isAnswer', params: ({ event }) => event.output },
						target: 'paths',
						actions: [
							{ type: 'takeSettings', params: ({ event }) => event.output },
							{
								type: 'note',
								params: ({ context, event }) => judgeSettings(event.output, context.isSecurePage)
							}
						]
					},
					{
						target: 'leaving',
						actions: {
							type: 'note',
							params: ({ context, event }) => judgeSettings(event.output, context.isSecurePage)
						}
					}
				]
			}
		},
		paths: {
			type: 'parallel',
			onDone: 'leaving',
			states: {
				ice: {
					initial: 'asking',
					states: {
						asking: {
							invoke: {
								src: 'ice',
								input: ({ context }) => context,
								onDone: {
									target: 'done',
									actions: {
										type: 'note',
										params: ({ context, event }) =>
											judgeIce(event.output, context.ports.now() + (context.skewMs ?? 0))
									}
								}
							}
						},
						done: { type: 'final' }
					}
				},
				signaling: {
					initial: 'asking',
					states: {
						/** Before the socket: it tells version and clock to whoever asks, and then, why a socket does not open. */
						asking: {
							invoke: {
								src: 'signalingByHttp',
								input: ({ context }) => context,
								onDone: {
									target: 'line',
									actions: { type: 'takePlain', params: ({ event }) => ({ plain: event.output }) }
								}
							}
						},
						line: {
							invoke: { id: 'socket', src: 'socket', input: ({ context }) => context },
							initial: 'opening',
							onDone: 'done',
							states: {
								opening: {
									on: {
										SOCKET_OPENED: [
											{
												guard: 'hasSocket',
												target: 'welcoming',
												actions: { type: 'note', params: fine('socket') }
											},
											{
												target: 'joiningByPull',
												actions: {
													type: 'note',
													params: [skipped('socket'), skipped('hello'), skipped('features')]
												}
											}
										],
										SOCKET_CLOSED: 'explaining'
									},
									after: {
										socketWait: {
											target: 'done',
											actions: {
												type: 'note',
												params: ({ context: { plain } }) =>
													judgeClosedSocket({ status: null, why: 'timeout' }, plain)
											}
										}
									}
								},
								explaining: {
									invoke: {
										src: 'explanation',
										input: ({ context }) => context,
										onDone: {
											target: 'done',
											actions: {
												type: 'note',
												params: ({ context, event }) => judgeClosedSocket(event.output, context.plain)
											}
										}
									}
								},
								welcoming: {
									always: { guard: 'needsNoWelcome', target: 'greeting' },
									on: {
										WELCOME_RECEIVED: { target: 'greeting', actions: 'takeWelcome' },
										SOCKET_CLOSED: {
											target: 'done',
											actions: { type: 'refuseHello', params: { code: 'closed' } }
										}
									},
									after: { welcomeWait: 'greeting' }
								},
								greeting: {
									entry: 'sayHello',
									on: {
										WELCOME_RECEIVED: {},
										HELLO_ACCEPTED: {
											target: 'joining',
											actions: [
												{ type: 'note', params: fine('hello') },
												{
													type: 'note',
													params: ({ context, event }) =>
														judgeFeatures(event.features, versionOf(context), context.wantsFederation)
												}
											]
										},
										HELLO_REFUSED: {
											target: 'done',
											actions: { type: 'refuseHello', params: ({ event }) => event }
										},
										SERVER_SAID_BYE: {
											target: 'done',
											actions: { type: 'refuseHello', params: ({ event }) => ({ code: event.reason }) }
										},
										SOCKET_CLOSED: {
											target: 'done',
											actions: { type: 'refuseHello', params: { code: 'closed' } }
										}
									},
									after: {
										answerWait: {
											target: 'done',
											actions: { type: 'refuseHello', params: { code: 'timeout' } }
										}
									}
								},
								joining: {
									entry: 'joinRoom',
									on: {
										ROOM_JOINED: { target: 'hearing', actions: { type: 'note', params: fine('room') } },
										ROOM_REFUSED: {
											target: 'done',
											actions: { type: 'refuseRoom', params: ({ event }) => event }
										},
										SERVER_SAID_BYE: {
											target: 'done',
											actions: { type: 'refuseRoom', params: ({ event }) => ({ code: event.reason }) }
										},
										SOCKET_CLOSED: {
											target: 'done',
											actions: { type: 'refuseRoom', params: { code: 'closed' } }
										}
									},
									after: {
										answerWait: {
											target: 'done',
											actions: { type: 'refuseRoom', params: { code: 'timeout' } }
										}
									}
								},
								/** No other server is involved, so there are no news on the way from one to the other. */
								joiningByPull: {
									entry: 'joinRoom',
									on: {
										ROOM_JOINED: {
											target: 'done',
											actions: { type: 'note', params: [fine('room'), skipped('news')] }
										},
										ROOM_REFUSED: {
											target: 'done',
											actions: { type: 'refuseRoom', params: ({ event }) => event }
										},
										SOCKET_CLOSED: {
											target: 'done',
											actions: { type: 'refuseRoom', params: { code: 'closed' } }
										}
									},
									after: {
										held: {
											target: 'done',
											actions: { type: 'note', params: [fine('room'), skipped('news')] }
										}
									}
								},
								/** The new name goes to the server of the rooms, from there to the signaling server, and from there to us. */
								hearing: {
									invoke: { src: 'rename', input: ({ context }) => context, onError: {} },
									on: {
										PARTICIPANTS_CHANGED: {
											guard: 'isOwnNews',
											target: 'done',
											actions: { type: 'note', params: judgeNews(true) }
										},
										SOCKET_CLOSED: {
											target: 'done',
											actions: { type: 'note', params: judgeNews(false) }
										}
									},
									after: {
										newsWait: {
											target: 'done',
											actions: { type: 'note', params: judgeNews(false) }
										}
									}
								},
								done: { type: 'final' }
							}
						},
						done: { type: 'final' }
					}
				}
			}
		},
		leaving: {
			entry: 'judgeClock',
			invoke: { src: 'leave', input: ({ context }) => context, onDone: 'over', onError: 'over' }
		},
		over: { type: 'final', entry: 'skipTheRest' }
	}
});

const inOrder = (outcomes: readonly Outcome[]): Outcome[] =>
	[...outcomes].sort((one, other) => probeNames.indexOf(one.probe) - probeNames.indexOf(other.probe));

const versionOf = ({ plain }: CheckContext): string => (plain?.kind === 'answer' ? plain.value.version : '');
