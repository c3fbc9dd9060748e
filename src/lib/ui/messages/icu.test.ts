import { expect, it } from 'vitest';
import { formatsFor, isolate } from './format.ts';
import { formatMessage, parseMessage, type Value } from './icu.ts';

const write = (tag: string, message: string, ...values: Value[]) =>
	formatMessage(parseMessage(message), values, formatsFor(tag));
const [ana, bo, cy] = ['Ana', 'Bo', 'Cy'].map(isolate);

it('given a name or a number, when it is written, then the name is isolated and the number as the language has it', () => {
	expect(write('de', '{0} ging um {1}', 'Ana', 1234)).toBe(`${ana} ging um 1.234`);
	expect(write('de', "l'appel de {0}", 'Ana')).toBe(`l'appel de ${ana}`);
});

it('given six plurals, when counted in Arabic, then each has its own', () => {
	const message = '{0, plural, zero {z} one {o} two {t} few {f #} many {m #} other {x #}}';

	const said = [0, 1, 2, 3, 11, 100].map((count) => write('ar-u-nu-latn', message, count));

	expect(said).toEqual(['z', 'o', 't', 'f 3', 'm 11', 'x 100']);
});

it('given a form for one number, when it is that number, then it comes before its category', () => {
	const message = '{0, plural, =0 {nobody} one {# person} other {# people}}';

	expect([0, 1, 2].map((count) => write('en', message, count))).toEqual(['nobody', '1 person', '2 people']);
});

it('given names, when there are more than are shown, then the others are counted', () => {
	const message = '{0, list, 2 one {# other} other {# others}} left';

	expect(write('en', message, ['Ana', 'Bo'])).toBe(`${ana} and ${bo} left`);
	expect(write('en', message, ['Ana', 'Bo', 'Cy'])).toBe(`${ana} and 2 others left`);
	expect(write('en', '{0, list} left', ['Ana', 'Bo', 'Cy'])).toBe(`${ana}, ${bo}, and ${cy} left`);
});

it('given a list, when it decides about a plural, then its length counts, and other values stand inside of it', () => {
	const message = '{0, plural, one {{0, list} is at {1}} other {{0, list} are at {1}}}';

	expect(write('en', message, ['Ana'], 'Bo')).toBe(`${ana} is at ${bo}`);
	expect(write('en', message, ['Ana', 'Cy'], 'Bo')).toBe(`${ana} and ${cy} are at ${bo}`);
});

it('given an order, when it is told, then the ordinals of the language are used', () => {
	const message = '{0, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}';

	expect([1, 2, 3, 4, 11, 22].map((place) => write('en', message, place))).toEqual([
		'1st',
		'2nd',
		'3rd',
		'4th',
		'11th',
		'22nd'
	]);
});

it('given a choice, when the value is unknown or empty, then there is a form for that', () => {
	const message = '{0, select, empty {nothing} off {muted} other {{0}}}';

	expect(['', 'off', 'Ana'].map((value) => write('en', message, value))).toEqual(['nothing', 'muted', ana]);
});

it('given a moment, when it is told, then date and time are those of the language', () => {
	const at = new Date(2026, 10, 21, 14, 30).getTime();

	expect(write('de', '{0, time} Uhr', at)).toBe('14:30 Uhr');
	expect(write('de', '{0, date}', at)).toBe('21.11.2026, 14:30');
});
