import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';

/** Unpredictable bytes, from the system's source in the server and from a seed in tests. */
export type RandomBytes = (size: number) => Uint8Array;

const tokenAlphabet = 'abcdefghijkmnopqrstuvwxyz23456789';
const sessionAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Every letter equally likely: bytes beyond the last full round of the alphabet are thrown away.
 * @param alphabet 1 to 256 letters
 */
function randomText(random: RandomBytes, length: number, alphabet: string): string {
	const usable = 256 - (256 % alphabet.length);
	let text = '';
	while (text.length < length) {
		for (const byte of random(length)) {
			if (byte < usable && text.length < length) text += alphabet.charAt(byte % alphabet.length);
		}
	}
	return text;
}

/** 10 letters and digits that are not mistaken for each other: 50 bits. */
export function newRoomToken(random: RandomBytes): RoomToken {
	return v.parse(RoomToken, randomText(random, 10, tokenAlphabet));
}

/** 255 characters, as Talk makes them. */
export function newNextcloudSessionId(random: RandomBytes): NextcloudSessionId {
	return v.parse(NextcloudSessionId, randomText(random, 255, sessionAlphabet));
}
