import { createRoost, obstacleOf } from '$lib/app/create-roost.ts';

export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';

/** Everything the pages share. It depends on nothing, so it is made once and lives as long as the page. */
export async function load() {
	const roost = createRoost(window);
	return { roost, obstacle: obstacleOf(window), preferences: await roost.preferences.load() };
}
