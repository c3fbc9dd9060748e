import { assign, enqueueActions } from 'xstate';
import { withDescriptions } from './description-actions.ts';
import { ownMetadata, sending, sendingAgain } from './outgoing.ts';

/** What is said to the other side, but for candidates; and what becomes of it on the way. */
export const withMessages = withDescriptions.extend({
	actions: {
		/** `params` says what; the id is remembered where the result is waited for. Entered again, it is the same message. */
		sendSetup: enqueueActions(({ context, enqueue }, params: { kind: 'invite' | 'answer' }) => {
			const { localDescription: description, setupSignal } = context;
			if (description === null) return;
			if (setupSignal !== null) {
				const { command, patch } = sendingAgain(context, setupSignal);
				enqueue.assign({ ...patch, setupSendId: command.id });
				enqueue.sendTo('transport', command);
				return;
			}
			const metadata = ownMetadata(context);
			const { callSeq } = context.input;
			const said = { description, metadata, ...(callSeq === undefined ? {} : { callSeq }) };
			const { command, patch } = sending(
				context,
				params.kind === 'invite'
					? { ...said, kind: 'invite', lifetimeMs: context.timings.inviteLifetimeMs }
					: { ...said, kind: 'answer' }
			);
			enqueue.assign({
				...patch,
				setupSendId: command.id,
				setupSignal: command.signal,
				announced: metadata,
				isHandedOver: true
			});
			enqueue.sendTo('transport', command);
		}),
		countSetupFailure: assign({ setupSendFailures: ({ context }) => context.setupSendFailures + 1 }),
		sendNegotiate: enqueueActions(({ context, enqueue }) => {
			const { localDescription: description } = context;
			if (description === null) return;
			const metadata = ownMetadata(context);
			const lifetimeMs = context.timings.negotiateTimeoutMs;
			const { nextSeq, remoteOfferSeq } = context;
			const isOffer = description.type === 'offer';
			const { command, patch } = sending(context, {
				kind: 'negotiate',
				description,
				metadata,
				lifetimeMs,
				...(isOffer || remoteOfferSeq === null ? {} : { answersSeq: remoteOfferSeq })
			});
			enqueue.assign({ ...patch, announced: metadata, ...(isOffer ? { offerSeq: nextSeq } : {}) });
			enqueue.sendTo('transport', command);
		}),
		sendSelectAnswer: enqueueActions(({ context, enqueue }) => {
			const { chosenParty } = context;
			if (context.input.profile !== 'native' || typeof chosenParty !== 'string') return;
			const { command, patch } = sending(context, { kind: 'select_answer', selectedPartyId: chosenParty });
			enqueue.assign(patch);
			enqueue.sendTo('transport', command);
		}),
		sendMetadata: enqueueActions(({ context, enqueue }) => {
			const metadata = ownMetadata(context);
			const { command, patch } = sending(context, { kind: 'metadata', metadata });
			enqueue.assign({ ...patch, announced: metadata });
			enqueue.sendTo('transport', command);
		}),
		sendEnding: enqueueActions(({ context, enqueue }) => {
			const reason = context.end?.reason ?? 'user_hangup';
			const { command, patch } = sending(
				context,
				context.end?.how === 'reject' ? { kind: 'reject' } : { kind: 'hangup', reason }
			);
			enqueue.assign({ ...patch, endingSendId: command.id });
			enqueue.sendTo('transport', command);
		}),

		forgetSend: assign(({ context, event }) =>
			event.type === 'SEND_OK' || event.type === 'SEND_FAILED'
				? { unacknowledged: context.unacknowledged.filter(({ sendId }) => sendId !== event.id) }
				: {}
		),
		markSendFailed: assign(({ context, event }) =>
			event.type === 'SEND_FAILED'
				? {
						unacknowledged: context.unacknowledged.map((waiting) =>
							waiting.sendId === event.id
								? { ...waiting, failures: waiting.failures + 1, state: 'failed' as const }
								: waiting
						)
					}
				: {}
		),
		/** Everything that failed, in the order of its numbers. */
		resend: enqueueActions(({ context, enqueue }) => {
			let { lastSendId } = context;
			const unacknowledged = context.unacknowledged.map((waiting) => {
				if (waiting.state === 'sent') return waiting;
				const { command } = sendingAgain({ ...context, lastSendId }, waiting.signal);
				lastSendId = command.id;
				enqueue.sendTo('transport', command);
				return { ...waiting, sendId: command.id, state: 'sent' as const };
			});
			enqueue.assign({ lastSendId, unacknowledged });
		}),
		/** Given up or overtaken: an answer to it would come too late. */
		withdrawOffer: assign(({ context }) => ({
			unacknowledged: context.unacknowledged.filter(
				({ signal }) => signal.kind !== 'negotiate' || signal.description.type !== 'offer'
			)
		})),
		/** What was said right before an outage may be lost with it: the mute state is told once more after one. */
		markSignaling: assign(({ context, event }) =>
			event.type === 'SIGNALING_UP'
				? { isSignalingUp: true, ...(context.isSignalingUp ? {} : { announced: null }) }
				: event.type === 'SIGNALING_DOWN'
					? { isSignalingUp: false }
					: {}
		)
	}
});
