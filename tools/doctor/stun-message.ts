import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';

/* STUN (RFC 8489) and as much of TURN (RFC 8656) as it takes to ask for a relay and to give it back. */

export const method = { binding: 0x001, allocate: 0x003, refresh: 0x004 } as const;
export type Method = (typeof method)[keyof typeof method];
type MessageClass = 'request' | 'success' | 'error';

export const attribute = {
	username: 0x0006,
	messageIntegrity: 0x0008,
	errorCode: 0x0009,
	lifetime: 0x000d,
	xorRelayedAddress: 0x0016,
	realm: 0x0014,
	nonce: 0x0015,
	requestedTransport: 0x0019,
	xorMappedAddress: 0x0020
} as const;

export interface StunMessage {
	method: number;
	class: MessageClass | 'indication';
	/** 12 bytes. */
	transaction: Buffer;
	/** By type; of several with one type the first counts. */
	attributes: ReadonlyMap<number, Buffer>;
}

const magicCookie = 0x2112a442;
const headerBytes = 20;
const integrityBytes = 24;
const classBits = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;

export const newTransaction = (): Buffer => randomBytes(12);

/** The key of long-term credentials. */
export const longTermKey = (username: string, realm: string, password: string): Buffer =>
	createHash('md5').update(`${username}:${realm}:${password}`).digest();

/** @param key signs the message, as its last attribute */
export function encode(
	message: Pick<StunMessage, 'method' | 'class' | 'transaction'>,
	attributes: readonly (readonly [type: number, value: Buffer])[],
	key?: Buffer
): Buffer {
	const body = Buffer.concat(attributes.map(([type, value]) => encodeAttribute(type, value)));
	const header = Buffer.alloc(headerBytes);
	// the class stands in two bits amid the method, of which all that are used here are below them
	header.writeUInt16BE(message.method | classBits[message.class], 0);
	header.writeUInt16BE(body.length + (key ? integrityBytes : 0), 2);
	header.writeUInt32BE(magicCookie, 4);
	message.transaction.copy(header, 8);
	const unsigned = Buffer.concat([header, body]);
	if (!key) return unsigned;
	const mac = createHmac('sha1', key).update(unsigned).digest();
	return Buffer.concat([unsigned, encodeAttribute(attribute.messageIntegrity, mac)]);
}

function encodeAttribute(type: number, value: Buffer): Buffer {
	const encoded = Buffer.alloc(4 + paddedTo4(value.length));
	encoded.writeUInt16BE(type, 0);
	encoded.writeUInt16BE(value.length, 2);
	value.copy(encoded, 4);
	return encoded;
}

const paddedTo4 = (bytes: number) => Math.ceil(bytes / 4) * 4;

/** @returns how long the message at the start is, once enough of it is there to tell; `undefined` before */
export const lengthOf = (bytes: Buffer): number | undefined =>
	bytes.length < headerBytes ? undefined : headerBytes + bytes.readUInt16BE(2);

/** @returns `undefined` for what is no STUN message */
export function decode(bytes: Buffer): StunMessage | undefined {
	if (lengthOf(bytes) !== bytes.length || bytes.readUInt32BE(4) !== magicCookie) return undefined;
	const type = bytes.readUInt16BE(0);
	if ((type & 0xc000) !== 0) return undefined;
	const attributes = new Map<number, Buffer>();
	let at = headerBytes;
	while (at + 4 <= bytes.length) {
		const length = bytes.readUInt16BE(at + 2);
		if (at + 4 + length > bytes.length) return undefined;
		const kind = bytes.readUInt16BE(at);
		if (!attributes.has(kind)) attributes.set(kind, bytes.subarray(at + 4, at + 4 + length));
		at += 4 + paddedTo4(length);
	}
	const found = Object.entries(classBits).find(([, bits]) => (type & 0x110) === bits);
	return {
		method: type & 0x00f,
		class: (found?.[0] ?? 'indication') as StunMessage['class'],
		transaction: bytes.subarray(8, headerBytes),
		attributes
	};
}

/** Whether a message was signed with this key. */
export function isSignedWith(bytes: Buffer, key: Buffer): boolean {
	let at = headerBytes;
	while (at + 4 <= bytes.length) {
		const length = bytes.readUInt16BE(at + 2);
		if (bytes.readUInt16BE(at) === attribute.messageIntegrity) {
			const signed = Buffer.from(bytes.subarray(0, at));
			// the length as it was when this attribute was the last one
			signed.writeUInt16BE(at - headerBytes + integrityBytes, 2);
			const expected = createHmac('sha1', key).update(signed).digest();
			const given = bytes.subarray(at + 4, at + 4 + length);
			return given.length === expected.length && timingSafeEqual(given, expected);
		}
		at += 4 + paddedTo4(length);
	}
	return false;
}

/** @returns 401 and the like; 0 if the attribute is missing or broken */
export function errorCodeOf({ attributes }: StunMessage): number {
	const value = attributes.get(attribute.errorCode);
	return value && value.length >= 4 ? ((value[2] ?? 0) & 0x7) * 100 + (value[3] ?? 0) : 0;
}

export const encodeErrorCode = (code: number): Buffer =>
	Buffer.from([0, 0, Math.floor(code / 100), code % 100]);

/** @returns the IP address of an XOR-…-ADDRESS, `undefined` if it is none */
export function xorAddress(value: Buffer | undefined, transaction: Buffer): string | undefined {
	if (!value || ![8, 20].includes(value.length)) return undefined;
	const mask = Buffer.concat([Buffer.from([0x21, 0x12, 0xa4, 0x42]), transaction]);
	const bytes = value.subarray(4).map((byte, index) => byte ^ (mask[index] ?? 0));
	if (bytes.length === 4) return bytes.join('.');
	const groups = Array.from({ length: 8 }, (_, index) =>
		Buffer.from(bytes)
			.readUInt16BE(index * 2)
			.toString(16)
	);
	return groups.join(':');
}

/** @param address of IPv4 */
export function encodeXorAddress(address: string, port: number): Buffer {
	if (!isIPv4(address)) throw new RangeError('an address of IPv4');
	const value = Buffer.alloc(8);
	value.writeUInt8(1, 1);
	value.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
	const bytes = address.split('.').map(Number);
	const mask = [0x21, 0x12, 0xa4, 0x42];
	bytes.forEach((byte, index) => value.writeUInt8(byte ^ (mask[index] ?? 0), 4 + index));
	return value;
}
