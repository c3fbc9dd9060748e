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
import { isAbandoned, withOtherTabs } from './other-tabs.ts';
import type { CallEngine, Found, VisitContext } from './types.ts';

/** What a server that does not say how long to wait for the next password is given. */
const throttledMs = 30_000;
/** A server that is being updated takes minutes, and wants no crowd in front of it. */
const maintenanceMs = 30_000;

/** With so many others in it a call has more than ten people. */
const crowd = 10;

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
		isReturningWithMedia: ({ context }) => context.withMedia && context.wantsIn && !context.hasLooked,
		isSettled: ({ context }) => !context.isOpening,
		isAllThere: ({ context }) => !context.isOpening && context.input.loadedEngine() !== null,
		isNotFound: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.not-found',
		/** Trying again would not change it: somebody has to switch it off at the server. */
		isEncrypted: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'call.encrypted',
		wasSent: (_, params: { output: GroupCallOutput }) => params.output.sentTo !== undefined,
		/** A person can give it, before Join. */
		lacksConsent: (_, params: { output: GroupCallOutput }) => params.output.code === 'call.consent',
		isUnstarted: (_, params: { output: GroupCallOutput }) => params.output.isUnstarted === true,
		/** Perhaps because calls are turned off in the room: that may pass. */
		isForbidden: (_, params: { output: GroupCallOutput }) => params.output.code === 'call.forbidden',
		isLocked: (_, { room, server }: Found) => room.isReadOnly || !server.callsEnabled,
		wasNeverLocked: ({ context }) =>
			context.room?.isReadOnly === false && context.server?.callsEnabled === true,
		/** Whoever comes into a call of more than ten is heard when they want to be. */
		isCrowded: ({ context, event }) =>
			event.type === 'ARRIVED' && event.others >= crowd && !context.isReturning,
		isStillWaiting: ({ context }) => {
			const call = context.call?.getSnapshot().context;
			return call !== undefined && call.joinedAt === null;
		},
		wasMovedToLobby: (_, params: { output: GroupCallOutput }) => params.output.code === 'room.lobby',
		/** A person can mend it, before Join. */
		lacksPassword: (_, params: { output: GroupCallOutput }) =>
			params.output.code === 'room.password' || params.output.code === 'server.throttled',
		wasRefused: (_, params: { output: GroupCallOutput }) => params.output.reason === 'refused'
	},
	delays: {
		secondLook: 5_000,
		/** So long after we left nobody knows who is still there. */
		oldNews: 60_000,
		/** So long in front of a call, and nobody looks at the preview any more. */
		longWait: 30 * 60_000,
		/** Between two looks at a room in which calls are turned off; not all who wait at once. */
		lockedLook: ({ context }) =>
			(context.input.isHidden?.() === true ? 20_000 : 8_000) * (0.7 + 0.6 * context.input.random()),
		/** A device prompt may never be answered: joining does not wait for ever. */
		settleTimeout: 30_000,
		retry: ({ context }) =>
			context.error?.code === 'server.maintenance'
				? maintenanceMs
				: Math.max(context.pauseMs, reconnectDelay(Math.max(0, context.failures - 1), context.input.random()))
	},
	actions: {
		takeFound: assign((_, params: Found) => ({ ...params, error: null, failures: 0 })),
		fail: assign(({ context }, params: { error: unknown }) => ({
			error: {
				code: errorCodeOf(params.error),
				since: context.error?.since ?? context.input.now()
			},
			failures: context.failures + 1,
			pauseMs: retryAfterMsOf(params.error),
			retryAt: retryAfterMsOf(params.error) === 0 ? null : context.input.now() + retryAfterMsOf(params.error)
		})),
		clearError: assign({ error: null }),
		markLooked: assign({ hasLooked: true }),
		takeName: assign(({ context, event }) =>
			event.type === 'JOIN'
				? {
						name: event.name.trim(),
						withMedia: event.withMedia,
						passwordProblem: null,
						hasConsent: event.consent ?? context.hasConsent,
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
					isAbandoned: () => isAbandoned(self.getSnapshot().context),
					tabId: input.tabId,
					media: mediaOffer(media.context),
					mediaChoice: choiceOf(media),
					consent: context.hasConsent,
					maxChatLength: server?.maxChatLength ?? 1_000,
					features: server?.features ?? [],
					ghosts: ghostsOf(context)
				}
			});
			return { call };
		}),
		leaveCall: enqueueActions(({ context, event, enqueue }) => {
			const forEveryone = event.type === 'LEAVE' && event.forEveryone === true;
			if (context.call !== null) enqueue.sendTo(context.call, { type: 'LEAVE', forEveryone });
		}),
		hearArrival: ({ context, self }) => {
			context.call?.on('ARRIVED', (arrival) => self.send(arrival));
			context.call?.on('MUTED_BY', (order) => self.send(order));
			context.call?.on('PUBLISHING_REVOKED', (revoked) => self.send(revoked));
		},
		obeyMute: enqueueActions(({ context, event, enqueue, self }) => {
			if (event.type !== 'MUTED_BY' || mediaOf(self)?.context.microphone.intent !== 'on') return;
			enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: 'off' });
			enqueue.assign({ mutedBy: { name: event.name, count: (context.mutedBy?.count ?? 0) + 1 } });
		}),
		/** Muted it stays when the room lets us send it again: that is up to a person. */
		closeRevoked: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'PUBLISHING_REVOKED') return;
			if (event.audio) enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: 'off' });
			if (event.video) enqueue.sendTo('media', { type: 'SET_CAMERA', intent: 'off' });
			if (event.screen) enqueue.sendTo('media', { type: 'STOP_SCREEN' });
		}),
		muteInCrowd: enqueueActions(({ enqueue, self }) => {
			if (mediaOf(self)?.context.microphone.intent !== 'on') return;
			enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: 'off' });
			enqueue.assign({ isMutedByCrowd: true });
		}),
		pauseCamera: enqueueActions(({ enqueue, self }) => {
			if (mediaOf(self)?.context.camera.intent !== 'on') return;
			enqueue.sendTo('media', { type: 'SET_CAMERA', intent: 'off' });
			enqueue.assign({ isCameraPaused: true });
		}),
		/** The same person, with the same devices, in another room. */
		goElsewhere: assign(({ context }, params: { output: GroupCallOutput }) => {
			const token = params.output.sentTo ?? context.input.token;
			return {
				input: { ...context.input, token, row: undefined },
				sentTo: token,
				hasLooked: true,
				room: null,
				password: undefined
			};
		}),
		/** It was asked for since we looked. */
		askConsent: assign(({ context }) => ({
			hasConsent: false,
			isReturning: false,
			wantsIn: false,
			room: context.room === null ? null : { ...context.room, needsRecordingConsent: true }
		})),
		markLocked: assign(({ context }) => ({
			error: context.error ?? { code: 'call.forbidden' as const, since: context.input.now() }
		})),
		takeEnd: assign((_, params: { output: GroupCallOutput }) => ({ ended: params.output })),
		forgetOthers: assign(({ context }) => ({
			ended: context.ended === null ? null : { ...context.ended, othersLeft: 0 }
		})),
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
