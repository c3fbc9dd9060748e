import type { Reaction } from '../rooms/model.ts';

/** Who has reacted with what, as Talk writes it: by emoji. */
export function wireReactions(reactions: readonly Reaction[]) {
	const byEmoji = new Map<string, object[]>();
	for (const { emoji, actorType, actorId, displayName: actorDisplayName, at: timestamp } of reactions) {
		const those = byEmoji.get(emoji) ?? [];
		those.push({ actorType, actorId, actorDisplayName, timestamp });
		byEmoji.set(emoji, those);
	}
	return Object.fromEntries(byEmoji);
}
