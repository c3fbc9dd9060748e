import type { SignalingTransport } from '../signaling.ts';
import type { SignalingSettings } from '../talk-api.ts';
import type { NextcloudSessionId, RoomToken } from '../../protocol/ids.ts';

/** What is looked at, in the order in which it is shown. */
export const probeNames = [
	'page',
	'capabilities',
	'entry',
	'settings',
	'socket',
	'hello',
	'features',
	'room',
	'news',
	'clock',
	'stun',
	'turn'
] as const;
export type ProbeName = (typeof probeNames)[number];

/** What to change. The words are in the message catalogue. */
export type Hint =
	| 'server-name'
	| 'server-unreachable'
	| 'server-certificate'
	| 'server-failing'
	| 'server-maintenance'
	| 'throttled'
	| 'page-missing'
	| 'not-talk'
	| 'calls-disabled'
	| 'calls-encrypted'
	| 'room-unknown'
	| 'room-password'
	| 'room-lobby'
	| 'room-banned'
	| 'room-occupied'
	| 'settings-refused'
	| 'mixed-content'
	| 'socket-unreachable'
	| 'socket-certificate'
	| 'socket-upgrade'
	| 'socket-path'
	| 'socket-forbidden'
	| 'signaling-down'
	| 'signaling-secret'
	| 'backend-unknown'
	| 'backend-unreachable'
	| 'hello-refused'
	| 'signaling-too-old'
	| 'signaling-older-than-talk'
	| 'room-refused'
	| 'news-missing'
	| 'clock-signaling'
	| 'clock-here'
	| 'stun-none'
	| 'turn-none'
	| 'stun-unreachable'
	| 'stun-quiet'
	| 'turn-secret'
	| 'turn-expired'
	| 'turn-unreachable'
	| 'turn-quiet'
	| 'turn-udp-blocked'
	| 'turn-way-blocked'
	| 'turn-certificate'
	| 'turn-refused'
	| 'turn-relay-private'
	| 'ice-address';

export interface Outcome {
	probe: ProbeName;
	/** Which of several: the address of an ICE server. */
	target?: string;
	state: 'ok' | 'warn' | 'fail' | 'skipped';
	/** What was seen, for those who know the protocol: status, code, version, duration. Never a secret. */
	fact: string;
	hint: Hint | null;
}

/**
 * Why there was no answer. `protocol`: what is there speaks another one; `redirects`: each answer led to the next. Browsers
 * tell no more than `network` and `timeout`.
 */
export type Silence = 'dns' | 'refused' | 'certificate' | 'timeout' | 'network' | 'protocol' | 'redirects';

/** What came of one request. */
export type Heard<Value> =
	| {
			kind: 'answer';
			value: Value;
			/** The other clock minus ours, in milliseconds; null: it was not told. */
			skewMs: number | null;
	  }
	/** @property keyword Talk's own reason, if it gave one; @property isForeign it was nothing that Talk says */
	| { kind: 'refusal'; status: number; keyword: string | null; isMaintenance: boolean; isForeign: boolean }
	| { kind: 'silence'; why: Silence };

export interface EntryFacts {
	nextcloudSessionId: NextcloudSessionId;
	/** The signaling server does not let this guest in until a moderator does. */
	isInLobby: boolean;
}

export interface ServerFacts {
	version: string;
	callsEnabled: boolean;
	hasEncryptedCalls: boolean;
	/** Refuses what a signaling server without this says: Talk since 20, whether it federates or not. */
	wantsFederation: boolean;
}

/** Where the socket was asked for by plain http, after it did not open. */
export interface SignalingFacts {
	version: string;
}

/** How the opening of a socket ended, when it did not open. */
export interface SocketRefusal {
	/** Of the answer in place of an upgrade; null: unknown, as always in browsers, or there was none. */
	status: number | null;
	why: Silence | null;
}

export interface IceTarget {
	kind: 'stun' | 'turn';
	url: string;
	way: 'udp' | 'tcp' | 'tls';
	username: string;
	credential: string;
}

/** What came of asking one STUN or TURN server. */
export type IceEvidence =
	/** It told our address, or gave one away. @property relay what kind of address it gave; null: unknown */
	| { kind: 'reached'; ms: number; relay: 'public' | 'private' | null }
	/** @property code of STUN: 401 for wrong credentials */
	| { kind: 'refused'; code: number }
	| { kind: 'silence'; why: Silence }
	/** Nothing failed, and nothing was seen: a browser without address translation in front of it shows as much. */
	| { kind: 'quiet' }
	/** The address is none that can be used here. */
	| { kind: 'unusable' };

/** What a check needs of the world. None of these reject, but for `rename` and `leave`. */
export interface CheckPorts {
	readPage: (token: RoomToken) => Promise<Heard<null>>;
	readCapabilities: () => Promise<Heard<ServerFacts>>;
	enter: (token: RoomToken) => Promise<Heard<EntryFacts>>;
	readSettings: (token: RoomToken) => Promise<Heard<SignalingSettings>>;
	/** Gives the guest of this check its name; the server then tells the signaling server about it. */
	rename: (token: RoomToken, name: string) => Promise<void>;
	leave: (token: RoomToken) => Promise<void>;
	transport: SignalingTransport;
	/** Why the socket that was opened last did not open, as far as that can be found out. */
	explainSocket: (url: string) => Promise<SocketRefusal>;
	/** Asks the signaling server without a socket; null: impossible from here. */
	askSignaling: ((url: string) => Promise<Heard<SignalingFacts>>) | null;
	probeIce: (target: IceTarget) => Promise<IceEvidence>;
	/** Local clock, unix milliseconds. */
	now: () => number;
}
