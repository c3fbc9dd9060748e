import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';

export interface CallAddress {
	/** With the path that a Nextcloud is installed under, without a slash at the end. */
	baseUrl: string;
	token: RoomToken;
}

/** @returns `undefined` for a text that is no link of a call */
export function parseCallAddress(text: string): CallAddress | undefined {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
	const [, path, word = ''] = /^(.*?)(?:\/index\.php)?\/call\/([^/]+)\/?$/.exec(url.pathname) ?? [];
	const token = v.safeParse(RoomToken, word.toLowerCase());
	return path !== undefined && token.success
		? { baseUrl: url.origin + path, token: token.output }
		: undefined;
}
