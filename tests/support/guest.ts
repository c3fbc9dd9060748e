import {
	expect,
	test as base,
	type Browser,
	type BrowserContextOptions,
	type Locator,
	type Page
} from '@playwright/test';
import { describeConnections, installMediaProbe, silentEnergy, watchReceived } from './media-probe.ts';
import { startRoost, type RoostServer } from './roost-server.ts';

interface OpenOptions {
	/** Address of the server, if it is not the `roost` of the test. */
	at?: string;
	/** A browser of its own with these arguments more; without them, a profile of its own in the shared browser. */
	args?: string[];
	room?: string;
	/** Of a screen that is shared, px; without it, a small one. */
	screen?: { width: number; height: number };
	/** A browser of its own without these arguments, whatever their values. */
	without?: readonly string[];
	/** Of the profile: size of the window, colours, permissions. */
	profile?: BrowserContextOptions;
	/** Before the page is opened. */
	prepare?: (page: Page) => Promise<unknown>;
}

/** A person with a browser: everything is found by role and name, as a person finds it. */
export interface Guest {
	readonly name: string;
	readonly page: Page;
	/** Where the tiles are. */
	readonly participants: Locator;
	readonly controls: Locator;
	readonly messages: Locator;
	/** The tile with the camera of somebody; `You` is the own one. */
	tile(name: string): Locator;
	screenOf(name: string): Locator;
	/** From the page before the call into it. */
	join(button?: 'Join' | 'Join without camera or mic'): Promise<void>;
	/** Presses a button of the call controls. */
	press(control: string): Promise<void>;
	say(message: string): Promise<void>;
	leave(): Promise<void>;
	/** As a person who closes the tab and confirms it. */
	closeTab(): Promise<void>;
	/** Of each tile that shows received pictures: its name, and how many of them were decoded. */
	receivedPictures(): Promise<{ tile: string; frames: number }[]>;
	/**
	 * Pictures grow on so many connections, and sound is played.
	 * @param connections with pictures; a camera and a screen come over one each
	 * @param sound whether anything is to be heard: false where everybody is muted
	 */
	expectMedia(connections?: number, sound?: boolean): Promise<void>;
}

/** What a failed test shows of the signaling: the last frames, and how much of each. */
const framesKept = 2_000;
const frameShown = 400;

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** @param page shows a call, or the page before it */
export function createGuest(page: Page, name: string): Guest {
	const participants = page.getByRole('region', { name: 'Participants' });
	const controls = page.getByRole('toolbar', { name: 'Call controls' });
	const messages = page.getByRole('log', { name: 'Messages' });
	const tile = (label: RegExp) => participants.getByRole('listitem', { name: label });
	const press = (control: string) => controls.getByRole('button', { name: control, exact: true }).click();

	return {
		name,
		page,
		participants,
		controls,
		messages,
		tile: (who) => tile(new RegExp(`^${escape(who)}(?!, screen)(,|$)`)),
		screenOf: (who) => tile(new RegExp(`^${escape(who)}, screen`)),
		join: async (button = 'Join') => {
			await page.getByRole('textbox', { name: 'Your name' }).fill(name);
			await page.getByRole('button', { name: button, exact: true }).click();
			await expect(controls).toBeVisible();
		},
		press,
		say: async (message) => {
			const box = page.getByRole('textbox', { name: 'Message' });
			if (!(await box.isVisible())) await press('Chat');
			await box.fill(message);
			await page.getByRole('button', { name: 'Send', exact: true }).click();
		},
		leave: async () => {
			await press('Leave');
			await expect(page.getByRole('heading', { name: /^You left/ })).toBeVisible();
		},
		closeTab: async () => {
			const closed = page.waitForEvent('close');
			page.once('dialog', (dialog) => void dialog.accept());
			await page.close({ runBeforeUnload: true });
			await closed;
		},
		receivedPictures: () =>
			participants.getByRole('listitem').evaluateAll(async (tiles) => {
				const flows = (await globalThis.roostProbe?.flows()) ?? [];
				return tiles.flatMap((tile) => {
					const source = tile.querySelector('video')?.srcObject;
					const [track] = source instanceof MediaStream ? source.getVideoTracks() : [];
					const flow = flows.find(({ trackId }) => trackId === track?.id);
					const name = tile.getAttribute('aria-label') ?? '';
					return flow ? [{ tile: name, frames: flow.framesDecoded }] : [];
				});
			}),
		expectMedia: async (connections = 1, sound = true) => {
			const growth = async () => {
				const looks = await watchReceived(page, 500, 1_500);
				const [first, last] = [looks[0], looks.at(-1)];
				const grown = last?.framesByConnection.filter(
					(frames, index) => frames > 30 && frames > (first?.framesByConnection[index] ?? 0)
				);
				const energy = (last?.audioEnergy ?? 0) - (first?.audioEnergy ?? 0);
				return { pictures: grown?.length, sound: energy > silentEnergy };
			};
			await expect
				.poll(growth, { message: `what ${name} receives`, timeout: 30_000 })
				.toEqual({ pictures: connections, sound });
		}
	};
}

interface Fixtures {
	/** A server with empty data, for this test alone. */
	roost: RoostServer;
	/** Opens the page of a call; the guest has not joined yet. */
	openGuest: (name: string, options?: OpenOptions) => Promise<Guest>;
}

export const test = base.extend<Fixtures>({
	roost: async ({}, use, testInfo) => {
		const server = await startRoost();
		await use(server);
		await server.stop();
		if (testInfo.status !== testInfo.expectedStatus) {
			await testInfo.attach('server log', { body: server.log(), contentType: 'text/plain' });
		}
	},
	openGuest: async ({ roost, browser, playwright, launchOptions }, use, testInfo) => {
		const closing: (() => Promise<void>)[] = [];
		const logs: string[] = [];
		const signaling: string[] = [];
		const pages = new Map<string, Page>();
		const launch = async (extra: string[], without: readonly string[]): Promise<Browser> => {
			const usual = (launchOptions.args ?? []).filter(
				(argument) => !without.includes(argument.split('=')[0] ?? '')
			);
			const args = [...usual, ...extra];
			const own = await playwright.chromium.launch({ ...launchOptions, args });
			closing.push(() => own.close());
			return own;
		};
		await use(async (name, options = {}) => {
			const { at = roost.url, args, room = 'demo', screen, without, profile, prepare } = options;
			const isOwn = args !== undefined || without !== undefined;
			const context = await (isOwn ? await launch(args ?? [], without ?? []) : browser).newContext(profile);
			closing.unshift(() => context.close());
			await installMediaProbe(context, screen);
			const page = await context.newPage();
			page.on('console', (message) => logs.push(`${name}: ${message.text()}`));
			page.on('pageerror', (error) => logs.push(`${name}: ${error.stack ?? error.message}`));
			page.on('websocket', (socket) => {
				const keep =
					(way: '>' | '<') =>
					({ payload }: { payload: string | Buffer }) => {
						signaling.push(`${Date.now()} ${name} ${way} ${payload.toString().slice(0, frameShown)}`);
						if (signaling.length > framesKept) signaling.shift();
					};
				socket.on('framesent', keep('>'));
				socket.on('framereceived', keep('<'));
			});
			pages.set(name, page);
			await prepare?.(page);
			await page.goto(`${at}/call/${room}`);
			return createGuest(page, name);
		});
		if (testInfo.status !== testInfo.expectedStatus) {
			for (const [name, page] of pages) {
				for (const line of await describeConnections(page)) logs.push(`${name}: ${line}`);
			}
			await testInfo.attach('signaling', { body: signaling.join('\n'), contentType: 'text/plain' });
			await testInfo.attach('browser log', { body: logs.join('\n'), contentType: 'text/plain' });
		}
		for (const close of closing) await close();
	}
});
export { expect };
