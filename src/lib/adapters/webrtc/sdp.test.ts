import { expect, it } from 'vitest';
import { allowedDirection, readSdp } from './sdp.ts';

const sdp = (...lines: string[]) =>
	['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', ...lines, ''].join('\r\n');

it('given sections named by numbers or words, when read, then each has its direction', () => {
	const text = sdp(
		'm=audio 9 UDP/TLS/RTP/SAVPF 111',
		'a=mid:0',
		'a=sendonly',
		'm=video 0 UDP/TLS/RTP/SAVPF 96',
		'a=mid:video',
		'a=inactive',
		'a=bundle-only',
		'm=video 0 UDP/TLS/RTP/SAVPF 96',
		'a=mid:rejected',
		'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
		'a=mid:data'
	);

	const { directions, hasData } = readSdp(text);

	expect([...directions]).toEqual([
		['0', 'sendonly'],
		['video', 'inactive']
	]);
	expect(hasData).toBe(true);
});

it('given a rejected data section, or nonsense, when read, then there is nothing', () => {
	const rejected = sdp('m=application 0 UDP/DTLS/SCTP webrtc-datachannel');

	for (const text of [rejected, 'nonsense', '']) {
		expect(readSdp(text)).toEqual({ hasData: false, directions: new Map() });
	}
});

it.each([
	['sendrecv', 'sendrecv', 'sendrecv'],
	['sendrecv', 'sendonly', 'recvonly'],
	['sendonly', 'sendrecv', 'sendonly'],
	['sendonly', 'sendonly', 'inactive'],
	['recvonly', 'sendrecv', 'recvonly'],
	['inactive', 'sendrecv', 'inactive'],
	['sendrecv', 'inactive', 'inactive']
] as const)('given we want %s, when %s is offered, then %s is allowed', (wanted, offered, allowed) => {
	expect(allowedDirection(wanted, offered)).toBe(allowed);
});
