import type { Browser, BrowserContext, Locator, Page } from '@playwright/test';
import { meeting, pretendedDevices, startBrowser } from '../support/browser.ts';
import { measureFor } from '../support/interval.ts';
import { installLeak, installLedger } from './ledger.ts';

/** Loaded machines are slow; what takes longer than this does not come. */
const stepMs = 60_000;
/** A session whose tab was closed is kept for half a minute, in case it comes back. */
const goneMs = 100_000;
const calmLooks = 3;
const betweenLooksMs = 700;

/** Somebody with a tab, in the call or not. */
export interface Person {
	readonly name: string;
	readonly page: Page;
	/** Into the call: from a new tab, or by Rejoin where they left. */
	come(): Promise<void>;
	/** By the button. */
	leave(): Promise<void>;
	/** The tab is closed without a goodbye, as when a laptop is shut. */
	closeTab(): Promise<void>;
	/** As somebody who was never here: nothing of the tab and of what the browser kept is left. */
	startOver(): Promise<void>;
	/** Presses a button of the call controls. */
	press: (control: string) => Promise<void>;
	/** By a real press, for browsers let a page share only after one. */
	share(): Promise<void>;
	say(message: string): Promise<void>;
}

/** The one who stays, and is measured. */
export interface Stayer extends Person {
	/** Until there are so many connections, and all of them are up. */
	untilConnections(count: number): Promise<void>;
	/** Until more pictures come. */
	untilPictures(): Promise<void>;
	untilHeard(message: string): Promise<void>;
	/** Whether it is said that the server can not be reached. */
	untilNotice(isShown: boolean): Promise<void>;
	/** Opens what there is beside the tiles, and closes it again. */
	lookAround(): Promise<void>;
	/** Until nothing comes into the page or goes any more: notices have gone, menus are closed. */
	untilCalm(): Promise<void>;
	/** As everything is at the beginning of a round. */
	tidyUp(): Promise<void>;
}

interface CastOptions {
	/** Path of the browser, and of the file that its cameras show. */
	program: string;
	camera: string;
	room: string;
	/** Addresses of the server: the one who stays has a wire of their own. */
	stayerUrl: string;
	othersUrl: string;
	/** Whether the one who stays shall leak, to see it found. */
	isLeaking: boolean;
}

interface Cast {
	readonly browser: Browser;
	readonly stayer: Stayer;
	readonly others: readonly Person[];
	close: () => Promise<void>;
}

export async function openCast(options: CastOptions): Promise<Cast> {
	const { program, camera, room, stayerUrl, othersUrl, isLeaking } = options;
	const browser = await startBrowser(program, [...pretendedDevices({ fps: 5, camera }), ...meeting]);
	try {
		const linkAt = (url: string) => `${url}/call/${room}`;
		const stayer = await openStayer(browser, linkAt(stayerUrl), isLeaking);
		const others: Person[] = [];
		for (const name of ['Ben', 'Cem', 'Dan']) {
			others.push(createPerson(name, browser, linkAt(othersUrl)));
		}
		return { browser, stayer, others, close: () => browser.close() };
	} catch (error) {
		await browser.close();
		throw error;
	}
}

/** Without a pointer that moves there, which on a busy machine costs more than what is done by it. */
const choose = (button: Locator) => button.evaluate((element: HTMLElement) => element.click());

function createPerson(
	name: string,
	browser: Browser,
	link: string,
	prepare: (page: Page) => Promise<unknown> = async () => undefined
): Person {
	let context: BrowserContext | undefined;
	let page: Page | undefined;
	const there = () => {
		if (!page) throw new Error(`${name} has no tab`);
		return page;
	};
	const controls = () => there().getByRole('toolbar', { name: 'Call controls' });
	const button = (label: string) => there().getByRole('button', { name: label, exact: true });
	const press = (control: string) => choose(controls().getByRole('button', { name: control, exact: true }));

	return {
		name,
		get page() {
			return there();
		},
		come: async () => {
			if (page) {
				await choose(button('Rejoin'));
			} else {
				context ??= await browser.newContext();
				page = await context.newPage();
				page.setDefaultTimeout(stepMs);
				await prepare(page);
				await page.goto(link);
				await page.getByRole('textbox', { name: 'Your name' }).fill(name);
				await choose(button('Join'));
			}
			await controls()
				.waitFor()
				.catch(async (cause: unknown) => {
					const shown = await there().locator('body').innerText();
					throw new Error(`${name} did not come in, and sees: ${shown}`, { cause });
				});
		},
		leave: async () => {
			await press('Leave');
			await there()
				.getByRole('heading', { name: /^You left/ })
				.waitFor();
		},
		closeTab: async () => {
			await page?.close();
			page = undefined;
		},
		startOver: async () => {
			await context?.close();
			[context, page] = [undefined, undefined];
		},
		press,
		share: () => controls().getByRole('button', { name: 'Share screen', exact: true }).click(),
		say: async (message) => {
			const box = there().getByRole('textbox', { name: 'Message' });
			if (!(await box.isVisible())) await press('Chat');
			await box.fill(message);
			await choose(button('Send'));
		}
	};
}

async function openStayer(browser: Browser, link: string, isLeaking: boolean): Promise<Stayer> {
	const person = createPerson('Ann', browser, link, async (page) => {
		await installLedger(page);
		if (isLeaking) await installLeak(page);
	});
	await person.come();
	const { page, press } = person;
	const notice = page.getByText('Chat and people list are catching up');
	const panel = page.locator('[data-region="panel"]');
	const closeMenu = async (role: 'menu' | 'dialog') => {
		await page.getByRole(role).first().waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole(role).first().waitFor({ state: 'detached' });
	};

	return {
		...person,
		page,
		untilConnections: async (count) => {
			await page.waitForFunction(
				(wanted) => {
					const states = globalThis.soakLedger?.states() ?? [];
					return states.length === wanted && states.every((state) => state === 'connected');
				},
				count,
				{ polling: 250, timeout: goneMs }
			);
		},
		untilPictures: async () => {
			const before = (await page.evaluate(() => globalThis.soakLedger?.frames())) ?? 0;
			await page.waitForFunction(
				async (least) => ((await globalThis.soakLedger?.frames()) ?? 0) > least,
				before + 10,
				{ polling: 250 }
			);
		},
		untilHeard: async (message) => {
			if (!(await panel.isVisible())) await press('Chat');
			await page.getByRole('log', { name: 'Messages' }).getByText(message).waitFor();
		},
		untilNotice: (isShown) => notice.waitFor({ state: isShown ? 'visible' : 'detached' }),
		lookAround: async () => {
			if (await panel.isVisible()) {
				await press('Chat');
				await panel.waitFor({ state: 'detached' });
			}
			await press('People');
			await panel.waitFor();
			await press('People');
			await panel.waitFor({ state: 'detached' });
			await press('More');
			await closeMenu('menu');
			await press('React');
			await choose(page.getByRole('menu', { name: 'Reactions' }).getByRole('menuitem').first());
			await press('More');
			await choose(page.getByRole('menuitem', { name: 'Settings' }));
			await closeMenu('dialog');
		},
		untilCalm: async () => {
			let [same, before] = [0, -1];
			for (let look = 0; look < 30 && same < calmLooks; look += 1) {
				const now = await page.evaluate(() => document.querySelectorAll('*').length);
				same = now === before ? same + 1 : 0;
				before = now;
				await measureFor(betweenLooksMs);
			}
			if (same < calmLooks) throw new Error('the page does not come to rest');
		},
		tidyUp: async () => {
			for (const role of ['menu', 'dialog'] as const) {
				if (await page.getByRole(role).first().isVisible()) await page.keyboard.press('Escape');
			}
			if (await panel.isVisible()) await choose(page.locator('[data-control][aria-expanded="true"]').first());
			const controls = page.getByRole('toolbar', { name: 'Call controls' });
			for (const control of ['Stop sharing', 'Unmute microphone', 'Turn camera on']) {
				const found = controls.getByRole('button', { name: control, exact: true });
				if (await found.isVisible()) await choose(found);
			}
		}
	};
}
