/** A notice that goes by itself. */
export interface Toast {
	key: string;
	text: string;
	/** How often the same was said while it stood. */
	count?: number;
	action?: { label: string; onpress: () => void };
	/** How long it stays; 5 s unless given, 8 s with an action; null: until it is dismissed. Held while pointed at or focused. */
	durationMs?: number | null;
}
