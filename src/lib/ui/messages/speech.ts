import { english } from './english.ts';
import { formatsFor, type Formats } from './format.ts';
import { formatMessage, parseMessage, type Message, type Value } from './icu.ts';
import { kindOf } from './language-choice.ts';
import type { Area, Language } from './language.svelte.ts';

/** A catalogue, or a part of it: texts of their own, and messages for what English has functions for. */
export interface Words {
	readonly [key: string]: string | Words;
}

const isWords = (value: unknown): value is Words =>
	typeof value === 'object' &&
	value !== null &&
	Object.values(value).every((word) => typeof word === 'string' || isWords(word));

/** Numbers and times are written as where the person is, as far as the browser knows that in the language of the words. */
const regional = (tag: string): string => {
	const kind = kindOf(tag);
	return navigator.languages.find((known) => kindOf(known) === kind) ?? tag;
};

/** Languages that are written from right to left. */
const directionOf = (tag: string) => (/^(?:ar|fa|he)\b/.test(tag) ? 'rtl' : 'ltr');

/**
 * @param files the parts of the catalogue
 * @throws {TypeError} when they are none
 */
export function languageOf(tag: string, files: readonly unknown[]): Language {
	const words: unknown = Object.assign({}, ...files);
	if (!isWords(words)) throw new TypeError(`the words of "${tag}" are not words`);
	const formats = tag === 'en' ? english : formatsFor(regional(tag));
	const areas = new Map<string, Area>();
	return {
		tag,
		direction: directionOf(tag),
		formats,
		areaOf(name, source) {
			const area = areas.get(name) ?? inWords(source, words[name], formats);
			areas.set(name, area);
			return area;
		}
	};
}

/** English, with words in place of its own where there are some that fit. */
function inWords(english: Area, words: Words[string] | undefined, formats: Formats): Area {
	if (typeof words !== 'object') return english;
	const entries: [string, Area[string]][] = [];
	for (const key of new Set([...Object.keys(english), ...Object.keys(words)])) {
		const [source, word] = [english[key], words[key]];
		if (typeof source === 'object') entries.push([key, inWords(source, word, formats)]);
		else if (typeof word === 'string')
			entries.push([key, typeof source === 'function' ? spokenBy(word, formats) : word]);
		else if (source !== undefined) entries.push([key, source]);
	}
	return Object.fromEntries(entries);
}

function spokenBy(word: string, formats: Formats): (...values: Value[]) => string {
	let message: Message | undefined;
	return (...values) => formatMessage((message ??= parseMessage(word)), values, formats);
}
