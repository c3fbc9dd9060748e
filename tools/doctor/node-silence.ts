import type { Silence } from '../../src/lib/domain/check/evidence.ts';

const silences: ReadonlyMap<string, Silence> = new Map<string, Silence>([
	['ENOTFOUND', 'dns'],
	['EAI_AGAIN', 'dns'],
	['EAI_FAIL', 'dns'],
	['ECONNREFUSED', 'refused'],
	['ETIMEDOUT', 'timeout'],
	['TimeoutError', 'timeout'],
	['AbortError', 'timeout'],
	['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
	['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
	['ERR_SSL_WRONG_VERSION_NUMBER', 'protocol'],
	['HTTPParserError', 'protocol'],
	// undici has no code for it
	['redirect count exceeded', 'redirects']
]);
/** OpenSSL has a few dozen codes for certificates, and Node one more for names. */
const certificate = /CERT|SELF_SIGNED|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^CRL_/;

/** Why something was not reached, by what Node calls the error or one of its causes. */
export function silenceOf(error: unknown): Silence {
	let current: unknown = error;
	for (let depth = 0; depth < 6 && current instanceof Error; depth += 1) {
		const { code } = current as NodeJS.ErrnoException;
		for (const word of [code, current.name, current.message]) {
			if (typeof word !== 'string') continue;
			if (certificate.test(word)) return 'certificate';
			const found = silences.get(word);
			if (found) return found;
		}
		current = current.cause;
	}
	return 'network';
}
