import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import { limits } from '../../src/lib/protocol/limits.ts';
import type { Timings } from '../bounds.ts';
import type { Participant, Post, Room, RoomNews } from '../rooms/model.ts';
import type { Presence } from '../rooms/presence.ts';
import type { FoundParticipant, Storage } from '../rooms/storage.ts';
import { inCall } from '../rooms/world.ts';
import { backendPermissions, backendProperties, backendUser } from '../wire/backend.ts';
import { wireChatMessage } from '../wire/chat-message.ts';
import type { RoomPosts } from './room-posts.ts';

interface BackendNewsDependencies {
	storage: Storage;
	presence: Presence;
	posts: RoomPosts;
	timings: Timings;
}

/**
 * Puts what happens in the rooms into the words of an external signaling server, for all who are there.
 *
 * That server knows our sessions from its own request about each, and leaves out those that it does not know yet or any
 * more. What is said of a session while it is just joining is therefore said twice more: shortly after the answer, and
 * with the first ping that names it, when it is in for certain.
 */
export function createBackendNews({ storage, presence, posts, timings }: BackendNewsDependencies) {
	const joining = new Map<NextcloudSessionId, NodeJS.Timeout>();
	/** Sessions that have been introduced: what is shown of others as in the call could not be asked for yet. */
	const known = new Set<NextcloudSessionId>();
	/** Ended by the signaling server itself: it need not be told to throw them out. */
	const goneThere = new Set<NextcloudSessionId>();

	function announce(news: RoomNews): void {
		switch (news.type) {
			case 'messagePosted':
				announcePost(news.token, news.post);
				return;
			case 'participantsChanged':
				// a session that is replaced is thrown out next; that it left the call is said by that
				if (news.isForOthers) return;
				if (news.isEveryone) tellEverybody(news.room.token, news.participants);
				else if (news.about === 'call') tellCall(news.room, news.participants);
				// a newcomer's name goes with the introduction: until then nobody would take it
				else if (news.about === 'person' && !news.participants.some(({ session }) => known.has(session.id)))
					return;
				else tellParticipants(news.room, news.participants);
				return;
			case 'sessionEnded':
				forget(news.sessionId);
				known.delete(news.sessionId);
				if (!goneThere.has(news.sessionId)) throwOut(news.token, news.sessionId);
				return;
			case 'participantsSwitched':
				for (const sessions of parts(news.sessions)) {
					postSmall(news.token, 'switchto', { roomid: news.to, sessions });
				}
				return;
			case 'roomChanged':
				tellLobby(news.token);
				return;
			case 'roomDeleted':
				postSmall(news.token, 'delete', { userids: [] });
				return;
			case 'readMarkerMoved': // there is no word for it
		}
	}

	function announcePost(token: RoomToken, post: Post): void {
		const message = (chat: object) => bodyOf('message', { data: { type: 'chat', chat } });
		const comment = message({ refresh: true, comment: wireChatMessage(token, post) });
		const refresh = message({ refresh: true }) ?? '';
		// those in the lobby may not read it, and are refused when they ask
		const hasLobby = storage.roomByToken(token)?.lobbyState !== 0;
		posts.post(token, hasLobby ? refresh : (comment ?? refresh));
		if (post.message.system === 'call_started' || post.message.system === 'call_ended') tellRoom(token);
	}

	/** Since when there is a call, or that there is none. */
	function tellRoom(token: RoomToken): void {
		const room = storage.roomByToken(token);
		const body = room && bodyOf('update', { userids: [], properties: backendProperties(room) });
		if (body !== undefined) posts.post(token, body);
	}

	/** Whoever has to wait may not send anything meanwhile. */
	function tellLobby(token: RoomToken): void {
		tellRoom(token);
		const room = storage.roomByToken(token);
		const participants = room ? storage.participants(room.id) : [];
		if (room) for (const part of parts(participants)) tellParticipants(room, part);
	}

	/**
	 * Only whom the list of changes names may send and receive: the other list is for the clients. A newcomer among them
	 * knows nobody yet, so it holds everybody, in several messages if one is too small for that.
	 */
	function tellCall(room: Room, participants: Participant[]): void {
		const changed = participants.map((participant) => backendUser(room, participant, presence));
		const named = new Set(participants.map(({ session }) => session.id));
		const others = inCall(storage.participants(room.id))
			.filter(({ session: { id } }) => known.has(id) && !named.has(id))
			.map((participant) => backendUser(room, participant, presence));
		const incall = changed[0]?.inCall ?? 0;
		const body = bodyOf('incall', { incall, changed, users: [...changed, ...others] });
		if (body !== undefined) {
			posts.post(room.token, body);
			return;
		}
		for (const part of parts(changed))
			postSmall(room.token, 'incall', { incall, changed: part, users: part });
		for (const part of parts(others)) postSmall(room.token, 'incall', { incall, changed: [], users: part });
	}

	/** All have the same flags: naming nobody, it stays small whatever their number. */
	function tellEverybody(token: RoomToken, [first]: Participant[]): void {
		postSmall(token, 'incall', { incall: first?.session.callFlags ?? 0, all: true });
	}

	function tellParticipants(room: Room, participants: Participant[]): void {
		const changed = participants.map((participant) => ({
			...backendUser(room, participant, presence),
			permissions: backendPermissions(room, participant.attendee)
		}));
		const users = storage
			.participants(room.id)
			.filter(({ session: { id } }) => known.has(id))
			.map((participant) => backendUser(room, participant, presence));
		const body = bodyOf('participants', { changed, users });
		// in a large room only those who changed: a newcomer learns the other names as they come into the room
		if (body !== undefined) posts.post(room.token, body);
		else
			for (const part of parts(changed))
				postSmall(room.token, 'participants', { changed: part, users: part });
	}

	function postSmall(token: RoomToken, type: string, content: object): void {
		const body = bodyOf(type, content);
		if (body !== undefined) posts.post(token, body);
	}

	function throwOut(token: RoomToken, id: NextcloudSessionId): void {
		const body = bodyOf('disinvite', { userids: [], sessionids: [id], alluserids: [], properties: {} });
		if (body !== undefined) posts.post(token, body);
	}

	/** The signaling server has been told that it may let this session in, and is about to. */
	function joined({ session: { id } }: FoundParticipant): void {
		forget(id);
		known.delete(id);
		joining.set(
			id,
			setTimeout(() => introduce(id), timings.introduceMs)
		);
	}

	function introduce(id: NextcloudSessionId): void {
		const found = storage.participantBySession(id);
		if (!found) return;
		known.add(id);
		// first: whoever is shown as in the call may be asked for what they send
		if (found.session.callFlags !== 0) tellCall(found.room, [found]);
		tellParticipants(found.room, [found]);
	}

	/** The signaling server has these sessions in their rooms. */
	function pinged(found: readonly FoundParticipant[]): void {
		for (const { room, ...participant } of found) {
			const wasJoining = forget(participant.session.id);
			known.add(participant.session.id);
			if (wasJoining && participant.session.callFlags !== 0) tellCall(room, [participant]);
		}
		const rooms = new Map(found.map(({ room }) => [room.token, room]));
		for (const room of rooms.values()) if (posts.takeIncomplete(room.token)) tellAll(room);
	}

	/** After a gap: how everything is now. */
	function tellAll(room: Room): void {
		const participants = storage.participants(room.id);
		tellRoom(room.token);
		for (const part of parts(participants)) {
			tellCall(room, part);
			tellParticipants(room, part);
		}
	}

	/** @returns whether it was just joining */
	function forget(id: NextcloudSessionId): boolean {
		clearTimeout(joining.get(id));
		return joining.delete(id);
	}

	return {
		announce,
		joined,
		pinged,
		/** Runs what ends a session that the signaling server has ended already. */
		endedThere(id: NextcloudSessionId, end: () => void): void {
			goneThere.add(id);
			try {
				end();
			} finally {
				goneThere.delete(id);
			}
		},
		stop(): void {
			for (const timer of joining.values()) clearTimeout(timer);
			joining.clear();
		}
	};
}
export type BackendNews = ReturnType<typeof createBackendNews>;

/** How many participants one message about some of them names: each takes about a kilobyte. */
const partSize = 25;

function parts<Item>(items: readonly Item[]): Item[][] {
	const count = Math.ceil(items.length / partSize);
	return Array.from({ length: count }, (_, index) => items.slice(index * partSize, (index + 1) * partSize));
}

/** @returns undefined for what is larger than signaling servers take */
function bodyOf(type: string, content: object): string | undefined {
	const body = JSON.stringify({ type, [type]: content });
	return Buffer.byteLength(body) <= limits.frameBytes ? body : undefined;
}
