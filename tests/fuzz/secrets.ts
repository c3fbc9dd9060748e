import { createHash } from 'node:crypto';
import { admittedIn, bridge, moderates, people, presentIn, type Room, type Who } from './model.ts';

/** What somebody can see of a room at one moment. */
interface Sight {
	isPresent: boolean;
	isAdmitted: boolean;
	isModerating: boolean;
	/** what of an open room everybody sees */
	isOpen: boolean;
	/** stands in it at the socket */
	isSeated: boolean;
}
type Fits = (sight: Sight) => boolean;

/** Kinds of words that are planted, by one letter: who may read them. */
const kinds: Readonly<Record<string, Fits>> = {
	/** a message of the chat */
	m: ({ isAdmitted }) => isAdmitted,
	/** name or description of a room; what it was called before stands in its chat */
	n: ({ isOpen, isPresent, isAdmitted, isModerating, isSeated }) =>
		isOpen || isPresent || isAdmitted || isModerating || isSeated,
	/** a person's name */
	p: ({ isPresent, isModerating, isSeated }) => isPresent || isModerating || isSeated,
	/** transient data */
	t: ({ isSeated, isAdmitted }) => isSeated && isAdmitted,
	/** the note of a ban */
	b: ({ isModerating }) => isModerating,
	/** a password, or a secret of the whole server */
	k: () => false
};

/** A word that is found again wherever it turns up: `zq`, kind, place of the room, number of the party and of the word. */
const planted = /zq([a-z])(\d+)x(\d+)q/g;
const longWord = /[A-Za-z0-9_\-+/]{32,}/g;

interface Watched {
	rooms: readonly Room[];
	isSeated: (room: Room, who: Who) => boolean;
}

let count = 0;

/**
 * Knows what may be read by whom, and looks through everything that the server says.
 * @param watched as it is at each moment
 */
export function createSecrets({ rooms, isSeated }: Watched) {
	const owners = new Map<string, { what: string; mayRead: (who: Who) => boolean }>();
	const words = new Map<number, { kind: string; room: Room }>();
	const dead = new Set<number>();
	let before = new Map<Room, Sight[]>();
	const ever = new Map<Room, Sight[]>();

	function sightOf(room: Room, who: Who): Sight {
		const seated = isSeated(room, who);
		const isBridge = who === bridge;
		return {
			isPresent: presentIn(room, who) !== undefined,
			isAdmitted: admittedIn(room, who) !== undefined || (isBridge && seated),
			isModerating: moderates(room, who),
			isOpen: room.password === null && !room.isGone,
			isSeated: seated
		};
	}
	const everybody = [...people.keys(), bridge];
	const look = () => new Map(rooms.map((room) => [room, everybody.map((who) => sightOf(room, who))]));

	/** @param isLate it may have been said a while ago: to a session that was resumed */
	function mayRead(kind: string, room: Room, who: Who, isLate: boolean): boolean {
		const fits = kinds[kind];
		if (!fits) return false;
		const sights = [sightOf(room, who), before.get(room)?.[who], isLate ? ever.get(room)?.[who] : undefined];
		return sights.some((sight) => sight !== undefined && fits(sight));
	}

	return {
		/** @returns a new word of this kind, about this room */
		plant(kind: string, room: Room): string {
			count += 1;
			words.set(count, { kind, room });
			return `zq${kind}${room.place}x${count}q`;
		},
		/** Nobody reads this any more. */
		kill(text: string): void {
			for (const [, , , number] of text.matchAll(planted)) dead.add(Number(number));
		},
		killAll(kind: string, room: Room): void {
			for (const [number, word] of words) if (word.kind === kind && word.room === room) dead.add(number);
		},
		/** @param text is only for those whom this names; what is derived from it, for nobody */
		keep(text: string, what: string, may: (who: Who) => boolean): void {
			owners.set(text, { what, mayRead: may });
		},
		keepHash(text: string, what: string, may: (who: Who) => boolean = () => false): void {
			owners.set(createHash('sha256').update(text).digest('hex'), { what, mayRead: may });
		},
		/** Something is about to change: what is read meanwhile may be from before or after. */
		step(): void {
			before = look();
			for (const [room, sights] of before) {
				const all = ever.get(room);
				ever.set(
					room,
					sights.map((sight, who) => {
						const old = all?.[who];
						return old ? merged(old, sight) : sight;
					})
				);
			}
		},
		/**
		 * @param isFrame of a socket, which may hear what is gone by now
		 * @returns what is in there that the reader may not see
		 */
		leakIn(text: string, reader: Who, isFrame: boolean, isLate = false): string | undefined {
			for (const [word, kind = '', , number] of text.matchAll(planted)) {
				const known = words.get(Number(number));
				if (known?.kind !== kind) return `${word}, of nobody's here`;
				if (!isFrame && dead.has(Number(number))) return `${word}, which is gone`;
				if (!mayRead(kind, known.room, reader, isLate)) return `${word} of room ${known.room.place}`;
			}
			for (const [word] of text.matchAll(longWord)) {
				const owner = owners.get(word);
				if (owner && !owner.mayRead(reader)) return owner.what;
			}
			return undefined;
		}
	};
}

const merged = (one: Sight, other: Sight): Sight => ({
	isPresent: one.isPresent || other.isPresent,
	isAdmitted: one.isAdmitted || other.isAdmitted,
	isModerating: one.isModerating || other.isModerating,
	isOpen: one.isOpen || other.isOpen,
	isSeated: one.isSeated || other.isSeated
});
