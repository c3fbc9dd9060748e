import { expect, it } from 'vitest';
import { iconPath } from './icon-path.ts';

const stroke =
	'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" stroke-width="2"';
const picture = (body: string) => `<svg viewBox="0 0 24 24" width="1.25em" height="1.25em">${body}</svg>`;
const group = (body: string) => picture(`<g ${stroke}>${body}</g>`);

it('given a picture of one path, when read, then its data is kept', () => {
	expect(iconPath(picture(`<path ${stroke} d="M5 12h14m-7-7v14"/>`))).toBe('M5 12h14m-7-7v14');
});

it('given circle and rectangle, when read, then arcs and lines run around them', () => {
	expect(iconPath(group('<circle cx="12" cy="10" r="3"/>'))).toBe('M9 10a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z');
	expect(iconPath(group('<rect width="14" height="12" x="2" y="6" rx="2" ry="2"/>'))).toBe(
		'M4 6h10a2 2 0 0 1 2 2v8a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-8a2 2 0 0 1 2 -2z'
	);
});

it.each([
	['m8 13l6 3', 'M8 13l6 3'],
	['m8.59 13.51 6.83 3.98', 'M8.59 13.51l6.83 3.98'],
	['m16-9 2 2', 'M16 -9l2 2'],
	['m16 9-2-2', 'M16 9l-2-2']
])(
	'given a path behind another that begins with %s, when read, then it begins at the same point',
	(data, same) => {
		expect(iconPath(group(`<path d="M1 1h1"/><path d="${data}"/>`))).toBe(`M1 1h1${same}`);
	}
);

it.each([
	['a shape that the set does not have', group('<ellipse cx="1" cy="1" rx="1" ry="2"/>')],
	['corners that are not round', group('<rect width="4" height="4" x="2" y="6" rx="2" ry="1"/>')],
	['a surface', picture('<path fill="currentColor" d="M1 1h1"/>')],
	['an attribute that is not known', group('<path d="M1 1h1" opacity=".5"/>')],
	['a text', group('<text>a</text>')],
	['another width of line', picture(`<path ${stroke.replace('2', '1')} d="M1 1h1"/>`)]
])('given %s, when read, then it is refused', (_, svg) => {
	expect(() => iconPath(svg)).toThrow('a picture');
});
