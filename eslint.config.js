import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/**
 * Which layer may import which: the one table behind "layers point one way" (docs/architecture.md).
 * `packages` lists those npm packages of the client and the server that a layer may name; it is refused the others.
 */
const layers = {
	protocol: { files: 'src/lib/protocol', may: [], packages: ['valibot'] },
	domain: { files: 'src/lib/domain', may: ['protocol'], packages: ['xstate'] },
	adapters: {
		files: 'src/lib/adapters',
		may: ['protocol', 'domain'],
		packages: ['valibot', 'idb']
	},
	ui: { files: 'src/lib/ui', may: ['protocol', 'domain'], packages: ['svelte', 'uqr'], typesOnly: true },
	app: {
		files: 'src/lib/app',
		may: ['protocol', 'domain', 'adapters'],
		packages: ['xstate', 'svelte', 'valibot']
	},
	early: {
		files: 'src/early',
		may: ['app', 'ui'],
		packages: ['svelte']
	},
	router: { files: 'src/lib/router', may: [], packages: ['svelte'] },
	routes: {
		files: 'src/routes',
		may: ['app', 'ui', 'domain', 'protocol', 'router'],
		packages: ['svelte', '@sveltejs/kit'],
		typesOnlyOf: ['domain', 'protocol']
	}
};

function layerRules([name, layer]) {
	const others = Object.keys(layers).filter((other) => other !== name && !layer.may.includes(other));
	const groups = others.map((other) => ({
		group: [`**/${other}/**`, `$lib/${other}/**`],
		message: `${name} may not import ${other}: see the layer table in eslint.config.js`
	}));
	const valuesOf = layer.typesOnly ? layer.may : (layer.typesOnlyOf ?? []);
	const typeOnly = valuesOf.map((other) => ({
		group: [`**/${other}/**`, `$lib/${other}/**`],
		allowTypeImports: true,
		message: `${name} may import only types of ${other}`
	}));
	const packages = [
		'valibot',
		'xstate',
		'idb',
		'sdp-transform',
		'svelte',
		'@sveltejs/kit',
		'fastify',
		'ws',
		'libsql',
		'uqr'
	]
		.filter((known) => !layer.packages.includes(known))
		.flatMap((known) => [known, `${known}/**`]);
	return {
		files: [`${layer.files}/**/*.{ts,svelte}`],
		ignores: ['**/*.test.ts'],
		rules: {
			'@typescript-eslint/no-restricted-imports': [
				'error',
				{
					patterns: [
						...groups,
						...typeOnly,
						{ group: packages, message: `${name} may not use this package: see the layer table` },
						{ group: ['**/server/**'], message: 'the client never imports the server' }
					]
				}
			]
		}
	};
}

export default ts.config(
	{
		ignores: [
			'.svelte-kit/',
			'build/',
			'.cache/',
			'node_modules/',
			'data/',
			'test-results/',
			'playwright-report/',
			'static/'
		]
	},
	...ts.configs.strictTypeChecked,
	...svelte.configs.recommended,
	prettier,
	...svelte.configs.prettier,
	{
		languageOptions: {
			globals: { ...globals.browser, ...globals.node },
			parserOptions: {
				projectService: {
					allowDefaultProject: ['vitest.config.ts']
				},
				extraFileExtensions: ['.svelte']
			}
		},
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			'@typescript-eslint/require-await': 'off', // ports are async by signature
			'@typescript-eslint/no-invalid-void-type': 'off', // fromPromise<void, Input> is how xstate spells it
			'@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/no-confusing-void-expression': [
				'error',
				{ ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true }
			],
			'@typescript-eslint/consistent-type-imports': 'error',
			'no-restricted-syntax': [
				'error',
				{
					selector: "CallExpression[callee.object.name='vi'][callee.property.name='mock']",
					message: 'fake only the four edges (CONTRIBUTING.md)'
				},
				{ selector: 'TSEnumDeclaration', message: 'use a union of literals' }
			],
			'no-undef': 'off'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
		rules: {
			'svelte/no-at-html-tags': 'error',
			// the app stands at the top of its server, and goes to pages by a router of its own
			'svelte/no-navigation-without-resolve': 'off',
			// the parser does not know the types of component props, so every callback given to one looks like `any`;
			// svelte-check does know them
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-call': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-return': 'off'
		}
	},
	...Object.entries(layers).map(layerRules),
	{
		files: ['src/lib/**/*.ts', 'src/routes/**/*.{ts,svelte}'],
		ignores: ['src/lib/adapters/webrtc/**', '**/*.test.ts'],
		rules: {
			'no-restricted-globals': [
				'error',
				{ name: 'RTCPeerConnection', message: 'only adapters/webrtc names it' }
			]
		}
	},
	{
		files: ['server/**/*.ts'],
		rules: {
			'@typescript-eslint/no-restricted-imports': [
				'error',
				{
					patterns: [
						{ regex: 'src/lib/(?!protocol/)', message: 'the server shares protocol and nothing else' }
					]
				}
			]
		}
	},
	{
		files: ['**/*.test.ts', 'tests/**/*.ts'],
		rules: {
			'@typescript-eslint/no-non-null-assertion': 'error',
			'@typescript-eslint/no-unsafe-assignment': 'off', // expect.objectContaining and friends are any
			'@typescript-eslint/restrict-template-expressions': 'off'
		}
	},
	{ files: ['**/*.{js,mjs}'], ...ts.configs.disableTypeChecked }
);
