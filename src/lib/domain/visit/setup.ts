import { assign, enqueueActions, type ActorRefFrom, type AnyActorRef } from 'xstate';
import { reconnectDelay } from '../backoff.ts';
import type { groupCallMachine } from '../call/group-call-machine.ts';
import type { GroupCallOutput } from '../call/group-call/setup.ts';
import type { SignalingSessionEvent } from '../call/signaling-session-machine.ts';
import { errorCodeOf, retryAfterMsOf, type ErrorCode } from '../errors.ts';
import { mediaOffer } from '../media/media-offer.ts';
import { isTakingPart } from '../store/next-row.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { choiceOf, mediaOf } from './foundation.ts';
import { withOtherTabs } from './other-tabs.ts';
import type { CallEngine, Found, VisitContext } from './types.ts';

/** What a server that does not say how long to wait for the next password is given. */
const throttledMs = 30_000;

/** A machine that throws leaves running what it had started: connections, and a session that the others see. */
function stopOrphansOf(call: ActorRefFrom<typeof groupCallMachine>): void {
	for (const child of Object.values(call.getSnapshot().children as Record<string, AnyActorRef>)) {
		if (child.id === 'signaling') child.send({ type: 'STOP' } satisfies SignalingSessionEvent);
		// what a parent sends to end a child, and this one no longer can
		child.send({ type: 'xstate.stop' });
	}
}

/** What a crashed tab of this browser may have left in the call, unless the tab turned out to be there. */
const ghostsOf = ({ input: { row }, isBeside }: VisitContext): SessionId[] =>
	row !== undefined && isTakingPart(row) && row.ownSessionId !== null && !isBeside ? [row.ownSessionId] : [];

/** All words of a visit's machine: those of the files beside, and how the room is found and the call comes and goes. */
export const visitSetup = withOtherTabs.extend({
	guards: {
		wantsIn: ({ context }) => context.wantsIn,
		/** With the first look only: later ones find the devices as they are. */
		isReturningWithMedia: ({ context }) => context.withMedia && context.isReturning && !context.hasLooked,
		isSettled: ({ context }) => !context.isOpening,
		isAllThere: ({ context }) => !context.isOpening && context.input.loadedEngine() !== null,
		isNotFound: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.not-found',
		/** Trying again would not change it: somebody has to switch it off at the server. */
		isEncrypted: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'call.encrypted',
		wasMovedToLobby: (_, params: { output: GroupCallOutput }) => params.output.code === 'room.lobby',
		/** A person can mend it, before Join. */
		lacksPassword: (_, params: { output: GroupCallOutput }) =>
			params.output.code === 'room.password' || params.output.code === 'server.throttled',
		wasRefused: (_, params: { output: GroupCallOutput }) => params.output.reason === 'refused'
	},
	delays: {
		secondLook: 5_000,
		/** A device prompt may never be answered: joining does not wait for ever. */
		settleTimeout: 30_000,
		retry: ({ context }) =>
			Math.max(context.pauseMs, reconnectDelay(Math.max(0, context.failures - 1), context.input.random()))
	},
	actions: {
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
			event.type === 'JOIN'
				? {
						name: event.name.trim(),
						withMedia: event.withMedia,
						passwordProblem: null,
						...(event.password !== undefined && event.password !== '' && { password: event.password })
					}
				: {}
		),
		takePasswordProblem: assign(({ context }, params: { output: GroupCallOutput }) => ({
			password: undefined,
			passwordProblem:
				params.output.code === 'server.throttled'
					? {
							kind: 'throttled' as const,
							retryAt: context.input.now() + (params.output.retryAfterMs || throttledMs)
						}
					: { kind: context.password === undefined ? ('missing' as const) : ('wrong' as const) }
		})),
		markMoved: assign({ isMoved: true }),
		takeLoadedEngine: assign(({ context }) => ({ engine: context.input.loadedEngine() })),
		takeEngine: assign((_, params: { engine: CallEngine }) => ({ engine: params.engine })),
		startCall: assign(({ context, spawn, self }) => {
			const { engine, room, server, input } = context;
			const media = mediaOf(self);
			if (engine === null || room === null || media === undefined) return {};
			const call = spawn(engine.machine, {
				systemId: 'call',
				input: {
					ports: engine.ports,
					profile: 'talkMesh',
					account: input.account,
					room,
					name: context.name,
					password: context.password,
					isHeld: context.isMoved,
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
			enqueue.assign({ call: null, isMoved: false });
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
});
