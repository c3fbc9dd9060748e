import type { IceServer } from '../talk-api.ts';
import { turnExpiry } from '../call/ice-servers.ts';
import type { Hint, IceEvidence, IceTarget, Outcome } from './evidence.ts';

const form = /^(stuns?|turns?):([^?\s]+)(?:\?transport=(udp|tcp))?$/;

/** One target for each address; what is no address of STUN or TURN counts as TURN over UDP, and is found unusable. */
export const iceTargets = (servers: readonly IceServer[]): IceTarget[] =>
	servers.flatMap(({ urls, username = '', credential = '' }) =>
		urls.map((url) => {
			const [, scheme = 'turn', , transport] = form.exec(url.toLowerCase()) ?? [];
			const way = scheme.endsWith('s') ? 'tls' : transport === 'tcp' ? 'tcp' : 'udp';
			return { kind: scheme.startsWith('turn') ? 'turn' : 'stun', url, way, username, credential };
		})
	);

interface Probed {
	target: IceTarget;
	evidence: IceEvidence;
}

/**
 * What the answers of all servers mean together: one way to the relay is enough for calls, so the others are warnings.
 * @param nowMs clock of the server, unix milliseconds
 */
export function judgeIce(probed: readonly Probed[], nowMs: number): Outcome[] {
	const turns = probed.filter(({ target }) => target.kind === 'turn');
	const stuns = probed.filter(({ target }) => target.kind === 'stun');
	const hasRelay = turns.some(({ evidence }) => evidence.kind === 'reached');
	const none = (probe: 'stun' | 'turn', hint: Hint): Outcome => ({
		probe,
		state: 'warn',
		fact: 'none',
		hint
	});
	if (probed.length === 0) return [none('stun', 'stun-none'), none('turn', 'turn-none')];
	return [
		...stuns.map((one) => judgeStun(one, hasRelay)),
		// a relay tells the address as well
		...(stuns.length === 0 ? [{ probe: 'stun', state: 'skipped', fact: 'none', hint: null } as const] : []),
		...turns.map((one) => judgeTurn(one, hasRelay, nowMs)),
		...(turns.length === 0 ? [none('turn', 'turn-none')] : [])
	];
}

const factOf = (evidence: IceEvidence): string => {
	switch (evidence.kind) {
		case 'reached':
			return `${evidence.ms.toString()} ms`;
		case 'refused':
			return `error ${evidence.code.toString()}`;
		case 'silence':
			return evidence.why;
		default:
			return evidence.kind;
	}
};

function judgeStun({ target, evidence }: Probed, hasRelay: boolean): Outcome {
	const base = { probe: 'stun', target: target.url, fact: factOf(evidence) } as const;
	if (evidence.kind === 'reached') return { ...base, state: 'ok', hint: null };
	if (evidence.kind === 'quiet') return { ...base, state: 'warn', hint: 'stun-quiet' };
	const hint = evidence.kind === 'unusable' ? 'ice-address' : 'stun-unreachable';
	return { ...base, state: hasRelay ? 'warn' : 'fail', hint };
}

function judgeTurn({ target, evidence }: Probed, hasRelay: boolean, nowMs: number): Outcome {
	const base = { probe: 'turn', target: target.url, fact: factOf(evidence) } as const;
	switch (evidence.kind) {
		case 'reached':
			return evidence.relay === 'private'
				? { ...base, state: 'warn', hint: 'turn-relay-private' }
				: { ...base, state: 'ok', hint: null };
		case 'refused':
			return { ...base, state: 'fail', hint: refusalHint(target, evidence.code, nowMs) };
		case 'unusable':
			return { ...base, state: 'fail', hint: 'ice-address' };
		case 'quiet':
		case 'silence': {
			const isCertificate = evidence.kind === 'silence' && evidence.why === 'certificate';
			const blocked = target.way === 'udp' ? 'turn-udp-blocked' : 'turn-way-blocked';
			const silent = evidence.kind === 'quiet' ? 'turn-quiet' : 'turn-unreachable';
			const hint = isCertificate ? 'turn-certificate' : hasRelay ? blocked : silent;
			return { ...base, state: hasRelay ? 'warn' : 'fail', hint };
		}
	}
}

function refusalHint({ url, username }: IceTarget, code: number, nowMs: number): Hint {
	if (code !== 401) return 'turn-refused';
	const end = turnExpiry([{ urls: [url], username }], 0);
	return end !== null && end < nowMs ? 'turn-expired' : 'turn-secret';
}
