import { isolate, type Formats } from './format.ts';

/** What a sentence is about: a name, a number, a moment in unix milliseconds, several names. */
export type Value = string | number | readonly string[];

interface Argument {
	index: number;
	kind: string;
	/** Of a list: how many names are shown at most; more are counted. */
	most: string | undefined;
	/** By plural category, `=` and a number, or the value itself. */
	forms: Readonly<Partial<Record<string, Message>>>;
}

export type Message = readonly (string | Argument)[];

const words = (text = '') => text.split(/[\s,]+/).filter(Boolean);

/**
 * Reads a message in the part of ICU MessageFormat that Roost uses: `{0}`, `number`, `plural`, `selectordinal`, `select`,
 * `time` and `date`; and a kind of our own, `{0, list, 2 one {# other} other {# others}}`: "Ana, and 2 others". Braces have
 * no other meaning: nothing is quoted. An empty value selects `empty`; a list in a `plural` is its length.
 */
export function parseMessage(message: string): Message {
	const tokens = message.split(/([{}#])/);
	const parts = (): Message => {
		const found: (string | Argument)[] = [];
		for (let token; (token = tokens.shift()) !== undefined && token !== '}';) {
			found.push(token === '{' ? argument() : token);
		}
		return found;
	};
	const argument = (): Argument => {
		const [index, kind = '', ...rest] = words(tokens.shift());
		const forms: Record<string, Message> = {};
		while (tokens.shift() === '{') {
			forms[rest.pop() ?? ''] = parts();
			rest.push(...words(tokens[0]));
			tokens.shift();
		}
		return { index: Number(index), kind, most: rest[0], forms };
	};
	return parts();
}

/** The sentence for these values. What stands in it from outside is isolated: its direction must not turn the sentence. */
export function formatMessage(
	message: Message,
	values: readonly Value[],
	formats: Formats,
	count?: number
): string {
	const write = (part: Message[number]): string => {
		if (typeof part === 'string') return part === '#' && count !== undefined ? formats.number(count) : part;
		const { kind, most, forms } = part;
		const value = values[part.index] ?? '';
		const size = typeof value === 'object' ? value.length : Number(value);
		const form = (name: string, number?: number) =>
			formatMessage(forms[name] ?? forms['other'] ?? [], values, formats, number);
		const counted = (number: number) =>
			form(`=${number}` in forms ? `=${number}` : formats.category(number), number);
		if (kind === 'plural') return counted(size);
		if (kind === 'selectordinal') return form(formats.ordinal(size), size);
		if (kind === 'select') return form(String(value) || 'empty');
		if (kind === 'time' || kind === 'date') return formats[kind](size);
		if (typeof value === 'number') return formats.number(value);
		if (typeof value === 'string') return isolate(value);
		const shown = value.map(isolate);
		const isTooMany = shown.length > Number(most);
		if (isTooMany) shown.splice(Number(most) - 1, Infinity, counted(shown.length - Number(most) + 1));
		return formats.list(shown);
	};
	return message.map(write).join('');
}
