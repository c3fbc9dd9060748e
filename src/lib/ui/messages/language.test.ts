import { render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, expect, it } from 'vitest';
import AloneCard from '../call/AloneCard.svelte';
import { call } from './call.ts';
import { isolate } from './format.ts';
import { nameOfLanguage } from './language-names.ts';
import {
	allWords,
	chooseLanguage,
	languageInUse,
	languages,
	speak,
	type FetchWords
} from './language.svelte.ts';
import { languageOf } from './speech.ts';
import { useCallText } from './call-text.ts';
import { useText } from './text.ts';

const files = import.meta.glob<unknown>('./*.json', { eager: true, import: 'default' });
const fetchWords: FetchWords = (address) => Promise.resolve(files[`./${address.split('/').at(-1) ?? ''}`]);

afterEach(() => speak('en', fetchWords));

it.each([
	[['de-AT', 'en'], 'de'],
	[['', 'xx', 'fr-CA'], 'fr'],
	[['not a tag', 'en-GB', 'de'], 'en'],
	[['ar-EG'], 'ar'],
	[['zh-TW', 'ja'], 'en'],
	[[], 'en']
])('given the wishes %j, when a language is chosen, then it is %s', (wanted, tag) => {
	expect(chooseLanguage(wanted)).toBe(tag);
});

it('given a page in English, when another language is spoken, then the same page says it in that', async () => {
	render(AloneCard, { hasJustCopied: false, oncopylink: () => undefined, onsharelink: null });
	const heading = screen.getByRole('heading', { name: 'You are the only one here' });

	await speak('de', fetchWords);
	await tick();

	expect(screen.getByRole('heading', { name: 'Sonst ist niemand hier' })).toBe(heading);
	await speak('en', fetchWords);
	await tick();
	expect(screen.getByRole('heading', { name: 'You are the only one here' })).toBe(heading);
});

it('given words with values, when German is spoken, then they are German, with German numbers', async () => {
	const text = useCallText();

	await speak('de', fetchWords);

	expect(text.locale).toBe('de');
	expect(text.call.announce.joined(['Ana', 'Bo', 'Cy'])).toBe(
		`${isolate('Ana')} und 2 weitere sind dazugekommen`
	);
	expect(text.call.peopleCount(1234)).toBe('1.234 Personen');
	expect(text.call.tile.hand(2)).toBe('Hand gehoben, 2.');
});

it('given Arabic, when it is spoken, then the page is to be written from right to left', async () => {
	await speak('ar', fetchWords);

	expect(languageInUse().direction).toBe('rtl');
	expect(useText().common.close).toBe('إغلاق');
});

it('given two wishes, when the answer to the first comes last, then the second is spoken', async () => {
	let answerFirst: (words: unknown) => void = () => undefined;
	const first = speak('fr', () => new Promise((settle) => (answerFirst = settle)));

	await speak('es', fetchWords);
	answerFirst(files['./fr.json']);
	await first;

	expect(languageInUse().tag).toBe('es');
});

it('given no network, when a language is asked for, then the one before stays, and it can be asked for again', async () => {
	await speak('de', fetchWords);

	await expect(speak('fr', () => Promise.reject(new Error('offline')))).rejects.toThrow('offline');

	expect(languageInUse().tag).toBe('de');
	await speak('fr', fetchWords);
	expect(useText().common.close).toBe('Fermer');
});

it('given an answer that is no catalogue, when it is read, then it is refused', () => {
	for (const words of [{ call: { leave: 1 } }, { call: null }, { call: ['Verlassen'], common: 3 }]) {
		expect(() => languageOf('de', [words])).toThrow(TypeError);
	}
});

it('given a part of the words that is not there yet, when all are waited for, then it is read in the same language', async () => {
	const asked: string[] = [];
	await speak('de', fetchWords);

	await allWords((address) => {
		asked.push(address.split('/').at(-1) ?? '');
		return fetchWords(address);
	}, '.more');

	expect(asked).toEqual(['de.json', 'de.more.json']);
	expect(languageInUse().tag).toBe('de');
});

it('given a catalogue without a key, or with something else in its place, when it is spoken, then that is English', async () => {
	const words = { call: { leave: { deep: 'x' }, peopleCount: 'wenige', blocked: 'x' } };
	await speak('en', fetchWords);
	await speak('de', () => Promise.resolve(words));
	const { call: area } = useCallText();

	expect(area.stay).toBe('Stay');
	expect(area.leave).toBe('Leave');
	expect(area.blocked.screen.room).toBe(call.blocked.screen.room);
	expect(area.peopleCount(2)).toBe('wenige');
});

it('given languages, when they are offered, then each has the name that it has in itself', () => {
	expect(languages.map(nameOfLanguage)).toEqual(
		expect.arrayContaining(['English', 'Deutsch', 'Français', 'Español'])
	);
});
