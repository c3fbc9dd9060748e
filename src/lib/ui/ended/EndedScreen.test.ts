import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import type { EndedView } from '$lib/domain/call/call-view.ts';
import EndedScreen from './EndedScreen.svelte';

const left: EndedView = { roomName: 'Planning', reason: 'left', durationMs: 3_840_000, othersLeft: 0 };

function open(props: Partial<ComponentProps<typeof EndedScreen>> = {}) {
	const intentions = { onrejoin: vi.fn(), onhome: vi.fn(), oncopylink: vi.fn(() => Promise.resolve(true)) };
	render(EndedScreen, { ended: left, ...intentions, ...props });
	return intentions;
}

it('given a call I left, when the page is shown, then it says how long I was in and Rejoin has the focus', async () => {
	const { onrejoin, onhome } = open({ ended: { ...left, othersLeft: 4 } });

	screen.getByRole('heading', { name: /^You left/ });
	screen.getByText('1 hr 4 min');
	screen.getByText('4 people are still in the call');
	expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Rejoin' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Rejoin' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Home' }));

	expect(onrejoin).toHaveBeenCalledOnce();
	expect(onhome).toHaveBeenCalledOnce();
});

it('given a call in which nobody is known to be, when the page is shown, then nothing is said of others', () => {
	open();

	expect(screen.queryByText(/still in the call/)).toBeNull();
});

it.each([
	['ended-for-all', 'The call has ended', true],
	['replaced', 'You left here and joined elsewhere', true],
	['removed', 'You were removed from the call', false]
] as const)('given the reason %j, when the page is shown, then it is told', (reason, title, canRejoin) => {
	open({ ended: { ...left, reason } });

	screen.getByRole('heading', { name: title });
	expect(screen.queryByRole('button', { name: 'Rejoin' }) !== null).toBe(canRejoin);
});

it('given a link, when it was copied, then the button says so', async () => {
	open();

	await fireEvent.click(screen.getByRole('button', { name: 'Copy link' }));

	await screen.findByRole('button', { name: 'Link copied' });
});

it('given a browser that refuses to copy, when it is tried, then that is shown, and nothing else is claimed', async () => {
	open({ oncopylink: () => Promise.resolve(false) });

	await fireEvent.click(screen.getByRole('button', { name: 'Copy link' }));

	await screen.findByText('The link could not be copied');
	screen.getByRole('button', { name: 'Copy link' });
});
