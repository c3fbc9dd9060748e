import * as v from 'valibot';
import { RoostError } from '../../../domain/errors.ts';
import type { EnteredRoom, RoomInfo, ServerInfo, TalkApi } from '../../../domain/talk-api.ts';
import { permission } from '../../../protocol/call.ts';
import { hasEncryptedCalls, parseCapabilities } from '../../../protocol/capabilities.ts';
import { NextcloudSessionId } from '../../../protocol/ids.ts';
import {
	parseRoom,
	parseRoomConflict,
	type CreateRoomBody,
	type GuestNameBody,
	type JoinRoomBody,
	type Room
} from '../../../protocol/room.ts';
import { isModeratorType, isRecording, permissionsOf } from '../call-words.ts';
import { inSession, nothing, readReply, serverTimeMsOf, type Meaning, type OcsReply } from './ocs-reply.ts';
import { talkPath, type Ocs, type OcsRequest } from './ocs-request.ts';

type RoomApi = Pick<
	TalkApi,
	'fetchServerInfo' | 'lookUpRoom' | 'enterRoom' | 'leaveRoom' | 'setGuestName' | 'createRoom'
>;

/** See the port for what each method promises. */
export function createRoomApi(ocs: Ocs): RoomApi {
	return {
		fetchServerInfo: async () =>
			ocs.ask({ what: 'read capabilities', method: 'GET', path: 'cloud/capabilities' }, toServerInfo),

		lookUpRoom: async (token) =>
			ocs.ask(
				{ what: 'look up room', method: 'GET', path: talkPath(`v4/room/${token}`) },
				toRoomInfo,
				(status) => (status === 404 ? 'room.not-found' : undefined)
			),

		enterRoom: async (token, { password, takeOver }) => {
			const entering = (force: boolean): OcsRequest => ({
				what: 'enter room',
				method: 'POST',
				path: talkPath(`v4/room/${token}/participants/active`),
				body: { force, ...(password === undefined ? {} : { password }) } satisfies JoinRoomBody,
				...(password !== undefined && { timeoutMs: guessTimeoutMs })
			});
			const reply = await ocs.exchange(entering(takeOver));
			const isLeftover = !takeOver && reply.status === 409 && isAbandoned(reply);
			return readReply(isLeftover ? await ocs.exchange(entering(true)) : reply, toEnteredRoom, atTheDoor);
		},

		leaveRoom: async (token, { keepalive = false } = {}) =>
			ocs.ask(
				{
					what: 'leave room',
					method: 'DELETE',
					path: talkPath(`v4/room/${token}/participants/active`),
					keepalive
				},
				nothing,
				inSession
			),

		setGuestName: async (token, name) =>
			ocs.ask(
				{
					what: 'set guest name',
					method: 'POST',
					path: talkPath(`v1/guest/${token}/name`),
					body: { displayName: name } satisfies GuestNameBody
				},
				nothing,
				inSession
			),

		createRoom: async (name) =>
			ocs.ask(
				{
					what: 'create room',
					method: 'POST',
					path: talkPath('v4/room'),
					body: { roomType: 3, roomName: name } satisfies CreateRoomBody
				},
				toRoomInfo
			)
	};
}

/** Nextcloud answers guessed passwords ever more slowly, up to 25 s: given up, the same one would be tried once more. */
const guessTimeoutMs = 40_000;

const atTheDoor: Meaning = (status, keyword) => {
	if (status === 404) return 'room.not-found';
	if (status === 409) return 'room.occupied';
	if (status !== 403) return undefined;
	if (keyword === 'password') return 'room.password';
	return keyword === undefined || keyword === 'ban' ? 'room.banned' : undefined; // old servers say no more than 403
};

/** Seconds since the last sign of life after which Talk's own client takes a session over without asking. */
const abandonedSeconds = { inCall: 60, outside: 40 };

/** Whether the session in the way of ours is what a crashed or closed tab left behind. In doubt it is not. */
function isAbandoned(reply: OcsReply): boolean {
	const serverTimeMs = serverTimeMsOf(reply.headers);
	if (serverTimeMs === undefined) return false;
	try {
		const { inCall, lastPing } = parseRoomConflict(reply.data());
		return serverTimeMs / 1_000 - lastPing > abandonedSeconds[inCall === 0 ? 'outside' : 'inCall'];
	} catch {
		return false;
	}
}

function toServerInfo(reply: OcsReply): ServerInfo {
	const spreed = parseCapabilities(reply.data());
	if (!spreed) throw new RoostError('server.refused', 'this Nextcloud server has no Talk');
	const { call, chat, conversations } = spreed.config;
	return {
		callsEnabled: call.enabled,
		maxChatLength: chat['max-length'],
		reactions: call['supported-reactions'],
		features: spreed.features,
		canCreateRooms: conversations['can-create'],
		hasEncryptedCalls: hasEncryptedCalls(spreed)
	};
}

const toRoomInfo = (reply: OcsReply): RoomInfo => roomInfoOf(parseRoom(reply.data()));

function toEnteredRoom(reply: OcsReply): EnteredRoom {
	const room = parseRoom(reply.data());
	if (room.sessionId === '0') throw new Error('entered, yet without a session');
	return {
		...roomInfoOf(room),
		nextcloudSessionId: v.parse(NextcloudSessionId, room.sessionId),
		actorType: room.actorType,
		actorId: room.actorId,
		isModerator: isModeratorType(room.participantType)
	};
}

function roomInfoOf(room: Room): RoomInfo {
	const passesLobby =
		isModeratorType(room.participantType) || (room.permissions & permission.ignoreLobby) !== 0;
	return {
		token: room.token,
		name: room.displayName === '' ? room.name : room.displayName,
		hasPassword: room.hasPassword,
		hasCall: room.hasCall,
		callStartedAt: room.hasCall ? room.callStartTime : 0,
		isReadOnly: room.readOnly !== 0,
		isLobbyActive: room.lobbyState !== 0 && !passesLobby,
		lobbyOpensAt: room.lobbyState === 0 ? 0 : room.lobbyTimer,
		needsRecordingConsent: room.recordingConsent !== 0,
		isRecording: isRecording(room.callRecording),
		isLobbyClosed: room.lobbyState !== 0,
		description: room.description,
		// beside the bit, this one knows whom the administrator lets start calls
		permissions: { ...permissionsOf(room.permissions), startCall: room.canStartCall }
	};
}
