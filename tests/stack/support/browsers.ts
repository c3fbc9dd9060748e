import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import base from '../../../playwright.config.ts';
import type { Guest } from '../../support/guest.ts';
import { receivedMedia } from '../../support/media-probe.ts';
import { expectAllToMeet } from './everybody.ts';
import { expect, test } from './stack.ts';

const names = ['Ann', 'Ben', 'Cem', 'Dua', 'Eli', 'Fay'];
const smallCamera = `--use-file-for-fake-video-capture=${fileURLToPath(
	new URL('../../fixtures/camera-small.y4m', import.meta.url)
)}`;
/** On few cores not more than four tiles share a page, and who is on another one is not asked for pictures. */
const prepare = (page: Page) =>
	page.addInitScript(() => {
		Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => 8 });
	});
const { launchOptions } = base.use ?? {};

/** Cameras of 160 x 120. @param browsers whether each has a browser of its own, or a profile of a common one */
export function testEverybody(count: number, browsers: 'own' | 'shared'): void {
	// the last one counts
	const args = [...(launchOptions?.args ?? []), smallCamera];
	test.use({ launchOptions: { ...launchOptions, args } });
	const profile = { viewport: { width: 800, height: 450 } };
	const options = { prepare, profile, ...(browsers === 'own' && { args: [] }) };

	const who = browsers === 'own' ? `${count} browsers` : `${count} profiles of one browser`;

	test(`given ${who}, when all join one call, then each sees and hears every other`, async ({
		openGuest
	}) => {
		const guests: Guest[] = [];
		for (const name of names.slice(0, count)) guests.push(await openGuest(name, options));

		await Promise.all(guests.map((guest) => guest.join()));

		await expectAllToMeet(guests);
		for (const { page, name } of guests) {
			// one to send, and one for each of the others
			const { open } = (await receivedMedia(page)).connections;
			expect(open, `connections of ${name}`).toBe(count);
		}
	});
}
