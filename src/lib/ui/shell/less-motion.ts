const reduced = '(prefers-reduced-motion: reduce)';
const moving = '(prefers-reduced-motion: no-preference)';
/* of every window, and of none */
const always = '(min-width: 0px)';
const never = '(max-width: 0px)';

type Group = { readonly cssRules: CSSRuleList };

/** Every rule for a kind of device, wherever it stands. */
function mediaRules(group: Group): CSSMediaRule[] {
	return [...group.cssRules].flatMap((rule) => [
		...(rule instanceof CSSMediaRule ? [rule] : []),
		...('cssRules' in rule ? mediaRules(rule as CSSRule & Group) : [])
	]);
}

/**
 * Makes a page look as it does where the system asks for less motion: its own rules for that then count. Style sheets
 * that come later are looked at as they come.
 * @returns undoes it
 */
export function lessMotion(page: Document): () => void {
	const before = new Map<CSSMediaRule, string>();
	const apply = () => {
		for (const rule of [...page.styleSheets].flatMap(mediaRules)) {
			const { mediaText } = rule.media;
			const next = mediaText.replace(reduced, always).replace(moving, never);
			if (next === mediaText) continue;
			before.set(rule, mediaText);
			rule.media.mediaText = next;
		}
	};
	apply();
	// the event of a style sheet does not rise, yet it is seen on its way down
	page.addEventListener('load', apply, { capture: true });
	return () => {
		page.removeEventListener('load', apply, { capture: true });
		for (const [rule, mediaText] of before) rule.media.mediaText = mediaText;
	};
}
