import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';

const script = '\n\tstart("é");\n';
const style = 'p{margin:0}';
const page = `<!doctype html><style>${style}</style><script>${script}</script><script src="/_app/a.js"></script>`;

/** The same, which also names what a call begins with. */
const early = 'show()';
const pageOfCall = page.replace(
	'<script>',
	`<link href="/_app/b.js" rel="modulepreload"><script>${early}</script><script>`
);

/** Beside the folder that is served. */
const outside = 'nobody is to read this';

let folder: string;
let web: string;
let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'roost web '));
	web = join(folder, 'web');
	mkdirSync(join(folder, 'web other'), { recursive: true });
	writeFileSync(join(folder, 'secret.txt'), outside);
	writeFileSync(join(folder, 'web other', 'secret.txt'), outside);
	mkdirSync(join(web, '_app', 'immutable'), { recursive: true });
	writeFileSync(join(web, 'app.html'), page);
	writeFileSync(join(web, 'call.html'), pageOfCall);
	writeFileSync(join(web, '.env'), outside);
	writeFileSync(join(web, 'service-worker.js'), '// worker');
	writeFileSync(join(web, '_app', 'immutable', 'a.123.js'), 'let a');
	writeFileSync(join(web, '_app', 'immutable', 'a.123.js.br'), brotliCompressSync('let a'));
	server = await startTestServer({ webDirectory: web });
});
afterAll(async () => {
	await server[Symbol.asyncDispose]();
	rmSync(folder, { recursive: true, force: true });
});

/** As a browser asks for the address in its address bar. */
const navigate = (path: string) =>
	fetch(`${server.origin}${path}`, { headers: { accept: 'text/html,*/*;q=0.8' }, redirect: 'manual' });

it.each([
	['/', page],
	['/call/demo', pageOfCall],
	['/call/unknown1', pageOfCall],
	['/call/demo?a=b', pageOfCall],
	['/check', page],
	['/somewhere/else', page]
])(
	'given the address %s, when a browser opens it, then its page comes, or that of all addresses, and is never stale',
	async (path, expected) => {
		const response = await navigate(path);

		expect(response.status).toBe(200);
		expect(await response.text()).toBe(expected);
		expect(response.headers.get('content-type')).toMatch(/^text\/html/);
		expect(response.headers.get('cache-control')).toBe('no-cache');
	}
);

it.each(['/_app/immutable/gone.js', '/_app/', '/signaling/x', '/metrics/x', '/healthz/x'])(
	'given %s, when it is not there, then no page pretends to be it',
	async (path) => {
		expect((await navigate(path)).status).toBe(404);
	}
);

it('given a program that wants no page, when it asks for an unknown address, then 404', async () => {
	expect((await fetch(`${server.origin}/robots.txt`, { headers: { accept: 'text/plain' } })).status).toBe(
		404
	);
	expect((await fetch(`${server.origin}/somewhere`, { method: 'POST' })).status).toBe(404);
});

it('given files of the client, when they are fetched, then only those named by content may be kept', async () => {
	const hashed = await fetch(`${server.origin}/_app/immutable/a.123.js`);
	const worker = await fetch(`${server.origin}/service-worker.js`);

	expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
	expect(worker.headers.get('cache-control')).toBe('no-cache');
	expect(hashed.headers.get('content-type')).toMatch(/javascript/);
});

it('given a compressed file beside the plain one, when brotli is understood, then it is sent', async () => {
	const response = await fetch(`${server.origin}/_app/immutable/a.123.js`, {
		headers: { 'accept-encoding': 'br' }
	});

	expect(response.headers.get('content-encoding')).toBe('br');
	expect(response.headers.get('cache-control')).toContain('immutable');
	expect(await response.text()).toBe('let a');
});

it.each([
	'/../secret.txt',
	'/%2e%2e/secret.txt',
	'/..%2fsecret.txt',
	'/..%5csecret.txt',
	'/_app/../../secret.txt',
	'/_app/%2e%2e/%2e%2e/secret.txt',
	'/_app/immutable/..%2f..%2f..%2fsecret.txt',
	'/..;/secret.txt',
	'/%252e%252e/secret.txt',
	'/../web%20other/secret.txt',
	'/secret.txt%00.js',
	'/_app/%00',
	'//secret.txt',
	'/.env'
])('given the path %s, when it is asked for, then nothing outside the client is sent', async (path) => {
	// fetch would straighten the path out
	const answer = await new Promise<{ status: number; text: string }>((resolve) => {
		request({ port: server.port, host: '127.0.0.1', path }, (response) => {
			let text = '';
			response.on('data', (chunk: Buffer) => (text += chunk.toString()));
			response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
		}).end();
	});

	expect([400, 403, 404]).toContain(answer.status);
	expect(answer.text).not.toContain(outside);
});

it('given the page, when it comes, then its policy names exactly the inline code of the pages and nothing unsafe', async () => {
	const { headers } = await navigate('/call/demo');
	const policy = new Map(
		(headers.get('content-security-policy') ?? '').split(';').map((directive) => {
			const [name = '', ...values] = directive.trim().split(' ');
			return [name, values] as const;
		})
	);
	const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

	expect(policy.get('script-src')).toEqual(["'self'", hash(script), hash(early)]);
	expect(policy.get('style-src')).toEqual(["'self'", hash(style)]);
	expect(policy.get('connect-src')).toContain("'self'");
	expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
	expect([...policy.values()].flat().filter((value) => value.includes('unsafe'))).toEqual([]);
	expect(policy.get('default-src')).toEqual(["'none'"]);
	expect(policy.get('require-trusted-types-for')).toEqual(["'script'"]);
	expect(policy.get('trusted-types')).toEqual(['svelte-trusted-html', 'default']);
	expect(headers.get('permissions-policy')).toContain(
		'camera=(self), microphone=(self), display-capture=(self)'
	);
	expect(headers.get('referrer-policy')).toBe('no-referrer');
	expect(headers.get('x-content-type-options')).toBe('nosniff');
	expect(headers.get('strict-transport-security')).toBeNull();
});

it('given sites that may hold the page in a frame, when it comes, then the policy names them, and the older header is silent', async () => {
	const embedders = ['https://www.example', 'http://localhost:8080'];
	await using embeddable = await startTestServer({ webDirectory: web, config: { embedders } });

	const { headers } = await fetch(`${embeddable.origin}/call/demo`, { headers: { accept: 'text/html' } });

	expect(headers.get('content-security-policy')).toContain(
		'frame-ancestors https://www.example http://localhost:8080;'
	);
	expect(headers.get('x-frame-options')).toBeNull();
	expect((await navigate('/call/demo')).headers.get('x-frame-options')).toBe('DENY');
});

it.each([
	{ embedders: [], publicUrl: 'https://calls.example', expected: 'Secure; SameSite=Lax' },
	{
		embedders: ['https://www.example'],
		publicUrl: 'https://calls.example',
		expected: 'Secure; Partitioned; SameSite=None'
	},
	// without https no browser would take it
	{ embedders: ['http://www.example'], publicUrl: 'http://calls.example', expected: 'SameSite=Lax' }
])(
	'given $embedders and $publicUrl, when a guest gets a cookie, then it is $expected',
	async ({ embedders, publicUrl, expected }) => {
		await using embeddable = await startTestServer({ config: { embedders, publicUrl } });

		const { headers } = await fetch(`${embeddable.origin}/ocs/v2.php/cloud/capabilities`, {
			headers: { 'OCS-APIRequest': 'true' }
		});

		expect(headers.get('set-cookie')).toMatch(new RegExp(`; HttpOnly; ${expected}$`));
	}
);

it('given a link as Nextcloud writes it, when it is opened, then it leads to the call', async () => {
	const response = await navigate('/index.php/call/demo');

	expect(response.status).toBe(302);
	expect(response.headers.get('location')).toBe('/call/demo');
});

it('given a link as Nextcloud writes it with what it says about the visit, when it is opened, then that comes along', async () => {
	const response = await navigate('/index.php/call/demo?embed=1&name=Ann%20B');

	expect(response.headers.get('location')).toBe('/call/demo?embed=1&name=Ann%20B');
});

it('given a client that was not built, when a page is opened, then it says how to build it', async () => {
	const empty = mkdtempSync(join(tmpdir(), 'roost empty '));
	await using unbuilt = await startTestServer({ webDirectory: empty });

	const response = await fetch(`${unbuilt.origin}/call/demo`);

	expect(response.status).toBe(503);
	expect(await response.text()).toContain('npm run build');
	rmSync(empty, { recursive: true });
});
