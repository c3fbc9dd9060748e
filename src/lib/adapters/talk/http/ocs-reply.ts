import { RoostError, type ErrorCode } from '../../../domain/errors.ts';
import { errorKeyword } from '../../../protocol/ocs.ts';

/** An answer, whatever its status. */
export interface OcsReply {
	what: string;
	status: number;
	headers: Headers;
	/**
	 * What the envelope holds.
	 * @throws if the body is no JSON or no envelope
	 */
	data: () => unknown;
}

/**
 * What a status says at one endpoint, where that differs from what it says everywhere.
 * @param keyword Talk's reason, `undefined` if it gave none
 * @returns `undefined` to leave it to the general meaning
 */
export type Meaning = (status: number, keyword: string | undefined) => ErrorCode | undefined;

/** For endpoints that a joined session is needed for: not found is the session, since the room was there before. */
export const inSession: Meaning = (status) => (status === 404 ? 'session.lost' : undefined);

/** For answers whose data nobody needs: that they are of this protocol is enough. */
export const nothing = (reply: OcsReply): void => void reply.data();

/**
 * Second half of `Ocs.ask`, for who has to look at the answer first.
 * @throws {RoostError}
 */
export function readReply<T>(reply: OcsReply, read: (reply: OcsReply) => T, meaning: Meaning): T {
	const isTaken = (reply.status >= 200 && reply.status < 300) || reply.status === 304;
	if (!isTaken) throw refusalOf(reply, meaning);
	try {
		return read(reply);
	} catch (cause) {
		if (cause instanceof RoostError) throw cause;
		throw new RoostError('server.unexpected', `${reply.what}: the answer makes no sense`, { cause });
	}
}

/** The error that an answer outside 200 to 299 stands for. */
function refusalOf(reply: OcsReply, meaning: Meaning): RoostError {
	const keyword = keywordOf(reply);
	const code = meaning(reply.status, keyword) ?? generalMeaning(reply, keyword);
	const words = `${reply.what}: HTTP ${reply.status}${keyword === undefined ? '' : ` (${keyword})`}`;
	const retryAfterMs = code === 'server.throttled' ? retryAfterMsOf(reply.headers) : undefined;
	return new RoostError(code, words, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function generalMeaning({ status, headers }: OcsReply, keyword: string | undefined): ErrorCode {
	// only a gateway says so, of the server behind it
	if (status === 502 && keyword === 'upstream-certificate') return 'server.certificate';
	if (status === 412) return 'room.lobby';
	if (status === 429) return 'server.throttled';
	if (status === 503 && headers.get('X-Nextcloud-Maintenance-Mode') === '1') return 'server.maintenance';
	if (status === 408 || status >= 500) return 'server.unreachable';
	return 'server.refused';
}

/** It ends up in a log, so only what looks like a keyword is one. */
function keywordOf(reply: OcsReply): string | undefined {
	try {
		const keyword = errorKeyword(reply.data());
		return keyword !== undefined && /^[\w-]{1,40}$/.test(keyword) ? keyword : undefined;
	} catch {
		return undefined; // the status came from something that does not speak OCS, a proxy for one
	}
}

/** Both ways to say it: Nextcloud's own in milliseconds, and the common one in seconds or as a date. */
function retryAfterMsOf(headers: Headers): number | undefined {
	const throttled = /^(\d{1,9})(?:ms)?$/.exec(headers.get('X-Nextcloud-Bruteforce-Throttled') ?? '');
	if (throttled) return Number(throttled[1]);
	const retryAfter = headers.get('Retry-After') ?? '';
	if (/^\d{1,6}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
	const waitMs = Date.parse(retryAfter) - (serverTimeMsOf(headers) ?? Number.NaN);
	return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** The server's clock when it answered, in unix milliseconds: ours may be wrong by hours. */
export function serverTimeMsOf(headers: Headers): number | undefined {
	const timeMs = Date.parse(headers.get('Date') ?? '');
	return Number.isNaN(timeMs) ? undefined : timeMs;
}
