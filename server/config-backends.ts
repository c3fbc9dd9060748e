import { isIP } from 'node:net';

/** Another server, such as a Nextcloud, that this one does the signaling for. */
export interface BackendConfig {
	/** what all its addresses begin with, without a slash at the end; without the port if it may be any */
	base: string;
	/** for programs that listen wherever there is a port; only of a machine named by its address */
	anyPort: boolean;
	/** proves who asks and who orders, in both directions */
	secret: string;
}

/** The shortest secret that nobody guesses. */
const shortestSecret = 16;
/** Without a user, a query or a fragment; a port may be a star. */
const form = /^(https?:\/\/(?:\[[\da-f:.]+\]|[^\s/?#@:[\]]+))(:\d{1,5}|:\*)?(\/[^\s?#]*)?$/i;

/**
 * Reads pairs of an address and a secret, with a space between them, separated by commas.
 * @param reject is given what is wrong, without any secret, and what may stand in its place; it throws
 */
export function readBackends(value: string, reject: (got: string, takes: string) => never): BackendConfig[] {
	const pairs = value
		.split(',')
		.map((pair) => pair.trim())
		.filter((pair) => pair !== '');
	const backends = pairs.map((pair, index): BackendConfig => {
		const [address = '', secret = '', ...rest] = pair.split(/\s+/);
		// what stands where an address should be may be a secret
		const where = `entry ${index + 1} of ${pairs.length}`;
		const [, host = '', port = '', path = ''] = form.exec(address) ?? [];
		const anyPort = port === ':*';
		const url = URL.canParse(`${host}${anyPort ? '' : port}${path}`)
			? new URL(`${host}${anyPort ? '' : port}${path}`)
			: undefined;
		if (!url || rest.length > 0) {
			return reject(where, 'pairs such as "https://cloud.example.org <secret>", separated by commas');
		}
		if (anyPort && isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0) {
			return reject(where, 'any port only of a machine named by its address, such as http://127.0.0.1:*');
		}
		if (secret.length < shortestSecret || !/^[\x21-\x7e]+$/.test(secret)) {
			return reject(where, `behind the address a secret of ${shortestSecret} visible characters or more`);
		}
		return { base: url.href.replace(/\/+$/, ''), anyPort, secret };
	});
	const bases = new Set(backends.map(({ base, anyPort }) => `${base} ${String(anyPort)}`));
	if (bases.size < backends.length) return reject('an address twice', 'each address once');
	return backends;
}
