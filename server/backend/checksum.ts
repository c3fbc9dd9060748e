import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Headers that prove a request between a signaling server and the server of the rooms, in either direction. */
const proofHeader = {
	random: 'spreed-signaling-random',
	checksum: 'spreed-signaling-checksum'
} as const;

/** Shorter ones are refused by everybody who speaks this. */
const shortestRandom = 32;

const digest = (secret: string, random: string, body: string | Uint8Array) =>
	createHmac('sha256', secret).update(random).update(body).digest();

/** @returns the two headers for a body that is about to be sent */
export function proofOf(secret: string, body: string): Record<string, string> {
	const random = randomBytes(32).toString('hex');
	return {
		[proofHeader.random]: random,
		[proofHeader.checksum]: digest(secret, random, body).toString('hex')
	};
}

/** Lower-case hexadecimal digits of a SHA-256. */
const checksumForm = /^[\da-f]{64}$/i;

/** Takes the same time however much of a wrong checksum is right. */
export function fitsChecksum(
	secret: string,
	random: string,
	body: string | Uint8Array,
	checksum: string
): boolean {
	if (random.length < shortestRandom || !checksumForm.test(checksum)) return false;
	return timingSafeEqual(Buffer.from(checksum, 'hex'), digest(secret, random, body));
}

/** Whether the headers of a request prove its body. */
export function isProven(
	secret: string,
	headers: Record<string, string | string[] | undefined>,
	body: string | Uint8Array
): boolean {
	const random = headers[proofHeader.random];
	const checksum = headers[proofHeader.checksum];
	if (typeof random !== 'string' || typeof checksum !== 'string') return false;
	return fitsChecksum(secret, random, body, checksum);
}
