import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createTestClient } from '../../tests/support/test-client.ts';
import { readConfig, type Config } from '../config.ts';
import { startServer, type ServerOptions } from '../server.ts';

interface TestServerOptions extends Partial<ServerOptions> {
	config?: Partial<Config>;
	/** a directory of a server that was stopped before; made and removed if absent */
	dataDir?: string;
}

/** A real server on a free port of this machine, with storage in a directory that goes away with it. */
export async function startTestServer({ config, dataDir, ...options }: TestServerOptions = {}) {
	const directory = dataDir ?? mkdtempSync(join(tmpdir(), 'roost test '));
	const defaults = readConfig({ PORT: '0', ROOST_DATA_DIR: directory });
	const server = await startServer(
		{ ...defaults, ...config },
		{ log: pino({ level: 'silent' }), ...options }
	);
	const origin = `http://127.0.0.1:${server.port}`;
	return {
		...server,
		origin,
		dataDir: directory,
		/** a guest of its own */
		client: () => createTestClient(origin),
		[Symbol.asyncDispose]: async () => {
			await server.stop();
			if (dataDir === undefined) rmSync(directory, { recursive: true, force: true });
		}
	};
}
