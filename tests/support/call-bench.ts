import { setMaxListeners } from 'node:events';
import { createActor, type ActorRefFrom } from 'xstate';
import { decodeState, encodeState } from '../../src/lib/adapters/talk/data-channel.ts';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { createPeerConnections } from '../../src/lib/adapters/webrtc/peer-connection.ts';
import { createRemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import { peerConnectionActor, relayActor, storeActor } from '../../src/lib/domain/call/edges.ts';
import { groupCallMachine } from '../../src/lib/domain/call/group-call-machine.ts';
import type { GroupCallEmitted, GroupCallInput } from '../../src/lib/domain/call/group-call/setup.ts';
import type { MemberKind } from '../../src/lib/domain/call/group-call/types.ts';
import { memberMachine } from '../../src/lib/domain/call/member-machine.ts';
import type { PeerConnections } from '../../src/lib/domain/call/peer-connection.ts';
import { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import { RoostError } from '../../src/lib/domain/errors.ts';
import type { TrackId } from '../../src/lib/domain/media/capture.ts';
import type { MediaOffer } from '../../src/lib/domain/media/media-offer.ts';
import type { SignalingNews } from '../../src/lib/domain/signaling.ts';
import type { MediaChoice, OngoingCall, OngoingCallStore } from '../../src/lib/domain/store/ongoing-call.ts';
import type { RoomInfo } from '../../src/lib/domain/talk-api.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import { FakeMediaStream, fakeTrack, type FakeMediaStreamTrack } from './fake-media.ts';
import { FakeNetwork } from './fake-network.ts';
import {
	openFakeTalkServer,
	roomInfo,
	type AttendanceOptions,
	type WireOptions
} from './fake-talk-server.ts';
import { BenchClock } from './peer-call-bench.ts';

export { roomInfo, token } from './fake-talk-server.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

/**
 * As many parties as a test wants at one Talk server in memory: each a real call with real members, peer calls and
 * peer-connection edges over one fake network.
 */
export function openCallBench(options: CallBenchOptions = {}) {
	const clock = options.clock ?? new BenchClock();
	const network = options.network ?? new FakeNetwork();
	const server = openFakeTalkServer(network, options);

	const settle =
		options.settle ??
		(async () => {
			for (let turn = 0; turn < 25; turn += 1) await network.turn();
		});
	/** The same, and then everything that follows from it. */
	const settled =
		<Args extends unknown[]>(change: (...args: Args) => void) =>
		async (...args: Args) => {
			change(...args);
			await settle();
		};
	const advance = async (ms: number) => {
		const until = clock.now() + ms;
		while (clock.next <= until) {
			clock.increment(Math.max(0, clock.next - clock.now()));
			await settle();
		}
		clock.increment(until - clock.now());
		await settle();
	};

	/** For everybody who joins without options of their own. */
	const defaults: PartyOptions = {};
	/** @param name also the beginning of the session ids: who offers follows from the order of the names */
	const openParty = (name: string, options: PartyOptions = {}) => {
		const { api, openSocket, calls, bodies, statesSent, sockets, ...line } = server.attend(name, options);
		const warnings: string[] = [];
		const ledger = createLedger((message) => warnings.push(message));
		const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
		const localTracks = createLocalTracks(createStream);
		const remoteStreams = createRemoteStreams(createStream);
		const connections = createPeerConnections({
			createConnection: network.open,
			createStream,
			localTracks,
			remoteStreams,
			ledger,
			warn: (message) => warnings.push(message)
		});
		const peerCall = peerCallMachine.provide({
			actors: {
				pc: peerConnectionActor(options.connections?.(connections) ?? connections, {
					encode: encodeState,
					decode: decodeState
				}),
				transport: relayActor
			}
		});
		const rows: (OngoingCall | null)[] = [];
		let row: OngoingCall | undefined;
		const store: OngoingCallStore = {
			get: async () => row,
			listOngoing: async () => (row === undefined ? [] : [row]),
			update: async (_, change) => {
				if (options.isStoreBroken === true) throw new RoostError('storage.unavailable', 'scripted');
				const next = change(row);
				row = next ?? undefined;
				rows.push(next);
			},
			sweep: async () => undefined
		};
		const now = () => 1_700_000_000_000 + clock.now();

		const tracks = new Map<TrackId, FakeMediaStreamTrack>();
		const track = (kind: 'audio' | 'video'): TrackId => {
			const made = fakeTrack(kind);
			const id = localTracks.add(made);
			tracks.set(id, made);
			return id;
		};
		const has = options.has ?? { audio: true, video: true };
		let media: MediaOffer = {
			version: 1,
			lease: {
				leaseId: 'usermedia-1',
				tracks: {
					...(has.audio ? { audio: track('audio') } : {}),
					...(has.video ? { video: track('video') } : {})
				}
			},
			screen: null,
			microphone: has.audio ? 'on' : 'off',
			camera: has.video ? 'on' : 'off',
			has
		};
		let choice: MediaChoice = {
			microphone: 'on',
			camera: 'on',
			microphoneDevice: null,
			cameraDevice: null
		};
		let ids = 0;
		const input: GroupCallInput = {
			ports: {
				api,
				transport: { open: openSocket },
				outbox: { claim: async () => [], put: async () => undefined, remove: async () => undefined },
				now,
				random: options.random ?? (() => 0.5),
				newCallId: () => (options.callIds?.shift() ?? `${name}/${(ids += 1)}`) as CallId,
				newReferenceId: () => `${name}/message/${(ids += 1)}`,
				releaseResources: (owner) => ledger.releaseOwner(owner)
			},
			profile: options.profile ?? 'talkMesh',
			...(options.ring === undefined ? {} : { ring: options.ring }),
			account: 'https://cloud.example',
			room: { ...roomInfo, ...options.lookedUp },
			name,
			password: undefined,
			tabId: `tab of ${name}`,
			media,
			mediaChoice: choice,
			consent: false,
			maxChatLength: 1_000
		};
		const machine = groupCallMachine.provide({
			actors: {
				member: (options.member ?? memberMachine).provide({ actors: { peerCall } }),
				store: storeActor(store, now, (message) => warnings.push(message))
			}
		});
		const actor: ActorRefFrom<typeof groupCallMachine> & { start: () => unknown; stop: () => unknown } =
			createActor(machine, { clock: options.clock ?? clock, systemId: 'call', input });
		const emitted: GroupCallEmitted[] = [];
		actor.on('*', (event) => emitted.push(event));
		const broken: unknown[] = [];
		actor.subscribe({ error: (error) => broken.push(error) });

		const setMedia = (patch: Partial<MediaOffer>) => {
			media = { ...media, ...patch };
			choice = { ...choice, microphone: media.microphone, camera: media.camera };
			actor.send({ type: 'MEDIA_CHANGED', media, choice });
		};
		const members = (prefix: MemberKind = 'member') =>
			Object.fromEntries(
				Object.entries(actor.getSnapshot().children)
					.filter(([id]) => id.startsWith(`${prefix}:`))
					.map(([id, ref]) => {
						const snapshot = (ref as ActorRefFrom<typeof memberMachine>).getSnapshot();
						const { present } = snapshot.value as { present: string | object };
						return [
							id.slice(prefix.length + 1),
							typeof present === 'string' ? present : Object.keys(present)[0]
						];
					})
			);

		return {
			actor,
			name,
			calls,
			bodies,
			broken,
			emitted,
			statesSent,
			ledger,
			localTracks,
			remoteStreams,
			rows,
			sockets,
			tracks,
			warnings,
			join: async () => {
				actor.start();
				await settle();
			},
			leave: async () => {
				actor.send({ type: 'LEAVE' });
				await settle();
			},
			script: line.script,
			release: async (...request: Parameters<typeof line.release>) => {
				line.release(...request);
				await settle();
			},
			cut: async () => {
				line.cut();
				await settle();
			},
			freeze: line.freeze,
			hear: async (...news: SignalingNews[]) => {
				line.hear(...news);
				await settle();
			},
			media: () => media,
			setMedia,
			mute: (kind: 'microphone' | 'camera', state: 'on' | 'off') => setMedia({ [kind]: state }),
			shareScreen: () => {
				const version = media.version + 1;
				setMedia({
					version,
					screen: { leaseId: `screenshare-${version}`, tracks: { video: track('video') } }
				});
			},
			stopScreen: () => setMedia({ version: media.version + 1, screen: null }),
			/** Our session id, as the call knows it. */
			id: (): SessionId => actor.getSnapshot().context.ownSessionId ?? ('' as SessionId),
			context: () => actor.getSnapshot().context,
			value: () => actor.getSnapshot().value,
			status: () => actor.getSnapshot().status,
			output: () => actor.getSnapshot().output,
			members,
			/** The machine and its input, for who runs the call in the place of this party. */
			engine: () => ({ machine, input }),
			row: () => row,
			choice: () => choice,
			now
		};
	};

	return {
		clock,
		network,
		relayed: server.relayed,
		mediaServer: server.mediaServer,
		setMediaServer: server.setMediaServer,
		setPulled: server.setPulled,
		startServer: server.startServer,
		forgetRoomSessions: server.forgetRoomSessions,
		loseLists: server.loseLists,
		invites: server.invites,
		stopSockets: settled(server.stopSockets),
		restart: settled(server.restart),
		announce: settled(server.announce),
		broadcast: settled(server.broadcast),
		describe: settled(server.describe),
		takeOut: settled(server.takeOut),
		forget: settled(server.forget),
		lock: server.lock,
		closeLobby: settled(server.closeLobby),
		change: server.change,
		closeLobbyQuietly: server.closeLobbyQuietly,
		openLobby: server.openLobby,
		settle,
		advance,
		openParty,
		defaults,
		/** Opens and joins, one after the other. */
		joinAll: async (...names: string[]) => {
			const parties = names.map((name) => openParty(name, defaults));
			for (const party of parties) {
				await party.join();
				await settle();
			}
			return parties;
		}
	};
}

/** For who runs many benches: a network that knows when it rests, and time that is shared with it. */
export interface CallBenchOptions extends WireOptions {
	clock?: BenchClock;
	network?: FakeNetwork;
	settle?: () => Promise<void>;
}

export type CallBench = ReturnType<typeof openCallBench>;
export type Party = ReturnType<CallBench['openParty']>;

export interface PartyOptions extends AttendanceOptions {
	/** Of its own; by default that of the bench. */
	clock?: Pick<BenchClock, 'now' | 'setTimeout' | 'clearTimeout'>;
	/** What the room said of itself before it was entered. */
	lookedUp?: Partial<RoomInfo>;
	profile?: GroupCallInput['profile'];
	ring?: GroupCallInput['ring'];
	has?: { audio: boolean; video: boolean };
	random?: () => number;
	/** What it calls its connections, one after the other. */
	callIds?: string[];
	isStoreBroken?: boolean;
	member?: typeof memberMachine;
	/** Stands between the machines and the connections. */
	connections?: (real: PeerConnections) => PeerConnections;
}
