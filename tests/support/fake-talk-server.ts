import { RoostError, type ErrorCode } from '../../src/lib/domain/errors.ts';
import type {
	MemberState,
	ParticipantUpdate,
	PeerSignal,
	SignalingNews,
	SignalingSocket,
	SocketEvent
} from '../../src/lib/domain/signaling.ts';
import type {
	CallPresence,
	EnteredRoom,
	IceServer,
	RoomInfo,
	TalkApi
} from '../../src/lib/domain/talk-api.ts';
import type { NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import { openFakeMediaServer } from './fake-media-server.ts';
import type { FakeNetwork } from './fake-network.ts';
import { readSdp, sends } from './fake-sdp.ts';
import { quietChat } from './quiet-chat.ts';

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
	lobbyOpensAt: 0,
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
 * A Talk server in memory: its HTTP side, its signaling and, when wanted, its media server. The test cuts sockets,
 * restarts it, and decides how requests end.
 */
export function openFakeTalkServer(network: FakeNetwork, wire: WireOptions = {}) {
	const sessions = new Map<SessionId, Session>();
	/** By room session: survives a restart of the signaling server, but nobody is in the call then. */
	const entered = new Map<
		NextcloudSessionId,
		{ name: string; actorId: string; presence: CallPresence; more: Partial<ParticipantUpdate> }
	>();
	const server = {
		isUp: true,
		hasMedia: false,
		/** It has no socket: sessions are those in the room, and outlive every connection. */
		isPulled: false,
		sessions: 0,
		roomSessions: 0,
		unheard: 0
	};
	/** What stands between the link and the call. */
	const doors = { password: '', guesses: Infinity, isLobbyClosed: false, opensAt: 0 };
	/** What its moderators, or those in it, have changed about it. */
	const changed: Partial<RoomInfo> = {};
	const seenRoom = (): RoomInfo => ({
		...roomInfo,
		...changed,
		hasPassword: doors.password !== '',
		isLobbyActive: doors.isLobbyClosed,
		lobbyOpensAt: doors.opensAt
	});
	const mustFit = (password = '') => {
		if (doors.password === '') return;
		if (doors.guesses === 0 && password !== '') {
			throw new RoostError('server.throttled', 'too many guesses', { retryAfterMs: 42_000 });
		}
		if (password === doors.password) return;
		if (password !== '') doors.guesses -= 1;
		throw new RoostError('room.password', 'not that one');
	};
	const relayed: { from: SessionId; to: SessionId; signal?: PeerSignal; state?: MemberState }[] = [];

	const openSockets = new Set<() => void>();
	const arrive = (session: Session, event: SocketEvent) => {
		if (session.listener === null) session.waiting.push(event);
		else {
			const { listener } = session;
			queueMicrotask(() => {
				if (session.listener === listener) listener(event);
			});
		}
	};
	const push = (session: Session, event: SocketEvent) => {
		if (wire.carry === undefined) arrive(session, event);
		else wire.carry(() => arrive(session, event));
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
	/** Whether it announces media that its sender has no right to: servers tell nobody of it. */
	const isForbidden = (session: Session, signal: PeerSignal) => {
		if (!('description' in signal)) return false;
		const may = entryOf(session)?.permissions ?? seenRoom().permissions;
		const sent = readSdp(signal.description.sdp).sections.filter(({ direction }) => sends(direction));
		if (signal.purpose === 'screenshare') return !may.publishScreen && sent.length > 0;
		return sent.some(
			({ kind }) => (kind === 'audio' && !may.publishAudio) || (kind === 'video' && !may.publishVideo)
		);
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

	/** One client's way to the server. @param name also the beginning of its session ids */
	const attend = (name: string, options: AttendanceOptions = {}) => {
		const calls: ApiCall[] = [];
		const bodies: {
			joined: CallPresence[];
			updated: CallPresence[];
			silent: boolean[];
			/** Whether the requests that take us out survive the page. */
			parting: (boolean | undefined)[];
			/** With which each request to be let into the room came. */
			passwords: (string | undefined)[];
			/** Whether it ends a session of the same tab that is still there. */
			takeOvers: boolean[];
		} = { joined: [], updated: [], silent: [], parting: [], passwords: [], takeOvers: [] };
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
		const enter = (password: string | undefined): EnteredRoom => {
			mustFit(password);
			roomSession = `${server.isPulled ? name : 'nc'}-${(server.roomSessions += 1)}` as NextcloudSessionId;
			entered.set(roomSession, {
				name: options.isNameless === true ? '' : name,
				actorId: name,
				presence: outside,
				more: {}
			});
			return {
				...seenRoom(),
				nextcloudSessionId: roomSession,
				actorType: 'guests',
				actorId: name,
				isModerator: false
			};
		};
		const api: TalkApi = {
			...quietChat,
			fetchServerInfo: async () =>
				ask('fetchServerInfo', () => ({
					callsEnabled: true,
					maxChatLength: 1_000,
					reactions: [],
					features: [],
					canCreateRooms: false,
					hasEncryptedCalls: false
				})),
			lookUpRoom: async () => ask('lookUpRoom', seenRoom),
			enterRoom: async (_, { takeOver, password }) => {
				if (takeOver) calls.push('enterRoom');
				bodies.passwords.push(password);
				bodies.takeOvers.push(takeOver);
				return ask('enterRoom', () => enter(password));
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
					url: server.isPulled ? null : 'wss://hpb.example/spreed',
					backendUrl: 'https://cloud.example/backend',
					helloV1: null,
					helloV2: { token: 'jwt' },
					iceServers: options.iceServers?.() ?? []
				})),
			joinCall: async (_, presence, { silent, consent }) =>
				ask('joinCall', () => {
					if (changed.isReadOnly === true) throw new RoostError('call.forbidden', 'the room is locked');
					if (changed.needsRecordingConsent === true && !consent)
						throw new RoostError('call.consent', 'none');
					const { hasCall, permissions } = seenRoom();
					if (!hasCall && !permissions.startCall) throw new RoostError('call.forbidden', 'not yet started');
					if (doors.isLobbyClosed) throw new RoostError('room.lobby', 'the lobby is closed');
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
					if (forEveryone === true) {
						for (const [room, known] of entered) entered.set(room, { ...known, presence: outside });
						broadcast({ type: 'CALL_ENDED_FOR_ALL' });
					}
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

		const openSocket = (url: string | null, listener: (event: SocketEvent) => void): SignalingSocket => {
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
					features: server.hasMedia ? ['mcu', 'simulcast'] : []
				});
			};
			if (server.isUp) {
				say({ type: 'SOCKET_OPENED' });
				if (url !== null) say({ type: 'WELCOME_RECEIVED', features: ['hello-v2'] });
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
					for (const event of session.waiting.splice(0)) arrive(session, event);
					announce();
				},
				joinRoom: (_, room) => {
					if (!socket.isOpen) return;
					if (url === null && entered.has(room)) {
						const id = room as string as SessionId;
						const session = sessions.get(id) ?? { id, room: null, listener: null, waiting: [] };
						sessions.set(id, session);
						adopt(session);
					} else if (url !== null && socket.session === null) return;
					if (!entered.has(room) || socket.session === null)
						return say({ type: 'ROOM_REFUSED', code: 'no_such_room' });
					say({ type: 'ROOM_JOINED', token });
					for (const event of socket.session.waiting.splice(0)) arrive(socket.session, event);
					if (socket.session.room === room && url !== null) return;
					socket.session.room = room;
					announce();
				},
				sendSignal: (to, signal) => {
					const session = own();
					const target = sessions.get(to);
					if (session === null) return;
					relayed.push({ from: session.id, to, signal });
					if (isForbidden(session, signal)) {
						if (server.hasMedia) push(session, { type: 'REQUEST_REFUSED', code: 'not_allowed' });
						return;
					}
					if (server.hasMedia) {
						if (options.drops?.(signal, to) === true || mediaServer.take(session.id, to, signal)) return;
						push(session, { type: 'REQUEST_REFUSED', code: 'not_allowed' });
						return;
					}
					if (target !== undefined && options.drops?.(signal, to) !== true) {
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
				sendOrder: (to, { kind, target }) => {
					const session = own();
					const type = kind === 'mute' ? 'MUTED_BY_MODERATOR' : 'HAND_LOWERED_BY_MODERATOR';
					for (const id of session === null ? [] : to) {
						const hearer = sessions.get(id);
						if (hearer !== undefined && session !== null) push(hearer, { type, target, from: session.id });
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

		return {
			api,
			openSocket,
			calls,
			bodies,
			statesSent,
			sockets,
			/** The next requests of this kind end like this. */
			script: (call: ApiCall, ...next: Fate[]) => {
				fates.set(call, [...(fates.get(call) ?? []), ...next]);
			},
			/** Lets the oldest held request of this kind go on. */
			release: (call: ApiCall, failure?: ErrorCode) => {
				const index = held.findIndex((request) => request.call === call);
				const [request] = index < 0 ? [] : held.splice(index, 1);
				if (request === undefined) throw new Error(`no ${call} is held`);
				request.go(failure);
			},
			/** The socket breaks; the session waits at the server. */
			cut: () => sockets.at(-1)?.close(1006),
			/** The same, but nobody is told: the socket looks open, and nothing gets through it. */
			freeze: () => {
				const socket = sockets.at(-1);
				if (socket === undefined) return;
				socket.isOpen = false;
				if (socket.session !== null) socket.session.listener = null;
			},
			/** The server says something of its own accord. */
			hear: (...news: SignalingNews[]) => {
				const session = sockets.at(-1)?.session;
				for (const event of news) if (session != null) push(session, event);
			}
		};
	};

	return {
		attend,
		relayed,
		mediaServer,
		announce,
		broadcast,
		/** From now on media goes through a server; sessions that are there learn of it with their next one. */
		setMediaServer: (isThere: boolean) => {
			server.hasMedia = isThere;
		},
		/** The server cannot be reached; it keeps every session. */
		stopSockets: () => {
			server.isUp = false;
			for (const close of openSockets) close();
		},
		/** From now on it has no socket, and is asked again and again. */
		setPulled: () => {
			server.isPulled = true;
		},
		/** The signaling server loses every session, and is back at once. Sessions in the room outlive it. */
		restart: () => {
			for (const close of openSockets) close();
			if (server.isPulled) return;
			for (const id of sessions.keys()) mediaServer.forget(id);
			sessions.clear();
			for (const [room, known] of entered) entered.set(room, { ...known, presence: outside });
		},
		/** The server takes this session for gone. */
		forget: (id: SessionId) => {
			const session = sessions.get(id);
			if (session !== undefined) end(session);
			if (server.isPulled) entered.delete(id as string as NextcloudSessionId);
		},
		startServer: () => {
			server.isUp = true;
		},
		/** The server forgets a room session, as it does after a while without a ping. */
		forgetRoomSessions: () => entered.clear(),
		/** The next lists of participants reach nobody. */
		loseLists: (count: number) => {
			server.unheard = count;
		},
		/** The server says something more of this session, in every list from now on. */
		describe: (id: SessionId, more: Partial<ParticipantUpdate>) => {
			const room = sessions.get(id)?.room;
			const known = room == null ? undefined : entered.get(room);
			if (room != null && known !== undefined)
				entered.set(room, { ...known, more: { ...known.more, ...more } });
			announce();
		},
		/** @param guesses how many wrong passwords there may be until the server wants no more */
		lock: (password: string, guesses = Infinity) => Object.assign(doors, { password, guesses }),
		/** A moderator closes the lobby: everybody is in front of it. @param opensAt unix seconds; 0: not by itself */
		closeLobby: (opensAt = 0) => {
			Object.assign(doors, { isLobbyClosed: true, opensAt });
			for (const [room, known] of entered) entered.set(room, { ...known, presence: outside });
			announce();
		},
		change: (room: Partial<RoomInfo>) => Object.assign(changed, room),
		/** The same, and nobody is told. */
		closeLobbyQuietly: () => Object.assign(doors, { isLobbyClosed: true }),
		openLobby: () => Object.assign(doors, { isLobbyClosed: false, opensAt: 0 }),
		/** A moderator takes this session out of the call. */
		takeOut: (id: SessionId) => {
			const room = sessions.get(id)?.room;
			const known = room == null ? undefined : entered.get(room);
			if (room != null && known !== undefined) entered.set(room, { ...known, presence: outside });
			announce();
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

/** How long things are on their way from the server. */
export interface WireOptions {
	/** Takes what the server pushes to a session, and lets it arrive in its own time, in the order it was given. */
	carry?: (arrive: () => void) => void;
}

/** How the server sees one client, and what gets through to it. */
export interface AttendanceOptions {
	iceServers?: () => IceServer[];
	/** What its socket lets through. */
	hears?: (event: SocketEvent) => boolean;
	/** The server knows no name of it. */
	isNameless?: boolean;
	/** Signals that the relay loses. */
	drops?: (signal: PeerSignal, to: SessionId) => boolean;
}
