import { BlockList, isIP } from 'node:net';
import type { IceEvidence, IceTarget } from '../../src/lib/domain/check/evidence.ts';
import { silenceOf } from './node-silence.ts';
import { addressOf, openLine, type StunLine, type Trust } from './stun-line.ts';
import {
	attribute,
	encode,
	errorCodeOf,
	isSignedWith,
	longTermKey,
	method,
	newTransaction,
	xorAddress,
	type Method,
	type StunMessage
} from './stun-message.ts';

/** UDP, in the first byte: the only kind of relay that browsers ask for. */
const udpRelay = Buffer.from([17, 0, 0, 0]);
const noTime = Buffer.alloc(4);

/** Asks a STUN server for our address, or a TURN server for a relay that is given back at once. */
export async function probeIce(target: IceTarget, trust: Trust = {}): Promise<IceEvidence> {
	const address = addressOf(target.url);
	if (!address) return { kind: 'unusable' };
	const startedAt = performance.now();
	let line: StunLine | undefined;
	try {
		line = await openLine(address, target.way, trust);
		const answer = target.kind === 'stun' ? await bind(line) : await allocate(line, target);
		if (typeof answer === 'number') return { kind: 'refused', code: answer };
		return { kind: 'reached', ms: Math.round(performance.now() - startedAt), relay: answer.relay };
	} catch (error) {
		return { kind: 'silence', why: silenceOf(error) };
	} finally {
		line?.close();
	}
}

interface Granted {
	relay: 'public' | 'private' | null;
}
type Attributes = readonly (readonly [type: number, value: Buffer])[];

async function ask(line: StunLine, wanted: Method, attributes: Attributes, key?: Buffer) {
	const transaction = newTransaction();
	return line.ask(encode({ method: wanted, class: 'request', transaction }, attributes, key), transaction);
}

/** @returns the code of a refusal, else what was granted */
async function bind(line: StunLine): Promise<Granted | number> {
	const { message } = await ask(line, method.binding, []);
	return message.class === 'success' ? { relay: null } : errorCodeOf(message);
}

/** The first request is refused, and says with what realm and nonce the second has to be signed. */
async function allocate(line: StunLine, { username, credential }: IceTarget): Promise<Granted | number> {
	const wish = [attribute.requestedTransport, udpRelay] as const;
	let { message, bytes } = await ask(line, method.allocate, [wish]);
	let proof: Proof | undefined;
	for (let attempt = 0; attempt < 2 && message.class === 'error'; attempt += 1) {
		const code = errorCodeOf(message);
		const isAsked = attempt === 0 ? code === 401 : code === staleNonce;
		const next = proofFor(message, username, credential);
		if (!isAsked || !next) return code;
		proof = next;
		({ message, bytes } = await ask(line, method.allocate, [wish, ...proof.attributes], proof.key));
	}
	if (message.class !== 'success') return errorCodeOf(message);
	// somebody between could have answered in its place
	if (proof && !isSignedWith(bytes, proof.key)) return unauthentic;
	await release(line, proof);
	const relay = xorAddress(message.attributes.get(attribute.xorRelayedAddress), message.transaction);
	return { relay: relay === undefined ? null : kindOfRelay(relay, line.address) };
}

const staleNonce = 438;
/** An answer that is not signed with our credentials counts as one that does not know them. */
const unauthentic = 401;

interface Proof {
	attributes: Attributes;
	key: Buffer;
}

function proofFor({ attributes }: StunMessage, username: string, credential: string): Proof | undefined {
	const realm = attributes.get(attribute.realm);
	const nonce = attributes.get(attribute.nonce);
	if (!realm || !nonce) return undefined;
	return {
		attributes: [
			[attribute.username, Buffer.from(username)],
			[attribute.realm, realm],
			[attribute.nonce, nonce]
		],
		key: longTermKey(username, realm.toString(), credential)
	};
}

/** A relay that is not given back would be kept for ten minutes; that this fails harms nobody. */
async function release(line: StunLine, proof: Proof | undefined): Promise<void> {
	const attributes = [[attribute.lifetime, noTime] as const, ...(proof?.attributes ?? [])];
	await ask(line, method.refresh, attributes, proof?.key).catch(() => undefined);
}

const privateAddresses = new BlockList();
for (const [network, bits] of [
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.168.0.0', 16]
] as const) {
	privateAddresses.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
	['::1', 128],
	['fc00::', 7],
	['fe80::', 10]
] as const) {
	privateAddresses.addSubnet(network, bits, 'ipv6');
}

const isPrivate = (address: string) =>
	isIP(address) !== 0 && privateAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** A relay with a private address is of use only to those who reach the server itself at one. */
export const kindOfRelay = (relay: string, server: string): 'public' | 'private' =>
	isPrivate(relay) && !isPrivate(server) ? 'private' : 'public';
