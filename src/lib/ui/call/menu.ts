import type { Component } from 'svelte';

export interface MenuItem {
	key: string;
	label: string;
	icon?: Component;
	/** The icon points along the line, and turns with it. */
	isMirrored?: boolean;
	/** Its keyboard shortcut. */
	hint?: string;
	/** One of a group of which one is chosen; absent: a plain command. */
	isChecked?: boolean;
	/** Why it does nothing now; null or absent: it can be chosen. */
	disabledReason?: string | null;
	onselect: () => void;
}

export interface MenuSection {
	key: string;
	/** Shown above the items. */
	label?: string;
	items: MenuItem[];
}

/** What hangs on a button of the toolbar. */
export type ToolbarMenu = 'microphone' | 'camera' | 'react' | 'more';

/** One at a time, over the button that it hangs on. */
export interface OpenMenu {
	kind: ToolbarMenu | 'layout';
	anchor: HTMLElement;
}
