export interface Size {
	width: number;
	height: number;
}

interface GridRules {
	/** Between tiles, in pixels. */
	gap: number;
	/** Narrowest and widest tile, as width / height. */
	minRatio: number;
	maxRatio: number;
}

export interface Grid {
	columns: number;
	rows: number;
	tile: Size;
}

/** What one page of tiles may hold. */
export interface PageRules {
	minTile: Size;
	/** More than this is more than the device can decode. */
	cap: number;
}

/** Another number of columns must win by this much before tiles move under the eyes of the viewer. */
const hysteresis = 1.08;
/** Areas this close count as equal. */
const tie = 0.001;

/** Tile shapes and gap for a stage: phones held upright may have upright tiles, everything else has lying ones. */
export function gridRules(stage: Size, isPhone: boolean): GridRules {
	const isUpright = isPhone && stage.height > stage.width;
	return { gap: isPhone ? 4 : 8, minRatio: isUpright ? 3 / 4 : 4 / 3, maxRatio: 16 / 9 };
}

const area = ({ tile }: Grid) => tile.width * tile.height;

function gridWith(columns: number, count: number, stage: Size, { gap, minRatio, maxRatio }: GridRules): Grid {
	const rows = Math.ceil(count / columns);
	const width = Math.max(0, (stage.width - gap * (columns - 1)) / columns);
	const height = Math.max(0, (stage.height - gap * (rows - 1)) / rows);
	const tile = {
		width: Math.min(width, height * maxRatio),
		height: Math.min(height, width / minRatio)
	};
	return { columns, rows, tile };
}

/**
 * The grid with the largest tiles for `count` equal tiles. A single tile fills the stage.
 * @param count 1 or more
 * @param currentColumns columns shown now for the same number of tiles: kept unless another number gives
 * tiles of at least 8 % more area, so that dragging a window edge does not make tiles jump
 */
export function bestGrid(count: number, stage: Size, rules: GridRules, currentColumns?: number): Grid {
	if (count <= 1) return { columns: 1, rows: 1, tile: { width: stage.width, height: stage.height } };
	const grids = Array.from({ length: count }, (_, index) => gridWith(index + 1, count, stage, rules));
	const emptySlots = (grid: Grid) => grid.columns * grid.rows - count;
	const largest = Math.max(...grids.map(area));
	const best = grids
		.filter((grid) => area(grid) >= largest * (1 - tie))
		.reduce((kept, grid) => (emptySlots(grid) < emptySlots(kept) ? grid : kept));
	const current = currentColumns === undefined ? undefined : grids[currentColumns - 1];
	return current !== undefined && area(best) < area(current) * hysteresis ? current : best;
}

/**
 * How many tiles one page holds: as many as stay large enough to be of use, within the cap.
 * @returns 1 or more, also on a stage that is too small for anything
 */
export function tilesPerPage(count: number, stage: Size, rules: GridRules, page: PageRules): number {
	for (let size = Math.min(count, page.cap); size > 1; size -= 1) {
		const { tile } = bestGrid(size, stage, rules);
		if (tile.width >= page.minTile.width && tile.height >= page.minTile.height) return size;
	}
	return 1;
}

/**
 * Cuts tiles into pages without moving anybody. The own tile takes the last slot of the first page; when a page
 * holds a single tile, it comes after everybody else.
 * @param tiles in the order to show, without the own tile
 */
export function pagesOf<T>(tiles: readonly T[], own: T | null, perPage: number): T[][] {
	const withOwn = [...tiles];
	if (own !== null) withOwn.splice(perPage > 1 ? perPage - 1 : tiles.length, 0, own);
	const pages: T[][] = [];
	for (let start = 0; start < withOwn.length; start += perPage)
		pages.push(withOwn.slice(start, start + perPage));
	return pages;
}

/**
 * Whether a picture fills its tile or is shown whole. Filling may crop at most 30 % of the picture.
 * Screens are always shown whole: what is at the edge matters.
 */
export function fitOf(source: 'camera' | 'screen', picture: Size, tile: Size): 'cover' | 'contain' {
	if (source === 'screen') return 'contain';
	if (picture.width <= 0 || picture.height <= 0 || tile.width <= 0 || tile.height <= 0) return 'cover';
	const ratio = picture.width / picture.height / (tile.width / tile.height);
	return Math.min(ratio, 1 / ratio) >= 0.7 ? 'cover' : 'contain';
}

/** Where each tile of a grid goes: the block is centred, and so is a last row that is not full. */
export function positions(count: number, grid: Grid, stage: Size, gap: number): { x: number; y: number }[] {
	const { columns, rows, tile } = grid;
	const block = rows * tile.height + (rows - 1) * gap;
	return Array.from({ length: count }, (_, index) => {
		const row = Math.floor(index / columns);
		const inRow = Math.min(columns, count - row * columns);
		const width = inRow * tile.width + (inRow - 1) * gap;
		return {
			x: (stage.width - width) / 2 + (index % columns) * (tile.width + gap),
			y: (stage.height - block) / 2 + row * (tile.height + gap)
		};
	});
}
