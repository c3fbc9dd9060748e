import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerFor } from './answer-for.ts';

const site = { origin: 'https://talk.example', base: '', assets: new Set(['/_app/start.js', '/icon.svg']) };
const ask = (url: string, isNavigation = false, method = 'GET') =>
	answerFor({ method, url: new URL(url, site.origin).href, isNavigation }, site);

it('given a page of the app, when it is opened, then the shell may answer', () => {
	for (const url of ['/', '/?source=app', '/call/demo', '/call/demo?mic=0', '/check']) {
		expect(ask(url, true)).toBe('shell');
	}
});

it('given a file of this build, when it is asked for, then the stored one answers', () => {
	expect(ask('/_app/start.js')).toBe('asset');
	expect(ask('/icon.svg?v=2')).toBe('asset');
	expect(ask('/_app/other.js')).toBe('none');
});

it('given anything of the server, when it is asked for in any way, then the worker keeps out', () => {
	const serverPath = fc
		.tuple(
			fc.constantFrom(
				'/ocs/',
				'/signaling/',
				'/metrics',
				'/healthz',
				'/readyz',
				'/index.php/',
				'/remote.php/'
			),
			fc.webPath(),
			fc.webQueryParameters()
		)
		.map(([start, path, query]) => `${start}${path.replace(/^\//, '')}?${query}`);

	fc.assert(
		fc.property(serverPath, fc.boolean(), (url, isNavigation) => {
			// dots may lead out of the server's part, which is then not a request to it
			fc.pre(
				/^\/(?:ocs|signaling|metrics|healthz|readyz|index\.php|remote\.php)/.test(
					new URL(url, site.origin).pathname
				)
			);
			expect(ask(url, isNavigation)).toBe('none');
		}),
		{ seed: 1 }
	);
});

it('given another origin or another method, when it is asked, then the worker keeps out', () => {
	expect(ask('https://elsewhere.example/call/demo', true)).toBe('none');
	expect(ask('/call/demo', true, 'POST')).toBe('none');
});

it('given a base path, when a page outside of it is opened, then the worker keeps out', () => {
	const under = { ...site, base: '/roost' };
	const open = (path: string) =>
		answerFor({ method: 'GET', url: site.origin + path, isNavigation: true }, under);

	expect(open('/roost/call/demo')).toBe('shell');
	expect(open('/call/demo')).toBe('none');
	expect(open('/roost/ocs/v2.php')).toBe('none');
});
