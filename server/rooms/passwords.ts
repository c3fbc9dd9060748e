import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import * as v from 'valibot';

/** 16 MiB and about a tenth of a second for each try: a stolen database does not give the passwords away. */
const cost = { N: 2 ** 14, r: 8, p: 5 };
const keyBytes = 32;

const Positive = v.pipe(v.string(), v.regex(/^\d{1,8}$/), v.transform(Number));
const Kept = v.pipe(
	v.string(),
	v.transform((text) => text.split('$')),
	v.tuple([v.literal('scrypt'), Positive, Positive, Positive, v.string(), v.string()])
);

/** @returns `scrypt$N$r$p$salt$key`: what was it made with is kept, so that later ones may be made with more */
export async function hashPassword(password: string): Promise<string> {
	const { N, r, p } = cost;
	const salt = randomBytes(16);
	const key = await derive(password, salt, keyBytes, cost);
	return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/**
 * @param hash as `hashPassword` wrote it
 * @throws {v.ValiError} for what is no such hash
 */
export async function fitsPassword(password: string, hash: string): Promise<boolean> {
	const [, N, r, p, salt, kept] = v.parse(Kept, hash);
	const key = Buffer.from(kept, 'base64url');
	const given = await derive(password, Buffer.from(salt, 'base64url'), key.length, { N, r, p });
	return timingSafeEqual(given, key);
}

/** Typed on two keyboards, a letter with an accent may be one character or two. */
function derive(password: string, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		scrypt(password.normalize('NFC'), salt, length, options, (error, key) =>
			error ? reject(error) : resolve(key)
		);
	});
}
