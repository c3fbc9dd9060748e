/* What a person is told when the call of a link does not come about: one line each, with what to change. */

/** What a page shows in place of a call. */
export interface Said {
	headings: readonly string[];
	code: string | undefined;
	asksForPassword: boolean;
}

/** Of the pages for errors, such as R-ROOM-404. */
export const errorCode = /\bR-[A-Z]+(?:-[A-Z\d]+)*\b/;

/** Programs that are run for us tell the rest of it, such as their call log, below. */
export const firstLine = (error: unknown): string =>
	(error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** @param failure what the browser says of a page that it could not open */
export function notReached(failure: string): string {
	const advice = failure.includes('ERR_CERT_')
		? ': the certificate is not trusted; --insecure takes any'
		: ': npm run doctor says more';
	return `${failure.replace(/^page\.goto: /, '')}${advice}`;
}

export function saidInstead(missing: string, { headings, code, asksForPassword }: Said): string {
	if (asksForPassword) return `${missing}: the room has a password; take one that has none`;
	const words = [...headings, ...(code === undefined ? [] : [code])];
	return words.length === 0 ? missing : `${missing}; the page says: ${words.join(' · ')}`;
}
