import * as v from 'valibot';
import type { RoomToken } from '../../../src/lib/protocol/ids.ts';
import { parseRoomOrder, type OrderedUser, type RoomOrder } from '../../../src/lib/protocol/room-order.ts';
import {
	chatFrame,
	dataFrame,
	disinviteFrame,
	everybodyFrame,
	propertiesFrame,
	switchFrame,
	updateFrame
} from '../frames.ts';
import type { OrderAnswer } from '../room-orders.ts';
import { entryOf, type ForeignHub, type ForeignSession } from './foreign-hub.ts';

type Order<Type extends RoomOrder['type']> = Extract<RoomOrder, { type: Type }>;

const ChatData = v.object({ chat: v.looseObject({}) });

const done: OrderAnswer = { status: 200, body: {} };
const noTelephones: OrderAnswer = {
	status: 404,
	body: {
		type: 'dialout',
		dialout: {
			error: { code: 'no_client_available', message: 'no client that can call telephones is connected' }
		}
	}
};

/**
 * Carries out what another backend orders for one of its rooms. Here it alone knows the rooms: who is in the call and what
 * they may do is what it says.
 * @param raw of a request whose checksum was right
 * @returns undefined for what is no order
 */
export function obeyBackend(hub: ForeignHub, token: RoomToken, raw: unknown): OrderAnswer | undefined {
	let order: RoomOrder;
	try {
		order = parseRoomOrder(raw);
	} catch (error) {
		if (error instanceof v.ValiError) return undefined;
		throw error;
	}
	switch (order.type) {
		case 'invite': {
			const { userids, alluserids, properties } = order.invite;
			tellUsers(hub, userids, propertiesFrame('invite', token, properties));
			tellUsers(hub, alluserids, propertiesFrame('update', token, properties));
			return done;
		}
		case 'disinvite':
			disinvite(hub, token, order);
			return done;
		case 'update': {
			const { userids, properties } = order.update;
			const frame = propertiesFrame('update', token, properties);
			hub.setProperties(token, properties);
			hub.broadcast(token, frame);
			tellUsers(hub, userids, frame, token);
			return done;
		}
		case 'delete':
			hub.closeRoom(token);
			tellUsers(hub, order.delete.userids, disinviteFrame(token, 'deleted'));
			return done;
		case 'participants':
			changeParticipants(hub, token, order);
			return done;
		case 'incall':
			changeCall(hub, token, order);
			return done;
		case 'message':
			sendData(hub, token, order);
			return done;
		case 'switchto':
			switchTo(hub, token, order);
			return done;
		case 'transient': {
			const { action, key, value, ttl } = order.transient;
			if (action === 'delete') hub.transient.remove(token, key);
			else hub.transient.set(token, key, value, ttl / 1e6);
			return done;
		}
		case 'dialout':
			return noTelephones;
	}
}

/** @param except a room that has been told */
function tellUsers(hub: ForeignHub, userIds: readonly string[], frame: object, except?: RoomToken): void {
	for (const session of new Set(userIds.flatMap(hub.sessionsOfUser))) {
		if (except === undefined || session.place?.token !== except) session.deliverFrame(frame);
	}
}

function disinvite(hub: ForeignHub, token: RoomToken, { disinvite: order }: Order<'disinvite'>): void {
	const { userids, sessionids, alluserids, properties } = order;
	const ofUsers = hub.membersOf(token).filter(({ userId }) => userId !== '' && userids.includes(userId));
	const named = sessionids.flatMap((id) => hub.memberBy(token, id) ?? []);
	for (const session of new Set([...ofUsers, ...named])) hub.disinvite(session, token);
	tellUsers(hub, userids, disinviteFrame(token, 'disinvited'));
	tellUsers(hub, alluserids, propertiesFrame('update', token, properties));
}

/** Remembers what is said of those who are here, and tells it to all of them. @returns whom it is about */
function describe(
	hub: ForeignHub,
	token: RoomToken,
	users: readonly OrderedUser[],
	change: (session: ForeignSession, user: OrderedUser) => void
): void {
	const meant = new Set<ForeignSession>();
	for (const user of users) {
		const session = hub.memberBy(token, user.sessionId);
		if (!session) continue;
		change(session, user);
		// rights are nobody else's business: what is undefined does not travel
		session.told = { ...session.told, ...user, permissions: undefined };
		meant.add(session);
	}
	if (meant.size > 0) hub.broadcast(token, updateFrame(token, [...meant].map(entryOf)));
}

function changeParticipants(
	hub: ForeignHub,
	token: RoomToken,
	{ participants }: Order<'participants'>
): void {
	const { changed, users } = participants;
	describe(hub, token, [...users, ...changed], (session, user) => {
		if (!user.permissions || !changed.includes(user)) return;
		session.isUnlimited = false;
		session.granted = new Set(user.permissions);
	});
}

/** Only `changed` changes who is in the call, as at a high-performance backend. */
function changeCall(hub: ForeignHub, token: RoomToken, { incall }: Order<'incall'>): void {
	if (incall.all) {
		for (const session of hub.membersOf(token)) session.callFlags = incall.incall;
		hub.broadcast(token, everybodyFrame(token, incall.incall));
		return;
	}
	const { changed, users } = incall;
	describe(hub, token, [...users, ...changed], (session, user) => {
		if (user.inCall !== undefined && changed.includes(user)) session.callFlags = user.inCall;
	});
}

function sendData(hub: ForeignHub, token: RoomToken, { message: { data } }: Order<'message'>): void {
	const chat = data.type === 'chat' ? v.safeParse(ChatData, data) : undefined;
	if (!chat?.success) return hub.broadcast(token, dataFrame(token, data));
	const whole = JSON.stringify(chatFrame(token, chat.output.chat));
	const refresh = JSON.stringify(chatFrame(token, { refresh: true }));
	for (const member of hub.membersOf(token)) {
		member.deliver(member.features.includes('chat-relay') ? whole : refresh);
	}
}

function switchTo(
	hub: ForeignHub,
	token: RoomToken,
	{ switchto: { roomid, sessions } }: Order<'switchto'>
): void {
	const wanted = Array.isArray(sessions)
		? sessions.map((id) => [id, undefined] as const)
		: Object.entries(sessions);
	for (const [id, details] of wanted) hub.memberBy(token, id)?.deliverFrame(switchFrame(roomid, details));
}
