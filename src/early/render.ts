import { render } from 'svelte/server';
import { languageInUse, languages, speak } from '../lib/ui/messages/language.svelte.ts';
import { useText } from '../lib/ui/messages/text.ts';
import EarlyPage from './EarlyPage.svelte';
import { hostMark, type EarlyWords } from './early-page.ts';

const catalogues = import.meta.glob<unknown>('../lib/ui/messages/*.json', { eager: true, import: 'default' });

/** Instead of fetching: the catalogue whose address the build has made. */
const readWords = (address: string): Promise<unknown> => {
	const name = /([\w.-]+?)-[\w-]{8}\.json$/.exec(address)?.[1] ?? '';
	const words = catalogues[`../lib/ui/messages/${name}.json`];
	return words === undefined ? Promise.reject(new Error(`no words at ${address}`)) : Promise.resolve(words);
};

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/**
 * Runs while the app is built: the early page in every language, each in a template that nobody sees.
 * @see showEarlyPage
 */
export async function renderTemplates(): Promise<string> {
	const templates: string[] = [];
	for (const tag of languages) {
		if (tag !== 'en') await speak(tag, readWords);
		const { prejoin, common } = useText();
		const words: EarlyWords = {
			nameMissing: prejoin.nameMissing,
			joining: prejoin.joining,
			notLoaded: common.notLoaded,
			reload: common.reload
		};
		const { body } = render(EarlyPage, { props: { server: hostMark } });
		const attributes = `data-early="${tag}" data-direction="${languageInUse().direction}" data-words="${escaped(JSON.stringify(words))}"`;
		// the page's policy refuses style attributes; set by a script they are none
		const markup = body.replace(/<!--.*?-->/g, '').replaceAll(' style="', ' data-style="');
		templates.push(`<template ${attributes}>${markup}</template>`);
	}
	return templates.join('\n');
}
