import { drawPictures } from '../primitives/icon.ts';
import { addresses, picturesAddress } from './addresses.ts';
import { english } from './english.ts';
import type { Formats } from './format.ts';
import { chooseAmong } from './language-choice.ts';

/** A part of the English catalogue, or what stands for it: texts, and functions that make them. */
export interface Area {
	readonly [key: string]: string | ((...values: never[]) => string) | Area;
}

export interface Language {
	/** BCP 47 tag of the words. */
	tag: string;
	direction: 'ltr' | 'rtl';
	formats: Formats;
	/** An area of the catalogue with the words of this language. */
	areaOf: (name: string, english: Area) => Area;
}

export type FetchWords = (address: string) => Promise<unknown>;

/*
 * A page has one language, as its root element has: every component reads it here, and follows when it changes. It begins
 * with the English that is in the code. How others are spoken comes with the first that is.
 */
let language: Language = $state.raw({
	tag: 'en',
	direction: 'ltr',
	formats: english,
	areaOf: (_, area) => area
});
export const languageInUse = (): Language => language;

/** Words that few people see (settings, the connection check) are in a second file of each language: tools/vite/words.ts. */
type Part = '' | '.more';

export const languages: readonly string[] = [
	'en',
	...Object.keys(addresses).filter((name) => name !== 'en' && !name.includes('.'))
];

/** @param wanted BCP 47 tags, the best first @returns a language that there are words for */
export const chooseLanguage = (wanted: readonly string[]): string => chooseAmong(languages, wanted);

let coming: { tag: string; parts: readonly Part[]; arrived: Promise<void> } | null = null;
let parts: readonly Part[] = [''];

/**
 * Speaks a language from now on; the newest wish counts.
 * @throws when its words could not be fetched or read: the language then stays as it is, and may be asked for again
 */
export function speak(tag: string, fetchWords: FetchWords): Promise<void> {
	if (coming?.tag === tag && coming.parts === parts) return coming.arrived;
	const own = { tag, parts, arrived: Promise.resolve() };
	const files = parts.flatMap((part) => addresses[tag + part] ?? []);
	own.arrived = Promise.all([import('./speech.ts'), ...files.map(fetchWords)]).then(
		([{ languageOf }, ...words]) => {
			if (coming === own) language = languageOf(tag, words);
		}
	);
	own.arrived.catch(() => {
		if (coming === own) coming = null;
	});
	coming = own;
	return own.arrived;
}

let pictures: Promise<void> | null = null;

/** The pictures that are not in the code, once. @throws when they did not come; they may be asked for again */
function allPictures(fetchWords: FetchWords): Promise<void> | null {
	if (picturesAddress === null) return null;
	pictures ??= fetchWords(picturesAddress)
		.then(drawPictures)
		.catch((cause: unknown) => {
			pictures = null;
			throw cause;
		});
	return pictures;
}

/**
 * Waits for everything there is to say in the language in use, and for what is seen beside it: the code has only what the
 * start needs.
 */
export async function allWords(fetchWords: FetchWords, part: Part = ''): Promise<void> {
	if (!parts.includes(part)) parts = [...parts, part];
	await Promise.all([speak(coming?.tag ?? language.tag, fetchWords), allPictures(fetchWords)]);
}
