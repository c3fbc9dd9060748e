import { tick } from 'svelte';
import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Data, LoadEvent, Part } from './page.svelte.ts';
import { Router, type LeavingNavigation, type Navigation } from './router.ts';
import Begins from './testing/Begins.svelte';
import Home from './testing/Home.svelte';
import Layout from './testing/Layout.svelte';
import Problem from './testing/Problem.svelte';
import Room from './testing/Room.svelte';

/** Is given what reads the data of a room's page that is gone. */
const left = vi.fn<(title: () => unknown) => void>();
const loadRoom = vi.fn(({ params }: LoadEvent): Data => ({ title: params['token'], left }));
const loadLayout = vi.fn((): Data => ({ name: 'Roost' }));
const room: Part = { component: Room, universal: { load: loadRoom } };
const arrive = { room: () => Promise.resolve(room) };
const app = {
	nodes: [
		() => Promise.resolve({ component: Layout, universal: { load: loadLayout } }),
		() => Promise.resolve({ component: Problem }),
		() => Promise.resolve({ component: Home }),
		() => arrive.room()
	],
	dictionary: { '/': [2], '/call/[token]': [3] }
};
const usual = { ...arrive };
const isOutdated = vi.fn(() => Promise.resolve(false));

/** Every router listens to the one window of this file: those of former tests must not answer any more. */
let end = new AbortController();

async function startAt(path: string): Promise<Router> {
	history.replaceState(null, '', path);
	const router = new Router(isOutdated);
	await router.start(app, document.body);
	return router;
}

const title = () => screen.getByRole('heading').textContent.trim();
const press = (link: string) => screen.getByText(link).click();
const write = (value: string) => fireEvent.input(screen.getByLabelText('Note'), { target: { value } });
const withMounted = (router: Router, listener: (navigation: LeavingNavigation) => void) =>
	render(Begins, { begin: () => router.beforeNavigate(listener) });
const withMountedAfter = (router: Router, listener: (navigation: Navigation) => void) =>
	render(Begins, { begin: () => router.afterNavigate(listener) });

beforeEach(() => {
	end = new AbortController();
	const { signal } = end;
	for (const target of [window, document.documentElement]) {
		const add = target.addEventListener.bind(target);
		vi.spyOn(target, 'addEventListener').mockImplementation(
			(type: string, listener: EventListenerOrEventListenerObject | null) => {
				if (listener !== null) add(type, listener, { signal });
			}
		);
	}
	vi.spyOn(window, 'scrollTo').mockImplementation(() => undefined);
	Object.assign(arrive, usual);
});

afterEach(() => {
	end.abort();
	vi.restoreAllMocks();
	vi.clearAllMocks();
	document.body.replaceChildren();
	sessionStorage.clear();
});

it('given an address, when the app starts, then its page stands in the layout, with what both have loaded', async () => {
	await startAt('/call/one/?cam=0');
	expect(title()).toBe('one of Roost, ?cam=0');
	expect(screen.getByRole('banner').textContent).toBe('Roost');
	expect(location.pathname).toBe('/call/one');
});

it('given a link, when it is pressed, then its page is there; Back and Forward lead there and back', async () => {
	await startAt('/');
	press('One');
	await waitFor(() => expect(title()).toBe('one of Roost,'));
	expect(location.pathname).toBe('/call/one');
	history.back();
	await waitFor(() => expect(title()).toBe('Home'));
	history.forward();
	await waitFor(() => expect(title()).toBe('one of Roost,'));
	expect(loadLayout).toHaveBeenCalledTimes(1);
});

it('given what the page was scrolled to, when somebody comes back, then it is there again', async () => {
	const router = await startAt('/');
	vi.stubGlobal('scrollY', 300);
	await router.goto('/call/one');
	expect(scrollTo).toHaveBeenLastCalledWith(0, 0);
	vi.stubGlobal('scrollY', 20);
	history.back();
	await waitFor(() => expect(scrollTo).toHaveBeenLastCalledWith(0, 300));
	vi.unstubAllGlobals();
});

it('given a page, when only its query is another, then it stays as it is, with what was typed', async () => {
	const router = await startAt('/call/one');
	await write('hello');
	await router.goto('/call/one?cam=0');
	expect(title()).toBe('one of Roost, ?cam=0');
	expect(screen.getByLabelText('Note')).toHaveProperty('value', 'hello');
	expect(loadRoom).toHaveBeenCalledTimes(1);
	await router.goto('/call/two');
	expect(title()).toBe('two of Roost,');
	expect(loadRoom).toHaveBeenCalledTimes(2);
});

it('given a page that is gone, when something of it still runs, then it has what it was given', async () => {
	const router = await startAt('/call/one');
	await router.goto('/');
	const readTitle = left.mock.lastCall?.[0];
	expect(readTitle?.()).toBe('one');
});

it('given a way that takes long, when somebody goes elsewhere meanwhile, then it leads nowhere', async () => {
	const router = await startAt('/');
	let come: ((part: Part) => void) | undefined;
	arrive.room = () => new Promise((resolve) => (come = resolve));
	const slow = router.goto('/call/one');
	const quick = router.goto('/?action=join');
	await quick;
	come?.(room);
	await slow;
	expect(title()).toBe('Home');
	expect(location.search).toBe('?action=join');
});

it('given somebody who must not go, when they press a link or Back, then they stay, and so does the address', async () => {
	const router = await startAt('/');
	await router.goto('/call/one');
	const asked: LeavingNavigation['type'][] = [];
	withMounted(router, (navigation) => {
		asked.push(navigation.type);
		navigation.cancel();
	});
	press('Home');
	history.back();
	await waitFor(() => expect(asked).toEqual(['link', 'popstate']));
	await waitFor(() => expect(location.pathname).toBe('/call/one'));
	expect(title()).toBe('one of Roost,');
});

it('given an entry that holds the page, when Back is pressed, then nobody is asked and the page stays', async () => {
	const router = await startAt('/call/one');
	const asked = vi.fn();
	withMounted(router, asked);
	await write('hello');
	router.holdEntry();
	const back = new Promise((resolve) => window.addEventListener('popstate', resolve));
	history.back();
	await back;
	await tick();
	expect(asked).not.toHaveBeenCalled();
	expect(screen.getByLabelText('Note')).toHaveProperty('value', 'hello');
});

it('given a place on the page, when its link is pressed, then the browser goes there and nothing is loaded', async () => {
	const router = await startAt('/call/one');
	const asked = vi.fn();
	withMounted(router, asked);
	press('There');
	await waitFor(() => expect(location.hash).toBe('#there'));
	expect(asked).not.toHaveBeenCalled();
	history.back();
	await waitFor(() => expect(location.hash).toBe(''));
	expect(title()).toBe('one of Roost,');
	expect(loadRoom).toHaveBeenCalledTimes(1);
});

it('given an address that no page has, when the app starts there, then the page says so', async () => {
	await startAt('/nothing');
	expect(title()).toBe('Problem 404');
});

it('given a page that does not load, when somebody goes there, then that is said; the next one is as usual', async () => {
	const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
	const router = await startAt('/');
	const cause = new TypeError('Failed to fetch dynamically imported module');
	arrive.room = () => Promise.reject(cause);
	await router.goto('/call/one');
	expect(title()).toBe('Problem 500');
	expect(said).toHaveBeenCalledWith(cause);
	expect(isOutdated).toHaveBeenCalledTimes(1);
	await router.goto('/');
	expect(title()).toBe('Home');
});

it('given a layout that does not load, when the app starts, then whoever started it hears why', async () => {
	loadLayout.mockImplementationOnce(() => {
		throw new RangeError('no');
	});
	await expect(startAt('/')).rejects.toThrow('no');
});

it('given another page, when it is there, then its title is said, and where somebody came from', async () => {
	const router = await startAt('/');
	const told: Navigation[] = [];
	withMountedAfter(router, (navigation) => told.push(navigation));
	await router.goto('/call/one');
	await waitFor(() => expect(document.getElementById('page-title')?.textContent).toBe('one'));
	expect(told).toEqual([{ type: 'goto', from: '/', to: '/call/[token]' }]);
});
