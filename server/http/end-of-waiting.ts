import type { FastifyReply } from 'fastify';

/** Aborted when the time is over or the client has gone, whichever comes first. */
export function endOfWaiting(reply: FastifyReply, timeoutMs: number): AbortSignal {
	const over = new AbortController();
	const end = () => over.abort();
	const timer = setTimeout(end, timeoutMs);
	reply.raw.on('close', () => {
		clearTimeout(timer);
		end();
	});
	return over.signal;
}
