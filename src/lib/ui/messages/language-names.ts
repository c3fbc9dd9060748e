/** The name that a language has in itself: "Deutsch", for people who read no other. */
export function nameOfLanguage(tag: string): string {
	const name = new Intl.DisplayNames(tag, { type: 'language', languageDisplay: 'standard' }).of(tag) ?? tag;
	return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}
