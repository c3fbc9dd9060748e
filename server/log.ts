import { createHmac, randomBytes } from 'node:crypto';
import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';

/** What must not be in a log line, at the first two levels of what is logged. */
const secret = [
	'token',
	'ticket',
	'secret',
	'moderatorSecret',
	'password',
	'sdp',
	'candidate',
	'sessionId',
	'sessionid',
	'nextcloudSessionId',
	'resumeId',
	'resumeid',
	'guestKey',
	'browserKey',
	'headers',
	'cookie',
	'authorization',
	'body'
];

const keyOfDigests = randomBytes(16);

/**
 * Tells rooms apart in the log, for as long as the process runs: their tokens let people in.
 * @returns twelve hexadecimal digits
 */
export const digestOf = (token: string): string =>
	createHmac('sha256', keyOfDigests).update(token).digest('hex').slice(0, 12);

/**
 * JSON lines on stdout; on a terminal, lines for people.
 * @param destination of the JSON lines, if not there
 */
export function createLog(level: Config['logLevel'], destination?: DestinationStream): Logger {
	const options = {
		level,
		redact: { paths: secret.flatMap((key) => [key, `*.${key}`]), censor: '[hidden]' },
		serializers: { err: describe },
		base: null
	};
	if (destination) return pino(options, destination);
	return process.stdout.isTTY ? pino(options, pretty({ sync: true })) : pino(options);
}

interface Described {
	type: string;
	message: string;
	code?: string;
	stack?: string;
	cause?: Described;
}

/** How many causes of an error are told. */
const depth = 5;

/**
 * What happened and where, without what errors carry along: the bytes of a request that could not be read, or the value
 * that a schema did not take, which both its message and the head of its stack name.
 */
function describe(error: unknown, level = 0): Described {
	if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
	const { name, cause, stack = '' } = error;
	const hasValue = name === 'ValiError' || name === 'SyntaxError';
	const message = hasValue ? 'a value was not as expected' : error.message;
	const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
	return {
		type: name,
		message,
		...('code' in error && typeof error.code === 'string' && { code: error.code }),
		stack: frames.join('\n'),
		...(cause !== undefined && level < depth && { cause: describe(cause, level + 1) })
	};
}
