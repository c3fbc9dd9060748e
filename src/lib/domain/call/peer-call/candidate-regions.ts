import { peerCallSetup } from './setup.ts';

/**
 * Our candidates on their way out: held until the other side can know the call, then batched by one timer, sent one
 * message at a time; one that failed is sent again as it was before anything that follows it.
 */
export const outgoingCandidatesRegion = peerCallSetup.createStateConfig({
	initial: 'holding',
	on: {
		PC_CANDIDATE: { actions: 'queueCandidate' },
		PC_GATHERING_COMPLETE: { actions: 'markGatheringComplete' }
	},
	states: {
		holding: { on: { HANDED_OVER: 'flushing' } },
		idle: {
			on: {
				PC_CANDIDATE: { actions: 'queueCandidate', target: 'batching' },
				PC_GATHERING_COMPLETE: { actions: 'markGatheringComplete', target: 'flushing' }
			}
		},
		batching: {
			on: { PC_GATHERING_COMPLETE: { actions: 'markGatheringComplete', target: 'flushing' } },
			after: { batch: 'flushing' }
		},
		flushing: {
			entry: 'startFlush',
			always: [
				{ guard: 'isSignalingDown', target: 'paused' },
				{ guard: 'hasCandidatesToSend', target: 'sending' },
				{ target: 'idle' }
			]
		},
		sending: {
			entry: 'sendCandidates',
			on: {
				SEND_OK: { guard: 'isCandidateSend', actions: 'forgetInFlight', target: 'sent' },
				SEND_FAILED: { guard: 'isCandidateSend', target: 'failing' }
			}
		},
		/** The rest of this flush follows at once; what was gathered meanwhile starts the next batch. */
		sent: {
			always: [
				{ guard: 'isFlushUnfinished', target: 'sending' },
				{ guard: 'hasCandidatesToSend', target: 'batching' },
				{ target: 'idle' }
			]
		},
		/** Nothing would get through, and failures would be counted against the call. */
		paused: { on: { SIGNALING_UP: { actions: 'markSignaling', target: 'flushing' } } },
		failing: {
			always: [
				{ guard: 'candidateRetriesLeft', actions: 'countCandidateFailure', target: 'backoff' },
				{ actions: { type: 'over', params: { reason: 'signalling_timeout' } }, target: 'holding' }
			]
		},
		backoff: { after: { candidateRetry: 'flushing' } }
	}
});

const kept = { guard: 'isOurs', actions: 'bufferCandidates' } as const;

/** Their candidates on the way in: nothing reaches the browser before a remote description is applied. */
export const incomingCandidatesRegion = peerCallSetup.createStateConfig({
	initial: 'buffering',
	states: {
		buffering: {
			on: {
				REMOTE_CANDIDATES: kept,
				GATE_OPENED: [
					{ guard: 'needsAnswerFirst', target: 'awaitingAnswer' },
					{ actions: 'applyBufferedCandidates', target: 'open' }
				]
			}
		},
		/** The first check is to meet a server that has our answer. */
		awaitingAnswer: {
			on: { REMOTE_CANDIDATES: kept, HANDED_OVER: 'lettingAnswerLead' }
		},
		lettingAnswerLead: {
			on: { REMOTE_CANDIDATES: kept },
			after: { answerLead: { actions: 'applyBufferedCandidates', target: 'open' } }
		},
		open: {
			on: {
				REMOTE_CANDIDATES: [
					// theirs is an offer that waits for its turn: refused by the browser before it
					{ guard: 'hasWaitingNegotiate', actions: 'bufferCandidates' },
					{ guard: 'isFromChosenParty', actions: 'applyCandidates' },
					{ guard: 'isOurs', actions: 'dropCandidates' }
				],
				PC_CANDIDATE_REFUSED: { actions: 'warnOfRefusedCandidate' }
			}
		}
	}
});
