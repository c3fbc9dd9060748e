import type { Logger } from 'pino';
import * as v from 'valibot';
import { NextcloudSessionId, type RoomToken, type SessionId } from '../../src/lib/protocol/ids.ts';
import { parseRoomOrder, type OrderedUser, type RoomOrder } from '../../src/lib/protocol/room-order.ts';
import { digestOf } from '../log.ts';
import type { Calls } from '../rooms/calls.ts';
import type { Membership } from '../rooms/membership.ts';
import type { Presence } from '../rooms/presence.ts';
import { Refusal } from '../rooms/refusal.ts';
import type { FoundParticipant, Storage } from '../rooms/storage.ts';
import { participantEntry } from '../wire/participant.ts';
import { dataFrame, disinviteFrame, propertiesFrame, switchFrame, updateFrame } from './frames.ts';
import type { Hub } from './hub.ts';

interface RoomOrdersDependencies {
	hub: Hub;
	storage: Storage;
	calls: Calls;
	membership: Membership;
	presence: Presence;
	log: Logger;
}

/** What an order is answered with. */
export interface OrderAnswer {
	status: number;
	body: object;
}

type Order<Type extends RoomOrder['type']> = Extract<RoomOrder, { type: Type }>;
/** News of the chat, as clients that take whole messages read it. */
const ChatData = v.object({ chat: v.looseObject({}) });

const done: OrderAnswer = { status: 200, body: {} };

/**
 * Carries out what a program that knows the secret of the backend orders for a room, in the words in which a Nextcloud
 * talks to its signaling server. What is true of the rooms stays so: who is in the call or in the room is changed there,
 * and told from there.
 */
export function createRoomOrders(dependencies: RoomOrdersDependencies) {
	const { hub, storage, calls, membership, presence, log } = dependencies;
	const { members, transient, internals, dialouts } = hub;

	/**
	 * @param raw of a request whose checksum was right
	 * @param origin address of this server
	 * @returns undefined for what is no order
	 */
	async function carryOut(token: RoomToken, raw: unknown, origin: string): Promise<OrderAnswer | undefined> {
		let order: RoomOrder;
		try {
			order = parseRoomOrder(raw);
		} catch (error) {
			if (error instanceof v.ValiError) return undefined;
			throw error;
		}
		log.info({ room: digestOf(token), order: order.type }, 'order for a room');
		if (order.type === 'dialout') return dialOut(token, order, origin);
		obey(token, order);
		return done;
	}

	function obey(token: RoomToken, order: Exclude<RoomOrder, { type: 'dialout' }>): void {
		switch (order.type) {
			case 'invite': {
				const { userids, alluserids, properties } = order.invite;
				tellUsers(userids, propertiesFrame('invite', token, properties));
				tellUsers(alluserids, propertiesFrame('update', token, properties));
				return;
			}
			case 'disinvite':
				disinvite(token, order);
				return;
			case 'update': {
				const { userids, properties } = order.update;
				const frame = propertiesFrame('update', token, properties);
				members.broadcast(token, frame);
				tellUsers(userids, frame, token);
				return;
			}
			case 'delete':
				closeRoom(token, order);
				return;
			case 'participants':
				changeParticipants(token, order);
				return;
			case 'incall':
				changeCall(token, order);
				return;
			case 'message':
				sendData(token, order);
				return;
			case 'switchto':
				switchTo(token, order);
				return;
			case 'transient': {
				const { action, key, value, ttl } = order.transient;
				if (action === 'delete') transient.remove(token, key);
				else transient.set(token, key, value, ttl / 1e6);
			}
		}
	}

	/** Users are known by virtual sessions only: their owners hear it. @param except a room that has been told */
	function tellUsers(userIds: readonly string[], frame: object, except?: RoomToken): void {
		const virtuals = [...new Set(userIds)].filter((id) => id !== '').flatMap(members.virtualsOfUser);
		const owners = new Set(virtuals.map(({ owner }) => owner));
		for (const owner of owners) {
			if (except === undefined || owner.place?.token !== except) owner.deliverFrame(frame);
		}
	}

	function disinvite(
		token: RoomToken,
		{ disinvite: { userids, sessionids, ...rest } }: Order<'disinvite'>
	): void {
		const named = new Set(sessionids);
		for (const virtual of members.virtualsOf(token)) {
			const isMeant = named.has(virtual.id) || (virtual.userId !== '' && userids.includes(virtual.userId));
			if (isMeant) internals.hangUp(virtual, 'disinvited');
		}
		for (const id of named) {
			const found = find(token, id);
			if (found) membership.end(found.session.id, 'left');
		}
		tellUsers(rest.alluserids, propertiesFrame('update', token, rest.properties));
	}

	/** The sessions in it end; whether there is such a room at all is for the server of the rooms to say. */
	function closeRoom(token: RoomToken, { delete: { userids } }: Order<'delete'>): void {
		tellUsers(userids, disinviteFrame(token, 'deleted'));
		const room = storage.roomByToken(token);
		for (const { session } of room ? storage.participants(room.id) : []) {
			membership.end(session.id, 'deleted');
		}
		hub.closeRoom(token);
	}

	/** Rights at the socket are set anew; whatever else is said of somebody is told to all. */
	function changeParticipants(
		token: RoomToken,
		{ participants: { changed, users } }: Order<'participants'>
	): void {
		const told = new Map<SessionId, object>();
		for (const user of [...users, ...changed]) {
			const found = find(token, user.sessionId);
			const session = found && members.sessionOf(found.session.id);
			if (!found || !session) continue;
			if (user.permissions && changed.includes(user)) session.granted = new Set(user.permissions);
			told.set(session.id, { ...told.get(session.id), ...entryOf(found, session.id, user) });
		}
		if (told.size > 0) members.broadcast(token, updateFrame(token, [...told.values()]));
	}

	/** What the order says of somebody goes before what is known, but not who they are or whether they are in the call. */
	function entryOf({ room, ...participant }: FoundParticipant, id: SessionId, said: OrderedUser): object {
		const known = participantEntry(room, participant, id, presence);
		const { sessionId, nextcloudSessionId, inCall } = known;
		// what is undefined does not travel: rights are nobody else's business
		return { ...known, ...said, sessionId, nextcloudSessionId, inCall, permissions: undefined };
	}

	function changeCall(token: RoomToken, { incall }: Order<'incall'>): void {
		if (!incall.all) {
			for (const { sessionId, inCall } of incall.changed) {
				const found = find(token, sessionId);
				if (found && inCall !== undefined) setCallFlags(found, inCall);
			}
			return;
		}
		if (incall.incall === 0) {
			calls.endAll(token);
			return;
		}
		const room = storage.roomByToken(token);
		const everybody = () => (room ? storage.participants(room.id) : []);
		for (const { session } of everybody()) {
			const found = storage.participantBySession(session.id);
			if (found) setCallFlags(found, incall.incall);
		}
		const isEverybody = everybody().every(({ session }) => session.callFlags === incall.incall);
		if (isEverybody) members.announceAll(token, incall.incall);
	}

	/** Whoever may not be in the call, because of the lobby for one, stays out of it. */
	function setCallFlags({ room, session, guestKey }: FoundParticipant, flags: number): void {
		try {
			if (flags === 0) calls.leave(room.token, guestKey);
			else calls.join(room.token, guestKey, { flags, isSilent: true, hasConsented: true });
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			log.info({ session: session.id.slice(0, 8), reason: error.reason }, 'not let into the call');
		}
	}

	function sendData(token: RoomToken, { message: { data } }: Order<'message'>): void {
		const chat = data.type === 'chat' ? v.safeParse(ChatData, data) : undefined;
		if (chat?.success) hub.announceChat(token, chat.output.chat);
		else members.broadcast(token, dataFrame(token, data));
	}

	function switchTo(token: RoomToken, { switchto: { roomid, sessions } }: Order<'switchto'>): void {
		const wanted = Array.isArray(sessions)
			? sessions.map((id) => [id, undefined] as const)
			: Object.entries(sessions);
		for (const [id, details] of wanted) {
			const found = find(token, id);
			const session = found && members.sessionOf(found.session.id);
			session?.deliverFrame(switchFrame(roomid, details));
		}
	}

	async function dialOut(
		token: RoomToken,
		{ dialout }: Order<'dialout'>,
		origin: string
	): Promise<OrderAnswer> {
		const result = await dialouts.start(token, dialout, origin);
		return 'callid' in result
			? { status: 200, body: { type: 'dialout', dialout: { callid: result.callid } } }
			: { status: result.status, body: { type: 'dialout', dialout: { error: result.error } } };
	}

	/** Somebody in this room: what is said of other rooms counts for nothing. */
	function find(token: RoomToken, id: string): FoundParticipant | undefined {
		const read = v.safeParse(NextcloudSessionId, id);
		const found = read.success ? storage.participantBySession(read.output) : undefined;
		return found?.room.token === token ? found : undefined;
	}

	return { carryOut };
}
export type RoomOrders = ReturnType<typeof createRoomOrders>;
