import { expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { reportOf, scrub, type Diagnosis } from './diagnostics.ts';
import { createLog } from './log.ts';
import { createTimeline } from './timeline.ts';

const names = ['Ana Souza', 'Bo', 'Žofie', 'Weekly planning', 'Jabra Link 380', 'محمد'];
const tokens = [
	'demo',
	'b4x7kq2m',
	'kR9vQx2Lm8TzB4nW',
	'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJl'
];
const addresses = [
	'192.168.1.23',
	'203.0.113.9:3478',
	'2001:db8::17',
	'fe80::1c2b:3aff:fe4d:5e6f',
	'turn.example.org',
	'https://cloud.example.org/call/b4x7kq2m',
	'ana@example.org',
	'8f14e45f-ceea-467f-9575-1fb4b1a1d2c3.local'
];
const messages = ['See you at the harbour', 'the code is 4711'];

const diagnosis = (change: Partial<Diagnosis> = {}): Diagnosis => ({
	at: 5_000,
	facts: [['version', '0.1.0']],
	samples: [],
	timeline: [],
	log: [],
	secrets: [...names, ...tokens, ...messages],
	...change
});

it('given names, tokens, addresses and messages in the log, when it is reported, then none of them is there', () => {
	const log = createLog({ debug: () => undefined, warn: () => undefined });
	const planted = [...names, ...tokens, ...addresses, ...messages];
	for (const secret of planted) {
		log.warn(`could not reach ${secret}, trying again`);
		log.warn(
			'a frame could not be read',
			new SyntaxError(`Unexpected token 'S', "${secret}" is not valid JSON`)
		);
		log.debug(`(${secret}): refused by ${secret}.`);
		log.count(`frame of ${secret}`);
	}

	const report = reportOf(diagnosis({ log: log.lines() }));

	for (const secret of planted) expect(report.toLowerCase()).not.toContain(secret.toLowerCase());
	expect(report).toContain('a frame could not be read');
	expect(report.match(/trying again/g)).toHaveLength(planted.length);
});

it('given what nobody has named, when it looks like an address, a token or quoted text, then it goes all the same', () => {
	const lines = [...addresses, ...tokens.slice(1), '"See you at the harbour"', '“the code is 4711”'];
	for (const line of lines)
		expect(scrub(`about ${line} here`, [])).toMatch(/^about <(address|id|text)> here$/);
	expect(scrub('ice is connected after 3 tries in 1200 ms', [])).toBe(
		'ice is connected after 3 tries in 1200 ms'
	);
});

it('given statistics, when they are reported, then numbers and kinds are there, and addresses and ids are not', () => {
	const sample = {
		bytesSent: 1_200,
		roundTripMs: 34.56789,
		route: {
			local: 'relay',
			protocol: 'udp',
			address: '192.168.1.23',
			port: 5_000,
			candidateId: 'kR9vQx2Lm8TzB4nW'
		}
	};

	const report = reportOf(diagnosis({ samples: [sample] }));

	expect(report).toContain('bytesSent 1200, roundTripMs 34.568, route.local relay, route.protocol udp');
	expect(report).not.toContain('192.168');
	expect(report).not.toContain('kR9v');
});

it('given machines, when they change, then the timeline has their states and the kinds of candidates, nothing else', () => {
	const timeline = createTimeline(() => 1_000);
	const machine = setup({
		types: { events: {} as { type: 'GO' } | { type: 'PC_CANDIDATE'; candidate: { candidate: string } } }
	}).createMachine({
		id: 'peerCall',
		type: 'parallel',
		states: {
			ice: { initial: 'new', states: { new: { on: { GO: 'checking' } }, checking: {} } },
			phase: { initial: 'open', states: { open: {} } }
		},
		on: { PC_CANDIDATE: {} }
	});
	const actor = createActor(machine, { inspect: timeline.inspect }).start();
	actor.send({ type: 'GO' });
	actor.send({
		type: 'PC_CANDIDATE',
		candidate: { candidate: 'candidate:1 1 udp 2122 192.168.1.23 50000 typ host generation 0 ufrag kR9v' }
	});

	const report = reportOf(diagnosis({ at: 3_000, timeline: timeline.entries() }));

	expect(report.split('\n').filter((line) => line.includes('peerCall'))).toEqual([
		'0.000 s peerCall 1: ice.new, phase.open',
		'0.000 s peerCall 1: ice.checking',
		'0.000 s peerCall 1: own candidate: host udp'
	]);
	expect(report).not.toContain('192.168');
	expect(report).toContain('made 1970-01-01T00:00:03.000Z, 2.000 s after the first line below');
});
