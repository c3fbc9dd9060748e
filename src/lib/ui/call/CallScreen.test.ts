import { fireEvent, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import {
	callView,
	openCallScreen,
	pretendWindow,
	tileView,
	toggleView
} from '../../../../tests/support/call-screen-bench.ts';
import type { ChatView } from '$lib/domain/chat/chat-view.ts';

const resize = pretendWindow();
const chat = (unread: number): ChatView => ({
	status: 'ready',
	messages: [],
	hasOlder: false,
	isLoadingOlder: false,
	isSeeking: false,
	polls: new Map(),
	unread,
	firstUnreadKey: null,
	maxLength: 1_000,
	canSend: true,
	isFull: false
});

const toolbar = () => screen.getByRole('toolbar', { name: 'Call controls' });
const namesIn = (element: HTMLElement, role: string) =>
	within(element)
		.getAllByRole(role)
		.map((found) => found.getAttribute('aria-label'));
const participants = () => namesIn(screen.getByRole('region', { name: 'Participants' }), 'listitem');
const press = (key: string, target: Element = document.body) => fireEvent.keyDown(target, { key });

describe('toolbar', () => {
	it('given a wide window, then every control stands in its order, and leaving last', () => {
		openCallScreen(callView([tileView('Ana')]));
		expect(namesIn(toolbar(), 'button').filter((name) => !name?.endsWith('options'))).toEqual([
			'Mute microphone',
			'Turn camera on',
			'Share screen',
			'Raise hand',
			'React',
			'Chat',
			'People',
			'More',
			'Leave'
		]);
	});

	it('given a phone, then the rest is behind More in the same order and under the same names', async () => {
		resize(390, 844);
		openCallScreen(
			callView([tileView('Ana')], {
				microphone: toggleView('off'),
				screen: toggleView('off', { blockedBy: 'unsupported' })
			})
		);
		expect(namesIn(toolbar(), 'button')).toEqual([
			'Unmute microphone',
			'Turn camera on',
			'Chat',
			'More',
			'Leave'
		]);

		await fireEvent.click(screen.getByRole('button', { name: 'More' }));

		expect(namesIn(screen.getByRole('menu', { name: 'More' }), 'menuitem').slice(0, 4)).toEqual([
			'Share screen',
			'Raise hand',
			'React',
			'People'
		]);
		const share = screen.getByRole('menuitem', { name: 'Share screen' });
		expect(share.getAttribute('aria-disabled')).toBe('true');
	});

	it('given the options of the microphone, then they show how loud it is, as long as they are open', async () => {
		let told: ((levelDb: number) => void) | undefined;
		const watchOwnLevel = (listener: (levelDb: number) => void) => {
			told = listener;
			return () => (told = undefined);
		};
		const { rerender } = openCallScreen(callView([tileView('Ana')]), { watchOwnLevel });
		const options = screen.getByRole('button', { name: 'Microphone options' });
		expect(told).toBeUndefined();

		await fireEvent.click(options);
		const meter = screen.getByRole('meter', { name: 'Microphone level' });
		expect(meter.closest('[role="menu"]')).toBeNull();
		told?.(-15);
		await tick();
		expect(meter.querySelector<HTMLElement>('.bar')?.style.getPropertyValue('--share')).toBe('0.75');
		await fireEvent.click(options);
		expect(told).toBeUndefined();

		await rerender({ watchOwnLevel: undefined });
		await fireEvent.click(options);
		expect(screen.queryByRole('meter')).toBeNull();
	});

	it('given the dialog of devices on a phone, then it shows how loud the microphone is', async () => {
		// jsdom knows the element, not its methods
		HTMLDialogElement.prototype.showModal = function show(this: HTMLDialogElement) {
			this.open = true;
		};
		HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
			this.open = false;
		};
		resize(390, 844);
		const watchOwnLevel = vi.fn(() => () => undefined);
		openCallScreen(callView([tileView('Ana')]), { watchOwnLevel });
		await fireEvent.click(screen.getByRole('button', { name: 'More' }));
		await fireEvent.click(screen.getByRole('menuitem', { name: 'Devices' }));

		expect(screen.getByRole('meter', { name: 'Microphone level' })).toBeTruthy();
		expect(watchOwnLevel).toHaveBeenCalledOnce();
	});

	it('given a phone with two cameras, when Switch camera is pressed, then the next one is chosen, after the last the first', async () => {
		resize(390, 844);
		const camera = (deviceId: string) => ({
			kind: 'camera' as const,
			deviceId,
			groupId: '',
			label: deviceId
		});
		const chosen = { microphone: null, camera: 'front', speaker: null };
		const { onchoose, rerender } = openCallScreen(callView([tileView('Ana')]), {
			devices: [camera('front')],
			chosen
		});
		const more = screen.getByRole('button', { name: 'More' });
		await fireEvent.click(more);
		expect(screen.queryByRole('menuitem', { name: 'Switch camera' })).toBeNull();

		await rerender({ devices: [camera('front'), camera('back')] });
		await fireEvent.click(screen.getByRole('menuitem', { name: 'Switch camera' }));
		expect(onchoose).toHaveBeenLastCalledWith('camera', 'back');

		await rerender({ chosen: { ...chosen, camera: 'back' } });
		await fireEvent.click(more);
		await fireEvent.click(screen.getByRole('menuitem', { name: 'Switch camera' }));
		expect(onchoose).toHaveBeenLastCalledWith('camera', 'front');
	});

	it('given the states of the call, then names tell what a press does', async () => {
		const { onstopshare, onhand, ontogglemicrophone } = openCallScreen(
			callView([tileView('Ana')], {
				microphone: toggleView('off'),
				camera: toggleView('on'),
				screen: toggleView('on'),
				hand: 'raised'
			})
		);
		await fireEvent.click(screen.getByRole('button', { name: 'Unmute microphone' }));
		await fireEvent.click(screen.getByRole('button', { name: 'Stop sharing' }));
		await fireEvent.click(screen.getByRole('button', { name: 'Lower hand' }));

		expect(screen.getByRole('button', { name: 'Turn camera off' })).toBeTruthy();
		for (const intention of [ontogglemicrophone, onstopshare, onhand])
			expect(intention).toHaveBeenCalledOnce();
	});

	it('given what the room forbids, then the button stays, tells why, and does nothing', async () => {
		const { ontogglemicrophone } = openCallScreen(
			callView([tileView('Ana')], { microphone: toggleView('off', { blockedBy: 'room' }) })
		);
		const button = screen.getByRole('button', {
			name: 'Unmute microphone',
			description: 'Only listening is allowed in this call'
		});

		await fireEvent.click(button);

		expect(button.getAttribute('aria-disabled')).toBe('true');
		expect(ontogglemicrophone).not.toHaveBeenCalled();
	});

	it('given a refused permission, then the button tells it and lets one try again', async () => {
		const { ontogglemicrophone } = openCallScreen(
			callView([tileView('Ana')], { microphone: toggleView('off', { blockedBy: 'permission' }) })
		);
		await fireEvent.click(
			screen.getByRole('button', { name: 'Unmute microphone', description: /blocks the microphone/ })
		);
		expect(ontogglemicrophone).toHaveBeenCalledOnce();
	});

	it('given one tab stop, when arrows, Home and End are pressed, then the focus moves', async () => {
		openCallScreen(callView([tileView('Ana')]));
		const buttons = within(toolbar()).getAllByRole('button');
		expect(buttons.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
		buttons[0]?.focus();

		await press('ArrowLeft', document.activeElement ?? document.body);
		expect(document.activeElement?.getAttribute('aria-label')).toBe('Leave');
		await press('Home', document.activeElement ?? document.body);
		expect(document.activeElement?.getAttribute('aria-label')).toBe('Mute microphone');
		expect(
			within(toolbar())
				.getAllByRole('button')
				.filter(({ tabIndex }) => tabIndex === 0)
		).toHaveLength(1);
	});

	it('given unread messages, then Chat keeps its name and tells their number', () => {
		openCallScreen(callView([tileView('Ana')]), { chat: chat(120) });
		expect(screen.getByRole('button', { name: 'Chat', description: '120 unread messages' })).toBeTruthy();
		expect(screen.getByText('99+')).toBeTruthy();
	});

	it('given Leave, when it is pressed, then nothing is asked', async () => {
		const { onleave } = openCallScreen(callView([tileView('Ana')]));
		await fireEvent.click(screen.getByRole('button', { name: 'Leave' }));
		expect(onleave).toHaveBeenCalledOnce();
	});
});

describe('stage', () => {
	it('given people, then each is one list item whose name starts with theirs', () => {
		openCallScreen(
			callView([
				tileView('Ana'),
				tileView('Bo', { microphone: 'off', handOrder: 2, connection: 'reconnecting' })
			])
		);
		expect(participants()).toEqual(['Ana', 'Bo, microphone off, hand raised 2nd, reconnecting', 'You']);
	});

	it('given more people than fit a page, then all stay participants, and pages can be turned', async () => {
		openCallScreen(callView(Array.from({ length: 20 }, (_, index) => tileView(`P${index}`))));
		expect(participants()).toHaveLength(21);
		expect(screen.getByText('Page 1 of 2')).toBeTruthy();

		await fireEvent.click(screen.getByRole('button', { name: 'Next page' }));

		expect(screen.getByText('Page 2 of 2')).toBeTruthy();
		expect(screen.getByRole('button', { name: 'Next page' }).getAttribute('aria-disabled')).toBe('true');
	});

	it('given one tab stop, when arrows are pressed, then the focus moves between tiles', async () => {
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		const tiles = within(screen.getByRole('region', { name: 'Participants' })).getAllByRole('group');
		expect(tiles.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
		tiles[0]?.focus();

		await press('ArrowRight', tiles[0]);

		expect(document.activeElement).toBe(tiles[1]);
		expect(tiles.filter(({ tabIndex }) => tabIndex === 0)).toEqual([tiles[1]]);
	});

	it('given a tile in focus, when its person leaves, then the next tile has the focus', async () => {
		const { rerender } = openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		within(screen.getByRole('region', { name: 'Participants' }))
			.getByRole('group', { name: 'Ana' })
			.focus();

		await rerender({ view: callView([tileView('Bo')]) });

		expect(document.activeElement?.getAttribute('aria-label')).toBe('Bo');
	});

	it('given a tile, when Pin is chosen in its menu, then it says so; P takes it back', async () => {
		openCallScreen(callView([tileView('Ana'), tileView('Bo')]));
		await fireEvent.click(screen.getByRole('button', { name: 'Options for Bo' }));
		await fireEvent.click(screen.getByRole('menuitem', { name: 'Pin' }));
		expect(participants()).toEqual(['Ana', 'Bo, pinned', 'You']);

		screen.getByRole('group', { name: 'Bo, pinned' }).focus();
		await press('p', document.activeElement ?? document.body);
		expect(participants()).toEqual(['Ana', 'Bo', 'You']);
	});

	it('given the own screen is shared, then it is told above the stage and is no participant', async () => {
		const screenTile = tileView('Zed', { key: 'screen', memberKey: 'self', source: 'screen', video: 'on' });
		const { onstopshare } = openCallScreen(
			callView([screenTile, tileView('Ana')], { screen: toggleView('on') })
		);
		expect(participants()).toEqual(['Ana', 'You']);

		await fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
		expect(onstopshare).toHaveBeenCalledOnce();
	});

	it('given nobody else, then the link can be copied', async () => {
		const { oncopylink } = openCallScreen(callView([]));
		expect(screen.getByRole('heading', { name: 'You are the only one here' })).toBeTruthy();

		await fireEvent.click(screen.getByRole('button', { name: 'Copy link' }));

		expect(oncopylink).toHaveBeenCalledOnce();
		expect(await screen.findByRole('button', { name: 'Link copied' })).toBeTruthy();
	});

	it('given a browser that refuses to copy, when the link is asked for, then that is shown and said', async () => {
		const { said } = openCallScreen(callView([]), { oncopylink: () => Promise.resolve(false) });

		await fireEvent.click(screen.getByRole('button', { name: 'Copy link' }));

		expect(await screen.findByText('The link could not be copied')).toBeTruthy();
		expect(said('polite')).toBe('The link could not be copied');
	});
});

describe('panels', () => {
	it('given the people panel, then hands come first and a person can be found by name', async () => {
		const crowd = Array.from({ length: 9 }, (_, index) => tileView(`P${index}`));
		const view = callView([...crowd, tileView('Ana', { handOrder: 1 }), tileView('')]);
		const { onpanel } = openCallScreen(view, { panel: 'people' });
		const panel = screen.getByRole('complementary', { name: 'People (12)' });
		expect(within(within(panel).getByRole('list', { name: 'Raised hands' })).getByText('Ana')).toBeTruthy();
		expect(within(panel).getByText('Zed').parentElement?.textContent).toMatch(/^Zed\s+You/);
		expect(within(panel).getByText('Guest')).toBeTruthy();

		await fireEvent.input(within(panel).getByRole('searchbox', { name: 'Search people' }), {
			target: { value: 'nobody' }
		});
		expect(within(panel).getByRole('status').textContent).toBe('No one by that name');

		await fireEvent.click(within(panel).getByRole('button', { name: 'Close' }));
		expect(onpanel).toHaveBeenCalledExactlyOnceWith(null);
	});

	it('given an open panel, when its button is pressed again or Esc, then it is to close', async () => {
		const { onpanel } = openCallScreen(callView([tileView('Ana')]), { panel: 'chat' });
		expect(screen.getByRole('complementary', { name: 'Chat' })).toBeTruthy();

		await fireEvent.click(screen.getByRole('button', { name: 'Chat' }));
		await press('Escape');

		expect(onpanel.mock.calls).toEqual([[null], [null]]);
	});
});

describe('keyboard', () => {
	it('given the call, when keys are pressed, then they do what their buttons do', async () => {
		const on = openCallScreen(callView([tileView('Ana')]));
		for (const key of ['m', 'v', 'c', 'u', 'r', 's', 'g']) await press(key);

		expect(on.ontogglemicrophone).toHaveBeenCalledOnce();
		expect(on.ontogglecamera).toHaveBeenCalledOnce();
		expect(on.onpanel.mock.calls).toEqual([['chat'], ['people']]);
		expect(on.onhand).toHaveBeenCalledOnce();
		expect(on.onshare).toHaveBeenCalledOnce();
		expect(on.onlayout).toHaveBeenCalledExactlyOnceWith('grid');
		expect(on.onleave).not.toHaveBeenCalled();
	});

	it('given E, when a digit follows, then that reaction is sent and the menu is gone', async () => {
		const { onreact } = openCallScreen(callView([tileView('Ana')]));
		await press('e');
		const menu = screen.getByRole('menu', { name: 'Reactions' });
		expect(document.activeElement).toBe(within(menu).getByRole('menuitem', { name: 'Thumbs up' }));

		await press('3', document.activeElement ?? document.body);

		expect(onreact).toHaveBeenCalledExactlyOnceWith('🎉');
		expect(screen.queryByRole('menu')).toBeNull();
		expect(document.activeElement?.getAttribute('aria-label')).toBe('React');
	});

	it('given a menu, when Esc is pressed, then it closes and its button has the focus', async () => {
		openCallScreen(callView([tileView('Ana')]));
		await fireEvent.click(screen.getByRole('button', { name: 'More' }));
		expect(screen.getAllByRole('menuitemradio').map((item) => item.getAttribute('aria-label'))).toEqual([
			'Auto',
			'Grid',
			'Speaker'
		]);

		await press('Escape', document.activeElement ?? document.body);

		expect(screen.queryByRole('menu')).toBeNull();
		expect(document.activeElement?.getAttribute('aria-label')).toBe('More');
	});
});

describe('notices', () => {
	it('given a button about an outage that has the focus, when it goes, then the microphone has it', async () => {
		const lost = callView([tileView('Ana')], { network: 'lost', lostSince: Date.now() });
		const { rerender } = openCallScreen(lost);
		const microphone = screen.getByRole('button', { name: 'Mute microphone' });
		await vi.advanceTimersByTimeAsync(9_000);

		screen.getByRole('button', { name: 'Try now' }).focus();
		await vi.advanceTimersByTimeAsync(60_000);
		screen.getByRole('heading', { name: 'Still no connection' });
		expect(document.activeElement).toBe(microphone);

		screen.getByRole('button', { name: 'Try now' }).focus();
		await rerender({ view: callView([tileView('Ana')]) });
		expect(document.activeElement).toBe(microphone);
	});

	it('given an outage, when it lasts, then more and more is said; after it the return', async () => {
		const { ontrynow, rerender } = openCallScreen(
			callView([tileView('Ana')], { network: 'lost', lostSince: Date.now() })
		);
		expect(screen.queryByText('Reconnecting…')).toBeNull();
		await vi.advanceTimersByTimeAsync(3_000);
		expect(screen.getByText('Reconnecting…')).toBeTruthy();
		await vi.advanceTimersByTimeAsync(6_000);
		await fireEvent.click(screen.getByRole('button', { name: 'Try now' }));
		expect(ontrynow).toHaveBeenCalledOnce();
		await vi.advanceTimersByTimeAsync(55_000);
		expect(screen.getByRole('heading', { name: 'Still no connection' })).toBeTruthy();

		await rerender({ view: callView([tileView('Ana')]) });
		await vi.advanceTimersByTimeAsync(1_900);
		expect(screen.queryByText('Back in the call')).toBeNull();
		await vi.advanceTimersByTimeAsync(200);

		expect(screen.getByText('Back in the call')).toBeTruthy();
		await vi.advanceTimersByTimeAsync(3_100);
		expect(screen.queryByText('Back in the call')).toBeNull();
	});

	it('given a connection that is back for a moment only, when it goes again, then nobody is told that it is back', async () => {
		const lost = callView([tileView('Ana')], { network: 'lost', lostSince: Date.now() });
		const { rerender } = openCallScreen(lost);
		await vi.advanceTimersByTimeAsync(9_000);
		await rerender({ view: callView([tileView('Ana')]) });
		await vi.advanceTimersByTimeAsync(1_000);

		await rerender({ view: callView([tileView('Ana')], { network: 'lost', lostSince: Date.now() }) });
		await vi.advanceTimersByTimeAsync(1_500);

		expect(screen.queryByText('Back in the call')).toBeNull();
	});

	it('given everybody away, when they leave instead of coming back, then nobody is told that we are back', async () => {
		const away = [
			tileView('Ana', { connection: 'reconnecting' }),
			tileView('Bo', { connection: 'reconnecting' })
		];
		const { rerender } = openCallScreen(callView(away, { network: 'reconnecting' }));
		await vi.advanceTimersByTimeAsync(9_000);
		expect(screen.getByRole('button', { name: 'Try now' })).toBeTruthy();

		await rerender({ view: callView([]) });
		await vi.advanceTimersByTimeAsync(2_500);
		expect(screen.queryByText('Back in the call')).toBeNull();

		await rerender({ view: callView([tileView('Cy')]) });
		await vi.advanceTimersByTimeAsync(2_500);
		expect(screen.queryByText('Back in the call')).toBeNull();
	});

	it('given nobody else in the call, when signaling was lost and is there again, then we are back', async () => {
		const { rerender } = openCallScreen(callView([], { network: 'lost', lostSince: Date.now() }));
		await vi.advanceTimersByTimeAsync(9_000);

		await rerender({ view: callView([]) });
		await vi.advanceTimersByTimeAsync(2_100);

		expect(screen.getByText('Back in the call')).toBeTruthy();
	});

	it('given a recording, when it starts, then the header says so for as long as it runs', async () => {
		const { rerender } = openCallScreen(callView([tileView('Ana')]));
		expect(screen.queryByText('Recording')).toBeNull();

		await rerender({ view: callView([tileView('Ana')], { isRecording: true }) });

		expect(within(screen.getByRole('banner')).getByText('Recording')).toBeTruthy();
		expect(screen.getByText('Recording started')).toBeTruthy();

		await rerender({ view: callView([tileView('Ana')]) });
		expect(screen.queryByText('Recording')).toBeNull();
		expect(screen.getByText('Recording stopped')).toBeTruthy();
	});

	it('given people who come within three seconds, then they are told together', async () => {
		const { rerender } = openCallScreen(callView([tileView('Ana')]));
		await rerender({ view: callView([tileView('Ana'), tileView('Bo')]) });
		await vi.advanceTimersByTimeAsync(1_000);
		await rerender({ view: callView([tileView('Ana'), tileView('Bo'), tileView('Cy')]) });
		await vi.advanceTimersByTimeAsync(2_100);

		expect(screen.getByText(/Bo.* and .*Cy.* joined/)).toBeTruthy();
	});

	it('given sound that the browser holds back, then one press is asked for', async () => {
		const { onhear } = openCallScreen(callView([tileView('Ana')]), { isAudioBlocked: true });
		await fireEvent.click(screen.getByRole('button', { name: 'Tap to hear the call' }));
		expect(onhear).toHaveBeenCalledOnce();
	});

	it('given sound that the browser holds back, when the bar comes, then it is said, and has the focus unless something else does', async () => {
		const { rerender, said } = openCallScreen(callView([tileView('Ana')]), { isAudioBlocked: true });
		expect(said('assertive')).toBe('Tap to hear the call');
		expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Tap to hear the call' }));

		await rerender({ isAudioBlocked: false });
		const mute = screen.getByRole('button', { name: 'Mute microphone' });
		mute.focus();
		await rerender({ isAudioBlocked: true });
		expect(document.activeElement).toBe(mute);
	});
});
