import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Which session an id means. */
export interface NamedSession {
	/** a positive safe integer */
	sid: number;
	backendId: string;
}

/** What the ids of one session say to whoever has the keys. */
interface SessionIdData extends NamedSession {
	/** milliseconds since 1970 */
	createdAt: number;
}

/** As in the `server.conf` of a high-performance backend: the bytes of the texts are the keys. */
export interface SessionIdKeys {
	/** 32 or 64 characters */
	hashKey: string;
	/** 16, 24 or 32 characters */
	blockKey: string;
}

type Kind = 'public' | 'private';

const ivBytes = 16;
const longest = 4_096;

/**
 * The ids that a high-performance backend gives its sessions, so that programs which have its keys can read them: the data
 * as a protocol buffer, encrypted with AES in counter mode, with the time of day and an HMAC-SHA256 in front and behind
 * (`gorilla/securecookie`). One session has as many valid ids as somebody cares to make. Public ones are turned round:
 * clients compare them, and would otherwise compare the times.
 */
export function createSessionIds({ hashKey, blockKey }: SessionIdKeys) {
	const cipher = `aes-${blockKey.length * 8}-ctr`;
	const macOf = (kind: Kind, dated: string) =>
		createHmac('sha256', hashKey).update(`${kind}-session|${dated}`).digest();

	function encode(kind: Kind, data: SessionIdData): string {
		const iv = randomBytes(ivBytes);
		const encrypting = createCipheriv(cipher, blockKey, iv);
		const value = padded(Buffer.concat([iv, encrypting.update(serialize(data)), encrypting.final()]));
		const dated = `${Math.floor(Date.now() / 1_000)}|${value}`;
		const whole = Buffer.concat([Buffer.from(`${dated}|`), macOf(kind, dated)]);
		return padded(kind === 'public' ? whole.reverse() : whole);
	}

	function decode(kind: Kind, id: string): NamedSession | undefined {
		if (id.length > longest) return undefined;
		const whole = Buffer.from(id, 'base64url');
		if (kind === 'public') whole.reverse();
		const first = whole.indexOf('|');
		const second = whole.indexOf('|', first + 1);
		if (first < 0 || second < 0) return undefined;
		const dated = whole.subarray(0, second).toString('latin1');
		const mac = whole.subarray(second + 1);
		const expected = macOf(kind, dated);
		if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined;
		const value = Buffer.from(dated.slice(first + 1), 'base64url');
		if (value.length <= ivBytes) return undefined;
		const decrypting = createDecipheriv(cipher, blockKey, value.subarray(0, ivBytes));
		return deserialize(Buffer.concat([decrypting.update(value.subarray(ivBytes)), decrypting.final()]));
	}

	return {
		/** @returns another text each time */
		encodePublic: (data: SessionIdData) => encode('public', data),
		encodePrivate: (data: SessionIdData) => encode('private', data),
		/** @returns undefined unless whoever made the id had the keys */
		decodePublic: (id: string) => decode('public', id),
		decodePrivate: (id: string) => decode('private', id)
	};
}
export type SessionIds = ReturnType<typeof createSessionIds>;

/** As Go's `URLEncoding` wants it. */
function padded(bytes: Buffer): string {
	const text = bytes.toString('base64url');
	return text + '='.repeat((4 - (text.length % 4)) % 4);
}

const [sidField, createdField, backendField] = [1, 2, 3];
const [varint, delimited] = [0, 2];

/** `uint64 sid = 1; google.protobuf.Timestamp created = 2; string backendId = 3;` */
function serialize({ sid, createdAt, backendId }: SessionIdData): Buffer {
	const seconds = Math.floor(createdAt / 1_000);
	const created = [...number(1, seconds), ...number(2, (createdAt - seconds * 1_000) * 1_000_000)];
	const backend = Buffer.from(backendId);
	return Buffer.from([
		...number(sidField, sid),
		...[...varintOf((createdField << 3) | delimited), ...varintOf(created.length), ...created],
		...[...varintOf((backendField << 3) | delimited), ...varintOf(backend.length), ...backend]
	]);
}

const number = (field: number, value: number) => [...varintOf((field << 3) | varint), ...varintOf(value)];

function varintOf(value: number): number[] {
	const bytes: number[] = [];
	let rest = value;
	for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
	return [...bytes, rest];
}

/** @returns undefined for what this server has not written, nor a program that read what it wrote */
function deserialize(bytes: Buffer): NamedSession | undefined {
	let at = 0;
	const read = (): number => {
		let value = 0;
		for (let factor = 1; ; factor *= 0x80) {
			const byte = bytes[at];
			if (byte === undefined || factor > Number.MAX_SAFE_INTEGER) return NaN;
			at += 1;
			value += (byte & 0x7f) * factor;
			if (byte < 0x80) return value;
		}
	};
	const named = { sid: 0, backendId: '' };
	while (at < bytes.length) {
		const tag = read();
		const value = read();
		if (!Number.isSafeInteger(value)) return undefined;
		if ((tag & 7) === delimited) {
			const content = bytes.subarray(at, at + value);
			at += value;
			if (at > bytes.length) return undefined;
			if (tag >> 3 === backendField) named.backendId = content.toString();
		} else if ((tag & 7) !== varint) {
			return undefined;
		} else if (tag >> 3 === sidField) {
			named.sid = value;
		}
	}
	return named.sid > 0 ? named : undefined;
}
