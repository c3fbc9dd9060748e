import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const usage = `
node deploy/make-secrets.mjs --host NAME [--signaling-host NAME] [--ip ADDRESS[/LOCAL]] [--rooms open|closed]
                             [--certificates DIRECTORY] [--to DIRECTORY] [--force]

Makes the secrets and the configuration of a server that deploy/compose.yaml runs: .env and run/ beside that file.
Plain Node, no packages. Afterwards: docs/deployment.md.

--host            the name that people open, such as calls.example.org
--signaling-host  a second name for the signaling server; without it, it is at /standalone-signaling of the first
--ip              the IPv4 address that media is sent to; behind a NAT that maps every port, public/local.
                  Without it: the one public address of this machine
--rooms           closed (default): who has ROOST_ADMIN_TOKEN of .env makes rooms; open: anyone
--certificates    a directory with fullchain.pem and privkey.pem; without it the proxy gets certificates by itself
--to              write there instead
--force           make everything anew, also the secrets, over what is there`;

const here = fileURLToPath(new URL('.', import.meta.url));

/** A word of the command line that is wrong, or a file that is in the way: one line, and the status to end with. */
class Refused extends Error {
	constructor(message, status = 2) {
		super(message);
		this.status = status;
	}
}

function readWords(words) {
	const text = { type: 'string' };
	try {
		return parseArgs({
			args: words,
			options: {
				host: text,
				'signaling-host': text,
				ip: text,
				rooms: { ...text, default: 'closed' },
				certificates: text,
				to: { ...text, default: here },
				force: { type: 'boolean', default: false }
			}
		}).values;
	} catch (error) {
		throw new Refused(error.message.split('\n')[0]);
	}
}

/** @returns the name in lower case: configurations compare names letter by letter */
function hostName(option, value) {
	const name = value.toLowerCase();
	const isName = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]{0,61}[a-z\d]$/.test(name);
	if (isName && name.length <= 253) return name;
	throw new Refused(`${option}: got ${JSON.stringify(value)}, takes a host name such as calls.example.org`);
}

/** Ranges of IPv4 that nobody on the internet is reached at. */
const notPublic = new BlockList();
for (const range of [
	'0.0.0.0/8',
	'10.0.0.0/8',
	'100.64.0.0/10',
	'127.0.0.0/8',
	'169.254.0.0/16',
	'172.16.0.0/12',
	'192.0.0.0/24',
	'192.0.2.0/24',
	'192.168.0.0/16',
	'198.18.0.0/15',
	'198.51.100.0/24',
	'203.0.113.0/24',
	'224.0.0.0/3'
]) {
	const [address, bits] = range.split('/');
	notPublic.addSubnet(address, Number(bits));
}

function publicAddresses() {
	return Object.values(networkInterfaces())
		.flatMap((addresses) => addresses ?? [])
		.filter(({ family, address }) => family === 'IPv4' && !notPublic.check(address))
		.map(({ address }) => address);
}

/** @returns where media is sent to, and the address of the machine's own interface that it arrives at */
function mediaAddresses(value) {
	if (value === undefined) {
		const found = publicAddresses();
		if (found.length === 1) return { publicIp: found[0], localIp: found[0] };
		const had = found.length === 0 ? 'no public address' : `several public addresses (${found.join(', ')})`;
		throw new Refused(
			`--ip: this machine has ${had}, say which: --ip 203.0.113.7, or --ip public/local behind NAT`
		);
	}
	const [publicIp = '', localIp = publicIp, ...more] = value.split('/');
	if (isIPv4(publicIp) && isIPv4(localIp) && more.length === 0) return { publicIp, localIp };
	throw new Refused(
		`--ip: got ${JSON.stringify(value)}, takes 203.0.113.7, or 203.0.113.7/10.0.0.5 behind NAT`
	);
}

function readSettings(words) {
	const values = readWords(words);
	if (values.host === undefined)
		throw new Refused('--host: got nothing, takes the name that people will open');
	const host = hostName('--host', values.host);
	const second = values['signaling-host'];
	const signalingHost = second === undefined ? undefined : hostName('--signaling-host', second);
	if (signalingHost === host)
		throw new Refused('--signaling-host: got the name of --host, takes another one');
	if (!['open', 'closed'].includes(values.rooms)) {
		throw new Refused(`--rooms: got ${JSON.stringify(values.rooms)}, takes open or closed`);
	}
	const { certificates } = values;
	const missing = ['fullchain.pem', 'privkey.pem'].find(
		(name) => certificates !== undefined && !existsSync(join(certificates, name))
	);
	if (missing !== undefined) throw new Refused(`--certificates: there is no ${join(certificates, missing)}`);
	return {
		host,
		signalingHost,
		...mediaAddresses(values.ip),
		rooms: values.rooms,
		certificates: certificates === undefined ? undefined : resolve(certificates),
		directory: resolve(values.to),
		isForced: values.force
	};
}

/** 64 hexadecimal digits: they need no quotes in any of the files. */
const newSecret = () => randomBytes(32).toString('hex');

/** Where the proxy keeps what it got from Let's Encrypt, as the TURN server sees it. */
const issued = '/certificates/caddy/certificates/acme-v02.api.letsencrypt.org-directory';

/** What the templates name. An empty value takes its line with it. */
function valuesOf({ host, signalingHost, publicIp, localIp, certificates }) {
	const hasNat = publicIp !== localIp;
	const own = '/certificates/fullchain.pem';
	const ownKey = '/certificates/privkey.pem';
	return {
		host,
		signalingHost: signalingHost ?? '',
		publicUrl: `https://${host}`,
		localIp,
		// browsers reach the public one; the TURN server, which is inside with it, the local one
		janusNat: hasNat ? `nat_1_1_mapping = "${publicIp}"\n\tkeep_private_host = true` : '',
		turnNat: hasNat ? `external-ip=${publicIp}/${localIp}` : '',
		tls: certificates === undefined ? '' : `tls ${own} ${ownKey}`,
		certificate: certificates === undefined ? `${issued}/${host}/${host}.crt` : own,
		certificateKey: certificates === undefined ? `${issued}/${host}/${host}.key` : ownKey,
		turnSecret: newSecret(),
		signalingSecret: newSecret(),
		internalSecret: newSecret(),
		sessionHashKey: newSecret(),
		// AES takes a key of 16, 24 or 32 characters
		sessionBlockKey: randomBytes(16).toString('hex'),
		janusAdminSecret: newSecret()
	};
}

function render(template, values) {
	const valueOf = (name) => {
		if (!Object.hasOwn(values, name)) throw new Error(`a template asks for ${name}, which nobody has`);
		return values[name];
	};
	return template
		.replace(/^\s*\{\{(\w+)\}\}\n/gm, (line, name) => (valueOf(name) === '' ? '' : line))
		.replace(/\{\{(\w+)\}\}/g, (_, name) => valueOf(name));
}

const templates = (signalingHost) => ({
	'nats.conf': 'nats.conf',
	'janus.jcfg': 'janus.jcfg',
	'janus.transport.websockets.jcfg': 'janus.transport.websockets.jcfg',
	'janus.plugin.videoroom.jcfg': 'janus.plugin.videoroom.jcfg',
	'turn.conf': 'turn.conf',
	'signaling.conf': 'signaling.conf',
	Caddyfile: signalingHost === undefined ? 'Caddyfile.one-name' : 'Caddyfile.two-names'
});

function environmentOf({ host, signalingHost, rooms, certificates }, { turnSecret, signalingSecret }) {
	const turn = [`turn:${host}:3478?transport=udp`, `turn:${host}:3478?transport=tcp`];
	return {
		ROOST_HOST: host,
		ROOST_SIGNALING_HOST: signalingHost ?? host,
		ROOST_PUBLIC_URL: `https://${host}`,
		ROOST_SIGNALING_URL:
			signalingHost === undefined ? `https://${host}/standalone-signaling` : `https://${signalingHost}`,
		ROOST_SIGNALING_SECRET: signalingSecret,
		ROOST_STUN_URLS: `stun:${host}:3478`,
		ROOST_TURN_URLS: [...turn, `turns:${host}:5349?transport=tcp`].join(','),
		ROOST_TURN_SECRET: turnSecret,
		ROOST_ROOMS: rooms,
		ROOST_ADMIN_TOKEN: newSecret(),
		// days; none: rooms stay for good
		ROOST_ROOM_RETENTION_DAYS: '',
		// sites that may hold a call in a frame
		ROOST_EMBEDDERS: '',
		// a volume of compose.yaml, or a directory of this machine
		ROOST_CERTIFICATES: certificates ?? 'proxy-data',
		LOG_LEVEL: 'info'
	};
}

function write(file, text, mode) {
	writeFileSync(file, text, { mode });
	// the mode above holds for a new file only, and less what the umask takes away
	chmodSync(file, mode);
}

function makeSecrets(settings) {
	const { directory, signalingHost, isForced } = settings;
	const environmentFile = join(directory, '.env');
	const run = join(directory, 'run');
	const inTheWay = [environmentFile, run].find((path) => existsSync(path));
	if (inTheWay !== undefined && !isForced) {
		throw new Refused(`${inTheWay} is there already: --force makes everything anew, also the secrets`, 1);
	}
	const values = valuesOf(settings);
	const files = Object.entries(templates(signalingHost)).map(([name, template]) => {
		return [name, render(readFileSync(join(here, 'config', template), 'utf8'), values)];
	});
	// nobody else of this machine gets into the directory; inside it the files are read by the users of the containers
	mkdirSync(run, { recursive: true, mode: 0o700 });
	chmodSync(run, 0o700);
	for (const [name, text] of files) write(join(run, name), text, 0o644);
	const lines = Object.entries(environmentOf(settings, values)).map(([name, value]) => `${name}=${value}\n`);
	write(environmentFile, lines.join(''), 0o600);
	return { environmentFile, run };
}

function whatNext({ host, signalingHost, publicIp, localIp }, { environmentFile, run }) {
	const names = signalingHost === undefined ? host : `${host} and ${signalingHost}`;
	const isHere = Object.values(networkInterfaces()).some((list) =>
		list?.some(({ address }) => address === localIp)
	);
	const elsewhere = `This machine does not have ${localIp}: the files are for the one that has it.\n`;
	return `Secrets are in ${relative('.', environmentFile)}, configurations in ${relative('.', run)}.
${isHere ? '' : elsewhere}
Next:
  1. DNS: ${names} at ${publicIp}
  2. open 80/tcp, 443/tcp, 3478/udp, 3478/tcp, 5349/tcp, 20000-24999/udp, 30000-34999/udp
  3. docker compose -f deploy/compose.yaml up -d --build
  4. docker compose -f deploy/compose.yaml ps        until all of them are healthy
  5. https://${host}/call/demo

If one of them does not get healthy: docs/deployment.md`;
}

const words = process.argv.slice(2);
if (words.some((word) => word === '--help' || word === '-h')) {
	console.log(usage.trim());
} else {
	try {
		const settings = readSettings(words);
		console.log(whatNext(settings, makeSecrets(settings)));
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		console.error(error.message);
		process.exitCode = error.status;
	}
}
