import { isDeepStrictEqual } from 'node:util';
import type { RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { Bounds } from '../bounds.ts';
import { transientFrame } from './frames.ts';
import type { HubSession } from './hub-session.ts';

interface Entry {
	value: unknown;
	/** characters of key and value as JSON */
	size: number;
	timer: NodeJS.Timeout | undefined;
}

/** Keys of the data of one session begin with this and end with its id. */
const sessionPrefix = 'sd:';

/** @returns undefined for a key that is no session's */
export const sessionOfKey = (key: string): string | undefined =>
	key.startsWith(sessionPrefix) ? key.slice(sessionPrefix.length) : undefined;

/** How deeply values may be nested: what is deeper than the stack could be stored, and never told. */
const deepest = 32;
const isTooDeep = (value: unknown, left = deepest): boolean =>
	typeof value === 'object' &&
	value !== null &&
	(left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1)));

/** The longest that a timer takes; whoever sets something for weeks gets 24 days. */
const longestMs = 2 ** 31 - 1;

/** Who is in a room, for what they share. */
interface Sharers {
	membersOf: (token: RoomToken) => readonly unknown[];
	virtualsOf: (token: RoomToken) => readonly unknown[];
	/** those of them who may hear of it */
	listenersIn: (token: RoomToken) => readonly Pick<HubSession, 'deliver' | 'hear'>[];
}

/** `full`: nothing has changed; `unheard`: it has, but too much waits for some already, who are told once they resume. */
type Outcome = 'told' | 'full' | 'unheard';

/** What those in a room share for as long as somebody is there. In memory only, as they are. */
export function createTransientData(
	members: Sharers,
	bounds: Pick<Bounds, 'transientKeys' | 'transientCharacters'>
) {
	const rooms = new Map<RoomToken, Map<string, Entry>>();

	/**
	 * Setting what is set already changes nothing but how long it is kept.
	 * @param value null or undefined takes the key away
	 * @param ttlMs 0: for as long as somebody is there
	 * @param writer the session that says so; undefined: the server
	 * @returns `full` also if it is nested too deeply
	 */
	function set(token: RoomToken, key: string, value: unknown, ttlMs = 0, writer?: HubSession): Outcome {
		if (value === null || value === undefined) return remove(token, key, writer);
		if (!isOccupied(token)) return 'told';
		if (isTooDeep(value)) return 'full';
		const entries = rooms.get(token) ?? new Map<string, Entry>();
		const previous = entries.get(key);
		const size = key.length + JSON.stringify(value).length;
		if (!hasPlace(entries, previous, size)) return 'full';
		clearTimeout(previous?.timer);
		const timer = ttlMs > 0 ? setTimeout(() => remove(token, key), Math.min(ttlMs, longestMs)) : undefined;
		entries.set(key, { value, size, timer });
		rooms.set(token, entries);
		if (previous && isDeepStrictEqual(previous.value, value)) return 'told';
		return tell(token, { type: 'set', key, value, ...(previous && { oldvalue: previous.value }) }, writer);
	}

	function hasPlace(entries: Map<string, Entry>, previous: Entry | undefined, size: number): boolean {
		const total = [...entries.values()].reduce((sum, entry) => sum + entry.size, 0);
		const count = entries.size + (previous ? 0 : 1);
		return (
			count <= bounds.transientKeys && total - (previous?.size ?? 0) + size <= bounds.transientCharacters
		);
	}

	/** @param writer as for `set` */
	function remove(token: RoomToken, key: string, writer?: HubSession): Outcome {
		const entries = rooms.get(token);
		const previous = entries?.get(key);
		if (!entries || !previous) return 'told';
		clearTimeout(previous.timer);
		entries.delete(key);
		if (entries.size === 0) rooms.delete(token);
		return tell(token, { type: 'remove', key, oldvalue: previous.value }, writer);
	}

	/** What a session writes counts as said by it: nobody ends the session of another. */
	function tell(token: RoomToken, content: object, writer: HubSession | undefined): Outcome {
		const text = JSON.stringify(transientFrame(content));
		let outcome: Outcome = 'told';
		for (const member of members.listenersIn(token)) {
			if (!writer) member.deliver(text);
			else if (!member.hear(text, writer)) outcome = 'unheard';
		}
		return outcome;
	}

	/** What there is, to one who may not have heard of it. */
	function introduce(session: HubSession, token: RoomToken): void {
		const entries = rooms.get(token);
		if (!entries) return;
		const data = Object.fromEntries([...entries].map(([key, { value }]) => [key, value]));
		session.deliverFrame(transientFrame({ type: 'initial', data }));
	}

	/** A session is out of the room; with the last one everything goes. */
	function left(token: RoomToken, id: SessionId): void {
		remove(token, `${sessionPrefix}${id}`);
		if (!isOccupied(token)) clear(token);
	}

	const isOccupied = (token: RoomToken) =>
		members.membersOf(token).length > 0 || members.virtualsOf(token).length > 0;

	function clear(token: RoomToken): void {
		for (const { timer } of rooms.get(token)?.values() ?? []) clearTimeout(timer);
		rooms.delete(token);
	}

	return {
		set,
		remove,
		introduce,
		left,
		stop(): void {
			for (const token of [...rooms.keys()]) clear(token);
		}
	};
}
export type TransientData = ReturnType<typeof createTransientData>;
