import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { startGateway } from '../../server/gateway/gateway.ts';

/** The real gateway in this process, on a free port, in front of `upstreamUrl`. */
export async function startTestGateway(upstreamUrl: string) {
	const config = readConfig({ PORT: '0', HOST: '127.0.0.1', ROOST_UPSTREAM: upstreamUrl });
	const upstream = { url: upstreamUrl, isInsecure: false };
	const gateway = await startGateway({ ...config, upstream }, { log: pino({ level: 'silent' }) });
	return { baseUrl: `http://127.0.0.1:${gateway.port}`, stop: () => gateway.stop() };
}
