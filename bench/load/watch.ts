import type { Page } from '@playwright/test';

/** A task that kept the page from answering for 50 ms or longer; ms since the navigation began. */
export interface LongTask {
	startMs: number;
	durationMs: number;
}

/** What a page saw of itself; ms since the navigation began. */
export interface Seen {
	/** When the press on Join happened that the page acted upon. */
	joinMs: number;
	/** When the app itself had taken over from what stood in the page before it; of a page without such a thing `joinMs`. */
	appMs: number;
	firstPaintMs: number;
	longTasks: LongTask[];
}

declare global {
	var loadWatch: Seen | undefined;
	/** Of the debugger: tells the program outside. */
	var joinWorks: ((payload: string) => void) | undefined;
}

/**
 * Presses Join as soon as there is such a button, and again with each frame until the page acts upon it. The name is
 * empty, so what the page does is to mark the field: nothing is sent, and nothing else begins. It knows nothing of either
 * page but what a person sees, and where what the server sent stands until the app is there.
 */
export const installWatch = (page: Page): Promise<unknown> =>
	page.addInitScript(() => {
		const seen: Seen = { joinMs: 0, appMs: 0, firstPaintMs: 0, longTasks: [] };
		globalThis.loadWatch = seen;
		new PerformanceObserver((list) => {
			for (const { startTime, duration } of list.getEntries())
				seen.longTasks.push({ startMs: startTime, durationMs: duration });
		}).observe({ type: 'longtask', buffered: true });
		new PerformanceObserver((list) => {
			for (const { name, startTime } of list.getEntries())
				if (name === 'first-contentful-paint') seen.firstPaintMs = startTime;
		}).observe({ type: 'paint', buffered: true });

		let pressedAt = 0;
		const press = () => {
			const button = [...document.querySelectorAll('button')].find(
				({ textContent, disabled }) => textContent.trim() === 'Join' && !disabled
			);
			if (button === undefined) return;
			pressedAt = performance.now();
			button.click();
			requestAnimationFrame(look);
		};
		const look = () => {
			if (seen.joinMs > 0) return;
			if (pressedAt > 0 && document.querySelector('input[aria-invalid="true"]') !== null) {
				seen.joinMs = pressedAt;
				settle();
			} else press();
		};
		const settle = () => {
			if (document.getElementById('early') !== null) return;
			seen.appMs = Math.max(seen.joinMs, performance.now());
			observer.disconnect();
			globalThis.joinWorks?.('');
		};
		const observer = new MutationObserver(() => {
			if (seen.joinMs > 0) settle();
			else if (pressedAt === 0 || document.querySelector('input[aria-invalid="true"]') !== null) look();
		});
		observer.observe(document, { subtree: true, childList: true, attributes: true });
	});
