import { participantType, permission } from '../../src/lib/protocol/call.ts';
import type { Participant, Room } from '../rooms/model.ts';
import { effectivePermissions, isInLobby, isModerator, isReadOnly } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import { avatarVersion } from './avatar.ts';

interface View {
	room: Room;
	call: { sessions: number; flags: number };
	/** absent: the asking guest has not joined */
	own?: Participant;
	/** moderates the room, joined or not */
	isModerator: boolean;
	presence: Presence;
	unreadMessages: number;
	commonRead: number;
}

/**
 * A room as Talk writes it. Before joining, the name and whether there is a call are shown all the same, for the rooms
 * of this server are public; not so where there is a password.
 */
export function wireRoom(view: View) {
	const { room, own, isModerator: isTrusted } = view;
	const hasPassword = room.passwordHash !== null;
	const isShown = own !== undefined || isTrusted || !hasPassword;
	return {
		...constantFields,
		id: room.id,
		token: room.token,
		...(room.parentToken !== null && { objectType: 'room', objectId: room.parentToken }),
		hasPassword,
		recordingConsent: room.recordingConsent,
		avatarVersion: avatarVersion(room),
		isCustomAvatar: room.avatar !== null,
		...(isShown && shownFields(view)),
		...(own ? joinedFields(view, own) : strangerFields)
	};
}

/** What of the call those in the lobby are not told either. */
function shownFields({ room, call, own }: View) {
	const isCallShown = !own || !isInLobby(room, own.attendee);
	return {
		name: room.name,
		displayName: room.name,
		description: room.description,
		hasCall: isCallShown && call.sessions > 0,
		callFlag: isCallShown ? call.flags : 0,
		callStartTime: isCallShown ? (room.callStartedAt ?? 0) : 0,
		defaultPermissions: room.permissions,
		lastActivity: room.lastActivityAt,
		lobbyState: room.lobbyState,
		lobbyTimer: room.lobbyTimer,
		readOnly: room.readOnly,
		messageExpiration: room.messageExpiration,
		breakoutRoomMode: room.breakoutMode,
		breakoutRoomStatus: room.breakoutStatus
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
		canStartCall: (permissions & permission.startCall) !== 0 && !isReadOnly(view.room),
		canDeleteConversation: isModerator(attendee),
		lastReadMessage: attendee.lastReadMessage,
		lastCommonReadMessage: view.commonRead,
		unreadMessages: isInLobby(view.room, attendee) ? 0 : view.unreadMessages
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

/** What this server has no use for, as Talk writes it when it is off, and what strangers are not told. */
const constantFields = {
	type: 3,
	name: '',
	displayName: '',
	hasCall: false,
	callFlag: 0,
	callStartTime: 0,
	defaultPermissions: 0,
	lastActivity: 0,
	description: '',
	objectType: '',
	objectId: '',
	callPermissions: 0,
	callRecording: 0,
	readOnly: 0,
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
	return {
		name: room.name,
		type: 3,
		description: room.description,
		'lobby-state': room.lobbyState,
		'lobby-timer': room.lobbyTimer,
		'read-only': room.readOnly,
		listable: 0,
		'sip-enabled': 0
	};
}
