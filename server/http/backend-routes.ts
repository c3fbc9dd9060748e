import type { FastifyInstance, FastifyReply } from 'fastify';
import { backendError } from '../backend/backend-answers.ts';
import type { Backend } from '../backend/backend.ts';
import type { Config } from '../config.ts';
import { originOf } from './identity.ts';
import { answerErrors, sendOcs } from './ocs.ts';

/**
 * Where an external signaling server asks. It has no cookie and is not counted: what it sends is proven by a checksum.
 * Refusals come with status 200, or it would not pass them on to the client.
 */
export function registerBackendRoutes(app: FastifyInstance, backend: Backend, config: Config): void {
	answerErrors(app);
	app.removeAllContentTypeParsers();
	// the checksum is that of the bytes
	app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
		done(null, body);
	});
	app.post('/v3/signaling/backend', (request, reply) => {
		const { body, headers } = request;
		if (!Buffer.isBuffer(body) || !backend.isProven(headers, body)) {
			request.log.warn({ address: request.ip }, 'a request of a signaling server is not proven');
			return refuse(reply, 'the checksum does not fit');
		}
		let raw: unknown;
		try {
			raw = JSON.parse(body.toString());
		} catch {
			return refuse(reply, 'not JSON');
		}
		return sendOcs(reply, backend.answer(raw, originOf(request, config)));
	});
}

const refuse = (reply: FastifyReply, why: string) => sendOcs(reply, backendError('invalid_request', why));
