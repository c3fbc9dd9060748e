import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createService, isListening } from '../../tests/stack/support/service.ts';
import { freePort, startUnbound } from '../support/roost.ts';

/** A signaling server with the rooms behind it, in processes of their own. */
export interface Place {
	readonly kind: 'roost' | 'hpb';
	/** of the rooms */
	readonly origin: string;
	/** address of the signaling socket */
	readonly socket: string;
	/** megabytes of the process that carries the messages: now, and at most since it began */
	memory(): { now: number; most: number };
	stop(): Promise<void>;
}

const secret = () => randomBytes(32).toString('hex');

/** @throws where there is no /proc */
function memoryOf(pid: number) {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	const megabytes = (name: string) =>
		Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN) / 1_024);
	return { now: megabytes('VmRSS'), most: megabytes('VmHWM') };
}

/** Where the load client listens as a backend: the one address of the network that is none of loopback, at any port. */
const loadBackend = () => {
	const addresses = Object.values(networkInterfaces()).flat();
	const own = addresses.find((address) => address?.internal === false);
	return `http://${own?.family === 'IPv4' ? own.address : '[::]'}:*/auth`;
};

/** Roost as the signaling server of the load client. @returns also the path of a configuration with its keys */
export async function openRoostForLoad() {
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const port = await freePort();
	const shared = secret();
	const roost = await startUnbound(directory, port, { ROOST_BACKENDS: `${loadBackend()} ${shared}` });
	const key = (name: string) => readFileSync(join(directory, 'data', `signaling-${name}.key`), 'utf8').trim();
	const config = join(directory, 'server.conf');
	writeFileSync(
		config,
		`[sessions]\nhashkey = ${key('hash')}\nblockkey = ${key('block')}\n\n[backend]\nsecret = ${shared}\n`,
		{ mode: 0o600 }
	);
	return {
		address: `127.0.0.1:${port}`,
		config,
		stop: async () => {
			await roost.stop();
			rmSync(directory, { recursive: true, force: true });
		}
	};
}

/** Roost with its embedded signaling. */
export async function openRoost(): Promise<Place> {
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const port = await freePort();
	const roost = await startUnbound(directory, port);
	return {
		kind: 'roost',
		origin: `http://127.0.0.1:${port}`,
		socket: `ws://127.0.0.1:${port}/signaling/spreed`,
		memory: () => memoryOf(roost.pid()),
		stop: async () => {
			await roost.stop();
			rmSync(directory, { recursive: true, force: true });
		}
	};
}

const configOf = (port: number, backend: string) => `[http]
listen = 127.0.0.1:${port}

[sessions]
hashkey = ${randomBytes(16).toString('hex')}
blockkey = ${randomBytes(16).toString('hex')}

[clients]
internalsecret = ${secret()}

${backend}
[nats]
url = nats://loopback

[mcu]
`;

async function startHpb(binary: string, config: string, port: number) {
	const service = createService({
		name: 'signaling server',
		command: binary,
		args: ['-config', config],
		isReady: () => isListening('127.0.0.1', port)
	});
	await service.start();
	return service;
}

/** The high-performance backend, with Roost for its rooms. @param binary path of its program */
export async function openHpb(binary: string): Promise<Place> {
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const [port, roostPort] = [await freePort(), await freePort()];
	const shared = secret();
	const origin = `http://127.0.0.1:${roostPort}`;
	const config = join(directory, 'signaling.conf');
	const backend = `[backend]\nbackends = roost\nallowall = false\ntimeout = 30\nconnectionsperhost = 8\n
[roost]\nurl = ${origin}\nsecret = ${shared}\n`;
	writeFileSync(config, configOf(port, backend), { mode: 0o600 });
	const roost = await startUnbound(directory, roostPort, {
		ROOST_PUBLIC_URL: origin,
		ROOST_SIGNALING_URL: `http://127.0.0.1:${port}`,
		ROOST_SIGNALING_SECRET: shared
	});
	const hpb = await startHpb(binary, config, port);
	return {
		kind: 'hpb',
		origin,
		socket: `ws://127.0.0.1:${port}/spreed`,
		memory: () => memoryOf(hpb.pid()),
		stop: async () => {
			await hpb.stop();
			await roost.stop();
			rmSync(directory, { recursive: true, force: true });
		}
	};
}

/** As the load client wants it: it is the backend itself. @returns also the path of the configuration that both read */
export async function openHpbForLoad(binary: string) {
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const port = await freePort();
	const config = join(directory, 'signaling.conf');
	writeFileSync(
		config,
		configOf(port, `[backend]\nallowall = true\nsecret = ${secret()}\ntimeout = 5\nconnectionsperhost = 8\n`)
			// it delivers only to the very text of an id; what the client makes is that, within a second, unless encrypted
			.replace(/^blockkey.*\n/m, ''),
		{ mode: 0o600 }
	);
	const hpb = await startHpb(binary, config, port);
	return {
		address: `127.0.0.1:${port}`,
		config,
		stop: async () => {
			await hpb.stop();
			rmSync(directory, { recursive: true, force: true });
		}
	};
}
