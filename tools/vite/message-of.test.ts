import { parseSync } from 'vite';
import { expect, it } from 'vitest';
import { formatsFor, isolate as isolated } from '../../src/lib/ui/messages/format.ts';
import { formatMessage, parseMessage, type Value } from '../../src/lib/ui/messages/icu.ts';
import { messageOf } from './message-of.ts';

const en = formatsFor('en');
const { plural, number } = en;
// under the name that sentences have for it
const isolate = isolated;

const written = (sentence: unknown) => {
	const [statement] = parseSync('sentence.js', String(sentence)).program.body;
	if (statement?.type !== 'ExpressionStatement') throw new TypeError('no expression');
	return messageOf(statement.expression);
};

it.each<[(...values: never[]) => string, Value[]]>([
	[(name: string, other: string) => `${isolate(other)} and ${isolate(name)}, both`, ['Ana', 'Bo']],
	[(count: number) => plural(count, { one: '1 vote', other: `${number(count)} votes` }), [1_234]],
	[(count: number) => plural(count, { one: '1 vote', other: `${number(count)} votes` }), [1]],
	[(at: number, left: number) => `at ${en.time(at)} on ${en.date(at)}, in ${en.number(left)} s`, [1_000, 5]]
])(
	'given the function %s, when it is written as a message, then that says the same of %j',
	(sentence, values) => {
		const message = parseMessage(written(sentence) ?? '');

		expect(formatMessage(message, values, en)).toBe(sentence(...(values as never[])));
	}
);

it.each([
	['a decision', "(name) => name === '' ? 'nobody' : isolate(name)"],
	['a value as it is', '(emoji) => `${emoji} being sent`'],
	['a sign with a meaning in messages', '(name) => `#${isolate(name)}`'],
	['a value of its own', '(name) => isolate(other)'],
	['a plural within a plural', '(a, b) => plural(a, { other: plural(b, { other: "x" }) })'],
	['statements', '(name) => { return isolate(name); }'],
	['no function', '"text"']
])('given %s, when it is to be a message, then it stays code', (_, sentence) => {
	expect(written(`(${sentence})`)).toBeUndefined();
});
