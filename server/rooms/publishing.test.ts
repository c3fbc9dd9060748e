import { expect, it } from 'vitest';
import { permission } from '../../src/lib/protocol/call.ts';
import { bitsToPublish } from './publishing.ts';

const offer = (...lines: string[]) => ({
	type: 'offer',
	roomType: 'video',
	payload: { sdp: ['v=0', 's=-', ...lines, ''].join('\r\n') }
});
const audio = 'm=audio 9 UDP/TLS/RTP/SAVPF 111';

it.each<[string, string[], number]>([
	['a section that receives', [audio, 'a=recvonly'], 0],
	['one that is inactive', [audio, 'a=inactive'], 0],
	['one that sends', [audio, 'a=sendonly'], permission.publishAudio],
	['one that says nothing', [audio], permission.publishAudio],
	['one that says nothing in a session that receives', ['a=recvonly', audio], 0],
	[
		'a direction that is taken back',
		[audio, 'a=recvonly', 'a=rtcp-mux', 'a=sendrecv'],
		permission.publishAudio
	],
	['one taken back the other way', [audio, 'a=sendonly', 'a=inactive'], permission.publishAudio],
	['a direction with something behind it', [audio, 'a=recvonly', 'a=sendrecv:x'], permission.publishAudio],
	['another attribute that begins alike', [audio, 'a=recvonly', 'a=sendonly-hint'], 0],
	['a line that is none for a browser', [audio, 'a=x\u2028a=recvonly'], permission.publishAudio],
	['a section that is none for a browser', [audio, 'a=recvonly', 'a=x\u2028m=video 9\u2028a=sendrecv'], 0],
	[
		'two kinds',
		[audio, 'a=recvonly', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=sendrecv'],
		permission.publishVideo
	]
])(
	'given %s, when it is to be relayed, then it needs the rights that a browser would use',
	(_, lines, bits) => {
		expect(bitsToPublish(offer(...lines))).toBe(bits);
	}
);
