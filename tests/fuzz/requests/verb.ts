import { createHmac } from 'node:crypto';
import type { NeedName, Room, Who } from '../model.ts';
import type { Party } from '../party.ts';
import { talk, type Answer } from '../server.ts';

/** One request, as it was generated: what the numbers mean is for the verb to say. */
export interface Request {
	do: 'ask';
	who: Who;
	room: number;
	verb: string;
	pick: number;
	bits: number;
	flag: boolean;
	text: string;
	/** put in the place of the field that matters most: whoever may is refused too */
	odd?: unknown;
	/** how it is sent, if not as it should be */
	how?: 'without the header' | 'as text' | 'as broken JSON' | 'too large' | 'as a form';
}

export interface Scene extends Request {
	party: Party;
	at: Room;
}

/** What a verb asks for, and what has to come of it. */
export interface Asked {
	path: string;
	body?: Record<string, unknown>;
	/** the field that is spoilt, and whether it takes text or a number */
	field?: [name: string, takes: 'text' | 'number'];
	/** statuses for what is wrong with the request itself */
	wrong?: (number | false)[];
	fine?: number[];
	/** what follows from it */
	after?: (data: unknown, answer: Answer) => void;
	headers?: Record<string, string>;
}

export interface Verb {
	share: number;
	method: string;
	needs: readonly NeedName[];
	asked: (scene: Scene) => Asked;
}

export const field = (data: unknown, name: string): unknown =>
	(data as Record<string, unknown> | null)?.[name];
export const numberIn = (data: unknown, name: string) => Number(field(data, name));
export const textIn = (data: unknown, name: string) => String(field(data, name));

export const room = (at: Room, rest = '') => `${talk}v4/room/${at.token}${rest}`;
export const call = (at: Room, rest = '') => `${talk}v4/call/${at.token}${rest}`;
export const chat = (at: Room, rest = '') => `${talk}v1/chat/${at.token}${rest}`;

export const textOf = ({ party, at, text }: Scene, kind: string, most: number) =>
	Array.from(`${party.secrets.plant(kind, at)} ${text}`.trim())
		.slice(0, most)
		.join('')
		.trim();

export const hmac = (secret: string, random: string, words: string) =>
	createHmac('sha256', secret).update(random).update(words).digest('hex');

/** By the name that stands in the protocol of a run. */
export type Verbs = Readonly<Record<string, Verb>>;

/** Looks, at something that is answered with 200 to whoever meets the needs. */
export const look = (
	path: (scene: Scene) => string,
	needs: readonly NeedName[],
	more: Omit<Asked, 'path'> = {},
	share = 3
): Verb => ({ share, method: 'GET', needs, asked: (scene) => ({ path: path(scene), ...more }) });
