export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

/* no white space, no quotes or angle brackets, no marks that turn the writing direction around */
const address = /https?:\/\/[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const closers = new Map([
	[')', '('],
	[']', '['],
	['}', '{']
]);

/** Where an address ends: marks that close the sentence around it do not belong to it, balanced brackets do. */
function endOf(candidate: string): number {
	if (!/[)\]}.,;:!?…*_~|]$/.test(candidate)) return candidate.length;
	const open = new Map<string, number>();
	for (const letter of candidate) {
		if ([...closers.values()].includes(letter)) open.set(letter, (open.get(letter) ?? 0) + 1);
		const opener = closers.get(letter);
		if (opener) open.set(opener, (open.get(opener) ?? 0) - 1);
	}
	let end = candidate.length;
	for (; end > 0; end -= 1) {
		const letter = candidate.charAt(end - 1);
		const opener = closers.get(letter);
		if (opener !== undefined) {
			const balance = open.get(opener) ?? 0;
			if (balance >= 0) break;
			open.set(opener, balance + 1);
		} else if (!/[.,;:!?…*_~|]/.test(letter)) break;
	}
	return end;
}

function hrefOf(text: string): string | null {
	const url = URL.canParse(text) ? new URL(text) : null;
	return url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== ''
		? url.href
		: null;
}

/** Where a link may lead: to a page, or to a mail that is begun; null: nowhere. */
export function linkOf(address: string): string | null {
	const isMail = /^mailto:[^\s<>"'`]+@[^\s<>"'`]+$/i.test(address);
	return isMail && URL.canParse(address) ? new URL(address).href : hrefOf(address);
}

/*
 * Tried at every place that looks like a beginning, so what cannot be a host ends it at once. The end of a label is none of
 * an address: "](" stands in no address that a person writes.
 */
const addressHere =
	/https?:\/\/[^\s<>"'`/?#[\]()*^|\\:@%\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,255}(?::\d{1,5})?(?:[/?#](?:(?!\]\()[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]){0,2000})?/iuy;

/** The web address that begins at one place of a text; null: none does. */
export function linkAt(text: string, index: number): { text: string; href: string } | null {
	addressHere.lastIndex = index;
	const [candidate] = addressHere.exec(text) ?? [];
	if (candidate === undefined) return null;
	const found = candidate.slice(0, endOf(candidate));
	const href = hrefOf(found);
	return href === null ? null : { text: found, href };
}

/**
 * Cuts a text at the web addresses in it. Nothing is lost or changed: the parts, put together, are the text.
 * Takes time in proportion to the length.
 */
export function linkify(text: string): TextPart[] {
	const parts: TextPart[] = [];
	let done = 0;
	for (const match of text.matchAll(address)) {
		const found = match[0].slice(0, endOf(match[0]));
		const href = hrefOf(found);
		if (href === null) continue;
		if (match.index > done) parts.push({ kind: 'text', text: text.slice(done, match.index) });
		parts.push({ kind: 'link', text: found, href });
		done = match.index + found.length;
	}
	if (done < text.length) parts.push({ kind: 'text', text: text.slice(done) });
	return parts;
}
