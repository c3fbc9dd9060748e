import type { Page } from '@playwright/test';

export interface HeldApp {
	letGo: () => void;
}

/** Keeps the app back, before the page is opened: its first module is answered when it is let go. */
export async function holdApp(page: Page): Promise<HeldApp> {
	let letGo = (): void => undefined;
	const isDue = new Promise<void>((resolve) => (letGo = resolve));
	await page.route('**/_app/immutable/entry/start.*.js', async (route) => {
		await isDue;
		await route.continue();
	});
	return { letGo };
}
