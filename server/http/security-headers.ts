import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { originOfRequest } from '../network.ts';
import { inlineHashes } from './web-client.ts';

const hostForm = /^[\w.-]+(:\d+)?$|^\[[\da-fA-F:]+\](:\d+)?$/;

/** The page may talk to this server and its signaling server and to nobody else, and nothing may run that was not built into it. */
export async function addSecurityHeaders(
	app: FastifyInstance,
	config: Config,
	webDirectory: string,
	isTrustedProxy: (address: string) => boolean
): Promise<void> {
	const { scripts, styles } = inlineHashes(webDirectory);
	/** browsers before 2022 do not count the socket of the same host as 'self' */
	const sockets = (request: IncomingMessage) => {
		const { host } = originOfRequest(request, isTrustedProxy);
		return hostForm.test(host) ? `ws://${host} wss://${host}` : "'self'";
	};
	const isEmbeddable = config.embedders.length > 0;
	const external = config.signaling ? [new URL(config.signaling.url.replace(/^http/, 'ws')).origin] : [];
	await app.register(helmet, {
		contentSecurityPolicy: {
			useDefaults: false,
			directives: {
				defaultSrc: ["'none'"],
				scriptSrc: ["'self'", ...scripts],
				styleSrc: ["'self'", ...styles],
				connectSrc: ["'self'", sockets, ...external],
				mediaSrc: ["'self'", 'blob:'],
				imgSrc: ["'self'", 'data:', 'blob:'],
				fontSrc: ["'self'"],
				manifestSrc: ["'self'"],
				workerSrc: ["'self'"],
				formAction: ["'self'"],
				baseUri: ["'none'"],
				frameAncestors: isEmbeddable ? config.embedders : ["'none'"],
				// text becomes markup or code in two places only: Svelte's templates, and the one worker, by the page's own policy
				'require-trusted-types-for': ["'script'"],
				'trusted-types': ['svelte-trusted-html', 'default']
			}
		},
		// the older header knows no list; a browser that goes by the policy passes it over
		frameguard: isEmbeddable ? false : { action: 'deny' },
		// the address of a room is what lets people in
		referrerPolicy: { policy: 'no-referrer' },
		hsts: config.publicUrl?.startsWith('https:') === true && { includeSubDomains: false }
	});
	app.addHook('onRequest', async (_request, reply) => {
		reply.header(
			'Permissions-Policy',
			'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()'
		);
	});
}
