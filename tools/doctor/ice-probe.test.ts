import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import type { IceTarget } from '../../src/lib/domain/check/evidence.ts';
import { startFakeTurnServer } from '../../tests/support/fake-turn-server.ts';
import { kindOfRelay, probeIce } from './ice-probe.ts';
import { addressOf } from './stun-line.ts';
import {
	attribute,
	decode,
	errorCodeOf,
	isSignedWith,
	lengthOf,
	longTermKey,
	xorAddress
} from './stun-message.ts';
import { loopbackCertificate } from './testing/certificate.ts';

const bytesOf = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex');

/* RFC 5769, 2.4: a request with long-term credentials */
const signedRequest = bytesOf(`
	00010060 2112a442 78ad3433c6ad72c029da412e
	00060012 e3839ee38388e383aae38383e382afe382b90000
	0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341
	0014000b 6578616d706c652e6f726700
	00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`);

it('given the signed request of RFC 5769, when it is read, then its key fits and no other', () => {
	const request = decode(signedRequest);

	expect(request).toMatchObject({ method: 1, class: 'request' });
	expect(request?.attributes.get(attribute.realm)?.toString()).toBe('example.org');
	const keyOf = (password: string) => longTermKey('マトリックス', 'example.org', password);
	expect(isSignedWith(signedRequest, keyOf('TheMatrIX'))).toBe(true);
	expect(isSignedWith(signedRequest, keyOf('TheMatrix'))).toBe(false);
});

it('given the mapped address of RFC 5769, when it is read, then it is the one that the RFC names', () => {
	const transaction = bytesOf('b7e7a701bc34d686fa87dfae');

	expect(xorAddress(bytesOf('0001a147e112a643'), transaction)).toBe('192.0.2.1');
	expect(xorAddress(bytesOf('0002a1470113a9faa5d3f179bc25f4b5bed2b9d9'), transaction)).toBe(
		'2001:db8:1234:5678:11:2233:4455:6677'
	);
	expect(xorAddress(bytesOf('0001a147'), transaction)).toBeUndefined();
});

it.each(['', '0001', '000100002112a443000000000000000000000000', '0001000421 12a442 00'.repeat(2)])(
	'given bytes that are no message (%s), when they are read, then nothing is taken from them',
	(hex) => {
		expect(decode(bytesOf(hex))).toBeUndefined();
	}
);

it('given a message cut off anywhere, when it is read, then nothing is taken from it', () => {
	for (let length = 0; length < signedRequest.length; length += 1) {
		const part = signedRequest.subarray(0, length);
		expect(decode(part)).toBeUndefined();
		expect(lengthOf(part)).toBe(length < 20 ? undefined : signedRequest.length);
	}
});

it('given an attribute that is longer than the message, when it is read, then nothing is taken from it', () => {
	const broken = Buffer.from(signedRequest);
	broken.writeUInt16BE(0xffff, 22);

	expect(decode(broken)).toBeUndefined();
});

it('given an error without a code, when it is read, then it is 0', () => {
	const message = decode(bytesOf('011300002112a44278ad3433c6ad72c029da412e'));

	expect(message).toMatchObject({ class: 'error', method: 3 });
	expect(message && errorCodeOf(message)).toBe(0);
});

it.each([
	['turn:turn.example.org', { host: 'turn.example.org', port: 3478 }],
	['turns:turn.example.org?transport=tcp', { host: 'turn.example.org', port: 5349 }],
	['stun:[2001:db8::1]:19302', { host: '2001:db8::1', port: 19_302 }],
	['turn:10.0.0.1:443?transport=tcp', { host: '10.0.0.1', port: 443 }],
	['turn:turn.example.org:0', undefined],
	['turn:turn.example.org:70000', undefined],
	['https://turn.example.org', undefined],
	['turn:', undefined]
])('given %s, when it is read, then host and port are %o', (url, address) => {
	expect(addressOf(url)).toEqual(address);
});

it.each([
	['203.0.113.1', '203.0.113.2', 'public'],
	['10.1.2.3', '203.0.113.2', 'private'],
	['10.1.2.3', '10.1.2.4', 'public'],
	['127.0.0.1', '203.0.113.2', 'private'],
	['fd00::1', '2001:db8::1', 'private']
] as const)(
	'given a relay at %s of a server at %s, when it is looked at, then it is %s',
	(relay, server, kind) => {
		expect(kindOfRelay(relay, server)).toBe(kind);
	}
);

function targetOf(url: string, way: IceTarget['way'], secret: string): IceTarget {
	const username = `${Math.floor(Date.now() / 1_000) + 60}:somebody`;
	const credential = createHmac('sha1', secret).update(username).digest('base64');
	return { kind: 'turn', url, way, username, credential };
}

it('given TURN over TLS with a certificate that is trusted, when a relay is asked for, then it is given and taken back', async () => {
	await using turn = await startFakeTurnServer({ tls: loopbackCertificate });
	const target = targetOf(turn.tlsUrl, 'tls', turn.secret);

	const evidence = await probeIce(target, { ca: loopbackCertificate.cert });

	expect(evidence).toMatchObject({ kind: 'reached' });
	expect(turn.counts).toEqual({ granted: 1, released: 1 });
});

it('given a nonce that is stale at once, when a relay is asked for, then it is asked for again with the new one', async () => {
	await using turn = await startFakeTurnServer({ hasStaleNonce: true });

	const evidence = await probeIce(targetOf(turn.udpUrl, 'udp', turn.secret));

	expect(evidence).toMatchObject({ kind: 'reached' });
});

it('given a server that keeps refusing, when a relay is asked for, then its code is told and nothing is asked for ever', async () => {
	await using turn = await startFakeTurnServer({ refuseWith: 438 });

	expect(await probeIce(targetOf(turn.udpUrl, 'udp', turn.secret))).toEqual({ kind: 'refused', code: 438 });
});

it('given nobody at the address, when it is asked, then that is told without waiting for it', async () => {
	const gone = await startFakeTurnServer();
	await gone[Symbol.asyncDispose]();

	expect(await probeIce(targetOf(gone.tcpUrl, 'tcp', 'any'))).toEqual({ kind: 'silence', why: 'refused' });
	expect(await probeIce(targetOf(gone.udpUrl, 'udp', 'any'))).toEqual({ kind: 'silence', why: 'refused' });
});

it('given what is no address, when it is asked, then it is said to be unusable', async () => {
	expect(await probeIce(targetOf('turn://nowhere', 'udp', 'any'))).toEqual({ kind: 'unusable' });
});
