import { encode } from 'uqr';

/** Scanners want this many light modules around the code. */
const quiet = 4;

/** A QR code as one path of an SVG: each run of dark modules in a row is a bar. @returns `size` with its quiet edge */
export function qrPath(text: string): { size: number; path: string } {
	const { data, size } = encode(text, { ecc: 'M', border: 0 });
	const bars = data.flatMap((row, y) =>
		row.flatMap((isDark, x) => {
			if (!isDark || row[x - 1] === true) return [];
			const end = row.indexOf(false, x);
			return [`M${x + quiet} ${y + quiet}h${(end < 0 ? size : end) - x}v1h-${(end < 0 ? size : end) - x}z`];
		})
	);
	return { size: size + 2 * quiet, path: bars.join('') };
}
