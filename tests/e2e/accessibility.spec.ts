import type { Page } from '@playwright/test';
import { expectAccessible, installAxe } from '../support/axe.ts';
import { expect, test } from '../support/guest.ts';

const withoutDevices = 'Join without camera or mic';
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };
const axe = { prepare: installAxe };

async function onBothSizes(page: Page, screen: string): Promise<void> {
	for (const [size, viewport] of Object.entries({ phone, desktop })) {
		await page.setViewportSize(viewport);
		await expectAccessible(page, `${screen}, ${size}`);
	}
}

test('given Home, when it is empty and when it has calls, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', axe);
	await ann.page.goto(roost.url);
	await expect(ann.page.getByText('No calls yet.')).toBeVisible();
	await onBothSizes(ann.page, 'Home, empty');

	await ann.page.goto(`${roost.url}/call/demo`);
	await ann.join(withoutDevices);
	await ann.leave();
	await onBothSizes(ann.page, 'Ended');
	await ann.page.getByRole('button', { name: 'Home' }).click();
	await expect(ann.page.getByRole('link', { name: /^Demo now/ })).toBeVisible();

	await onBothSizes(ann.page, 'Home, with calls');
});

test('given Pre-join, when permission is missing and when it was given, then everybody can use it', async ({
	openGuest
}) => {
	const before = await openGuest('Ann', { ...axe, without: ['--use-fake-ui-for-media-stream'] });
	await expect(before.page.getByRole('button', { name: 'Turn on camera and microphone' })).toBeVisible();
	await onBothSizes(before.page, 'Pre-join, before permission');
	await before.page.getByRole('button', { name: 'Turn on camera and microphone' }).click();
	await expect(before.page.getByText('Camera and microphone are blocked.').first()).toBeVisible();
	await onBothSizes(before.page, 'Pre-join, refused');

	const after = await openGuest('Ben', axe);
	await expect(after.page.getByText('You look and sound like this to others')).toBeVisible();
	await onBothSizes(after.page, 'Pre-join, with permission');
});

test('given a call, when one is alone, when two talk, and with each panel, then everybody can use it', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', axe);
	await ann.join();
	await expect(ann.page.getByRole('heading', { name: 'You are the only one here' })).toBeVisible();
	await onBothSizes(ann.page, 'Call, alone');

	const ben = await openGuest('Ben');
	await ben.join(withoutDevices);
	await expect(ann.tile('Ben')).toBeVisible();
	await onBothSizes(ann.page, 'Call of two');

	await ann.page.setViewportSize(desktop);
	await ben.say('Hello, see https://example.org/plan');
	await ann.say('Thanks');
	await expect(ann.messages.getByText('Thanks')).toBeVisible();
	await onBothSizes(ann.page, 'Chat');

	await ann.page.setViewportSize(desktop);
	await ann.press('People');
	await expect(ann.page.getByRole('complementary', { name: /^People/ })).toBeVisible();
	await onBothSizes(ann.page, 'People');
});

test('given an address that leads nowhere, when its page is shown, then everybody can use it', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { ...axe, room: 'not a token' });
	await expect(ann.page.getByText('R-ROOM-404').first()).toBeVisible();
	await onBothSizes(ann.page, 'Error');
});
