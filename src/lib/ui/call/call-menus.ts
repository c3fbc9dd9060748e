import type { CallView } from '$lib/domain/call/call-view.ts';
import type { Device, DeviceKind } from '$lib/domain/media/capture.ts';
import type { CallText } from '../messages/call-text.ts';
import { menuIcons as icons } from './menu-icons.ts';
import type { MenuItem, MenuSection } from './menu.ts';
import { usualKeys, type KeyChoice } from './shortcut-for.ts';
import { keyHint } from './shortcut-rows.ts';
import type { LayoutMode } from './stage-layout.ts';

export interface DeviceOptions {
	kind: DeviceKind;
	options: { value: string; label: string }[];
	chosen: string;
}

/** What there is to choose from, with words for devices whose names the browser keeps back. */
export function deviceOptions(
	kinds: readonly DeviceKind[],
	devices: readonly Device[],
	chosen: Readonly<Record<DeviceKind, string | null>>,
	text: CallText
): DeviceOptions[] {
	return kinds.map((kind) => {
		const options = devices
			.filter((device) => device.kind === kind && device.deviceId !== '')
			.map(({ deviceId, label }, index) => ({
				value: deviceId,
				label: label || text.prejoin.deviceNumber[kind](index + 1)
			}));
		return { kind, options, chosen: chosen[kind] ?? options[0]?.value ?? '' };
	});
}

export const deviceSections = (
	devices: readonly DeviceOptions[],
	text: CallText,
	onchoose: (kind: DeviceKind, deviceId: string) => void
): MenuSection[] =>
	devices.map(({ kind, options, chosen }) => ({
		key: kind,
		label: text.call[kind],
		items: options.map(({ value, label }) => ({
			key: value,
			label,
			isChecked: value === chosen,
			onselect: () => onchoose(kind, value)
		}))
	}));

export const layoutSection = (
	current: LayoutMode,
	text: CallText,
	onlayout: (mode: LayoutMode) => void
): MenuSection => ({
	key: 'layout',
	label: text.call.layout,
	items: (['auto', 'grid', 'speaker'] as const).map((mode) => ({
		key: mode,
		label: text.call.layouts[mode],
		icon: icons[mode],
		isChecked: current === mode,
		onselect: () => onlayout(mode)
	}))
});

/** The controls for which a phone's toolbar has no room: same order, same names. */
export function controlsSection(
	view: Pick<CallView, 'screen' | 'hand' | 'reactions'>,
	text: CallText,
	on: { share: () => void; stopShare: () => void; hand: () => void; react: () => void; people: () => void }
): MenuSection {
	const isSharing = view.screen.intent === 'on';
	const { blockedBy } = view.screen;
	const isRuledOut = !isSharing && (blockedBy === 'room' || blockedBy === 'unsupported');
	const react: MenuItem = { key: 'react', label: text.call.react, icon: icons.react, onselect: on.react };
	return {
		key: 'controls',
		items: [
			{
				key: 'share',
				label: isSharing ? text.call.stopSharing : text.call.shareScreen,
				icon: isSharing ? icons.stopSharing : icons.share,
				disabledReason: isRuledOut ? text.call.blocked.screen[blockedBy] : null,
				onselect: isSharing ? on.stopShare : on.share
			},
			{
				key: 'hand',
				label: view.hand === 'raised' ? text.call.lowerHand : text.call.raiseHand,
				icon: icons.hand,
				onselect: on.hand
			},
			...(view.reactions.length > 0 ? [react] : []),
			{ key: 'people', label: text.call.people, icon: icons.people, onselect: on.people }
		]
	};
}

/** The next of several, for those who hold a front and a back in their hand; nothing where there is no other. */
export function cameraSwitch(
	devices: readonly DeviceOptions[],
	text: CallText,
	onchoose: (kind: DeviceKind, deviceId: string) => void
): MenuItem[] {
	return devices.flatMap(({ kind, options, chosen }) => {
		const index = options.findIndex(({ value }) => value === chosen);
		const next = options[(index + 1) % options.length];
		if (kind !== 'camera' || next === undefined || options.length < 2) return [];
		return {
			key: kind,
			label: text.call.switchCamera,
			icon: icons.switchCamera,
			onselect: () => onchoose(kind, next.value)
		};
	});
}

/** What concerns the page rather than the call; `null` for what this browser or device does not have. */
export function pageSection(
	isFullScreen: boolean,
	text: CallText,
	on: {
		fullScreen: (() => void) | null;
		copyLink: () => void;
		devices: () => void;
		shortcuts: (() => void) | null;
		/** Opens them at a tab. */
		settings: (tab: string) => void;
	},
	keys: KeyChoice = usualKeys
): MenuSection {
	const items: MenuItem[] = [
		{ key: 'copy', label: text.call.copyLink, icon: icons.copy, onselect: on.copyLink },
		{ key: 'devices', label: text.call.devices, icon: icons.devices, onselect: on.devices }
	];
	if (on.fullScreen) {
		items.unshift({
			key: 'full-screen',
			label: isFullScreen ? text.call.exitFullScreen : text.call.enterFullScreen,
			icon: isFullScreen ? icons.exitFullScreen : icons.fullScreen,
			hint: keyHint(text, 'full-screen', keys),
			onselect: on.fullScreen
		});
	}
	const settings = text.common.settings;
	items.push({
		key: 'settings',
		label: settings,
		icon: icons.settings,
		onselect: () => on.settings('audio')
	});
	if (on.shortcuts) {
		items.push({
			key: 'shortcuts',
			label: text.call.keyboardShortcuts,
			icon: icons.shortcuts,
			hint: keyHint(text, 'help', keys),
			onselect: on.shortcuts
		});
	}
	const report = text.call.reportProblem;
	items.push({
		key: 'report',
		label: report,
		icon: icons.report,
		onselect: () => on.settings('diagnostics')
	});
	return { key: 'page', items };
}
