import { readToken } from '$lib/app/read-token.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent }) => {
	const { roost, obstacle, preferences } = await parent();
	const token = readToken(params.token);
	if (token === undefined || obstacle !== null) return { visit: null };
	return { visit: await roost.openVisit(token, preferences) };
};
