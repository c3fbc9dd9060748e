import { expect, it } from 'vitest';
import { calendarFile } from './calendar-file.ts';

it('given a long name in another script, when it is written, then no line has more than 75 octets, and nothing is lost', () => {
	const name = '会議'.repeat(40);
	const file = calendarFile({ name, url: 'https://calls.example/call/a', startsAt: 0, now: 0 });

	for (const line of file.split('\r\n'))
		expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
	expect(file.replaceAll('\r\n ', '')).toContain(`SUMMARY:${name}`);
});

it('given a call that opens later, when a calendar reads the file, then it has the moment in UTC, the name and the link', () => {
	const file = calendarFile({
		name: 'Böard, meeting; part\\two',
		url: 'https://calls.example/call/abcd1234',
		startsAt: Date.UTC(2026, 10, 21, 14, 30),
		now: Date.UTC(2026, 10, 21, 12)
	});

	const lines = file.replaceAll('\r\n ', '').split('\r\n');
	expect(lines).toContain('DTSTART:20261121T143000Z');
	expect(lines).toContain('DTEND:20261121T153000Z');
	expect(lines).toContain('DTSTAMP:20261121T120000Z');
	expect(lines).toContain('SUMMARY:Böard\\, meeting\\; part\\\\two');
	expect(lines).toContain('URL:https://calls.example/call/abcd1234');
	expect(lines.at(-1)).toBe('');
	for (const line of file.split('\r\n'))
		expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
});
