/** Language and script, so that "zh-TW" is not "zh-Hans". @returns '' when it is no tag */
export function kindOf(tag: string): string {
	try {
		const { language: of, script = '' } = new Intl.Locale(tag).maximize();
		return `${of}-${script}`;
	} catch {
		return ''; // not a tag: somebody typed it into an address
	}
}

const baseOf = (tag: string) => tag.split('-', 1)[0];

/** @param wanted BCP 47 tags, the best first @returns one of the languages there are, English if none fits */
export function chooseAmong(languages: readonly string[], wanted: readonly string[]): string {
	for (const tag of wanted) {
		if (languages.includes(tag)) return tag;
		// to ask the browser takes it some milliseconds on a phone, and the first page waits for this
		const kind = kindOf(tag);
		const found = languages.find((known) => kind.startsWith(`${baseOf(known)}-`) && kindOf(known) === kind);
		if (found !== undefined) return found;
	}
	return 'en';
}
