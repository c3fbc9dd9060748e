import { expect, it } from 'vitest';
import { sequentialTrips } from './round-trips.ts';

const trip = (what: string, from: number, to: number) => ({ what, from, to });
const names = (trips: { what: string }[]) => trips.map(({ what }) => what);

it('given requests that wait for each other and others beside them, when they are counted, then the longest line is found', () => {
	const trips = [
		trip('POST call', 31, 40),
		trip('settings', 0, 12),
		trip('room', 0, 10),
		trip('socket', 12, 20),
		trip('hello', 20, 30),
		trip('part of the app', 5, 35)
	];

	expect(names(sequentialTrips(trips, 40))).toEqual(['room', 'socket', 'hello', 'POST call']);
});

it('given answers that come after the offer, when requests are counted, then those are not', () => {
	expect(names(sequentialTrips([trip('room', 0, 10), trip('call', 10, 21)], 20))).toEqual(['room']);
});

it('given requests for which nobody waits, when requests are counted, then they make no line longer', () => {
	const trips = [
		trip('room', 0, 10),
		trip('GET chat', 10, 12),
		trip('POST guest/name', 12, 14),
		trip('call', 11, 20)
	];

	expect(names(sequentialTrips(trips, 30))).toEqual(['room', 'call']);
});
