/**
 * Who may set up a connection next. A few at a time, in the order in which they came to want it, so that nobody's
 * uplink is swamped. Children of the call by id; plain values, changed only when a child's demand does.
 */
export interface Dials {
	/** Want to dial: those that count against the cap of a mesh, and the others. */
	queued: { readonly capped: Line; readonly free: Line };
	/** Were let, and are at it. */
	granted: ReadonlySet<string>;
	/** Count against the cap: have a connection, or are making one, whoever began it. */
	linked: ReadonlySet<string>;
}

/** A queue of a thousand is not copied for each one that leaves it: the next ones stand apart. */
interface Line {
	readonly next: readonly string[];
	readonly rest: ReadonlySet<string>;
}

/** What one child wants, or has. `slow` and `up` hold no slot any more. */
export type Demand = 'nothing' | 'slot' | 'dialling' | 'slow' | 'up';

interface Change {
	id: string;
	demand: Demand;
	/** It counts against the cap. */
	isCapped: boolean;
}

const batch = 64;
const none: ReadonlySet<string> = new Set();
const noLine: Line = { next: [], rest: none };
export const noDials: Dials = { queued: { capped: noLine, free: noLine }, granted: none, linked: none };

const isIn = ({ next, rest }: Line, id: string) => rest.has(id) || next.includes(id);

/** @returns the same set if nothing changes */
function changed(
	ids: ReadonlySet<string>,
	wanted: readonly [id: string, isIn: boolean][]
): ReadonlySet<string> {
	if (wanted.every(([id, isWanted]) => ids.has(id) === isWanted)) return ids;
	const next = new Set(ids);
	for (const [id, isWanted] of wanted) {
		if (isWanted) next.add(id);
		else next.delete(id);
	}
	return next;
}

/** @returns the same line if nothing changes */
function changedLine(line: Line, wanted: readonly [id: string, isIn: boolean][]): Line {
	const news = wanted.filter(([id, isWanted]) => isIn(line, id) !== isWanted);
	if (news.length === 0) return line;
	const gone = new Set(news.flatMap(([id, isWanted]) => (isWanted ? [] : [id])));
	return { next: line.next.filter((id) => !gone.has(id)), rest: changed(line.rest, news) };
}

/** Takes down what children want now. @returns the same dials if that is nothing new */
export function noteDemands(dials: Dials, changes: readonly Change[]): Dials {
	const { queued, granted, linked } = dials;
	const capped = changedLine(
		queued.capped,
		changes.map(({ id, demand, isCapped }) => [id, isCapped && demand === 'slot'])
	);
	const free = changedLine(
		queued.free,
		changes.map(({ id, demand, isCapped }) => [id, !isCapped && demand === 'slot'])
	);
	const next: Dials = {
		queued: capped === queued.capped && free === queued.free ? queued : { capped, free },
		// calls that others place to us hold no slot: only what was granted is given back
		granted: changed(
			granted,
			changes.flatMap(({ id, demand }) => (demand === 'dialling' ? [] : [[id, false]]))
		),
		linked: changed(
			linked,
			changes.map(({ id, demand, isCapped }) => [id, isCapped && demand !== 'nothing' && demand !== 'slot'])
		)
	};
	const isSame = next.queued === queued && next.granted === granted && next.linked === linked;
	return isSame ? dials : next;
}

/** Forgets children that are gone. */
export const withoutDials = (dials: Dials, ids: readonly string[]): Dials =>
	noteDemands(
		dials,
		ids.map((id) => ({ id, demand: 'nothing', isCapped: false }))
	);

/**
 * Hands out the free slots.
 * @param width set-ups of ours under way at once
 * @param cap connections beyond which we place no more calls of the capped sort
 */
export function grantNext(
	dials: Dials,
	{ width, cap }: { width: number; cap: number }
): { dials: Dials; granted: readonly string[] } {
	const slots = Math.max(0, width - dials.granted.size);
	const [free, freeLeft] = taken(dials.queued.free, slots);
	const room = Math.min(slots - free.length, Math.max(0, cap - dials.linked.size));
	const [capped, cappedLeft] = taken(dials.queued.capped, room);
	const granted = [...free, ...capped];
	if (granted.length === 0) return { dials, granted };
	return {
		granted,
		dials: {
			queued: { capped: cappedLeft, free: freeLeft },
			granted: new Set([...dials.granted, ...granted]),
			linked: capped.length === 0 ? dials.linked : new Set([...dials.linked, ...capped])
		}
	};
}

/** Takes the first few out of a line. */
function taken(line: Line, count: number): [taken: readonly string[], left: Line] {
	if (count <= 0) return [[], line];
	let { next, rest } = line;
	if (next.length < count && rest.size > 0) {
		const all = [...rest];
		next = [...next, ...all.slice(0, batch)];
		rest = new Set(all.slice(batch));
	}
	return [next.slice(0, count), { next: next.slice(count), rest }];
}
