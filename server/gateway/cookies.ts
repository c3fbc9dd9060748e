import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

/** What a name may be made of, by the grammar of cookies; a browser would not take, or not give back, others. */
const nameForm = /^[\w!#$%&'*+.^`|~-]+$/;
const valueForm = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e"]*$/;

/**
 * The cookies of the upstream in a browser that knows nothing of it. They live under names of our own: those that other
 * programs on this host have set are never sent on, and those of another upstream neither. A name such as `__Host-x`,
 * which a browser takes only over https, loses its power with that, and has it back when it goes upstream.
 *
 * @param isEmbeddable pages of other sites may hold ours in a frame, and a guest there needs these cookies
 */
export function createCookieNames(upstreamUrl: string, isEmbeddable = false) {
	const { hostname, pathname } = new URL(upstreamUrl);
	const base = pathname.replace(/\/+$/, '');
	const mark = createHash('sha256').update(upstreamUrl).digest('hex').slice(0, 8);
	const prefix = `roost_${mark}_`;

	return {
		/**
		 * @param header the browser's `Cookie`
		 * @returns the `Cookie` for the upstream; `undefined` if none is for it
		 */
		toUpstream(header: string | undefined): string | undefined {
			const own = (header ?? '')
				.split(';')
				.map((pair) => pair.trim())
				.filter((pair) => pair.startsWith(prefix) && pair.includes('='))
				.map((pair) => pair.slice(prefix.length));
			return own.length > 0 ? own.join('; ') : undefined;
		},

		/**
		 * @param setCookie one `Set-Cookie` of the upstream
		 * @param isSecure the browser talks https to us
		 * @returns `undefined` for one that a browser at the upstream would not have kept either
		 */
		toBrowser(setCookie: string, isSecure: boolean): string | undefined {
			const [pair = '', ...rest] = setCookie.split(';');
			const [, name = '', value = ''] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/s.exec(pair) ?? [];
			if (!nameForm.test(name) || !valueForm.test(value)) return undefined;
			const attributes = new Map(rest.map(readAttribute));
			if (!isForHost(attributes.get('domain'), hostname)) return undefined;
			const path = pathBelow(base, attributes.get('path'));
			if (path === undefined) return undefined;
			return [`${prefix}${name}=${value}`, `Path=${path}`, ...kept(attributes, isSecure, isEmbeddable)].join(
				'; '
			);
		}
	};
}
export type CookieNames = ReturnType<typeof createCookieNames>;

function readAttribute(text: string): [name: string, value: string] {
	const [, name = '', value = ''] = /^\s*([^=]*?)\s*(?:=\s*(.*?)\s*)?$/s.exec(text) ?? [];
	return [name.toLowerCase(), value];
}

/** A server may set cookies for itself and for the domains above it. */
function isForHost(domain: string | undefined, host: string): boolean {
	const wanted = (domain ?? '').replace(/^\./, '').toLowerCase();
	if (wanted === '' || wanted === host) return true;
	return isIP(host.replace(/^\[|\]$/g, '')) === 0 && host.endsWith(`.${wanted}`);
}

/** @returns where it is for the browser; `undefined`: the browser would never send it to the upstream's base */
function pathBelow(base: string, path: string | undefined): string | undefined {
	if (!path?.startsWith('/')) return '/';
	const wanted = path.replace(/\/+$/, '');
	if (wanted === base || base.startsWith(`${wanted}/`)) return '/';
	return wanted.startsWith(`${base}/`) && /^[\w/.~%@-]+$/.test(wanted)
		? wanted.slice(base.length)
		: undefined;
}

function kept(attributes: ReadonlyMap<string, string>, isSecure: boolean, isEmbeddable: boolean): string[] {
	const expires = attributes.get('expires');
	const maxAge = attributes.get('max-age');
	const sameSite = /^(strict|lax|none)$/i.exec(attributes.get('samesite') ?? '')?.[0];
	// browsers refuse `None` without `Secure`; a page of this origin needs no more than `Lax`
	const site = sameSite?.toLowerCase() === 'none' && !isSecure ? 'Lax' : sameSite;
	return [
		...(expires !== undefined && /^[\w ,:-]+$/.test(expires) ? [`Expires=${expires}`] : []),
		...(maxAge !== undefined && /^-?\d+$/.test(maxAge) ? [`Max-Age=${maxAge}`] : []),
		...(attributes.has('httponly') ? ['HttpOnly'] : []),
		...(isSecure ? ['Secure'] : []),
		// what the upstream does against other sites is done by `Partitioned`: theirs have a cookie of their own each
		...(isEmbeddable && isSecure
			? ['SameSite=None', 'Partitioned']
			: site === undefined
				? []
				: [`SameSite=${site}`])
	];
}
