import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config.ts';
import { createLog } from '../../server/log.ts';
import { startServer } from '../../server/server.ts';

/**
 * The real server in this process, on a free port, with an empty folder of its own.
 * @param environment variables as in the public contract
 */
export async function startEmbeddedServer(environment: Record<string, string> = {}) {
	const dataDir = await mkdtemp(join(tmpdir(), 'roost-talk-'));
	const config = readConfig({
		PORT: '0',
		HOST: '127.0.0.1',
		ROOST_DATA_DIR: dataDir,
		LOG_LEVEL: 'silent',
		...environment
	});
	const server = await startServer(config, { log: createLog('silent') });
	return {
		baseUrl: `http://127.0.0.1:${server.port}`,
		port: server.port,
		stop: async () => {
			await server.stop();
			await rm(dataDir, { recursive: true });
		}
	};
}

/** What a browser does about cookies, and Node does not. */
export function fetchWithCookies(): typeof fetch {
	const jar = new Map<string, string>();
	return async (input, init) => {
		const headers = new Headers(init?.headers);
		headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
		const response = await fetch(input, { ...init, headers });
		for (const cookie of response.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
			if (name !== undefined && value !== undefined) jar.set(name, value);
		}
		return response;
	};
}
