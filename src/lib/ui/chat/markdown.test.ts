import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarkdown, visibleText, type Block, type Inline } from './markdown.ts';

/** Marks in angle brackets, to be read at a glance. */
const drawn = (blocks: readonly Block[]): string => blocks.map(drawnBlock).join('|');
function drawnBlock(block: Block): string {
	if (block.kind === 'fence') return `<fence ${block.text}>`;
	if (block.kind === 'quote') return `<quote ${drawn(block.blocks)}>`;
	if (block.kind === 'paragraph') return drawnInlines(block.children);
	return `<list${block.start === null ? '' : ` ${block.start}`} ${block.items.map(drawn).join(';')}>`;
}
const drawnInlines = (nodes: readonly Inline[]): string =>
	nodes
		.map((node) => {
			if (node.kind === 'text') return node.text;
			if (node.kind === 'code') return `<code ${node.text}>`;
			if (node.kind === 'placeholder') return `<place ${node.key}>`;
			const inner = drawnInlines(node.children);
			return node.kind === 'link' ? `<a ${node.href} ${inner}>` : `<${node.kind} ${inner}>`;
		})
		.join('');

const read = (text: string) => visibleText(parseMarkdown(text), () => undefined);

describe('marks', () => {
	it.each([
		['plain text', 'plain text'],
		['**bold** and *italic* and _too_', '<strong bold> and <em italic> and <em too>'],
		['__bold__ ~~gone~~', '<strong bold> <del gone>'],
		['***both***', '<em <strong both>>'],
		['**a *b* c**', '<strong a <em b> c>'],
		['snake_case_name and 2*3*4', 'snake_case_name and 2<em 3>4'],
		['5 * 3 * 2', '5 * 3 * 2'],
		['**open', '**open'],
		['a ** b', 'a ** b'],
		['*a **b* c**', '<em a <em <em b> c>>'],
		['~one~ ~~~three~~~', '~one~ ~~~three~~~'],
		['`a * b` and ``x ` y``', '<code a * b> and <code x ` y>'],
		['`open', '`open'],
		['\\*not\\* \\x', '*not* \\x'],
		['**{mention-user1}** hi', '<strong <place mention-user1>> hi'],
		['{not a place}', '{not a place}']
	])('given %j, when it is read, then it is %j', (text, expected) => {
		expect(drawn(parseMarkdown(text))).toBe(expected);
	});
});

describe('links', () => {
	it.each([
		['https://a.example/x_y_z*', '<a https://a.example/x_y_z https://a.example/x_y_z>*'],
		['**https://a.example**', '<strong <a https://a.example/ https://a.example>>'],
		['see [the page](https://a.example/b(c)).', 'see <a https://a.example/b(c) the page>.'],
		['[write](mailto:ann@a.example)', '<a mailto:ann@a.example write>'],
		['[**b** c](https://a.example "title")', '<a https://a.example/ <strong b> c>'],
		['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
		['[x](data:text/html,x) [y](/way) []()', '[x](data:text/html,x) [y](/way) []()'],
		['[a] (https://a.example)', '[a] (<a https://a.example/ https://a.example>)'],
		[
			'[https://bank.example](https://evil.example)',
			'[<a https://bank.example/ https://bank.example>](<a https://evil.example/ https://evil.example>)'
		],
		['*[a*](https://a.example)', '*<a https://a.example/ a*>'],
		['h http:// https', 'h http:// https']
	])('given %j, when it is read, then it is %j', (text, expected) => {
		expect(drawn(parseMarkdown(text))).toBe(expected);
	});
});

describe('blocks', () => {
	it.each([
		['one\ntwo\n\nthree', 'one\ntwo\n\nthree'],
		['```js\na *b*\n\n  c\n```\nafter', '<fence a *b*\n\n  c>|after'],
		['```\nnever closed', '<fence never closed>'],
		['> a\n> **b**\nc', '<quote a\n<strong b>>|c'],
		['> > a', '<quote <quote a>>'],
		['- a\n- b *c*\n\nafter', '<list a;b <em c>>|after'],
		['3. a\n4. b', '<list 3 a;b>'],
		['- a\n  - b\n  c\n- d', '<list a|<list b>|c;d>'],
		['- a\n* b', '<list a>|<list b>'],
		['-a\n1)b', '-a\n1)b'],
		['<b>x</b> &lt; # no', '<b>x</b> &lt; # no'],
		['', '']
	])('given %j, when it is read, then it is %j', (text, expected) => {
		expect(drawn(parseMarkdown(text))).toBe(expected);
	});
});

describe('any text', { timeout: 30_000 }, () => {
	const piece = fc.oneof(
		{
			weight: 4,
			arbitrary: fc.constantFrom(
				...Array.from('*_~`[]()\\>-+. \n{}"!h1a'),
				'](',
				'https://a.b',
				'**',
				'```\n'
			)
		},
		fc.string({ unit: 'binary', maxLength: 6 })
	);
	const anyText = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
	/** Letters that are never part of a mark. */
	const words = (text: string) => [...text.matchAll(/[\p{L}\p{Extended_Pictographic}]/gu)].join('');

	it('given any text without links and code fences, when it is read, then no letter is lost, added or moved', () => {
		const withoutTargets = anyText.map((text) => text.replaceAll('](', '] (').replace(/[`~]{3,}/g, '`'));
		fc.assert(
			fc.property(withoutTargets, (text) => {
				expect(words(read(text))).toBe(words(text));
			}),
			{ numRuns: 2_000, seed: 41 }
		);
	});

	it('given any text, when it is read, then nothing is thrown, and what is seen was written in that order', () => {
		fc.assert(
			fc.property(anyText, (text) => {
				const seen = read(text);
				let from = 0;
				for (const letter of seen.replaceAll('\n', '')) {
					from = text.indexOf(letter, from) + letter.length;
					expect(from).toBeGreaterThanOrEqual(letter.length);
				}
			}),
			{ numRuns: 2_000, seed: 42 }
		);
	});

	it('given text without any mark, when it is read, then it is one paragraph as it was', () => {
		const plain = fc
			.string({ unit: fc.constantFrom(...Array.from('abc äß☃😀,.;:?! ')) })
			.map((text) => `a${text}b`);
		fc.assert(
			fc.property(plain, (text) => {
				expect(parseMarkdown(text)).toEqual([{ kind: 'paragraph', children: [{ kind: 'text', text }] }]);
			})
		);
	});

	it.each([
		['asterisks', '*'],
		['asterisks before words', '*a '],
		['asterisks between words', 'a*'],
		['marks of two kinds', '*_'],
		['marks of two kinds and words', '*a _b'],
		['closing marks', 'a_* '],
		['brackets', '['],
		['brackets that close', '[]('],
		['halves of links', '[a](https://a'],
		['addresses with brackets', 'https://a['],
		['addresses with colons', 'https://a:'],
		['backticks', '`'],
		['backticks of growing runs', ' ` `` ```'],
		['quotes', '> '],
		['quotes in lines', '> > > > x\n'],
		['bullets', '- '],
		['bullets in lines', '- a\n  '],
		['fences', '```\n'],
		['placeholders that do not end', '{a'],
		['schemes', 'https://'],
		['addresses', 'https://a.b '],
		['tildes', '~~a'],
		['backslashes', '\\']
	])('given 30 000 times %s, when it is read, then within time in proportion, and not deep', (_, part) => {
		const timeOf = (count: number) => {
			const text = part.repeat(count);
			const times = Array.from({ length: 3 }, () => {
				const before = performance.now();
				parseMarkdown(text);
				return performance.now() - before;
			});
			return Math.min(...times);
		};
		timeOf(300);
		const [small, large] = [timeOf(3_000), timeOf(30_000)];

		// ten times the text: a hundred times the time would be quadratic
		expect(large).toBeLessThan(Math.max(40 * small, 500));
		expect(depthOf(parseMarkdown(part.repeat(3_000)))).toBeLessThan(40);
	});
});

function depthOf(nodes: readonly (Block | Inline)[]): number {
	return 1 + Math.max(0, ...nodes.slice(0, 1_000).map((node) => depthOf(childrenOf(node))));
}
function childrenOf(node: Block | Inline): readonly (Block | Inline)[] {
	if ('children' in node) return node.children;
	if (node.kind === 'quote') return node.blocks;
	return node.kind === 'list' ? node.items.flat() : [];
}
