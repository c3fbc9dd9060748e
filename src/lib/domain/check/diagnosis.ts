import type {
	EntryFacts,
	Heard,
	Hint,
	Outcome,
	ProbeName,
	ServerFacts,
	SignalingFacts,
	Silence,
	SocketRefusal
} from './evidence.ts';

/* From what was seen to what it means: the table that the tests beside it spell out. */

const outcome = (
	probe: ProbeName,
	state: Outcome['state'],
	fact: string,
	hint: Hint | null = null
): Outcome => ({
	probe,
	state,
	fact,
	hint
});
export const fine = (probe: ProbeName, fact = ''): Outcome => outcome(probe, 'ok', fact);
export const skipped = (probe: ProbeName, fact = ''): Outcome => outcome(probe, 'skipped', fact);
const failed = (probe: ProbeName, fact: string, hint: Hint): Outcome => outcome(probe, 'fail', fact, hint);
const doubtful = (probe: ProbeName, fact: string, hint: Hint): Outcome => outcome(probe, 'warn', fact, hint);

/** Of all others: that nothing answers. */
const silenceHints: Partial<Record<Silence, Hint>> = {
	dns: 'server-name',
	certificate: 'server-certificate',
	protocol: 'not-talk',
	redirects: 'server-failing'
};

type Refusal = Extract<Heard<unknown>, { kind: 'refusal' }>;

/** What a refusal means wherever it comes; `otherwise` where that depends on what was asked. */
function generalHint({ status, keyword, isMaintenance }: Refusal, otherwise: Hint): Hint {
	if (isMaintenance) return 'server-maintenance';
	if (status === 502 && keyword === 'upstream-certificate') return 'server-certificate';
	if (status === 429) return 'throttled';
	return status >= 500 ? 'server-failing' : otherwise;
}

const factOf = ({ status, keyword, isForeign }: Refusal): string =>
	[`HTTP ${status.toString()}`, keyword, isForeign ? 'not Talk' : null]
		.filter((word) => word !== null)
		.join(', ');

/** The one way from an answer to an outcome; `hintOf` says what a refusal means here, `read` what an answer does. */
function judge<Value>(
	probe: ProbeName,
	heard: Heard<Value>,
	hintOf: (refusal: Refusal) => Hint,
	read: (value: Value) => Outcome
): Outcome {
	switch (heard.kind) {
		case 'answer':
			return read(heard.value);
		case 'refusal':
			return failed(probe, factOf(heard), generalHint(heard, hintOf(heard)));
		case 'silence':
			return failed(probe, heard.why, silenceHints[heard.why] ?? 'server-unreachable');
	}
}

export const judgePage = (heard: Heard<null>): Outcome =>
	judge(
		'page',
		heard,
		() => 'page-missing',
		() => fine('page')
	);

export const judgeCapabilities = (heard: Heard<ServerFacts>): Outcome =>
	judge(
		'capabilities',
		heard,
		() => 'not-talk',
		({ version, callsEnabled, hasEncryptedCalls }) => {
			const fact = version === '' ? '' : `Talk ${version}`;
			if (!callsEnabled) return failed('capabilities', fact, 'calls-disabled');
			return hasEncryptedCalls ? failed('capabilities', fact, 'calls-encrypted') : fine('capabilities', fact);
		}
	);

export const judgeEntry = (heard: Heard<Pick<EntryFacts, 'isInLobby'>>): Outcome =>
	judge(
		'entry',
		heard,
		({ status, keyword, isForeign }) => {
			if (isForeign) return 'not-talk';
			if (status === 404) return 'room-unknown';
			if (status === 409) return 'room-occupied';
			return keyword === 'password' ? 'room-password' : 'room-banned';
		},
		({ isInLobby }) => (isInLobby ? doubtful('entry', 'lobby', 'room-lobby') : fine('entry'))
	);

/** @param isSecurePage the page is https: a browser then opens no socket without encryption */
export const judgeSettings = (heard: Heard<{ url: string | null }>, isSecurePage: boolean): Outcome =>
	judge(
		'settings',
		heard,
		({ isForeign }) => (isForeign ? 'not-talk' : 'settings-refused'),
		({ url }) => {
			if (url === null) return fine('settings', 'long poll, no socket');
			const host = /^wss?:\/\/[^/]+/.exec(url)?.[0] ?? '';
			return isSecurePage && url.startsWith('ws:')
				? failed('settings', host, 'mixed-content')
				: fine('settings', host);
		}
	);

/**
 * A socket that did not open.
 * @param plain what the same server said to an ordinary request; null: nobody asked
 */
export function judgeClosedSocket(refusal: SocketRefusal, plain: Heard<SignalingFacts> | null): Outcome {
	const { status, why } = refusal;
	const closed = (fact: string, hint: Hint) => failed('socket', fact, hint);
	if (why === 'certificate') return closed('certificate', 'socket-certificate');
	if (why === 'dns') return closed('dns', 'server-name');
	if (why === 'refused') return closed('refused', 'socket-unreachable');
	if (status === null) {
		// a browser says nothing: what answers by http, but not as a socket, has something between that does not upgrade
		return plain?.kind === 'answer'
			? closed(why ?? 'closed', 'socket-upgrade')
			: closed(why ?? 'closed', 'socket-unreachable');
	}
	const fact = `HTTP ${status.toString()}`;
	if (status >= 500) return closed(fact, 'signaling-down');
	if (status === 429) return closed(fact, 'throttled');
	if (status === 401 || status === 403) return closed(fact, 'socket-forbidden');
	// there is a signaling server behind it, so the path is right
	if (status === 404 && plain?.kind !== 'answer') return closed(fact, 'socket-path');
	return closed(fact, 'socket-upgrade');
}

/** Codes of hello and of joining a room that say the same at both. */
const codeHints: ReadonlyMap<string, Hint> = new Map<string, Hint>([
	['invalid_request', 'signaling-secret'],
	['auth_failed', 'signaling-secret'],
	['invalid_backend', 'backend-unknown'],
	// the key to check it with comes from the server of the rooms
	['invalid_token', 'backend-unreachable'],
	['internal_error', 'backend-unreachable'],
	['room_join_failed', 'backend-unreachable'],
	['timeout', 'backend-unreachable'],
	['token_not_valid_yet', 'clock-signaling'],
	['token_expired', 'clock-signaling'],
	['too_many_requests', 'throttled'],
	['session_limit_exceeded', 'hello-refused']
]);

/** @param code of the signaling server; `timeout`: it said nothing; `closed`: the socket went */
export const judgeRefusedHello = (code: string): Outcome =>
	failed('hello', code, codeHints.get(code) ?? 'hello-refused');
/** Whoever waits in a lobby is told the same as one whom the room does not know. */
export const judgeRefusedRoom = (code: string, isInLobby: boolean): Outcome =>
	isInLobby && code === 'no_such_room'
		? skipped('room', 'lobby')
		: failed('room', code, codeHints.get(code) ?? 'room-refused');

/** Since 0.5, 1.0 and 1.1: without them a call of today does not work. */
const neededFeatures = ['audio-video-permissions', 'incall-all', 'hello-v2', 'switchto'];
/** @param wantsFederation as the server of the rooms says of itself */
export function judgeFeatures(
	features: readonly string[],
	version: string,
	wantsFederation: boolean
): Outcome {
	const missing = neededFeatures.filter((name) => !features.includes(name));
	const media = features.includes('mcu') ? 'media server' : 'no media server';
	const fact = [version, media].filter((word) => word !== '').join(', ');
	if (missing.length > 0) {
		return failed('features', `${fact}; missing: ${missing.join(', ')}`, 'signaling-too-old');
	}
	const isOlder = wantsFederation && !features.includes('federation');
	return isOlder
		? doubtful('features', `${fact}; missing: federation`, 'signaling-older-than-talk')
		: fine('features', fact);
}

export const judgeNews = (hasCome: boolean): Outcome =>
	hasCome ? fine('news') : failed('news', 'timeout', 'news-missing');

/** As much as tokens of a hello are let through with. */
const tolerableSkewMs = 60_000;

/**
 * @param server clock of the server minus ours; null: unknown. The signaling server's likewise
 */
export function judgeClock(
	server: number | null,
	signaling: number | null,
	refusedFor: string | null
): Outcome {
	const fact = [
		server === null ? null : `server ${seconds(server)}`,
		signaling === null ? null : `signaling ${seconds(signaling)}`
	]
		.filter((word) => word !== null)
		.join(', ');
	if (refusedFor !== null && codeHints.get(refusedFor) === 'clock-signaling') {
		return failed('clock', [fact, refusedFor].filter((word) => word !== '').join(', '), 'clock-signaling');
	}
	if (server === null) return skipped('clock', 'no date in the answer');
	const isApart = signaling !== null && Math.abs(signaling - server) > tolerableSkewMs;
	if (isApart) return failed('clock', fact, 'clock-signaling');
	return Math.abs(server) > tolerableSkewMs ? doubtful('clock', fact, 'clock-here') : fine('clock', fact);
}

const seconds = (ms: number) => `${ms < 0 ? '−' : '+'}${Math.round(Math.abs(ms) / 1_000).toString()} s`;
