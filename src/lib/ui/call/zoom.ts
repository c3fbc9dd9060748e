import type { Size } from './tile-layout.ts';

/** How a shared screen is looked at. Pixels are those of the layout. */
export interface Zoom {
	/** Pixels for one pixel of the screen, 0.5 to 4; null: as large as fits. */
	level: number | null;
	/** How far the middle of the picture is from the middle of the tile. */
	x: number;
	y: number;
}

export const fitted: Zoom = { level: null, x: 0, y: 0 };
export const [leastZoom, mostZoom] = [0.5, 4];
const steps = [0.5, 0.75, 1, 1.5, 2, 3, 4];

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The level at which the whole picture fits the tile. */
const fittingLevel = (picture: Size, tile: Size) =>
	Math.min(tile.width / picture.width, tile.height / picture.height);

export const levelOf = (zoom: Zoom, picture: Size, tile: Size): number =>
	zoom.level ?? fittingLevel(picture, tile);

/** What `scale` is for a picture that already fits its tile. */
export const scaleOf = (zoom: Zoom, picture: Size, tile: Size): number =>
	levelOf(zoom, picture, tile) / fittingLevel(picture, tile);

/** How far the picture may be moved to each side: its edge never comes inside the tile. */
function slack(level: number, picture: Size, tile: Size): { x: number; y: number } {
	return {
		x: Math.max(0, (picture.width * level - tile.width) / 2),
		y: Math.max(0, (picture.height * level - tile.height) / 2)
	};
}

export const canPan = (zoom: Zoom, picture: Size, tile: Size): boolean => {
	const { x, y } = slack(levelOf(zoom, picture, tile), picture, tile);
	return zoom.level !== null && (x > 0.5 || y > 0.5);
};

function bounded({ level, x, y }: Zoom, picture: Size, tile: Size): Zoom {
	if (level === null) return fitted;
	const room = slack(level, picture, tile);
	return { level, x: clamp(x, -room.x, room.x), y: clamp(y, -room.y, room.y) };
}

export const panned = (zoom: Zoom, dx: number, dy: number, picture: Size, tile: Size): Zoom =>
	bounded({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, picture, tile);

/**
 * Another level; what is under the point stays there, as far as the edges allow.
 * @param at from the middle of the tile
 */
export function zoomedTo(
	zoom: Zoom,
	level: number,
	at: { x: number; y: number },
	picture: Size,
	tile: Size
): Zoom {
	const wanted = clamp(level, leastZoom, mostZoom);
	const by = wanted / levelOf(zoom, picture, tile);
	const moved = { level: wanted, x: at.x + (zoom.x - at.x) * by, y: at.y + (zoom.y - at.y) * by };
	return bounded(moved, picture, tile);
}

/** The next round level up or down, around the middle. */
export function zoomStep(zoom: Zoom, by: -1 | 1, picture: Size, tile: Size): Zoom {
	const level = levelOf(zoom, picture, tile);
	const next =
		by > 0 ? steps.find((step) => step > level * 1.01) : steps.findLast((step) => step < level * 0.99);
	return next === undefined ? zoom : zoomedTo(zoom, next, { x: 0, y: 0 }, picture, tile);
}
