import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import type { ClientFrame } from '../../src/lib/protocol/client-frame.ts';
import { ResumeId, type RoomToken, type SessionId } from '../../src/lib/protocol/ids.ts';
import type { Bounds, Timings } from '../bounds.ts';
import type { SignalingMetrics } from '../metrics.ts';
import type { Membership } from '../rooms/membership.ts';
import type { EndOfSession, Post, Room, RoomNews } from '../rooms/model.ts';
import { isInLobby } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import type { FoundParticipant, Storage } from '../rooms/storage.ts';
import { wireChatMessage } from '../wire/chat-message.ts';
import type { ByeReason, Connection } from './connection.ts';
import { createDialouts } from './dialouts.ts';
import {
	byeFrame,
	chatFrame,
	disinviteFrame,
	roomAnswer,
	roomDeletedFrame,
	roomFrame,
	roomUpdateFrame,
	switchFrame
} from './frames.ts';
import { createHubSession, newSessionId, type HubSession } from './hub-session.ts';
import { createInternalClients, internalCallFlags } from './internal-clients.ts';
import { charactersToldFor, createRelay } from './relay.ts';
import { createRights } from './rights.ts';
import { createRoomMembers } from './room-members.ts';
import { createTransientData } from './transient-data.ts';

export interface HubDependencies {
	storage: Storage;
	membership: Membership;
	presence: Presence;
	timings: Timings;
	bounds: Bounds;
	/** how many sessions there are that are none of the hub's own */
	otherSessions?: () => number;
	/** milliseconds since 1970 */
	now: () => number;
	metrics: SignalingMetrics;
	log: Logger;
}

type RoomRequest = Extract<ClientFrame, { type: 'room' }>;
type TransientRequest = Extract<ClientFrame, { type: 'transient' }>;
type JoinRequest = Exclude<RoomRequest['room'], { roomid: '' }>;

/**
 * The signaling sessions: how they begin, change rooms and end. A session lives on without a socket for `resumeMs`;
 * whatever ends it also ends its Nextcloud session, unless another signaling session has taken that over.
 */
export function createHub({
	storage,
	membership,
	presence,
	timings,
	bounds,
	otherSessions = () => 0,
	now,
	metrics,
	log
}: HubDependencies) {
	const sessions = new Map<SessionId, HubSession>();
	const byResumeId = new Map<ResumeId, HubSession>();
	const members = createRoomMembers(storage, presence, now);
	const rights = createRights(storage);
	const transient = createTransientData(members, bounds);
	const dialouts = createDialouts({
		members,
		transient,
		sessions: () => sessions.values(),
		acceptMs: timings.dialoutMs
	});
	const internals = createInternalClients({ storage, members, transient, dialouts, log });
	const sessionById = (id: SessionId) => sessions.get(id);
	const relay = createRelay({ storage, members, rights, sessionById, log });

	/**
	 * @param guestKey undefined for an internal client
	 * @returns undefined if there are as many sessions as there may be
	 */
	function open(
		guestKey: string | undefined,
		features: readonly string[],
		connection: Connection
	): HubSession | undefined {
		if (sessions.size + otherSessions() >= bounds.sessions) return undefined;
		const identity = {
			id: newSessionId(),
			resumeId: v.parse(ResumeId, randomBytes(48).toString('base64url')),
			guestKey,
			features
		};
		const session = createHubSession(identity, bounds, now, giveUp, metrics.frameRefused);
		if (session.isInternal) session.callFlags = internalCallFlags(features);
		sessions.set(session.id, session);
		byResumeId.set(session.resumeId, session);
		session.attach(connection);
		awaitRoom(session);
		log.info({ session: short(session), connection: connection.id }, 'signaling session opened');
		return session;
	}

	/** @returns `undefined` if there is no such session any more */
	function resume(resumeId: ResumeId, connection: Connection): HubSession | undefined {
		const session = byResumeId.get(resumeId);
		if (!session) return undefined;
		const older = session.connection;
		session.attach(connection);
		older?.bye('session_resumed');
		if (session.place) session.cancelTimer();
		else awaitRoom(session);
		log.info({ session: short(session), connection: connection.id }, 'signaling session resumed');
		return session;
	}

	/** What a resumed client may have missed although it was sent: frames are not acknowledged. */
	function catchUp(session: HubSession): void {
		const room = session.place && storage.roomByToken(session.place.token);
		if (!room) return;
		members.recount(session, room);
		if (!rights.isWaiting(session)) transient.introduce(session, room.token);
		session.deliverFrame(chatFrame(room.token, { refresh: true }));
	}

	/**
	 * The socket is gone; the session waits for the next one. The socket of a page that is unloaded closes by itself,
	 * often before the goodbye could leave: nobody is left there who could resume.
	 */
	function disconnected(session: HubSession, connection: Connection, isPageGone: boolean): void {
		if (session.connection !== connection || !sessions.has(session.id)) return;
		if (isPageGone) return end(session, 'left');
		session.detach();
		session.after(timings.resumeMs, () => end(session, 'expired'));
		log.info({ session: short(session), connection: connection.id }, 'signaling socket lost');
	}

	/** Internal clients may stay outside of all rooms, and add sessions to them. */
	function awaitRoom(session: HubSession): void {
		if (session.isInternal) return session.cancelTimer();
		session.after(timings.roomJoinMs, () => end(session, 'expired', 'room_join_timeout'));
	}

	function giveUp(session: HubSession): void {
		if (!sessions.has(session.id)) return;
		log.warn({ session: short(session) }, 'the client reads too slowly for its session to go on');
		const { connection } = session;
		end(session, 'expired');
		connection?.terminate();
	}

	/** Ends a session for good, and with it the Nextcloud session it stood for. */
	function end(session: HubSession, reason: EndOfSession, bye?: ByeReason): void {
		if (!sessions.has(session.id)) return;
		forget(session);
		leave(session, reason);
		hangUp(session, bye);
		log.info({ session: short(session), reason: bye ?? reason }, 'signaling session ended');
	}

	/** The client said goodbye, and is told that it was heard. */
	function sayBye(session: HubSession, id: string | undefined): void {
		session.connection?.sendFrame(byeFrame(id));
		end(session, 'left');
	}

	function forget(session: HubSession): void {
		internals.ended(session);
		session.cancelTimer();
		sessions.delete(session.id);
		byResumeId.delete(session.resumeId);
	}

	function hangUp(session: HubSession, bye?: ByeReason): void {
		const { connection } = session;
		session.detach();
		if (bye) connection?.bye(bye);
		else connection?.close();
	}

	/** Joins the room that the request names, or leaves the current one if it names none. */
	function changeRoom(session: HubSession, { id, room: request }: RoomRequest): void {
		if (isLeaving(request)) {
			leave(session, 'left');
			awaitRoom(session);
			session.deliverFrame(roomFrame(id, { roomid: '', properties: {} }));
			return;
		}
		if (request.federation !== undefined && request.federation !== null) {
			session.refuse(id, 'federation_unsupported', 'this server does not federate');
			return;
		}
		if (session.isInternal) {
			enterAsInternal(session, id, storage.roomByToken(request.roomid));
			return;
		}
		const found = admitted(session, request);
		if (!found) {
			session.refuse(id, 'no_such_room', 'the room does not know this session');
		} else if (session.place?.nextcloudSessionId === found.session.id) {
			const details = { room: roomAnswer(found.room) };
			session.refuse(id, 'already_joined', 'already in this room', details);
		} else {
			leave(session, 'left');
			replace(members.sessionOf(found.session.id));
			members.seat(session, found.room, found.session.id);
			session.deliverFrame(roomFrame(id, roomAnswer(found.room)));
			members.introduce(session, found.room, found);
			transient.introduce(session, found.room.token);
			log.info({ session: short(session) }, 'signaling session joined a room');
		}
	}

	/** Internal clients may be in any room, and nobody over http knows of them. */
	function enterAsInternal(session: HubSession, id: string | undefined, room: Room | undefined): void {
		if (!room) {
			session.refuse(id, 'no_such_room', 'there is no such room');
		} else if (session.place?.token === room.token) {
			const details = { room: roomAnswer(room) };
			session.refuse(id, 'already_joined', 'already in this room', details);
		} else {
			unseat(session);
			members.seat(session, room, undefined);
			session.deliverFrame(roomFrame(id, roomAnswer(room)));
			members.introduce(session, room, undefined);
			transient.introduce(session, room.token);
			log.info({ session: short(session) }, 'internal client joined a room');
		}
	}

	/** Only the guest who joined over http may join here with the id that was given out there, and not from the lobby. */
	function admitted(session: HubSession, { roomid, sessionid }: JoinRequest): FoundParticipant | undefined {
		const found = sessionid === undefined ? undefined : storage.participantBySession(sessionid);
		if (found?.room.token !== roomid || found.guestKey !== session.guestKey) return undefined;
		return isInLobby(found.room, found.attendee) ? undefined : found;
	}

	/** Another signaling session takes the place of this one. */
	function replace(older: HubSession | undefined): void {
		if (!older) return;
		unseat(older);
		forget(older);
		hangUp(older, 'room_session_reconnected');
		log.info({ session: short(older) }, 'signaling session replaced');
	}

	/** Out of the call, out of the Nextcloud session, out of the room: in this order, so that all is announced. */
	function leave(session: HubSession, reason: EndOfSession): void {
		if (!session.place) return;
		const { nextcloudSessionId } = session.place;
		if (nextcloudSessionId !== undefined) {
			session.isLeaving = true;
			try {
				membership.end(nextcloudSessionId, reason);
			} catch (error) {
				// a database that is locked or full: the sockets go on, and what is overdue is ended later
				log.error({ err: error, session: short(session) }, 'a session could not be ended in the rooms');
				presence.release(nextcloudSessionId);
			} finally {
				session.isLeaving = false;
			}
		}
		unseat(session);
	}

	function unseat(session: HubSession): void {
		if (!session.place) return;
		const { token } = session.place;
		members.unseat(session);
		transient.left(token, session.id);
	}

	/** Writes or takes away what all in the room share. */
	function share(session: HubSession, { id, transient: request }: TransientRequest): void {
		const refuse = (code: 'not_in_room' | 'not_allowed' | 'too_many_requests', message: string) =>
			session.refuse(id, code, message);
		if (!session.place) return refuse('not_in_room', 'join a room first');
		const { token } = session.place;
		if (!rights.mayWrite(session, request.key)) return refuse('not_allowed', 'no right to write this');
		if (!session.maySay(charactersToldFor(request))) return refuse('too_many_requests', 'slow down');
		const { key } = request;
		const outcome =
			request.type === 'remove'
				? transient.remove(token, key, session)
				: transient.set(token, key, request.value, request.ttl / 1e6, session);
		if (outcome === 'full') refuse('not_allowed', 'the room holds no more, or nothing nested so deeply');
		if (outcome === 'unheard') refuse('too_many_requests', 'not everybody reads that fast');
	}

	/** Tells the sockets what happened in the rooms. */
	function announce(news: RoomNews): void {
		switch (news.type) {
			case 'messagePosted':
				announcePost(news.token, news.post);
				return;
			case 'participantsChanged':
				if (news.about === 'rights') members.forgetGrants(news.participants);
				if (news.isEveryone) {
					members.announceAll(news.room.token, news.participants[0]?.session.callFlags ?? 0);
					return;
				}
				members.announce(news.room, news.participants, news.isForOthers);
				if (news.about === 'person') members.announceNames(news.room, news.participants);
				return;
			case 'sessionEnded': {
				const session = members.sessionOf(news.sessionId);
				if (session && !session.isLeaving) disinvite(session, news.token, news.reason);
				return;
			}
			case 'participantsSwitched':
				for (const id of news.sessions) members.sessionOf(id)?.deliverFrame(switchFrame(news.to, undefined));
				return;
			case 'roomChanged': {
				const room = storage.roomByToken(news.token);
				if (room) announceRoom(room);
				return;
			}
			case 'roomDeleted':
				closeRoom(news.token);
				return;
			case 'readMarkerMoved': // the socket has no word for it
		}
	}

	/** Whoever waited in the lobby may have missed what the others share. */
	function announceRoom(room: Room): void {
		members.broadcast(room.token, roomUpdateFrame(room), undefined, 'room');
		if (room.lobbyState !== 0) return;
		for (const member of members.membersOf(room.token)) transient.introduce(member, room.token);
	}

	/** There is no such room any more: those whom it does not know are told as well. */
	function closeRoom(token: RoomToken): void {
		for (const virtual of members.virtualsOf(token)) internals.hangUp(virtual, 'deleted');
		for (const session of members.membersOf(token)) {
			session.deliverFrame(roomDeletedFrame);
			unseat(session);
			session.deliverFrame(roomFrame(undefined, { roomid: '' }));
			awaitRoom(session);
		}
	}

	function announcePost(token: RoomToken, post: Post): void {
		announceChat(token, { refresh: true, comment: wireChatMessage(token, post) });
	}

	/** @param chat as it is for clients that take whole messages; the others are told to fetch */
	function announceChat(token: RoomToken, chat: object): void {
		const refresh = JSON.stringify(chatFrame(token, { refresh: true }));
		const comment = JSON.stringify(chatFrame(token, chat));
		// those in the lobby may not read it, and are refused when they ask
		const hasLobby = storage.roomByToken(token)?.lobbyState !== 0;
		for (const member of members.membersOf(token)) {
			// for whoever does not read now it would only wait, and long messages would end the session
			const isRead = member.connection?.isOpen() && !member.connection.isBehind();
			const isWhole = isRead && member.features.includes('chat-relay') && !hasLobby;
			if (isWhole) member.deliver(comment);
			else member.deliver(refresh, 'chat');
		}
	}

	/** Its Nextcloud session has ended over http. */
	function disinvite(session: HubSession, token: RoomToken, reason: EndOfSession): void {
		unseat(session);
		session.deliverFrame(disinviteFrame(token, wordFor(reason)));
		forget(session);
		hangUp(session);
		log.info({ session: short(session), reason }, 'signaling session disinvited');
	}

	/** Stops the timers. Sessions in the storage stay for the next start. */
	function stop(): void {
		for (const session of sessions.values()) session.cancelTimer();
		sessions.clear();
		byResumeId.clear();
		dialouts.stop();
		transient.stop();
	}

	/** How much there is, for whoever runs the server. */
	function stats() {
		const all = [...sessions.values()];
		return {
			...members.count(),
			sessions: all.length,
			connected: all.filter(({ connection }) => connection?.isOpen()).length,
			internal: all.filter(({ isInternal }) => isInternal).length
		};
	}

	return {
		open,
		resume,
		catchUp,
		disconnected,
		end,
		sayBye,
		changeRoom,
		relay,
		share,
		obeyInternal: internals.obey,
		announce,
		announceChat,
		closeRoom,
		stats,
		/** for the orders of a backend */
		members,
		transient,
		dialouts,
		internals,
		stop
	};
}
export type Hub = ReturnType<typeof createHub>;

const isLeaving = (request: RoomRequest['room']): request is { roomid: '' } => request.roomid === '';

function wordFor(reason: EndOfSession) {
	return reason === 'replaced' || reason === 'deleted' ? reason : 'disinvited';
}

/** Enough of an id to follow a session through the log, too little to address it. */
const short = (session: HubSession) => session.id.slice(0, 8);
