import type { Component } from 'svelte';
import { AnnouncerState, provideAnnouncer } from '../../src/lib/ui/primitives/announcer.svelte.ts';

/**
 * A component with somebody who listens.
 * @returns it, and what is said as soon as it is rendered
 */
export function heard<
	Props extends Record<string, unknown>,
	Exports extends Record<string, unknown>,
	Bindings extends keyof Props | ''
>(component: Component<Props, Exports, Bindings>) {
	let announcer = new AnnouncerState();
	const listened: Component<Props, Exports, Bindings> = (...args) => {
		announcer = provideAnnouncer();
		return component(...args);
	};
	return {
		component: listened,
		said: (region: 'polite' | 'assertive') => announcer[region].spoken.words
	};
}
