import { expect, it } from 'vitest';
import { toStore } from './stored-files.ts';

const assets = [
	'/_app/immutable/chunks/call.new1.js',
	'/_app/immutable/assets/words-en.more.new2.json',
	'/_app/immutable/assets/words-de.new3.json',
	'/_app/immutable/assets/words-ar.new4.json',
	'/icon.svg'
];

it('given a first visit, when the app is stored, then in English and in no other language', () => {
	expect(toStore(assets, [])).toEqual([
		'/_app/immutable/chunks/call.new1.js',
		'/_app/immutable/assets/words-en.more.new2.json',
		'/icon.svg'
	]);
});

it('given a language that was used, when a new version comes, then it is stored again under its new name', () => {
	const before = ['/_app/immutable/assets/words-de.old3.json', '/_app/immutable/chunks/call.old1.js', '/'];

	expect(toStore(assets, before)).toContain('/_app/immutable/assets/words-de.new3.json');
	expect(toStore(assets, before)).not.toContain('/_app/immutable/assets/words-ar.new4.json');
});
