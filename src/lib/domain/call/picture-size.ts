import type { SessionId } from '../../protocol/ids.ts';

/**
 * How large somebody's picture is shown here, and so what a media server should send of it. `none`: not at all, sound
 * goes on.
 */
export type PictureSize = 'none' | 'small' | 'medium' | 'large';

/** What a publisher sends in three layers is this much smaller in the lower two. */
const scaleOf = { large: 1, medium: 2, small: 4 } as const;
/** Lines of the picture that cameras here send in full. */
const fullLines = 720;

/**
 * The smallest layer that a tile does not blow up by more than a quarter.
 * @param lines height of the tile in physical pixels
 */
export function pictureSizeFor(lines: number): PictureSize {
	if (!(lines > 0)) return 'none';
	const sharpEnough = (['small', 'medium'] as const).find(
		(size) => (fullLines / scaleOf[size]) * 1.25 >= lines
	);
	return sharpEnough ?? 'large';
}

/** The same for everybody who is looked at; nobody needs their own picture sent back. */
export const picturesFor = (
	looks: readonly { memberKey: SessionId | 'self'; lines: number }[]
): ReadonlyMap<SessionId, PictureSize> =>
	new Map(
		looks.flatMap(({ memberKey, lines }) =>
			memberKey === 'self' ? [] : [[memberKey, pictureSizeFor(lines)] as const]
		)
	);

/** How much of the others' cameras is done without, from less to more; screens are always shown. */
export type PictureSaving = 'nothing' | 'size' | 'beside-stage' | 'cameras';

const smaller = { none: 'none', small: 'small', medium: 'small', large: 'medium' } as const;
const order: readonly PictureSize[] = ['none', 'small', 'medium', 'large'];

/** The stage is whatever is shown largest: where all are as large, nobody is beside it. */
export function savedPicture(
	saving: PictureSaving,
	looks: ReadonlyMap<SessionId, PictureSize>,
	of: SessionId
): PictureSize {
	const shown = looks.get(of) ?? 'large';
	if (saving === 'nothing') return shown;
	if (saving === 'cameras') return 'none';
	const largest = Math.max(...[...looks.values()].map((size) => order.indexOf(size)));
	if (saving === 'beside-stage' && looks.has(of) && order.indexOf(shown) < largest) return 'none';
	return smaller[shown];
}

/** @returns the layer by its number among three, 2 is the best; null: none */
export const layerOf = (size: PictureSize): 0 | 1 | 2 | null =>
	(({ none: null, small: 0, medium: 1, large: 2 }) as const)[size];
