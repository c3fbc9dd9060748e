import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { ResumeId, SessionId, type RoomToken } from '../../src/lib/protocol/ids.ts';
import type { ClientFrame } from '../../src/lib/protocol/signaling.ts';
import type { Bounds, Timings } from '../bounds.ts';
import type { Membership } from '../rooms/membership.ts';
import type { EndOfSession, Post, RoomNews } from '../rooms/model.ts';
import { isInLobby } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import type { FoundParticipant, Storage } from '../rooms/storage.ts';
import { wireChatMessage } from '../wire/chat-message.ts';
import type { ByeReason, Connection } from './connection.ts';
import { chatFrame, disinviteFrame, errorFrame, roomAnswer, roomFrame, roomUpdateFrame } from './frames.ts';
import { createHubSession, type HubSession } from './hub-session.ts';
import { createRelay } from './relay.ts';
import { createRoomMembers } from './room-members.ts';

export interface HubDependencies {
	storage: Storage;
	membership: Membership;
	presence: Presence;
	timings: Timings;
	bounds: Bounds;
	log: Logger;
}

type RoomRequest = Extract<ClientFrame, { type: 'room' }>;
type JoinRequest = Exclude<RoomRequest['room'], { roomid: '' }>;

/**
 * The signaling sessions: how they begin, change rooms and end. A session lives on without a socket for `resumeMs`;
 * whatever ends it also ends its Nextcloud session, unless another signaling session has taken that over.
 */
export function createHub({ storage, membership, presence, timings, bounds, log }: HubDependencies) {
	const sessions = new Map<SessionId, HubSession>();
	const byResumeId = new Map<ResumeId, HubSession>();
	const members = createRoomMembers(storage, presence);
	const relay = createRelay(storage, members, log);

	function open(guestKey: string, features: readonly string[], connection: Connection): HubSession {
		const identity = {
			id: v.parse(SessionId, randomBytes(32).toString('hex')),
			resumeId: v.parse(ResumeId, randomBytes(48).toString('base64url')),
			guestKey,
			features
		};
		const most = { frames: bounds.queuedFrames, bytes: bounds.queuedBytes };
		const session = createHubSession(identity, most, giveUp);
		sessions.set(session.id, session);
		byResumeId.set(session.resumeId, session);
		session.attach(connection);
		awaitRoom(session);
		log.info({ session: short(session) }, 'signaling session opened');
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
		log.info({ session: short(session) }, 'signaling session resumed');
		return session;
	}

	/** What a resumed client may have missed although it was sent: frames are not acknowledged. */
	function catchUp(session: HubSession): void {
		const room = session.place && storage.roomByToken(session.place.token);
		if (!room) return;
		members.recount(session, room);
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
		log.info({ session: short(session) }, 'signaling socket lost');
	}

	function awaitRoom(session: HubSession): void {
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

	function forget(session: HubSession): void {
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
			session.deliverFrame(errorFrame(id, 'federation_unsupported', 'this server does not federate'));
			return;
		}
		const found = admitted(session, request);
		if (!found) {
			session.deliverFrame(errorFrame(id, 'no_such_room', 'the room does not know this session'));
		} else if (session.place?.nextcloudSessionId === found.session.id) {
			const details = { room: roomAnswer(found.room) };
			session.deliverFrame(errorFrame(id, 'already_joined', 'already in this room', details));
		} else {
			leave(session, 'left');
			replace(members.sessionOf(found.session.id));
			members.seat(session, found.room, found.session.id);
			session.deliverFrame(roomFrame(id, roomAnswer(found.room)));
			members.introduce(session, found.room, found);
			log.info({ session: short(session) }, 'signaling session joined a room');
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
		members.unseat(older);
		forget(older);
		hangUp(older, 'room_session_reconnected');
		log.info({ session: short(older) }, 'signaling session replaced');
	}

	/** Out of the call, out of the Nextcloud session, out of the room: in this order, so that all is announced. */
	function leave(session: HubSession, reason: EndOfSession): void {
		if (!session.place) return;
		session.isLeaving = true;
		membership.end(session.place.nextcloudSessionId, reason);
		session.isLeaving = false;
		members.unseat(session);
	}

	/** Tells the sockets what happened in the rooms. */
	function announce(news: RoomNews): void {
		switch (news.type) {
			case 'messagePosted':
				announcePost(news.token, news.post);
				return;
			case 'participantsChanged':
				members.announce(news.room, news.participants, news.isForOthers);
				return;
			case 'sessionEnded': {
				const session = members.sessionOf(news.sessionId);
				if (session && !session.isLeaving) disinvite(session, news.token, news.reason);
				return;
			}
			case 'roomChanged': {
				const room = storage.roomByToken(news.token);
				if (room)
					for (const member of members.membersOf(room.token)) member.deliverFrame(roomUpdateFrame(room));
				return;
			}
			case 'readMarkerMoved': // the socket has no word for it
		}
	}

	function announcePost(token: RoomToken, post: Post): void {
		const refresh = JSON.stringify(chatFrame(token, { refresh: true }));
		const comment = JSON.stringify(
			chatFrame(token, { refresh: true, comment: wireChatMessage(token, post) })
		);
		// those in the lobby may not read it, and are refused when they ask
		const hasLobby = storage.roomByToken(token)?.lobbyState !== 0;
		for (const member of members.membersOf(token)) {
			member.deliver(member.features.includes('chat-relay') && !hasLobby ? comment : refresh);
		}
	}

	/** Its Nextcloud session has ended over http. */
	function disinvite(session: HubSession, token: RoomToken, reason: EndOfSession): void {
		members.unseat(session);
		session.deliverFrame(disinviteFrame(token, reason === 'replaced' ? 'replaced' : 'disinvited'));
		forget(session);
		hangUp(session);
		log.info({ session: short(session), reason }, 'signaling session disinvited');
	}

	/** Stops the timers. Sessions in the storage stay for the next start. */
	function stop(): void {
		for (const session of sessions.values()) session.cancelTimer();
		sessions.clear();
		byResumeId.clear();
	}

	return { open, resume, catchUp, disconnected, end, changeRoom, relay, announce, stop };
}
export type Hub = ReturnType<typeof createHub>;

const isLeaving = (request: RoomRequest['room']): request is { roomid: '' } => request.roomid === '';

/** Enough of an id to follow a session through the log, too little to address it. */
const short = (session: HubSession) => session.id.slice(0, 8);
