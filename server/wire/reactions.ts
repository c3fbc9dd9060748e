import type { Message } from '../rooms/model.ts';

/** Who has reacted with what, as Talk writes it: by emoji. */
export function wireReactions(reactions: Message[]) {
	const byEmoji = new Map<string, object[]>();
	for (const { text, actorType, actorId, actorName, sentAt } of reactions) {
		const one = { actorType, actorId, actorDisplayName: actorName, timestamp: sentAt };
		byEmoji.set(text, [...(byEmoji.get(text) ?? []), one]);
	}
	return Object.fromEntries(byEmoji);
}
