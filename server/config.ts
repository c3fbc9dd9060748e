import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { parseEnv } from 'node:util';
import { readBackends, type BackendConfig } from './config-backends.ts';
import { readPem } from './tls-files.ts';

/** How this server was asked to run. The table of names: the README, under "Configuration". */
export interface Config {
	/** 0 takes any free port */
	port: number;
	host: string;
	/** scheme, host and port as browsers see them; absent: taken from each request */
	publicUrl?: string;
	dataDir: string;
	/** the Nextcloud to stand in front of; absent: the embedded server */
	upstream?: UpstreamConfig;
	stunUrls: string[];
	turn?: { urls: string[]; secret: string };
	rooms: 'open' | 'closed';
	adminToken?: string;
	/** days that a room is kept which nobody uses; absent: for good */
	roomRetentionDays?: number;
	/** addresses and CIDR ranges whose forwarding headers are believed */
	trustedProxies: string[];
	/** origins of the pages that may hold Roost in a frame; empty: none may */
	embedders: string[];
	tls?: { certFile: string; keyFile: string };
	/** `internal`: browsers ask for signaling again and again, as without a socket */
	signalingMode: 'socket' | 'internal';
	/** an external signaling server in place of the embedded one: its base address without a slash at the end */
	signaling?: { url: string; secret: string };
	/** other servers that the embedded signaling is for as well */
	backends: BackendConfig[];
	logLevel: LogLevel;
}

export interface UpstreamConfig {
	/** with the path that Nextcloud is installed under, without a slash at the end */
	url: string;
	/** takes whatever certificate it shows */
	isInsecure: boolean;
}

type LogLevel = (typeof logLevels)[number];
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** A value this server cannot start with: one line for the one who set it. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
	constructor(variable: string, got: string, takes: string) {
		super(`${variable}: got ${got}, takes ${takes}`);
	}
}

/**
 * @param environment what the process was given; wins over the file
 * @param envFile a file of `NAME=value` lines; it may be absent
 * @throws {ConfigError} if it is there and cannot be read
 */
export function readEnvironment(environment: Environment, envFile: string): Environment {
	let text: string;
	try {
		text = readFileSync(envFile, 'utf8');
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'nothing';
		if (code === 'ENOENT') return environment;
		// what it says may close rooms: to run without it would be to open them
		throw new ConfigError('.env', code, 'a file that can be read, or none');
	}
	// some editors begin a file with a mark, which is no part of its first name
	return { ...parseEnv(text.replace(/^\uFEFF/, '')), ...environment };
}

/**
 * An empty value counts as unset.
 * @throws {ConfigError} for the first value that is wrong
 */
export function readConfig(environment: Environment): Config {
	const get = (name: string) => environment[name]?.trim() ?? '';
	const publicUrl = readPublicUrl(get('ROOST_PUBLIC_URL'));
	const turn = readTurn(get);
	const adminToken = readAdminToken(get('ROOST_ADMIN_TOKEN'));
	const roomRetentionDays = readDays('ROOST_ROOM_RETENTION_DAYS', get);
	const tls = readTls(get);
	const signaling = readSignaling(get);
	const upstream = readUpstream(get);
	return {
		port: readPort(get('PORT')),
		host: get('HOST') || '127.0.0.1',
		...(publicUrl !== undefined && { publicUrl }),
		dataDir: get('ROOST_DATA_DIR') || './data',
		...(upstream && { upstream }),
		stunUrls: readIceUrls('ROOST_STUN_URLS', get('ROOST_STUN_URLS'), ['stun', 'stuns']),
		...(turn && { turn }),
		rooms: readOneOf('ROOST_ROOMS', get('ROOST_ROOMS') || 'open', ['open', 'closed']),
		...(adminToken !== undefined && { adminToken }),
		...(roomRetentionDays !== undefined && { roomRetentionDays }),
		trustedProxies: readProxies(get('ROOST_TRUSTED_PROXIES')),
		embedders: readEmbedders(get('ROOST_EMBEDDERS')),
		...(tls && { tls }),
		signalingMode: readOneOf('ROOST_SIGNALING', get('ROOST_SIGNALING') || 'socket', ['socket', 'internal']),
		...(signaling && { signaling }),
		backends: readOtherBackends(get, publicUrl),
		logLevel: readOneOf('LOG_LEVEL', get('LOG_LEVEL') || 'info', logLevels)
	};
}

type Get = (name: string) => string;

function readOneOf<const Word extends string>(name: string, value: string, words: readonly Word[]): Word {
	const word = words.find((known) => known === value);
	if (word === undefined) throw new ConfigError(name, quote(value), `one of ${words.join(', ')}`);
	return word;
}

function readPort(value: string): number {
	if (value === '') return 3000;
	const port = Number(value);
	if (!/^\d{1,5}$/.test(value) || port > 65_535) {
		throw new ConfigError('PORT', quote(value), 'a whole number from 0 to 65535');
	}
	return port;
}

/** @returns undefined for what is unset */
function readDays(name: string, get: Get): number | undefined {
	const value = get(name);
	if (value === '') return undefined;
	const days = Number(value);
	if (!/^\d{1,5}$/.test(value) || days < 1) {
		throw new ConfigError(name, quote(value), 'a whole number of days from 1 to 99999');
	}
	return days;
}

function readPublicUrl(value: string): string | undefined {
	if (value === '') return undefined;
	const url = URL.canParse(value) ? new URL(value) : undefined;
	const isOrigin = url && ['http:', 'https:'].includes(url.protocol) && `${url.origin}/` === url.href;
	if (!isOrigin) {
		throw new ConfigError(
			'ROOST_PUBLIC_URL',
			quote(value),
			'scheme and host, such as https://calls.example.org'
		);
	}
	return url.origin;
}

/** What the upstream decides in place of this server; set beside it, it would do nothing. */
const decidedUpstream = [
	'ROOST_STUN_URLS',
	'ROOST_TURN_URLS',
	'ROOST_TURN_SECRET',
	'ROOST_ROOMS',
	'ROOST_ROOM_RETENTION_DAYS',
	'ROOST_BACKENDS',
	'ROOST_SIGNALING',
	'ROOST_SIGNALING_URL',
	'ROOST_SIGNALING_SECRET'
];

function readUpstream(get: Get): UpstreamConfig | undefined {
	const value = get('ROOST_UPSTREAM');
	const certificates = get('ROOST_UPSTREAM_TLS');
	if (value === '') {
		if (certificates === '') return undefined;
		throw new ConfigError('ROOST_UPSTREAM', 'nothing', 'the server that ROOST_UPSTREAM_TLS is about');
	}
	const url = URL.canParse(value) ? new URL(value) : undefined;
	const isPlain = url && [url.username, url.password, url.search, url.hash].every((part) => part === '');
	// the address of a page, as browsers show it, has nothing below it
	const isPage = /\/(index\.php|call)(\/|$)/.test(url?.pathname ?? '');
	if (!isPlain || isPage || !['http:', 'https:'].includes(url.protocol)) {
		throw new ConfigError(
			'ROOST_UPSTREAM',
			quote(value.replace(/\/\/[^/]*@/, '//…@')),
			'the address of a Nextcloud, such as https://cloud.example.org'
		);
	}
	if (certificates !== '' && url.protocol !== 'https:') {
		throw new ConfigError('ROOST_UPSTREAM_TLS', quote(certificates), 'an upstream that speaks https');
	}
	for (const name of decidedUpstream) {
		if (get(name) !== '') {
			throw new ConfigError(name, 'a value', 'none beside ROOST_UPSTREAM, which decides that itself');
		}
	}
	return {
		url: url.href.replace(/\/+$/, ''),
		isInsecure:
			readOneOf('ROOST_UPSTREAM_TLS', certificates || 'verify', ['verify', 'insecure']) === 'insecure'
	};
}

const list = (value: string) =>
	value
		.split(',')
		.map((item) => item.trim())
		.filter((item) => item !== '');

/** Of RFC 7064 and 7065: a browser that is given anything else makes no connection at all, with no server. */
const iceForm =
	/^(?:stuns?|(turns?)):(?:[\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?(?:\?transport=(?:udp|tcp))?$/i;

function isIceUrl(url: string): boolean {
	const [whole, relay, port = '3478'] = iceForm.exec(url) ?? [];
	const isPort = Number(port) > 0 && Number(port) <= 65_535;
	return whole !== undefined && isPort && (relay !== undefined || !url.includes('?'));
}

function readIceUrls(name: string, value: string, schemes: string[]): string[] {
	const urls = list(value);
	for (const url of urls) {
		if (!schemes.includes(url.split(':')[0] ?? '') || !isIceUrl(url)) {
			throw new ConfigError(
				name,
				quote(url),
				`addresses such as ${schemes[0] ?? ''}:host:3478, separated by commas`
			);
		}
	}
	return urls;
}

function readTurn(get: Get): Config['turn'] {
	const urls = readIceUrls('ROOST_TURN_URLS', get('ROOST_TURN_URLS'), ['turn', 'turns']);
	const secret = get('ROOST_TURN_SECRET');
	if (urls.length === 0 && secret === '') return undefined;
	if (secret === '') {
		throw new ConfigError('ROOST_TURN_SECRET', 'nothing', 'the secret of the servers in ROOST_TURN_URLS');
	}
	if (urls.length === 0) {
		throw new ConfigError('ROOST_TURN_URLS', 'nothing', 'the servers that ROOST_TURN_SECRET belongs to');
	}
	return { urls, secret };
}

function readSignaling(get: Get): Config['signaling'] {
	const [given, secret] = [get('ROOST_SIGNALING_URL'), get('ROOST_SIGNALING_SECRET')];
	if (given === '' && secret === '') return undefined;
	if (given === '') {
		throw new ConfigError(
			'ROOST_SIGNALING_URL',
			'nothing',
			'the server that ROOST_SIGNALING_SECRET belongs to'
		);
	}
	const url = URL.canParse(given) ? new URL(given) : undefined;
	const isBase = url && `${url.protocol}//${url.host}${url.pathname}` === url.href;
	if (!isBase || !['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) {
		throw new ConfigError(
			'ROOST_SIGNALING_URL',
			quote(given.replace(/\/\/[^/]*@/, '//…@')),
			'the base address of a signaling server, such as https://signaling.example.org'
		);
	}
	if (secret === '') {
		throw new ConfigError(
			'ROOST_SIGNALING_SECRET',
			'nothing',
			'the secret that the signaling server has for us'
		);
	}
	if (get('ROOST_SIGNALING') === 'internal') {
		throw new ConfigError('ROOST_SIGNALING', '"internal"', '"socket" or nothing beside ROOST_SIGNALING_URL');
	}
	return { url: url.href.replace(/\/+$/, ''), secret };
}

/** For the embedded signaling only: there is no other that could ask them. */
function readOtherBackends(get: Get, publicUrl: string | undefined): BackendConfig[] {
	const name = 'ROOST_BACKENDS';
	const backends = readBackends(get(name), (got, takes) => {
		throw new ConfigError(name, got, takes);
	});
	if (backends.length === 0) return backends;
	if (get('ROOST_SIGNALING_URL') !== '' || get('ROOST_SIGNALING') === 'internal') {
		throw new ConfigError(name, 'a value', 'none without the embedded signaling socket');
	}
	if (backends.some(({ base }) => base === publicUrl)) {
		throw new ConfigError(name, 'the address in ROOST_PUBLIC_URL', 'other servers: this one needs no entry');
	}
	return backends;
}

function readAdminToken(value: string): string | undefined {
	if (value === '') return undefined;
	if (!/^[\x21-\x7e]{16,}$/.test(value)) {
		throw new ConfigError(
			'ROOST_ADMIN_TOKEN',
			`${value.length} characters`,
			'16 or more, visible and without spaces'
		);
	}
	return value;
}

function readProxies(value: string): string[] {
	const proxies = list(value);
	for (const proxy of proxies) {
		const [address = '', bits, ...rest] = proxy.split('/');
		const widest = isIP(address) === 4 ? 32 : 128;
		const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest);
		if (isIP(address) === 0 || !isRange || rest.length > 0) {
			throw new ConfigError(
				'ROOST_TRUSTED_PROXIES',
				quote(proxy),
				'addresses such as 127.0.0.1 or 10.0.0.0/8, separated by commas'
			);
		}
	}
	return proxies;
}

function readEmbedders(value: string): string[] {
	return list(value).map((embedder) => {
		const url = URL.canParse(embedder) ? new URL(embedder) : undefined;
		const isOrigin = url && ['http:', 'https:'].includes(url.protocol) && `${url.origin}/` === url.href;
		// a name with a star would let in whoever gets a name below it
		if (!isOrigin || url.host.includes('*')) {
			throw new ConfigError(
				'ROOST_EMBEDDERS',
				quote(embedder),
				'scheme and host of each site, such as https://www.example.org, separated by commas'
			);
		}
		return url.origin;
	});
}

function readTls(get: Get): Config['tls'] {
	const certFile = get('ROOST_TLS_CERT');
	const keyFile = get('ROOST_TLS_KEY');
	if (certFile === '' && keyFile === '') return undefined;
	const missing = certFile === '' ? 'ROOST_TLS_CERT' : 'ROOST_TLS_KEY';
	if (certFile === '' || keyFile === '') {
		throw new ConfigError(missing, 'nothing', 'a PEM file: certificate and key belong together');
	}
	const cert = readTlsFile('ROOST_TLS_CERT', certFile);
	const key = readTlsFile('ROOST_TLS_KEY', keyFile);
	try {
		createSecureContext({ cert, key });
	} catch {
		throw new ConfigError('ROOST_TLS_CERT', quote(certFile), 'a PEM certificate that fits ROOST_TLS_KEY');
	}
	return { certFile, keyFile };
}

function readTlsFile(name: string, file: string): string {
	try {
		return readPem(file);
	} catch {
		throw new ConfigError(name, quote(file), 'a PEM file that can be read and has something in it');
	}
}

/** One line whatever was in the value. */
const quote = (value: string) => JSON.stringify(value.slice(0, 200));
