import { expect, it } from 'vitest';
import { chunksOf } from './compile-ahead.ts';

const chunk = (fileName: string, imports: string[] = [], moduleIds: string[] = [], isEntry = false) => ({
	type: 'chunk' as const,
	fileName,
	imports,
	moduleIds,
	isEntry
});
const chunks = [
	chunk('app.js', ['svelte.js'], ['/kit/app.js'], true),
	chunk('svelte.js'),
	chunk('call.js', ['svelte.js', 'machines.js'], ['/ui/ChatPanel.svelte', '/routes/InCall.svelte']),
	chunk('machines.js', ['call.js', 'edges.js']),
	chunk('edges.js'),
	chunk('settings.js', ['machines.js'], ['/ui/Settings.svelte'])
];
const bundle = {
	...Object.fromEntries(chunks.map((one) => [one.fileName, one])),
	'style.css': { type: 'asset' as const }
};

it('given what a call is loaded from, then all that comes with it and not with the start is found', () => {
	expect(chunksOf(bundle, [/\/InCall\.svelte$/]).sort()).toEqual(['call.js', 'edges.js', 'machines.js']);
});

it('given a module that no chunk has, then nothing is found', () => {
	expect(chunksOf(bundle, [/\/Gone\.svelte$/])).toEqual([]);
});
