import type { Component, Snippet } from 'svelte';

/** What a page has loaded before it is shown. */
export type Data = Readonly<Record<string, unknown>>;

/** A part of the app: a page or what is around it, and what it loads first. */
export interface Part {
	component: Component<{ data: Data; children?: Snippet }>;
	universal?: { load?: (event: LoadEvent) => Data | void | Promise<Data | void> };
}

/** What a page is told before it is shown; it is loaded again only where a parameter is another. */
export interface LoadEvent {
	params: Readonly<Record<string, string>>;
	/** What the layout has loaded. */
	parent: () => Promise<Data>;
}

/** What stands inside of the layout. */
export interface Leaf {
	part: Part;
	data: Data;
	params: Readonly<Record<string, string>>;
}

/** Where somebody is, for components that follow it. */
class Page {
	url: URL = $state.raw(new URL('about:blank'));
	params: Readonly<Record<string, string>> = $state.raw({});
	/** 404 where no page is, 500 where one did not load. */
	status: 200 | 404 | 500 = $state.raw(200);
}

export const page = new Page();

/** What is on the screen: the layout, which stays, and the page in it. */
export class Shown {
	readonly layout: Leaf;
	leaf: Leaf;

	constructor(layout: Leaf, leaf: Leaf) {
		this.layout = layout;
		this.leaf = $state.raw(leaf);
	}
}
