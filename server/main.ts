import { ConfigError, readConfig, readEnvironment } from './config.ts';
import { misspelt } from './config-names.ts';
import { startGateway } from './gateway/gateway.ts';
import { untilFree } from './listening.ts';
import { createLog } from './log.ts';
import { sweepSooner } from './memory.ts';
import { startServer } from './server.ts';

/** `EX_CONFIG` of sysexits.h: a wrong value in the configuration. */
const exitConfig = 78;
/** A service manager would kill what takes longer than this to stop. */
const stopWithinMs = 4_000;
/** How long the port of a server that is just ending is waited for. */
const freeWithinMs = 2_000;

async function main(): Promise<void> {
	const environment = readEnvironment(process.env, '.env');
	const config = readConfig(environment);
	const log = createLog(config.logLevel);
	for (const found of misspelt(environment)) log.warn(found, 'no setting has this name: it does nothing');
	await untilFree(config, freeWithinMs);
	const { upstream } = config;
	const server = upstream
		? await startGateway({ ...config, upstream }, { log })
		: await startServer(config, { log });
	sweepSooner();
	const stop = (signal: string) => {
		log.info({ signal }, 'stopping');
		setTimeout(() => {
			log.error('not everything could be closed in time');
			process.exit(1);
		}, stopWithinMs).unref();
		server.stop().catch((error: unknown) => {
			log.error({ err: error }, 'could not be closed cleanly');
			process.exitCode = 1;
		});
	};
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
	// last: whoever reads it may end us at once. Only the embedded server has a room for trying out
	process.stdout.write(`Roost is ready: ${server.url}/${upstream ? '' : 'call/demo'}\n`);
}

main().catch((error: unknown) => {
	if (!(error instanceof ConfigError)) throw error;
	process.stderr.write(`${error.message}\n`);
	process.exitCode = exitConfig;
});
