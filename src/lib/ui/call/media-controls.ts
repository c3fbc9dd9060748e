import type { Snippet } from 'svelte';
import type { MenuItem } from './menu.ts';

/** What the screen of a call shows and offers of media beside the buttons themselves. */
export interface MediaControls {
	/** Why the header should say that a connection is weak; null: it is not. */
	weakness: string | null;
	/** For the menu of everything else. */
	items: readonly MenuItem[];
	/** For the menu of a tile: its connection has failed for good. */
	tileItems: (memberKey: string) => readonly MenuItem[];
	/** Above the microphone's button. */
	hint: Snippet | null;
	onlowdata: () => void;
	onconnection: () => void;
	/** null: this browser has no such window. */
	onpictureinpicture: (() => void) | null;
}
