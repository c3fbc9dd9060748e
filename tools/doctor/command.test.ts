import { expect, it } from 'vitest';
import { startTestServer } from '../../server/testing/test-server.ts';
import { startFakeTurnServer } from '../../tests/support/fake-turn-server.ts';
import { parseCallAddress } from './call-address.ts';
import { command } from './command.ts';
import { createPage } from './testing/page.ts';

async function run(...words: string[]) {
	const [out, err]: [string[], string[]] = [[], []];
	const status = await command(words, {
		print: (text) => out.push(text),
		complain: (text) => err.push(text)
	});
	return { status, out: out.join('\n'), err: err.join('\n') };
}

it.each([
	['https://calls.example.org/call/abcd', { baseUrl: 'https://calls.example.org', token: 'abcd' }],
	['http://localhost:3000/call/demo/', { baseUrl: 'http://localhost:3000', token: 'demo' }],
	['https://example.org/cloud/index.php/call/Ab3d', { baseUrl: 'https://example.org/cloud', token: 'ab3d' }],
	['https://calls.example.org/call/abcd?name=x#y', { baseUrl: 'https://calls.example.org', token: 'abcd' }],
	['https://calls.example.org/', undefined],
	['https://calls.example.org/call/', undefined],
	['https://calls.example.org/call/a b', undefined],
	['ftp://calls.example.org/call/abcd', undefined],
	['demo', undefined]
])('given %s, when it is read, then it is %o', (link, address) => {
	expect(parseCallAddress(link)).toEqual(address);
});

it.each([
	[[], 'one link'],
	[['demo'], 'one link'],
	[['http://localhost/call/demo', 'http://localhost/call/demo'], 'one link'],
	[['--jsom', 'http://localhost/call/demo'], '--jsom']
])('given the words %o, when the command is used, then it says how, and ends with 2', async (words, why) => {
	const { status, out, err } = await run(...words);

	expect(status).toBe(2);
	expect(out).toBe('');
	expect(err).toContain(why);
});

it('given nobody at the address, when it is examined, then the table says so, and it ends with 1', async () => {
	const gone = await startTestServer();
	await gone[Symbol.asyncDispose]();

	const { status, out } = await run(`${gone.origin}/call/demo`);

	expect(status).toBe(1);
	expect(out).toMatch(/^Failed +Talk server +refused$/m);
	expect(out).toMatch(/^ +-> Nothing answers at this address/m);
	expect(out.match(/^Skipped/gm)).toHaveLength(10);
});

it('given warnings alone, when a program asks, then it is told in JSON, and it ends with 0', async () => {
	await using turn = await startFakeTurnServer();
	using page = createPage();
	await using server = await startTestServer({
		webDirectory: page.webDirectory,
		config: { turn: { urls: [turn.tcpUrl, 'turn:127.0.0.1:1?transport=tcp'], secret: turn.secret } }
	});

	const { status, out } = await run('--json', `${server.origin}/call/demo`);

	const { ok, probes } = JSON.parse(out) as { ok: boolean; probes: Record<string, unknown>[] };
	expect(ok).toBe(true);
	expect(status).toBe(0);
	expect(probes.find(({ target }) => target === turn.tcpUrl)).toMatchObject({ state: 'ok', hint: null });
	expect(probes.find(({ hint }) => hint === 'turn-way-blocked')).toMatchObject({
		state: 'warn',
		advice: expect.stringContaining('Open the port')
	});
});
