import { RoomToken } from '../../src/lib/protocol/ids.ts';
import * as v from 'valibot';

/** What of the upstream may be asked for, and how it is asked. */
export interface AllowedPath {
	/** as it was asked for, without the query; the upstream is asked for the same below its base */
	path: string;
	/** `long`: the upstream may hold the answer back until something happens */
	wait: 'usual' | 'long';
	/** `settings`: the answer names addresses that only make sense to somebody who talks to the upstream itself */
	answer: 'passed' | 'settings';
}

/** Parts of Talk's interface that a guest's client needs, by the first word after the version. */
const guestResources = new Set(['room', 'call', 'guest', 'chat', 'reaction', 'poll', 'ban']);

const readOnly = new Set(['GET', 'HEAD']);
const methods = new Set([...readOnly, 'POST', 'PUT', 'DELETE']);

const capabilities = /^\/ocs\/v[12]\.php\/cloud\/capabilities$/;
const talk = /^\/ocs\/v[12]\.php\/apps\/spreed\/api\/v\d{1,2}\/([a-z]{1,20})((?:\/[^/]+)*)$/;
const pictures = [
	/^\/index\.php\/avatar\/[^/]+\/\d{1,4}(\/dark)?$/,
	/^\/index\.php\/avatar\/guest\/[^/]+\/\d{1,4}(\/dark)?$/,
	/^\/index\.php\/apps\/spreed\/avatar(\/[^/]+){1,3}$/
];

/**
 * The gate: everything that is not named here does not exist.
 * @param url the target of the request exactly as it came, not decoded by anything
 */
export function allowedPath(method: string, url: string): AllowedPath | undefined {
	const [path, query] = splitQuery(url);
	if (!methods.has(method) || !path.split('/').slice(1).every(isPlainSegment)) return undefined;
	if (readOnly.has(method)) {
		const isPicture = pictures.some((picture) => picture.test(path));
		if (isPicture || capabilities.test(path)) return { path, wait: 'usual', answer: 'passed' };
	}
	const [, resource = '', rest = ''] = talk.exec(path) ?? [];
	if (resource === 'signaling') return signalingPath(method, path, rest);
	if (!guestResources.has(resource)) return undefined;
	const isPoll =
		method === 'GET' && resource === 'chat' && new URLSearchParams(query).get('lookIntoFuture') === '1';
	// Nextcloud answers guessed passwords ever more slowly: given up, the same one would be tried again, and counted
	const isGuess = method === 'POST' && rest.endsWith('/participants/active');
	return { path, wait: isPoll || isGuess ? 'long' : 'usual', answer: 'passed' };
}

/** The settings and the long poll of a room; not what signaling servers ask the upstream. */
function signalingPath(method: string, path: string, rest: string): AllowedPath | undefined {
	if (rest === '/settings') {
		return method === 'GET' ? { path, wait: 'usual', answer: 'settings' } : undefined;
	}
	if (rest === '/backend' || !v.is(RoomToken, rest.slice(1))) return undefined;
	return { path, wait: method === 'GET' ? 'long' : 'usual', answer: 'passed' };
}

/**
 * One name between slashes, whatever decodes it: no way up, nothing that decodes to a slash, to a control character or to
 * something that decodes once more.
 */
function isPlainSegment(segment: string): boolean {
	if (segment === '' || !/^[\w.~!$'()*+,=:@%-]+$/.test(segment)) return false;
	let name: string;
	try {
		name = decodeURIComponent(segment);
	} catch {
		return false;
	}
	return !/^\.+$/.test(name) && !/[/\\%;?#\p{Cc}]/u.test(name);
}

export function splitQuery(url: string): [path: string, query: string] {
	const at = url.indexOf('?');
	return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}
