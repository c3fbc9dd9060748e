import type { FastifyInstance } from 'fastify';
import { limits } from '../../src/lib/protocol/limits.ts';

/** A name, a password, a few numbers, the note to a ban of 4000 characters: more than any of these can be. */
const smallBytes = 64 * 1024;

/** A message of 32 000 characters, each perhaps written as two escapes; a batch of descriptions; the pings of a backend. */
const large =
	/\/v1\/chat\/:token(\/:messageId)?$|\/v1\/bot\/:token\/message$|\/v3\/signaling\/(:token|backend)$/;

/** How much is read of the body of a request, by its route: beyond, 413 before all of it has come. For the routes that follow. */
export function registerBodyLimits(app: FastifyInstance): void {
	app.addHook('onRoute', (route) => {
		route.bodyLimit ??= large.test(route.url) ? limits.bodyBytes : smallBytes;
	});
}
