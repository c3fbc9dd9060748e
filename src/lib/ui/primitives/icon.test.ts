import { render } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { drawPictures, icon } from './icon.ts';

const pathIn = (container: HTMLElement) => container.querySelector('path')?.getAttribute('d');

it('given a picture with a name, when the file of pictures has come, then it is drawn as there', () => {
	drawPictures({ leaf: 'M1 1h1' });

	expect(pathIn(render(icon('', 'leaf')).container)).toBe('M1 1h1');
	expect(pathIn(render(icon('M2 2h2')).container)).toBe('M2 2h2');
});

it.each([null, 'leaf', { leaf: 1 }])(
	'given %j for a file of pictures, when it is read, then it is refused',
	(found) => {
		expect(() => drawPictures(found)).toThrow(TypeError);
	}
);
