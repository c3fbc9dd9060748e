import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { callFlag } from '../../../src/lib/protocol/call.ts';
import type { ClientFrame, Recipient } from '../../../src/lib/protocol/client-frame.ts';
import { NextcloudSessionId, ResumeId, SessionId, type RoomToken } from '../../../src/lib/protocol/ids.ts';
import type { Bounds, Timings } from '../../bounds.ts';
import type { SignalingMetrics } from '../../metrics.ts';
import { bitsToPublish } from '../../rooms/publishing.ts';
import type { ByeReason, Connection } from '../connection.ts';
import {
	byeFrame,
	chatFrame,
	disinviteFrame,
	joinFrame,
	leaveFrame,
	relayFrame,
	roomFrame,
	updateFrame
} from '../frames.ts';
import { createHubSession, type HubSession } from '../hub-session.ts';
import { charactersToldFor, tell } from '../relay.ts';
import { bitsOfWords } from '../rights.ts';
import { createTransientData, sessionOfKey } from '../transient-data.ts';
import {
	BackendFailure,
	type BackendAddress,
	type BackendClient,
	type PingEntry,
	type ShownUser
} from './backend-client.ts';
import type { NamedSession, SessionIds } from './session-ids.ts';

type Asked<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>;
type JoinRequest = Exclude<Asked<'room'>['room'], { roomid: '' }>;

/** Somebody whom a backend has vouched for. */
export interface Person {
	/** empty for guests */
	userId: string;
	user: ShownUser | undefined;
}

/** A session of a client of another server. */
export type ForeignSession = HubSession &
	Person & {
		readonly sid: number;
		/** where its backend is asked */
		readonly address: BackendAddress;
		/** how many of its further ids are remembered */
		aliases: string[];
		/** it may do everything: its backend has named no permissions */
		isUnlimited: boolean;
		/** what its backend says in an order of it, and the others are told */
		told: object;
	};

interface Dependencies {
	/** tells its sessions from those of other backends */
	backendId: string;
	client: BackendClient;
	ids: SessionIds;
	timings: Timings;
	bounds: Bounds;
	/** whether there are as many sessions as there may be, with those of all backends */
	isFull: () => boolean;
	/** milliseconds since 1970 */
	now: () => number;
	metrics: SignalingMetrics;
	log: Logger;
}

/** How many ids of one session, beside its own, are found without a look at what they say. */
const mostAliases = 8;

/**
 * The signaling sessions of one other backend, and the rooms that they are in. There is one for each backend, and it knows
 * nothing of the others: nobody reaches from one backend to another, for lack of a way. Rooms are where somebody is; who may
 * be in them, and what they may do there, is the backend's word.
 */
export function createForeignHub(dependencies: Dependencies) {
	const { backendId, client, ids, timings, bounds, isFull, now, metrics, log } = dependencies;
	const sessions = new Map<number, ForeignSession>();
	const byId = new Map<string, ForeignSession>();
	const byNextcloudId = new Map<NextcloudSessionId, ForeignSession>();
	const rooms = new Map<RoomToken, { members: Set<ForeignSession>; properties: object }>();

	/** endpoints that are being told who is there */
	const pinging = new Set<string>();

	const membersOf = (token: RoomToken): ForeignSession[] => [...(rooms.get(token)?.members ?? [])];
	const transient = createTransientData({ membersOf, virtualsOf: () => [], listenersIn: membersOf }, bounds);

	function broadcast(token: RoomToken, frame: object, except?: ForeignSession): void {
		const text = JSON.stringify(frame);
		for (const member of membersOf(token)) if (member !== except) member.deliver(text);
	}

	/** @returns undefined if there are as many sessions as there may be */
	function open(
		person: Person,
		address: BackendAddress,
		features: readonly string[],
		connection: Connection
	): ForeignSession | undefined {
		if (isFull()) return undefined;
		const sid = newSid();
		const data = { sid, createdAt: now(), backendId };
		const identity = {
			id: v.parse(SessionId, ids.encodePublic(data)),
			resumeId: v.parse(ResumeId, ids.encodePrivate(data)),
			guestKey: `${backendId}:${sid}`,
			features
		};
		const session: ForeignSession = Object.assign(
			createHubSession(identity, bounds, now, () => giveUp(session), metrics.frameRefused),
			{ ...person, sid, address, aliases: [], isUnlimited: true, told: {} }
		);
		sessions.set(sid, session);
		byId.set(session.id, session);
		session.attach(connection);
		awaitRoom(session);
		log.info({ session: short(session), connection: connection.id }, 'signaling session of a backend opened');
		return session;
	}

	/** Random, since keys outlive this run of the server: an id of the last one means nobody now. */
	function newSid(): number {
		for (;;) {
			const sid = randomBytes(6).readUIntBE(0, 6);
			if (sid > 0 && !sessions.has(sid)) return sid;
		}
	}

	/** By any id that its keys can have made. */
	function sessionById(id: string): ForeignSession | undefined {
		const known = byId.get(id);
		if (known) return known;
		const named = ids.decodePublic(id);
		const session = named && sessionNamed(named);
		if (session && session.aliases.length < mostAliases) {
			session.aliases.push(id);
			byId.set(id, session);
		}
		return session;
	}

	const sessionNamed = (named: NamedSession) =>
		named.backendId === backendId ? sessions.get(named.sid) : undefined;

	/** @returns undefined if there is no such session any more */
	function resume(resumeId: string, named: NamedSession, connection: Connection): ForeignSession | undefined {
		const session = sessionNamed(named);
		if (!session || !isSame(session.resumeId, resumeId)) return undefined;
		const older = session.connection;
		session.attach(connection);
		older?.bye('session_resumed');
		if (session.place) session.cancelTimer();
		else awaitRoom(session);
		log.info({ session: short(session), connection: connection.id }, 'signaling session resumed');
		return session;
	}

	/** What a resumed client may have missed although it was sent: frames are not acknowledged. */
	function catchUp(session: ForeignSession): void {
		if (!session.place) return;
		const { token } = session.place;
		session.deliverFrame(updateFrame(token, membersOf(token).map(entryOf)));
		transient.introduce(session, token);
		session.deliverFrame(chatFrame(token, { refresh: true }));
	}

	function disconnected(session: ForeignSession, connection: Connection, isPageGone: boolean): void {
		if (session.connection !== connection || !isAlive(session)) return;
		if (isPageGone) return end(session);
		session.detach();
		session.after(timings.resumeMs, () => end(session));
		log.info({ session: short(session), connection: connection.id }, 'signaling socket lost');
	}

	const isAlive = (session: ForeignSession) => sessions.get(session.sid) === session;

	/** Guests are in a room or they are nobody; those with an account may wait for what they are told. */
	function awaitRoom(session: ForeignSession): void {
		if (session.userId !== '') return session.cancelTimer();
		session.after(timings.roomJoinMs, () => end(session, 'room_join_timeout'));
	}

	function giveUp(session: ForeignSession): void {
		if (!isAlive(session)) return;
		log.warn({ session: short(session) }, 'the client reads too slowly for its session to go on');
		const { connection } = session;
		end(session);
		connection?.terminate();
	}

	function end(session: ForeignSession, bye?: ByeReason): void {
		if (!isAlive(session)) return;
		leave(session);
		forget(session, bye);
		log.info({ session: short(session), reason: bye ?? 'ended' }, 'signaling session ended');
	}

	function forget(session: ForeignSession, bye?: ByeReason): void {
		session.cancelTimer();
		sessions.delete(session.sid);
		for (const id of [session.id, ...session.aliases]) byId.delete(id);
		const { connection } = session;
		session.detach();
		if (bye) connection?.bye(bye);
		else connection?.close();
	}

	function sayBye(session: ForeignSession, id: string | undefined): void {
		session.connection?.sendFrame(byeFrame(id));
		end(session);
	}

	/** Joins the room that the request names if the backend lets it, or leaves the current one if it names none. */
	async function changeRoom(session: ForeignSession, { id, room: asked }: Asked<'room'>): Promise<void> {
		if (!isJoining(asked)) {
			leave(session);
			awaitRoom(session);
			session.deliverFrame(roomFrame(id, { roomid: '', properties: {} }));
			return;
		}
		const { roomid: token, sessionid, federation } = asked;
		if (federation !== undefined && federation !== null) {
			session.refuse(id, 'federation_unsupported', 'this server does not federate');
		} else if (sessionid === undefined) {
			session.refuse(id, 'no_such_room', 'the room does not know this session');
		} else if (session.place?.token === token && session.place.nextcloudSessionId === sessionid) {
			const details = { room: { roomid: token, properties: rooms.get(token)?.properties ?? {} } };
			session.refuse(id, 'already_joined', 'already in this room', details);
		} else {
			await join(session, id, { token, sessionid });
		}
	}

	async function join(
		session: ForeignSession,
		id: string | undefined,
		{ token, sessionid }: { token: RoomToken; sessionid: NextcloudSessionId }
	): Promise<void> {
		const question = { roomid: token, userid: session.userId, sessionid };
		const answer = await client.enter(session.address, question).catch((error: unknown) => {
			if (!(error instanceof BackendFailure)) throw error;
			log.warn({ err: error }, 'a backend could not be asked about a room');
			return undefined;
		});
		if (!isAlive(session)) {
			// let in for nothing: it has gone meanwhile
			if (answer && 'room' in answer) sayLeft(session, { token, nextcloudSessionId: sessionid });
			return;
		}
		if (!answer) {
			session.refuse(id, 'room_join_failed', 'the server of the rooms did not answer');
			return;
		}
		if ('refused' in answer) {
			session.refuse(id, answer.refused ?? 'room_join_failed', answer.message || 'not let in');
			return;
		}
		const { properties, permissions, session: shown } = answer.room;
		if (session.place) leave(session, session.place.nextcloudSessionId !== sessionid);
		const older = byNextcloudId.get(sessionid);
		if (older) replace(older);
		seat(session, token, sessionid, properties);
		if (session.userId === '') session.userId = shown.userid;
		session.isUnlimited = !permissions;
		session.granted = new Set(permissions ?? []);
		session.deliverFrame(roomFrame(id, { roomid: token, properties }));
		session.deliverFrame(joinFrame(membersOf(token).map(memberOf)));
		const inCall = membersOf(token).filter(isInCall);
		if (inCall.length > 0) session.deliverFrame(updateFrame(token, inCall.map(entryOf)));
		broadcast(token, joinFrame([memberOf(session)]), session);
		transient.introduce(session, token);
		log.info({ session: short(session) }, 'signaling session joined a room of its backend');
	}

	function seat(
		session: ForeignSession,
		token: RoomToken,
		nextcloudSessionId: NextcloudSessionId,
		properties: object
	): void {
		session.cancelTimer();
		session.place = { token, nextcloudSessionId };
		byNextcloudId.set(nextcloudSessionId, session);
		const members = rooms.get(token)?.members ?? new Set();
		rooms.set(token, { members: members.add(session), properties });
	}

	function unseat(session: ForeignSession): void {
		if (!session.place) return;
		const { token, nextcloudSessionId } = session.place;
		session.place = undefined;
		session.granted = undefined;
		session.isUnlimited = true;
		session.callFlags = 0;
		session.told = {};
		if (nextcloudSessionId !== undefined) byNextcloudId.delete(nextcloudSessionId);
		const room = rooms.get(token);
		room?.members.delete(session);
		if (room?.members.size === 0) rooms.delete(token);
		broadcast(token, leaveFrame(session.id));
		transient.left(token, session.id);
	}

	/** Another session of the same backend has come with its room session. */
	function replace(older: ForeignSession): void {
		unseat(older);
		forget(older, 'room_session_reconnected');
		log.info({ session: short(older) }, 'signaling session replaced');
	}

	/** @param isOver the room session ends as well: the backend is told */
	function leave(session: ForeignSession, isOver = true): void {
		const { place } = session;
		if (!place) return;
		unseat(session);
		if (isOver) sayLeft(session, place);
	}

	/** Once: a backend that cannot be reached misses the pings as well. */
	function sayLeft({ address, userId }: ForeignSession, { token, nextcloudSessionId }: Left): void {
		if (nextcloudSessionId === undefined) return;
		client
			.leave(address, { roomid: token, userid: userId, sessionid: nextcloudSessionId })
			.catch((error: unknown) => {
				log.info({ err: error }, 'a backend could not be told that somebody has left');
			});
	}

	/** Tells the backend who is in which room; not where it is still being told. */
	function ping(): void {
		const asked = new Map<string, { address: BackendAddress; present: Map<RoomToken, PingEntry[]> }>();
		for (const { address, place, userId } of sessions.values()) {
			if (place?.nextcloudSessionId === undefined || pinging.has(address.endpoint)) continue;
			const { token, nextcloudSessionId: sessionid } = place;
			const { present } = asked.get(address.endpoint) ?? { present: new Map<RoomToken, PingEntry[]>() };
			asked.set(address.endpoint, { address, present });
			const entries = present.get(token) ?? [];
			entries.push({ ...(userId !== '' && { userid: userId }), sessionid });
			present.set(token, entries);
		}
		for (const { address, present } of asked.values()) void pingAt(address, present);
	}

	async function pingAt(
		address: BackendAddress,
		present: ReadonlyMap<RoomToken, PingEntry[]>
	): Promise<void> {
		pinging.add(address.endpoint);
		await client.ping(address, present).catch((error: unknown) => {
			log.error({ err: error }, 'a backend could not be told who is there');
		});
		pinging.delete(address.endpoint);
	}

	/** In the same room; those with an account also while both are in none. */
	const canReach = (sender: ForeignSession, other: ForeignSession) =>
		other !== sender &&
		other.place?.token === sender.place?.token &&
		(sender.place !== undefined || (sender.userId !== '' && other.userId !== ''));

	function relay(sender: ForeignSession, request: Asked<'message' | 'control'>): void {
		const { recipient, data } = request.type === 'message' ? request.message : request.control;
		const isForRoom = recipient.type === 'room' || recipient.type === 'call';
		if (!sender.place && (isForRoom || sender.userId === '')) {
			return sender.refuse(request.id, 'not_in_room', 'join a room first');
		}
		const mayTell = request.type === 'control' ? may(sender, 'control') : mayPublish(sender, data);
		if (!mayTell) return log.debug({ reason: 'no right to it' }, 'message dropped');
		const recipients = recipientsOf(sender, recipient);
		if (recipients.length === 0) return log.debug({ reason: 'nobody to receive it' }, 'message dropped');
		const text = JSON.stringify(relayFrame(request.type, recipient.type, senderOf(sender), data));
		tell(
			sender,
			request.id,
			recipients.map((member) => [member, text] as const)
		);
	}

	function recipientsOf(sender: ForeignSession, to: Recipient): ForeignSession[] {
		if (to.type === 'session') {
			const member = sessionById(to.sessionid);
			return member && canReach(sender, member) ? [member] : [];
		}
		const nearby = sender.place ? membersOf(sender.place.token) : [...sessions.values()];
		const others = nearby.filter((member) => canReach(sender, member));
		switch (to.type) {
			case 'user':
				return others.filter(({ userId }) => userId === to.userid);
			case 'room':
				return others;
			case 'call':
				return others.filter(isInCall);
		}
	}

	const may = ({ isUnlimited, granted }: ForeignSession, word: string) =>
		isUnlimited || granted?.has(word) === true;

	function mayPublish({ isUnlimited, granted }: ForeignSession, data: unknown): boolean {
		if (isUnlimited) return true;
		const needed = bitsToPublish(data);
		return (bitsOfWords(granted ?? []) & needed) === needed;
	}

	/** Writes or takes away what all in the room share. */
	function share(session: ForeignSession, { id, transient: request }: Asked<'transient'>): void {
		if (!session.place) return session.refuse(id, 'not_in_room', 'join a room first');
		const { token } = session.place;
		const owner = sessionOfKey(request.key);
		const mayWrite = owner === undefined ? may(session, 'transient-data') : owner === session.id;
		if (!mayWrite) return session.refuse(id, 'not_allowed', 'no right to write this');
		if (!session.maySay(charactersToldFor(request)))
			return session.refuse(id, 'too_many_requests', 'slow down');
		const { key } = request;
		const outcome =
			request.type === 'remove'
				? transient.remove(token, key, session)
				: transient.set(token, key, request.value, request.ttl / 1e6, session);
		if (outcome === 'full') session.refuse(id, 'not_allowed', 'the room holds no more');
		if (outcome === 'unheard') session.refuse(id, 'too_many_requests', 'not everybody reads that fast');
	}

	/** The backend has ended its room session, or wants its user out. */
	function disinvite(session: ForeignSession, token: RoomToken): void {
		unseat(session);
		session.deliverFrame(disinviteFrame(token, 'disinvited'));
		forget(session);
		log.info({ session: short(session) }, 'signaling session disinvited');
	}

	/** The backend has deleted the room. */
	function closeRoom(token: RoomToken): void {
		for (const session of membersOf(token)) {
			unseat(session);
			session.deliverFrame(disinviteFrame(token, 'deleted'));
			session.deliverFrame(roomFrame(undefined, { roomid: '' }));
			awaitRoom(session);
		}
	}

	return {
		open,
		resume,
		catchUp,
		disconnected,
		sayBye,
		changeRoom,
		relay,
		share,
		ping,
		transient,
		membersOf,
		broadcast,
		disinvite,
		closeRoom,
		/** undefined unless it is in this room */
		memberBy(token: RoomToken, nextcloudSessionId: string): ForeignSession | undefined {
			const read = v.safeParse(NextcloudSessionId, nextcloudSessionId);
			const session = read.success ? byNextcloudId.get(read.output) : undefined;
			return session?.place?.token === token ? session : undefined;
		},
		sessionsOfUser: (userId: string) =>
			userId === '' ? [] : [...sessions.values()].filter((session) => session.userId === userId),
		setProperties(token: RoomToken, properties: object): void {
			const room = rooms.get(token);
			if (room) room.properties = { ...room.properties, ...properties };
		},
		count: () => sessions.size,
		stats: () => ({ rooms: rooms.size, sessions: sessions.size }),
		stop(): void {
			for (const session of sessions.values()) session.cancelTimer();
			sessions.clear();
			byId.clear();
			transient.stop();
		}
	};
}
export type ForeignHub = ReturnType<typeof createForeignHub>;

interface Left {
	token: RoomToken;
	nextcloudSessionId: NextcloudSessionId | undefined;
}

const isJoining = (room: Asked<'room'>['room']): room is JoinRequest => room.roomid !== '';

const isInCall = ({ callFlags }: ForeignSession) => (callFlags & callFlag.inCall) !== 0;

/** Enough of an id to follow a session through the log, too little to address it. */
const short = (session: ForeignSession) => session.id.slice(0, 8);

const senderOf = ({ id, userId }: ForeignSession) => ({ id, ...(userId !== '' && { userid: userId }) });

/** One of a join event. */
const memberOf = ({ id, userId, user, place, features }: ForeignSession) => ({
	sessionid: id,
	userid: userId,
	...(user && { user }),
	...(place?.nextcloudSessionId !== undefined && { roomsessionid: place.nextcloudSessionId }),
	...(features.length > 0 && { features })
});

/** One of an update, as the backend has described it last. */
export const entryOf = ({ id, userId, place, callFlags, told }: ForeignSession) => ({
	...told,
	sessionId: id,
	nextcloudSessionId: place?.nextcloudSessionId,
	inCall: callFlags,
	...(userId !== '' && { userId })
});

function isSame(one: string, other: string): boolean {
	const [first, second] = [Buffer.from(one), Buffer.from(other)];
	return first.length === second.length && timingSafeEqual(first, second);
}
