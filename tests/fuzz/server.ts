import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { pino } from 'pino';
import { startTestServer } from '../../server/testing/test-server.ts';

export const adminToken = 'zqk0x1q-the-administrators-own-token';
const botSecret = 'zqk0x2q-a-secret-of-forty-characters-or-some-more';

/** Nothing that takes time by itself happens while the steps run. */
const never = 2 ** 31 - 1;
const patient = {
	helloMs: never,
	roomJoinMs: never,
	resumeMs: never,
	sweepMs: never,
	retentionMs: never,
	pingMs: never,
	pullMs: 1
};
/** So high that no bound is met: those have a part of their own. */
const generous = {
	requestsPerMinute: 1e9,
	roomsPerMinute: 1e9,
	passwordGuesses: 1e9,
	unknownTokens: 1e9,
	chatBurst: 1e9,
	mentionBurst: 1e9,
	botGuesses: 1e9,
	socketsPerAddress: 1e9,
	connectionsPerAddress: 1e9,
	helloBurst: 1e9,
	helloGuesses: 1e9,
	secretGuesses: 1e9,
	frameBurst: 1e9,
	queuedFrames: 1e9
};

export interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
	text: string;
}

/** What went wrong beside any answer: what was logged as an error, or thrown where nobody caught it. */
type Accident = string;

export interface FuzzServerOptions {
	/** the bounds that the server has in earnest */
	isBounded?: boolean;
}

/** The real server, all in this process, with a clock that is moved by hand and a log that is read. */
export async function startFuzzServer({ isBounded = false }: FuzzServerOptions = {}) {
	let time = Date.now();
	const accidents: Accident[] = [];
	let heardLog: (line: string) => void = () => undefined;
	const log = pino(
		{ level: 'debug', base: null },
		{
			write(line: string) {
				if (/^\{"level":(50|60)/.test(line)) accidents.push(`logged: ${line.slice(0, 2_000)}`);
				heardLog(line);
			}
		}
	);
	const blame = (kind: string) => (cause: unknown) => {
		accidents.push(`${kind}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
	};
	const onException = blame('uncaught exception');
	const onRejection = blame('unhandled rejection');
	process.on('uncaughtException', onException);
	process.on('unhandledRejection', onRejection);
	// in memory where that can be: what survives a crash is tested elsewhere, and disks are slow
	const dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'roost fuzz '));
	const server = await startTestServer({
		dataDir,
		config: { adminToken },
		timings: patient,
		// the plugin for requests goes by the clock on the wall
		bounds: isBounded ? { requestsPerMinute: 1e9, roomsPerMinute: 1e9 } : generous,
		now: () => time,
		log
	});
	const agent = new Agent({ keepAlive: true, maxSockets: 8 });
	const secretOf = (who: string) => readFileSync(join(dataDir, `signaling-${who}.secret`), 'utf8').trim();
	const database = new Database(join(dataDir, 'roost.db'), { readonly: true });

	function ask(
		method: string,
		path: string,
		headers: Record<string, string>,
		body?: string | Buffer
	): Promise<Answer> {
		return new Promise((resolve, reject) => {
			// by itself a DELETE would have a body of no length
			const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
			const asked = httpRequest(
				{ host: '127.0.0.1', port: server.port, method, path, headers: { ...headers, ...length }, agent },
				(response) => {
					const chunks: Buffer[] = [];
					response.on('data', (chunk: Buffer) => chunks.push(chunk));
					response.on('error', reject);
					response.on('end', () => {
						const { statusCode: status = 0, headers: said } = response;
						resolve({ status, headers: said, text: Buffer.concat(chunks).toString() });
					});
				}
			);
			asked.on('error', reject);
			asked.end(body);
		});
	}

	const bot = { name: 'Bot', secret: botSecret, url: 'http://127.0.0.1:9/', features: 2 };
	const asAdministrator = {
		'ocs-apirequest': 'true',
		'content-type': 'application/json',
		authorization: `Bearer ${adminToken}`
	};
	await ask('POST', `${talk}v1/bot/admin`, asAdministrator, JSON.stringify(bot));

	return {
		port: server.port,
		origin: server.origin,
		adminToken,
		database,
		internalSecret: secretOf('internal'),
		backendSecret: secretOf('backend'),
		botSecret,
		accidents,
		ask,
		pass(ms: number): void {
			time += ms;
		},
		onLog(listener: (line: string) => void): void {
			heardLog = listener;
		},
		async stop(): Promise<void> {
			agent.destroy();
			database.close();
			await server[Symbol.asyncDispose]();
			rmSync(dataDir, { recursive: true, force: true });
			process.off('uncaughtException', onException);
			process.off('unhandledRejection', onRejection);
		}
	};
}
export type FuzzServer = Awaited<ReturnType<typeof startFuzzServer>>;

/** The paths below which Talk and Roost are asked. */
export const talk = '/ocs/v2.php/apps/spreed/api/';
export const roost = '/ocs/v2.php/apps/roost/api/';
