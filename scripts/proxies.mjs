import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, helpFor, prepare, run } from './lib/project.mjs';
import { ensurePackages, proxyPrograms } from './lib/stack/packages.mjs';

helpFor(`
npm run test:proxies [-- VITEST OPTIONS]

What deploy/ has for a machine without containers, each with its own program: the embedded server behind nginx and behind
Caddy, on loopback, with TLS, and the unit of systemd. Needs Debian and root: missing packages are installed, and what
they bring is not started.`);

if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
	console.error('test:proxies installs packages: it needs Debian and root.');
	process.exit(1);
}

await prepare();
await ensurePackages(proxyPrograms);

const folder = mkdtempSync(join(tmpdir(), 'roost-proxies-'));
try {
	// for a name of this machine alone, and trusted by nobody but the tests
	const made = await run(
		'openssl',
		[
			...[
				'req',
				'-x509',
				'-newkey',
				'ec',
				'-pkeyopt',
				'ec_paramgen_curve:prime256v1',
				'-nodes',
				'-days',
				'2'
			],
			...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
			...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
		],
		{ quiet: true }
	);
	process.exitCode =
		made ||
		(await run(
			'vitest',
			['run', '--config', at('tests/proxies/vitest.config.ts'), ...process.argv.slice(2)],
			{
				env: {
					ROOST_PROXY_FOLDER: folder,
					NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
					// the tools of this machine's administrator are not on everybody's path
					PATH: `${process.env.PATH}:/usr/sbin:/sbin`
				}
			}
		));
} finally {
	rmSync(folder, { recursive: true, force: true });
}
