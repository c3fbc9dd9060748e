import { untrack } from 'svelte';
import type { CallView } from '$lib/domain/call/call-view.ts';
import { announcementsBetween, type Announcement } from './announcements.ts';

const gatherMs = { soon: 2_000, later: 3_000 } as const;

/** Gathers what one pace allows to be said together: compares with the view from before the first change. */
class Gathering {
	#since: CallView | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	readonly #pace: keyof typeof gatherMs;
	readonly #view: () => CallView;
	readonly #say: (announcement: Announcement) => void;

	constructor(pace: keyof typeof gatherMs, view: () => CallView, say: (announcement: Announcement) => void) {
		this.#pace = pace;
		this.#view = view;
		this.#say = say;
	}

	#between(next: CallView): Announcement[] {
		if (!this.#since) return [];
		return announcementsBetween(this.#since, next).filter(({ pace }) => pace === this.#pace);
	}

	look(previous: CallView, next: CallView): void {
		if (this.#timer !== undefined) return;
		this.#since = previous;
		if (this.#between(next).length === 0) return;
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			this.#between(this.#view()).forEach(this.#say);
		}, gatherMs[this.#pace]);
	}

	stop(): void {
		clearTimeout(this.#timer);
	}
}

/** Says what changes in a call while the calling component lives. Call it while the component starts. */
export function feedAnnouncements(view: () => CallView, say: (announcement: Announcement) => void): void {
	let previous = untrack(view);
	const gatherings = [new Gathering('soon', view, say), new Gathering('later', view, say)];
	// keeps what is said in step with the view
	$effect(() => {
		const next = view();
		untrack(() => {
			announcementsBetween(previous, next)
				.filter(({ pace }) => pace === 'now')
				.forEach(say);
			for (const gathering of gatherings) gathering.look(previous, next);
		});
		previous = next;
	});
	// ends the waiting with the component
	$effect(() => () => {
		for (const gathering of gatherings) gathering.stop();
	});
}
