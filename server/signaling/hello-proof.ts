import { createHmac, createPrivateKey, createPublicKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import * as v from 'valibot';
import { limits } from '../../src/lib/protocol/limits.ts';
import { fitsChecksum } from '../backend/checksum.ts';
import type { Secrets } from '../storage/data-directory.ts';

/** How far the clock may have jumped between making and checking a token. */
const leewaySeconds = 60;

const Claims = v.object({ iat: v.number(), exp: v.number(), guest: v.pipe(v.string(), v.nonEmpty()) });

/** Why a proof does not hold: the error codes of the socket. */
type ProofError = 'invalid_token' | 'token_expired' | 'token_not_valid_yet' | 'invalid_ticket';
export type Proof = { guestKey: string } | { refused: ProofError };

/**
 * Makes and checks what a hello proves itself with. Both kinds are bound to the guest who asked for them, so that
 * nobody joins a signaling room with the session of another, although ids of sessions are no secret in a room.
 * @param now milliseconds since 1970
 */
export function createHelloProof(
	{ helloKeyPem, ticketKey, internalSecret }: Pick<Secrets, 'helloKeyPem' | 'ticketKey' | 'internalSecret'>,
	now: () => number
) {
	const privateKey = createPrivateKey(helloKeyPem);
	const publicKey = createPublicKey(privateKey);
	const mac = (text: string) => createHmac('sha256', ticketKey).update(text).digest('base64url');

	return {
		publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),

		/**
		 * Lives 60 s: for a hello 2.0 right after.
		 * @param issuer address of this server
		 * @param displayName what an external signaling server calls the guest; empty if not chosen yet
		 */
		async makeToken(issuer: string, guestKey: string, displayName = ''): Promise<string> {
			const iat = Math.floor(now() / 1000);
			const userdata = displayName === '' ? {} : { userdata: { displayname: displayName } };
			return new SignJWT({ guest: guestKey, ...userdata })
				.setProtectedHeader({ alg: 'EdDSA' })
				.setIssuer(issuer)
				.setIssuedAt(iat)
				.setExpirationTime(iat + limits.helloTokenMs / 1000)
				.sign(privateKey);
		},

		async checkToken(token: string): Promise<Proof> {
			let payload: JWTPayload;
			const currentDate = new Date(now());
			try {
				const options = { algorithms: ['EdDSA'], clockTolerance: leewaySeconds, currentDate };
				({ payload } = await jwtVerify(token, publicKey, options));
			} catch (error) {
				return { refused: error instanceof errors.JWTExpired ? 'token_expired' : 'invalid_token' };
			}
			const claims = v.safeParse(Claims, payload);
			if (!claims.success) return { refused: 'invalid_token' };
			const { iat, guest } = claims.output;
			if (iat > now() / 1000 + leewaySeconds) return { refused: 'token_not_valid_yet' };
			return { guestKey: guest };
		},

		/** For a hello 1.0; does not run out. */
		makeTicket(guestKey: string): string {
			const stem = `${randomBytes(16).toString('hex')}:${Math.floor(now() / 1000)}:${guestKey}`;
			return `${stem}:${mac(stem)}`;
		},

		checkTicket(ticket: string): Proof {
			const end = ticket.lastIndexOf(':');
			const stem = ticket.slice(0, Math.max(end, 0));
			const expected = Buffer.from(mac(stem));
			const given = Buffer.from(ticket.slice(end + 1));
			const guestKey = stem.split(':')[2];
			const isGenuine = expected.length === given.length && timingSafeEqual(expected, given);
			return isGenuine && guestKey ? { guestKey } : { refused: 'invalid_ticket' };
		},

		/** Whether whoever says this knows the secret of internal clients: recorders, telephone bridges. */
		isInternal: (random: string, token: string): boolean => fitsChecksum(internalSecret, random, '', token)
	};
}
export type HelloProof = ReturnType<typeof createHelloProof>;
