import type { Participant, Room } from '../rooms/model.ts';

/** Whom somebody who writes may mean, as Talk writes it: everybody, and guests by name. */
export function suggestions(room: Room, participants: Participant[], search: string) {
	const people = participants.map(({ attendee: { actorId, displayName } }) => ({
		id: `guest/${actorId}`,
		label: displayName === '' ? 'Guest' : displayName,
		source: 'guests',
		mentionId: `guest/${actorId}`
	}));
	const all = { id: 'all', label: room.name, source: 'calls', mentionId: 'all' };
	const wanted = search.toLocaleLowerCase();
	const fits = (word: string) => word.toLocaleLowerCase().includes(wanted);
	return [
		...(fits(all.id) || fits(all.label) ? [all] : []),
		...people.filter(({ label }) => fits(label)).sort((one, other) => one.label.localeCompare(other.label))
	];
}
