import type { TileView } from '$lib/domain/call/call-view.ts';
import type { CallText } from '../messages/call-text.ts';

/** What the plate says: "You" for the own tile, "Guest" for people without a name. */
export const displayName = (
	{ memberKey, name }: Pick<TileView, 'memberKey' | 'name'>,
	text: CallText
): string => (memberKey === 'self' ? text.call.you : name || text.common.guest);

/**
 * The accessible name of a tile: it begins with the name that others see, followed by everything the picture shows.
 * "Bo, microphone off, hand raised 2nd, reconnecting".
 */
export function tileLabel(
	tile: TileView,
	{ isPinned, isMutedForMe = false }: { isPinned: boolean; isMutedForMe?: boolean },
	text: CallText
): string {
	const words = text.call.tile;
	const isScreen = tile.source === 'screen';
	const connection = tile.connection === 'none' || tile.connection === 'connected' ? null : tile.connection;
	return [
		displayName(tile, text),
		isScreen && words.screen,
		!isScreen && tile.microphone === 'off' && words.micOff,
		!isScreen && tile.video === 'off' && words.cameraOff,
		tile.handOrder !== null && words.hand(tile.handOrder),
		connection !== null && tile.memberKey !== 'self' && words[connection],
		isPinned && words.pinned,
		isMutedForMe && text.call.stage.mutedForMe
	]
		.filter((part) => part !== false)
		.join(', ');
}
