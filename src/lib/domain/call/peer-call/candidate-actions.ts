import { assign, enqueueActions } from 'xstate';
import { buffered, earlyPartiesMax, endMark, isEndMark, isUsable } from '../candidates.ts';
import { candidatesOf, partyOf } from './facts.ts';
import { withMessages } from './message-actions.ts';
import { sending, sendingAgain } from './outgoing.ts';

/** How many warnings one call keeps for its log. */
const warningsMax = 20;

/** Candidates, ours on their way out and theirs on the way in. */
export const withCandidates = withMessages.extend({
	actions: {
		/** One more after the end means that gathering has begun again, by an ICE restart of either side. */
		queueCandidate: assign(({ context, event }) =>
			event.type === 'PC_CANDIDATE' && !isEndMark(event.candidate)
				? { outgoing: [...context.outgoing, event.candidate], endMark: 'none' as const }
				: {}
		),
		markGatheringComplete: assign(({ context }) =>
			context.timings.sendsEndMark && context.endMark === 'none' ? { endMark: 'due' as const } : {}
		),
		startFlush: assign(({ context }) => ({ toFlush: context.outgoing.length })),
		/** The message that failed, as it was; or the next one: as many as fit, the end mark last. */
		sendCandidates: enqueueActions(({ context, enqueue }) => {
			if (context.inFlightSignal !== null) {
				const { command, patch } = sendingAgain(context, context.inFlightSignal);
				enqueue.assign({ ...patch, candidateSendId: command.id });
				enqueue.sendTo('transport', command);
				return;
			}
			const batch = context.outgoing.slice(0, context.timings.candidatesPerMessage);
			const rest = context.outgoing.slice(batch.length);
			const ends =
				context.endMark === 'due' && rest.length === 0 && batch.length < context.timings.candidatesPerMessage;
			if (ends) batch.push(endMark);
			const { command, patch } = sending(context, { kind: 'candidates', candidates: batch });
			enqueue.assign({
				...patch,
				candidateSendId: command.id,
				inFlight: batch,
				inFlightSignal: command.signal,
				outgoing: rest,
				toFlush: Math.max(0, context.toFlush - batch.length),
				endMark: ends ? 'sent' : context.endMark
			});
			enqueue.sendTo('transport', command);
		}),
		forgetInFlight: assign({ inFlight: [], inFlightSignal: null, candidateFailures: 0 }),
		countCandidateFailure: assign({ candidateFailures: ({ context }) => context.candidateFailures + 1 }),

		bufferCandidates: assign(({ context, event }) => {
			if (event.type !== 'REMOTE_CANDIDATES') return {};
			const party = partyOf(event);
			const { kept, dropped } = buffered(candidatesOf(context, party), event.candidates);
			const parties = Object.entries({ ...context.incoming, [party]: kept });
			return {
				incoming: Object.fromEntries(parties.slice(-earlyPartiesMax)),
				dropped: { ...context.dropped, candidates: context.dropped.candidates + dropped }
			};
		}),
		applyBufferedCandidates: enqueueActions(({ context, enqueue }) => {
			const own = candidatesOf(context, context.chosenParty ?? '').filter(isUsable);
			if (own.length > 0) enqueue.sendTo('pc', { type: 'ADD_CANDIDATES', candidates: own });
			enqueue.assign({ incoming: {} });
		}),
		applyCandidates: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'REMOTE_CANDIDATES') return;
			const usable = event.candidates.filter(isUsable);
			if (usable.length > 0) enqueue.sendTo('pc', { type: 'ADD_CANDIDATES', candidates: usable });
		}),
		dropCandidates: assign(({ context, event }) =>
			event.type === 'REMOTE_CANDIDATES'
				? { dropped: { ...context.dropped, parties: context.dropped.parties + event.candidates.length } }
				: {}
		),
		/** Refusals are expected for the candidates of an offer that we ignore, else worth a line. */
		warnOfRefusedCandidate: assign(({ context, event }) =>
			event.type === 'PC_CANDIDATE_REFUSED' && !context.isIgnoringOffer
				? { warnings: [...context.warnings, event.message].slice(-warningsMax) }
				: {}
		),
		warn: assign({
			warnings: ({ context }, params: { text: string }) =>
				[...context.warnings, params.text].slice(-warningsMax)
		}),
		countUnexpected: assign(({ context, event }) => ({
			unexpected: { ...context.unexpected, [event.type]: (context.unexpected[event.type] ?? 0) + 1 }
		}))
	}
});
