import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linkify } from './linkify.ts';

const links = (text: string) => linkify(text).flatMap((part) => (part.kind === 'link' ? [part.text] : []));

it.each([
	['see https://example.org/a?b=1#c now', ['https://example.org/a?b=1#c']],
	['(https://example.org/a)', ['https://example.org/a']],
	['https://example.org/a_(b)', ['https://example.org/a_(b)']],
	['(see https://example.org/a_(b)).', ['https://example.org/a_(b)']],
	['https://example.org.', ['https://example.org']],
	['"https://example.org"', ['https://example.org']],
	['HTTP://EXAMPLE.ORG/x and http://b.example', ['HTTP://EXAMPLE.ORG/x', 'http://b.example']],
	['<https://example.org>', ['https://example.org']],
	['javascript:alert(1) data:text/html,x file:///etc', []],
	['https:// and http://', []],
	['https://[broken', []],
	['no link', []]
])('given %j, then the addresses are %j', (text, expected) => {
	expect(links(text)).toEqual(expected);
});

it('given marks that turn the writing direction, then they end an address', () => {
	expect(links('https://example.org/\u202egro.live')).toEqual(['https://example.org/']);
});

it('given any text, when it is cut, then the parts put together are the text, and links are http or https', () => {
	const piece = fc.oneof(
		fc.string({ unit: 'grapheme' }),
		fc.webUrl({ withQueryParameters: true, withFragments: true }),
		fc.constantFrom('https://', '(', ')', '.', ' ', '\n', 'http://a', 'javascript:', '<', '"', ']', '{')
	);
	fc.assert(
		fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
			const text = pieces.join('');
			const parts = linkify(text);
			expect(parts.map((part) => part.text).join('')).toBe(text);
			expect(parts.every((part) => part.text !== '')).toBe(true);
			for (const part of parts) if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\//);
		}),
		{ seed: 20_263, numRuns: 500 }
	);
}, 30_000);

it('given hostile text, when it is long, then it is cut in time in proportion', () => {
	const text = `https://example.org/${'('.repeat(15_000)}${')'.repeat(15_000)}${'.'.repeat(2_000)}`;
	const began = performance.now();
	linkify(text);
	linkify('https://'.repeat(4_000));
	expect(performance.now() - began).toBeLessThan(500);
});
