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
