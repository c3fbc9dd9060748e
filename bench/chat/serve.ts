import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { startServer } from '../../server/server.ts';

/** Roost as the benchmark runs it, in a process of its own: the same server, but for how much one address may write. */
export async function serve(): Promise<void> {
	const unlimited = 1e9;
	const server = await startServer(readConfig(process.env), {
		log: pino({ level: 'silent' }),
		webDirectory: process.env['ROOST_BENCH_WEB'] ?? '',
		bounds: { chatBurst: unlimited, requestsPerMinute: unlimited }
	});
	process.stdout.write(`listening on ${server.port}\n`);
	const stop = () => void server.stop();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}
