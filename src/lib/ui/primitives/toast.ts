/** A notice that goes by itself. */
export interface Toast {
	key: string;
	text: string;
	action?: { label: string; onpress: () => void };
	/** How long it stays, 6 s unless given; null: until it is dismissed. Held while pointed at or focused. */
	durationMs?: number | null;
}
