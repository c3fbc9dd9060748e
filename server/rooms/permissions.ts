import { callFlag, participantType, permission } from '../../src/lib/protocol/call.ts';
import type { Attendee, Room } from './model.ts';

/** Everything but passing the lobby. */
export const defaultPermissions =
	permission.startCall |
	permission.joinCall |
	permission.publishAudio |
	permission.publishVideo |
	permission.publishScreen |
	permission.chat |
	permission.react;

/** Everything there is, without the mark of a level that was set on purpose. */
export const allPermissions = defaultPermissions | permission.ignoreLobby;

const moderators: ReadonlySet<number> = new Set([
	participantType.owner,
	participantType.moderator,
	participantType.guestModerator
]);

/**
 * Owners, moderators and guest moderators. They may also send orders such as "mute": in Talk that takes an account, which
 * nobody has here.
 */
export function isModerator({ type }: Pick<Attendee, 'type'>): boolean {
	return moderators.has(type);
}

/** The bits that count: of the attendee if set on purpose, else of the room if set, else of the server. */
export function effectivePermissions(room: Room, attendee: Attendee): number {
	if (isModerator(attendee)) return allPermissions;
	const level = [attendee.permissions, room.permissions].find((bits) => bits & permission.custom);
	return level ?? defaultPermissions;
}

export function permits(room: Room, attendee: Attendee, bit: number): boolean {
	return (effectivePermissions(room, attendee) & bit) !== 0;
}

/** Outside of call, chat and signaling until the lobby opens. */
export function isInLobby(room: Room, attendee: Attendee): boolean {
	return room.lobbyState !== 0 && !permits(room, attendee, permission.ignoreLobby);
}

/** @returns the call flags without the media that the permissions do not allow */
export function allowedCallFlags(flags: number, permissions: number): number {
	const audio = permissions & permission.publishAudio ? 0 : callFlag.audio;
	const video = permissions & permission.publishVideo ? 0 : callFlag.video;
	return flags & ~audio & ~video;
}

/** Nobody writes in a room that is locked, not even its moderators: they unlock it first. */
export function isReadOnly({ readOnly }: Pick<Room, 'readOnly'>): boolean {
	return readOnly !== 0;
}

/** @returns the level as it is kept: marked as set on purpose, unless it is 0, which leaves it to the next level */
export function markedLevel(bits: number): number {
	return bits === 0 ? 0 : bits | permission.custom;
}
