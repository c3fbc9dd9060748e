/**
 * Who may do what, written down from the protocol (docs/protocol.md) and not from the server: rooms, who is in them, and
 * the rules. It only says what has to be; `requests.ts` and `frames.ts` ask the server, and hold its answers against this.
 */

/** Bits of `permissions`. */
export const bit = {
	custom: 1,
	start: 2,
	join: 4,
	passLobby: 8,
	audio: 16,
	video: 32,
	screen: 64,
	chat: 128,
	react: 256
} as const;
/** What a guest may without anything having been set: all but pass the lobby. */
const usual = 502;
/** What a moderator may, whatever has been set. */
const everything = 510;

/** Places in the list of those who take part; each browser is one person, and its second tab another guest. */
export const people = [
	{ name: 'owner', browser: 0, hasTab: false },
	{ name: 'ann', browser: 1, hasTab: false },
	{ name: 'ben', browser: 2, hasTab: false },
	{ name: 'tab of ben', browser: 2, hasTab: true },
	{ name: 'other owner', browser: 3, hasTab: false },
	{ name: 'cem', browser: 4, hasTab: false },
	{ name: 'stranger', browser: 5, hasTab: false },
	{ name: 'administrator', browser: 6, hasTab: false }
] as const;
export const administrator = 7;
/** Not a person: the internal client at the socket. */
export const bridge = 8;
export type Who = number;

/** Somebody whom a room knows, there or away. */
export interface Attendee {
	who: Who;
	id: number;
	actorId: string;
	isModerator: boolean;
	/** own level of permission bits; counts if it is marked */
	level: number;
	/** id of the room session; null while they are away */
	session: string | null;
	/** of the call; 0 is out of it */
	flags: number;
}

export interface Message {
	/** actor id; empty: the server's own words */
	author: string;
	words: string;
	isDeleted: boolean;
	/** by emoji, the actor ids */
	reactions: Map<string, Set<string>>;
}

interface Ban {
	id: number;
	/** the guest whom it is about; null: this machine's address, or another one */
	whom: { who: Who; actorId: string } | null;
	actor: string;
	isHere: boolean;
}

export interface Room {
	place: number;
	token: string;
	/** browser of whoever made it */
	owner: number;
	/** browsers that had the moderator link */
	moderators: Set<number>;
	attendees: Map<Who, Attendee>;
	password: string | null;
	isLobbyClosed: boolean;
	isLocked: boolean;
	needsConsent: boolean;
	level: number;
	expiration: number;
	bans: Ban[];
	/** what the moderator link carries */
	secret: string | null;
	messages: Map<number, Message>;
	hasBot: boolean;
	isGone: boolean;
}

export const newRoom = (place: number, token: string, owner: number, secret: string): Room => ({
	place,
	token,
	owner,
	moderators: new Set(),
	attendees: new Map(),
	password: null,
	isLobbyClosed: false,
	isLocked: false,
	needsConsent: false,
	level: 0,
	expiration: 0,
	bans: [],
	secret,
	messages: new Map(),
	hasBot: false,
	isGone: false
});

export const browserOf = (who: Who): number => people[who]?.browser ?? -1;

/** What counts for somebody: a moderator has everything, else the own level, else that of the room, else the usual. */
export function effective(room: Room, { isModerator, level }: Attendee): number {
	if (isModerator) return everything;
	return [level, room.level].find((bits) => (bits & bit.custom) !== 0) ?? usual;
}

/** A level as it is kept: 0 leaves it to the next one. */
export const marked = (bits: number): number => (bits === 0 ? 0 : bits | bit.custom);

export const cut = (flags: number, permissions: number): number =>
	flags & ~(permissions & bit.audio ? 0 : 2) & ~(permissions & bit.video ? 0 : 4);

/** Somebody who is in the room. */
export function presentIn(room: Room, who: Who): (Attendee & { session: string }) | undefined {
	const attendee = room.isGone ? undefined : room.attendees.get(who);
	return attendee?.session != null ? (attendee as Attendee & { session: string }) : undefined;
}

export const waits = (room: Room, attendee: Attendee): boolean =>
	room.isLobbyClosed && (effective(room, attendee) & bit.passLobby) === 0;

/** In the room and past its lobby. */
export function admittedIn(room: Room, who: Who): (Attendee & { session: string }) | undefined {
	const attendee = presentIn(room, who);
	return attendee && !waits(room, attendee) ? attendee : undefined;
}

/** Whether the browser moderates the room whichever tab it comes with. */
export const moderatesAlways = (room: Room, who: Who): boolean =>
	room.owner === browserOf(who) || room.moderators.has(browserOf(who));

export function moderates(room: Room, who: Who): boolean {
	if (room.isGone) return false;
	if (who === administrator || moderatesAlways(room, who)) return true;
	return presentIn(room, who)?.isModerator === true;
}

/** The bans that keep somebody out. Everybody is at the same address here. */
export function isBanned(room: Room, who: Who): boolean {
	if (moderatesAlways(room, who)) return false;
	const isMeant = ({ whom }: Ban) => whom !== null && browserOf(whom.who) === browserOf(who);
	if (room.bans.some(isMeant)) return true;
	return room.bans.some(({ isHere }) => isHere) && room.attendees.get(who)?.isModerator !== true;
}

export const inCall = (room: Room): Attendee[] =>
	[...room.attendees.values()].filter(({ flags }) => flags !== 0);

/** A need that somebody does not meet, by the status that says so. */
type Need = (room: Room, who: Who) => number | undefined;

const has =
	(bits: number): Need =>
	(room, who) => {
		const attendee = presentIn(room, who);
		return attendee && (effective(room, attendee) & bits) === 0 ? 403 : undefined;
	};

/** What a verb may need, each for itself: whoever lacks several is told of one of them. */
const needs = {
	room: (room) => (room.isGone ? 404 : undefined),
	presence: (room, who) => (presentIn(room, who) ? undefined : 404),
	admission: (room, who) => {
		const attendee = presentIn(room, who);
		if (!attendee) return 404;
		return waits(room, attendee) ? 412 : undefined;
	},
	unlocked: (room) => (room.isLocked ? 403 : undefined),
	chat: has(bit.chat),
	react: has(bit.react),
	/** the room's word for who moderates it, there or away */
	moderation: (room, who) => (room.isGone ? 404 : moderates(room, who) ? undefined : 403),
	/** moderators who are in the room; the administrator is nobody there */
	chair: (room, who) => {
		const attendee = presentIn(room, who);
		if (!attendee) return 404;
		return attendee.isModerator ? undefined : 403;
	},
	administration: (_room, who) => (who === administrator ? undefined : 403),
	/** into a call that runs, or that begins with them; whoever is in it may stay */
	call: (room, who) => {
		const attendee = presentIn(room, who);
		if (!attendee || attendee.flags !== 0) return undefined;
		if (room.isLocked) return 403;
		const wanted = inCall(room).length > 0 ? bit.join : bit.start;
		return (effective(room, attendee) & wanted) === 0 ? 403 : undefined;
	}
} satisfies Record<string, Need>;
export type NeedName = keyof typeof needs;

/** @returns the statuses of all needs that are not met */
export const refusals = (names: readonly NeedName[], room: Room, who: Who): number[] =>
	names.flatMap((name) => needs[name](room, who) ?? []);

/** A run of a client at the socket. */
export interface Signaling {
	who: Who;
	id: string;
	resumeId: string;
	room: Room | null;
	/** the room session it stands for; null for the bridge */
	session: string | null;
	/** rights that an order has given, in place of what the room says */
	granted: ReadonlySet<string> | null;
	/** takes chat messages whole */
	hasChatRelay: boolean;
	isOver: boolean;
	/** its socket was lost, or taken over: what it was told since cannot be looked at in order */
	wasLost: boolean;
}

/** Whether somebody at the socket is where nothing is heard or said. */
export function isWaiting({ room, who }: Signaling): boolean {
	const attendee = room && who !== bridge ? presentIn(room, who) : undefined;
	return room !== null && attendee !== undefined && waits(room, attendee);
}

/** Orders such as "mute": moderators, internal clients, and whom an order of the backend has let, in place of the room. */
export function mayOrder(signaling: Signaling, what: 'control' | 'transient-data'): boolean {
	const { who, room, granted } = signaling;
	if (who === bridge) return true;
	if (room === null || isWaiting(signaling)) return false;
	if (granted !== null) return granted.has(what);
	return what === 'control' && presentIn(room, who) !== undefined && moderates(room, who);
}

const wordBits: readonly [string, number][] = [
	['publish-audio', bit.audio],
	['publish-video', bit.video],
	['publish-screen', bit.screen],
	['publish-media', bit.audio | bit.video]
];

/** @param needed bits for what an offer or answer says that will be sent */
export function mayPublish({ who, room, granted }: Signaling, needed: number): boolean {
	if (needed === 0 || who === bridge) return true;
	const attendee = room && presentIn(room, who);
	if (!attendee) return false;
	const bits = granted
		? wordBits.filter(([word]) => granted.has(word)).reduce((all, [, each]) => all | each, 0)
		: effective(room, attendee);
	return (bits & needed) === needed;
}
