import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createHelloProof } from './hello-proof.ts';

const newSecrets = () => ({
	helloKeyPem: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
	internalSecret: randomBytes(32).toString('hex'),
	ticketKey: randomBytes(32)
});
const secrets = newSecrets();
const madeAt = Date.UTC(2026, 0, 1);
const at = (nowMs: number, own = secrets) => createHelloProof(own, () => nowMs);
const issuer = 'https://calls.example';

it('given a token, when it is checked in time, then it names the guest it was made for', async () => {
	const token = await at(madeAt).makeToken(issuer, 'guest-key');

	expect(await at(madeAt + 59_000).checkToken(token)).toEqual({ guestKey: 'guest-key' });
});

it.each([
	['after its life and the leeway', 121_000, 'token_expired'],
	['before it was made and the leeway', -61_000, 'token_not_valid_yet']
])('given a token, when it is checked %s, then that is said', async (_case, shiftMs, refused) => {
	const token = await at(madeAt).makeToken(issuer, 'guest-key');

	expect(await at(madeAt + shiftMs).checkToken(token)).toEqual({ refused });
});

it('given a clock that is a little off, when a token is checked, then it still counts', async () => {
	const token = await at(madeAt).makeToken(issuer, 'guest-key');

	for (const shiftMs of [-59_000, 119_000]) {
		expect(await at(madeAt + shiftMs).checkToken(token)).toEqual({ guestKey: 'guest-key' });
	}
});

it('given a token of another server, or none, when it is checked, then it is refused', async () => {
	const foreign = await at(madeAt, newSecrets()).makeToken(issuer, 'guest-key');
	const unsigned = 'eyJhbGciOiJub25lIn0.eyJpYXQiOjEsImV4cCI6OTk5OTk5OTk5OSwiZ3Vlc3QiOiJ4In0.';

	for (const token of [foreign, unsigned, '', 'a.b.c']) {
		expect(await at(madeAt).checkToken(token)).toEqual({ refused: 'invalid_token' });
	}
});

it('given a ticket, when it is checked at any time, then it names the guest; when changed, it does not', () => {
	const ticket = at(madeAt).makeTicket('guest-key');

	expect(at(madeAt + 1e10).checkTicket(ticket)).toEqual({ guestKey: 'guest-key' });
	for (const forged of [
		ticket.replace('guest-key', 'guest-kez'),
		`${ticket}a`,
		ticket.slice(0, -1),
		'',
		'::',
		':::'
	]) {
		expect(at(madeAt).checkTicket(forged)).toEqual({ refused: 'invalid_ticket' });
	}
	expect(at(madeAt, newSecrets()).checkTicket(ticket)).toEqual({ refused: 'invalid_ticket' });
});
