import { fireEvent, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import {
	callView,
	openCallScreen,
	pretendWindow,
	screenTileOf,
	tileView
} from '../../../../tests/support/call-screen-bench.ts';

const resize = pretendWindow();
const stage = () => screen.getByRole('region', { name: 'Participants' });
const participants = () =>
	within(stage())
		.getAllByRole('listitem')
		.map((item) => item.getAttribute('aria-label') ?? item.textContent.trim());
const openMenuOf = (name: string) =>
	fireEvent.click(screen.getByRole('button', { name: `Options for ${name}` }));
const items = () => screen.getAllByRole('menuitem').map((item) => item.getAttribute('aria-label'));
const choose = (name: string) => fireEvent.click(screen.getByRole('menuitem', { name }));
const press = (key: string, target: Element = document.activeElement ?? document.body) =>
	fireEvent.keyDown(target, { key });
/* jsdom has no events of pointers */
const touch = (target: Element, type: string, isPrimary = true) =>
	fireEvent(
		target,
		Object.assign(new MouseEvent(type, { bubbles: true }), { pointerType: 'touch', isPrimary, pointerId: 1 })
	);
const preferences = {
	mirrorsOwnVideo: true,
	hidesWithoutVideo: false,
	showsReactions: true,
	alwaysShowsControls: false
};

describe('menu of a tile', () => {
	it('given all that can be done, then it is offered in its order, and what moderators may do after it', async () => {
		const remove = vi.fn();
		const ondetails = vi.fn();
		const volumes = new Map<string, number>();
		const hearing = {
			volumeOf: (key: string) => volumes.get(key) ?? 1,
			canSetVolume: true,
			onvolume: vi.fn((key: string, volume: number) => void volumes.set(key, volume))
		};
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]), {
			hearing,
			ondetails,
			extraItems: (key: string) => [{ key: 'remove', label: `Remove ${key}`, onselect: remove }]
		});

		await openMenuOf('Bo');
		expect(items()).toEqual([
			'Pin',
			'Hide video',
			'Mute for me',
			'Volume',
			'Connection details',
			'Remove Bo'
		]);
		await choose('Connection details');
		expect(ondetails).toHaveBeenCalledExactlyOnceWith('Bo');
		await openMenuOf('Bo');
		await choose('Remove Bo');
		expect(remove).toHaveBeenCalledOnce();
		await openMenuOf('Bo');
		await choose('Mute for me');
		expect(hearing.onvolume).toHaveBeenCalledExactlyOnceWith('Bo', 0);
	});

	it.each(['after it', 'before it'])(
		'given a finger that rests on a tile, when the browser tells of it as well %s, then the menu is open and stays, and nothing is pinned',
		async (order) => {
			openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
			const tile = screen.getByRole('group', { name: /^Bo/ });
			const holds = () => vi.advanceTimersByTimeAsync(600);

			await touch(tile, 'pointerdown');
			if (order === 'after it') await holds();
			const isLeftToBrowser = await fireEvent.contextMenu(tile);
			if (order === 'before it') await holds();
			await touch(tile, 'pointerup');
			await fireEvent.click(tile);
			await holds();

			screen.getByRole('menu', { name: /Bo/ });
			expect(isLeftToBrowser).toBe(false);
			expect(participants()).toContain('Bo');
		}
	);

	it('given a tile, when it is pressed with the other button of a mouse, then its menu opens', async () => {
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		const tile = screen.getByRole('group', { name: /^Bo/ });
		await fireEvent.contextMenu(tile);

		screen.getByRole('menu', { name: /Bo/ });
	});

	it('given two fingers on a tile, when they rest, then no menu opens', async () => {
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		const tile = screen.getByRole('group', { name: /^Bo/ });
		await touch(tile, 'pointerdown');
		await touch(tile, 'pointerdown', false);
		await vi.advanceTimersByTimeAsync(600);

		expect(screen.queryByRole('menu')).toBeNull();
	});

	it.each([
		['chose another key for it', { singleKeys: true, ownKeys: { pin: 'x' }, pushToTalk: true }, 'X'],
		['wants no single keys', { singleKeys: false, ownKeys: {}, pushToTalk: true }, '']
	])('given somebody who %s, then the menu tells the key that pins', async (_, keys, hint) => {
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]), { keys });
		await openMenuOf('Bo');

		expect(screen.getByRole('menuitem', { name: 'Pin' }).getAttribute('aria-keyshortcuts')).toBe(hint);
	});

	it('given a volume, when it is moved, then it is set from 0 to 200 %', async () => {
		const onvolume = vi.fn();
		openCallScreen(callView([tileView('Ana')]), {
			hearing: { volumeOf: () => 1.5, canSetVolume: true, onvolume }
		});
		await openMenuOf('Ana');
		await choose('Volume');

		const slider = screen.getByRole('slider', { name: /^Volume of/ });
		expect(slider.getAttribute('aria-valuetext')).toBe('150%');
		expect(document.activeElement).toBe(slider);
		await fireEvent.input(slider, { target: { value: '2' } });
		expect(onvolume).toHaveBeenCalledExactlyOnceWith('Ana', 2);
	});

	it('given a device on which the volume can not be set, then there is muting only, and the tile says so', async () => {
		openCallScreen(callView([tileView('Ana')]), {
			hearing: { volumeOf: () => 0, canSetVolume: false, onvolume: vi.fn() }
		});
		expect(participants()).toEqual(['Ana, muted for you', 'You']);
		await openMenuOf('Ana');
		expect(items()).toContain('Hear again');
		expect(items()).not.toContain('Volume');
	});

	it('given a video that is hidden, then nothing is asked of the server for it', async () => {
		const { onlook } = openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		await openMenuOf('Bo');
		await choose('Hide video');
		await vi.advanceTimersByTimeAsync(3_000);

		const looks = new Map(
			(onlook.mock.lastCall?.[0] as { memberKey: string; lines: number }[]).map((look) => [
				look.memberKey,
				look.lines
			])
		);
		expect(looks.get('Bo')).toBe(0);
		expect(looks.get('Ana')).toBeGreaterThan(0);
	});

	it.each(['Enter', 'F10', 'ContextMenu'])(
		'given a tile in focus, when %s is pressed, then its menu opens',
		async (key) => {
			openCallScreen(callView([tileView('Ana')]));
			const group = within(stage()).getByRole('group', { name: 'Ana' });
			group.focus();
			await fireEvent.keyDown(group, { key, shiftKey: key === 'F10' });
			expect(screen.getByRole('menu', { name: 'Options for Ana' })).toBeTruthy();
		}
	);

	it('given the own tile, then it moves to the other corners and hides behind a chip', async () => {
		openCallScreen(callView([tileView('Ana')]));
		await openMenuOf('You');
		expect(items()).toEqual([
			'Pin',
			'Hide my video',
			'Move to top start',
			'Move to top end',
			'Move to bottom start'
		]);
		await choose('Hide my video');
		expect(participants()).toEqual(['Ana', 'You']);
		await openMenuOf('You');
		expect(items()[0]).toBe('Show my video');
	});
});

describe('people without video', () => {
	it('given that they are not wanted, then one tile stands for them and opens the list', async () => {
		const off = { video: 'off' } as const;
		const tiles = [
			tileView('Ana'),
			tileView('Bo', off),
			tileView('Cy', off),
			tileView('Di', { ...off, handOrder: 1 })
		];
		const { onpanel } = openCallScreen(callView(tiles), {
			preferences: { ...preferences, hidesWithoutVideo: true }
		});
		const standIn = screen.getByRole('button', {
			name: '2 people without video are listening. Open people'
		});
		expect(standIn.textContent.trim()).toBe('+2 listening');

		await fireEvent.click(standIn);
		expect(onpanel).toHaveBeenCalledExactlyOnceWith('people');
	});

	it('given that nobody has video, then everybody keeps their tile', () => {
		openCallScreen(callView([tileView('Ana', { video: 'off' })]), {
			preferences: { ...preferences, hidesWithoutVideo: true }
		});
		expect(participants()).toEqual(['Ana, camera off', 'You']);
	});
});

describe('several shared screens', () => {
	it('given two, then the newest is large, and the button goes on to the other', async () => {
		const { rerender } = openCallScreen(callView([screenTileOf('Ana'), tileView('Ana'), tileView('Bo')]));
		await rerender({
			view: callView([screenTileOf('Bo'), screenTileOf('Ana'), tileView('Ana'), tileView('Bo')])
		});
		const picker = screen.getByRole('button', { name: 'Screen 2 of 2. Show the next screen' });

		await fireEvent.click(picker);

		expect(screen.getByRole('button', { name: 'Screen 1 of 2. Show the next screen' })).toBeTruthy();
	});

	it('given somebody pinned, when another shares, then a notice brings the screen to the stage', async () => {
		const { rerender } = openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		await openMenuOf('Ana');
		await choose('Pin');
		await rerender({ view: callView([screenTileOf('Bo'), tileView('Ana'), tileView('Bo')]) });
		await vi.advanceTimersByTimeAsync(2_100);

		await fireEvent.click(screen.getByRole('button', { name: 'View' }));

		expect(participants()).toEqual(['Ana', 'Bo', 'Bo, screen, pinned', 'You']);
	});

	it('given nothing pinned, when somebody shares, then the notice has nothing to bring', async () => {
		const { rerender } = openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		await rerender({ view: callView([screenTileOf('Bo'), tileView('Ana'), tileView('Bo')]) });
		await vi.advanceTimersByTimeAsync(2_100);
		expect(screen.getByText(/is sharing/)).toBeTruthy();
		expect(screen.queryByRole('button', { name: 'View' })).toBeNull();
	});
});

describe('our own screen', () => {
	const mine = (microphone: 'on' | 'off') =>
		tileView('Zed', { key: 'screen:self', memberKey: 'self', source: 'screen', microphone });
	const sharing = (microphone: 'on' | 'off', isPaused = false) =>
		callView([mine(microphone), tileView('Ana')], {
			screen: { intent: 'on', isPending: false, blockedBy: null },
			share: { content: 'text', isPaused }
		});

	it('given sound in it, then that is said; given none, how to get it', async () => {
		const { rerender } = openCallScreen(sharing('on'));
		expect(screen.getByText('Sharing with sound')).toBeTruthy();
		await rerender({ view: sharing('off') });
		expect(screen.getByText(/^Sharing without sound\. To share sound, share a tab/)).toBeTruthy();
	});

	it('given Text, when Motion and Pause are pressed, then both are asked for', async () => {
		const onshowas = vi.fn();
		const onpauseshare = vi.fn();
		const { rerender } = openCallScreen(sharing('off'), { onshowas, onpauseshare });
		expect(screen.getByRole('button', { name: 'Text', pressed: true })).toBeTruthy();

		await fireEvent.click(screen.getByRole('button', { name: 'Motion' }));
		await fireEvent.click(screen.getByRole('button', { name: 'Pause' }));
		await rerender({ view: sharing('off', true) });
		await fireEvent.click(screen.getByRole('button', { name: 'Resume' }));

		expect(onshowas).toHaveBeenCalledExactlyOnceWith('motion');
		expect(onpauseshare.mock.calls).toEqual([[true], [false]]);
	});

	it('given a system that refuses, then it is said where to allow it; a closed picker says nothing', async () => {
		const { rerender } = openCallScreen(callView([tileView('Ana')]));
		expect(within(screen.getByRole('main')).queryByText(/Your system/)).toBeNull();
		await rerender({
			view: callView([tileView('Ana')], {
				screen: { intent: 'off', isPending: false, blockedBy: 'permission' }
			})
		});
		expect(within(screen.getByRole('main')).getByText(/^Your system/)).toBeTruthy();
	});
});

describe('hand and reactions', () => {
	it('given a raised hand, when we have spoken for five seconds in all, then lowering it is offered once', async () => {
		const raised = callView([tileView('Ana')], { hand: 'raised' });
		const { onhand, rerender } = openCallScreen(raised, { isTalking: true });
		await vi.advanceTimersByTimeAsync(3_000);
		await rerender({ isTalking: false });
		await vi.advanceTimersByTimeAsync(60_000);
		await rerender({ isTalking: true });
		await vi.advanceTimersByTimeAsync(1_900);
		expect(screen.queryByText('Lower your hand?')).toBeNull();
		await vi.advanceTimersByTimeAsync(200);

		const notice = screen.getByText('Lower your hand?').closest('li');
		await fireEvent.click(within(notice ?? document.body).getByRole('button', { name: 'Lower hand' }));

		expect(onhand).toHaveBeenCalledOnce();
		await rerender({ isTalking: false });
		await rerender({ isTalking: true });
		await vi.advanceTimersByTimeAsync(20_000);
		expect(screen.queryByText('Lower your hand?')).toBeNull();
	});

	it('given reactions in quick succession, then three in two seconds are sent', async () => {
		const { onreact } = openCallScreen(callView([tileView('Ana')]));
		for (let count = 0; count < 5; count += 1) {
			await press('e', document.body);
			await press('1');
		}
		expect(onreact).toHaveBeenCalledTimes(3);
		await vi.advanceTimersByTimeAsync(2_000);
		await press('e', document.body);
		await press('1');
		expect(onreact).toHaveBeenCalledTimes(4);
	});

	it('given that reactions are not wanted, then none is shown', async () => {
		const view = callView([tileView('Ana', { reaction: '🎉', reactionCount: 1 })]);
		const { rerender } = openCallScreen(view);
		expect(screen.getAllByText('🎉')).toHaveLength(2);
		await vi.advanceTimersByTimeAsync(2_250);
		expect(screen.getAllByText('🎉')).toHaveLength(1);
		await rerender({ preferences: { ...preferences, showsReactions: false } });
		expect(screen.queryAllByText('🎉')).toHaveLength(0);
	});
});

describe('room for the call', () => {
	it('given a phone held sideways, when nothing is touched for four seconds, then controls go; a key brings them', async () => {
		resize(844, 390);
		openCallScreen(callView([tileView('Ana')]));
		const bare = () => document.querySelector('.bare') !== null;
		await vi.advanceTimersByTimeAsync(3_900);
		expect(bare()).toBe(false);
		await vi.advanceTimersByTimeAsync(200);
		expect(bare()).toBe(true);

		await press('Tab', document.body);
		await vi.advanceTimersByTimeAsync(10_000);
		expect(bare()).toBe(false);
	});

	it('given a tiny window, then one tile and three controls are left', () => {
		resize(300, 200);
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]), { panel: 'people' });
		expect(within(screen.getByRole('toolbar')).getAllByRole('button')).toHaveLength(3);
		expect(within(stage()).getAllByRole('group')).toHaveLength(1);
		expect(screen.queryByRole('complementary')).toBeNull();
	});

	it('given notices, when Esc is pressed, then the newest closes first, and the panel after them', async () => {
		const { onpanel } = openCallScreen(callView([tileView('Ana')]), {
			panel: 'chat',
			toasts: [
				{ key: 'a', text: 'First' },
				{ key: 'b', text: 'Second', count: 2 }
			],
			ondismiss: vi.fn()
		});
		expect(screen.getByText(/Second.×2/)).toBeTruthy();
		await press('Escape', document.body);
		expect(onpanel).not.toHaveBeenCalled();
	});
});

it('given pages, when somebody on another one speaks for 1.5 s, then they come and one goes', async () => {
	const crowd = Array.from({ length: 20 }, (_, index) => tileView(`P${index}`));
	const { rerender } = openCallScreen(callView(crowd), { layout: 'grid' });
	const shown = () =>
		within(stage())
			.getAllByRole('group')
			.map((group) => group.getAttribute('aria-label'));
	const before = shown();
	expect(before).not.toContain('P19');

	await rerender({
		view: callView(crowd.map((one) => (one.key === 'P19' ? { ...one, isSpeaking: true } : one)))
	});
	await vi.advanceTimersByTimeAsync(1_400);
	expect(shown()).toEqual(before);
	await vi.advanceTimersByTimeAsync(200);

	const gone = before.filter((name) => !shown().includes(name));
	expect(gone).toHaveLength(1);
	expect(shown()).toContain('P19');
});

it.each([
	['the grid', { layout: 'grid' as const }, [], 'Bo'],
	['the speaker layout without them', {}, ['Ana'], 'Bo']
])(
	'given somebody who filled the stage, when P is pressed in %s, then whoever speaks now is pinned',
	async (_, change, gone, expected) => {
		const view = (speaker: string, left: string[]) =>
			callView(
				['Ana', 'Bo', 'Cleo']
					.filter((name) => !left.includes(name))
					.map((name) => tileView(name, { isSpeaking: name === speaker }))
			);
		const { rerender } = openCallScreen(view('Ana', []), { layout: 'speaker' });
		await vi.advanceTimersByTimeAsync(2_000);
		await rerender({ view: view('Bo', gone), ...change });

		await press('p', document.body);

		screen.getByRole('listitem', { name: new RegExp(`^${expected}.*pinned`) });
	}
);
