import { pino } from 'pino';
import { defaultBounds } from '../../server/bounds.ts';
import { readConfig } from '../../server/config.ts';
import { sweepSooner } from '../../server/memory.ts';
import { startServer } from '../../server/server.ts';

/**
 * Roost as the benchmark runs it, in a process of its own: the same server, but for how much one client may send. Nobody
 * in a call comes near that bound; a benchmark is about what lies beyond.
 */
export async function serve(): Promise<void> {
	const unlimited = 1e9;
	const server = await startServer(readConfig(process.env), {
		log: pino({ level: 'silent' }),
		bounds: {
			frameBurst: unlimited,
			framesPerSecond: unlimited,
			requestsPerMinute: unlimited,
			roomsPerMinute: unlimited,
			// the load client comes from one address
			helloBurst: defaultBounds.sessions,
			socketsPerAddress: defaultBounds.sessions,
			connectionsPerAddress: defaultBounds.connections
		}
	});
	sweepSooner();
	process.stdout.write(`listening on ${server.port}\n`);
	process.once('SIGINT', () => void server.stop());
}
