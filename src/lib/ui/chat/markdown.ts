import { linkAt, linkOf } from './linkify.ts';

/** What a `{placeholder}` stands for is no markup, and is looked up by who shows it. */
export type Inline =
	| { kind: 'text'; text: string }
	| { kind: 'code'; text: string }
	| { kind: 'placeholder'; key: string; text: string }
	| { kind: 'link'; href: string; children: Inline[] }
	| { kind: 'strong' | 'em' | 'del'; children: Inline[] };

export type Block =
	| { kind: 'paragraph'; children: Inline[] }
	| { kind: 'fence'; text: string }
	| { kind: 'quote'; blocks: Block[] }
	/** `start`: number of the first item; null: not numbered. */
	| { kind: 'list'; start: number | null; items: Block[][] };

/** Quotes and lists in each other; what is deeper is text. */
const mostLevels = 3;
/** Marks that wait for their other half at one time: so deep can emphasis be. */
const mostOpen = 8;

const fence = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const quoteMark = /^ {0,3}> ?/;
const bullet = /^ {0,3}([-*+]|\d{1,9}[.)]) +(?=\S)/;

/**
 * Reads the part of Markdown that a chat needs: bold, italic, struck, code, quotes, lists and links. Everything else, HTML
 * above all, is text, and what is no mark is kept as it is written. Takes time in proportion to the length.
 */
export const parseMarkdown = (text: string): Block[] => blocksOf(text.split(/\r\n|\r|\n/), 0);

function blocksOf(lines: readonly string[], level: number): Block[] {
	const blocks: Block[] = [];
	let paragraph: string[] = [];
	const endParagraph = () => {
		if (paragraph.some((line) => line.trim() !== '')) {
			blocks.push({ kind: 'paragraph', children: inlinesOf(withoutEmptyEnds(paragraph).join('\n')) });
		}
		paragraph = [];
	};
	for (let index = 0; index < lines.length;) {
		const line = lines[index] ?? '';
		const found =
			fenceAt(lines, index) ??
			(level < mostLevels ? (quoteAt(lines, index, level) ?? listAt(lines, index, level)) : null);
		if (found) {
			endParagraph();
			blocks.push(found.block);
			index = found.next;
			continue;
		}
		paragraph.push(line);
		index += 1;
	}
	endParagraph();
	return blocks;
}

function withoutEmptyEnds(lines: readonly string[]): readonly string[] {
	const isFull = (line: string) => line.trim() !== '';
	return lines.slice(lines.findIndex(isFull), lines.findLastIndex(isFull) + 1);
}

interface Found {
	block: Block;
	/** The line after it. */
	next: number;
}

function fenceAt(lines: readonly string[], from: number): Found | null {
	const [, mark] = fence.exec(lines[from] ?? '') ?? [];
	if (mark === undefined) return null;
	const isEnd = (line: string) => {
		const end = line.trim();
		return end.length >= mark.length && end === mark.charAt(0).repeat(end.length);
	};
	let next = from + 1;
	while (next < lines.length && !isEnd(lines[next] ?? '')) next += 1;
	return { block: { kind: 'fence', text: lines.slice(from + 1, next).join('\n') }, next: next + 1 };
}

function quoteAt(lines: readonly string[], from: number, level: number): Found | null {
	const inner: string[] = [];
	let next = from;
	for (; quoteMark.test(lines[next] ?? ''); next += 1) inner.push((lines[next] ?? '').replace(quoteMark, ''));
	return next === from ? null : { block: { kind: 'quote', blocks: blocksOf(inner, level + 1) }, next };
}

function listAt(lines: readonly string[], from: number, level: number): Found | null {
	const [, first] = bullet.exec(lines[from] ?? '') ?? [];
	if (first === undefined) return null;
	const kind = first.slice(-1);
	const indent = (lines[from] ?? '').search(/\S/);
	const items: string[][] = [];
	let next = from;
	for (; next < lines.length; next += 1) {
		const line = lines[next] ?? '';
		const [mark, word] = bullet.exec(line) ?? [];
		if (mark !== undefined && word?.endsWith(kind) && line.search(/\S/) < indent + 2)
			items.push([line.slice(mark.length)]);
		else if (/^(?: {2,}|\t)\S/.test(line)) items.at(-1)?.push(line.replace(/^(?: {2,4}|\t)/, ''));
		else break;
	}
	const start = /^\d/.test(first) ? Number.parseInt(first, 10) : null;
	return { block: { kind: 'list', start, items: items.map((item) => blocksOf(item, level + 1)) }, next };
}

const isSpace = (letter: string) => letter === '' || /\s/.test(letter);
const isMark = (letter: string) => /[\p{P}\p{S}]/u.test(letter);

/** A mark that may begin something: where it stands in what was read, and what it is. */
interface Opener {
	at: number;
	mark: string;
	length: number;
}

/** What may begin at one place, beside text. */
const special = /[\\`*_~[\]{h]/gi;
const placeholder = /\{[\w-]{1,100}\}/y;
const destination =
	/\]\(<?([^\s<>()]{1,2000}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,2000})?)>?(?: "[^"\n]{0,200}")?\)/y;

function inlinesOf(source: string): Inline[] {
	const nodes: Inline[] = [];
	const openers: Opener[] = [];
	const brackets: number[] = [];
	const ticks = runsOfTicks(source);
	let index = 0;

	const write = (text: string) => {
		const last = nodes.at(-1);
		// a mark that may still begin something stays apart
		if (
			last?.kind === 'text' &&
			openers.at(-1)?.at !== nodes.length - 1 &&
			brackets.at(-1) !== nodes.length - 1
		)
			last.text += text;
		else if (text !== '') nodes.push({ kind: 'text', text });
	};
	const mark = (text: string) => nodes.push({ kind: 'text', text }) - 1;
	/** Takes what was read since some place out again. */
	const takeSince = (at: number): Inline[] => {
		while ((openers.at(-1)?.at ?? -1) >= at) openers.pop();
		while ((brackets.at(-1) ?? -1) >= at) brackets.pop();
		return nodes.splice(at);
	};

	const readCode = (): boolean => {
		const length = runLength(source, index);
		const end = ticks.get(length)?.find(index);
		if (end === undefined) {
			write(source.slice(index, index + length));
			index += length;
			return true;
		}
		const code = source.slice(index + length, end);
		nodes.push({ kind: 'code', text: code.trim() === '' ? code : code.replace(/^ (.*) $/s, '$1') });
		index = end + length;
		return true;
	};

	const readEmphasis = () => {
		const letter = source.charAt(index);
		let length = runLength(source, index);
		const [before, after] = [letterBefore(source, index), letterAt(source, index + length)];
		const opens = !isSpace(after) && (!isMark(after) || isSpace(before) || isMark(before));
		const closes = !isSpace(before) && (!isMark(before) || isSpace(after) || isMark(after));
		const isWord = letter === '_';
		const canOpen = opens && (!isWord || !closes || isMark(before));
		const canClose = closes && (!isWord || !opens || isMark(after));
		const isKnown = letter === '~' ? length === 2 : length <= 3;
		index += length;
		while (isKnown && canClose && length > 0) {
			const opener = openers.findLast((open) => open.mark === letter && open.at > (brackets.at(-1) ?? -1));
			if (!opener) break;
			const size = Math.min(opener.length, length, 2);
			const begin = nodes[opener.at];
			opener.length -= size;
			length -= size;
			const rest = { ...opener };
			const children = takeSince(opener.at + 1);
			takeSince(opener.at);
			if (rest.length > 0 && begin?.kind === 'text') {
				openers.push({ ...rest, at: mark(letter.repeat(rest.length)) });
			}
			nodes.push({ kind: letter === '~' ? 'del' : size === 2 ? 'strong' : 'em', children });
		}
		if (length === 0) return;
		const run = letter.repeat(length);
		if (!isKnown || !canOpen) {
			write(run);
			return;
		}
		if (openers.length >= mostOpen) openers.shift();
		openers.push({ at: mark(run), mark: letter, length });
	};

	const readLink = (): boolean => {
		const begin = brackets.at(-1);
		destination.lastIndex = index;
		const [whole, address] = begin === undefined ? [] : (destination.exec(source) ?? []);
		const href = address === undefined ? null : linkOf(address);
		// a link that says another address than it leads to would be a lie: both are shown
		const label = nodes.slice((begin ?? 0) + 1);
		if (begin === undefined || whole === undefined || href === null || label.length === 0 || hasLink(label)) {
			brackets.pop();
			return false;
		}
		const children = takeSince(begin + 1);
		takeSince(begin);
		nodes.push({ kind: 'link', href, children });
		index += whole.length;
		return true;
	};

	while (index < source.length) {
		special.lastIndex = index;
		const next = special.exec(source)?.index ?? source.length;
		if (next > index) write(source.slice(index, next));
		index = next;
		const letter = source.charAt(index);
		if (letter === '\\' && /[\\`*_~[\](){}>#+.!-]/.test(source.charAt(index + 1))) {
			write(source.charAt(index + 1));
			index += 2;
		} else if (letter === '`') readCode();
		else if (letter === '*' || letter === '_' || letter === '~') readEmphasis();
		else if (letter === '[') {
			if (brackets.length >= mostOpen) brackets.shift();
			brackets.push(mark('['));
			index += 1;
		} else if (letter !== ']' || !readLink()) {
			placeholder.lastIndex = index;
			const [key] = letter === '{' ? (placeholder.exec(source) ?? []) : [];
			const link = /h/i.test(letter) ? linkAt(source, index) : null;
			if (key !== undefined) nodes.push({ kind: 'placeholder', key: key.slice(1, -1), text: key });
			else if (link)
				nodes.push({ kind: 'link', href: link.href, children: [{ kind: 'text', text: link.text }] });
			else write(letter);
			index += key?.length ?? link?.text.length ?? 1;
		}
	}
	return nodes;
}

const hasLink = (nodes: readonly Inline[]): boolean =>
	nodes.some((node) => node.kind === 'link' || ('children' in node && hasLink(node.children)));

function runLength(source: string, from: number): number {
	let end = from + 1;
	while (source.charAt(end) === source.charAt(from)) end += 1;
	return end - from;
}

/** The whole letter, also if it takes two units; empty at the ends. */
const letterAt = (source: string, index: number) =>
	String.fromCodePoint(source.codePointAt(index) ?? 32).trim();
function letterBefore(source: string, index: number): string {
	const isPair = /[\uDC00-\uDFFF]/.test(source.charAt(index - 1));
	return index === 0 ? '' : letterAt(source, Math.max(0, index - (isPair ? 2 : 1)));
}

/** Where runs of so many backticks are: each is looked at once, however many there are. */
function runsOfTicks(source: string): Map<number, { find: (after: number) => number | undefined }> {
	const places = new Map<number, number[]>();
	for (const { 0: run, index } of source.matchAll(/`+/g)) {
		const known = places.get(run.length);
		if (known) known.push(index);
		else places.set(run.length, [index]);
	}
	return new Map(
		[...places].map(([length, found]) => {
			let next = 0;
			const find = (after: number) => {
				while ((found[next] ?? Infinity) <= after) next += 1;
				return found[next];
			};
			return [length, { find }];
		})
	);
}

/** What people see of it, in one line for each block. */
export const visibleText = (blocks: readonly Block[], nameOf: (key: string) => string | undefined): string =>
	blocks.map((block) => textOfBlock(block, nameOf)).join('\n');

function textOfBlock(block: Block, nameOf: (key: string) => string | undefined): string {
	if (block.kind === 'fence') return block.text;
	if (block.kind === 'quote') return visibleText(block.blocks, nameOf);
	if (block.kind === 'list') return block.items.map((item) => visibleText(item, nameOf)).join('\n');
	return textOfInlines(block.children, nameOf);
}

const textOfInlines = (nodes: readonly Inline[], nameOf: (key: string) => string | undefined): string =>
	nodes
		.map((node) => {
			if ('children' in node) return textOfInlines(node.children, nameOf);
			return node.kind === 'placeholder' ? (nameOf(node.key) ?? node.text) : node.text;
		})
		.join('');
