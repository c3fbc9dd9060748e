import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createTestClient } from '../../tests/support/test-client.ts';
import { readConfig, type Config } from '../config.ts';
import { startGateway } from '../gateway/gateway.ts';
import type { UpstreamTimings } from '../gateway/upstream.ts';

interface TestGatewayOptions {
	config?: Partial<Config>;
	isInsecure?: boolean;
	timings?: Partial<UpstreamTimings>;
	log?: (line: Record<string, unknown>) => void;
}

/** A real gateway on a free port of this machine, started in an empty directory to see that it leaves nothing there. */
export async function startTestGateway(upstreamUrl: string, options: TestGatewayOptions = {}) {
	const directory = mkdtempSync(join(tmpdir(), 'roost gateway '));
	const dataDir = join(directory, 'data');
	// whether a client has been built is none of these tests' business
	const webDirectory = join(directory, 'web');
	mkdirSync(webDirectory);
	writeFileSync(join(webDirectory, 'app.html'), '<!doctype html><title>Roost</title>');
	const upstream = { url: upstreamUrl, isInsecure: options.isInsecure ?? false };
	const config = { ...readConfig({ PORT: '0', ROOST_DATA_DIR: dataDir }), upstream, ...options.config };
	const write = (line: string) => options.log?.(JSON.parse(line) as Record<string, unknown>);
	const gateway = await startGateway(config, {
		log: pino({ level: options.log ? 'debug' : 'silent' }, { write }),
		timings: options.timings ?? {},
		webDirectory
	});
	const origin = `${config.tls ? 'https' : 'http'}://127.0.0.1:${gateway.port}`;
	return {
		...gateway,
		origin,
		hasData: () => existsSync(dataDir),
		/** a guest of its own */
		client: (tabId?: string) => createTestClient(origin, undefined, tabId),
		[Symbol.asyncDispose]: async () => {
			await gateway.stop();
			rmSync(directory, { recursive: true, force: true });
		}
	};
}
export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;
