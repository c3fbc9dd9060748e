import { getContext, setContext } from 'svelte';
import { en } from './en.ts';

type Widened<T> = {
	readonly [Key in keyof T]: T[Key] extends string
		? string
		: T[Key] extends (...values: infer Values) => unknown
			? (...values: Values) => ReturnType<T[Key]>
			: Widened<T[Key]>;
};

/** What a language must provide: the keys and parameters of English, with words of its own. */
export type Messages = Widened<typeof en>;

const key = Symbol('text');

/** The words of the language in use; English where nobody provided another. Call it while a component starts. */
export const useText = (): Messages => getContext<Messages | undefined>(key) ?? en;

/** Sets the language of everything below the calling component. */
export const provideText = (messages: Messages): Messages => setContext(key, messages);
