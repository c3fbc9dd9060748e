import { participantType, permission } from '../../src/lib/protocol/call.ts';
import type { Participant, Room } from '../rooms/model.ts';
import { effectivePermissions } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';

interface View {
	room: Room;
	call: { sessions: number; flags: number };
	/** absent: the asking guest has not joined */
	own?: Participant;
	presence: Presence;
	unreadMessages: number;
	commonRead: number;
}

/**
 * A room as Talk writes it. Before joining, the name and whether there is a call are shown all the same:
 * the rooms of this server are public and have no password.
 */
export function wireRoom(view: View) {
	const { room, call, own } = view;
	return {
		...constantFields,
		id: room.id,
		token: room.token,
		name: room.name,
		displayName: room.name,
		hasCall: call.sessions > 0,
		callFlag: call.flags,
		callStartTime: room.callStartedAt ?? 0,
		defaultPermissions: room.permissions,
		lastActivity: room.lastActivityAt,
		...(own ? joinedFields(view, own) : strangerFields)
	};
}

function joinedFields(view: View, { attendee, session }: Participant) {
	const permissions = effectivePermissions(view.room, attendee);
	return {
		actorType: attendee.actorType,
		actorId: attendee.actorId,
		attendeeId: attendee.id,
		participantType: attendee.type,
		participantFlags: session.callFlags,
		sessionId: session.id,
		lastPing: Math.floor(view.presence.lastPingMs(session.id) / 1000),
		permissions,
		attendeePermissions: attendee.permissions,
		canStartCall: (permissions & permission.startCall) !== 0,
		lastReadMessage: attendee.lastReadMessage,
		lastCommonReadMessage: view.commonRead,
		unreadMessages: view.unreadMessages
	};
}

const strangerFields = {
	actorType: 'guests',
	actorId: '',
	attendeeId: 0,
	participantType: participantType.guest,
	participantFlags: 0,
	sessionId: '0',
	lastPing: 0,
	permissions: permission.custom,
	attendeePermissions: 0,
	canStartCall: false,
	lastReadMessage: 0,
	lastCommonReadMessage: 0,
	unreadMessages: 0
};

/** What this server has no use for, as Talk writes it when it is off. */
const constantFields = {
	type: 3,
	description: '',
	objectType: '',
	objectId: '',
	callPermissions: 0,
	callRecording: 0,
	recordingConsent: 0,
	readOnly: 0,
	hasPassword: false,
	canLeaveConversation: true,
	canDeleteConversation: false,
	canEnableSIP: false,
	lobbyState: 0,
	lobbyTimer: 0,
	listable: 0,
	sipEnabled: 0,
	attendeePin: '',
	mentionPermissions: 0,
	messageExpiration: 0,
	breakoutRoomMode: 0,
	breakoutRoomStatus: 0,
	avatarVersion: '',
	isCustomAvatar: false,
	isFavorite: false,
	isArchived: false,
	isImportant: false,
	isSensitive: false,
	notificationCalls: 0,
	notificationLevel: 3,
	unreadMention: false,
	unreadMentionDirect: false,
	liveTranscriptionLanguageId: '',
	lastPinnedId: 0,
	hiddenPinnedId: 0,
	hasScheduledMessages: 0,
	tagIds: [],
	attributes: 0
};

/** What signaling tells of a room. */
export function wireRoomProperties(room: Room) {
	return { name: room.name, type: 3, 'lobby-state': 0, 'read-only': 0, listable: 0, 'sip-enabled': 0 };
}
