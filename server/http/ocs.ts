import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { WireInteger } from '../../src/lib/protocol/wire.ts';
import { Refusal, type RefusalReason } from '../rooms/refusal.ts';

const statusOf: Record<RefusalReason, number> = {
	badRequest: 400,
	unproven: 401,
	notAllowed: 403,
	unknownRoom: 404,
	notJoined: 404,
	unknownMessage: 404,
	unknownBot: 404,
	unknownPoll: 404,
	wrongKind: 405,
	conflict: 409,
	inLobby: 412,
	tooLong: 413,
	tooMany: 429
};

/** The envelope of every answer under `/ocs`. */
export function envelope(statusCode: number, data: unknown) {
	const isOk = statusCode < 400;
	const meta = { status: isOk ? 'ok' : 'failure', statuscode: statusCode, message: isOk ? 'OK' : '' };
	return { ocs: { meta, data } };
}

export function sendOcs(reply: FastifyReply, data: unknown, statusCode = 200) {
	return reply.code(statusCode).send(envelope(statusCode, data));
}

const fieldsOf = (query: unknown, body: unknown): unknown =>
	typeof body === 'object' ? { ...Object(query), ...body } : query;

/**
 * Reads what a request asks for: the body, and the query for what the body does not have, as Talk does.
 * @throws {Refusal} `badRequest` with the name of the first field that is wrong
 */
export function read<const Schema extends v.GenericSchema>(schema: Schema, request: FastifyRequest) {
	const { query, body } = request;
	const result = v.safeParse(schema, fieldsOf(query, body));
	if (result.success) return result.output;
	throw new Refusal('badRequest', v.getDotPath(result.issues[0]) ?? 'body');
}

/**
 * As `read`, for requests of which Talk says by one word that something is wrong with what they set.
 * @param words one for all, or by the name of the field; `value` for those without
 * @throws {Refusal} `badRequest` with that word
 */
export function readValue<const Schema extends v.GenericSchema>(
	schema: Schema,
	request: FastifyRequest,
	words: string | ReadonlyMap<string, string> = 'value'
) {
	const { query, body } = request;
	const result = v.safeParse(schema, fieldsOf(query, body));
	if (result.success) return result.output;
	const field = v.getDotPath(result.issues[0]) ?? '';
	throw new Refusal('badRequest', typeof words === 'string' ? words : (words.get(field) ?? 'value'));
}

const TokenParams = v.object({ token: RoomToken });

/** @throws {Refusal} `unknownRoom` for what cannot be a token */
export function tokenOf(request: FastifyRequest): RoomToken {
	const params = v.safeParse(TokenParams, request.params);
	if (!params.success) throw new Refusal('unknownRoom');
	return params.output.token;
}

const MessageParams = v.object({ messageId: WireInteger });

/** @throws {Refusal} `unknownMessage` for what cannot be the id of one */
export function messageIdOf(request: FastifyRequest): number {
	const params = v.safeParse(MessageParams, request.params);
	if (!params.success) throw new Refusal('unknownMessage', 'message');
	return params.output.messageId;
}

/** Answers refusals, and whatever goes wrong, in the envelope. */
export function answerErrors(app: FastifyInstance): void {
	app.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
		if (error instanceof Refusal) return sendOcs(reply, error.data, statusOf[error.reason]);
		const { statusCode = 500 } = error;
		if (statusCode >= 400 && statusCode < 500) return sendOcs(reply, null, statusCode);
		request.log.error({ err: error, route: request.routeOptions.url }, 'a request could not be answered');
		return sendOcs(reply, null, 500);
	});
	app.setNotFoundHandler((_request, reply) => sendOcs(reply, null, 404));
}

/** Takes JSON, and forms, which Talk accepts equally; an empty body is one without fields. */
export function acceptBodies(app: FastifyInstance): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
		try {
			done(null, body === '' ? undefined : JSON.parse(String(body)));
		} catch {
			done(new Refusal('badRequest', 'json'));
		}
	});
	app.addContentTypeParser(
		'application/x-www-form-urlencoded',
		{ parseAs: 'string' },
		(_request, body, done) => {
			done(null, Object.fromEntries(new URLSearchParams(String(body))));
		}
	);
}
