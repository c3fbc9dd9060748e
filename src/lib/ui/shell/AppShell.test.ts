import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, it, vi } from 'vitest';
import AppShell from './AppShell.svelte';

const children = createRawSnippet(() => ({ render: () => '<h1>Here</h1>' }));

it('given the shell, when it is looked at, then it leads home, to the content, and to the settings', async () => {
	const onsettings = vi.fn();
	render(AppShell, { homeHref: '/', onsettings, children });

	expect(screen.getByRole('link', { name: /home/i }).getAttribute('href')).toBe('/');
	const content = screen.getByRole('link', { name: 'Skip to content' }).getAttribute('href');
	expect(content).toBe(`#${screen.getByRole('main').id}`);
	await fireEvent.click(screen.getByRole('button', { name: 'Settings' }));

	expect(onsettings).toHaveBeenCalledOnce();
});

it('given a newer version, when it is there, then it can be taken', async () => {
	const onupdate = vi.fn();
	render(AppShell, { homeHref: '/', hasUpdate: true, onupdate, onsettings: vi.fn(), children });

	await fireEvent.click(screen.getByRole('button', { name: 'Update' }));

	expect(onupdate).toHaveBeenCalledOnce();
});
