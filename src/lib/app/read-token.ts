import * as v from 'valibot';
import { RoomToken } from '../protocol/ids.ts';

/** @returns undefined for a text that no room can have as its token */
export function readToken(text: string): RoomToken | undefined {
	const result = v.safeParse(RoomToken, text.toLowerCase());
	return result.success ? result.output : undefined;
}
