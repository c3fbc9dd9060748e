import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../support/guest.ts';

/** Presses a key until something has the focus; on the way the focus may be on nothing at most as long as a page changes. */
async function reach(page: Page, key: string, target: Locator): Promise<void> {
	const has = () => target.evaluate((element) => element === document.activeElement);
	for (let presses = 0; presses < 25 && !(await has()); presses++) {
		await page.keyboard.press(key);
		await expectFocusSomewhere(page);
	}
	await expect(target).toBeFocused();
}

const expectFocusSomewhere = (page: Page) =>
	expect
		.poll(() => page.evaluate(() => document.activeElement?.tagName), 'what has the focus')
		.not.toBe('BODY');

test('given a keyboard and nothing else, when a person calls, writes and leaves, then the focus is never lost', async ({
	openGuest,
	roost
}) => {
	const ben = await openGuest('Ben');
	await ben.join('Join without camera or mic');
	const { page, controls, messages } = await openGuest('Ann');
	await page.goto(roost.url);
	const control = (name: string) => controls.getByRole('button', { name, exact: true });

	await reach(page, 'Tab', page.getByRole('textbox', { name: 'Call link or code' }));
	await page.keyboard.type(`${roost.url}/call/demo`);
	await page.keyboard.press('Enter');

	await expect(page).toHaveTitle('Join: Demo');
	await reach(page, 'Tab', page.getByRole('textbox', { name: 'Your name' }));
	await page.keyboard.type('Ann');
	await reach(page, 'Tab', page.getByRole('button', { name: 'Join', exact: true }));
	await page.keyboard.press('Enter');

	await expect(controls).toBeVisible();
	await expectFocusSomewhere(page);
	await reach(page, 'Tab', control('Mute microphone'));
	await page.keyboard.press('Enter');
	await expect(control('Unmute microphone')).toBeFocused();
	await reach(page, 'ArrowRight', control('Chat'));
	await page.keyboard.press('Enter');

	await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
	await page.keyboard.type('Written without a mouse');
	await page.keyboard.press('Enter');
	await expect(messages.getByText('Written without a mouse')).toBeVisible();
	await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused();
	await page.keyboard.press('Escape');
	await expectFocusSomewhere(page);
	await page.keyboard.press('Escape');
	await expect(messages).toHaveCount(0);
	await expect(control('Chat')).toBeFocused();

	await page.keyboard.press('End');
	await expect(control('Leave')).toBeFocused();
	await page.keyboard.press('Enter');

	await expect(page.getByRole('heading', { name: /^You left/ })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Rejoin' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect(controls).toBeVisible();
	await expectFocusSomewhere(page);
});

test('given a call, when single keys are pressed, then they act, but not while somebody writes', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join('Join without camera or mic');
	const control = (name: string) => ann.controls.getByRole('button', { name, exact: true });

	await ann.page.keyboard.press('r');
	await expect(control('Lower hand')).toBeVisible();
	await ann.page.keyboard.press('u');
	await expect(ann.page.getByRole('complementary', { name: /^People/ })).toBeVisible();
	await ann.page.keyboard.press('c');
	await expect(ann.page.getByRole('textbox', { name: 'Message' })).toBeFocused();

	await ann.page.keyboard.type('r u c');

	await expect(ann.page.getByRole('textbox', { name: 'Message' })).toHaveValue('r u c');
	await expect(control('Lower hand')).toBeVisible();
});

test('given the dialogs of a call, when one is opened, then the first control of use has the focus, or its title', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const { page } = ann;
	await ann.join('Join without camera or mic');
	const expectOpened = async (name: string, first: 'heading' | 'combobox' | 'button', label: string) => {
		const dialog = page.getByRole('dialog', { name });
		await expect(dialog.getByRole(first, { name: label })).toBeFocused();
		await page.keyboard.press('Escape');
		await expect(dialog).toHaveCount(0);
	};

	await page.keyboard.press('?');
	await expectOpened('Keyboard shortcuts', 'heading', 'Keyboard shortcuts');
	await page.keyboard.press('t');
	await expectOpened('Connection', 'button', 'Copy report');
	await ann.press('More');
	await page.getByRole('menuitem', { name: 'Devices' }).click();
	await expectOpened('Devices', 'combobox', 'Microphone');
	// one that says by itself what is pressed first
	await page.keyboard.press('Control+,');
	await expect(page.getByRole('dialog').getByRole('tab', { name: 'Audio' })).toBeFocused();
});

test('given Pre-join, when microphone and camera are switched by key, then that is said as it is by button', async ({
	openGuest
}) => {
	const { page } = await openGuest('Ann');
	const said = page.locator('[aria-live="polite"]').first();
	const preview = page.getByRole('region', { name: 'Your preview' });
	const mute = preview.getByRole('button', { name: 'Mute microphone', exact: true });

	await mute.click();
	await expect(said).toHaveText('Microphone muted');
	await expect(mute).toHaveCount(0);
	// by then there is somebody to hear the keys
	await expect(async () => {
		await page.keyboard.press('m');
		await expect(mute).toBeVisible({ timeout: 500 });
	}).toPass();
	await expect(said).toHaveText('Microphone on');

	await page.keyboard.press('Control+e');
	await expect(said).toHaveText(/^Camera o(n|ff)$/);
});
