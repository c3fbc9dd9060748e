import { createHash, timingSafeEqual } from 'node:crypto';
import { participantType } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { isBanned } from './bans.ts';
import type { Asker, Changer, Room } from './model.ts';
import { isModerator } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { settleRights } from './rights.ts';
import { commit, moderationOf, roomOf, type World } from './world.ts';

const secretBytes = 32;

/**
 * The secret that makes whoever has it a moderator of the room: that of the browser which made it, to be passed on as a
 * link. Only its hash is kept; it has too many bits to be guessed from that, so the hash needs no salt and no cost.
 */
export function createModeratorLinks(world: World) {
	const { storage } = world;

	/** @returns the secret, this once; the one before it works no more, who came by it stays a moderator */
	function renew(token: RoomToken, changer: Changer): string {
		const secret = Buffer.from(world.random(secretBytes)).toString('base64url');
		commit(world, () => {
			const { room } = moderationOf(world, token, changer);
			storage.changeRoom(room.id, { moderatorHash: hashOf(secret).toString('hex') });
		});
		return secret;
	}

	/** From now on no secret makes a moderator. */
	function revoke(token: RoomToken, changer: Changer): void {
		commit(world, () => {
			storage.changeRoom(moderationOf(world, token, changer).room.id, { moderatorHash: null });
		});
	}

	/**
	 * Makes whoever knows the secret a moderator, in each tab of their browser, now and whenever they come back.
	 * @throws {Refusal} `notAllowed` for a wrong secret, or for somebody who is banned
	 */
	function claim(token: RoomToken, asker: Asker, secret: string): Room {
		return commit(world, (say) => {
			const room = roomOf(world, token);
			if (isBanned(world, room, asker)) throw new Refusal('notAllowed', 'ban');
			if (!isSecretOf(room, secret)) throw new Refusal('notAllowed', 'secret');
			storage.addModerator(room.id, asker.browserKey);
			const own = storage
				.attendees(room.id)
				.filter((attendee) => attendee.browserKey === asker.browserKey && !isModerator(attendee));
			for (const { id } of own) storage.setAttendeeType(id, participantType.guestModerator);
			const there = own.flatMap(({ id }) => storage.participantByAttendee(id) ?? []);
			settleRights(world, room, there, say);
			return room;
		});
	}

	return { renew, revoke, claim };
}
export type ModeratorLinks = ReturnType<typeof createModeratorLinks>;

const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

function isSecretOf({ moderatorHash }: Room, secret: string): boolean {
	return moderatorHash !== null && timingSafeEqual(hashOf(secret), Buffer.from(moderatorHash, 'hex'));
}
