import { createRoost, obstacleOf } from '$lib/app/create-roost.ts';
import { chooseLanguage, speak } from '$lib/ui/messages/language.svelte.ts';
import { fetchWords } from './fetch-words.ts';

export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';

/** Everything the pages share. It depends on nothing, so it is made once and lives as long as the page. */
export async function load() {
	const roost = createRoost(window);
	const preferences = await roost.preferences.load();
	// what the address and the browser ask for, behind what a person has chosen
	const asked = [new URLSearchParams(location.search).get('lang') ?? '', ...navigator.languages];
	const language = chooseLanguage([preferences.language, ...asked]);
	/* English begins with what is in the code; the others are fetched while the page looks at its room */
	const spoken = language === 'en' ? null : speak(language, fetchWords).catch(() => undefined);
	return { roost, obstacle: obstacleOf(window), preferences, asked, language, spoken: () => spoken };
}
