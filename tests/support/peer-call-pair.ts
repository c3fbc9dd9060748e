import { setMaxListeners } from 'node:events';
import { createActor, fromCallback } from 'xstate';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { createPeerConnections } from '../../src/lib/adapters/webrtc/peer-connection.ts';
import { createRemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import { peerConnectionActor } from '../../src/lib/domain/call/edges.ts';
import { remoteEvent } from '../../src/lib/domain/call/member/remote-event.ts';
import { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type { PeerCallEvent, PeerCallInput, SendCommand } from '../../src/lib/domain/call/peer-call/setup.ts';
import type { MediaLease } from '../../src/lib/domain/call/peer-connection.ts';
import { phaseOf } from '../../src/lib/domain/call/wait-for-phase.ts';
import type { TrackId } from '../../src/lib/domain/media/capture.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import { FakeMediaStream, fakeTrack } from './fake-media.ts';
import { FakeNetwork } from './fake-network.ts';
import type { FakePeerConnection } from './fake-peer-connection.ts';
import { BenchClock, bothOn, callId } from './peer-call-bench.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

type Role = 'caller' | 'callee';
const sessions: Record<Role, SessionId> = { caller: 'ann' as SessionId, callee: 'ben' as SessionId };
const other: Record<Role, Role> = { caller: 'callee', callee: 'caller' };

/** What one side sends, by kind; all tracks are live and enabled. */
export interface Sent {
	audio: boolean;
	video: boolean;
	screenAudio: boolean;
	screenVideo: boolean;
}

/**
 * Two real peer calls about one call id, each with its real edge, over two strict fake connections. Signals stay in
 * order; each direction delivers at once, or when the test says so.
 */
export function openPair(input: Partial<PeerCallInput> = {}) {
	const clock = new BenchClock();
	const network = new FakeNetwork();
	const relayed: { from: Role; signal: PeerSignal }[] = [];
	const waiting: Record<Role, PeerSignal[]> = { caller: [], callee: [] };
	const script: { isHeld: boolean; drops: (signal: PeerSignal, from: Role) => boolean } = {
		isHeld: false,
		drops: () => false
	};
	const actors = new Map<Role, { send: (event: PeerCallEvent) => void }>();

	/** Delivers the oldest signal that this side has sent. */
	const deliver = (from: Role): boolean => {
		const signal = waiting[from].shift();
		const event = signal === undefined ? null : remoteEvent(sessions[from], signal);
		if (event !== null) actors.get(other[from])?.send(event);
		return signal !== undefined;
	};
	const relay = (role: Role) =>
		fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(({ receive, sendBack }) => {
			receive(({ id, signal }) => {
				sendBack({ type: 'SEND_OK', id });
				if (script.drops(signal, role)) return;
				relayed.push({ from: role, signal });
				waiting[role].push(signal);
				if (!script.isHeld) network.schedule(() => void deliver(role));
			});
		});

	const openSide = (role: Role) => {
		const warnings: string[] = [];
		const ledger = createLedger((message) => warnings.push(message));
		const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
		const localTracks = createLocalTracks(createStream);
		const remoteStreams = createRemoteStreams(createStream);
		const own: { connection: FakePeerConnection | null } = { connection: null };
		const connections = createPeerConnections({
			createConnection: (configuration) => (own.connection = network.open(configuration)),
			createStream,
			localTracks,
			remoteStreams,
			ledger,
			warn: (message) => warnings.push(message)
		});
		const sent: Sent = { audio: true, video: true, screenAudio: false, screenVideo: false };
		const ids = new Map<keyof Sent, TrackId>();
		const track = (which: keyof Sent): TrackId | undefined => {
			if (!sent[which]) {
				ids.delete(which);
				return undefined;
			}
			const known =
				ids.get(which) ??
				localTracks.add(fakeTrack(which.toLowerCase().endsWith('audio') ? 'audio' : 'video'));
			ids.set(which, known);
			return known;
		};
		const tracksOf = (audio: keyof Sent, video: keyof Sent) => {
			const [audioId, videoId] = [track(audio), track(video)];
			return {
				...(audioId === undefined ? {} : { audio: audioId }),
				...(videoId === undefined ? {} : { video: videoId })
			};
		};
		let leases = 0;
		const lease = (): MediaLease => ({
			leaseId: `${role}-${(leases += 1)}`,
			tracks: tracksOf('audio', 'video'),
			...(sent.screenAudio || sent.screenVideo ? { screen: tracksOf('screenAudio', 'screenVideo') } : {})
		});
		const machine = peerCallMachine.provide({
			actors: {
				pc: peerConnectionActor(connections, { encode: () => [], decode: () => undefined }),
				transport: relay(role)
			}
		});
		const actor = createActor(machine, {
			clock,
			input: {
				profile: 'native',
				purpose: 'usermedia',
				callId,
				member: sessions[other[role]],
				direction: role === 'caller' ? 'outbound' : 'inbound',
				lease: lease(),
				muted: bothOn,
				answersAlone: true,
				media: { audio: 'both', video: 'both' },
				iceServers: [],
				...input
			}
		});
		const broken: unknown[] = [];
		actor.subscribe({ error: (error) => broken.push(error) });
		actors.set(role, actor);
		actor.start();
		return {
			actor,
			broken,
			remoteStreams,
			sent,
			warnings,
			connection: (): FakePeerConnection => {
				if (own.connection === null) throw new Error('no connection was opened');
				return own.connection;
			},
			context: () => actor.getSnapshot().context,
			phase: () => phaseOf(actor.getSnapshot()),
			place: () => actor.send({ type: 'CALL', lease: lease(), muted: bothOn }),
			/** Begins or ends to send something. */
			set: (patch: Partial<Sent>) => {
				Object.assign(sent, patch);
				actor.send({ type: 'SET_MEDIA', lease: lease() });
			},
			mute: (muted: { audio: boolean; video: boolean }) => actor.send({ type: 'SET_MUTED', muted })
		};
	};
	const caller = openSide('caller');
	const callee = openSide('callee');

	const settle = async () => {
		for (let turn = 0; turn < 25; turn += 1) await network.turn();
	};
	const advance = async (ms: number) => {
		const until = clock.now() + ms;
		await settle();
		while (clock.next <= until) {
			clock.increment(Math.max(0, clock.next - clock.now()));
			await settle();
		}
		clock.increment(until - clock.now());
		await settle();
	};
	/** From now on signals wait until `deliver`. */
	const hold = () => {
		script.isHeld = true;
	};
	/** Delivers what waits, and everything that follows from it. */
	const release = async () => {
		script.isHeld = false;
		while (deliver('caller') || deliver('callee')) await settle();
		await settle();
	};

	return {
		clock,
		network,
		relayed,
		caller,
		callee,
		settle,
		advance,
		hold,
		release,
		deliver,
		drop: (drops: typeof script.drops) => {
			script.drops = drops;
		},
		/** Offers that went over the wire since the call was set up. */
		offers: (from: Role) =>
			relayed.filter(
				(each) =>
					each.from === from && each.signal.kind === 'negotiate' && each.signal.description.type === 'offer'
			).length,
		connect: async () => {
			caller.place();
			await advance(5_000);
		}
	};
}
export type Pair = ReturnType<typeof openPair>;
