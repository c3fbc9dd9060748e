import { expect, it } from 'vitest';
import { qrPath } from './qr-path.ts';

/** The modules that a path paints, as text. */
function painted({ size, path }: ReturnType<typeof qrPath>): string[] {
	const rows = Array.from({ length: size }, () => Array<string>(size).fill('.'));
	for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
		for (let step = 0; step < Number(length); step += 1) {
			const row = rows[Number(y)];
			if (row) row[Number(x) + step] = '#';
		}
	}
	return rows.map((row) => row.join(''));
}

it('given a link, when it is drawn, then the three finders stand in their corners inside a light edge of four', () => {
	const code = qrPath('https://calls.example/call/abcd1234');
	const rows = painted(code);

	expect((code.size - 8 - 17) % 4).toBe(0);
	for (const row of [...rows.slice(0, 4), ...rows.slice(-4)]) expect(row).not.toContain('#');
	for (const row of rows) expect(row.slice(0, 4) + row.slice(-4)).toBe('........');
	const finder = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
	const at = (x: number, y: number) => rows.slice(y, y + 7).map((row) => row.slice(x, x + 7));
	const far = code.size - 4 - 7;
	for (const [x, y] of [
		[4, 4],
		[far, 4],
		[4, far]
	] as const) {
		expect(at(x, y)).toEqual(finder);
	}
});

it('given two links, when they are drawn, then the codes differ', () => {
	expect(qrPath('https://calls.example/call/a').path).not.toBe(qrPath('https://calls.example/call/b').path);
});
