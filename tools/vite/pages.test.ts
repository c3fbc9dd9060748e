import type { Manifest } from 'vite';
import { expect, it } from 'vitest';
import { pageFor } from './pages.js';

const manifest: Manifest = {
	'entry/start.js': { file: '_app/start.1.js', imports: ['_basics.js'] },
	'_basics.js': { file: '_app/basics.2.js', css: ['_app/style.3.css'] },
	'nodes/0.js': { file: '_app/0.4.js', imports: ['_basics.js'], dynamicImports: ['later.js'] },
	'later.js': { file: '_app/later.5.js', css: ['_app/later.6.css'] },
	'nodes/3.js': { file: '_app/3.7.js', imports: ['_basics.js', '_form.js'], css: ['_app/form.8.css'] },
	'_form.js': { file: '_app/form.9.js' }
};
const preload = (file: string) => `<link href="/_app/${file}" rel="modulepreload">`;
const style = (file: string) => `<link href="/_app/${file}" rel="stylesheet">`;
const html = `<!doctype html>
<html>
	<head>
		<script>here()</script>
		${preload('start.1.js')}
		${preload('basics.2.js')}
		${preload('0.4.js')}
		${style('style.3.css')}
		${style('later.6.css')}
	</head>
	<body><script>start()</script></body>
</html>
`;
const linksOf = (page: string) => page.match(/<link [^>]+>/g);

it('given the page of all addresses, when one for a route is made, then it asks for what that begins with and nothing else', () => {
	const before = [preload('start.1.js'), preload('basics.2.js'), preload('0.4.js'), style('style.3.css')];

	expect(linksOf(pageFor(html, manifest, ['nodes/0.js', 'nodes/3.js']))).toEqual([
		...before,
		preload('3.7.js'),
		preload('form.9.js')
	]);
	expect(linksOf(pageFor(html, manifest, ['nodes/0.js']))).toEqual(before);
});

it('given inline scripts, when a page is made, then they stay as they are, for the policy knows their digests', () => {
	const scriptsOf = (page: string) => page.match(/<script>.*?<\/script>/gs);

	expect(scriptsOf(pageFor(html, manifest, ['nodes/0.js', 'nodes/3.js']))).toEqual(scriptsOf(html));
});
