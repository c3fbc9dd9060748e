import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTrust, networkOf, originOfRequest } from './network.ts';
import { createBucket } from './rate.ts';

const from = (remoteAddress: string, headers: Record<string, string>) => {
	const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
	return Object.assign(new IncomingMessage(socket), { headers: { host: 'roost.test', ...headers } });
};

it.each([
	['::ffff:10.1.2.3', true],
	['10.255.0.1', true],
	['11.0.0.1', false],
	['::1', true],
	['fd00::7', true],
	['fe80::1', false],
	['', false],
	['not an address', false]
])('given ranges, when %s is looked up, then trusted is %s', (address, isTrusted) => {
	expect(createTrust(['10.0.0.0/8', '::1', 'fd00::/8'])(address)).toBe(isTrusted);
});

it('given a chain of proxies, when the last is trusted, then the nearest untrusted address is the client', () => {
	const trust = createTrust(['10.0.0.0/8']);
	const forwarded = {
		'x-forwarded-for': '1.1.1.1, 203.0.113.7, 10.0.0.2',
		'x-forwarded-host': 'calls.example'
	};

	expect(originOfRequest(from('10.0.0.1', forwarded), trust)).toEqual({
		address: '203.0.113.7',
		host: 'calls.example'
	});
	expect(originOfRequest(from('192.0.2.1', forwarded), trust)).toEqual({
		address: '192.0.2.1',
		host: 'roost.test'
	});
});

it.each([
	['203.0.113.7', '203.0.113.7'],
	['::ffff:203.0.113.7', '203.0.113.7'],
	['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
	['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
	['2001:db8::1', '2001:db8:0:0::/64'],
	['2001:db8:1::', '2001:db8:1:0::/64'],
	['fe80::1%eth0', 'fe80:0:0:0::/64'],
	['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
	['::1', '0:0:0:0::/64'],
	['not an address', 'not an address']
])('given the address %s, when it is slowed down, then as part of %s', (address, network) => {
	expect(networkOf(address)).toBe(network);
});

it('given any pace of taking, when a bucket is asked, then it never gives more than burst and refill', () => {
	const property = fc.property(fc.array(fc.nat({ max: 500 }), { maxLength: 200 }), (pauses) => {
		let now = 0;
		let taken = 0;
		const bucket = createBucket(5, 10, () => now);
		for (const pause of pauses) {
			now += pause;
			if (bucket.take()) taken += 1;
		}

		expect(taken).toBeLessThanOrEqual(5 + now / 100);
	});

	fc.assert(property, { seed: 20_26, numRuns: 200 });
});
