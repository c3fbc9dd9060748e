import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError, readConfig, readEnvironment } from './config.ts';
import { certificates } from './testing/certificates.ts';

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost config '));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('given nothing, when the configuration is read, then it is that of the README', () => {
	expect(readConfig({})).toEqual({
		port: 3000,
		host: '127.0.0.1',
		dataDir: './data',
		stunUrls: [],
		rooms: 'open',
		trustedProxies: [],
		embedders: [],
		signalingMode: 'socket',
		backends: [],
		logLevel: 'info'
	});
});

it('given everything, when the configuration is read, then all of it counts', () => {
	const config = readConfig({
		PORT: '0',
		HOST: '::1',
		ROOST_PUBLIC_URL: 'https://Calls.Example:8443/',
		ROOST_DATA_DIR: '/srv/roost data',
		ROOST_STUN_URLS: 'stun:a:3478, stuns:b ,',
		ROOST_TURN_URLS: 'turn:a:3478?transport=udp,turns:[::1]:5349',
		ROOST_TURN_SECRET: 'hush',
		ROOST_ROOMS: 'closed',
		ROOST_ROOM_RETENTION_DAYS: '90',
		ROOST_ADMIN_TOKEN: '0123456789abcdef',
		ROOST_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8,fd00::/8',
		ROOST_EMBEDDERS: 'https://WWW.Example, http://localhost:8080/',
		ROOST_SIGNALING: 'socket',
		ROOST_BACKENDS: 'https://Cloud.Example/nextcloud/ 0123456789abcdef, http://[::1]:*/auth fedcba9876543210',
		LOG_LEVEL: 'debug'
	});

	expect(config).toEqual({
		port: 0,
		host: '::1',
		publicUrl: 'https://calls.example:8443',
		dataDir: '/srv/roost data',
		stunUrls: ['stun:a:3478', 'stuns:b'],
		turn: { urls: ['turn:a:3478?transport=udp', 'turns:[::1]:5349'], secret: 'hush' },
		rooms: 'closed',
		adminToken: '0123456789abcdef',
		roomRetentionDays: 90,
		trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
		embedders: ['https://www.example', 'http://localhost:8080'],
		signalingMode: 'socket',
		backends: [
			{ base: 'https://cloud.example/nextcloud', anyPort: false, secret: '0123456789abcdef' },
			{ base: 'http://[::1]/auth', anyPort: true, secret: 'fedcba9876543210' }
		],
		logLevel: 'debug'
	});
});

it.each([
	['PORT', '70000'],
	['PORT', '-1'],
	['PORT', '80 '.repeat(2)],
	['PORT', 'http'],
	['ROOST_PUBLIC_URL', 'calls.example'],
	['ROOST_PUBLIC_URL', 'https://calls.example/path'],
	['ROOST_PUBLIC_URL', 'ftp://calls.example'],
	['ROOST_STUN_URLS', 'turn:a'],
	['ROOST_STUN_URLS', 'stun:'],
	['ROOST_STUN_URLS', 'stun:a:99999'],
	['ROOST_STUN_URLS', 'stun:a:0'],
	['ROOST_STUN_URLS', 'stun:a:port'],
	['ROOST_STUN_URLS', 'stun:2001:db8::1'],
	['ROOST_STUN_URLS', 'stun:a:3478?transport=udp'],
	['ROOST_TURN_URLS', 'turn://a'],
	['ROOST_TURN_URLS', 'turn:user:word@a:3478'],
	['ROOST_TURN_URLS', 'turn:a:3478?tcp'],
	['ROOST_TURN_URLS', 'turn:a:3478?transport=sctp'],
	['ROOST_TURN_SECRET', ''],
	['ROOST_EMBEDDERS', '*'],
	['ROOST_EMBEDDERS', 'www.example'],
	['ROOST_EMBEDDERS', 'https://*.example'],
	['ROOST_EMBEDDERS', 'https://www.example/path'],
	['ROOST_EMBEDDERS', 'https://a.example; script-src *'],
	['ROOST_ROOMS', 'Open'],
	['ROOST_ROOM_RETENTION_DAYS', '0'],
	['ROOST_ROOM_RETENTION_DAYS', '1.5'],
	['ROOST_ROOM_RETENTION_DAYS', 'never'],
	['ROOST_ADMIN_TOKEN', 'short'],
	['ROOST_TRUSTED_PROXIES', 'proxy.example'],
	['ROOST_TRUSTED_PROXIES', '10.0.0.0/33'],
	['ROOST_TRUSTED_PROXIES', '10.0.0.0/8/8'],
	['ROOST_TLS_CERT', '/nowhere.pem'],
	['ROOST_SIGNALING', 'pigeon'],
	['ROOST_UPSTREAM', 'cloud.example'],
	['ROOST_UPSTREAM', 'ftp://cloud.example'],
	['ROOST_UPSTREAM', 'https://cloud.example/?x'],
	['ROOST_UPSTREAM', 'https://ann:hush@cloud.example'],
	['ROOST_UPSTREAM', 'https://cloud.example/nextcloud/index.php/'],
	['ROOST_UPSTREAM', 'https://cloud.example/call/abcd1234'],
	['ROOST_SIGNALING_URL', 'signaling.example'],
	['ROOST_SIGNALING_URL', 'ftp://signaling.example'],
	['ROOST_SIGNALING_URL', 'https://signaling.example/?room=1'],
	['ROOST_SIGNALING_URL', 'https://user:word@signaling.example'],
	['ROOST_SIGNALING_URL', ''],
	['ROOST_SIGNALING_SECRET', ''],
	['ROOST_BACKENDS', 'https://cloud.example'],
	['ROOST_BACKENDS', 'https://cloud.example short'],
	['ROOST_BACKENDS', 'cloud.example 0123456789abcdef'],
	['ROOST_BACKENDS', 'ftp://cloud.example 0123456789abcdef'],
	['ROOST_BACKENDS', 'https://ann:hush@cloud.example 0123456789abcdef'],
	['ROOST_BACKENDS', 'https://cloud.example/?room=1 0123456789abcdef'],
	['ROOST_BACKENDS', 'https://cloud.example 0123456789abcdef more'],
	['ROOST_BACKENDS', 'https://cloud.example:* 0123456789abcdef'],
	['ROOST_BACKENDS', 'https://a.example 0123456789abcdef, https://a.example/ fedcba9876543210'],
	['LOG_LEVEL', 'loud']
])('given %s=%s, when the configuration is read, then one line names it', (name, value) => {
	const together = {
		ROOST_TURN_SECRET: { ROOST_TURN_URLS: 'turn:a' },
		ROOST_TURN_URLS: { ROOST_TURN_SECRET: 'x' },
		ROOST_TLS_CERT: { ROOST_TLS_KEY: '/k' },
		ROOST_SIGNALING_URL: { ROOST_SIGNALING_SECRET: 'hush' },
		ROOST_SIGNALING_SECRET: { ROOST_SIGNALING_URL: 'https://signaling.example' }
	};

	const read = () =>
		readConfig({ ...Object.entries(together).find(([key]) => key === name)?.[1], [name]: value });

	expect(read).toThrow(ConfigError);
	expect(read).toThrow(new RegExp(`^${name}: got .+, takes .+$`));
});

it.each([
	['https://signaling.example', 'https://signaling.example'],
	['wss://Signaling.Example:8443/', 'wss://signaling.example:8443'],
	['http://[::1]:8081/standalone-signaling/', 'http://[::1]:8081/standalone-signaling']
])('given the signaling server %s, when the configuration is read, then it is %s', (given, url) => {
	const { signaling } = readConfig({ ROOST_SIGNALING_URL: given, ROOST_SIGNALING_SECRET: 'hush' });

	expect(signaling).toEqual({ url, secret: 'hush' });
});

it.each([
	['no socket', { ROOST_SIGNALING: 'internal' }],
	[
		'another signaling server',
		{ ROOST_SIGNALING_URL: 'https://signaling.example', ROOST_SIGNALING_SECRET: 'hush' }
	],
	['its own address among them', { ROOST_PUBLIC_URL: 'https://cloud.example' }],
	['a gateway', { ROOST_UPSTREAM: 'https://other.example' }]
])('given other backends and %s, when the configuration is read, then it is refused', (_case, beside) => {
	const read = () => readConfig({ ...beside, ROOST_BACKENDS: 'https://cloud.example swordfish-and-more' });

	expect(read).toThrow(/^ROOST_BACKENDS: got ((?!swordfish).)+, takes .+$/);
});

it.each(['https://cloud.example swordfish', 'swordfish-and-more https://cloud.example'])(
	'given other backends and a secret that is wrong, when that is said, then the secret is not',
	(value) => {
		expect(() => readConfig({ ROOST_BACKENDS: value })).toThrow(/^((?!swordfish).)*$/);
	}
);

it('given a secret that is wrong, when that is said, then the secret is not', () => {
	expect(() => readConfig({ ROOST_ADMIN_TOKEN: 'swordfish' })).toThrow(/^((?!swordfish).)*$/);
});

it('given a certificate and the key of another, when they are read, then they are refused', () => {
	const file = (name: string) => join(directory, name);
	for (const [name, { cert, key }] of Object.entries(certificates)) {
		writeFileSync(file(`${name}.crt`), cert);
		writeFileSync(file(`${name}.key`), key);
	}

	expect(readConfig({ ROOST_TLS_CERT: file('a.crt'), ROOST_TLS_KEY: file('a.key') }).tls).toBeDefined();
	expect(() => readConfig({ ROOST_TLS_CERT: file('a.crt'), ROOST_TLS_KEY: file('b.key') })).toThrow(
		/^ROOST_TLS_CERT: /
	);
	expect(() => readConfig({ ROOST_TLS_CERT: file('a.crt') })).toThrow(/^ROOST_TLS_KEY: got nothing/);
});

it.each(['ROOST_TLS_CERT', 'ROOST_TLS_KEY'])(
	'given an empty file, when it is read as %s, then it is refused',
	(name) => {
		const file = (text: string) => {
			const path = join(directory, `${text.length}.pem`);
			writeFileSync(path, text);
			return path;
		};
		const files = { ROOST_TLS_CERT: file(certificates.a.cert), ROOST_TLS_KEY: file(certificates.a.key) };

		expect(() => readConfig({ ...files, [name]: file('') })).toThrow(
			new RegExp(`^${name}: got .+, takes .+$`)
		);
	}
);

it('given a file of settings, when the environment is read, then the environment itself wins', () => {
	const file = join(directory, '.env');
	writeFileSync(file, '# comment\nPORT=4000\nHOST="0.0.0.0"\n');

	expect(readEnvironment({ PORT: '5000' }, file)).toEqual({ PORT: '5000', HOST: '0.0.0.0' });
	expect(readEnvironment({ PORT: '5000' }, join(directory, 'none'))).toEqual({ PORT: '5000' });
});

it('given a file of settings as Windows writes it, when the environment is read, then all of it counts', () => {
	const file = join(directory, 'windows.env');
	writeFileSync(file, '\uFEFFPORT=4000\r\nHOST="0.0.0.0" # everybody\r\n');

	expect(readEnvironment({}, file)).toEqual({ PORT: '4000', HOST: '0.0.0.0' });
});

it('given a file of settings that cannot be read, when the environment is read, then one line says so', () => {
	expect(() => readEnvironment({}, directory)).toThrow(ConfigError);
	expect(() => readEnvironment({}, directory)).toThrow(/^\.env: got EISDIR, takes .+$/);
});

it('given an upstream, when it is read, then its path stays and its certificate is checked unless told otherwise', () => {
	const upstreamOf = (environment: Record<string, string>) => readConfig(environment).upstream;

	expect(upstreamOf({ ROOST_UPSTREAM: 'https://Cloud.example/nextcloud/' })).toEqual({
		url: 'https://cloud.example/nextcloud',
		isInsecure: false
	});
	expect(upstreamOf({ ROOST_UPSTREAM: 'https://cloud.example', ROOST_UPSTREAM_TLS: 'insecure' })).toEqual({
		url: 'https://cloud.example',
		isInsecure: true
	});
	expect(upstreamOf({ ROOST_UPSTREAM: 'http://[::1]:8080' })?.url).toBe('http://[::1]:8080');
});

it.each([
	['ROOST_UPSTREAM_TLS', { ROOST_UPSTREAM: 'https://cloud.example', ROOST_UPSTREAM_TLS: 'no' }],
	['ROOST_UPSTREAM_TLS', { ROOST_UPSTREAM: 'http://cloud.example', ROOST_UPSTREAM_TLS: 'insecure' }],
	['ROOST_UPSTREAM', { ROOST_UPSTREAM_TLS: 'insecure' }],
	['ROOST_STUN_URLS', { ROOST_UPSTREAM: 'https://cloud.example', ROOST_STUN_URLS: 'stun:a' }],
	['ROOST_ROOMS', { ROOST_UPSTREAM: 'https://cloud.example', ROOST_ROOMS: 'open' }],
	['ROOST_ROOM_RETENTION_DAYS', { ROOST_UPSTREAM: 'https://cloud.example', ROOST_ROOM_RETENTION_DAYS: '90' }]
])('given an upstream, when %s cannot mean anything, then one line names it', (name, environment) => {
	expect(() => readConfig(environment)).toThrow(new RegExp(`^${name}: got .+, takes .+$`));
});

it('given a password in the address of the upstream, when it is refused, then the password is not said', () => {
	expect(() => readConfig({ ROOST_UPSTREAM: 'https://ann:hush@cloud.example' })).toThrow(/^((?!hush).)*$/);
});

it('given the long poll, when it is asked for, then it is what browsers get', () => {
	expect(readConfig({ ROOST_SIGNALING: 'internal' }).signalingMode).toBe('internal');
});
