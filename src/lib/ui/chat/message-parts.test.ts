import { describe, expect, it } from 'vitest';
import { blocksOf, cardsOf, hrefOf, onlyWords, plainText, type Written } from './message-parts.ts';

const written = (text: string, change: Partial<Written> = {}): Written => ({
	text,
	parameters: {},
	isMarkdown: true,
	...change
});
const file = { type: 'file', id: '7', name: 'plan.pdf' };

describe('what a message is made of', () => {
	it('given text that is no markup, when it is read, then marks stay, and addresses are links', () => {
		expect(blocksOf(written('**a** https://a.example {b}', { isMarkdown: false }))).toEqual([
			{
				kind: 'paragraph',
				children: [
					{ kind: 'text', text: '**a** ' },
					{
						kind: 'link',
						href: 'https://a.example/',
						children: [{ kind: 'text', text: 'https://a.example' }]
					},
					{ kind: 'text', text: ' ' },
					{ kind: 'placeholder', key: 'b', text: '{b}' }
				]
			}
		]);
	});

	it('given nothing but a file or a poll, when it is read, then its card says it all', () => {
		expect(blocksOf(written(' {file} ', { parameters: { file } }))).toEqual([]);
		expect(cardsOf(written('see', { parameters: { file } }))).toEqual([file]);
		expect(cardsOf(written('{user}', { parameters: { user: { ...file, type: 'user' } } }))).toEqual([]);
	});

	it('given names of properties as placeholders, when they are looked up, then they stand for nothing', () => {
		expect(plainText(written('{constructor} {__proto__} {toString}', { isMarkdown: false }))).toBe(
			'{constructor} {__proto__} {toString}'
		);
	});
});

describe('only words', () => {
	it.each(['Hello', 'two\nlines', '👍', '5 * 3 = 15'])('given %j, then that is all of it', (text) => {
		expect(onlyWords(written(text))).toBe(text);
	});

	it.each([
		['a mark', '**Hello**'],
		['an address', 'see https://a.example'],
		['a list', '- one'],
		['two paragraphs', 'one\n\n> two'],
		['a name', 'Hello {user}'],
		['nothing', '']
	])('given %s, then there is more to it than words', (_, text) => {
		expect(onlyWords(written(text))).toBeNull();
	});
});

describe('in plain words', () => {
	it('given marks and names, when it is told, then only what is seen', () => {
		const parameters = { 'mention-guest1': { type: 'guest', id: 'guest/b', name: 'Ben' } };
		expect(plainText(written('**Hi** {mention-guest1}, `x`\n- a\n- b', { parameters }))).toBe(
			'Hi Ben, x\na\nb'
		);
	});

	it('given a file, when it is told, then its name', () => {
		expect(plainText(written('{file}', { parameters: { file } }))).toBe('plan.pdf');
	});
});

it.each([
	['https://cloud.example/f/1', 'https://cloud.example/f/1'],
	['javascript:alert(1)', null],
	['', null],
	[undefined, null]
])('given a thing with the link %j, when it is gone to, then %j', (link, expected) => {
	expect(hrefOf({ ...file, ...(link === undefined ? {} : { link }) })).toBe(expected);
});
