import type { Plugin } from 'vite';

/** A piece of source and what stands there instead; or two pieces, and everything from the first up to the second goes. */
type Change =
	| { take: string; put: string }
	| {
			from: string;
			upTo: string;
	  };

const take = (piece: string, put = ''): Change => ({ take: piece, put });
const cut = (from: string, upTo: string): Change => ({ from, upTo });

/** What is changed in the libraries' own files, by the end of their paths. */
const changes: Record<string, readonly Change[]> = {
	/* no page of ours is drawn by a server (docs/adr/0001), so nothing ever takes such markup over */
	'/svelte/src/internal/client/dom/hydration.js': [
		take('export let hydrating = false;', 'export const hydrating = false;'),
		take('hydrating = value;')
	],
	'/svelte/src/legacy/legacy-client.js': [
		take('import { hydrate, mount, unmount }', 'import { mount, unmount }'),
		take('(options.hydrate ? hydrate : mount)', 'mount')
	],
	/* every component has runes, none awaits outside of a block (svelte.config.js) */
	'/svelte/src/internal/flags/index.js': [
		take('export let async_mode_flag = false;', 'export const async_mode_flag = false;'),
		take('export let legacy_mode_flag = false;', 'export const legacy_mode_flag = false;'),
		take('export let tracing_mode_flag = false;', 'export const tracing_mode_flag = false;'),
		take('	async_mode_flag = true;'),
		take('	async_mode_flag = false;'),
		take('	legacy_mode_flag = true;'),
		take('	tracing_mode_flag = true;')
	],
	/* addresses are paths, no link asks for its page early, no form is sent by the browser, no page keeps a snapshot */
	'/@sveltejs/kit/src/runtime/client/client.js': [
		take('app.hash', 'false'),
		// whoever was typing before the app was there goes on typing (docs/adr/0011-the-early-page.md)
		take('	if (!keepfocus && !changed_focus) {', '	if (has_navigated && !keepfocus && !changed_focus) {'),
		cut('	if (__SVELTEKIT_PAYLOAD__.data) {', '	// detect basic auth credentials'),
		take('		await _hydrate(target, hydrate);'),
		cut(
			"	// @ts-expect-error this isn't supported everywhere yet",
			'	/** @param {MouseEvent} event */\n	container'
		),
		cut("	container.addEventListener('submit'", "	addEventListener('popstate'"),
		take('	capture_snapshot(current_navigation_index);\n	storage.set(SNAPSHOT_KEY, snapshots);')
	],
	/* a link has small letters, which only the encoding in bytes can write, and the edge is drawn by qr-path.ts */
	'/uqr/dist/index.mjs': [
		take(
			'  else if (isNumeric(text))\n    return [makeNumeric(text)];\n  else if (isAlphanumeric(text))\n    return [makeAlphanumeric(text)];\n'
		),
		take('  const result = addBorder({', '  const result = ({'),
		take('  }, border);', '  });')
	],
	/* no state of a machine is stored and taken up again, and none is reached by a route */
	'/xstate/dist/StateMachine-ae06a22b.esm.js': [
		take('    this.getPersistedSnapshot = this.getPersistedSnapshot.bind(this);\n'),
		take('    this.restoreSnapshot = this.restoreSnapshot.bind(this);\n'),
		take('    formatRouteTransitions(this.root);\n'),
		cut('  /** The well-structured state node definition. */', '  /** The logic invoked as actors'),
		cut('  get definition() {\n    return this.root.definition;', '}\n\nexport {')
	]
};

const endsWith = Object.keys(changes).map((path) => path.replace(/[.]/g, '\\.'));

function changed(code: string, change: Change, id: string): string {
	const begin = code.indexOf('take' in change ? change.take : change.from);
	const end = 'take' in change ? begin : code.indexOf(change.upTo, begin);
	if (begin < 0 || end < 0)
		throw new Error(`a library has changed: ${JSON.stringify(change)} is not in ${id}`);
	return 'take' in change ? code.replaceAll(change.take, change.put) : code.slice(0, begin) + code.slice(end);
}

/**
 * Leaves out what the libraries can do for others and this page never asks for, so far as it cannot be seen from outside
 * (a variable that nobody sets, a method that nobody calls). A new version that looks different fails the build.
 */
export const unusedParts: Plugin = {
	name: 'roost:unused-parts',
	apply: 'build',
	enforce: 'pre',
	config: () => ({
		// calls in every component whose only work is to keep the place in markup of a server
		build: { rolldownOptions: { treeshake: { manualPureFunctions: ['$.reset', '$.next'] } } }
	}),
	transform: {
		filter: { id: new RegExp(`(?:${endsWith.join('|')})$`) },
		handler(code, id) {
			const [, list = []] = Object.entries(changes).find(([path]) => id.endsWith(path)) ?? [];
			return list.reduce((text, change) => changed(text, change, id), code);
		}
	}
};
