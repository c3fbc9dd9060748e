import { readToken } from '$lib/app/read-token.ts';
import type { PageLoad } from './$types';

/** Starts looking at the room at once; the page does not wait for the answer. */
export const load: PageLoad = async ({ params, parent }) => {
	const { roost, obstacle, preferences } = await parent();
	const token = readToken(params.token);
	if (token === undefined || obstacle !== null) return { room: null };
	const firstLook = roost.lookUp(token);
	// whoever shows the page handles it; until then a failure is nobody's
	firstLook.catch(() => undefined);
	const row = await roost.rowOf(token);
	const isReturning = preferences.name !== '' && roost.wasInCall(row);
	return { room: { token, isReturning, isElsewhere: roost.isElsewhere(row), looking: () => firstLook } };
};
