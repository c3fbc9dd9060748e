import type { ParticipantUpdate, SignalingNews } from '../../../domain/signaling.ts';
import type { RoomToken } from '../../../protocol/ids.ts';
import type { ParticipantEntry, RoomMember, SignalingEvent } from '../../../protocol/signaling-event.ts';
import { isModeratorType, isRecording, permissionsOf, presenceOf } from '../call-words.ts';

/**
 * What an event of the signaling server means.
 * @param room the one this session is in; `undefined` while it is not known: every event is then taken for ours
 * @param count is told why an event that could have mattered was left out
 */
export function eventNews(
	event: SignalingEvent,
	room: RoomToken | undefined,
	count: (reason: string) => void
): SignalingNews[] {
	const name = `${event.target}/${event.type}`;
	const about = roomOf(event);
	if (room !== undefined && about !== undefined && about !== room) {
		count(`event.other-room: ${name}`);
		return [];
	}
	const news = newsOf(event);
	if (news === undefined) count(`event.ignored: ${name}`);
	return news ?? [];
}

/** @returns `undefined` for an event that Roost does not act on */
function newsOf(event: SignalingEvent): SignalingNews[] | undefined {
	if (event.target === 'participants') return event.type === 'update' ? updateNews(event.update) : undefined;
	switch (event.type) {
		case 'join':
			return participantsChanged(event.join.map(toJoined));
		case 'change':
			return participantsChanged(event.change.map(toJoined));
		case 'leave':
			return event.leave.length === 0 ? [] : [{ type: 'SESSIONS_LEFT', sessionIds: event.leave }];
		case 'message':
			return messageNews(event.message.data);
		case 'switchto':
			return [{ type: 'SENT_TO_ROOM', token: event.switchto.roomid }];
		case 'disinvite':
			// only Roost's own server tells a takeover from a removal
			return [
				{
					type: 'REMOVED_FROM_ROOM',
					reason: event.disinvite.reason === 'replaced' ? 'replaced' : 'removed'
				}
			];
		default:
			return undefined;
	}
}

function messageNews(data: MessageData): SignalingNews[] | undefined {
	if ('chat' in data) return [{ type: 'CHAT_CHANGED' }];
	if (!('recording' in data)) return undefined;
	return [{ type: 'RECORDING_CHANGED', isRecording: isRecording(data.recording.status) }];
}

type MessageData = Extract<SignalingEvent, { target: 'room'; type: 'message' }>['message']['data'];
type Update = Extract<SignalingEvent, { target: 'participants'; type: 'update' }>['update'];

function updateNews(update: Update): SignalingNews[] | undefined {
	if ('users' in update) return participantsChanged(update.users.map(toParticipant));
	// flags for everybody at once, other than none, name nobody who could be merged
	return update.incall === 0 ? [{ type: 'CALL_ENDED_FOR_ALL' }] : undefined;
}

const participantsChanged = (participants: ParticipantUpdate[]): SignalingNews[] =>
	participants.length === 0 ? [] : [{ type: 'PARTICIPANTS_CHANGED', participants }];

function roomOf(event: SignalingEvent): RoomToken | undefined {
	switch (event.target) {
		case 'participants':
			return event.type === 'update' ? event.update.roomid : event.flags.roomid;
		case 'roomlist':
			return event.type === 'disinvite' ? event.disinvite.roomid : undefined;
		case 'room':
			return event.type === 'message' ? event.message.roomid : undefined;
	}
}

function toJoined({ sessionid, roomsessionid, user }: RoomMember): ParticipantUpdate {
	const joined: ParticipantUpdate = { sessionId: sessionid };
	if (roomsessionid !== undefined) joined.nextcloudSessionId = roomsessionid;
	if (user?.displayname !== undefined) joined.name = user.displayname;
	return joined;
}

/** Only what the entry carries: what it leaves out has not changed. */
export function toParticipant(entry: ParticipantEntry): ParticipantUpdate {
	const { sessionId, nextcloudSessionId, inCall, participantPermissions, displayName } = entry;
	const participant: ParticipantUpdate = { sessionId, ...actorOf(entry) };
	if (nextcloudSessionId !== undefined) participant.nextcloudSessionId = nextcloudSessionId;
	if (inCall !== undefined) participant.presence = presenceOf(inCall);
	if (participantPermissions !== undefined) participant.permissions = permissionsOf(participantPermissions);
	if (displayName !== undefined) participant.name = displayName;
	if (entry.participantType !== undefined) participant.isModerator = isModeratorType(entry.participantType);
	if (entry.internal !== undefined || entry.virtual !== undefined) {
		participant.isInternal = entry.internal === true || entry.virtual === true;
	}
	return participant;
}

/** Talk before 20 named accounts only. */
function actorOf({ actorType, actorId, userId }: ParticipantEntry): Partial<ParticipantUpdate> {
	if (actorType !== undefined && actorId !== undefined) return { actorType, actorId };
	return userId !== undefined && userId !== '' ? { actorType: 'users', actorId: userId } : {};
}
