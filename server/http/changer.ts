import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Changer } from '../rooms/model.ts';

/**
 * Whether a request comes with the administrator's token. Compared as hashes, so that neither length nor beginning of the
 * token shows in the time it takes.
 */
export function isAdministrator(
	request: FastifyRequest,
	{ adminToken }: Pick<Config, 'adminToken'>
): boolean {
	const given = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
	if (adminToken === undefined || given === undefined) return false;
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(given), digest(adminToken));
}

/** Who wants to change a room. */
export function changerOf(request: FastifyRequest, config: Pick<Config, 'adminToken'>): Changer {
	return isAdministrator(request, config) ? 'administrator' : request;
}
