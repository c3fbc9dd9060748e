import { createActor, fromCallback, SimulatedClock, type SnapshotFrom } from 'xstate';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import { callsOf, memberMachine, type MemberInput } from '../../src/lib/domain/call/member-machine.ts';
import { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type {
	PeerCallEvent,
	PeerCallInput,
	PeerConnectionInput,
	RemoteEvent,
	SendCommand,
	SendState
} from '../../src/lib/domain/call/peer-call/setup.ts';
import type {
	IceState,
	MediaLease,
	PeerConnectionCommand,
	PeerConnectionEvent
} from '../../src/lib/domain/call/peer-connection.ts';
import { phaseOf, type PeerCallPhase } from '../../src/lib/domain/call/wait-for-phase.ts';
import type { TrackId } from '../../src/lib/domain/media/capture.ts';
import type { Candidate, PeerSignal } from '../../src/lib/domain/signaling.ts';

type Command = PeerConnectionCommand | SendState;
type Kind = PeerSignal['kind'];
type CommandType = Command['type'];

/** What becomes of one send: acknowledged, failed for now, failed for good, or never heard of until `settle`. */
export type Fate = 'ok' | 'fails' | 'refused' | 'held';

export interface BenchOptions {
	input?: Partial<PeerCallInput>;
	/** Commands that the edge leaves unanswered until `answer`; `all` of them: a scripted edge. */
	holds?: readonly CommandType[] | 'all';
	/** Whether the edge asks for negotiation once media was applied; on by default. */
	asksForNegotiation?: boolean;
	/** What a remote description yields. */
	yields?: { receivers: number; hasData: boolean };
	/** `later`: answers come in a microtask, as from a browser. */
	pace?: 'at once' | 'later';
	/** The edge throws when it gets this command. */
	breaksOn?: CommandType;
	/** @param nth counts the sends of this kind from 0 */
	transport?: (kind: Kind, nth: number) => Fate;
}

/** A SimulatedClock that knows what it still has to do, and passes through every moment between now and then. */
export class BenchClock extends SimulatedClock {
	readonly #due = new Map<number, number>();

	override setTimeout(run: () => void, delayMs: number): number {
		const timeoutMs = Math.ceil(delayMs); // as browsers, whole ones: sums of fractions would never be quite due
		const id = super.setTimeout(() => {
			this.#due.delete(id);
			run();
		}, timeoutMs);
		this.#due.set(id, this.now() + timeoutMs);
		return id;
	}

	override clearTimeout(id: number): void {
		this.#due.delete(id);
		super.clearTimeout(id);
	}

	get pending(): number {
		return this.#due.size;
	}

	/** When the next timer is due; Infinity: none is set. */
	get next(): number {
		return Math.min(...this.#due.values());
	}

	advance(ms: number): void {
		const end = this.now() + ms;
		for (;;) {
			const next = Math.min(...this.#due.values());
			if (next > end) break;
			this.increment(Math.max(0, next - this.now()));
		}
		this.increment(end - this.now());
	}
}

export const us = 'ann-session' as SessionId;
export const them = 'ben-session' as SessionId;
export const callId = 'call-1' as CallId;

export const leaseOf = (...kinds: ('audio' | 'video')[]): MediaLease => ({
	leaseId: `lease of ${kinds.join(' and ') || 'nothing'}`,
	tracks: Object.fromEntries(kinds.map((kind) => [kind, `${kind}-track` as TrackId]))
});
export const bothOn = { audio: false, video: false };
const stats = { bytesSent: 1, bytesReceived: 2, roundTripMs: 3 };

export const candidate = (name: string | number): Candidate => ({
	candidate: `candidate:${name}`,
	sdpMid: '0',
	sdpMLineIndex: 0
});

type Sparse<Type extends RemoteEvent['type']> = Partial<Omit<Extract<RemoteEvent, { type: Type }>, 'type'>>;
const from = { callId, from: them };

/** What the other side says, with everything that a test does not care about. */
export const remote = {
	invite: (over: Sparse<'REMOTE_INVITE'> = {}): RemoteEvent => ({
		...from,
		type: 'REMOTE_INVITE',
		description: { type: 'offer', sdp: 'their offer' },
		metadata: {},
		lifetimeMs: 60_000,
		ageMs: 0,
		...over
	}),
	answer: (over: Sparse<'REMOTE_ANSWER'> = {}): RemoteEvent => ({
		...from,
		type: 'REMOTE_ANSWER',
		description: { type: 'answer', sdp: 'their answer' },
		metadata: {},
		...over
	}),
	negotiate: (type: 'offer' | 'answer', sdp = `their next ${type}`): RemoteEvent => ({
		...from,
		type: 'REMOTE_NEGOTIATE',
		description: { type, sdp },
		metadata: {}
	}),
	candidates: (candidates: Candidate[], partyId?: string): RemoteEvent => ({
		...from,
		type: 'REMOTE_CANDIDATES',
		candidates,
		...(partyId === undefined ? {} : { partyId })
	}),
	metadata: (over: Sparse<'REMOTE_METADATA'> = {}): RemoteEvent => ({
		...from,
		type: 'REMOTE_METADATA',
		metadata: { theirs: { purpose: 'usermedia', audioMuted: true, videoMuted: false } },
		...over
	}),
	hangup: (reason?: string): RemoteEvent => ({ ...from, type: 'REMOTE_HANGUP', reason }),
	reject: (over: Sparse<'REMOTE_REJECT'> = {}): RemoteEvent => ({ ...from, type: 'REMOTE_REJECT', ...over }),
	selectAnswer: (selectedPartyId: string | undefined): RemoteEvent => ({
		...from,
		type: 'REMOTE_SELECT_ANSWER',
		selectedPartyId
	}),
	answeredElsewhere: (): RemoteEvent => ({ ...from, type: 'REMOTE_ANSWERED_ELSEWHERE' })
};

/** What a browser would report for each command, when all goes well. */
function browserLike(options: Pick<BenchOptions, 'asksForNegotiation' | 'yields'>) {
	const remembered = { hasRemoteOffer: false, localDescriptions: 0, type: 'offer' as 'offer' | 'answer' };
	return (command: Command): PeerConnectionEvent[] => {
		switch (command.type) {
			case 'APPLY_MEDIA': {
				const asks = (options.asksForNegotiation ?? true) && command.offering;
				return [
					{ type: 'PC_MEDIA_APPLIED', token: command.token },
					...(asks ? [{ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' } as const] : [])
				];
			}
			case 'SET_LOCAL': {
				const type = remembered.hasRemoteOffer ? 'answer' : 'offer';
				remembered.hasRemoteOffer = false;
				remembered.localDescriptions += 1;
				remembered.type = type;
				const sdp = `our ${type} ${remembered.localDescriptions}`;
				return [
					{
						type: 'PC_LOCAL_SET',
						token: command.token,
						description: { type, sdp },
						streamIds: ['ours'],
						screenStreamIds: []
					}
				];
			}
			case 'READ_LOCAL':
				return [
					{ type: 'PC_LOCAL_READ', token: command.token, description: { type: remembered.type, sdp: 'read' } }
				];
			case 'SET_REMOTE':
				remembered.hasRemoteOffer = command.description.type === 'offer';
				return [
					{
						type: 'PC_REMOTE_SET',
						token: command.token,
						...(options.yields ?? { receivers: 2, hasData: true })
					}
				];
			case 'ROLL_BACK':
				return [{ type: 'PC_ROLLED_BACK', token: command.token }];
			case 'READ_STATS':
				return [{ type: 'PC_STATS', token: command.token, stats }];
			case 'RESTART_ICE':
				return [{ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' }];
			case 'ADD_CANDIDATES':
			case 'SET_ICE_SERVERS':
			case 'SET_LIMITS':
			case 'SET_RECEIVING':
			case 'SEND_DATA':
			case 'SEND_STATE':
				return [];
		}
	};
}

export type Bench = ReturnType<typeof openBench>;

/**
 * One real peer call between two fake edges and a simulated clock. By default the edges do at once what they are told;
 * every command and every send is kept for the test to look at.
 */
export function openBench(options: BenchOptions = {}) {
	const clock = new BenchClock();
	const commands: Command[] = [];
	const unanswered: Command[] = [];
	const sends: SendCommand[] = [];
	const unsettled: SendCommand[] = [];
	const phases: PeerCallPhase[] = [];
	const closed = { pc: 0, transport: 0 };
	const ends = { done: 0, failed: 0 };
	const script = { holds: options.holds ?? [], transport: options.transport ?? ((): Fate => 'ok') };
	const lines: { edge: (event: PeerConnectionEvent) => void; transport: (event: PeerCallEvent) => void } = {
		edge: () => undefined,
		transport: () => undefined
	};

	const results = browserLike(options);
	const pc = fromCallback<Command, PeerConnectionInput, PeerCallEvent>(({ receive, sendBack }) => {
		lines.edge = sendBack;
		receive((command) => {
			commands.push(command);
			if (options.breaksOn === command.type) throw new Error(`the edge broke on ${command.type}`);
			if (script.holds === 'all' || script.holds.includes(command.type)) {
				unanswered.push(command);
				return;
			}
			const reply = () => {
				for (const result of results(command)) sendBack(result);
			};
			if (options.pace === 'later') queueMicrotask(reply);
			else reply();
		});
		return () => {
			closed.pc += 1;
		};
	});

	const settled = (send: SendCommand, fate: Exclude<Fate, 'held'>): PeerCallEvent =>
		fate === 'ok'
			? { type: 'SEND_OK', id: send.id }
			: { type: 'SEND_FAILED', id: send.id, retryable: fate === 'fails' };

	const transport = fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(
		({ receive, sendBack }) => {
			lines.transport = sendBack;
			receive((send) => {
				const nth = sends.filter(({ signal }) => signal.kind === send.signal.kind).length;
				sends.push(send);
				const fate = script.transport(send.signal.kind, nth);
				if (fate === 'held') unsettled.push(send);
				else sendBack(settled(send, fate));
			});
			return () => {
				closed.transport += 1;
			};
		}
	);

	const actor = createActor(peerCallMachine.provide({ actors: { pc, transport } }), {
		clock,
		input: {
			profile: 'native',
			purpose: 'usermedia',
			callId,
			member: them,
			direction: 'outbound',
			lease: leaseOf('audio', 'video'),
			muted: bothOn,
			answersAlone: false,
			media: { audio: 'both', video: 'both' },
			iceServers: [],
			...options.input
		}
	});
	actor.subscribe({
		next: (snapshot) => {
			if (phases.at(-1) !== phaseOf(snapshot)) phases.push(phaseOf(snapshot));
		},
		complete: () => {
			ends.done += 1;
		},
		error: () => {
			ends.failed += 1;
		}
	});
	actor.start();

	const post = (...events: PeerCallEvent[]) => {
		for (const event of events) actor.send(event);
	};
	/** What the edge reports of its own accord; nothing gets through once it is closed. */
	const edge = (...events: PeerConnectionEvent[]) => {
		for (const event of events) lines.edge(event);
	};
	const take = <T>(list: T[], wanted: (item: T) => boolean, name: string): T => {
		const index = list.findIndex(wanted);
		const [item] = index < 0 ? [] : list.splice(index, 1);
		if (item === undefined) throw new Error(`nothing to answer: ${name}`);
		return item;
	};

	return {
		actor,
		clock,
		commands,
		sends,
		/** Every phase that an observer saw, without repetitions. */
		phases,
		closed,
		ends,
		post,
		edge,
		ice: (...states: IceState[]) => {
			edge(...states.map((state) => ({ type: 'PC_ICE_STATE', state }) as const));
		},
		/** From now on the edge leaves these unanswered. */
		hold: (...types: CommandType[]) => {
			script.holds = types;
		},
		/** From now on sends fare like this. */
		transportDoes: (fateOf: (kind: Kind, nth: number) => Fate) => {
			script.transport = fateOf;
		},
		/** Answers the oldest held command of this type, by default with success. */
		answer: (type: CommandType, failure?: 'PC_LOCAL_FAILED' | 'PC_REMOTE_FAILED' | 'PC_MEDIA_REFUSED') => {
			const command = take(unanswered, (held) => held.type === type, type);
			if (failure === undefined) edge(...results(command));
			else if ('token' in command) edge({ type: failure, token: command.token, message: 'refused' });
		},
		/** Settles the oldest held send of this kind. */
		settle: (kind: Kind, fate: Exclude<Fate, 'held'> = 'ok') => {
			lines.transport(
				settled(
					take(unsettled, ({ signal }) => signal.kind === kind, kind),
					fate
				)
			);
		},
		/** How many sends of this kind wait to be settled. */
		heldSends: (kind: Kind): number => unsettled.filter(({ signal }) => signal.kind === kind).length,
		advance: (ms: number) => {
			clock.advance(ms);
		},
		sent: <K extends Kind>(...kinds: K[]): Extract<PeerSignal, { kind: K }>[] =>
			sends
				.map(({ signal }) => signal)
				.filter((signal): signal is Extract<PeerSignal, { kind: K }> => kinds.some((k) => k === signal.kind)),
		sentKinds: (): Kind[] => sends.map(({ signal }) => signal.kind),
		commanded: <T extends CommandType>(...types: T[]): Extract<Command, { type: T }>[] =>
			commands.filter((command): command is Extract<Command, { type: T }> =>
				types.some((type) => type === command.type)
			),
		/** Names of all candidates that reached the browser, in order. */
		applied: (): string[] =>
			commands.flatMap((command) =>
				command.type === 'ADD_CANDIDATES' ? command.candidates.map(({ candidate: text }) => text) : []
			),
		phase: (): PeerCallPhase => phaseOf(actor.getSnapshot()),
		context: (): SnapshotFrom<typeof peerCallMachine>['context'] => actor.getSnapshot().context,
		status: () => actor.getSnapshot().status,
		output: () => actor.getSnapshot().output,
		timers: () => clock.pending
	};
}

export const call = (kinds: readonly ('audio' | 'video')[] = ['audio', 'video']): PeerCallEvent => ({
	type: 'CALL',
	lease: leaseOf(...kinds),
	muted: bothOn
});
export const accept: PeerCallEvent = { type: 'ANSWER', lease: leaseOf('audio', 'video'), muted: bothOn };

/** Lets everything that waits in microtasks happen. */
export async function microtasks(): Promise<void> {
	for (let round = 0; round < 20; round += 1) await Promise.resolve();
}

/** A caller that has got as far as `phase`, by the shortest honest way. */
export function openCaller(
	phase: 'fledgling' | 'createOffer' | 'inviteSent' | 'connecting' | 'connected',
	options: BenchOptions = {}
): Bench {
	const bench = openBench({
		...options,
		input: { direction: 'outbound', ...options.input },
		...(phase === 'createOffer' ? { asksForNegotiation: false } : {})
	});
	if (phase === 'fledgling') return bench;
	bench.post(call());
	if (phase === 'createOffer') return bench;
	bench.edge({ type: 'PC_GATHERING_COMPLETE' });
	if (phase === 'inviteSent') return bench;
	bench.post(remote.answer());
	if (phase === 'connecting') return bench;
	bench.ice('checking', 'connected');
	return bench;
}

/** A callee that has got as far as `phase`, by the shortest honest way. */
export function openCallee(
	phase: 'fledgling' | 'ringing' | 'createAnswer' | 'connecting' | 'connected',
	options: BenchOptions = {}
): Bench {
	const bench = openBench({
		...options,
		input: { direction: 'inbound', lease: null, ...options.input },
		...(phase === 'createAnswer' ? { holds: 'all' as const } : {})
	});
	if (phase === 'fledgling') return bench;
	bench.post(remote.invite());
	if (phase === 'createAnswer') bench.answer('SET_REMOTE');
	if (phase === 'ringing') return bench;
	bench.post(accept);
	if (phase === 'createAnswer') return bench;
	bench.edge({ type: 'PC_GATHERING_COMPLETE' });
	if (phase === 'connecting') return bench;
	bench.ice('checking', 'connected');
	return bench;
}

/** One real member with real peer calls; their edges answer in microtasks, as browsers do. */
export function openMember(input: Partial<MemberInput> = {}) {
	const clock = new BenchClock();
	const commands: { callId: CallId; command: Command }[] = [];
	const sends: SendCommand[] = [];
	const shown: { callId: CallId; phase: PeerCallPhase }[] = [];
	const edges = new Map<CallId, (event: PeerConnectionEvent) => void>();
	const closed: CallId[] = [];
	const pc = fromCallback<Command, PeerConnectionInput, PeerCallEvent>(
		({ input: { options }, receive, sendBack }) => {
			edges.set(options.callId, sendBack);
			const results = browserLike({});
			receive((command) => {
				commands.push({ callId: options.callId, command });
				queueMicrotask(() => {
					for (const result of results(command)) sendBack(result);
				});
			});
			return () => {
				closed.push(options.callId);
			};
		}
	);
	const transport = fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(
		({ receive, sendBack }) => {
			receive((send) => {
				sends.push(send);
				sendBack({ type: 'SEND_OK', id: send.id });
			});
		}
	);
	let placed = 0;
	const actor = createActor(
		memberMachine.provide({
			actors: { peerCall: peerCallMachine.provide({ actors: { pc, transport } }), transport }
		}),
		{
			clock,
			input: {
				profile: 'native',
				purpose: 'usermedia',
				initiator: 'them',
				ours: { id: us, inCall: true, hasStreams: true },
				theirs: { id: them, inCall: true, hasStreams: true },
				lease: leaseOf('audio', 'video'),
				muted: bothOn,
				iceServers: [],
				isSignalingUp: true,
				newCallId: () => `ours-${(placed += 1)}` as CallId,
				releaseResources: () => undefined,
				random: () => 0.5,
				...input
			}
		}
	);
	actor.subscribe((snapshot) => {
		for (const [of, call] of callsOf(snapshot.children)) {
			shown.push({ callId: of, phase: phaseOf(call.getSnapshot()) });
		}
	});
	actor.start();
	return {
		actor,
		clock,
		commands,
		sends,
		/** Every phase of every peer call that the member saw. */
		shown,
		/** Calls whose edge was closed, in that order. */
		closed,
		signal: (...signals: PeerSignal[]) => {
			for (const signal of signals) actor.send({ type: 'SIGNAL', signal });
		},
		/** What the edge of one call reports of its own accord. */
		edge: (of: CallId, ...events: PeerConnectionEvent[]) => {
			for (const event of events) edges.get(of)?.(event);
		},
		/** Passes time in steps that leave room for what happens in microtasks. */
		advance: async (ms: number) => {
			const end = clock.now() + ms;
			await microtasks();
			while (clock.now() < end) {
				clock.advance(Math.min(100, end - clock.now()));
				await microtasks();
			}
		},
		commandsTo: (of: CallId) => commands.flatMap(({ callId: id, command }) => (id === of ? [command] : [])),
		applied: (): string[] =>
			commands.flatMap(({ command }) =>
				command.type === 'ADD_CANDIDATES' ? command.candidates.map(({ candidate: text }) => text) : []
			)
	};
}

const routed = { callId, purpose: 'usermedia' } as const;

/** The same words as `remote`, as they come from the wire to a member. */
export const relayed = {
	invite: (over: { callId?: CallId; callSeq?: number } = {}): PeerSignal => ({
		...routed,
		kind: 'invite',
		description: { type: 'offer', sdp: 'their offer' },
		metadata: {},
		lifetimeMs: 60_000,
		...over
	}),
	answer: (of: CallId): PeerSignal => ({
		...routed,
		callId: of,
		kind: 'answer',
		description: { type: 'answer', sdp: 'their answer' },
		metadata: {}
	}),
	candidates: (candidates: Candidate[], of: CallId = callId): PeerSignal => ({
		...routed,
		callId: of,
		kind: 'candidates',
		candidates
	}),
	hangup: (of: CallId = callId): PeerSignal => ({
		...routed,
		callId: of,
		kind: 'hangup',
		reason: 'user_hangup'
	})
};
