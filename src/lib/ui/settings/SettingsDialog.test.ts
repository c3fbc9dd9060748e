import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Preferences } from '$lib/domain/store/ongoing-call.ts';
import { freshPreferences } from '../../../../tests/support/preferences.ts';
import type { SettingsTools } from './settings-tools.ts';
import SettingsDialog from './SettingsDialog.svelte';
import { keysOf, tabNames } from './settings-tabs.ts';

beforeEach(() => {
	vi.useFakeTimers();
	// jsdom has no dialogs that open
	HTMLDialogElement.prototype.showModal = function () {
		this.open = true;
	};
	HTMLDialogElement.prototype.close = function () {
		this.open = false;
	};
	Element.prototype.scrollIntoView = () => undefined;
});
afterEach(() => vi.useRealTimers());

const toolsWith = (change: Partial<SettingsTools> = {}): SettingsTools => ({
	defaults: freshPreferences,
	version: '1.2.3',
	builtAt: null,
	devices: [
		{ kind: 'microphone', deviceId: 'mic-1', groupId: '', label: 'Headset' },
		{ kind: 'microphone', deviceId: 'mic-2', groupId: '', label: 'Built-in' },
		{ kind: 'camera', deviceId: 'cam-1', groupId: '', label: 'Webcam' }
	],
	chosen: { microphone: 'mic-1', camera: null, speaker: null },
	canChooseSpeaker: false,
	microphone: 'closed',
	camera: 'closed',
	preview: null,
	voice: 'idle',
	choose: vi.fn(),
	open: vi.fn(),
	watchLevel: () => () => undefined,
	record: vi.fn(),
	stopVoice: vi.fn(),
	testSpeaker: () => Promise.resolve(true),
	playSound: vi.fn(),
	report: () => Promise.resolve('# the report'),
	copy: () => Promise.resolve(true),
	saveFile: vi.fn(),
	deleteAll: vi.fn(() => Promise.resolve()),
	...change
});

function open(tab: string, change: Partial<Preferences> = {}, tools = toolsWith()) {
	const on = { onsave: vi.fn(), ontab: vi.fn(), onclose: vi.fn() };
	const props = { tab, preferences: { ...freshPreferences, ...change }, tools, ...on };
	const { rerender } = render(SettingsDialog, props);
	return { ...on, tools, rerender: (next: Partial<typeof props>) => rerender({ ...props, ...next }) };
}

it('given the settings, when arrows are pressed on their tabs, then the next one is chosen, in a ring', async () => {
	const { ontab, rerender } = open('audio');
	const tab = (name: string) => screen.getByRole('tab', { name });
	expect(screen.getAllByRole('tab')).toHaveLength(9);
	expect(tab('Audio').getAttribute('aria-selected')).toBe('true');
	expect(screen.getAllByRole('tab').filter(({ tabIndex }) => tabIndex === 0)).toEqual([tab('Audio')]);

	await fireEvent.keyDown(tab('Audio'), { key: 'ArrowDown' });
	expect(ontab).toHaveBeenLastCalledWith('video');
	await fireEvent.keyDown(tab('Audio'), { key: 'ArrowUp' });
	expect(ontab).toHaveBeenLastCalledWith('about');
	await rerender({ tab: 'about' });
	expect(screen.getByRole('tabpanel', { name: 'About' }).textContent).toContain('Roost 1.2.3');
});

it.each(tabNames)(
	'given the tab %j, when it is shown, then it has its name and something to use or to read',
	(tab) => {
		open(tab);
		const panel = screen.getByRole('tabpanel');
		expect(panel.getAttribute('aria-labelledby')).toBe(screen.getByRole('tab', { selected: true }).id);
		expect(panel.textContent.trim()).not.toBe('');
	}
);

const switches: [tab: string, label: string, key: keyof Preferences][] = [
	['audio', 'Echo cancellation', 'echoCancellation'],
	['audio', 'Noise suppression', 'noiseSuppression'],
	['audio', 'Automatic gain', 'autoGain'],
	['audio', 'Music', 'music'],
	['audio', 'Push to talk', 'pushToTalk'],
	['audio', 'Tell me when I speak while muted', 'hintsWhenMuted'],
	['video', 'Mirror my video', 'mirrorsOwnVideo'],
	['appearance', 'Hide people without video', 'hidesWithoutVideo'],
	['appearance', 'Show reactions', 'showsReactions'],
	['accessibility', 'Reduce motion', 'reducesMotion'],
	['accessibility', 'Always show controls', 'alwaysShowsControls'],
	['sounds', 'Keep the screen on in a call', 'keepsScreenOn'],
	['sounds', 'Picture in picture when I switch tabs', 'autoPictureInPicture'],
	['sounds', 'Ask when I am alone for 10 minutes', 'asksWhenAlone'],
	['keyboard', 'Single-key shortcuts', 'singleKeys'],
	['privacy', 'Remember my calls', 'rememberCalls']
];
it.each(switches)('given %j, when %j is pressed, then it is saved at once', async (tab, name, key) => {
	const { onsave } = open(tab);
	await fireEvent.click(screen.getByRole('switch', { name }));
	expect(onsave).toHaveBeenCalledExactlyOnceWith({ [key]: !freshPreferences[key] });
});

const selects: [tab: string, label: string, key: keyof Preferences, value: string][] = [
	['video', 'Quality that others get', 'sendQuality', 'low'],
	['appearance', 'Theme', 'theme', 'contrast'],
	['appearance', 'Language', 'language', 'en'],
	['appearance', 'Layout of calls', 'layout', 'speaker'],
	['accessibility', 'What is read out in a call', 'announcements', 'important'],
	['sounds', 'Messages while the chat is closed', 'chatNotices', 'mentions']
];
it.each(selects)(
	'given %j, when another %j is chosen, then it is saved at once',
	async (tab, name, key, value) => {
		const { onsave } = open(tab);
		await fireEvent.change(screen.getByRole('combobox', { name }), { target: { value } });
		expect(onsave).toHaveBeenCalledExactlyOnceWith({ [key]: value });
	}
);

it('given sliders, when they are moved, then sizes and volumes are saved, and said in percent', async () => {
	const { onsave, rerender } = open('appearance', { textSize: 150 });
	const size = screen.getByRole('slider', { name: 'Text size' });
	expect(size.getAttribute('aria-valuetext')).toBe('150%');
	await fireEvent.change(size, { target: { value: '200' } });
	expect(onsave).toHaveBeenLastCalledWith({ textSize: 200 });
	await rerender({ tab: 'sounds' });
	const volume = screen.getByRole('slider', { name: 'Volume of sounds' });
	expect(volume.getAttribute('aria-valuetext')).toBe('50%');
	await fireEvent.change(volume, { target: { value: '0.25' } });
	expect(onsave).toHaveBeenLastCalledWith({ soundVolume: 0.25 });
});

it('given a tab, when it is reset, then its preferences are as at first, and no others', async () => {
	const { onsave } = open('sounds', { silentSounds: ['join'], soundVolume: 1, theme: 'dark' });
	await fireEvent.click(screen.getByRole('button', { name: 'Reset this page' }));
	const { soundVolume, chatNotices, keepsScreenOn, autoPictureInPicture, asksWhenAlone, silentSounds } =
		freshPreferences;
	expect(onsave).toHaveBeenCalledExactlyOnceWith({
		soundVolume,
		chatNotices,
		keepsScreenOn,
		autoPictureInPicture,
		asksWhenAlone,
		silentSounds
	});
});

it('given every tab, when all are reset, then every setting is in one of them, once', () => {
	const reset = tabNames.flatMap(keysOf);
	expect(new Set(reset).size).toBe(reset.length);
	const others = ['name', 'microphone', 'camera', 'rememberCalls', 'hasJoinedOnce'];
	const known = Object.keys(freshPreferences).filter((key) => !others.includes(key));
	expect([...reset].sort()).toEqual(known.sort());
});

it('given a sound, when it is switched off and on, or tried, then the others stay', async () => {
	const { onsave, tools, rerender } = open('sounds', { silentSounds: ['hand'] });
	await fireEvent.click(screen.getByRole('switch', { name: 'Somebody joins' }));
	expect(onsave).toHaveBeenLastCalledWith({ silentSounds: ['hand', 'join'] });
	await rerender({ preferences: { ...freshPreferences, silentSounds: ['hand', 'join'] } });
	await fireEvent.click(screen.getByRole('switch', { name: 'A hand is raised' }));
	expect(onsave).toHaveBeenLastCalledWith({ silentSounds: ['join'] });
	await fireEvent.click(screen.getByRole('button', { name: 'Try it: Connection lost' }));
	expect(tools.playSound).toHaveBeenCalledExactlyOnceWith('lost');
});

it('given a key, when another is pressed for it, then it is taken, unless it is in use or none that is printed', async () => {
	const { onsave } = open('keyboard', { ownKeys: { camera: 'k' } });
	const change = screen.getByRole('button', { name: 'Change the key for: Microphone on or off' });

	await fireEvent.click(change);
	await fireEvent.keyDown(change, { key: 'c', code: 'KeyC' });
	expect(screen.getByText('That key is in use for: Open chat, again to close it')).toBeTruthy();
	await fireEvent.keyDown(change, { key: 'K', code: 'KeyK' });
	expect(screen.getByText('That key is in use for: Camera on or off')).toBeTruthy();
	await fireEvent.keyDown(change, { key: 'F5', code: 'F5' });
	expect(screen.getByText(/Only a letter/)).toBeTruthy();
	expect(onsave).not.toHaveBeenCalled();
	await fireEvent.keyDown(change, { key: 'ж', code: 'Semicolon' });

	expect(onsave).toHaveBeenCalledExactlyOnceWith({ ownKeys: { camera: 'k', microphone: 'ж' } });
	expect(screen.queryByText('Press a key')).toBeNull();
});

it('given an open microphone, when a recording was asked for, then it ends after five seconds', async () => {
	const tools = toolsWith({ microphone: 'open' });
	const { rerender } = open('audio', {}, tools);
	await fireEvent.click(screen.getByRole('button', { name: 'Record 5 seconds' }));
	expect(tools.record).toHaveBeenCalledOnce();
	await rerender({ tools: { ...tools, voice: 'recording' } });
	await vi.advanceTimersByTimeAsync(4_999);
	expect(tools.stopVoice).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(1);
	expect(tools.stopVoice).toHaveBeenCalledOnce();
});

it('given devices, when another is chosen or a closed one turned on, then the tools are told', async () => {
	const { tools } = open('audio');
	await fireEvent.change(screen.getByRole('combobox', { name: 'Microphone' }), {
		target: { value: 'mic-2' }
	});
	expect(tools.choose).toHaveBeenCalledExactlyOnceWith('microphone', 'mic-2');
	await fireEvent.click(screen.getByRole('button', { name: 'Turn on microphone' }));
	expect(tools.open).toHaveBeenCalledExactlyOnceWith('microphone');
});

it('given a speaker that plays nothing, when it is tested, then that is said until another is chosen', async () => {
	const speakers = ['one', 'two'].map(
		(id) => ({ kind: 'speaker', deviceId: id, groupId: '', label: id }) as const
	);
	const testSpeaker = () => Promise.resolve(false);
	open('audio', {}, toolsWith({ devices: speakers, canChooseSpeaker: true, testSpeaker }));
	await fireEvent.click(screen.getByRole('button', { name: 'Test speaker' }));
	expect((await screen.findByRole('alert')).textContent).toContain('The tone could not be played');
	await fireEvent.change(screen.getByRole('combobox', { name: 'Speaker' }), {
		target: { value: 'two' }
	});
	expect(screen.queryByRole('alert')).toBeNull();
});

it('given everything that is remembered, when it is deleted, then a person is asked first', async () => {
	const { tools } = open('privacy');
	await fireEvent.click(screen.getByRole('button', { name: 'Delete all' }));
	const question = within(screen.getByRole('alertdialog'));
	expect(tools.deleteAll).not.toHaveBeenCalled();
	await fireEvent.click(question.getByRole('button', { name: 'Delete all' }));
	await vi.advanceTimersByTimeAsync(0);

	expect(tools.deleteAll).toHaveBeenCalledOnce();
	expect(screen.getByText('Everything was deleted')).toBeTruthy();
});

it('given a report, when it is there, then it is read before it is copied or saved', async () => {
	const { tools } = open('diagnostics');
	await vi.advanceTimersByTimeAsync(0);
	expect(screen.getByRole('textbox', { name: 'Report' })).toHaveProperty('value', '# the report');
	await fireEvent.click(screen.getByRole('button', { name: 'Save as file' }));
	expect(tools.saveFile).toHaveBeenCalledExactlyOnceWith('# the report');
	await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
	await vi.advanceTimersByTimeAsync(0);
	expect(screen.getByRole('button', { name: 'Copied' })).toBeTruthy();
});
