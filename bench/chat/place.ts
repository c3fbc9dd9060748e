import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFront } from '../join/front.ts';
import { writeHistory } from './history.ts';
import { createService, isListening } from '../../tests/stack/support/service.ts';

const freePort = () =>
	new Promise<number>((settle, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => {
				if (address === null || typeof address === 'string') reject(new Error('there is no port'));
				else settle(address.port);
			});
		});
	});

/** The server with a history, and before it the bare page under `/floor/`. */
export interface Place {
	readonly url: string;
	close(): Promise<void>;
}

/** @param rooms each with as many messages */
export async function openPlace(root: string, rooms: readonly string[], messages: number): Promise<Place> {
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	writeHistory(join(directory, 'data'), rooms, messages);
	const port = await freePort();
	const front = await openFront({
		port: 0,
		behind: port,
		files: {
			'index.html': join(root, 'bench/chat/floor/index.html'),
			'floor.js': join(root, 'bench/chat/floor/floor.js')
		}
	});
	const service = createService({
		name: 'Roost',
		command: 'env',
		args: [
			`PORT=${port}`,
			`ROOST_PUBLIC_URL=${front.url}`,
			`ROOST_DATA_DIR=${join(directory, 'data')}`,
			`ROOST_BENCH_WEB=${join(root, 'build/web')}`,
			'NODE_ENV=production',
			process.execPath,
			process.argv[1] ?? '',
			'serve'
		],
		isReady: () => isListening('127.0.0.1', port)
	});
	const close = async () => {
		await front.close();
		await service.stop();
		rmSync(directory, { recursive: true, force: true });
	};
	try {
		await service.start();
	} catch (error) {
		await close();
		throw error;
	}
	return { url: front.url, close };
}
