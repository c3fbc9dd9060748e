/** The words of one number, by the plural rules of a language; `other` is always there. */
type PluralForms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

/** Everything in a sentence that depends on the language but is not words: plurals, lists, times, numbers. */
export interface Formats {
	plural: (count: number, forms: PluralForms) => string;
	/** Which of the language's plurals a number has: `one`, `few`, … */
	category: (count: number) => string;
	/** The same for a place in an order: "2nd" is `two` in English. */
	ordinal: (place: number) => string;
	/** "Ana, Bo and Cy" in the manner of the language. */
	list: (items: readonly string[]) => string;
	number: (value: number) => string;
	/** "5 minutes ago"; both in unix milliseconds. */
	relativeTime: (at: number, now: number) => string;
	/** "1 hr, 4 min": the two largest units, seconds only under a minute. */
	duration: (ms: number) => string;
	/** Time of day, "14:30". */
	time: (at: number) => string;
	/** Day and time of day, "21 Nov 2026, 14:30". */
	date: (at: number) => string;
}

/** A name from outside inside a sentence: its writing direction must not turn the sentence around. */
export const isolate = (name: string): string => `\u2068${name}\u2069`;

const steps = [
	['minute', 60_000],
	['hour', 3_600_000],
	['day', 86_400_000],
	['week', 604_800_000],
	['month', 2_629_800_000],
	['year', 31_557_600_000]
] as const;

/** The browser looks up a language for each of these, a few milliseconds on a phone: made when first asked for. */
const onceAsked = <Made>(make: () => Made): (() => Made) => {
	let made: Made | undefined;
	return () => (made ??= make());
};

/** @param locale a BCP 47 tag */
export function formatsFor(locale: string): Formats {
	const plurals = onceAsked(() => new Intl.PluralRules(locale));
	const places = onceAsked(() => new Intl.PluralRules(locale, { type: 'ordinal' }));
	const lists = onceAsked(() => new Intl.ListFormat(locale, { type: 'conjunction' }));
	const numbers = onceAsked(() => new Intl.NumberFormat(locale));
	const relative = onceAsked(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
	const times = onceAsked(() => new Intl.DateTimeFormat(locale, { timeStyle: 'short' }));
	const dates = onceAsked(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }));
	const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
		new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);

	return {
		category: (count) => plurals().select(count),
		ordinal: (place) => places().select(place),
		plural: (count, forms) => forms[plurals().select(count)] ?? forms.other,
		list: (items) => lists().format(items),
		number: (value) => numbers().format(value),
		time: (at) => times().format(at),
		date: (at) => dates().format(at),
		relativeTime(at, now) {
			const ago = Math.max(0, now - at);
			const [name, size] = steps.findLast(([, length]) => ago >= length) ?? ['second', Infinity];
			return relative().format(-Math.floor(ago / size), name);
		},
		duration(ms) {
			const seconds = Math.max(0, Math.floor(ms / 1000));
			const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
			if (hours > 0)
				return minutes > 0 ? `${unit(hours, 'hour')} ${unit(minutes, 'minute')}` : unit(hours, 'hour');
			return minutes > 0 ? unit(minutes, 'minute') : unit(seconds, 'second');
		}
	};
}
