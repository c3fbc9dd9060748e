import type { Ban } from '../rooms/model.ts';

/** A ban as Talk writes it. */
export function wireBan({ id, moderator, banned, bannedAt, internalNote }: Ban) {
	return {
		id,
		moderatorActorType: moderator.actorType,
		moderatorActorId: moderator.actorId,
		moderatorDisplayName: moderator.displayName,
		bannedActorType: banned.actorType,
		bannedActorId: banned.actorId,
		bannedDisplayName: banned.displayName,
		bannedTime: bannedAt,
		internalNote
	};
}
