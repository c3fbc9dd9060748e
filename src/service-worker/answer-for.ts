interface Asked {
	method: string;
	url: string;
	/** A page is being opened, rather than a part of one. */
	isNavigation: boolean;
}

interface Site {
	origin: string;
	/** Path the app is served under, without a slash at the end. */
	base: string;
	/** Paths of what is stored with the app. */
	assets: ReadonlySet<string>;
}

/** The addresses the app draws itself. Everything else on this origin belongs to the server. */
const appPath = /^\/(?:call\/[^/]+|check)?\/?$/;

/**
 * What the service worker does about a request.
 * @returns `shell`: the page, from the network or stored; `asset`: the stored file; `none`: it keeps out, above all
 * of Talk's API, signaling, health and metrics
 */
export function answerFor({ method, url, isNavigation }: Asked, { origin, base, assets }: Site) {
	const { origin: askedOrigin, pathname } = new URL(url);
	if (method !== 'GET' || askedOrigin !== origin || !pathname.startsWith(`${base}/`)) return 'none';
	if (isNavigation) return appPath.test(pathname.slice(base.length)) ? 'shell' : 'none';
	return assets.has(pathname) ? 'asset' : 'none';
}
