import { expect, it } from 'vitest';
import { messageParts, plainText } from './message-parts.ts';

const ana = { type: 'user', id: 'ana', name: 'Ana' };

it('given a placeholder with a parameter, then it becomes the name; one without stays as written', () => {
	const message = { text: '{actor} and {nobody} said hi', parameters: { actor: ana } };
	expect(messageParts(message)).toEqual([
		{ kind: 'person', text: '{actor}', name: 'Ana' },
		{ kind: 'text', text: ' and {nobody} said hi' }
	]);
	expect(plainText(message)).toBe('Ana and {nobody} said hi');
});

it('given names of inherited properties, then they are text', () => {
	expect(plainText({ text: '{constructor} {toString}', parameters: {} })).toBe('{constructor} {toString}');
});

it('given a file, then it leads where the server says, if that is a web address', () => {
	const file = (link: string) => ({
		text: '{file}',
		parameters: { file: { type: 'file', id: '1', name: 'plan.ods', link } }
	});
	expect(messageParts(file('https://cloud.example/f/1'))).toEqual([
		{ kind: 'thing', text: '{file}', name: 'plan.ods', href: 'https://cloud.example/f/1' }
	]);
	expect(messageParts(file('javascript:alert(1)'))).toEqual([
		{ kind: 'thing', text: '{file}', name: 'plan.ods', href: null }
	]);
});

it('given markup, then it is text', () => {
	const text = '<b>x</b> **y** <img src=x onerror=alert(1)>';
	expect(messageParts({ text, parameters: {} })).toEqual([{ kind: 'text', text }]);
});
