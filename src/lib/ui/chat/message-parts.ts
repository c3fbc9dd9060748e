import type { ChatMessageView } from '$lib/domain/chat/chat-view.ts';
import { linkify, type TextPart } from './linkify.ts';

export type MessagePart =
	| TextPart
	/** Somebody or something the server names: `person` is spoken to with an @, `thing` may have an address. */
	| { kind: 'person'; text: string; name: string }
	| { kind: 'thing'; text: string; name: string; href: string | null };

const placeholder = /\{([\w-]+)\}/g;
const people = new Set(['user', 'guest', 'email', 'federated_user', 'user-group', 'group', 'circle', 'call']);

/**
 * What a message is made of. Placeholders without a parameter stay as they are written; so does every other mark,
 * since nothing here is markup. The `text` of the parts, put together, is the text of the message.
 */
export function messageParts({
	text,
	parameters
}: Pick<ChatMessageView, 'text' | 'parameters'>): MessagePart[] {
	const parts: MessagePart[] = [];
	let done = 0;
	for (const match of text.matchAll(placeholder)) {
		const key = match[1] ?? '';
		const object = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
		if (!object) continue;
		parts.push(...linkify(text.slice(done, match.index)));
		const [link] = linkify(object.link ?? '');
		parts.push(
			people.has(object.type)
				? { kind: 'person', text: match[0], name: object.name }
				: { kind: 'thing', text: match[0], name: object.name, href: link?.kind === 'link' ? link.href : null }
		);
		done = match.index + match[0].length;
	}
	parts.push(...linkify(text.slice(done)));
	return parts;
}

/** A message in plain words, for a notice or an announcement. */
export const plainText = (message: Pick<ChatMessageView, 'text' | 'parameters'>): string =>
	messageParts(message)
		.map((part) => ('name' in part ? part.name : part.text))
		.join('');
