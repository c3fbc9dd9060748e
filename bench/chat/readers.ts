import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { Place } from './place.ts';
import { installTracer, isSeen, untilSeen, watch, type End, type Smoothness } from './trace.ts';

/** What is measured: Roost's page, or the one with the least code. */
export type Kind = 'roost' | 'floor';

/** Somebody in a room whose log can be opened. */
export interface Reader {
	/** From the press until the newest message is shown. */
	open(newest: string): Promise<Smoothness>;
	close(): Promise<void>;
	/** With the wheel, from one end to the other. */
	scrollTo(end: End): Promise<Smoothness>;
	/** While others write: from now until the text is shown. */
	see(newest: string, deed: () => Promise<unknown>): Promise<Smoothness>;
	leave(): Promise<void>;
}

const withinMs = 60_000;
/** From end to end; where older messages are loaded on the way, their requests are in it. */
const scrollWithinMs = 150_000;
/** Of one turn of the wheel; one comes with each picture. */
const wheelPx = 1_000;
/** Turns between two looks whether the end is reached. */
const turns = 8;

/** @param held how many messages the bare page has from the start; Roost has those that it loads by itself */
export async function openReader(
	browser: Browser,
	{ url }: Place,
	{ kind, room, held }: { kind: Kind; room: string; held: number }
): Promise<Reader> {
	// installing the worker is another matter
	const context = await browser.newContext({ serviceWorkers: 'block' });
	const page = await context.newPage();
	page.setDefaultTimeout(withinMs);
	await installTracer(page);
	if (kind === 'floor') {
		await page.goto(`${url}/floor/index.html?room=${room}&held=${held}`);
		await page.waitForFunction(() => document.title === 'ready');
	} else {
		await page.goto(`${url}/call/${room}`);
		await page.getByRole('textbox', { name: 'Your name' }).fill('Reader');
		await page.getByRole('button', { name: 'Join without camera or mic', exact: true }).click();
		await page.getByRole('toolbar', { name: 'Call controls' }).waitFor();
		await page.waitForLoadState('networkidle');
	}
	return readerOf(page, context);
}

function readerOf(page: Page, context: BrowserContext): Reader {
	const button = page.getByRole('button', { name: 'Chat', exact: true }).first();
	return {
		open: async (text) => {
			await watch(page, { text, isNewest: true }, true);
			await button.click();
			return untilSeen(page, withinMs);
		},
		close: async () => {
			await button.click();
			await page.locator('[role=log]').waitFor({ state: 'hidden' });
		},
		scrollTo: async (end) => {
			const box = await page.locator('[role=log]').boundingBox();
			if (box === null) throw new Error('there is no log');
			await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
			await watch(page, end);
			const deadline = Date.now() + scrollWithinMs;
			while (!(await isSeen(page)) && Date.now() < deadline) {
				for (let nth = 0; nth < turns; nth += 1) await page.mouse.wheel(0, end.isNewest ? wheelPx : -wheelPx);
			}
			return untilSeen(page, 1_000);
		},
		see: async (text, deed) => {
			await watch(page, { text, isNewest: true });
			await deed();
			return untilSeen(page, withinMs);
		},
		leave: () => context.close()
	};
}
