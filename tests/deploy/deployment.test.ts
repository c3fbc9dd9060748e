import { spawnSync } from 'node:child_process';
import {
	chmodSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, readEnvironment } from '../../server/config.ts';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const good = ['--host', 'calls.example.org', '--ip', '203.0.113.7'];

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost-deploy-'));
});
afterEach(() => {
	rmSync(directory, { recursive: true });
});

/** With a umask that takes more away than usual: what is written has to be readable in the containers all the same. */
function makeSecrets(...words: string[]) {
	return spawnSync(
		'sh',
		[
			'-c',
			'umask 077; exec "$0" "$@"',
			process.execPath,
			`${deploy}make-secrets.mjs`,
			'--to',
			directory,
			...words
		],
		{ encoding: 'utf8' }
	);
}

const modeOf = (name: string) => (statSync(join(directory, name)).mode & 0o777).toString(8);
const environment = () => parseEnv(readFileSync(join(directory, '.env'), 'utf8'));
const rendered = () =>
	Object.fromEntries(
		readdirSync(join(directory, 'run')).map((name) => [
			name,
			readFileSync(join(directory, 'run', name), 'utf8')
		])
	);
const lineOf = (text: string | undefined, pattern: RegExp) => pattern.exec(text ?? '')?.[1];

describe('make-secrets', () => {
	it.each([
		{ names: 'one name', words: [], url: 'https://calls.example.org/standalone-signaling' },
		{
			names: 'two names',
			words: ['--signaling-host', 'signaling.example.org'],
			url: 'https://signaling.example.org'
		}
	])('given $names, then all files are whole and Roost takes its environment', ({ words, url }) => {
		const { status, stderr } = makeSecrets(...good, ...words);

		expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
		for (const [name, text] of Object.entries(rendered())) {
			expect(text, name).not.toMatch(/\{\{|\}\}|undefined|^\s+$/m);
		}
		const config = readConfig(readEnvironment({}, join(directory, '.env')));
		expect(config).toMatchObject({
			publicUrl: 'https://calls.example.org',
			signaling: { url },
			rooms: 'closed',
			stunUrls: ['stun:calls.example.org:3478']
		});
		expect(config.turn?.urls).toContain('turns:calls.example.org:5349?transport=tcp');
	});

	it('given the files, then services that trust each other have the same secret, and no others have', () => {
		makeSecrets(...good);
		const { ROOST_TURN_SECRET, ROOST_SIGNALING_SECRET, ROOST_ADMIN_TOKEN, ROOST_PUBLIC_URL } = environment();
		const files = rendered();
		const signaling = files['signaling.conf'];

		expect(lineOf(files['turn.conf'], /^static-auth-secret=(.*)$/m)).toBe(ROOST_TURN_SECRET);
		expect(lineOf(signaling, /^secret = (.*)$/m)).toBe(ROOST_SIGNALING_SECRET);
		expect(lineOf(signaling, /^url = (https.*)$/m)).toBe(ROOST_PUBLIC_URL);
		const secrets = [
			ROOST_TURN_SECRET,
			ROOST_SIGNALING_SECRET,
			ROOST_ADMIN_TOKEN,
			lineOf(signaling, /^hashkey = (.*)$/m),
			lineOf(signaling, /^internalsecret = (.*)$/m),
			lineOf(files['janus.jcfg'], /admin_secret = "(.*)"/)
		];
		for (const secret of secrets) expect(secret).toMatch(/^[\da-f]{64}$/);
		// the signaling server stops at a block key that is no key of AES
		const blockKey = lineOf(signaling, /^blockkey = (.*)$/m);
		expect(blockKey).toMatch(/^[\da-f]{32}$/);
		expect(new Set([...secrets, blockKey]).size).toBe(7);
	});

	it('given a strict umask, then secrets are for one user, and containers can read what is mounted', () => {
		makeSecrets(...good);

		expect([modeOf('.env'), modeOf('run')]).toEqual(['600', '700']);
		for (const name of Object.keys(rendered())) expect(modeOf(join('run', name)), name).toBe('644');
	});

	it('given what is there already, then it stays unless --force is given, which replaces every secret', () => {
		makeSecrets(...good);
		const before = environment();
		chmodSync(join(directory, '.env'), 0o644);

		const refused = makeSecrets(...good);
		expect(refused).toMatchObject({ status: 1, stdout: '' });
		expect(refused.stderr).toMatch(/^\S+\.env is there already: --force .*\n$/);
		expect(environment()).toEqual(before);

		expect(makeSecrets(...good, '--force').status).toBe(0);
		const after = environment();
		for (const name of ['ROOST_TURN_SECRET', 'ROOST_SIGNALING_SECRET', 'ROOST_ADMIN_TOKEN']) {
			expect(after[name], name).not.toBe(before[name]);
		}
		expect(modeOf('.env')).toBe('600');
	});

	it.each([
		{ words: [], says: '--host: got nothing' },
		{ words: ['--host', 'https://calls.example.org'], says: '--host: got "https://calls.example.org"' },
		{ words: ['--host', 'localhost'], says: '--host: got "localhost"' },
		{ words: ['--host', '203.0.113.7'], says: '--host: got "203.0.113.7"' },
		{ words: ['--host', 'a b.example\nroot = 1'], says: '--host: got "a b.example\\nroot = 1"' },
		{
			words: [...good, '--signaling-host', 'Calls.Example.org'],
			says: '--signaling-host: got the name of --host'
		},
		{ words: ['--host', 'calls.example.org', '--ip', '203.0.113'], says: '--ip: got "203.0.113"' },
		{ words: ['--host', 'calls.example.org', '--ip', '203.0.113.7/10.0.0.5/8'], says: '--ip: got' },
		{ words: [...good, '--rooms', 'some'], says: '--rooms: got "some"' },
		{ words: [...good, '--certificates', '/nonexistent'], says: '--certificates: there is no' },
		{ words: [...good, '--hots'], says: "Unknown option '--hots'" }
	])('given $words, then one line says what is wrong and nothing is written', ({ words, says }) => {
		const { status, stdout, stderr } = makeSecrets(...words);

		expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
		expect(stderr.startsWith(says), stderr).toBe(true);
		expect(stderr.trimEnd().split('\n')).toHaveLength(1);
		expect(readdirSync(directory)).toEqual([]);
	});

	it('given the machine itself has the public address, then nothing is translated', () => {
		makeSecrets(...good);
		const { 'janus.jcfg': janus, 'turn.conf': turn } = rendered();

		expect(janus).toContain('ice_enforce_list = "203.0.113.7"');
		expect(janus).not.toContain('nat_1_1_mapping');
		expect(turn).toContain('relay-ip=203.0.113.7\n');
		expect(turn).not.toContain('external-ip');
	});

	it('given a NAT, then both addresses are offered and the relay may reach the media server behind it', () => {
		makeSecrets('--host', 'calls.example.org', '--ip', '203.0.113.7/10.0.0.5');
		const { 'janus.jcfg': janus, 'turn.conf': turn } = rendered();

		expect(janus).toContain('ice_enforce_list = "10.0.0.5"');
		expect(janus).toMatch(/nat_1_1_mapping = "203\.0\.113\.7"\n\s*keep_private_host = true\n/);
		expect(turn).toMatch(/^external-ip=203\.0\.113\.7\/10\.0\.0\.5$/m);
		expect(turn).toMatch(/^allowed-peer-ip=10\.0\.0\.5$/m);
	});

	it('given certificates of its own, then proxy and relay read the same two files', () => {
		for (const name of ['fullchain.pem', 'privkey.pem']) writeFileSync(join(directory, name), 'PEM');

		expect(makeSecrets(...good, '--certificates', directory).status).toBe(0);

		const { Caddyfile, 'turn.conf': turn } = rendered();
		expect(Caddyfile).toContain('tls /certificates/fullchain.pem /certificates/privkey.pem\n');
		expect(turn).toMatch(/^cert=\/certificates\/fullchain\.pem\npkey=\/certificates\/privkey\.pem$/m);
		expect(environment()['ROOST_CERTIFICATES']).toBe(directory);
	});

	it('given the relay, then it reaches into no private network, and IPv6 ranges do not make it refuse all of IPv4', () => {
		makeSecrets(...good);
		const denied = [...(rendered()['turn.conf'] ?? '').matchAll(/^denied-peer-ip=(.*)$/gm)].map(
			([, range]) => range
		);

		for (const first of ['10.0.0.0', '127.0.0.0', '169.254.0.0', '172.16.0.0', '192.168.0.0', '100.64.0.0']) {
			expect(
				denied.some((range) => range?.startsWith(`${first}-`)),
				first
			).toBe(true);
		}
		// coturn 4.6.1 finds every IPv4 address inside ::-::ffff:ffff:ffff
		expect(denied.filter((range) => range?.includes(':'))).toEqual([]);
	});
});

describe('the image of Roost', () => {
	it('given the packages that the server imports, then each is installed without those for development, or built in', async () => {
		const root = new URL('../../', import.meta.url);
		const files = ['server', 'src/lib/protocol'].flatMap((folder) =>
			readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
				.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('testing'))
				.map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))
		);
		const imported = files.flatMap((text) =>
			[...text.matchAll(/^(?:import (?!type\b)|\} from )(?:.* from )?'([^'.]+)';$/gm)].map(([, name]) => name)
		);
		const packages = [...new Set(imported)].filter((name) => name !== undefined && !name.startsWith('node:'));
		const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
			dependencies: Record<string, string>;
		};
		const { default: build } = await import('../../vite.server.config.ts');
		const available = [...Object.keys(dependencies), ...[build.ssr?.noExternal].flat()];

		expect(packages).toContain('fastify');
		expect(packages.filter((name) => !available.includes(name))).toEqual([]);
	});

	it('given what is built in it, then every file that the build takes part in gets into the image', () => {
		const root = fileURLToPath(new URL('../../', import.meta.url));
		const letIn = readFileSync(join(root, '.dockerignore'), 'utf8')
			.split('\n')
			.flatMap((line) => /^!(.+)/.exec(line)?.[1] ?? []);
		const seen = new Set<string>();
		const visit = (path: string) => {
			// code that a file writes imports what is not beside it
			if (seen.has(path) || !existsSync(path)) return;
			seen.add(path);
			for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+)'/g)) {
				visit(join(path, '..', String(name)));
			}
		};
		for (const name of ['vite.config.ts', 'vite.server.config.ts', 'svelte.config.js', 'scripts/build.mjs'])
			visit(join(root, name));
		const names = [...seen].map((path) => relative(root, path));

		expect(names).toContain('tools/vite/early-page.ts');
		expect(
			names.filter((name) => !letIn.some((start) => name === start || name.startsWith(`${start}/`)))
		).toEqual([]);
	});
});

describe('compose.yaml', () => {
	const compose = readFileSync(`${deploy}compose.yaml`, 'utf8');
	const dockerfile = readFileSync(`${deploy}services.Dockerfile`, 'utf8');
	const all = (text: string, pattern: RegExp) =>
		[...new Set([...text.matchAll(pattern)].map(([, found]) => found))].sort();

	it('given what make-secrets writes, then every variable and every file is there, and none is left over', () => {
		makeSecrets(...good);

		expect(all(compose, /\$\{(\w+)/g)).toEqual(Object.keys(environment()).sort());
		expect(all(compose, /\.\/run\/([\w.]+):/g)).toEqual(Object.keys(rendered()).sort());
	});

	it('given its services, then each has a stage of the Dockerfile that runs as a user and says whether it is well', () => {
		const targets = all(compose, /target: (\w+)/g);
		const stages = new Map(
			dockerfile
				.split(/^(?=FROM )/m)
				.slice(1)
				.map((stage) => [lineOf(stage, /^FROM .* AS (\w+)/), stage] as const)
		);

		expect(targets).toEqual(['janus', 'nats', 'proxy', 'signaling', 'turn']);
		for (const stage of targets.map((target) => stages.get(target))) {
			expect(stage).toMatch(/^USER service$/m);
			expect(stage).toMatch(/^HEALTHCHECK /m);
		}
		const roost = readFileSync(`${deploy}Dockerfile`, 'utf8');
		expect(roost).toMatch(/^USER node$[^]*^HEALTHCHECK [^]*\/readyz/m);
	});
});
