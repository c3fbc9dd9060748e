/** What SvelteKit tells its service worker; the part of its own declaration that Roost uses. */
declare module '$service-worker' {
	/** Path the app is served under, without a slash at the end. */
	export const base: string;
	/** Addresses of the hashed files of this build. */
	export const build: string[];
	/** Addresses of what lies in `static/`. */
	export const files: string[];
	/** Changes with every build. */
	export const version: string;
}
