import { permission } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Attendee, Changer, Room, RoomSettings } from './model.ts';
import { isModerator, markedLevel } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { deleteWithin } from './removal.ts';
import { settleRights } from './rights.ts';
import { saySystem, type Said } from './system-messages.ts';
import { commit, moderationOf, roomOf, type World } from './world.ts';

/**
 * What moderators set about their room. Every method throws a `Refusal` for what is not allowed.
 * @param keptToken of a room that is always there
 */
export function createSettings(world: World, keptToken: RoomToken) {
	const { storage } = world;

	/** What is as it was is neither said nor announced. */
	function change(
		token: RoomToken,
		changer: Changer,
		changes: Partial<RoomSettings>,
		said: (before: Room) => Said | undefined
	): Room {
		return commit(world, (say) => {
			const { room, by } = moderationOf(world, token, changer);
			if (isAsBefore(room, changes)) return room;
			storage.changeRoom(room.id, changes);
			const words = said(room);
			if (words) saySystem(world, room, by, words, say);
			say({ type: 'roomChanged', token });
			return roomOf(world, token);
		});
	}

	return {
		/** @throws {Refusal} `unknownRoom` */
		look: (token: RoomToken): Room => roomOf(world, token),

		rename: (token: RoomToken, changer: Changer, name: string): Room =>
			change(token, changer, { name }, (before) => ({
				keyword: 'conversation_renamed',
				text: `{actor} renamed the room from "${before.name}" to "${name}"`
			})),

		describe: (token: RoomToken, changer: Changer, description: string): Room =>
			change(token, changer, { description }, () =>
				description === ''
					? { keyword: 'description_removed', text: '{actor} removed the description' }
					: { keyword: 'description_set', text: '{actor} set the description' }
			),

		/** Whoever is in the call stays in it: a locked room is one that nothing is added to. */
		setReadOnly: (token: RoomToken, changer: Changer, readOnly: Room['readOnly']): Room =>
			change(token, changer, { readOnly }, () =>
				readOnly === 0
					? { keyword: 'read_only_off', text: '{actor} unlocked the room' }
					: { keyword: 'read_only', text: '{actor} locked the room' }
			),

		/** @param seconds how long messages live that are written from now on; 0 is for good */
		setMessageExpiration: (token: RoomToken, changer: Changer, seconds: number): Room =>
			change(token, changer, { messageExpiration: seconds }, () =>
				seconds === 0
					? { keyword: 'message_expiration_disabled', text: '{actor} lets messages stay' }
					: {
							keyword: 'message_expiration_enabled',
							text: `{actor} lets messages disappear after ${inWords(seconds)}`
						}
			),

		/** Not during a call: those who are in it have not been asked. */
		setRecordingConsent(
			token: RoomToken,
			changer: Changer,
			recordingConsent: Room['recordingConsent']
		): Room {
			const { room } = moderationOf(world, token, changer);
			if (storage.callSummary(room.id).sessions > 0) throw new Refusal('badRequest', 'call');
			return change(token, changer, { recordingConsent }, () => undefined);
		},

		/** @param avatar null brings back the picture that every room has */
		setAvatar: (token: RoomToken, changer: Changer, avatar: Room['avatar']): Room =>
			change(token, changer, { avatar }, () =>
				avatar
					? { keyword: 'avatar_set', text: "{actor} set the room's picture" }
					: { keyword: 'avatar_removed', text: "{actor} removed the room's picture" }
			),

		/** @param bits of `permission`, for all who have no level of their own; 0 leaves them to the server */
		setDefaultPermissions(token: RoomToken, changer: Changer, bits: number): Room {
			return commit(world, (say) => {
				const { room } = moderationOf(world, token, changer);
				const permissions = markedLevel(bits);
				if (permissions === room.permissions) return room;
				storage.changeRoom(room.id, { permissions });
				const isMeant = ({ attendee }: { attendee: Attendee }) =>
					!isModerator(attendee) && !(attendee.permissions & permission.custom);
				const changed = roomOf(world, token);
				settleRights(world, changed, storage.participants(room.id).filter(isMeant), say);
				say({ type: 'roomChanged', token });
				return changed;
			});
		},

		/** The room and everything in it. Who is there is told that it is no more. */
		remove(token: RoomToken, changer: Changer): void {
			commit(world, (say) => {
				const { room } = moderationOf(world, token, changer);
				if (token === keptToken) throw new Refusal('badRequest', 'room');
				deleteWithin(world, room, say);
			});
		}
	};
}
export type Settings = ReturnType<typeof createSettings>;

function isAsBefore(room: Room, changes: Partial<RoomSettings>): boolean {
	const before = Object.keys(changes).map((key) => [key, room[key as keyof RoomSettings]]);
	return JSON.stringify(Object.fromEntries(before)) === JSON.stringify(changes);
}

const units = [
	['week', 7 * 24 * 60 * 60],
	['day', 24 * 60 * 60],
	['hour', 60 * 60],
	['minute', 60]
] as const;

/** @returns the largest unit that it is a whole number of */
function inWords(seconds: number): string {
	const [unit, length] = units.find(([, each]) => seconds % each === 0) ?? ['second', 1];
	const count = seconds / length;
	return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
