import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatsFor } from './format.ts';
import { formatMessage, parseMessage, type Message, type Value } from './icu.ts';
import type { Area } from './language.svelte.ts';
import type { Words } from './speech.ts';

const modules = import.meta.glob<Record<string, unknown>>(['./*.ts', '!./*.test.ts'], { eager: true });
const files = import.meta.glob<Words>('./*.json', { eager: true, import: 'default' });
const tags = [...new Set(Object.keys(files).map((path) => path.split(/[/.]/)[2] ?? ''))];
const filesOf = (tag: string) =>
	Object.entries(files).flatMap(([path, words]) => (path.startsWith(`./${tag}.`) ? [words] : []));

/** The file of an area is named as the area, in words joined by hyphens. */
const areas = Object.entries(modules).flatMap(([path, module]): [string, Area][] => {
	const name = path.slice(2, -3).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
	const area = module[name];
	return typeof area === 'object' && area !== null && !['en', 'english', 'addresses'].includes(name)
		? [[name, area as Area]]
		: [];
});
const english: Area = Object.fromEntries(areas);

type Leaf = string | ((...values: never[]) => string);
function leavesOf(tree: Area | Words, path = ''): [string, Leaf][] {
	return Object.entries(tree).flatMap(([key, value]): [string, Leaf][] =>
		typeof value === 'object' ? leavesOf(value, `${path}${key} › `) : [[`${path}${key}`, value]]
	);
}
const source = new Map(leavesOf(english));

type Argument = Exclude<Message[number], string>;
const argumentsOf = (message: Message): Argument[] =>
	message.flatMap((part) =>
		typeof part === 'string'
			? []
			: [part, ...Object.values(part.forms).flatMap((form) => argumentsOf(form ?? []))]
	);

/** The categories that whole numbers have in a language: French has one for "1 million de" which no count here reaches. */
const categories = (tag: string, type: Intl.PluralRuleType) => {
	const rules = new Intl.PluralRules(tag, { type });
	return [...new Set(Array.from({ length: 1_001 }, (_, number) => rules.select(number)))].sort();
};

const sample = (kind: string): Value =>
	kind === 'list' ? ['Ana', 'بدر', 'Cy', 'Dana'] : kind === '' ? 'Ana' : 3;

it('given the sources of English, when they are read, then all parts of the app are there', () => {
	expect(areas.map(([name]) => name)).toEqual(
		expect.arrayContaining(['call', 'chat', 'check', 'common', 'ended', 'errors', 'home', 'lobby', 'prejoin'])
	);
	expect(source.size).toBeGreaterThan(300);
});

it('given the first languages, when the catalogues are listed, then each of them is there', () => {
	expect(tags).toEqual(expect.arrayContaining(['ar', 'de', 'es', 'fr']));
});

it.each([
	['ar', '+1 يستمع'],
	['de', '+1 hört zu'],
	['es', '+1 escucha']
])('given one person who listens without video, when that is told in %j, then of one', (tag, told) => {
	const words: Words = Object.assign({}, ...filesOf(tag));
	const [, listening] = leavesOf(words).find(([key]) => key.endsWith('› listening')) ?? [];
	expect(formatMessage(parseMessage(String(listening)), [1], formatsFor(tag))).toBe(told);
});

describe.each(tags)('%s', (tag) => {
	const words: Words = Object.assign({}, ...filesOf(tag));
	const own = leavesOf(words);
	const messages = own.flatMap(([key, word]): [string, string, Message][] =>
		typeof word === 'string' && typeof source.get(key) === 'function' ? [[key, word, parseMessage(word)]] : []
	);

	it('given the keys of English, when compared, then none is missing and none is too many', () => {
		const keys = new Set(own.map(([key]) => key));
		expect({
			missing: [...source.keys()].filter((key) => !keys.has(key)),
			superfluous: [...keys].filter((key) => !source.has(key))
		}).toEqual({ missing: [], superfluous: [] });
	});

	it('given the parameters of English, when compared, then each message has these and no others', () => {
		const wrong = messages.filter(([key, , message]) => {
			const used = new Set(argumentsOf(message).map(({ index }) => index));
			const { length } = source.get(key) ?? '';
			return used.size !== length || [...used].some((index) => !(index < length));
		});
		expect(wrong.map(([key, word]) => `${key}: ${word}`)).toEqual([]);
	});

	it('given a number in a message, when its plurals are looked at, then none of the language is missing', () => {
		const types = { plural: 'cardinal', list: 'cardinal', selectordinal: 'ordinal' } as const;
		const missing = messages.flatMap(([key, , message]) =>
			argumentsOf(message).flatMap(({ kind, most, forms }) => {
				if (kind === 'select') return 'other' in forms ? [] : [`${key}: select without other`];
				if (!Object.hasOwn(types, kind) || (kind === 'list' && most === undefined)) return [];
				const type = types[kind as keyof typeof types];
				return categories(tag, type)
					.filter((category) => !(category in forms))
					.map((category) => `${key}: ${kind} ${category}`);
			})
		);
		expect(missing).toEqual([]);
	});

	it('given values, when each message is written, then no sign of its making is left', () => {
		const known = new Set(['', 'number', 'plural', 'selectordinal', 'select', 'list', 'time', 'date']);
		for (const [key, word, message] of messages) {
			const used = argumentsOf(message);
			expect(
				used.filter(({ kind }) => !known.has(kind)),
				key
			).toEqual([]);
			const values: Value[] = [];
			for (const { index, kind } of used) values[index] ??= sample(kind);
			expect(formatMessage(message, values, formatsFor(tag)), `${key}: ${word}`).not.toMatch(
				/[{}#]|undefined/
			);
		}
	});

	it('given the rules for words, when all are read, then none shouts and none is empty', () => {
		const loud = own.filter(
			([, word]) => typeof word === 'string' && (/[!¡]/.test(word) || word.trim() === '')
		);
		expect(loud).toEqual([]);
	});

	it('given the size that a catalogue may have, when it is packed, then it fits', () => {
		for (const file of filesOf(tag)) {
			expect(gzipSync(JSON.stringify(file), { level: 9 }).length).toBeLessThanOrEqual(12_000);
		}
	});
});
