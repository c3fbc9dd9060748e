import type { RoomToken } from '$lib/protocol/ids.ts';

/** What a person typed or pasted, as far as it names a call. */
export type CallLink =
	| { kind: 'here'; token: RoomToken }
	/** A link to another server: its host, and the link to open there. */
	| { kind: 'elsewhere'; host: string; url: string }
	| { kind: 'none' };

const link = /\bhttps?:\/\/[^\s<>"'|\\^`{}]+/giu;
const callPath = /(?:^|\/)call\/([a-z0-9]{4,30})(?![a-z0-9])/i;
const token = /^[a-z0-9]{4,30}$/;

const none: CallLink = { kind: 'none' };
/* the pattern is the schema's; a brand can be given without loading it */
const here = (text: string): CallLink => ({ kind: 'here', token: text.toLowerCase() as RoomToken });

/**
 * Finds the call in a link, a code, or a text that holds a link: the first `/call/<token>` wins.
 * @param text as typed or pasted, of any length
 * @param server host and port of this Roost; a link to any other host belongs elsewhere
 */
export function parseCallLink(text: string, server: string): CallLink {
	const trimmed = text.trim();
	for (const [candidate] of trimmed.matchAll(link)) {
		const url = URL.canParse(candidate) ? new URL(candidate) : null;
		const found = url === null ? null : callPath.exec(url.pathname);
		if (url === null || !found?.[1]) continue;
		if (url.host === server.toLowerCase()) return here(found[1]);
		// up to the token: what follows is the text around the link, or names nothing of ours
		const path = url.pathname.slice(0, found.index + found[0].length);
		return { kind: 'elsewhere', host: url.host, url: url.origin + path };
	}
	const code = trimmed.toLowerCase();
	if (token.test(code)) return here(code);
	return withoutScheme(trimmed, server);
}

/** "talk.example.org/call/abcd" and "/call/abcd": links as people shorten them. */
function withoutScheme(text: string, server: string): CallLink {
	const [word] = /\S*\/call\/\S+/i.exec(text) ?? [];
	const found = word === undefined ? null : callPath.exec(word);
	if (word === undefined || !found?.[1]) return none;
	const [host = ''] = word.slice(0, found.index).split('/');
	if (host === '' || host.toLowerCase() === server.toLowerCase()) return here(found[1]);
	return /^[\p{L}\p{N}.-]+(?::\d+)?$/u.test(host) && host.includes('.') && URL.canParse(`https://${word}`)
		? parseCallLink(`https://${word}`, server)
		: none;
}
