import type { NextcloudSessionId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { Room } from '../rooms/model.ts';
import { wireRoomProperties } from '../wire/room.ts';
import { withId, type FrameId } from './error-frame.ts';
import type { HubSession } from './hub-session.ts';
import type { VirtualSession } from './virtual-session.ts';

const event = (content: object) => ({ type: 'event', event: content });

export const version = 'roost';
/** `federation` only means that a server of its time is spoken to: joining a room of another one is refused. */
export const serverFeatures = [
	'audio-video-permissions',
	'chat-relay',
	'dialout',
	'federation',
	'hello-v2',
	'incall-all',
	'join-features',
	'recipient-call',
	'switchto',
	'transient-data',
	'transient-sessiondata',
	'welcome'
];
const internalFeatures = [...serverFeatures, 'virtual-sessions'].sort();

export const welcomeFrame = { type: 'welcome', welcome: { features: serverFeatures, version } };

export const helloFrame = (id: FrameId, helloVersion: string, session: HubSession, userid = '') => ({
	...withId(id),
	type: 'hello',
	hello: {
		version: helloVersion,
		sessionid: session.id,
		resumeid: session.resumeId,
		userid,
		server: { version, features: session.isInternal ? internalFeatures : serverFeatures }
	}
});

/** Confirms the goodbye of a client; the server's own have a reason. */
export const byeFrame = (id: FrameId) => ({ ...withId(id), type: 'bye', bye: {} });

export const roomAnswer = (room: Room) => ({ roomid: room.token, properties: wireRoomProperties(room) });

export const roomFrame = (id: FrameId, room: object) => ({ ...withId(id), type: 'room', room });

export const leaveFrame = (id: SessionId) => event({ target: 'room', type: 'leave', leave: [id] });

export const joinFrame = (join: object[]) => event({ target: 'room', type: 'join', join });

export const changeFrame = (change: object[]) => event({ target: 'room', type: 'change', change });

export const updateFrame = (token: RoomToken, users: object[]) =>
	event({ target: 'participants', type: 'update', update: { roomid: token, users } });

/** Everybody at once; with 0 the call is over. */
export const everybodyFrame = (token: RoomToken, incall: number) =>
	event({ target: 'participants', type: 'update', update: { roomid: token, incall, all: true } });

export const flagsFrame = (token: RoomToken, sessionid: SessionId, flags: number) =>
	event({ target: 'participants', type: 'flags', flags: { roomid: token, sessionid, flags } });

export const dataFrame = (token: RoomToken, data: object) =>
	event({ target: 'room', type: 'message', message: { roomid: token, data } });

export const chatFrame = (token: RoomToken, chat: object) => dataFrame(token, { type: 'chat', chat });

export const roomUpdateFrame = (room: Room) =>
	propertiesFrame('update', room.token, wireRoomProperties(room));

export const propertiesFrame = (type: 'update' | 'invite', roomid: RoomToken, properties: object) =>
	event({ target: 'roomlist', type, [type]: { roomid, properties } });

/** To where a session is to go, and what whoever sends it there says about that. */
export const switchFrame = (roomid: RoomToken, details: unknown) =>
	event({
		target: 'room',
		type: 'switchto',
		switchto: { roomid, ...(details !== undefined && details !== null && { details }) }
	});

/** For internal clients, who are in no list of a room's. */
export const roomDeletedFrame = event({ target: 'room', type: 'delete' });

/** `replaced` is no word of Talk's, whose clients do not look: without it a tab cannot tell why it is out. */
export const disinviteFrame = (token: RoomToken, reason: 'deleted' | 'disinvited' | 'replaced') =>
	event({ target: 'roomlist', type: 'disinvite', disinvite: { roomid: token, reason } });

/** One entry of a join event; the name lets others show the guest before any update. */
export function memberEntry(
	session: HubSession,
	roomsessionid: NextcloudSessionId | undefined,
	displayname: string
) {
	return {
		sessionid: session.id,
		userid: '',
		...(displayname !== '' && { user: { displayname } }),
		...(roomsessionid !== undefined && { roomsessionid }),
		...(session.features.length > 0 && { features: session.features })
	};
}

export const virtualEntry = ({ id, userId, user }: VirtualSession) => ({
	sessionid: id,
	userid: userId,
	...(user && { user })
});

/** An internal client in a participants update. @param lastPing Unix seconds */
export const internalUpdate = ({ id, callFlags, features }: HubSession, lastPing: number) => ({
	sessionId: id,
	inCall: callFlags,
	lastPing,
	internal: true,
	...(features.length > 0 && { features })
});

/** @param lastPing Unix seconds */
export const virtualUpdate = ({ id, callFlags, user, actor }: VirtualSession, lastPing: number) => ({
	sessionId: id,
	inCall: callFlags,
	lastPing,
	virtual: true,
	...actor,
	...(user?.displayname !== undefined && { displayName: user.displayname })
});

/**
 * The sender is what the server knows, whatever the data says.
 * @param recipient named only to those who hear for others: internal clients for their virtual sessions
 */
export const relayFrame = (
	kind: 'message' | 'control',
	type: string,
	sender: Pick<HubSession, 'id'> & { userid?: string },
	data: unknown,
	recipient?: object
) => ({
	type: kind,
	[kind]: {
		sender: { type, sessionid: sender.id, ...(sender.userid !== undefined && { userid: sender.userid }) },
		...(recipient && { recipient }),
		data
	}
});

export const transientFrame = (content: object) => ({ type: 'transient', transient: content });

export const dialoutFrame = (dialout: object) => ({ type: 'dialout', dialout });

/** Asks an internal client to call a telephone; it answers under the same id. */
export const dialoutRequestFrame = (id: string, roomid: RoomToken, backend: string, request: object) => ({
	id,
	type: 'internal',
	internal: { type: 'dialout', dialout: { roomid, backend, request } }
});
