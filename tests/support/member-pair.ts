import { setMaxListeners } from 'node:events';
import { createActor, fromCallback } from 'xstate';
import { decodeState, encodeState } from '../../src/lib/adapters/talk/data-channel.ts';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { createPeerConnections } from '../../src/lib/adapters/webrtc/peer-connection.ts';
import { createRemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import { peerConnectionActor } from '../../src/lib/domain/call/edges.ts';
import { callsOf, memberMachine, type MemberInput } from '../../src/lib/domain/call/member-machine.ts';
import { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type { PeerCallEvent, SendCommand } from '../../src/lib/domain/call/peer-call/setup.ts';
import type { EndReason } from '../../src/lib/domain/call/end-reason.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import { FakeMediaStream, fakeTrack } from './fake-media.ts';
import { FakeNetwork } from './fake-network.ts';
import { BenchClock } from './peer-call-bench.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

export type SideName = 'A' | 'B';
const otherOf = { A: 'B', B: 'A' } as const;
const sessions = { A: 'a-session' as SessionId, B: 'b-session' as SessionId };

/**
 * Two real members, each the other's, with real peer calls, real edges and strict fake connections. Nothing that one
 * says reaches the other before the test delivers it, in whatever order.
 * @param callIds what each side calls its calls, one after the other
 */
export function openPair(callIds: Record<SideName, readonly string[]>, input: Partial<MemberInput> = {}) {
	const clock = new BenchClock();
	const network = new FakeNetwork();
	const wire: { by: SideName; signal: PeerSignal }[] = [];
	/** On the way to each side. */
	const lines: Record<SideName, PeerSignal[]> = { A: [], B: [] };
	const settle = async () => {
		for (let turn = 0; turn < 25; turn += 1) await network.turn();
	};

	const openSide = (name: SideName) => {
		const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
		const warnings: string[] = [];
		const ledger = createLedger((message) => warnings.push(message));
		const localTracks = createLocalTracks(createStream);
		const connections = createPeerConnections({
			createConnection: network.open,
			createStream,
			localTracks,
			remoteStreams: createRemoteStreams(createStream),
			ledger,
			warn: (message) => warnings.push(message)
		});
		const transport = fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(
			({ receive, sendBack }) => {
				receive(({ id, signal }) => {
					wire.push({ by: name, signal });
					lines[otherOf[name]].push(signal);
					sendBack({ type: 'SEND_OK', id });
				});
			}
		);
		const pc = peerConnectionActor(connections, { encode: encodeState, decode: decodeState });
		const tracks = { audio: fakeTrack('audio'), video: fakeTrack('video') };
		const side = (of: SideName) => ({ id: sessions[of], inCall: true, hasStreams: true });
		const names = [...callIds[name]];
		const broken: unknown[] = [];
		const actor = createActor(
			memberMachine.provide({
				actors: { peerCall: peerCallMachine.provide({ actors: { pc, transport } }), transport }
			}),
			{
				clock,
				input: {
					profile: 'native',
					purpose: 'usermedia',
					initiator: 'us', // whoever is told to dial, dials
					ours: side(name),
					theirs: side(otherOf[name]),
					lease: {
						leaseId: `lease of ${name}`,
						tracks: { audio: localTracks.add(tracks.audio), video: localTracks.add(tracks.video) }
					},
					muted: { audio: false, video: false },
					iceServers: [],
					isSignalingUp: true,
					newCallId: () => (names.shift() ?? `${name} has no more ids`) as CallId,
					releaseResources: (owner) => ledger.releaseOwner(owner),
					random: () => 0.5,
					...input
				}
			}
		);
		actor.subscribe({ error: (error) => broken.push(error) });
		actor.start();
		const call = (of: string) => callsOf(actor.getSnapshot().children).get(of as CallId);
		return {
			actor,
			broken,
			ledger,
			localTracks,
			tracks,
			call,
			calls: () => [...callsOf(actor.getSnapshot().children).keys()] as string[],
			context: () => actor.getSnapshot().context,
			state: (): string => {
				const { present } = actor.getSnapshot().value as { present: string | object };
				return typeof present === 'string' ? present : (Object.keys(present)[0] ?? '');
			},
			dial: () => actor.send({ type: 'DIAL' }),
			hangUp: (of: string, reason: EndReason = 'user_hangup') => call(of)?.send({ type: 'HANGUP', reason })
		};
	};
	const sides = { A: openSide('A'), B: openSide('B') };
	type Kind = PeerSignal['kind'];

	const take = (to: SideName, kind: Kind, of: string): PeerSignal => {
		const line = lines[to];
		const index = line.findIndex((signal) => signal.kind === kind && signal.callId === of);
		const [signal] = index < 0 ? [] : line.splice(index, 1);
		if (signal === undefined) throw new Error(`no ${kind} of ${of} is on its way to ${to}`);
		return signal;
	};
	const hear = (to: SideName, signal: PeerSignal) => sides[to].actor.send({ type: 'SIGNAL', signal });
	/** Delivers all that is said, each direction in its order, until both are silent. */
	const quiesce = async () => {
		await settle();
		while (lines.A.length + lines.B.length > 0) {
			for (const to of ['A', 'B'] as const) {
				const signal = lines[to].shift();
				if (signal !== undefined) hear(to, signal);
			}
			await settle();
		}
	};

	return {
		...sides,
		clock,
		network,
		wire,
		settle,
		quiesce,
		/** Lets one side hear the first message of this kind about this call, before all others. */
		deliver: async (to: SideName, kind: Kind, of: string) => {
			hear(to, take(to, kind, of));
			await settle();
		},
		/** As `deliver`, with nothing happening in between. */
		deliverAtOnce: (to: SideName, kind: Kind, of: string) => hear(to, take(to, kind, of)),
		lose: (to: SideName, kind: Kind, of: string) => void take(to, kind, of),
		/** Time passes, and what is said meanwhile is heard. */
		advance: async (ms: number) => {
			const until = clock.now() + ms;
			while (clock.next <= until) {
				clock.increment(Math.max(0, clock.next - clock.now()));
				await quiesce();
			}
			clock.increment(until - clock.now());
			await quiesce();
		},
		/** Time passes, and nothing is heard. */
		advanceOnly: async (ms: number) => {
			clock.advance(ms);
			await settle();
		},
		hangups: () =>
			wire.flatMap(({ by, signal }) =>
				signal.kind === 'hangup' ? [`${by}: ${signal.callId} ${signal.reason}`] : []
			),
		said: (by: SideName, kind: Kind): string[] =>
			wire.flatMap((said) => (said.by === by && said.signal.kind === kind ? [said.signal.callId] : [])),
		/** The call on which both are connected; null: there is none. */
		survivor: (): string | null => {
			const { A, B } = sides;
			const { current } = A.context();
			const areUp = A.state() === 'up' && B.state() === 'up';
			return areUp && current === B.context().current ? current : null;
		},
		stop: () => {
			for (const { actor } of Object.values(sides)) actor.stop();
		}
	};
}

export type MemberPair = ReturnType<typeof openPair>;
