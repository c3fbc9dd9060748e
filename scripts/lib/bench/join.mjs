import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, ensureBrowser, isBuilt, run } from '../project.mjs';
import { openNamespace } from '../stack/namespace.mjs';
import { ensurePackages, ensureSignalingServers } from '../stack/packages.mjs';

const isStackPossible = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

/**
 * Measures joining: in a mesh anywhere, and with the real high-performance backend, Janus and NATS where these can be
 * installed and given a network of their own.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export async function runJoin(bundle, target, words) {
	if (!isBuilt()) {
		const { build } = await import('../../build.mjs');
		const status = await build();
		if (status !== 0) return status;
	}
	const env = { ROOST_CHROMIUM: await ensureBrowser(), ROOST_ROOT: at() };
	const wantsSfu = !words.includes('--ways') || words[words.indexOf('--ways') + 1]?.includes('sfu');
	if (!isStackPossible()) {
		if (wantsSfu) {
			console.error('join: without the part over a media server, which needs Debian and root');
		}
		const rest = words.filter((word, index) => word !== '--ways' && words[index - 1] !== '--ways');
		return run('node', [bundle, target, ...rest, '--ways', 'mesh'], { env });
	}
	await ensurePackages();
	const [server] = await ensureSignalingServers('2');
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const namespace = openNamespace(`roost-bench-${process.pid}`);
	const interrupt = () => namespace.endAll('SIGTERM');
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupt);
	try {
		const ways = words.includes('--ways') ? [] : ['--ways', 'mesh,sfu'];
		return await namespace.run(
			[process.execPath, bundle, target, ...words, ...ways, '--signaling-server', server.binary],
			// all that anything inside leaves behind goes with it
			{ ...process.env, ...env, TMPDIR: directory }
		);
	} finally {
		await namespace.close();
		rmSync(directory, { recursive: true, force: true });
	}
}
