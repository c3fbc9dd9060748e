/** How every line of the set is drawn: src/lib/ui/primitives/Icon.svelte says it once for all of them. */
const stroke =
	'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" stroke-width="2"';

type Attributes = Readonly<Record<string, string>>;

/** The attributes that a shape of the set has, and its outline as path data. */
const shapes: Record<string, { has: string; outline: (attributes: Attributes) => string }> = {
	path: { has: 'd', outline: ({ d = '' }) => alone(d) },
	circle: {
		has: 'cx cy r',
		outline: (attributes) => {
			const { cx = 0, cy = 0, r = 0 } = numbers(attributes);
			return `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
		}
	},
	rect: {
		has: 'height rx width x y',
		outline: (attributes) => {
			const { x = 0, y = 0, width = 0, height = 0, rx: r = 0 } = numbers(attributes);
			const corner = (dx: number, dy: number) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
			const [across, down] = [width - 2 * r, height - 2 * r];
			const start = `M${x + r} ${y}`;
			return `${start}h${across}${corner(r, r)}v${down}${corner(-r, r)}h${-across}${corner(-r, -r)}v${-down}${corner(r, -r)}z`;
		}
	}
};

const numbers = (attributes: Attributes): Partial<Record<string, number>> =>
	Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, Number(value)]));

/** Path data that may stand behind other path data: a relative start is an absolute one only at the very beginning. */
function alone(data: string): string {
	const [, x, y, rest] = /^m\s*(-?[\d.]+)[\s,]*(-?[\d.]+)(.*)$/s.exec(data) ?? [];
	if (x === undefined || y === undefined || rest === undefined) return data;
	// what follows the first point without a letter are lines, still relative
	return `M${x} ${y}${/^[\s,]*[-.\d]/.test(rest) ? 'l' : ''}${rest.trim()}`;
}

function outlineOf(name: string, attributes: Attributes): string {
	const shape = shapes[name];
	const { ry, ...others } = attributes;
	const isKnown =
		shape?.has === Object.keys(others).sort().join(' ') && (ry ?? others['rx']) === others['rx'];
	if (shape === undefined || !isKnown) throw new Error(`a picture has a shape that is not known: ${name}`);
	return shape.outline(others);
}

/**
 * A picture of the Lucide set as one path: a component with markup of its own for each weighs three times as much.
 * @throws if it is drawn by anything but the set's lines
 */
export function iconPath(svg: string): string {
	const drawing = svg
		.replace(/^<svg[^>]*>|<\/svg>$/g, '')
		.replace(stroke, '')
		.replace(/<g\s*>|<\/g>/g, '');
	const tag = /<(\w+)\s+([^<>]*?)\s*\/>/g;
	if (drawing.replace(tag, '').trim() !== '')
		throw new Error(`a picture is drawn by more than lines: ${svg}`);
	return [...drawing.matchAll(tag)]
		.map(([, name = '', text = '']) => {
			const attributes = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
				key,
				value
			]);
			return outlineOf(name, Object.fromEntries(attributes) as Attributes);
		})
		.join('');
}

/** The module of a picture: its path, or the name under which a file has that. */
export const iconModule = (...values: string[]): string =>
	`import { icon } from '$lib/ui/primitives/icon.ts';
export default /*#__PURE__*/ icon(${values.map((value) => JSON.stringify(value)).join(', ')});`;

/** For unplugin-icons: the module that `import IconMic from '~icons/lucide/mic'` gets. */
export const iconComponent = {
	extension: 'js',
	compiler: (svg: string): string => iconModule(iconPath(svg))
};
