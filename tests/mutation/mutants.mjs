/**
 * Machines broken on purpose, one line each: if no conformance row went red, that row would be worth nothing.
 * `why` is the rule that is broken. `rows` lists exactly the rows that must go red, each with what it says about that
 * rule; all others must stay green.
 * @type {{ name: string, file: string, find: string, replace: string, why: string, rows: Record<string, string> }[]}
 */
export const mutants = [
	{
		name: 'invite-lives-for-ever',
		why: 'an unanswered invite is given up after its lifetime',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "after: { inviteLifetime: { actions: { type: 'over', params: { reason: 'invite_timeout' } } } },",
		replace: '',
		rows: {
			C12: 'nobody answers in the lifetime of the invite: the call ends and the other side is told',
			J09: 'an invite that was lost has to end before its caller can meet the other side in a new attempt',
			M36: 'a media server that is away answers no invite: it has to be given up before we can come back'
		}
	},
	{
		name: 'set-up-sent-again-without-bound',
		why: 'a transport that fails is asked three times, not for ever',
		file: 'src/lib/domain/call/peer-call/foundation.ts',
		find: 'context.setupSendFailures < 2',
		replace: 'context.setupSendFailures < 99',
		rows: {
			C11: 'an invite that fails three times ends the call',
			D09: 'an answer that fails three times ends the call'
		}
	},
	{
		name: 'completed-is-not-connected',
		why: 'ICE may jump to completed',
		file: 'src/lib/domain/call/peer-call/facts.ts',
		find: "new Set(['connected', 'completed'])",
		replace: "new Set(['connected'])",
		rows: {
			C20: 'a jump to completed, without connected before, connects the call'
		}
	},
	{
		name: 'connected-before-the-answer-left',
		why: 'ICE may be up before the answer was handed over',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "sendingAnswer: {\n\t\t\t\t\tinitial: 'gathering',",
		replace:
			"sendingAnswer: {\n\t\t\t\t\talways: { guard: ({ context }) => context.isIceUp, target: '#peerCall.open.alive.phase.connected' },\n\t\t\t\t\tinitial: 'gathering',",
		rows: {
			D08: 'connected only after the answer was handed over'
		}
	},
	{
		name: 'rings-from-now',
		why: 'the age of an invite counts',
		file: 'src/lib/domain/call/peer-call/description-actions.ts',
		find: 'ringMs: Math.max(0, event.lifetimeMs - event.ageMs)',
		replace: 'ringMs: event.lifetimeMs',
		rows: {
			D05: 'an invite of 60 s that is 10 s old rings for 50 s'
		}
	},
	{
		name: 'every-party-is-the-chosen-one',
		why: 'candidates of a device that was not chosen are dropped',
		file: 'src/lib/domain/call/peer-call/candidate-actions.ts',
		find: "candidatesOf(context, context.chosenParty ?? '').filter(isUsable)",
		replace: 'Object.values(context.incoming).flat().filter(isUsable)',
		rows: {
			C15: 'who answered second is ignored, candidates included',
			E11: "of two parties' candidates only those of the chosen one are applied"
		}
	},
	{
		name: 'candidates-before-the-description',
		why: 'the gate for candidates opens when the answer is set, not when it arrives',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "REMOTE_ANSWER: { guard: 'isOurs', actions: 'chooseParty', target: 'applyingAnswer' }",
		replace:
			"REMOTE_ANSWER: { guard: 'isOurs', actions: ['chooseParty', 'openGate'], target: 'applyingAnswer' }",
		rows: {
			E11: 'candidates are applied after the description, never before it is set'
		}
	},
	{
		name: 'silent-end-mark',
		why: 'the end mark is sent although nothing is left before it',
		file: 'src/lib/domain/call/peer-call/foundation.ts',
		find: "context.inFlight.length > 0 || context.outgoing.length > 0 || context.endMark === 'due'",
		replace: 'context.inFlight.length > 0 || context.outgoing.length > 0',
		rows: {
			C06: 'the invite carries all candidates, and the end mark follows it alone',
			E06: 'with nothing left to send the end mark is sent all the same'
		}
	},
	{
		name: 'restarts-never-forgiven',
		why: 'a connection that came back has all its restarts again',
		file: 'src/lib/domain/call/peer-call/description-actions.ts',
		find: 'markIceUp: assign({ isIceUp: true, restarts: 0 })',
		replace: 'markIceUp: assign({ isIceUp: true })',
		rows: {
			F08: 'after connected the counter of restarts begins anew'
		}
	},
	{
		name: 'answerer-restarts-ice',
		why: "in Talk's mesh only the offering side restarts",
		file: 'src/lib/domain/call/peer-call/facts.ts',
		find: "(isNative(context) || (context.input.profile === 'talkMesh' && !isPolite(context)))",
		replace: "(isNative(context) || context.input.profile === 'talkMesh')",
		rows: {
			F12: 'the answerer in Talk does not restart by itself'
		}
	},
	{
		name: 'hangs-up-what-nobody-knows',
		why: 'no hangup before anything was handed over',
		file: 'src/lib/domain/call/peer-call/facts.ts',
		find: 'context.isHandedOver || context.wasRemoteHeard;',
		replace: 'true;',
		rows: {
			C08: 'a call that never got as far as an offer ends with nothing sent',
			H01: 'hung up before hand-over: no hangup on the wire',
			H07: 'HANGUP in fledgling: handled, nothing sent',
			J02: 'G2: b was not handed over, so no hangup is on the wire',
			J03: 'G3: a was not handed over, so no hangup is on the wire'
		}
	},
	{
		name: 'unknown-reasons-believed',
		why: 'an unknown reason counts as unknown_error',
		file: 'src/lib/domain/call/end-reason.ts',
		find: "return known.has(text) ? (text as EndReason) : 'unknown_error';",
		replace: 'return text as EndReason;',
		rows: {
			H06: 'an unknown reason is treated as unknown_error'
		}
	},
	{
		name: 'larger-call-id-survives-by-alphabet',
		why: 'call ids are compared by code unit: both sides have to name the same one',
		file: 'src/lib/domain/call/glare.ts',
		find: 'invite.callId < current.callId',
		replace: 'invite.callId.localeCompare(current.callId) < 0',
		rows: { J04: 'G4: the smaller id by code unit survives ("A" before "a")' }
	},
	{
		name: 'unsent-call-is-defended',
		why: 'what was not handed over yields, whatever the ids',
		file: 'src/lib/domain/call/member/setup.ts',
		find: "stage: !isHandedOver ? 'unsent'",
		replace: "stage: !isHandedOver && context.profile !== 'native' ? 'unsent'",
		rows: { J03: 'G3: A yields although a < b, since nobody knows a' }
	},
	{
		name: 'late-invites-taken-for-new',
		why: 'an invite that was overtaken is stale',
		file: 'src/lib/domain/call/glare.ts',
		find: 'invite.callSeq <= known.highestSeq',
		replace: 'invite.callSeq < 0',
		rows: {
			J06: 'G6: the late invite b is stale by its number',
			J14: 'with reordered delivery the search finds both calls lost'
		}
	},
	{
		name: 'designated-side-yields-too',
		why: "Talk's crossed offers: one side has to keep its own",
		file: 'src/lib/domain/call/glare.ts',
		find: "known.designated ? 'keepOurs' : 'yieldWithLimbo'",
		replace: "'yieldWithLimbo'",
		rows: {
			J20: 'the larger session ignores a crossing offer, else both can be lost'
		}
	},
	{
		name: 'offer-that-left-stands',
		why: 'the polite side gives way also after its own offer has left',
		file: 'src/lib/domain/call/peer-call/negotiation-region.ts',
		find: "...collisionOf('isOffer')",
		replace: "{ guard: 'isOffer', actions: 'ignoreOffer' }",
		rows: {
			J18: 'who answered in glare is polite when offers cross later',
			K03: 'N3: two offers cross, the polite side rolls back and answers',
			K22: 'changes on both sides make offers cross; each has to see the tracks of the other'
		}
	},
	{
		name: 'change-while-offering-forgotten',
		why: 'what changes while an offer is made needs another round',
		file: 'src/lib/domain/call/peer-call/negotiation-region.ts',
		find: "PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },\n\t\t\t\tPC_LOCAL_SET",
		replace: 'PC_NEGOTIATION_NEEDED: {},\n\t\t\t\tPC_LOCAL_SET',
		rows: { K15: 'makingOffer: negotiation needed means exactly one more round' }
	},
	{
		name: 'change-before-the-answer-forgotten',
		why: 'what changes before the answer is negotiated after it',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "actions: 'keepNegotiate' },\n\t\t\t\tPC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' }",
		replace: "actions: 'keepNegotiate' },\n\t\t\t\tPC_NEGOTIATION_NEEDED: {}",
		rows: {
			C22: 'video added in inviteSent is pending until the answer, then one negotiate',
			H07: 'negotiation needed in inviteSent: buffered'
		}
	},
	{
		name: 'unanswered-offer-not-repeated',
		why: 'an offer that nobody answered is rolled back and made once more',
		file: 'src/lib/domain/call/peer-call/negotiation-region.ts',
		find: "'countNegotiationFailure', 'markNegotiationPending']",
		replace: "'countNegotiationFailure']",
		rows: {
			F14: 'the offer of a restart is rolled back and retried once',
			K07: 'N7: the answer was lost, one more round',
			K08: 'N8: the offer was lost, it is offered again'
		}
	},
	{
		name: 'unknown-purposes-shown',
		why: 'what is not described is parked',
		file: 'src/lib/domain/call/remote-streams.ts',
		find: 'live.filter((stream) => wordOf(stream)?.purpose === purpose)',
		replace:
			"live.filter((stream) => wordOf(stream)?.purpose === purpose || (purpose === 'usermedia' && !['screenshare', undefined].includes(wordOf(stream)?.purpose)))",
		rows: {
			L03: 'a stream of an unknown purpose is not shown'
		}
	},
	{
		name: 'streams-never-go',
		why: 'a stream goes with its last track',
		file: 'src/lib/domain/call/remote-streams.ts',
		find: '.filter(({ audio, video }) => audio || video);\n\n/** Adds',
		replace: ';\n\n/** Adds',
		rows: {
			L20: 'with its last track the stream is dropped'
		}
	},
	{
		name: 'too-many-dials',
		why: 'four set-ups at once, no more',
		file: 'src/lib/domain/call/group-call/following.ts',
		find: 'mesh: 4, native: 4',
		replace: 'mesh: 40, native: 40',
		rows: {
			M09: 'ten members: at most four outgoing set-ups at once'
		}
	},
	{
		name: 'one-more-early-signal',
		why: 'buffers have bounds',
		file: 'src/lib/domain/call/early-messages.ts',
		find: 'perSession: 64',
		replace: 'perSession: 65',
		rows: {
			M13: 'of 65 messages for one unknown session 64 are kept'
		}
	},
	{
		name: 'a-gap-blocks',
		why: 'a number that never comes is given up',
		file: 'src/lib/domain/call/seq-gate.ts',
		find: 'if (line === undefined || line.waiting.length === 0) return null;',
		replace: 'return null;',
		rows: {
			M17: 'a gap is skipped after 5 s'
		}
	},
	{
		name: 'order-of-arrival',
		why: 'numbered signals are processed in the order of their numbers',
		file: 'src/lib/domain/call/seq-gate.ts',
		find: '.sort((one, other) => one.seq - other.seq)',
		replace: '',
		rows: {
			M15: '0, 1, 3, 4, 2 are processed as 0 to 4',
			M16: '0, 2, 4, 1, 3 are processed as 0 to 4',
			M17: 'skipped after 5 s is what never came; a number that only came late closes its gap at once'
		}
	},
	{
		name: 'own-part-outlives-its-call',
		why: 'another start time is another call',
		file: 'src/lib/domain/store/next-row.ts',
		find: "own: 'none', ownSessionId: null, tabLease: null }",
		replace: '}',
		rows: {
			P07: 'another call by its start time: own is none'
		}
	},
	{
		name: 'camera-torn-off',
		why: 'the last frame is black, and a second thought costs no prompt',
		file: 'src/lib/domain/media/local-media-machine.ts',
		find: 'cameraRelease: cameraReleaseMs,',
		replace: 'cameraRelease: 0,',
		rows: {
			L07: 'the track is stopped 120 ms after the black frame, not at once',
			L08: 'muted and unmuted within 120 ms: the track was never stopped'
		}
	},
	{
		name: 'fourth-retry',
		why: 'three retries, no more',
		file: 'src/lib/domain/call/end-reason.ts',
		find: 'once.has(reason) ? 1 : 3;',
		replace: 'once.has(reason) ? 1 : (4 as 3);',
		rows: {
			M20: 'the fourth failure is the last'
		}
	}
];
