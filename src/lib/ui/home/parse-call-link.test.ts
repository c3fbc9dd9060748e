import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCallLink } from './parse-call-link.ts';

const server = 'talk.example:3000';
const seed = { seed: 1 };
const token = fc.stringMatching(/^[a-z0-9]{4,30}$/);
/** Words that hold no link of their own. */
const prose = fc
	.string()
	.map((text) => text.replace(/[/:]/g, ' '))
	.map((text) => `${text} `);

it('given a link to this server in any text, when it is parsed, then its call is found', () => {
	fc.assert(
		fc.property(
			token,
			prose,
			prose,
			fc.constantFrom('', '?mic=0', '#x', '/'),
			(code, before, after, tail) => {
				const text = `${before}http://${server}/call/${code}${tail} ${after}`;
				expect(parseCallLink(text, server)).toEqual({ kind: 'here', token: code });
			}
		),
		seed
	);
});

it('given a code alone, with space around it or in capitals, when it is parsed, then it is the call', () => {
	fc.assert(
		fc.property(token, fc.constantFrom('', ' ', '\n\t'), (code, space) => {
			expect(parseCallLink(space + code.toUpperCase() + space, server)).toEqual({
				kind: 'here',
				token: code
			});
		}),
		seed
	);
});

it('given a link to another server, when it is parsed, then it names its host and keeps only the way to the call', () => {
	fc.assert(
		fc.property(token, fc.domain(), (code, domain) => {
			const text = `https://someone:secret@${domain}/index.php/call/${code}?token=1. See you`;
			const host = new URL(`https://${domain}`).host;
			expect(parseCallLink(text, server)).toEqual({
				kind: 'elsewhere',
				host,
				url: `https://${host}/index.php/call/${code}`
			});
		}),
		seed
	);
});

it('given any text, when it is parsed, then nothing is thrown and a token is always well-formed', () => {
	const nearly = fc.constantFrom(
		'http://',
		'https://',
		'/call/',
		'call/',
		'talk.example',
		':',
		'.',
		' ',
		'abcd',
		'ü'
	);
	const text = fc.oneof(
		fc.string(),
		fc.array(nearly, { maxLength: 12 }).map((parts) => parts.join(''))
	);
	fc.assert(
		fc.property(text, (typed) => {
			const link = parseCallLink(typed, server);
			if (link.kind === 'here') expect(link.token).toMatch(/^[a-z0-9]{4,30}$/);
			if (link.kind === 'elsewhere') expect(new URL(link.url).host).toBe(link.host);
		}),
		{ ...seed, numRuns: 1000 }
	);
});

it.each([
	['talk.example:3000/call/demo', { kind: 'here', token: 'demo' }],
	['/call/demo', { kind: 'here', token: 'demo' }],
	[
		'call here: other.example/call/abcd1',
		{ kind: 'elsewhere', host: 'other.example', url: 'https://other.example/call/abcd1' }
	],
	['<https://talk.example:3000/call/demo>', { kind: 'here', token: 'demo' }],
	[
		'(https://other.example/call/abcd1).',
		{ kind: 'elsewhere', host: 'other.example', url: 'https://other.example/call/abcd1' }
	],
	['http://news.example/ and http://talk.example:3000/call/demo', { kind: 'here', token: 'demo' }],
	['', { kind: 'none' }],
	['abc', { kind: 'none' }],
	['two words', { kind: 'none' }],
	['javascript:alert(1)/call/demo', { kind: 'none' }],
	['https://talk.example:3000/', { kind: 'none' }]
])('given %j, when it is parsed, then it gives %j', (text, expected) => {
	expect(parseCallLink(text, server)).toEqual(expected);
});
