import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Room } from '../rooms/model.ts';
import { wireRoomProperties } from '../wire/room.ts';
import type { HubSession } from './hub-session.ts';

/** The error codes of the socket that this server uses. */
export type ErrorCode =
	| 'already_joined'
	| 'federation_unsupported'
	| 'hello_expected'
	| 'internal_error'
	| 'invalid_backend'
	| 'invalid_client_type'
	| 'invalid_format'
	| 'invalid_hello_version'
	| 'invalid_request'
	| 'invalid_ticket'
	| 'invalid_token'
	| 'no_such_room'
	| 'no_such_session'
	| 'not_allowed'
	| 'not_in_room'
	| 'token_expired'
	| 'token_not_valid_yet'
	| 'too_many_requests';

type FrameId = string | undefined;
const withId = (id: FrameId) => (id === undefined ? {} : { id });

export const errorFrame = (id: FrameId, code: ErrorCode, message: string, details?: unknown) => ({
	...withId(id),
	type: 'error',
	error: { code, message, ...(details !== undefined && { details }) }
});

const version = 'roost';
const serverFeatures = [
	'audio-video-permissions',
	'chat-relay',
	'federation',
	'hello-v2',
	'incall-all',
	'join-features',
	'recipient-call',
	'switchto',
	'welcome'
];

export const welcomeFrame = { type: 'welcome', welcome: { features: serverFeatures, version } };

export const helloFrame = (id: FrameId, helloVersion: string, session: HubSession) => ({
	...withId(id),
	type: 'hello',
	hello: {
		version: helloVersion,
		sessionid: session.id,
		resumeid: session.resumeId,
		userid: '',
		server: { version, features: serverFeatures }
	}
});

export const roomAnswer = (room: Room) => ({ roomid: room.token, properties: wireRoomProperties(room) });

export const roomFrame = (id: FrameId, room: object) => ({ ...withId(id), type: 'room', room });

export const leaveFrame = (session: HubSession) =>
	event({ target: 'room', type: 'leave', leave: [session.id] });

export const joinFrame = (join: object[]) => event({ target: 'room', type: 'join', join });

export const updateFrame = (token: RoomToken, users: object[]) =>
	event({ target: 'participants', type: 'update', update: { roomid: token, users } });

export const chatFrame = (token: RoomToken, chat: object) =>
	event({ target: 'room', type: 'message', message: { roomid: token, data: { type: 'chat', chat } } });

export const roomUpdateFrame = (room: Room) =>
	event({
		target: 'roomlist',
		type: 'update',
		update: { roomid: room.token, properties: wireRoomProperties(room) }
	});

/** `replaced` is no word of Talk's, whose clients do not look: without it a tab cannot tell why it is out. */
export const disinviteFrame = (token: RoomToken, reason: 'disinvited' | 'replaced') =>
	event({ target: 'roomlist', type: 'disinvite', disinvite: { roomid: token, reason } });

/** One entry of a join event; the name lets others show the guest before any update. */
export function memberEntry(session: HubSession, roomsessionid: NextcloudSessionId, displayname: string) {
	return {
		sessionid: session.id,
		userid: '',
		...(displayname !== '' && { user: { displayname } }),
		roomsessionid,
		...(session.features.length > 0 && { features: session.features })
	};
}

/** The sender is what the server knows, whatever the data says. */
export const relayFrame = (
	kind: 'message' | 'control',
	recipient: string,
	sender: HubSession,
	data: unknown
) => ({
	type: kind,
	[kind]: { sender: { type: recipient, sessionid: sender.id }, data }
});

const event = (content: object) => ({ type: 'event', event: content });
