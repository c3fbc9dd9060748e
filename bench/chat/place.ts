import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Service } from '../../tests/stack/support/service.ts';
import { openFront } from '../support/front.ts';
import { freePort, startUnbound } from '../support/roost.ts';
import { writeHistory } from './history.ts';

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
	let service: Service | undefined;
	const close = async () => {
		await front.close();
		await service?.stop();
		rmSync(directory, { recursive: true, force: true });
	};
	try {
		service = await startUnbound(directory, port, {
			ROOST_PUBLIC_URL: front.url,
			ROOST_BENCH_WEB: join(root, 'build/web')
		});
	} catch (error) {
		await close();
		throw error;
	}
	return { url: front.url, close };
}
