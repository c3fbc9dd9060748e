import fc from 'fast-check';
import { parse } from 'sdp-transform';
import { expect, it } from 'vitest';
import { allowedDirection, readSdp, withDtlsBegunByAuthor } from './sdp.ts';

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

const line = fc.oneof(
	fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive', 'bundle-only').map((word) => `a=${word}`),
	fc.constantFrom('0', '1', '01', 'audio', 'a-b', '-1').map((mid) => `a=mid:${mid}`),
	fc
		.record({
			type: fc.constantFrom('audio', 'video', 'application', 'message'),
			port: fc.constantFrom('0', '9', '00', '', '9/2')
		})
		.map(({ type, port }) => `m=${type} ${port} UDP/TLS/RTP/SAVPF 111 96`),
	fc.constantFrom(
		'c=IN IP4 0.0.0.0',
		'a=rtcp-mux',
		'a=group:BUNDLE 0 1',
		'a=msid:- x',
		'b=AS:30',
		'nonsense',
		''
	)
);

/** What a whole reader of SDP says of the same text. */
function readByLibrary(text: string) {
	const { media, direction: common = 'sendrecv' } = parse(text);
	const kept = media.filter((section) => section.port !== 0 || 'bundleOnly' in section);
	return {
		hasData: kept.some(({ type }) => type === 'application'),
		directions: new Map(
			kept
				.filter((section) => section.type !== 'application' && section.mid !== undefined)
				.map(({ mid, direction = common }) => [String(mid), direction])
		)
	};
}

it('given any lines in any order, when read, then a whole reader of SDP says the same', () => {
	fc.assert(
		fc.property(fc.array(line), fc.constantFrom('\r\n', '\n', '\r'), (lines, end) => {
			const text = lines.join(end);
			expect(readSdp(text)).toEqual(readByLibrary(text));
		}),
		{ numRuns: 2_000 }
	);
});

it('given an offer that leaves open who begins the handshake, when its author is to, then nothing else of it is another', () => {
	const offer = ['v=0', 'a=setup:actpass', 'm=audio 9 UDP 111', 'a=setup:actpass', 'a=x:setup:actpass', ''];
	const begun = offer.map((line) => (line === 'a=setup:actpass' ? 'a=setup:active' : line));

	expect(withDtlsBegunByAuthor(offer.join('\r\n'))).toBe(begun.join('\r\n'));
	expect(withDtlsBegunByAuthor(offer.join('\n'))).toBe(begun.join('\n'));
});
