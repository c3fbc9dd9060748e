import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.ts';

/** What must not be in a log line, at the first two levels of what is logged. */
const secret = [
	'token',
	'ticket',
	'secret',
	'sdp',
	'candidate',
	'resumeId',
	'guestKey',
	'cookie',
	'authorization'
];

/** JSON lines on stdout; on a terminal, lines for people. */
export function createLog(level: Config['logLevel']): Logger {
	const options = {
		level,
		redact: { paths: secret.flatMap((key) => [key, `*.${key}`]), censor: '[hidden]' },
		base: null
	};
	return process.stdout.isTTY ? pino(options, pretty({ sync: true })) : pino(options);
}
