import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { certificates } from './testing/certificates.ts';
import { collectLog } from './testing/collected-log.ts';
import { startTestServer } from './testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

let directory: string;
let files: { certFile: string; keyFile: string };
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost tls '));
	files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };
	use(certificates.a);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function use({ cert, key }: { cert: string; key: string }): void {
	writeFileSync(files.certFile, cert);
	writeFileSync(files.keyFile, key);
}

/** The name in the certificate that a server shows. */
async function shownBy(port: number): Promise<unknown> {
	const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
	await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
	const { subject } = socket.getPeerCertificate();
	socket.destroy();
	return subject.CN;
}

it('given certificate and key, when the server starts, then it speaks https and wss only', async () => {
	await using server = await startTestServer({ config: { tls: files } });

	expect(server.url).toBe(`https://localhost:${server.port}`);
	expect(await shownBy(server.port)).toBe('a.test');
	await expect(fetch(server.origin)).rejects.toThrow();
	const socket = new WebSocket(`wss://127.0.0.1:${server.port}/signaling/spreed`, {
		rejectUnauthorized: false
	});
	const first = await new Promise<string>((resolve) => {
		socket.on('message', (data: Buffer) => resolve(data.toString()));
	});
	expect(first).toContain('"welcome"');
	socket.terminate();
});

it('given a renewed certificate, when the files change, then new connections see it', async () => {
	await using server = await startTestServer({ config: { tls: files }, timings: { tlsLookMs: 20 } });
	expect(await shownBy(server.port)).toBe('a.test');

	writeFileSync(files.certFile, certificates.b.cert); // halfway: does not fit the key yet
	expect(await shownBy(server.port)).toBe('a.test');
	use(certificates.b);

	await expect.poll(() => shownBy(server.port)).toBe('b.test');
});

it('given a certificate that is just being written, when its file is still empty, then the one before is shown', async () => {
	const { log, linesWith } = collectLog();
	await using server = await startTestServer({ log, config: { tls: files }, timings: { tlsLookMs: 20 } });

	writeFileSync(files.certFile, '');

	await expect.poll(() => linesWith({ msg: 'TLS files changed but cannot be used yet' })).toHaveLength(1);
	expect(await shownBy(server.port)).toBe('a.test');
});
