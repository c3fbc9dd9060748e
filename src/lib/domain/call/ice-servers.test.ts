import { expect, it } from 'vitest';
import type { IceServer } from '../talk-api.ts';
import { turnExpiry } from './ice-servers.ts';

const now = 1_800_000_000_000;
const turn = (username?: string): IceServer => ({
	urls: ['turn:turn.example:3478?transport=udp'],
	...(username === undefined ? {} : { username, credential: 'secret' })
});

it('given several credentials, when asked, then the first to end counts, in milliseconds', () => {
	const servers = [turn('1800086400:ann'), turn('1800003600:ann'), turn('1800090000')];

	expect(turnExpiry(servers, now)).toBe(1_800_003_600_000);
});

it('given credentials that are over, when asked, then they are renewed now, not in the past', () => {
	expect(turnExpiry([turn('1700000000:ann')], now)).toBe(now);
});

it.each([
	['no servers', []],
	['no user name', [turn()]],
	['a user name of another scheme', [turn('ann'), turn('42:ann'), turn('ann:1800003600'), turn('')]],
	['a number too long for a time', [turn('180000360000:ann')]],
	['a STUN server, which needs none', [{ urls: ['stun:stun.example'], username: '1800003600:ann' }]],
	['a server without address', [{ urls: [], username: '1800003600:ann' }]]
])('given %s, when asked, then nothing is known', (_, servers: IceServer[]) => {
	expect(turnExpiry(servers, now)).toBeNull();
});
