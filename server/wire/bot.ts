import { botState } from '../../src/lib/protocol/bot-request.ts';
import { urlHashOf } from '../rooms/bots.ts';
import type { Bot } from '../rooms/model.ts';

/** A bot as moderators of a room see it: enabled means that it is in there. */
export function wireBot({ id, name, description, state }: Bot, isIn: boolean) {
	const inRoom = isIn ? botState.enabled : botState.disabled;
	return { id, name, description, state: isIn && state === botState.noSetup ? state : inRoom };
}

/** A bot as the administrator sees it. Its secret is never shown again. */
export function wireBotDetails(bot: Bot) {
	const { id, name, description, state, url, features, errorCount, lastErrorAt, lastError } = bot;
	return {
		id,
		name,
		description,
		state,
		url,
		url_hash: urlHashOf(bot),
		features,
		error_count: errorCount,
		last_error_date: lastErrorAt,
		last_error_message: lastError
	};
}
