import type { KeyObject } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import * as v from 'valibot';
import { ShownUser } from './backend-client.ts';
import type { Person } from './foreign-hub.ts';

/** How far apart the clocks may be. */
const leewaySeconds = 60;
/** What Nextcloud may be told to sign with. */
const algorithms = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512'];

const Claims = v.object({
	iat: v.number(),
	exp: v.number(),
	/** the user; absent for guests */
	sub: v.nullish(v.string(), ''),
	userdata: v.nullish(ShownUser)
});

type TokenError = 'invalid_token' | 'token_expired' | 'token_not_valid_yet';

/**
 * Reads the token of a hello 2.0 by the key of the backend that is said to have made it.
 * @param now milliseconds since 1970
 */
export async function readToken(
	token: string,
	key: KeyObject,
	now: number
): Promise<Person | { refused: TokenError }> {
	let payload: JWTPayload;
	try {
		const currentDate = new Date(now);
		({ payload } = await jwtVerify(token, key, { algorithms, clockTolerance: leewaySeconds, currentDate }));
	} catch (error) {
		return { refused: error instanceof errors.JWTExpired ? 'token_expired' : 'invalid_token' };
	}
	const claims = v.safeParse(Claims, payload);
	if (!claims.success) return { refused: 'invalid_token' };
	const { iat, sub, userdata } = claims.output;
	if (iat > now / 1_000 + leewaySeconds) return { refused: 'token_not_valid_yet' };
	return { userId: sub, user: userdata ?? undefined };
}
