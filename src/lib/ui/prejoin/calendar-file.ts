/** What a calendar has to know of a call. */
interface Appointment {
	name: string;
	url: string;
	/** Unix milliseconds. */
	startsAt: number;
	now: number;
}

/** Nobody says how long a call takes: an hour, which people change. */
const lengthMs = 60 * 60_000;

const stamp = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
const escaped = (text: string) => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
/** Lines have at most 75 octets, 18 characters at worst; one that begins with a space goes on with the one before. */
const folded = (line: string) =>
	new TextEncoder().encode(line).length > 75 ? (line.match(/.{1,18}/gu) ?? []).join('\r\n ') : line;

/** An iCalendar file (RFC 5545) with one appointment, in UTC: each calendar shows it in its own zone. */
export function calendarFile({ name, url, startsAt, now }: Appointment): string {
	return [
		'BEGIN:VCALENDAR',
		'VERSION:2.0',
		'PRODID:-//Roost//EN',
		'BEGIN:VEVENT',
		`UID:${startsAt}@${new URL(url).host}`,
		`DTSTAMP:${stamp(now)}`,
		`DTSTART:${stamp(startsAt)}`,
		`DTEND:${stamp(startsAt + lengthMs)}`,
		`SUMMARY:${escaped(name)}`,
		`URL:${url}`,
		'END:VEVENT',
		'END:VCALENDAR',
		''
	]
		.map(folded)
		.join('\r\n');
}
