import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../project.mjs';
import { openNamespace } from '../stack/namespace.mjs';
import { ensureLoadClient, ensurePackages, ensureSignalingServers } from '../stack/packages.mjs';

const isStackPossible = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

/**
 * Measures the embedded signaling: beside the high-performance backend where that can be had, and in a network of its own.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export async function runServer(bundle, target, words) {
	if (process.platform !== 'linux') {
		console.error('server: reads memory from /proc and uses many addresses of loopback, so it needs Linux');
		return 1;
	}
	if (!isStackPossible()) {
		console.error('server: without the high-performance backend, which needs Debian and root');
		return run('node', [bundle, target, ...words]);
	}
	await ensurePackages();
	const [server] = await ensureSignalingServers('2');
	const client = await ensureLoadClient();
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const namespace = openNamespace(`roost-bench-${process.pid}`);
	const interrupt = () => namespace.endAll('SIGTERM');
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupt);
	try {
		return await namespace.run(
			[
				process.execPath,
				bundle,
				target,
				...words,
				...['--signaling-server', server.binary, '--load-client', client]
			],
			// all that anything inside leaves behind goes with it
			{ ...process.env, TMPDIR: directory }
		);
	} finally {
		await namespace.close();
		rmSync(directory, { recursive: true, force: true });
	}
}
