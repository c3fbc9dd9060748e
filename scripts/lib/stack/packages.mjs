import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { at } from '../project.mjs';

/** Of each program the packages that bring it. */
const programs = {
	janus: ['janus'],
	'nats-server': ['nats-server'],
	turnserver: ['coturn'],
	ip: ['iproute2'],
	// what tells whether words are understood at the other end
	pocketsphinx_continuous: ['pocketsphinx', 'pocketsphinx-en-us']
};
/** The same for `npm run test:proxies`. */
export const proxyPrograms = {
	nginx: ['nginx-light'],
	caddy: ['caddy'],
	openssl: ['openssl'],
	'systemd-analyze': ['systemd']
};
/** Archives are far away, and somebody else may be installing: neither is a fault yet. */
const patience = ['Acquire::Retries=3', 'DPkg::Lock::Timeout=120'].flatMap((option) => ['-o', option]);
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const isThere = (program) => folders.some((folder) => existsSync(join(folder, program)));

/** Asked by packages whether they may start what they bring: it would go on running after us. */
const policyFile = '/usr/sbin/policy-rc.d';
const policy = '#!/bin/sh\n# for as long as a test of Roost installs packages\nexit 101\n';
/** What those packages start with the machine, if they are let. */
const daemons = ['janus', 'nats-server', 'coturn', 'nginx', 'caddy'];

function run(command, args, options = {}) {
	const { status, stdout, stderr } = spawnSync(command, args, {
		encoding: 'utf8',
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
		...options
	});
	if (status !== 0) throw new Error(`${command} ${args.join(' ')}:\n${stdout ?? ''}${stderr ?? ''}`);
	return stdout;
}

/**
 * Installs what is missing of these programs.
 * @param needed of each program the packages that bring it; if absent, media server, message broker, TURN server and tools
 */
export async function ensurePackages(needed = programs) {
	const missing = Object.keys(needed).filter((program) => !isThere(program));
	if (missing.length === 0) return;
	const names = missing.flatMap((program) => needed[program]);
	console.error(`Installing ${names.join(', ')} …`);
	// ours also when an earlier run was killed before it could take it away
	const isOurs = !existsSync(policyFile) || readFileSync(policyFile, 'utf8') === policy;
	// heard only when apt-get has ended: nothing is left half installed, nor the file below
	const end = () => process.exit(130);
	for (const signal of interrupts) process.on(signal, end);
	if (isOurs) {
		writeFileSync(policyFile, policy);
		chmodSync(policyFile, 0o755);
	}
	try {
		run('apt-get', [...patience, '-qq', 'update']);
		run('apt-get', [...patience, '-qq', 'install', '-y', '--no-install-recommends', ...names]);
		for (const daemon of daemons.filter((name) => names.some((got) => got.startsWith(name))))
			dontStart(daemon);
	} finally {
		if (isOurs) rmSync(policyFile, { force: true });
		await turn();
		for (const signal of interrupts) process.off(signal, end);
	}
}

/** Not with the machine either. Some systems have the one command, some the other, some both, some none. */
function dontStart(daemon) {
	spawnSync('update-rc.d', [daemon, 'disable']);
	spawnSync('systemctl', ['disable', '--quiet', daemon]);
}

const serverPackage = 'nextcloud-spreed-signaling';
/** An older one that is widely installed, and the newest: where Debian has them. */
const wanted = [
	{ key: 'older', suites: ['bookworm-backports', 'trixie'], versions: /^1\./ },
	{ key: 'newest', suites: ['sid'], versions: /^[2-9]\./ }
];

/**
 * Unpacks the signaling servers that are not there yet, without installing them.
 * @param chosen beginning of the one version that is wanted; empty for all
 * @returns `{ version, binary }` of each, oldest first
 */
export async function ensureSignalingServers(chosen) {
	const found = [];
	for (const { key, suites, versions } of wanted) {
		if (chosen !== '' && !versions.test(`${chosen}.`.replace(/\.\.$/, '.'))) continue;
		found.push(unpacked(key) ?? unpack(key, suites, versions));
	}
	const fitting = found.filter(({ version }) => version.startsWith(chosen));
	if (fitting.length > 0) return fitting;
	throw new Error(`no signaling server of version ${chosen}, but ${found.map(({ version }) => version)}`);
}

/**
 * Unpacks the load client of the signaling server if it is not there yet, without installing it.
 * @returns the path of its program
 */
export async function ensureLoadClient() {
	const [key, name] = ['load-client', `${serverPackage}-client`];
	return (unpacked(key, name) ?? unpack(key, ['sid'], /^[2-9]\./, name)).binary;
}

const folderOf = (key) => at('.cache/roost-stack', key);

function unpacked(key, program = `${serverPackage}-server`) {
	const stamp = join(folderOf(key), 'version');
	if (!existsSync(stamp)) return undefined;
	const binary = join(folderOf(key), 'root/usr/bin', program);
	return { version: readFileSync(stamp, 'utf8'), binary };
}

/** @param program the package of a client is called as its program, that of the server is not */
function unpack(key, suites, versions, program) {
	const name = program ?? serverPackage;
	const failures = [];
	for (const suite of suites) {
		try {
			console.error(`Unpacking ${name} of ${suite} …`);
			download({ key, name, suite, versions });
			return unpacked(key, program);
		} catch (error) {
			failures.push(`${suite}: ${error.message}`);
		}
	}
	throw new Error(`no ${name} could be had:\n${failures.join('\n')}`);
}

/** From the archive that this machine uses anyway, checked by apt, with lists of its own. */
function download({ key, name, suite, versions }) {
	const folder = folderOf(key);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(join(folder, 'lists/partial'), { recursive: true });
	const format = '$(REPO_URI) $(COMPONENT)';
	// as configured: its lists may never have been read here
	const unread = ['-o', 'APT::Get::IndexTargets::ReleaseInfo=false'];
	const sources = run('apt-get', [...unread, 'indextargets', '--format', format, 'Created-By: Packages']);
	const [uri] =
		sources
			.split('\n')
			.map((line) => line.split(' '))
			.find(([address = '', component]) => component === 'main' && /\/debian\/?$/.test(address)) ?? [];
	if (uri === undefined) throw new Error('no Debian archive is configured here');
	const list = join(folder, 'sources.list');
	writeFileSync(
		list,
		`deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${suite} main\n`
	);
	const options = [
		`Dir::Etc::sourcelist=${list}`,
		'Dir::Etc::sourceparts=/dev/null',
		`Dir::State::lists=${join(folder, 'lists')}`,
		'Dir::Cache::pkgcache=',
		'Dir::Cache::srcpkgcache=',
		'APT::Sandbox::User=root'
	].flatMap((option) => ['-o', option]);
	options.push(...patience);
	run('apt-get', [...options, '-qq', 'update']);
	const candidates = run('apt-cache', [...options, 'madison', name])
		.split('\n')
		.map((line) => line.split('|')[1]?.trim() ?? '');
	const full = candidates.find((candidate) => versions.test(candidate));
	if (full === undefined) throw new Error(`it has ${candidates.filter(Boolean).join(', ') || 'none'}`);
	run('apt-get', [...options, '-qq', 'download', `${name}=${full}`], { cwd: folder });
	const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
	run('dpkg-deb', ['-x', join(folder, archive), join(folder, 'root')]);
	rmSync(join(folder, archive));
	rmSync(join(folder, 'lists'), { recursive: true });
	writeFileSync(join(folder, 'version'), full.replace(/-.*$/, ''));
}
