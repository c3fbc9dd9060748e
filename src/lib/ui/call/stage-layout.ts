import type { TileView } from '$lib/domain/call/call-view.ts';
import { bestGrid, gridRules, pagesOf, positions, tilesPerPage, type Size } from './tile-layout.ts';

export type LayoutMode = 'auto' | 'grid' | 'speaker';
export type Corner = 'top-start' | 'top-end' | 'bottom-start' | 'bottom-end';

export interface StageTile {
	key: string;
	source: 'camera' | 'screen';
	isOwn: boolean;
}

export interface Placed {
	key: string;
	/** From the start side, so that it mirrors with the writing direction. */
	x: number;
	y: number;
	width: number;
	height: number;
	/** `chip`: the own tile without its picture. */
	place: 'grid' | 'large' | 'strip' | 'floating' | 'chip';
}

export interface StageInput {
	/** In the order to show; the own screen is not among them. */
	tiles: readonly StageTile[];
	stage: Size;
	isPhone: boolean;
	mode: LayoutMode;
	pinned: readonly string[];
	/** Who fills the stage in the speaker layout. */
	speaker: string | null;
	/** Which of several shared screens is large; null: the newest. */
	screen: string | null;
	/** Counted from 0. */
	page: number;
	cap: number;
	corner: Corner;
	isOwnVideoHidden: boolean;
	/** There is room for one tile only. */
	isTiny?: boolean;
	/** Of the card with the invitation, which is shown when nobody else is there. */
	cardHeight: number;
	/** What was shown before, for the hysteresis of the grid. */
	previous?: { count: number; columns: number } | undefined;
}

export interface StageLayout {
	kind: 'empty' | 'alone' | 'duo' | 'grid' | 'focus';
	placed: Placed[];
	page: number;
	pageCount: number;
	grid: { count: number; columns: number };
}

type Box = Size & { x: number; y: number };

/** The width of the card with the invitation where it stands beside the preview. */
const cardWidth = 320;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const place = (key: string, box: Box, as: Placed['place']): Placed => ({ key, ...box, place: as });

const isWide = ({ width, height }: Size) => width >= height * 1.2;

function floatingSize(stage: Size, isPhone: boolean): Size {
	if (isPhone) return isWide(stage) ? { width: 128, height: 96 } : { width: 96, height: 128 };
	const width = clamp(Math.round(stage.width * 0.18), 144, 240);
	return { width, height: Math.round((width * 9) / 16) };
}

function inCorner(size: Size, area: Box, corner: Corner, margin: number): Box {
	return {
		...size,
		x: corner.endsWith('start') ? area.x + margin : area.x + area.width - size.width - margin,
		y: corner.startsWith('top') ? area.y + margin : area.y + area.height - size.height - margin
	};
}

/** Where the card with the invitation goes, given where the preview is; undefined: there is no room for one. */
export function aloneCardBox(
	preview: Box | undefined,
	{ stage, cardHeight }: Pick<StageInput, 'stage' | 'cardHeight'>
): Box {
	if (!preview) return { x: 0, y: 0, ...stage };
	if (isCardBeside(stage)) {
		return { x: preview.x + preview.width, y: 0, width: cardWidth, height: stage.height };
	}
	return { x: 0, y: preview.y + preview.height, width: stage.width, height: cardHeight };
}

/** The own tile when it is not part of the grid: a small picture, or a chip when it is hidden. */
function ownTile({ stage, isPhone, corner, isOwnVideoHidden }: StageInput, key: string): Placed {
	const whole = { x: 0, y: 0, ...stage };
	const size = isOwnVideoHidden ? { width: 88, height: 36 } : floatingSize(stage, isPhone);
	return place(key, inCorner(size, whole, corner, isPhone ? 8 : 12), isOwnVideoHidden ? 'chip' : 'floating');
}

/** Whether the card with the invitation stands beside the preview, not below it. */
const isCardBeside = (stage: Size) => isWide(stage) && stage.height < 420 && stage.width >= cardWidth + 160;

function alone(key: string, input: StageInput): Placed[] {
	const { stage, isPhone, cardHeight } = input;
	const isBeside = isCardBeside(stage);
	const card = isBeside ? { width: cardWidth, height: 0 } : { width: 0, height: cardHeight };
	const room = { width: stage.width - card.width, height: stage.height - card.height };
	// the invitation matters more than the preview
	if (room.height < 90) return [];
	const ratio = isPhone && !isWide(stage) ? 3 / 4 : 16 / 9;
	const width = Math.max(0, Math.min(room.width, room.height * ratio, 960));
	const height = width / ratio;
	// preview and card are centred together
	const x = (room.width - width) / 2;
	const y = (room.height - height) / 2;
	return [place(key, { width, height, x, y }, 'grid')];
}

function gridOf(tiles: readonly StageTile[], own: StageTile | undefined, input: StageInput): StageLayout {
	const { stage, isPhone, cap } = input;
	const rules = gridRules(stage, isPhone);
	const minTile = isPhone ? { width: 120, height: 90 } : { width: 160, height: 90 };
	const inGrid = own && !input.isOwnVideoHidden ? own : null;
	const total = tiles.length + (inGrid ? 1 : 0);
	const perPage = tilesPerPage(total, stage, rules, { minTile, cap });
	const pages = pagesOf(tiles, inGrid, perPage);
	const page = clamp(input.page, 0, Math.max(0, pages.length - 1));
	const shown = pages[page] ?? [];
	// a short last page keeps the tile size of the others
	const count = pages.length > 1 ? perPage : shown.length;
	const grid = bestGrid(
		count,
		stage,
		rules,
		input.previous?.count === count ? input.previous.columns : undefined
	);
	const spots = positions(shown.length, grid, stage, rules.gap);
	const placed = shown.map(({ key }, index) =>
		place(key, { x: 0, y: 0, ...spots[index], ...grid.tile }, 'grid')
	);
	if (own && !inGrid) placed.push(ownTile(input, own.key));
	return { kind: 'grid', placed, page, pageCount: pages.length, grid: { count, columns: grid.columns } };
}

/** One or a few large tiles; the others in a strip at the end side of a wide stage, else below. */
function focusOf(
	large: readonly StageTile[],
	others: readonly StageTile[],
	own: StageTile | undefined,
	input: StageInput
): StageLayout {
	const { stage, isPhone, corner } = input;
	const gap = isPhone ? 4 : 8;
	const isBeside = isWide(stage);
	const along = isBeside ? stage.height : stage.width;
	// two of them fit on any stage
	const longest = (along - gap) / 2;
	const wanted = isBeside ? clamp(Math.round(stage.width * 0.18), 128, 240) : isPhone ? 120 : 176;
	const ratio = isBeside ? 16 / 9 : 4 / 3;
	const width = Math.min(wanted, isBeside ? longest * ratio : longest);
	const size = { width, height: width / ratio };
	// in the corner beside the strip the own tile joins it instead of covering what matters
	const ownInStrip =
		own && !input.isOwnVideoHidden && (isBeside ? corner.endsWith('end') : corner.startsWith('bottom'));
	const step = (isBeside ? size.height : size.width) + gap;
	const slots = Math.max(1, Math.floor((along + gap) / step) - (ownInStrip ? 1 : 0));
	const pageCount = Math.max(1, Math.ceil(others.length / slots));
	const page = clamp(input.page, 0, pageCount - 1);
	const strip = others.slice(page * slots, (page + 1) * slots);
	if (ownInStrip) {
		if (isBeside && corner.startsWith('top')) strip.unshift(own);
		else strip.push(own);
	}

	const area: Box = { x: 0, y: 0, ...stage };
	if (strip.length > 0) {
		if (isBeside) area.width -= size.width + gap;
		else area.height -= size.height + gap;
	}
	const grid = bestGrid(large.length, area, { ...gridRules(area, isPhone), gap });
	const spots = positions(large.length, grid, area, gap);
	const placed = large.map(({ key }, index) =>
		place(key, { x: 0, y: 0, ...spots[index], ...grid.tile }, 'large')
	);
	const start = Math.max(0, (along - (strip.length * step - gap)) / 2);
	strip.forEach(({ key }, index) => {
		const offset = start + index * step;
		const spot = isBeside
			? { x: stage.width - size.width, y: offset }
			: { x: offset, y: stage.height - size.height };
		placed.push(place(key, { ...spot, ...size }, 'strip'));
	});
	if (own && !ownInStrip) {
		const floating = ownTile(input, own.key);
		placed.push({ ...floating, ...inCorner(floating, area, corner, isPhone ? 8 : 12) });
	}
	return { kind: 'focus', placed, page, pageCount, grid: { count: large.length, columns: grid.columns } };
}

/**
 * Where every tile goes. A tile that is not among `placed` is on another page.
 * A pin beats everything; `auto` puts a shared screen in focus and a single other person on the whole stage.
 */
export function layOut(input: StageInput): StageLayout {
	const own = input.tiles.find((tile) => tile.isOwn);
	const remote = input.tiles.filter((tile) => !tile.isOwn);
	const none = { page: 0, pageCount: 1, grid: { count: 1, columns: 1 } };
	if (input.stage.width <= 0 || input.stage.height <= 0 || (!own && remote.length === 0))
		return { kind: 'empty', placed: [], ...none };
	if (remote.length === 0 && own) return { kind: 'alone', placed: alone(own.key, input), ...none };

	const pinned = input.tiles.filter((tile) => input.pinned.includes(tile.key));
	const screens = input.mode === 'grid' ? [] : remote.filter((tile) => tile.source === 'screen');
	const screen = screens.find((tile) => tile.key === input.screen) ?? screens.at(-1);
	const speaker = remote.find((tile) => tile.key === input.speaker) ?? remote[0];
	const [single] = screen ? [screen] : input.mode === 'speaker' && speaker ? [speaker] : [];
	const large = pinned.length > 0 ? pinned : single ? [single] : [];
	const floatingOwn = own && large.includes(own) ? undefined : own;
	if (input.isTiny) {
		const only = large[0] ?? speaker;
		const placed = only ? [place(only.key, { x: 0, y: 0, ...input.stage }, 'large')] : [];
		return { kind: 'duo', placed, ...none };
	}
	if (large.length > 0 && (remote.length > 1 || pinned.length > 0)) {
		const others = remote.filter((tile) => !large.includes(tile));
		return focusOf(large, others, floatingOwn, input);
	}
	const [first] = remote;
	if (input.mode !== 'grid' && remote.length === 1 && first) {
		const placed = [place(first.key, { x: 0, y: 0, ...input.stage }, 'large')];
		if (own) placed.push(ownTile(input, own.key));
		return { kind: 'duo', placed, ...none };
	}
	return gridOf(remote, own, input);
}

/** How large the picture of somebody's camera is shown. */
export interface Look {
	memberKey: TileView['memberKey'];
	/** Height in pixels of the screen; 0: it is not to be seen. */
	lines: number;
}

/**
 * @param tiles all of them, on whatever page
 * @param placed those to be seen, by key
 * @param pixelRatio pixels of the screen for one of the layout
 */
export const looksAt = (
	tiles: readonly Pick<TileView, 'key' | 'memberKey' | 'source'>[],
	placed: ReadonlyMap<string, Placed>,
	pixelRatio: number
): Look[] =>
	tiles.flatMap(({ key, memberKey, source }) =>
		memberKey === 'self' || source === 'screen'
			? []
			: [{ memberKey, lines: Math.round((placed.get(key)?.height ?? 0) * pixelRatio) }]
	);
