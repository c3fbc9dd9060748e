/** One kind of address, as the folders of `src/routes` name it. */
export interface Route {
	/** Such as "/call/[token]". */
	id: string;
	/** Number of its page among the app's parts. */
	leaf: number;
	pattern: RegExp;
	/** Names of its parameters, in their order. */
	names: readonly string[];
}

/** Where somebody is: a route, and what its parameters are in the address. */
export interface Place {
	route: Route;
	params: Readonly<Record<string, string>>;
}

const parameter = /\[(\w+)\]/g;

/** @param dictionary numbers of pages by ids of routes, as SvelteKit's build lists them */
export const routesOf = (dictionary: Readonly<Record<string, readonly number[]>>): Route[] =>
	Object.entries(dictionary).map(([id, [leaf = 0]]) => ({
		id,
		leaf,
		pattern: new RegExp(`^${id.replace(parameter, '([^/]+)').replace(/\/$/, '')}/?$`),
		names: Array.from(id.matchAll(parameter), ([, name = '']) => name)
	}));

/** @param pathname as in a URL: percent-encoded @returns null where no page is */
export function placeOf(pathname: string, routes: readonly Route[]): Place | null {
	for (const route of routes) {
		const found = route.pattern.exec(pathname);
		if (found === null) continue;
		try {
			const params = route.names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]);
			return { route, params: Object.fromEntries(params) as Record<string, string> };
		} catch {
			return null; // what is encoded there is no text
		}
	}
	return null;
}

/** The address of a page: its route's id with the parameters filled in. */
export const pathOf = (id: string, params: Readonly<Record<string, string>> = {}): string =>
	id.replace(parameter, (_, name: string) => encodeURIComponent(params[name] ?? ''));

/** Where somebody is, in one way of writing it: no slash at the end. */
export function withoutSlash(url: URL): URL {
	const one = new URL(url);
	if (one.pathname !== '/') one.pathname = one.pathname.replace(/\/+$/, '');
	return one;
}
