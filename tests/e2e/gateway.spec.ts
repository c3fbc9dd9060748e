import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { certificates } from '../../server/testing/certificates.ts';
import { startTalkUpstream, type TalkUpstreamOptions } from '../../server/testing/talk-upstream.ts';
import { expect, test as base } from '../support/guest.ts';
import { startRoost, type RoostServer } from '../support/roost-server.ts';

interface Fixtures {
	/** Roost as a process of its own. */
	openServer: (environment: Record<string, string>) => Promise<RoostServer>;
	/** Roost in front of something. */
	openGateway: (upstream: string, environment?: Record<string, string>) => Promise<RoostServer>;
	/** A Nextcloud that is played. */
	openUpstream: (options: TalkUpstreamOptions) => ReturnType<typeof startTalkUpstream>;
	/** A wire to a port of this machine that remembers everything that was sent to it. */
	openTap: (port: number) => Promise<{ url: string; sent: () => string }>;
}

const test = base.extend<Fixtures>({
	openServer: async ({}, use) => {
		const servers: RoostServer[] = [];
		await use(async (environment) => {
			const server = await startRoost(environment);
			servers.unshift(server);
			return server;
		});
		for (const server of servers) await server.stop();
	},
	openGateway: async ({ openServer }, use) => {
		await use((upstream, environment = {}) => openServer({ ROOST_UPSTREAM: upstream, ...environment }));
	},
	openUpstream: async ({}, use) => {
		const upstreams: Awaited<ReturnType<typeof startTalkUpstream>>[] = [];
		await use(async (options) => {
			const upstream = await startTalkUpstream(options);
			upstreams.push(upstream);
			return upstream;
		});
		for (const upstream of upstreams) await upstream.stop();
	},
	openTap: async ({}, use) => {
		const closing: (() => void)[] = [];
		await use(async (port) => {
			const pieces: Buffer[] = [];
			const tap = createServer((near) => {
				const far = connect(port, '127.0.0.1');
				near.on('data', (piece: Buffer) => pieces.push(piece));
				// an end that comes as an error is followed by `close`
				for (const end of [near, far]) end.on('error', () => undefined);
				near.pipe(far).pipe(near);
				near.once('close', () => far.destroy());
				far.once('close', () => near.destroy());
				closing.push(() => near.destroy());
			});
			await new Promise<void>((settle) => tap.listen(0, '127.0.0.1', settle));
			closing.push(() => tap.close());
			const address = tap.address();
			if (address === null || typeof address === 'string') throw new Error('the tap has no port');
			return {
				url: `http://127.0.0.1:${address.port}`,
				sent: () => Buffer.concat(pieces).toString('latin1')
			};
		});
		for (const close of closing) close();
	}
});

const ownCookie = /^roost_[0-9a-f]{8}_/;

test('given two guests before another Roost, when they call each other, then they see, hear and read each other, and cookies stay where they belong', async ({
	roost,
	openTap,
	openGateway,
	openGuest
}) => {
	const tap = await openTap(roost.port);
	const gateway = await openGateway(tap.url);
	const hosts = new Set<string>();
	const at = {
		at: gateway.url,
		args: [],
		prepare: async (page: Page) => {
			page.on('request', (request) => {
				if (!/^(data|blob):/.test(request.url())) hosts.add(new URL(request.url()).host);
			});
			page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
			await page.context().addCookies([{ name: 'theirs', value: 'hush', url: gateway.url }]);
		}
	};
	const ann = await openGuest('Ann', at);
	const ben = await openGuest('Ben', at);

	await ann.join();
	await ben.join();

	await expect(ann.tile('Ben')).toBeVisible();
	await expect(ben.tile('Ann')).toBeVisible();
	await ann.expectMedia();
	await ben.expectMedia();
	await ann.say('Hello Ben');
	await ben.say('Hello Ann');
	await expect(ann.messages).toContainText('Hello Ann');
	await expect(ben.messages).toContainText('Hello Ben');

	for (const { page } of [ann, ben]) {
		const cookies = (await page.context().cookies()).filter(({ name }) => name !== 'theirs');
		expect(cookies.length).toBeGreaterThan(0);
		for (const { name, domain, path, httpOnly } of cookies) {
			expect(name).toMatch(ownCookie);
			expect({ domain, path, httpOnly }).toEqual({ domain: 'localhost', path: '/', httpOnly: true });
		}
	}
	expect([...hosts]).toEqual([new URL(gateway.url).host]);
	const told = [...tap.sent().matchAll(/^cookie: (.*)$/gim)].map(([, cookie = '']) => cookie.trim());
	expect(told.length).toBeGreaterThan(0);
	expect(new Set(told.map((cookie) => cookie.split('=')[0]))).toEqual(new Set(['roost_session']));
	expect(tap.sent()).not.toContain('hush');
});

test('given two guests before a Roost without a signaling socket, when they call each other, then they see and hear each other', async ({
	openServer,
	openGateway,
	openGuest
}) => {
	const upstream = await openServer({ ROOST_SIGNALING: 'internal' });
	const gateway = await openGateway(upstream.url);
	const ann = await openGuest('Ann', { at: gateway.url });
	const ben = await openGuest('Ben', { at: gateway.url });

	await ann.join();
	await ben.join();

	await ann.expectMedia();
	await ben.expectMedia();
});

test('given a gateway with https before a Nextcloud that calls itself https, when a guest comes, then the jar holds', async ({
	openUpstream,
	openGateway,
	openGuest
}) => {
	const directory = mkdtempSync(join(tmpdir(), 'roost-e2e-tls-'));
	const [cert, key] = [join(directory, 'a.crt'), join(directory, 'a.key')];
	writeFileSync(cert, certificates.a.cert);
	writeFileSync(key, certificates.a.key);
	const upstream = await openUpstream({ secureCookies: true, webroot: '/nextcloud' });
	const gateway = await openGateway(upstream.url, { ROOST_TLS_CERT: cert, ROOST_TLS_KEY: key });
	const ann = await openGuest('Ann', {
		at: gateway.url,
		room: 'open1234',
		profile: { ignoreHTTPSErrors: true }
	});

	await ann.join();
	await ann.say('Hello');

	await expect(ann.messages).toContainText('Hello');
	const cookies = await ann.page.context().cookies();
	expect(cookies).toHaveLength(4);
	for (const { name, secure } of cookies) expect([ownCookie.test(name), secure]).toEqual([true, true]);
	expect(upstream.guests()).toBe(1);
	rmSync(directory, { recursive: true });
});

test('given calls that are end-to-end encrypted, when a guest comes, then that is said before Join, and nobody enters', async ({
	openUpstream,
	openGateway,
	openGuest
}) => {
	const upstream = await openUpstream({ encryptedCalls: 'unsaid' });
	const gateway = await openGateway(upstream.url);

	const { page } = await openGuest('Ann', { at: gateway.url, room: 'open1234' });

	await expect(page.getByRole('heading', { name: 'Calls here are end-to-end encrypted' })).toBeVisible();
	await expect(page.getByText('R-E2EE').first()).toBeAttached();
	await expect(page.getByRole('button', { name: 'Join', exact: true })).toHaveCount(0);
	expect(new Set(upstream.seen.map(({ method }) => method))).toEqual(new Set(['GET']));
});

test('given an upstream with a trouble, when a guest comes, then each has its page, and when it is over the guest is let in', async ({
	openUpstream,
	openGateway,
	openGuest
}) => {
	const upstream = await openUpstream({});
	const gateway = await openGateway(upstream.url);
	const join = { name: 'Join', exact: true };

	upstream.go('maintenance');
	const { page } = await openGuest('Ann', { at: gateway.url, room: 'open1234' });
	await expect(page.getByRole('heading', { name: 'The server is being updated' })).toBeVisible();
	await expect(page.getByText('R-MAINT').first()).toBeAttached();

	upstream.go('failing');
	await page.getByRole('button', { name: 'Try now' }).click();
	await expect(page.getByRole('heading', { name: 'The server is not answering' })).toBeVisible();
	await expect(page.getByText('R-SERVER').first()).toBeAttached();

	upstream.go(null);
	await expect(page.getByRole('button', join)).toBeVisible();
});

test('given an upstream whose certificate nobody vouches for, when a guest comes, then that is said; with the switch it is taken', async ({
	openUpstream,
	openGateway,
	openGuest
}) => {
	const upstream = await openUpstream({ tls: true });
	const strict = await openGateway(upstream.url);
	const loose = await openGateway(upstream.url, { ROOST_UPSTREAM_TLS: 'insecure' });

	const refused = await openGuest('Ann', { at: strict.url, room: 'open1234' });
	await expect(refused.page.getByRole('heading', { name: 'The server cannot be trusted' })).toBeVisible();
	await expect(refused.page.getByText('R-CERT').first()).toBeAttached();
	expect(upstream.seen).toEqual([]);

	const taken = await openGuest('Ben', { at: loose.url, room: 'open1234' });
	await taken.join();
});
