import { describe, expect, it } from 'vitest';
import { divided } from './words.ts';

describe('an area of the English catalogue', () => {
	it('given texts, sentences and functions, when it is divided, then the first two are words and the last stay code', async () => {
		const area = await divided(
			'some-area',
			`import { isolate } from './format.ts';
			export const someArea = {
				leave: 'Leave',
				'two words': \`as they are\`,
				left: (name: string) => \`\${isolate(name)} left\`,
				quoted: (name: string) => name === '' ? '' : isolate(name),
				deep: { back: 'Back', count: (many: number) => String(many), last: 'Last' },
				emoji: { '👍': 'Thumbs up' } as Readonly<Record<string, string>>
			} as const;`
		);

		expect(area?.words).toEqual({
			leave: 'Leave',
			'two words': 'as they are',
			left: '{0} left',
			deep: { back: 'Back', last: 'Last' },
			emoji: { '👍': 'Thumbs up' }
		});
		expect(area?.code).not.toMatch(/Leave|as they are|Back|Last|Thumbs| left/);
		const code = area?.code.replace(/import[^;]*;/, 'const isolate = (name) => `<${name}>`;') ?? '';
		const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
			someArea: {
				left: () => string;
				quoted: (name: string) => string;
				deep: { count: (many: number) => string };
				emoji: object;
			};
		};
		expect(module.someArea.left()).toBe('');
		expect(module.someArea.quoted('Ana')).toBe('<Ana>');
		expect(module.someArea.deep.count(2)).toBe('2');
		expect(module.someArea.emoji).toEqual({});
	});

	it('given a file without such an object, when it is divided, then it is left alone', async () => {
		expect(await divided('some-area', 'export const other = { leave: "Leave" };')).toBeNull();
	});
});
