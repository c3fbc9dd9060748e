import type { Preferences } from '$lib/domain/store/ongoing-call.ts';
import type { SettingsText } from '../messages/settings-text.ts';

export type SettingsTab = keyof SettingsText['settings']['tabs'];
/** A preference that has a control of the usual kinds. */
export type SettingsKey = keyof SettingsText['settings']['controls'] & keyof Preferences;
/** What is more than one control, by the component that shows it. */
type Part = 'voice' | 'camera' | 'sounds' | 'keys' | 'privacy' | 'report' | 'about';

/** What each tab shows, in this order; a title is a text of the catalogue. */
export const tabs: Readonly<
	Record<
		SettingsTab,
		readonly (SettingsKey | { part: Part } | { title: 'processing' | 'soundsTitle' | 'noticesTitle' })[]
	>
> = {
	audio: [
		{ part: 'voice' },
		{ title: 'processing' },
		'echoCancellation',
		'noiseSuppression',
		'autoGain',
		'music',
		'pushToTalk',
		'hintsWhenMuted'
	],
	video: [{ part: 'camera' }, 'mirrorsOwnVideo', 'sendQuality'],
	appearance: ['theme', 'language', 'textSize', 'layout', 'hidesWithoutVideo', 'showsReactions'],
	accessibility: ['reducesMotion', 'alwaysShowsControls', 'announcements'],
	sounds: [
		'soundVolume',
		{ title: 'soundsTitle' },
		{ part: 'sounds' },
		{ title: 'noticesTitle' },
		'chatNotices',
		'keepsScreenOn',
		'autoPictureInPicture',
		'asksWhenAlone'
	],
	keyboard: ['singleKeys', { part: 'keys' }],
	privacy: ['rememberCalls', { part: 'privacy' }],
	diagnostics: [{ part: 'report' }],
	about: [{ part: 'about' }]
};
export const tabNames = Object.keys(tabs) as SettingsTab[];

export const choices = {
	sendQuality: ['auto', 'high', 'medium', 'low'],
	theme: ['auto', 'light', 'dark', 'contrast'],
	layout: ['auto', 'grid', 'speaker'],
	announcements: ['all', 'important', 'none'],
	chatNotices: ['all', 'mentions', 'none']
} as const satisfies Partial<{ [Key in SettingsKey]: readonly Preferences[Key][] }>;

/** @property unit the share of the preference that is one percent */
export const ranges = {
	textSize: { min: 100, max: 200, step: 10, unit: 1 },
	soundVolume: { min: 0, max: 1, step: 0.05, unit: 0.01 }
} as const satisfies Partial<Record<SettingsKey, { min: number; max: number; step: number; unit: number }>>;

/** Belongs to the parts of a tab, and is reset with it. */
const more: Partial<Record<SettingsTab, readonly (keyof Preferences)[]>> = {
	audio: ['microphoneDevice', 'speakerDevice'],
	video: ['cameraDevice'],
	sounds: ['silentSounds'],
	keyboard: ['ownKeys']
};

/** The preferences of a tab; none: there is nothing to reset. Whether calls are remembered is not undone by a reset. */
export const keysOf = (tab: SettingsTab): (keyof Preferences)[] =>
	tab === 'privacy' ? [] : [...tabs[tab].filter((entry) => typeof entry === 'string'), ...(more[tab] ?? [])];
