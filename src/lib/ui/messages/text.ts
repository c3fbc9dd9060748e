import { en } from './en.ts';

/** A text stays a text and a function keeps its parameters, whatever the words of another language are. */
type Widened<T> = {
	readonly [Key in keyof T]: T[Key] extends string
		? string
		: T[Key] extends (...values: infer Values) => unknown
			? (...values: Values) => ReturnType<T[Key]>
			: Widened<T[Key]>;
};

/** What a language must provide: the keys and parameters of English, with words of its own. */
export type Text = Widened<typeof en>;
export type TextWith<Area> = Text & Widened<Area>;

/** The words of the language in use. Call it while a component starts. */
export const useText = (): Text => en;

/** The same, with those of a part of the app that is loaded later. */
export const useTextWith = <Area extends object>(area: Area): TextWith<Area> =>
	({ ...useText(), ...area }) as TextWith<Area>;
