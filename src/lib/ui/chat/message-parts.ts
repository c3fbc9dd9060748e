import type { ChatMessageView } from '$lib/domain/chat/chat-view.ts';
import type { RichObject } from '$lib/domain/talk-api.ts';
import { linkify } from './linkify.ts';
import { parseMarkdown, visibleText, type Block, type Inline } from './markdown.ts';

export type Written = Pick<ChatMessageView, 'text' | 'parameters' | 'isMarkdown'>;

const placeholder = /\{([\w-]+)\}/g;
const people = new Set(['user', 'guest', 'email', 'federated_user', 'user-group', 'group', 'circle', 'call']);

/** What a placeholder stands for; undefined: for nothing, and it stays as it is written. */
export const objectOf = ({ parameters }: Written, key: string): RichObject | undefined =>
	Object.hasOwn(parameters, key) ? parameters[key] : undefined;

/** Whether it names somebody, who is spoken to with an @, and not a thing. */
export const isPerson = ({ type }: RichObject): boolean => people.has(type);

/** The address of a thing, if it has one that may be gone to. */
export function hrefOf({ link }: RichObject): string | null {
	const [first] = linkify(link ?? '');
	return first?.kind === 'link' ? first.href : null;
}

/** What is shown beside or instead of the words of a message: files and polls. */
export const cardsOf = ({ parameters }: Written): RichObject[] => Object.values(parameters).filter(isCard);

const isCard = ({ type }: RichObject) => type === 'file' || type === 'talk-poll';

/** What a message is made of; nothing if its card says it all. */
export function blocksOf(message: Written): Block[] {
	const [, key] = /^\{([\w-]+)\}$/.exec(message.text.trim()) ?? [];
	const only = key === undefined ? undefined : objectOf(message, key);
	if (only && isCard(only)) return [];
	if (message.isMarkdown) return parseMarkdown(message.text);
	return message.text === '' ? [] : [{ kind: 'paragraph', children: plainInlines(message.text) }];
}

/** What is said, if it is words in one paragraph and no more, as most messages are; else null. */
export function onlyWords(message: Written): string | null {
	const [block, ...more] = blocksOf(message);
	if (block?.kind !== 'paragraph' || more.length > 0) return null;
	const [node, ...others] = block.children;
	return node?.kind === 'text' && others.length === 0 ? node.text : null;
}

function plainInlines(text: string): Inline[] {
	const nodes: Inline[] = [];
	const write = (piece: string) => {
		for (const part of linkify(piece)) {
			const words = { kind: 'text', text: part.text } as const;
			nodes.push(part.kind === 'link' ? { kind: 'link', href: part.href, children: [words] } : words);
		}
	};
	let done = 0;
	for (const match of text.matchAll(placeholder)) {
		write(text.slice(done, match.index));
		nodes.push({ kind: 'placeholder', key: match[1] ?? '', text: match[0] });
		done = match.index + match[0].length;
	}
	write(text.slice(done));
	return nodes;
}

/** A message in plain words, for a notice or an announcement; a file or a poll by its name. */
export function plainText(message: Written): string {
	const blocks = blocksOf(message);
	if (blocks.length === 0) return cardsOf(message)[0]?.name ?? '';
	return visibleText(blocks, (key) => objectOf(message, key)?.name);
}
