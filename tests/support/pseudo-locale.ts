/** A catalogue of words, as the files in src/lib/ui/messages have it. */
export interface Catalogue {
	readonly [key: string]: string | Catalogue;
}

const accents: Record<string, string> = {
	...{
		a: 'å',
		b: 'ƀ',
		c: 'ç',
		d: 'đ',
		e: 'é',
		f: 'ƒ',
		g: 'ğ',
		h: 'ĥ',
		i: 'î',
		j: 'ĵ',
		k: 'ķ',
		l: 'ļ',
		m: 'ɱ'
	},
	...{ n: 'ñ', o: 'ö', p: 'þ', r: 'ŕ', s: 'š', t: 'ţ', u: 'û', v: 'ṽ', w: 'ŵ', x: 'ẋ', y: 'ý', z: 'ž' },
	...{
		A: 'Å',
		B: 'ß',
		C: 'Ç',
		D: 'Ð',
		E: 'É',
		I: 'Î',
		M: 'Ṁ',
		N: 'Ñ',
		O: 'Ö',
		R: 'Ŕ',
		S: 'Š',
		T: 'Ţ',
		U: 'Û'
	}
};
const growth = 1.4;

/**
 * Longer by two fifths, inside of the words, so that no line gets a new place to break; with marks above and below.
 * @param text as people read it
 */
function stretched(text: string): string {
	const letters = Array.from(text);
	const more = Math.ceil(letters.filter((letter) => /\p{L}/u.test(letter)).length * (growth - 1));
	const places = letters.flatMap((letter, index) => (/\p{L}/u.test(letter) ? [index] : []));
	for (let added = 0; added < more; added += 1) {
		const place = places[Math.floor((added * places.length) / more)];
		const letter = letters[place ?? -1];
		if (place !== undefined && letter !== undefined) letters[place] = letter + letter.slice(-1);
	}
	return letters.join('').replace(/\p{L}/gu, (letter) => accents[letter] ?? letter);
}

/** Only what people read of a message: between every other pair of braces stands its syntax. */
function stretchedMessage(message: string): string {
	let depth = 0;
	return message
		.split(/([{}])/)
		.map((part) => {
			if (part === '{') depth += 1;
			else if (part === '}') depth -= 1;
			else return depth % 2 === 0 ? stretched(part) : part;
			return part;
		})
		.join('');
}

const rightToLeft = (text: string) => `\u202e${text}\u202c`;

/**
 * A language that nobody speaks, to see what long words and another direction do to the pages. Words come from English
 * where they are words alone, and messages with values from a real catalogue, which has them in a form to be written.
 */
export function pseudoLocale(real: Catalogue, english: object, direction: 'ltr' | 'rtl'): Catalogue {
	const source = new Map<string, unknown>(Object.entries(english));
	return Object.fromEntries<Catalogue[string]>(
		Object.entries(real).map(([key, word]) => {
			const own = source.get(key);
			if (typeof word !== 'string') {
				return [key, pseudoLocale(word, typeof own === 'object' && own !== null ? own : {}, direction)];
			}
			const long = typeof own === 'string' ? stretched(own) : stretchedMessage(word);
			return [key, direction === 'rtl' && typeof own === 'string' ? rightToLeft(long) : long];
		})
	);
}
