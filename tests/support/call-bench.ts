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
import { RoostError, type ErrorCode } from '../../src/lib/domain/errors.ts';
import type { TrackId } from '../../src/lib/domain/media/capture.ts';
import type { MediaOffer } from '../../src/lib/domain/media/media-offer.ts';
import type {
	MemberState,
	ParticipantUpdate,
	PeerSignal,
	SignalingNews,
	SignalingSocket,
	SocketEvent
} from '../../src/lib/domain/signaling.ts';
import type { MediaChoice, OngoingCall, OngoingCallStore } from '../../src/lib/domain/store/ongoing-call.ts';
import type {
	CallPresence,
	EnteredRoom,
	IceServer,
	RoomInfo,
	TalkApi
} from '../../src/lib/domain/talk-api.ts';
import type {
	CallId,
	NextcloudSessionId,
	ResumeId,
	RoomToken,
	SessionId
} from '../../src/lib/protocol/ids.ts';
import { openFakeMediaServer } from './fake-media-server.ts';
import { FakeMediaStream, fakeTrack, type FakeMediaStreamTrack } from './fake-media.ts';
import { FakeNetwork } from './fake-network.ts';
import { BenchClock } from './peer-call-bench.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

export const token = 'room' as RoomToken;
const outside: CallPresence = { inCall: false, audio: false, video: false };
const everything = {
	startCall: true,
	joinCall: true,
	publishAudio: true,
	publishVideo: true,
	publishScreen: true,
	chat: true
};
export const roomInfo: RoomInfo = {
	token,
	name: 'Room',
	hasPassword: false,
	hasCall: false,
	callStartedAt: 0,
	isReadOnly: false,
	isLobbyActive: false,
	needsRecordingConsent: false,
	permissions: everything
};

/** One session at the signaling server. */
interface Session {
	id: SessionId;
	room: NextcloudSessionId | null;
	/** null: the socket is away; what comes then waits for it. */
	listener: ((event: SocketEvent) => void) | null;
	waiting: SocketEvent[];
}

/** What one party asked the server for over HTTP, in order. */
export type ApiCall = keyof TalkApi;

/** `answered late`: the server does it at once, and its answer is held. */
type Fate = ErrorCode | 'held' | 'answered late';

/**
 * A Talk server in memory with as many parties as a test wants: each a real call with real members, peer calls and
 * peer-connection edges over one fake network. The test cuts sockets, restarts the server, and decides how requests
 * end.
 */
export function openCallBench(options: CallBenchOptions = {}) {
	const clock = options.clock ?? new BenchClock();
	const network = options.network ?? new FakeNetwork();
	const sessions = new Map<SessionId, Session>();
	/** By room session: survives a restart of the signaling server, but nobody is in the call then. */
	const entered = new Map<
		NextcloudSessionId,
		{ name: string; actorId: string; presence: CallPresence; more: Partial<ParticipantUpdate> }
	>();
	const server = { isUp: true, hasMedia: false, sessions: 0, roomSessions: 0, unheard: 0 };
	const relayed: { from: SessionId; to: SessionId; signal?: PeerSignal; state?: MemberState }[] = [];

	const openSockets = new Set<() => void>();
	const push = (session: Session, event: SocketEvent) => {
		if (session.listener === null) session.waiting.push(event);
		else {
			const { listener } = session;
			queueMicrotask(() => {
				if (session.listener === listener) listener(event);
			});
		}
	};
	const entryOf = (session: Session): ParticipantUpdate | null => {
		const known = session.room === null ? undefined : entered.get(session.room);
		if (known === undefined || session.room === null) return null;
		return {
			sessionId: session.id,
			nextcloudSessionId: session.room,
			presence: known.presence,
			name: known.name,
			actorType: 'guests',
			actorId: known.actorId,
			...known.more
		};
	};
	/** To everybody in the room, the ones concerned included. */
	const announce = () => {
		if (server.unheard > 0) {
			server.unheard -= 1;
			return;
		}
		const participants = [...sessions.values()].flatMap((session) => entryOf(session) ?? []);
		for (const session of sessions.values()) {
			if (session.room !== null) push(session, { type: 'PARTICIPANTS_CHANGED', participants });
		}
	};
	const mediaServer = openFakeMediaServer(network, (to, from, signal) => {
		const session = sessions.get(to);
		if (session !== undefined) push(session, { type: 'PEER_SIGNAL_RECEIVED', from, signal });
	});
	const broadcast = (news: SignalingNews) => {
		for (const session of sessions.values()) if (session.room !== null) push(session, news);
	};
	const end = (session: Session) => {
		if (!sessions.delete(session.id)) return;
		if (session.room !== null) {
			const known = entered.get(session.room);
			if (known !== undefined) entered.set(session.room, { ...known, presence: outside });
		}
		mediaServer.forget(session.id);
		broadcast({ type: 'SESSIONS_LEFT', sessionIds: [session.id] });
	};

	const settle =
		options.settle ??
		(async () => {
			for (let turn = 0; turn < 25; turn += 1) await network.turn();
		});
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
		const calls: ApiCall[] = [];
		const bodies: {
			joined: CallPresence[];
			updated: CallPresence[];
			silent: boolean[];
			/** Whether the requests that take us out survive the page. */
			parting: (boolean | undefined)[];
		} = { joined: [], updated: [], silent: [], parting: [] };
		/** Each call of the socket's method for states: one request, however many hear it. */
		const statesSent: { to: readonly SessionId[]; state: MemberState }[] = [];
		const fates = new Map<ApiCall, Fate[]>();
		const held: { call: ApiCall; go: (failure?: ErrorCode) => void }[] = [];
		const sockets: { session: Session | null; close: (code: number) => void; isOpen: boolean }[] = [];
		let roomSession: NextcloudSessionId | null = null;
		const ask = async <T>(call: ApiCall, answer: () => T): Promise<T> => {
			calls.push(call);
			const fate = fates.get(call)?.shift();
			if (fate === 'held') {
				const failure = await new Promise<ErrorCode | undefined>((go) => {
					held.push({ call, go });
				});
				if (failure !== undefined) throw new RoostError(failure, 'scripted');
			} else if (fate === 'answered late') {
				const late = answer();
				await new Promise<ErrorCode | undefined>((go) => {
					held.push({ call, go });
				});
				return late;
			} else if (fate !== undefined) throw new RoostError(fate, 'scripted');
			await Promise.resolve();
			if (!server.isUp) throw new RoostError('server.unreachable', 'down');
			return answer();
		};
		const setPresence = (presence: CallPresence) => {
			const known = roomSession === null ? undefined : entered.get(roomSession);
			if (roomSession === null || known === undefined)
				throw new RoostError('session.lost', 'not in the room');
			entered.set(roomSession, { ...known, presence });
			if (!presence.inCall) {
				for (const { id, room } of sessions.values()) if (room === roomSession) mediaServer.forget(id);
			}
			announce();
		};
		const enter = (): EnteredRoom => {
			roomSession = `nc-${(server.roomSessions += 1)}` as NextcloudSessionId;
			entered.set(roomSession, {
				name: options.isNameless === true ? '' : name,
				actorId: name,
				presence: outside,
				more: {}
			});
			return {
				...roomInfo,
				nextcloudSessionId: roomSession,
				actorType: 'guests',
				actorId: name,
				isModerator: false
			};
		};
		const api: TalkApi = {
			fetchServerInfo: async () =>
				ask('fetchServerInfo', () => ({
					callsEnabled: true,
					maxChatLength: 1_000,
					reactions: [],
					canCreateRooms: false,
					hasEncryptedCalls: false
				})),
			lookUpRoom: async () => ask('lookUpRoom', () => roomInfo),
			enterRoom: async (_, { takeOver }) => {
				if (takeOver) calls.push('enterRoom');
				return ask('enterRoom', enter);
			},
			leaveRoom: async (_, { keepalive } = {}) => {
				bodies.parting.push(keepalive);
				return ask('leaveRoom', () => {
					if (roomSession !== null) entered.delete(roomSession);
				});
			},
			setGuestName: async () => ask('setGuestName', () => undefined),
			fetchSignalingSettings: async () =>
				ask('fetchSignalingSettings', () => ({
					url: 'wss://hpb.example/spreed',
					backendUrl: 'https://cloud.example/backend',
					helloV1: null,
					helloV2: { token: 'jwt' },
					iceServers: options.iceServers?.() ?? []
				})),
			joinCall: async (_, presence, { silent }) =>
				ask('joinCall', () => {
					bodies.joined.push(presence);
					bodies.silent.push(silent);
					setPresence(presence);
				}),
			updateCall: async (_, presence) =>
				ask('updateCall', () => {
					bodies.updated.push(presence);
					setPresence(presence);
				}),
			leaveCall: async (_, { forEveryone, keepalive } = {}) => {
				bodies.parting.push(keepalive);
				return ask('leaveCall', () => {
					if (forEveryone === true) broadcast({ type: 'CALL_ENDED_FOR_ALL' });
					setPresence(outside);
				});
			},
			listCallPeers: async () =>
				ask('listCallPeers', () =>
					[...entered].map(([nextcloudSessionId]) => ({
						nextcloudSessionId,
						name: `asked ${nextcloudSessionId}`
					}))
				),
			fetchHistory: async () => ask('fetchHistory', () => ({ messages: [], lastGiven: undefined })),
			fetchNewer: async () => ask('fetchNewer', () => ({ messages: [], lastGiven: undefined })),
			sendMessage: async () => ask('sendMessage', () => null),
			createRoom: async () => ask('createRoom', () => roomInfo)
		};

		const openSocket = (_: string, listener: (event: SocketEvent) => void): SignalingSocket => {
			const socket: (typeof sockets)[number] = { session: null, isOpen: true, close: () => undefined };
			const say = (event: SocketEvent) => {
				queueMicrotask(() => {
					if (socket.isOpen) listener(event);
				});
			};
			socket.close = (code) => {
				if (!socket.isOpen) return;
				if (socket.session !== null) socket.session.listener = null;
				queueMicrotask(() => {
					if (!socket.isOpen) return;
					socket.isOpen = false;
					listener({ type: 'SOCKET_CLOSED', code });
				});
			};
			sockets.push(socket);
			openSockets.add(() => socket.close(1006));
			const adopt = (session: Session) => {
				socket.session = session;
				session.listener = (event) => {
					if (socket.isOpen && options.hears?.(event) !== false) listener(event);
				};
				say({
					type: 'HELLO_ACCEPTED',
					sessionId: session.id,
					resumeId: `resume ${session.id}` as ResumeId,
					features: server.hasMedia ? ['mcu'] : []
				});
			};
			if (server.isUp) {
				say({ type: 'SOCKET_OPENED' });
				say({ type: 'WELCOME_RECEIVED', features: ['hello-v2'] });
			} else socket.close(1006);
			const own = () => (socket.isOpen && socket.session?.room != null ? socket.session : null);
			return {
				hello: () => {
					const id = `${name}-${(server.sessions += 1)}` as SessionId;
					const session: Session = { id, room: null, listener: null, waiting: [] };
					sessions.set(id, session);
					adopt(session);
				},
				resume: (resumeId) => {
					const session = sessions.get(resumeId.replace('resume ', '') as SessionId);
					if (session === undefined) return say({ type: 'HELLO_REFUSED', code: 'no_such_session' });
					adopt(session);
					for (const event of session.waiting.splice(0)) push(session, event);
					announce();
				},
				joinRoom: (_, room) => {
					if (socket.session === null) return;
					if (!entered.has(room)) return say({ type: 'ROOM_REFUSED', code: 'no_such_room' });
					socket.session.room = room;
					say({ type: 'ROOM_JOINED', token });
					announce();
				},
				sendSignal: (to, signal) => {
					const session = own();
					const target = sessions.get(to);
					if (session === null) return;
					relayed.push({ from: session.id, to, signal });
					if (server.hasMedia) {
						if (options.drops?.(signal) === true || mediaServer.take(session.id, to, signal)) return;
						push(session, { type: 'REQUEST_REFUSED', code: 'not_allowed' });
						return;
					}
					if (target !== undefined && options.drops?.(signal) !== true) {
						push(target, { type: 'PEER_SIGNAL_RECEIVED', from: session.id, signal });
					}
				},
				sendState: (to, state) => {
					const session = own();
					if (session === null) return;
					statesSent.push({ to, state });
					for (const id of to) {
						if (server.hasMedia && id === session.id && state.kind === 'screenshare') {
							mediaServer.stopScreen(id);
						}
						relayed.push({ from: session.id, to: id, state });
						const target = sessions.get(id);
						if (target !== undefined)
							push(target, { type: 'MEMBER_STATE_RECEIVED', from: session.id, state });
					}
				},
				bye: () => {
					if (socket.isOpen && socket.session !== null) end(socket.session);
				},
				close: () => {
					if (socket.isOpen && socket.session !== null) socket.session.listener = null;
					socket.isOpen = false;
				}
			};
		};

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
		const choice: MediaChoice = {
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
				outbox: { list: async () => [], put: async () => undefined, remove: async () => undefined },
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
			createActor(machine, { clock, systemId: 'call', input });
		const emitted: GroupCallEmitted[] = [];
		actor.on('*', (event) => emitted.push(event));
		const broken: unknown[] = [];
		actor.subscribe({ error: (error) => broken.push(error) });

		const setMedia = (patch: Partial<MediaOffer>) => {
			media = { ...media, ...patch };
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
			/** The next requests of this kind end like this. */
			script: (call: ApiCall, ...next: Fate[]) => {
				fates.set(call, [...(fates.get(call) ?? []), ...next]);
			},
			/** Lets the oldest held request of this kind go on. */
			release: async (call: ApiCall, failure?: ErrorCode) => {
				const index = held.findIndex((request) => request.call === call);
				const [request] = index < 0 ? [] : held.splice(index, 1);
				if (request === undefined) throw new Error(`no ${call} is held`);
				request.go(failure);
				await settle();
			},
			/** The socket breaks; the session waits at the server. */
			cut: async () => {
				sockets.at(-1)?.close(1006);
				await settle();
			},
			/** The server says something of its own accord. */
			hear: async (...news: SignalingNews[]) => {
				const session = sockets.at(-1)?.session;
				for (const event of news) if (session != null) push(session, event);
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
			row: () => row
		};
	};

	return {
		clock,
		network,
		relayed,
		mediaServer,
		/** From now on media goes through a server; sessions that are there learn of it with their next one. */
		setMediaServer: (isThere: boolean) => {
			server.hasMedia = isThere;
		},
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
		},
		/** The server cannot be reached; it keeps every session. */
		stopSockets: async () => {
			server.isUp = false;
			for (const close of openSockets) close();
			await settle();
		},
		/** The signaling server loses every session, and is back at once. */
		restart: async () => {
			for (const close of openSockets) close();
			for (const id of sessions.keys()) mediaServer.forget(id);
			sessions.clear();
			for (const [room, known] of entered) entered.set(room, { ...known, presence: outside });
			await settle();
		},
		startServer: () => {
			server.isUp = true;
		},
		/** The server forgets a room session, as it does after a while without a ping. */
		forgetRoomSessions: () => entered.clear(),
		announce: async () => {
			announce();
			await settle();
		},
		/** The next lists of participants reach nobody. */
		loseLists: (count: number) => {
			server.unheard = count;
		},
		/** Said to everybody in the room. */
		broadcast: async (news: SignalingNews) => {
			broadcast(news);
			await settle();
		},
		/** The server says something more of this session, in every list from now on. */
		describe: async (id: SessionId, more: Partial<ParticipantUpdate>) => {
			const room = sessions.get(id)?.room;
			const known = room == null ? undefined : entered.get(room);
			if (room != null && known !== undefined)
				entered.set(room, { ...known, more: { ...known.more, ...more } });
			announce();
			await settle();
		},
		/** A moderator takes this session out of the call. */
		takeOut: async (id: SessionId) => {
			const room = sessions.get(id)?.room;
			const known = room == null ? undefined : entered.get(room);
			if (room != null && known !== undefined) entered.set(room, { ...known, presence: outside });
			announce();
			await settle();
		},
		/** Who offered to whom, in order. */
		invites: () =>
			relayed
				.filter(({ signal }) => signal?.kind === 'invite')
				.map(
					({ from, to, signal }) => `${from}→${to} ${signal?.purpose === 'screenshare' ? 'screen' : 'media'}`
				)
	};
}

/** For who runs many benches: a network that knows when it rests, and time that is shared with it. */
export interface CallBenchOptions {
	clock?: BenchClock;
	network?: FakeNetwork;
	settle?: () => Promise<void>;
}

export type CallBench = ReturnType<typeof openCallBench>;
export type Party = ReturnType<CallBench['openParty']>;

export interface PartyOptions {
	/** What the room said of itself before it was entered. */
	lookedUp?: Partial<RoomInfo>;
	profile?: GroupCallInput['profile'];
	ring?: GroupCallInput['ring'];
	iceServers?: () => IceServer[];
	has?: { audio: boolean; video: boolean };
	random?: () => number;
	/** What it calls its connections, one after the other. */
	callIds?: string[];
	/** What its socket lets through. */
	hears?: (event: SocketEvent) => boolean;
	/** The server knows no name of this party. */
	isNameless?: boolean;
	isStoreBroken?: boolean;
	/** Signals that the relay loses. */
	drops?: (signal: PeerSignal) => boolean;
	member?: typeof memberMachine;
	/** Stands between the machines and the connections. */
	connections?: (real: PeerConnections) => PeerConnections;
}
