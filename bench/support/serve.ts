import { pino } from 'pino';
import type { Bounds } from '../../server/bounds.ts';
import { readConfig } from '../../server/config.ts';
import { sweepSooner } from '../../server/memory.ts';
import { startServer } from '../../server/server.ts';

/** Where there is a bound and a benchmark is about what lies beyond. */
export const unlimited = 1e9;

/**
 * What `startUnbound` (roost.ts) runs in its process: Roost as it is, but for how much one client may do.
 * @param bounds that differ
 */
export async function serve(bounds: Partial<Bounds>): Promise<void> {
	const webDirectory = process.env['ROOST_BENCH_WEB'];
	const server = await startServer(readConfig(process.env), {
		log: pino({ level: 'silent' }),
		bounds,
		...(webDirectory !== undefined && { webDirectory })
	});
	sweepSooner();
	process.stdout.write(`listening on ${server.port}\n`);
	const stop = () => void server.stop();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}
