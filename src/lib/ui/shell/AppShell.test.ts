import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { expect, it, vi } from 'vitest';
import AppShell from './AppShell.svelte';

const children = createRawSnippet(() => ({ render: () => '<h1>Here</h1>' }));

it('given the shell, when it is looked at, then it leads home, to the content, and to another theme', async () => {
	const ontheme = vi.fn();
	render(AppShell, { homeHref: '/', theme: 'auto', ontheme, children });

	expect(screen.getByRole('link', { name: /home/i }).getAttribute('href')).toBe('/');
	const content = screen.getByRole('link', { name: 'Skip to content' }).getAttribute('href');
	expect(content).toBe(`#${screen.getByRole('main').id}`);
	expect(screen.getByRole('radio', { name: 'System theme' })).toHaveProperty('checked', true);
	await fireEvent.click(screen.getByRole('radio', { name: 'Dark theme' }));

	expect(ontheme).toHaveBeenCalledExactlyOnceWith('dark');
});

it('given a newer version, when it is there, then it can be taken', async () => {
	const onupdate = vi.fn();
	render(AppShell, { homeHref: '/', theme: 'auto', hasUpdate: true, ontheme: vi.fn(), onupdate, children });

	await fireEvent.click(screen.getByRole('button', { name: 'Update' }));

	expect(onupdate).toHaveBeenCalledOnce();
});
