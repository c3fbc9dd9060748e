import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { sendOcs } from './ocs.ts';

const cookieName = 'roost_session';
const cookieForm = /^[A-Za-z0-9_-]{43}$/;
const tabForm = /^[A-Za-z0-9]{64}$/;
const rememberedSeconds = 30 * 24 * 60 * 60;

declare module 'fastify' {
	interface FastifyRequest {
		/** hash of what a guest is known by: the cookie, and the tab if the client tells it apart */
		guestKey: string;
		/** hash of the cookie alone: the same in every tab */
		browserKey: string;
	}
}

/**
 * Gives every browser a cookie of 256 random bits, the only thing a guest is known by, and refuses what another
 * site could have made a browser send. The storage sees a hash of it.
 */
export function identifyGuests(app: FastifyInstance, config: Config): void {
	app.decorateRequest('guestKey', '');
	app.decorateRequest('browserKey', '');
	app.addHook('onRequest', async (request, reply) => {
		const { method, headers } = request;
		if (!['GET', 'HEAD'].includes(method) && headers['ocs-apirequest'] !== 'true') {
			return sendOcs(reply, null, 412);
		}
		const tab = headers['x-nextcloud-talk-session-tab-id'];
		const tabId = typeof tab === 'string' && tabForm.test(tab) ? tab : '';
		const cookie = cookieOf(request) ?? giveCookie(reply, siteOf(config, isSecure(request, config)));
		request.guestKey = createHash('sha256').update(`${cookie}:${tabId}`).digest('hex');
		request.browserKey = createHash('sha256').update(`browser:${cookie}`).digest('hex');
		return undefined;
	});
}

function cookieOf(request: FastifyRequest): string | undefined {
	const cookie = request.cookies[cookieName];
	return cookie !== undefined && cookieForm.test(cookie) ? cookie : undefined;
}

/**
 * A page of another site that holds ours in a frame is another site to the browser: it sends us our cookie there only if
 * we say so, over https, and keeps one for each such site, so that nobody is followed from one to the other.
 */
const siteOf = ({ embedders }: Config, secure: boolean) =>
	secure && embedders.length > 0
		? ({ secure, sameSite: 'none', partitioned: true } as const)
		: ({ secure, sameSite: 'lax' } as const);

function giveCookie(
	reply: FastifyReply,
	site: ReturnType<typeof siteOf>,
	cookie = randomBytes(32).toString('base64url')
): string {
	reply.setCookie(cookieName, cookie, { httpOnly: true, path: '/', maxAge: rememberedSeconds, ...site });
	return cookie;
}

/** Who comes again stays known from now on as long as who has just come. */
export function keepIdentity(request: FastifyRequest, reply: FastifyReply, config: Config): void {
	const cookie = cookieOf(request);
	if (cookie !== undefined) giveCookie(reply, siteOf(config, isSecure(request, config)), cookie);
}

function isSecure(request: FastifyRequest, { publicUrl }: Config): boolean {
	return publicUrl?.startsWith('https:') ?? request.protocol === 'https';
}

/** Scheme, host and port by which the asking browser reaches this server. */
export function originOf(request: FastifyRequest, { publicUrl }: Config): string {
	return publicUrl ?? `${request.protocol}://${request.host}`;
}
