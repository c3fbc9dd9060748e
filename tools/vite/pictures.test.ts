import { expect, it } from 'vitest';
import { dividedIcon, pictures } from './pictures.ts';

const stroke =
	'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" stroke-width="2"';
const svg = `<svg viewBox="0 0 24 24"><path ${stroke} d="M5 12h14"/></svg>`;
const moduleOf = (name: string) => dividedIcon.compiler(svg, 'lucide', name);

it('given a picture that only a call has, when its module is made, then that has its name and the file its path', () => {
	expect(pictures.get('smile-plus')).toMatch(/^M[\d. ]+/);
	expect(moduleOf('smile-plus')).toContain('icon("", "smile-plus")');
});

it('given a picture that the page before a call has too, when its module is made, then that has its path', () => {
	expect(pictures.has('settings')).toBe(false);
	expect(moduleOf('settings')).toContain('icon("M5 12h14")');
});
