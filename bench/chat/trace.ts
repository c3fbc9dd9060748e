import type { Page } from '@playwright/test';

/* What somebody sees of a log, seen from outside: neither page carries a hook for this. */

/** How a stretch of time went. */
export interface Smoothness {
	ms: number;
	/** Milliseconds between pictures, in order. */
	frames: number[];
	/** Milliseconds of each piece of work of more than 50. */
	longTasks: number[];
}
/** The end of the log that is waited for: the text there, and whether it is the last one or the first one. */
export interface End {
	text: string;
	isNewest: boolean;
}
interface Watch {
	/** Settles with what was seen once the end is shown. */
	done: Promise<Smoothness>;
	isOver: boolean;
}

declare global {
	/** Only in pages that are measured. */
	var chatTracer: { watch: (end: End, isFromPress: boolean) => void; current: Watch | undefined } | undefined;
}

/** To be installed before the page is opened. */
export const installTracer = (page: Page): Promise<unknown> => page.addInitScript(tracer);

/** Runs in the page before any script of its own; may use nothing from outside itself. */
function tracer(): void {
	let pressedAt = 0;
	addEventListener('click', ({ timeStamp }) => (pressedAt ||= timeStamp), { capture: true });
	const longTasks: { at: number; ms: number }[] = [];
	new PerformanceObserver((list) => {
		for (const { startTime, duration } of list.getEntries()) longTasks.push({ at: startTime, ms: duration });
	}).observe({ type: 'longtask' });

	const isShown = ({ text, isNewest }: End) => {
		const log = document.querySelector('[role=log]');
		if (log === null || log.clientHeight === 0) return false;
		const { scrollTop, scrollHeight, clientHeight } = log;
		// cheap, since it is asked with each picture
		if (isNewest ? scrollHeight - scrollTop - clientHeight > 2 : scrollTop > 200) return false;
		const rows = [...log.querySelectorAll('[data-message]')];
		const row = rows.find(({ textContent }) => textContent.includes(text));
		if (row === undefined) return false;
		// below it may be what the room says of those who came
		if (isNewest) return true;
		const [place, frame] = [row.getBoundingClientRect(), log.getBoundingClientRect()];
		return place.top < frame.bottom && place.bottom > frame.top;
	};

	const own: NonNullable<typeof globalThis.chatTracer> = {
		current: undefined,
		watch: (end, isFromPress) => {
			pressedAt = 0;
			const begunAt = performance.now();
			const frames: number[] = [];
			let last = 0;
			const current: Watch = {
				isOver: false,
				done: new Promise((settle) => {
					const finish = () => {
						const now = performance.now();
						const from = isFromPress ? pressedAt : begunAt;
						const tasks = longTasks.filter(({ at, ms }) => at + ms >= from).map(({ ms }) => ms);
						settle({ ms: now - from, frames, longTasks: tasks });
					};
					const look = (at: number) => {
						if (last > 0) frames.push(at - last);
						last = at;
						if ((!isFromPress || pressedAt > 0) && isShown(end)) {
							current.isOver = true;
							// what is in the document now is painted with this picture: the next task comes after it
							const { port1, port2 } = new MessageChannel();
							port1.onmessage = finish;
							port2.postMessage(null);
						} else requestAnimationFrame(look);
					};
					requestAnimationFrame(look);
				})
			};
			own.current = current;
		}
	};
	globalThis.chatTracer = own;
}

export const watch = (page: Page, end: End, isFromPress = false): Promise<void> =>
	page.evaluate(([end, isFromPress]) => globalThis.chatTracer?.watch(end, isFromPress), [
		end,
		isFromPress
	] as const);

/** @throws when the end is not shown in time */
export async function untilSeen(page: Page, withinMs: number): Promise<Smoothness> {
	const seen = await page.evaluate(
		(ms) =>
			Promise.race([
				globalThis.chatTracer?.current?.done,
				new Promise<undefined>((settle) => setTimeout(() => settle(undefined), ms))
			]),
		withinMs
	);
	if (seen === undefined) throw new Error('the end of the log was not shown in time');
	return seen;
}

export const isSeen = (page: Page): Promise<boolean> =>
	page.evaluate(() => globalThis.chatTracer?.current?.isOver === true);
