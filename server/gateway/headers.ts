import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** What of a browser's request the upstream is told. Cookies, addresses and credentials are not among it. */
const requestHeaders = [
	'accept',
	'accept-encoding',
	'accept-language',
	'content-type',
	'if-modified-since',
	'if-none-match',
	'ocs-apirequest',
	'user-agent',
	'x-nextcloud-talk-session-tab-id'
];

/**
 * What of an answer a browser is told. Not what would speak for this origin: policies, redirects, requests for a
 * password, orders to clear what is stored.
 */
const answerHeaders = new Set([
	'cache-control',
	'content-encoding',
	'content-language',
	'content-length',
	'content-type',
	// the server's clock: clients compare it with times in the answers
	'date',
	'etag',
	'expires',
	'last-modified',
	'retry-after',
	'vary'
]);
const talkHeader = /^x-(nextcloud|chat|talk)-/;

/** Names the gateway to itself, should a request come round to it again. */
export const loopHeader = 'x-roost-gateway';

/**
 * @param from.address of the browser, by which the upstream counts attempts
 * @param from.gateway a word for this gateway
 */
export function headersToUpstream(
	headers: IncomingHttpHeaders,
	from: { address: string; gateway: string; cookie: string | undefined }
): OutgoingHttpHeaders {
	const passed = requestHeaders.flatMap((name) => {
		const value = headers[name];
		return value === undefined ? [] : [[name, value] as const];
	});
	return {
		...Object.fromEntries(passed),
		...(from.cookie !== undefined && { cookie: from.cookie }),
		// its own host and scheme are the ones it was asked by: told of ours, it would call itself by them
		'x-forwarded-for': from.address,
		[loopHeader]: from.gateway
	};
}

export function headersToBrowser(headers: IncomingHttpHeaders): [name: string, value: string][] {
	return Object.entries(headers).flatMap(([name, value]) =>
		typeof value === 'string' && (answerHeaders.has(name) || talkHeader.test(name)) ? [[name, value]] : []
	);
}
