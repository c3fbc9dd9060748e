import IconDetails from '~icons/lucide/activity';
import IconEye from '~icons/lucide/eye';
import IconEyeOff from '~icons/lucide/eye-off';
import IconFullScreen from '~icons/lucide/maximize';
import IconMove from '~icons/lucide/move';
import IconPin from '~icons/lucide/pin';
import IconPinOff from '~icons/lucide/pin-off';
import IconVolume from '~icons/lucide/volume-2';
import IconVolumeOff from '~icons/lucide/volume-x';
import type { TileView } from '$lib/domain/call/call-view.ts';
import type { CallText } from '../messages/call-text.ts';
import type { MenuItem, MenuSection } from './menu.ts';
import type { Corner } from './stage-layout.ts';

interface TileState {
	tile: TileView;
	isPinned: boolean;
	/** The key that pins; empty: none does. */
	pinHint: string;
	/** How loud they are for us, 1 is unchanged; null: that can not be set. */
	volume: number | null;
	/** iOS lets nobody but its buttons set how loud something is. */
	canSetVolume: boolean;
	isVideoHidden: boolean;
	/** Of the own tile, when it can be moved; null: it stands in the grid. */
	corner: Corner | null;
	/** Nobody else is there. */
	isAlone: boolean;
}

interface TileActions {
	pin: () => void;
	/** null: this browser has none, or it is in it. */
	fullScreen: (() => void) | null;
	setVolume: (volume: number) => void;
	openVolume: () => void;
	hideVideo: () => void;
	/** null: nothing is known of the connection. */
	details: (() => void) | null;
	move: (corner: Corner) => void;
}

const corners: readonly Corner[] = ['top-start', 'top-end', 'bottom-start', 'bottom-end'];

/** What can be done with a tile; what moderators may do comes from elsewhere. */
export function tileSections(
	state: TileState,
	on: TileActions,
	text: CallText,
	extra: readonly MenuItem[]
): MenuSection[] {
	const { isPinned, volume, isVideoHidden, corner } = state;
	const isOwn = state.tile.memberKey === 'self';
	const words = text.call.stage;
	const item = (key: string, isThere: boolean, label: string, icon: typeof IconPin, onselect: () => void) =>
		isThere ? [{ key, label, icon, onselect }] : [];
	const hideLabel = isOwn
		? isVideoHidden
			? text.call.showOwnVideo
			: text.call.hideOwnVideo
		: isVideoHidden
			? words.showVideo
			: words.hideVideo;
	const pin: MenuItem[] = item(
		'pin',
		!state.isAlone && !(isOwn && isVideoHidden),
		isPinned ? text.call.unpin : text.call.pin,
		isPinned ? IconPinOff : IconPin,
		on.pin
	).map((plain) => ({ ...plain, hint: state.pinHint }));
	const canHide = isOwn
		? !state.isAlone
		: state.tile.source === 'camera' && (isVideoHidden || state.tile.video === 'on');
	const isHeard = volume !== null && !isOwn;
	return [
		{
			key: 'view',
			items: [
				...pin,
				...item(
					'full-screen',
					!isOwn && on.fullScreen !== null,
					text.call.enterFullScreen,
					IconFullScreen,
					() => on.fullScreen?.()
				),
				...item('hide', canHide, hideLabel, isVideoHidden ? IconEye : IconEyeOff, on.hideVideo)
			]
		},
		{
			key: 'sound',
			items: [
				...item(
					'mute-for-me',
					isHeard,
					volume === 0 ? words.hearAgain : words.muteForMe,
					volume === 0 ? IconVolume : IconVolumeOff,
					() => on.setVolume(volume === 0 ? 1 : 0)
				),
				...item('volume', isHeard && state.canSetVolume, words.volume, IconVolume, on.openVolume)
			]
		},
		{
			key: 'more',
			items: [
				...item('details', !isOwn && on.details !== null, words.details, IconDetails, () => on.details?.()),
				...extra
			]
		},
		{
			key: 'move',
			items:
				corner === null
					? []
					: corners
							.filter((to) => to !== corner)
							.flatMap((to) => item(to, true, text.call.moveTo[to], IconMove, () => on.move(to)))
		}
	];
}
