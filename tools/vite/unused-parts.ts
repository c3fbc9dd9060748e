import type { Plugin } from 'vite';

/** A piece of source and what stands there instead; or two pieces, and everything from the first up to the second goes. */
type Change =
	| { take: string; put: string }
	| {
			from: string;
			upTo: string;
			put: string;
	  };

const take = (piece: string, put = ''): Change => ({ take: piece, put });
const cut = (from: string, upTo: string, put = ''): Change => ({ from, upTo, put });

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
	'/svelte/src/internal/client/reactivity/async.js': [
		cut('	// Filter out already-settled blockers', '	var deriveds = sync.map(d);'),
		take('	if (async.length === 0 && pending.length === 0) {\n		fn(deriveds);\n		return;\n	}', '	fn(deriveds);'),
		cut(
			'	var parent = /** @type {Effect} */ (active_effect);\n\n	var restore = capture();',
			'}\n\n/**\n * @param {Blocker[]} blockers\n * @param {(values'
		)
	],
	'/svelte/src/internal/client/reactivity/batch.js': [
		take('				this.#commit();\n'),
		cut('	#commit() {', '	/**\n	 * @param {Map<Effect, number>} dirty_reactions\n	 */\n	transfer_reactions')
	],
	/* a state of ours is a value, or raw: no object is followed into its parts (`rawState` below sees to it) */
	'/svelte/src/internal/client/proxy.js': [
		take(
			'export function proxy(value) {',
			'export const proxy = (value) => value;\n\nfunction followed(value) {'
		)
	],
	'/svelte/src/internal/client/dom/blocks/boundary.js': [
		cut(
			'	#effect_pending_subscriber = createSubscriber',
			'	/**\n	 * @param {TemplateNode} node\n	 * @param {BoundaryProps} props\n	 * @param {((anchor: Node) => void)} children\n	 * @param {((error: unknown) => unknown) | undefined} [transform_error]\n	 */\n	constructor'
		),
		cut('			if (hydrating) {\n				const comment_data', '				this.#render();\n			}\n		}, flags);'),
		take('				this.#render();\n			}\n		}, flags);', '				this.#render();\n		}, flags);'),
		cut('	#hydrate_resolved_content() {', '	/**\n	 * Creates the `reset` function'),
		cut('	#hydrate_pending_content() {', '	#render() {'),
		cut(
			'			if (this.#pending_count > 0) {\n				var fragment',
			'				this.#resolve(/** @type {Batch} */ (current_batch));\n			}\n		} catch'
		),
		take(
			'				this.#resolve(/** @type {Batch} */ (current_batch));\n			}\n		} catch',
			'				this.#resolve(/** @type {Batch} */ (current_batch));\n		} catch'
		),
		cut('	/**\n	 * Updates the pending count associated', '	/** @param {unknown} error */\n	error(error)')
	],
	/* no page fetches before it is shown through what it is given for that, so nothing has to be kept of what was fetched */
	'/@sveltejs/kit/src/runtime/client/fetcher.js': [cut('if (DEV && BROWSER) {', 'const cache = new Map();')],
	'/@sveltejs/kit/src/runtime/client/client.js': [
		// or all that the library exports would be there
		take('const { onMount, tick } = svelte;', 'const onMount = svelte.onMount;\nconst tick = svelte.tick;'),
		// whoever was typing before the app was there goes on typing (docs/adr/0011-the-early-page.md)
		take('	if (!keepfocus && !changed_focus) {', '	if (has_navigated && !keepfocus && !changed_focus) {'),
		// no page was drawn by a server
		cut('	if (__SVELTEKIT_PAYLOAD__.data) {', '	// detect basic auth credentials'),
		take('		await _hydrate(target, hydrate);'),
		// addresses are paths, and mean what they say
		take('app.hash', 'false'),
		take('const rerouted = await get_rerouted_url(url);', 'const rerouted = url;'),
		// no link asks for its page early, or differently from others, and no form is sent by the browser
		cut(
			"	// @ts-expect-error this isn't supported everywhere yet",
			'	/** @param {MouseEvent} event */\n	container'
		),
		cut('	if (load_cache?.id === id) {', '	const { errors, layouts, leaf } = route;'),
		take(
			'const load_cache_fork = intent && load_cache?.id === intent.id ? load_cache.fork : null;',
			'const load_cache_fork = null;'
		),
		cut('	if (load_cache?.fork && !load_cache_fork) {', '	navigation_result.props.page.state = state;'),
		take('get_router_options(a)', '({})'),
		cut("	container.addEventListener('submit'", "	addEventListener('popstate'"),
		// our pictures have addresses that mean the same on every page, and nobody traces what a page loads
		cut('	for (const link of document.querySelectorAll', "	addEventListener('pageshow'"),
		take('tracing: { enabled: false, root: noop_span, current: noop_span },'),
		// what a page is told before it is shown is its parameters, and what the layout knows
		cut('			url: make_trackable(', '			setHeaders: noop,'),
		// nobody is sent on to another page
		cut('				if (err instanceof Redirect) {\n					return {', '				let status = get_status(err);'),
		cut('		if (error instanceof Redirect) {\n			await _goto', '		// otherwise, render the static error page'),
		cut(
			"	if (navigation_result.type === 'redirect') {\n		// whatwg",
			'if (/** @type {number} */ (navigation_result.props.page.status) >= 400) {'
		),
		// going to a page never fetches anything anew
		cut('	if (options.invalidateAll) {\n		discard_load_cache();', '	await navigate({'),
		cut('		accept: () => {\n			if (options.invalidateAll) {', '	});\n\n	if (options.invalidateAll) {'),
		cut('	if (options.invalidateAll) {', "}\n\n/** @param {import('./types.js').NavigationIntent} intent */"),
		// no page keeps a snapshot of itself
		take('const snapshots = storage.get(SNAPSHOT_KEY) ?? {};'),
		cut('	i = current_navigation_index + 1;\n	while (snapshots[i])', '}\n\n/**\n * Loads'),
		take('	capture_snapshot(current_navigation_index);\n	storage.set(SNAPSHOT_KEY, snapshots);'),
		take('	capture_snapshot(previous_navigation_index);'),
		take('restore_snapshot(current_navigation_index);')
	],
	/* no component listens in the old way */
	'/@sveltejs/kit/src/runtime/client/state.svelte.js': [
		cut('const is_legacy =', 'const placeholder_url', 'const is_legacy = false;\n')
	],
	/* the pages' addresses have whole parts that must be there */
	'/@sveltejs/kit/src/utils/routing.js': [
		cut('							// special case — /[...rest]/', '							if (!segment) {'),
		cut("										if (content.startsWith('x+')) {", '										// We know the match cannot be null'),
		cut('		// in the `[[a=b]]/.../[...rest]` case', '		if (!param.matcher || matchers'),
		cut('			// Now that the params match, reset', '			continue;\n		}\n\n		// in the `/[[a=b]]/...` case'),
		cut('		// in the `/[[a=b]]/...` case', '		// otherwise, if the matcher returns'),
		take('	if (buffered) return;')
	],
	/* nobody is told in words what is wrong with data, and no other library takes our schemas */
	'/valibot/dist/index.mjs': [
		cut('	schema["~standard"] = {', '	return schema;'),
		cut(' ?? /* @__PURE__ */ getSpecificMessage(context.reference', ';\n	if (message$1 !== void 0)'),
		cut('	if (!config$1 && !store$4) return DEFAULT_CONFIG;', '}\n', '	return config$1 ?? DEFAULT_CONFIG;\n')
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
	return 'take' in change
		? code.replaceAll(change.take, change.put)
		: code.slice(0, begin) + change.put + code.slice(end);
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

/** Fails the build where a state is an object whose parts would have to be followed: `proxy` is not there for that. */
export const rawState: Plugin = {
	name: 'roost:raw-state',
	apply: 'build',
	enforce: 'post',
	transform: {
		filter: { id: /\/src\/.*\.svelte(?:\.ts)?$/ },
		handler(code, id) {
			if (code.includes('$.state($.proxy(')) this.error(`${id} has a $state of an object: write $state.raw`);
		}
	}
};
