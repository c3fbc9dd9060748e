import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import type { RecentRoom } from '$lib/domain/store/ongoing-call.ts';
import type { RoomToken } from '$lib/protocol/ids.ts';
import HomeScreen from './HomeScreen.svelte';
import type { OngoingRow } from './types.ts';

const now = Date.UTC(2026, 10, 21, 12);
const room = (token: string, roomName: string): RecentRoom => ({
	account: 'here',
	token: token as RoomToken,
	roomName,
	lastJoinedAt: now - 5 * 60_000,
	ownName: 'Nina'
});
const planning = room('plan1', 'Planning');
const family = room('fam1', 'Family');

function open(props: Partial<ComponentProps<typeof HomeScreen>> = {}) {
	const intentions = {
		onjoin: vi.fn(),
		onrejoin: vi.fn(),
		oncreate: vi.fn(() => Promise.resolve(true)),
		onshowcode: vi.fn(),
		oninstall: vi.fn(),
		oncopylink: vi.fn(() => Promise.resolve(true)),
		onremove: vi.fn(),
		onclear: vi.fn(),
		onrestore: vi.fn(),
		onremember: vi.fn()
	};
	render(HomeScreen, {
		server: 'talk.example',
		ongoing: [],
		recent: [planning, family],
		now,
		isOnline: true,
		canCreate: false,
		canInstall: false,
		isRemembering: true,
		callHref: (token: RoomToken) => `/call/${token}`,
		...intentions,
		...props
	});
	return intentions;
}
const field = () => screen.getByRole('textbox', { name: 'Call link or code' });
const join = () => screen.getByRole('button', { name: 'Join' });

it('given a pasted message with a link, when Join is pressed, then that call is asked for', async () => {
	const { onjoin } = open();

	await fireEvent.input(field(), { target: { value: 'See you at https://talk.example/call/demo at 9' } });
	await fireEvent.click(join());

	expect(onjoin).toHaveBeenCalledExactlyOnceWith('demo');
});

it('given a text without a link, when Join is pressed, then the field says so and has the focus', async () => {
	const { onjoin } = open();

	await fireEvent.input(field(), { target: { value: 'see you' } });
	await fireEvent.click(join());

	expect(onjoin).not.toHaveBeenCalled();
	expect(field().getAttribute('aria-invalid')).toBe('true');
	expect(document.activeElement).toBe(field());
	screen.getByText('There is no call link or code in this text');
});

it('given a link to another server, when it is typed, then that server can be opened', async () => {
	open();

	await fireEvent.input(field(), { target: { value: 'https://other.example/call/abcd' } });

	screen.getByText('This link belongs to another server');
	const link = screen.getByRole('link', { name: /other\.example/ });
	expect(link.getAttribute('href')).toBe('https://other.example/call/abcd');
});

it('given no connection, when Join is pressed, then nothing is asked for and the reason is told', async () => {
	const { onjoin } = open({ isOnline: false });

	await fireEvent.input(field(), { target: { value: 'demo' } });
	await fireEvent.click(join());

	expect(onjoin).not.toHaveBeenCalled();
	expect(join().getAttribute('aria-disabled')).toBe('true');
	screen.getByText('You are offline. Recent calls are kept here.');
});

it('given recent calls, when one is looked at, then it links to its call and can be removed and put back', async () => {
	const { onremove, onrestore } = open();
	const row = screen.getAllByRole('listitem').find((item) => item.textContent.includes('Planning'));
	if (!row) throw new Error('no row');
	expect(within(row).getByRole('link').getAttribute('href')).toBe('/call/plan1');
	expect(row.textContent).toContain('5 minutes ago');

	await fireEvent.click(within(row).getByRole('button', { name: /Planning/ }));
	await fireEvent.click(screen.getByRole('menuitem', { name: 'Remove' }));
	expect(onremove).toHaveBeenCalledExactlyOnceWith(planning);
	expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Recent' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));

	expect(onrestore).toHaveBeenCalledExactlyOnceWith([planning]);
	expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
});

it('given a menu, when arrows and Escape are used, then it is walked, closed, and its button has the focus', async () => {
	open();
	const opener = screen.getByRole('button', { name: /Planning/ });

	await fireEvent.click(opener);
	const [copy, code, remove] = screen.getAllByRole('menuitem');
	expect(document.activeElement).toBe(copy);
	for (const item of [code, remove]) {
		await fireEvent.keyDown(screen.getByRole('menu'), { key: 'ArrowDown' });
		expect(document.activeElement).toBe(item);
	}
	await fireEvent.keyDown(screen.getByRole('menu'), { key: 'ArrowDown' });
	expect(document.activeElement).toBe(copy);
	await fireEvent.keyDown(screen.getByRole('menu'), { key: 'Escape' });

	expect(screen.queryByRole('menu')).toBeNull();
	expect(document.activeElement).toBe(opener);
});

it('given recent calls, when all are cleared, then 6 seconds remain to undo it', async () => {
	vi.useFakeTimers();
	const { onclear, onrestore } = open();

	await fireEvent.click(screen.getByRole('button', { name: 'Clear all' }));
	expect(onclear).toHaveBeenCalledOnce();
	await vi.advanceTimersByTimeAsync(5900);
	screen.getByRole('button', { name: 'Undo' });
	await vi.advanceTimersByTimeAsync(200);

	expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
	expect(onrestore).not.toHaveBeenCalled();
	vi.useRealTimers();
});

it('given no calls yet, when Home is shown, then it says what to do', () => {
	open({ recent: [] });

	screen.getByText('No calls yet. Paste a link someone sent you.');
	expect(screen.queryByRole('button', { name: 'Clear all' })).toBeNull();
});

const live: OngoingRow = {
	token: 'live1' as RoomToken,
	roomName: 'Review',
	peopleCount: null,
	startedAt: null,
	state: 'live',
	own: 'none'
};

it('given a call that runs, when Home is shown, then it is marked in words', () => {
	open({
		ongoing: [{ ...live, peopleCount: 4, startedAt: now - 120_000 }]
	});

	const row = within(screen.getByRole('region', { name: 'Ongoing now' })).getByRole('listitem');
	expect(row.textContent).toContain('Live');
	expect(row.textContent).toContain('4 people');
	expect(row.textContent).toContain('for 2 min');
});

it('P13 given a call that may be over, when Home is shown, then it says no more than that it may go on', () => {
	open({ ongoing: [{ ...live, state: 'possible' }] });

	const row = within(screen.getByRole('region', { name: 'Ongoing now' })).getByRole('listitem');
	expect(row.textContent).toContain('May still be going on');
	expect(row.textContent).not.toContain('Live');
	expect(within(row).queryByRole('button')).toBeNull();
});

it('P05 given a call that a crash ended, when Home is shown, then a press goes back in, and nothing else does', async () => {
	const { onrejoin, onjoin } = open({ ongoing: [{ ...live, own: 'rejoin' }] });
	expect(onrejoin).not.toHaveBeenCalled();

	await fireEvent.click(screen.getByRole('button', { name: /^Rejoin .*Review/ }));

	expect(onrejoin).toHaveBeenCalledExactlyOnceWith('live1');
	expect(onjoin).not.toHaveBeenCalled();
});

it('P09 given a call in another tab, when Home is shown, then it says so and links to the choice', () => {
	open({ ongoing: [{ ...live, own: 'elsewhere' }] });

	const row = within(screen.getByRole('region', { name: 'Ongoing now' })).getByRole('listitem');
	expect(row.textContent).toContain('open in another tab');
	expect(within(row).getByRole('link').getAttribute('href')).toBe('/call/live1');
	expect(within(row).queryByRole('button')).toBeNull();
});

it('given what the server and the browser allow, when Home is shown, then only that is offered', async () => {
	const { oncreate, oninstall, onremember } = open({ canCreate: true, canInstall: true });

	await fireEvent.click(screen.getByRole('button', { name: 'New call' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Install app' }));
	await fireEvent.click(screen.getByRole('switch', { name: 'Remember my calls in this browser' }));

	expect(oncreate).toHaveBeenCalledOnce();
	expect(oninstall).toHaveBeenCalledOnce();
	expect(onremember).toHaveBeenCalledExactlyOnceWith(false);
});

it('given a call of the list, when its code is asked for, then that call’s is shown', async () => {
	const { onshowcode } = open();

	await fireEvent.click(screen.getByRole('button', { name: /Planning/ }));
	await fireEvent.click(screen.getByRole('menuitem', { name: 'Show QR code' }));

	expect(onshowcode).toHaveBeenCalledExactlyOnceWith(planning);
});

it('given a server that makes no call, when one is asked for, then that is said', async () => {
	open({ canCreate: true, oncreate: () => Promise.resolve(false) });

	await fireEvent.click(screen.getByRole('button', { name: 'New call' }));

	await screen.findByText(/^No call could be made\./);
});
