import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, ensureBrowser, helpFor, isBuilt, prepare } from './lib/project.mjs';
import { closeAbandoned, openNamespace } from './lib/stack/namespace.mjs';
import { ensurePackages, ensureSignalingServers } from './lib/stack/packages.mjs';

helpFor(`
npm run test:stack [-- --hpb VERSION] [PLAYWRIGHT OPTIONS]

Roost with what large installations use: the high-performance backend (signaling), Janus (media), NATS and coturn (TURN),
all real, in a network namespace of their own that leads nowhere. Needs Debian and root. Missing packages are installed,
and what they bring is not started; the signaling server is only unpacked, into .cache/roost-stack, because the one that
Debian 12 installs refuses pictures. Both of its versions are tried, or with --hpb the one whose version begins so; what
does not depend on it, with the newest. For example: npm run test:stack -- --hpb 2 tests/stack/everybody.spec.ts`);

const words = process.argv.slice(2);
const chosen = words.indexOf('--hpb');
const [, version = ''] = chosen < 0 ? [] : words.splice(chosen, 2);

if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
	console.error('test:stack makes a network namespace and installs packages: it needs Debian and root.');
	process.exit(1);
}

await prepare();
await ensurePackages();
const servers = await ensureSignalingServers(version);
const browser = await ensureBrowser();
if (!isBuilt()) {
	const { build } = await import('./build.mjs');
	if ((await build()) !== 0) process.exit(1);
}

const directory = mkdtempSync(join(tmpdir(), 'roost-stack-'));
await closeAbandoned('roost-stack');
const namespace = openNamespace(`roost-stack-${process.pid}`);
let isInterrupted = false;
const interrupt = () => {
	isInterrupted = true;
	namespace.endAll('SIGTERM');
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);

let status = 1;
try {
	for (const { version } of servers) console.error(`signaling server ${version}`);
	status = await namespace.run(
		[
			at('node_modules/.bin/playwright'),
			'test',
			'--config',
			at('tests/stack/playwright.config.ts'),
			...words
		],
		{
			...process.env,
			ROOST_CHROMIUM: browser,
			// all that anything inside leaves behind goes with it
			TMPDIR: directory,
			ROOST_STACK_SERVERS: JSON.stringify(servers)
		}
	);
} finally {
	await namespace.close();
	rmSync(directory, { recursive: true, force: true });
}
process.exitCode = isInterrupted ? 130 : status;
