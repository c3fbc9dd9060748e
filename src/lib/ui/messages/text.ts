import { en } from './en.ts';
import type { Formats } from './format.ts';
import { languageInUse, type Area } from './language.svelte.ts';

/** A text stays a text and a function keeps its parameters, whatever the words of another language are. */
type Widened<T> = {
	readonly [Key in keyof T]: T[Key] extends string
		? string
		: T[Key] extends (...values: infer Values) => unknown
			? (...values: Values) => ReturnType<T[Key]>
			: Widened<T[Key]>;
};

/** What a language must provide: the keys and parameters of English, with words of its own. */
export type Text = Widened<typeof en> & { readonly locale: string; readonly formats: Formats };
export type TextWith<Areas> = Text & Widened<Areas>;

/** Each area is asked for anew wherever it is read, so that a page follows when its language changes. */
function textOf<Areas extends object>(areas: Areas): TextWith<Areas> {
	const text = {
		get locale() {
			return languageInUse().tag;
		},
		get formats() {
			return languageInUse().formats;
		}
	};
	for (const [name, english] of Object.entries({ ...en, ...areas }) as [string, Area][]) {
		Object.defineProperty(text, name, { get: () => languageInUse().areaOf(name, english) });
	}
	return text as TextWith<Areas>;
}

const text: Text = textOf({});

/** The words of the language in use. What is read of them outside of markup, `$derived` and functions stays as it was. */
export const useText = (): Text => text;

/** The same, with those of a part of the app that is loaded later. */
export const useTextWith = textOf;
