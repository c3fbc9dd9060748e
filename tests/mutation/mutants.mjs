/**
 * Machines broken on purpose, one line each: if no row of the call semantics went red, that row would be worth nothing.
 * `kills` lists exactly the rows that must go red; all others must stay green.
 * @type {{ name: string, file: string, find: string, replace: string, why: string, kills: string[] }[]}
 */
export const mutants = [
	{
		name: 'invite-lives-for-ever',
		why: 'an unanswered invite is never given up',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "after: { inviteLifetime: { actions: { type: 'over', params: { reason: 'invite_timeout' } } } },",
		replace: '',
		kills: ['C12', 'J09', 'J10', 'J25']
	},
	{
		name: 'invite-sent-again-without-bound',
		why: 'a transport that fails is asked for ever',
		file: 'src/lib/domain/call/peer-call/foundation.ts',
		find: 'context.setupSendFailures < 2',
		replace: 'context.setupSendFailures < 99',
		kills: ['C11', 'D09']
	},
	{
		name: 'completed-is-not-connected',
		why: 'ICE may jump to completed',
		file: 'src/lib/domain/call/peer-call/facts.ts',
		find: "new Set(['connected', 'completed'])",
		replace: "new Set(['connected'])",
		kills: ['C20']
	},
	{
		name: 'connected-before-the-answer-left',
		why: 'ICE may be up before the answer was handed over',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "sendingAnswer: {\n\t\t\t\t\tinitial: 'gathering',",
		replace:
			"sendingAnswer: {\n\t\t\t\t\talways: { guard: ({ context }) => context.isIceUp, target: '#peerCall.open.alive.phase.connected' },\n\t\t\t\t\tinitial: 'gathering',",
		kills: ['D08']
	},
	{
		name: 'rings-from-now',
		why: 'the age of an invite counts',
		file: 'src/lib/domain/call/peer-call/description-actions.ts',
		find: 'ringMs: Math.max(0, event.lifetimeMs - event.ageMs)',
		replace: 'ringMs: event.lifetimeMs',
		kills: ['D05']
	},
	{
		name: 'every-party-is-the-chosen-one',
		why: 'candidates of a device that was not chosen',
		file: 'src/lib/domain/call/peer-call/candidate-actions.ts',
		find: "candidatesOf(context, context.chosenParty ?? '').filter(isUsable)",
		replace: 'Object.values(context.incoming).flat().filter(isUsable)',
		kills: ['C15', 'E11']
	},
	{
		name: 'candidates-before-the-description',
		why: 'the bug of the known clients: flushed when the answer arrives',
		file: 'src/lib/domain/call/peer-call/phase-region.ts',
		find: "REMOTE_ANSWER: { guard: 'isOurs', actions: 'chooseParty', target: 'applyingAnswer' }",
		replace:
			"REMOTE_ANSWER: { guard: 'isOurs', actions: ['chooseParty', 'openGate'], target: 'applyingAnswer' }",
		kills: ['E11']
	},
	{
		name: 'silent-end-mark',
		why: 'an end mark with nothing before it',
		file: 'src/lib/domain/call/peer-call/foundation.ts',
		find: "context.inFlight.length > 0 || context.outgoing.length > 0 || context.endMark === 'due'",
		replace: 'context.inFlight.length > 0 || context.outgoing.length > 0',
		kills: ['C06', 'D07', 'E02', 'E06', 'E07', 'E19']
	},
	{
		name: 'restarts-never-forgiven',
		why: 'a connection that came back has all its restarts again',
		file: 'src/lib/domain/call/peer-call/description-actions.ts',
		find: 'markIceUp: assign({ isIceUp: true, restarts: 0 })',
		replace: 'markIceUp: assign({ isIceUp: true })',
		kills: ['F08']
	},
	{
		name: 'answerer-restarts-ice',
		why: "in Talk's mesh only the offering side restarts",
		file: 'src/lib/domain/call/peer-call/facts.ts',
		find: "(isNative(context) || (context.input.profile === 'talkMesh' && !isPolite(context)))",
		replace: "(isNative(context) || context.input.profile === 'talkMesh')",
		kills: ['F12']
	},
	{
		name: 'hangs-up-what-nobody-knows',
		why: 'no hangup before anything was handed over',
		file: 'src/lib/domain/call/peer-call/facts.ts',
		find: 'context.isHandedOver || context.wasRemoteHeard;',
		replace: 'true;',
		kills: ['C08', 'C09', 'H01', 'H07', 'H09', 'J02', 'J03']
	},
	{
		name: 'unknown-reasons-believed',
		why: 'an unknown reason counts as unknown_error',
		file: 'src/lib/domain/call/end-reason.ts',
		find: "return known.has(text) ? (text as EndReason) : 'unknown_error';",
		replace: 'return text as EndReason;',
		kills: ['H06', 'M20']
	},
	{
		name: 'larger-call-id-survives',
		why: 'both sides have to name the smaller one',
		file: 'src/lib/domain/call/glare.ts',
		find: 'invite.callId < current.callId',
		replace: 'invite.callId > current.callId',
		kills: ['J01', 'J04', 'J05', 'J06', 'J07', 'J08', 'J09', 'J16', 'J17', 'J18', 'M18', 'M23']
	},
	{
		name: 'late-invites-taken-for-new',
		why: 'an invite that was overtaken is stale',
		file: 'src/lib/domain/call/glare.ts',
		find: 'invite.callSeq <= known.highestSeq',
		replace: 'invite.callSeq < 0',
		kills: ['J06', 'J13', 'J14']
	},
	{
		name: 'designated-side-yields-too',
		why: "Talk's crossed offers: one side has to keep its own",
		file: 'src/lib/domain/call/glare.ts',
		find: "known.designated ? 'keepOurs' : 'yieldWithLimbo'",
		replace: "'yieldWithLimbo'",
		kills: ['J20', 'J21']
	},
	{
		name: 'both-are-impolite',
		why: 'one side of a negotiation glare has to roll back',
		file: 'src/lib/domain/call/peer-call/foundation.ts',
		find: "isPoliteOffer: ({ context, event }) => isPolite(context) && isNegotiate(context, event, 'offer'),",
		replace: 'isPoliteOffer: () => false,',
		kills: ['H13', 'J18', 'K03', 'K04', 'K07', 'K22']
	},
	{
		name: 'pending-change-forgotten',
		why: 'a change that came during a negotiation needs another round',
		file: 'src/lib/domain/call/peer-call/description-actions.ts',
		find: 'markNegotiationPending: assign({ negotiationPending: true })',
		replace: 'markNegotiationPending: assign({ negotiationPending: false })',
		kills: ['C22', 'D07', 'F14', 'H07', 'H13', 'J18', 'K04', 'K07', 'K08', 'K15', 'K16']
	},
	{
		name: 'unknown-purposes-shown',
		why: 'what is not described is parked',
		file: 'src/lib/domain/call/remote-streams.ts',
		find: 'live.filter((stream) => wordOf(stream)?.purpose === purpose)',
		replace:
			"live.filter((stream) => wordOf(stream)?.purpose === purpose || (purpose === 'usermedia' && !['screenshare', undefined].includes(wordOf(stream)?.purpose)))",
		kills: ['L01', 'L03', 'L04']
	},
	{
		name: 'streams-never-go',
		why: 'a stream goes with its last track',
		file: 'src/lib/domain/call/remote-streams.ts',
		find: '.filter(({ audio, video }) => audio || video);\n\n/** Adds',
		replace: ';\n\n/** Adds',
		kills: ['L20']
	},
	{
		name: 'too-many-dials',
		why: 'four set-ups at once, no more',
		file: 'src/lib/domain/call/group-call/following.ts',
		find: 'mesh: 4, native: 4',
		replace: 'mesh: 40, native: 40',
		kills: ['M09']
	},
	{
		name: 'one-more-early-signal',
		why: 'buffers have bounds',
		file: 'src/lib/domain/call/early-messages.ts',
		find: 'perSession: 64',
		replace: 'perSession: 65',
		kills: ['M13']
	},
	{
		name: 'a-gap-blocks',
		why: 'a number that never comes is given up',
		file: 'src/lib/domain/call/seq-gate.ts',
		find: 'if (line === undefined || line.waiting.length === 0) return null;',
		replace: 'return null;',
		kills: ['M17']
	},
	{
		name: 'numbers-shared-by-calls',
		why: 'each call counts for itself',
		file: 'src/lib/domain/call/seq-gate.ts',
		find: '({ callId, partyId }) => callId === signal.callId && partyId === signal.partyId',
		replace: '({ partyId }) => partyId === signal.partyId',
		kills: ['J04', 'J05', 'J07', 'J08', 'J09', 'J10', 'J11', 'J16', 'J17', 'J18', 'M18', 'M23']
	},
	{
		name: 'own-part-outlives-its-call',
		why: 'another start time is another call',
		file: 'src/lib/domain/store/next-row.ts',
		find: "own: 'none', ownSessionId: null, tabLease: null }",
		replace: '}',
		kills: ['P07', 'P08']
	},
	{
		name: 'camera-torn-off',
		why: 'the last frame is black, and a second thought costs no prompt',
		file: 'src/lib/domain/media/local-media-machine.ts',
		find: 'cameraRelease: cameraReleaseMs,',
		replace: 'cameraRelease: 0,',
		kills: ['L07', 'L08']
	},
	{
		name: 'fourth-retry',
		why: 'three retries, no more',
		file: 'src/lib/domain/call/end-reason.ts',
		find: 'once.has(reason) ? 1 : 3;',
		replace: 'once.has(reason) ? 1 : (4 as 3);',
		kills: ['M20']
	}
];
