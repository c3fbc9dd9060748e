import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { isProven } from '../backend/checksum.ts';
import { networkOf } from '../network.ts';
import { createGuesses } from '../rate.ts';
import { serverFeatures, version } from '../signaling/frames.ts';
import { isAdministrator } from './changer.ts';
import { originOf } from './identity.ts';
import type { Services, SignalingControl } from './services.ts';

/** What a real signaling server takes. */
const bodyBytes = 256 * 1024;

/**
 * The interface that a high-performance backend has for its Nextcloud, below `/api/v1`. No cookie is given and no request
 * counted: orders are proven by a checksum, and wrong ones are what is counted.
 */
export function registerSignalingBackend(
	app: FastifyInstance,
	control: SignalingControl,
	{ config, bounds, now }: Services
): void {
	const guesses = createGuesses(bounds.secretGuesses, bounds.secretRestMs, now);
	app.addHook('onRequest', async (_request, reply) => {
		reply.headers({
			'Cache-Control': 'no-store',
			'X-Spreed-Signaling-Features': serverFeatures.join(', ')
		});
	});
	app.removeAllContentTypeParsers();
	// the checksum is that of the bytes
	app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
		done(null, body);
	});
	app.setErrorHandler((error: FastifyError, request, reply) => {
		const { statusCode = 500 } = error;
		if (statusCode >= 500) request.log.error({ err: error }, 'an order could not be carried out');
		// 413 for what is too large; of another type than JSON is as good as malformed
		return refuse(reply, statusCode === 415 ? 400 : statusCode);
	});

	app.get('/welcome', () => ({ 'nextcloud-spreed-signaling': 'Welcome', version }));

	app.get('/stats', (request, reply) =>
		isAdministrator(request, config) ? control.stats() : refuse(reply, 403)
	);

	app.post(
		'/room/:token',
		{
			bodyLimit: bodyBytes,
			onRequest: async (request, reply) =>
				request.headers['content-length'] === undefined ? refuse(reply, 411) : undefined
		},
		async (request, reply) => {
			const waitMs = guesses.take(networkOf(request.ip));
			if (waitMs > 0) {
				reply.header('Retry-After', Math.ceil(waitMs / 1000));
				return refuse(reply, 429);
			}
			const { body, headers } = request;
			const base = headers['spreed-signaling-backend'];
			const other = typeof base === 'string' ? control.ordersOf(base) : undefined;
			if (!Buffer.isBuffer(body) || !isProven((other ?? control).secret, headers, body)) {
				request.log.warn({ address: request.ip }, 'an order for a room is not proven');
				return refuse(reply, 403);
			}
			guesses.giveBack(networkOf(request.ip));
			const params = v.safeParse(Params, request.params);
			if (!params.success) return refuse(reply, 404);
			const { token } = params.output;
			const answer = other
				? other.carryOut(token, parseJson(body))
				: await control.carryOut(token, parseJson(body), originOf(request, config));
			return answer ? reply.code(answer.status).send(answer.body) : refuse(reply, 400);
		}
	);
}

const Params = v.object({ token: RoomToken });

const reasons: ReadonlyMap<number, string> = new Map([
	[400, 'Not an order'],
	[403, 'Authentication check failed'],
	[404, 'Not a room'],
	[411, 'Length required'],
	[413, 'Too large'],
	[429, 'Too many requests']
]);

const refuse = (reply: FastifyReply, status: number) =>
	reply
		.code(status)
		.type('text/plain')
		.send(`${reasons.get(status) ?? 'Failed'}\n`);

function parseJson(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString());
	} catch {
		return undefined;
	}
}
