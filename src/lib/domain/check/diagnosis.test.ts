import { expect, it } from 'vitest';
import {
	judgeCapabilities,
	judgeClock,
	judgeClosedSocket,
	judgeEntry,
	judgeFeatures,
	judgePage,
	judgeRefusedHello,
	judgeRefusedRoom,
	judgeSettings
} from './diagnosis.ts';
import type { Heard, IceEvidence, IceTarget, Outcome, Silence } from './evidence.ts';
import { iceTargets, judgeIce } from './ice.ts';

const verdict = ({ state, hint }: Outcome) => `${state} ${hint ?? '-'}`;
const answer = <Value>(value: Value): Heard<Value> => ({ kind: 'answer', value, skewMs: 0 });
const refusal = (
	status: number,
	more: { keyword?: string; isMaintenance?: boolean; isForeign?: boolean } = {}
) => ({
	kind: 'refusal' as const,
	status,
	keyword: null,
	isMaintenance: false,
	isForeign: false,
	...more
});
const silence = (why: Silence) => ({
	kind: 'silence' as const,
	why
});

it.each([
	[silence('dns'), 'fail server-name'],
	[silence('refused'), 'fail server-unreachable'],
	[silence('timeout'), 'fail server-unreachable'],
	[silence('network'), 'fail server-unreachable'],
	[silence('certificate'), 'fail server-certificate'],
	[silence('protocol'), 'fail not-talk'],
	[silence('redirects'), 'fail server-failing'],
	[refusal(404), 'fail page-missing'],
	[refusal(502), 'fail server-failing'],
	[refusal(503, { isMaintenance: true }), 'fail server-maintenance'],
	[refusal(429), 'fail throttled'],
	[answer(null), 'ok -']
] as const)('given %o instead of a page, when it is judged, then it is: %s', (heard, expected) => {
	expect(verdict(judgePage(heard))).toBe(expected);
});

const server = { version: '24.0.0', callsEnabled: true, hasEncryptedCalls: false, wantsFederation: true };
it.each([
	[answer(server), 'ok -'],
	[answer({ ...server, callsEnabled: false }), 'fail calls-disabled'],
	[answer({ ...server, hasEncryptedCalls: true }), 'fail calls-encrypted'],
	[refusal(200, { isForeign: true }), 'fail not-talk'],
	[refusal(404), 'fail not-talk'],
	[refusal(502, { keyword: 'upstream-certificate' }), 'fail server-certificate']
] as const)('given %o as capabilities, when they are judged, then they are: %s', (heard, expected) => {
	expect(verdict(judgeCapabilities(heard))).toBe(expected);
});

it.each([
	[refusal(404), 'fail room-unknown'],
	[refusal(404, { isForeign: true }), 'fail not-talk'],
	[refusal(403, { keyword: 'password' }), 'fail room-password'],
	[refusal(403, { keyword: 'ban' }), 'fail room-banned'],
	[refusal(403), 'fail room-banned'],
	[refusal(409), 'fail room-occupied'],
	[refusal(429), 'fail throttled'],
	[answer({ isInLobby: false }), 'ok -'],
	[answer({ isInLobby: true }), 'warn room-lobby']
] as const)('given %o at the door of the room, when it is judged, then it is: %s', (heard, expected) => {
	expect(verdict(judgeEntry(heard))).toBe(expected);
});

it.each([
	['ws://hpb.example.org/spreed', true, 'fail mixed-content'],
	['ws://hpb.example.org/spreed', false, 'ok -'],
	['wss://hpb.example.org/spreed', true, 'ok -'],
	[null, true, 'ok -']
] as const)(
	'given a socket at %s and a secure page: %s, when settings are judged, then they are: %s',
	(url, isSecure, expected) => {
		const outcome = judgeSettings(answer({ url }), isSecure);

		expect(verdict(outcome)).toBe(expected);
		expect(outcome.fact).not.toContain('/spreed');
	}
);

it.each([
	[{ status: null, why: 'refused' }, null, 'fail socket-unreachable'],
	[{ status: null, why: 'timeout' }, null, 'fail socket-unreachable'],
	[{ status: null, why: 'timeout' }, answer({ version: '2.1.1' }), 'fail socket-upgrade'],
	[{ status: null, why: null }, null, 'fail socket-unreachable'],
	[{ status: null, why: 'certificate' }, null, 'fail socket-certificate'],
	[{ status: null, why: 'dns' }, null, 'fail server-name'],
	[{ status: 200, why: null }, null, 'fail socket-upgrade'],
	[{ status: 400, why: null }, null, 'fail socket-upgrade'],
	[{ status: 426, why: null }, null, 'fail socket-upgrade'],
	[{ status: 404, why: null }, refusal(404), 'fail socket-path'],
	[{ status: 404, why: null }, answer({ version: '2.1.1' }), 'fail socket-upgrade'],
	[{ status: 403, why: null }, null, 'fail socket-forbidden'],
	[{ status: 429, why: null }, null, 'fail throttled'],
	[{ status: 502, why: null }, null, 'fail signaling-down']
] as const)(
	'given a socket that ended with %o and %o by http, when it is judged, then it is: %s',
	(end, plain, expected) => {
		expect(verdict(judgeClosedSocket(end, plain))).toBe(expected);
	}
);

it.each([
	['invalid_request', 'fail signaling-secret'],
	['auth_failed', 'fail signaling-secret'],
	['invalid_backend', 'fail backend-unknown'],
	['invalid_token', 'fail backend-unreachable'],
	['internal_error', 'fail backend-unreachable'],
	['timeout', 'fail backend-unreachable'],
	['token_expired', 'fail clock-signaling'],
	['token_not_valid_yet', 'fail clock-signaling'],
	['too_many_requests', 'fail throttled'],
	['session_limit_exceeded', 'fail hello-refused'],
	['__proto__', 'fail hello-refused']
])('given a hello that is refused with %s, when it is judged, then it is: %s', (code, expected) => {
	expect(verdict(judgeRefusedHello(code))).toBe(expected);
});

it.each([
	['invalid_request', false, 'fail signaling-secret'],
	['room_join_failed', false, 'fail backend-unreachable'],
	['no_such_room', false, 'fail room-refused'],
	['no_such_room', true, 'skipped -'],
	['invalid_request', true, 'fail signaling-secret']
])(
	'given a room that is refused with %s, from the lobby: %s, when it is judged, then it is: %s',
	(code, isInLobby, expected) => {
		expect(verdict(judgeRefusedRoom(code, isInLobby))).toBe(expected);
	}
);

const features = ['audio-video-permissions', 'hello-v2', 'incall-all', 'switchto'];
it.each([
	[[...features, 'federation'], true, 'ok -'],
	[features, true, 'warn signaling-older-than-talk'],
	[features, false, 'ok -'],
	[['audio-video-permissions', 'mcu', 'simulcast'], false, 'fail signaling-too-old']
])(
	'given features %o beside a server that wants federation: %s, when they are judged, then they are: %s',
	(known, wants, expected) => {
		expect(verdict(judgeFeatures(known, '', wants))).toBe(expected);
	}
);

it.each([
	[0, null, null, 'ok -'],
	[61_000, null, null, 'warn clock-here'],
	[-61_000, null, null, 'warn clock-here'],
	[-61_000, -62_000, null, 'warn clock-here'],
	[0, 61_000, null, 'fail clock-signaling'],
	[0, null, 'token_expired', 'fail clock-signaling'],
	[0, null, 'invalid_backend', 'ok -'],
	[null, null, null, 'skipped -']
] as const)(
	'given a server %s ms off, a signaling server %s, and a hello refused for %s, when clocks are judged, then they are: %s',
	(ours, theirs, code, expected) => {
		expect(verdict(judgeClock(ours, theirs, code))).toBe(expected);
	}
);

const now = Date.UTC(2026, 10, 21);
const later = `${(now / 1_000 + 60).toString()}:x`;
const earlier = `${(now / 1_000 - 60).toString()}:x`;
const turn = (url: string, evidence: IceEvidence, username = later) => {
	const [target] = iceTargets([{ urls: [url], username, credential: 'x' }]);
	if (!target) throw new Error('no target');
	return { target, evidence };
};
const reached: IceEvidence = { kind: 'reached', ms: 5, relay: 'public' };
const timeout: IceEvidence = { kind: 'silence', why: 'timeout' };
const udp = 'turn:t.example.org?transport=udp';
const tcp = 'turn:t.example.org?transport=tcp';
const tls = 'turns:t.example.org?transport=tcp';
const stun = 'stun:t.example.org';

it.each<[string, { target: IceTarget; evidence: IceEvidence }[], string[]]>([
	['nothing', [], ['warn stun-none', 'warn turn-none']],
	['STUN alone', [turn(stun, { kind: 'reached', ms: 5, relay: null })], ['ok -', 'warn turn-none']],
	['all that works', [turn(udp, reached), turn(tls, reached)], ['skipped -', 'ok -', 'ok -']],
	[
		'UDP that is blocked',
		[turn(udp, timeout), turn(tcp, reached)],
		['skipped -', 'warn turn-udp-blocked', 'ok -']
	],
	[
		'TCP that is blocked',
		[turn(udp, reached), turn(tcp, timeout)],
		['skipped -', 'ok -', 'warn turn-way-blocked']
	],
	[
		'nothing that works',
		[turn(udp, timeout), turn(tcp, timeout)],
		['skipped -', 'fail turn-unreachable', 'fail turn-unreachable']
	],
	['no relay for no reason', [turn(udp, { kind: 'quiet' })], ['skipped -', 'fail turn-quiet']],
	['a wrong secret', [turn(udp, { kind: 'refused', code: 401 })], ['skipped -', 'fail turn-secret']],
	[
		'a wrong secret on one of two',
		[turn(udp, { kind: 'refused', code: 401 }), turn(tcp, reached)],
		['skipped -', 'fail turn-secret', 'ok -']
	],
	[
		'credentials of yesterday',
		[turn(udp, { kind: 'refused', code: 401 }, earlier)],
		['skipped -', 'fail turn-expired']
	],
	['a quota', [turn(udp, { kind: 'refused', code: 486 })], ['skipped -', 'fail turn-refused']],
	[
		'a bad certificate',
		[turn(tls, { kind: 'silence', why: 'certificate' })],
		['skipped -', 'fail turn-certificate']
	],
	[
		'a relay for nobody',
		[turn(udp, { ...reached, relay: 'private' })],
		['skipped -', 'warn turn-relay-private']
	],
	['no address', [turn('turn://x', { kind: 'unusable' })], ['skipped -', 'fail ice-address']],
	['STUN that is silent', [turn(stun, timeout)], ['fail stun-unreachable', 'warn turn-none']],
	[
		'STUN that is silent beside a relay',
		[turn(stun, timeout), turn(tcp, reached)],
		['warn stun-unreachable', 'ok -']
	],
	['STUN that shows nothing', [turn(stun, { kind: 'quiet' })], ['warn stun-quiet', 'warn turn-none']]
])('given %s, when ICE servers are judged, then that is what to change', (_, probed, expected) => {
	expect(judgeIce(probed, now).map(verdict)).toEqual(expected);
});

it.each([
	['stun:a', 'stun', 'udp'],
	['stuns:a:5349', 'stun', 'tls'],
	['turn:a', 'turn', 'udp'],
	['TURN:a?transport=TCP', 'turn', 'tcp'],
	['turns:a:443?transport=tcp', 'turn', 'tls'],
	['turn:[::1]:3478?transport=udp', 'turn', 'udp']
])('given %s, when it is read, then it is %s over %s', (url, kind, way) => {
	expect(iceTargets([{ urls: [url] }])).toEqual([{ kind, url, way, username: '', credential: '' }]);
});
