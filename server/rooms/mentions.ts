import type { RichObject, Room } from './model.ts';
import type { Storage } from './storage.ts';

/** `@all`, `@"all"` and `@"guest/<id>"`, where a word does not just go on. */
const mention = /(?<![\w@])@(?:"(?<quoted>all|guest\/[0-9a-f]{40})"|(?<plain>all)(?![\w"]))/g;

/** How many are named in a text, each counted once. */
export function countMentions(text: string): number {
	return new Set([...text.matchAll(mention)].map(({ groups }) => groups?.['quoted'] ?? groups?.['plain']))
		.size;
}

/**
 * Puts placeholders where somebody is named. Who is not known in the room is left as written.
 * @returns the text, and what its placeholders stand for
 */
export function withMentions(storage: Storage, room: Room, written: string) {
	const parameters: Record<string, RichObject> = {};
	const keys = new Map<string, string>();
	const text = written.replaceAll(mention, (whole, quoted: string | undefined) => {
		const id = quoted ?? 'all';
		const known = keys.get(id);
		if (known !== undefined) return `{${known}}`;
		const object = id === 'all' ? everybody(room) : guest(storage, room, id);
		if (!object) return whole;
		const kind = id === 'all' ? 'mention-call' : 'mention-guest';
		const count = [...keys.values()].filter((key) => key.startsWith(kind)).length;
		const key = `${kind}${count + 1}`;
		keys.set(id, key);
		parameters[key] = object;
		return `{${key}}`;
	});
	return { text, parameters };
}

function everybody({ token, name }: Room): RichObject {
	return { type: 'call', id: token, name, 'call-type': 'public', 'mention-id': 'all' };
}

function guest(storage: Storage, room: Room, id: string): RichObject | undefined {
	const attendee = storage.attendeeByActor(room.id, 'guests', id.slice('guest/'.length));
	return attendee && { type: 'guest', id, name: attendee.displayName || 'Guest', 'mention-id': id };
}
