import type { Trip } from './trace.ts';

/** Nobody waits for these: the chat, and names. */
const beside = /^GET chat$|^GET call$|^POST guest\/name$/;

/**
 * The longest line of requests of which each was sent only after the answer to the one before had come: what a network
 * that is twice as slow makes a page wait for twice as long.
 * @param until answers after this do not count, in milliseconds since the press of Join
 */
export function sequentialTrips(trips: readonly Trip[], until: number): Trip[] {
	const line: Trip[] = [];
	const counted = trips.filter(({ what, to }) => to <= until && !beside.test(what));
	// of intervals that do not overlap, the most are found by always taking the one that ends first
	for (const trip of counted.sort((one, other) => one.to - other.to)) {
		if (trip.from >= (line.at(-1)?.to ?? 0)) line.push(trip);
	}
	return line;
}
