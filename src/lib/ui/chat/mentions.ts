import type { Draft } from '$lib/domain/chat/draft.ts';
import type { Mentionable, RichObject } from '$lib/domain/talk-api.ts';

/** What somebody types after an @, up to the caret; null: nobody is being looked for. */
export function mentionAt(text: string, caret: number): { from: number; search: string } | null {
	const found = /(?:^|[\s(])@([\p{L}\p{N}_.'-]{0,40})$/u.exec(text.slice(Math.max(0, caret - 60), caret));
	return found === null ? null : { from: caret - (found[1]?.length ?? 0) - 1, search: found[1] ?? '' };
}

const shown = ({ name }: Mentionable) => `@${name}`;

/** Puts somebody in the place of what was typed after the @. */
export function withMention(
	draft: Draft,
	{ from, caret, whom }: { from: number; caret: number; whom: Mentionable }
): { draft: Draft; caret: number } {
	const before = `${draft.text.slice(0, from)}${shown(whom)} `;
	const others = draft.mentions.filter(({ name }) => name !== whom.name);
	return {
		draft: {
			...draft,
			text: before + draft.text.slice(caret).replace(/^ /, ''),
			mentions: [...others, whom]
		},
		caret: before.length
	};
}

const written = (mentionId: string) => (/^[\w.-]+$/.test(mentionId) ? `@${mentionId}` : `@"${mentionId}"`);

/** The text as Talk wants it: those who are spoken to by their ids, the longest names first. */
export function inTalksForm({ text, mentions }: Draft): { text: string; mentions: Mentionable[] } {
	const used = mentions
		.filter((whom) => text.includes(shown(whom)))
		.sort((one, other) => other.name.length - one.name.length);
	const places = used.map((whom) => shown(whom).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	if (places.length === 0) return { text, mentions: [] };
	const anybody = new RegExp(`(?:${places.join('|')})(?![\\p{L}\\p{N}_])`, 'gu');
	return {
		text: text.replace(anybody, (name) => {
			const whom = used.find((one) => shown(one) === name);
			return whom === undefined ? name : written(whom.mentionId);
		}),
		mentions: used
	};
}

export const emptyDraft: Draft = { text: '', mentions: [], replyTo: null };

/** A message that is there, to be edited: names instead of placeholders. */
export function asDraft(text: string, parameters: Readonly<Record<string, RichObject>>): Draft {
	const mentions: Mentionable[] = [];
	const written = text.replace(/\{([\w-]+)\}/g, (place, key: string) => {
		const object = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
		if (!object || !key.startsWith('mention-')) return place;
		const isEverybody = object.type === 'call';
		mentions.push({
			mentionId: object.mentionId ?? (isEverybody ? 'all' : object.id),
			name: object.name,
			isEverybody
		});
		return `@${object.name}`;
	});
	return { text: written, mentions, replyTo: null };
}
