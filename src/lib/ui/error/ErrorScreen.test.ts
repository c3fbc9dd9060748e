import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import { errors } from '../messages/errors.ts';
import { errorPages } from './error-pages.ts';
import type { PageAction } from './error-text.ts';
import ErrorScreen from './ErrorScreen.svelte';

function open(props: Partial<ComponentProps<typeof ErrorScreen>> = {}) {
	const intentions = { onaction: vi.fn(), oncopy: vi.fn(() => Promise.resolve(true)) };
	render(ErrorScreen, { code: 'room.not-found', since: 0, server: 'talk.example', ...intentions, ...props });
	return intentions;
}

it('given an unknown room, when the page is shown, then it names its code and what to do next', async () => {
	const { onaction } = open();

	screen.getByRole('heading', { level: 1, name: 'This call was not found' });
	expect(screen.getAllByText('R-ROOM-404')).not.toHaveLength(0);
	await fireEvent.click(screen.getByRole('button', { name: 'Enter another link' }));

	expect(onaction).toHaveBeenCalledExactlyOnceWith('enter-link');
});

it('P09 given a call in another tab, when it cannot be joined beside, then only taking over and going away are offered', () => {
	const { onaction } = open({
		code: 'call.duplicate',
		canDo: (action: PageAction) => action !== 'join-beside'
	});

	screen.getByRole('button', { name: 'Use here' });
	screen.getByRole('button', { name: 'Home' });
	expect(screen.queryByRole('button', { name: 'Join as another guest' })).toBeNull();
	expect(onaction).not.toHaveBeenCalled();
});

it('P09 given a call in another tab, when a person wants to be another guest here, then that is asked for', async () => {
	const { onaction } = open({ code: 'call.duplicate' });

	await fireEvent.click(screen.getByRole('button', { name: 'Join as another guest' }));

	expect(onaction).toHaveBeenCalledExactlyOnceWith('join-beside');
});

it('given the link, when it was copied, then the button says so', () => {
	open({ code: 'browser.unsupported', copied: { action: 'copy-link', isDone: true } });

	screen.getByRole('button', { name: 'Link copied' });
});

it('given a browser that refuses to copy the report, when that was tried, then the button says so', () => {
	open({ code: 'app.crashed', copied: { action: 'copy-report', isDone: false } });

	screen.getByRole('button', { name: 'Could not copy' });
});

it('given a browser that refuses to copy the link, when that was tried, then the link is there to be copied by hand', () => {
	open({ code: 'browser.unsupported', uncopiedLink: 'https://talk.example/call/demo' });

	const field = screen.getByRole('textbox', { name: 'The link could not be copied' });
	expect(field).toHaveProperty('value', 'https://talk.example/call/demo');
	expect(document.activeElement).toBe(field);
});

it('given an attempt under way, when its button is pressed, then nothing more is asked for', async () => {
	const { onaction } = open({ code: 'server.unreachable', isRetrying: true });

	await fireEvent.click(screen.getByRole('button', { name: 'Trying again…' }));

	expect(onaction).not.toHaveBeenCalled();
});

it('given a server that wants a break, when time passes, then the seconds run down', async () => {
	vi.useFakeTimers();
	open({ code: 'server.throttled', retryAt: Date.now() + 2000 });

	screen.getByText('Wait 2 seconds.');
	await vi.advanceTimersByTimeAsync(1250);
	screen.getByText('Wait 1 second.');
	await vi.advanceTimersByTimeAsync(1000);

	screen.getByText('You can try again now.');
	vi.useRealTimers();
});

it('given the details, when they are copied, then they hold code and server', async () => {
	const { oncopy } = open();

	await fireEvent.click(screen.getByText('Copy details'));

	expect(oncopy).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('R-ROOM-404'));
	expect(oncopy).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('talk.example'));
});

it('given the words of all pages, when they are measured, then titles and bodies are short enough to be read', () => {
	for (const { title, body } of Object.values(errors.pages)) {
		expect(title.length, title).toBeLessThanOrEqual(45);
		expect(body.length, body).toBeLessThanOrEqual(140);
	}
	for (const { actions } of Object.values(errorPages)) expect(actions.length).toBeGreaterThan(0);
});
