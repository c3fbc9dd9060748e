import type { Page } from '@playwright/test';
import { expect, test } from '../support/guest.ts';

/* What needs a real layout: jsdom knows no sizes. */

const controlsAt = (page: Page) =>
	page
		.getByRole('toolbar', { name: 'Call controls' })
		.getByRole('button')
		.evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().toJSON() as DOMRect));

for (const width of [900, 1_280, 1_920]) {
	test(`given a window ${width} wide, when the chat is opened, then no control moves from under the pointer`, async ({
		openGuest
	}) => {
		const ann = await openGuest('Ann', { profile: { viewport: { width, height: 800 } } });
		await ann.join('Join without camera or mic');
		const chat = ann.controls.getByRole('button', { name: 'Chat', exact: true });
		const before = await controlsAt(ann.page);

		const panel = ann.page.locator('[data-region="panel"]');

		await chat.click();
		await expect(panel).toBeVisible();

		expect(await controlsAt(ann.page)).toEqual(before);
		const stage = await ann.participants.boundingBox();
		expect((stage?.x ?? 0) + (stage?.width ?? 0)).toBeLessThanOrEqual((await panel.boundingBox())?.x ?? 0);

		// the pointer rests where it was
		await ann.page.mouse.down();
		await ann.page.mouse.up();
		await expect(panel).toHaveCount(0);
		await expect(ann.controls).toBeVisible();
	});
}

test('given a docked panel, when its edge is dragged or moved by arrows, then it is 320 to 420 wide', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { viewport: { width: 1_280, height: 800 } } });
	await ann.join('Join without camera or mic');
	await ann.press('People');
	const edge = ann.page.getByRole('separator', { name: 'Panel width' });
	const widthOf = async () => (await ann.page.locator('[data-region="panel"]').boundingBox())?.width;
	const box = await edge.boundingBox();
	const from = { x: (box?.x ?? 0) + 6, y: (box?.y ?? 0) + 100 };

	await ann.page.mouse.move(from.x, from.y);
	await ann.page.mouse.down();
	await ann.page.mouse.move(from.x - 400, from.y);
	await ann.page.mouse.up();
	await expect(edge).toHaveAttribute('aria-valuenow', '420');
	expect(await widthOf()).toBeGreaterThan(415);

	await edge.press('Home');
	await expect(edge).toHaveAttribute('aria-valuenow', '320');
	await edge.press('ArrowLeft');
	await expect(edge).toHaveAttribute('aria-valuenow', '340');
});

test('given a phone, when a panel is opened, then it is 55 % high, 92 % by its button, and Leave stays in reach', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { viewport: { width: 390, height: 844 } } });
	await ann.join('Join without camera or mic');
	await ann.press('Chat');
	const panel = ann.page.locator('[data-region="panel"]');
	const share = async () => {
		const { height = 0 } = (await panel.boundingBox()) ?? {};
		return Math.round((height / (844 - 64)) * 100);
	};
	await expect.poll(share).toBe(55);
	await ann.page.getByRole('button', { name: 'Make the panel taller' }).click();
	await expect.poll(share).toBe(92);
	// it ends above the controls
	await ann.leave();
});

/* an on-screen keyboard covers the page in some browsers, and makes the window lower in others */
const keyboards = {
	'covers the page': (page: Page, left: number) =>
		page.evaluate((height) => {
			Object.defineProperty(visualViewport, 'height', { value: height });
			visualViewport?.dispatchEvent(new Event('resize'));
		}, left),
	'takes from the window': (page: Page, left: number) =>
		page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: left })
};
for (const [how, open] of Object.entries(keyboards)) {
	test(`given a phone and its chat, when the keyboard ${how}, then sheet, field and controls stay, with messages above`, async ({
		openGuest
	}) => {
		const ann = await openGuest('Ann', {
			profile: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
		});
		await ann.join('Join without camera or mic');
		await ann.say('Good morning');
		const field = ann.page.getByRole('textbox', { name: 'Message' });
		await field.focus();

		await open(ann.page, 340);

		const [panel, leave] = [
			ann.page.locator('[data-region="panel"]'),
			ann.controls.getByRole('button', { name: 'Leave' })
		];
		await expect.poll(async () => (await leave.boundingBox())?.y).toBeLessThan(340 - 44);
		expect((await ann.controls.boundingBox())?.width).toBeGreaterThan(300);
		expect(await panel.boundingBox()).toMatchObject({ x: 0, width: 360 });
		const header = await ann.page.getByRole('banner').boundingBox();
		expect((await panel.boundingBox())?.y).toBeGreaterThanOrEqual((header?.y ?? 0) + (header?.height ?? 0));
		const seen = [
			field,
			ann.page.getByRole('button', { name: 'Send' }),
			ann.messages.getByText('Good morning')
		];
		for (const part of seen) {
			const { x = -1, y = -1, width = 0, height = 0 } = (await part.boundingBox()) ?? {};
			expect(x).toBeGreaterThanOrEqual(0);
			expect(x + width).toBeLessThanOrEqual(360);
			expect(y).toBeGreaterThan(0);
			expect(y + height).toBeLessThan((await ann.controls.boundingBox())?.y ?? 0);
		}
		expect((await ann.messages.boundingBox())?.height).toBeGreaterThan(100);
		await field.pressSequentially('and you');
		await expect(field).toHaveValue('and you');
	});
}

test('given a phone held sideways and its chat, when the keyboard covers the page, then field, microphone and Leave stay', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', {
		profile: { viewport: { width: 844, height: 390 }, hasTouch: true, isMobile: true }
	});
	await ann.join('Join without camera or mic');
	await ann.press('Chat');
	const field = ann.page.getByRole('textbox', { name: 'Message' });
	await field.focus();

	await keyboards['covers the page'](ann.page, 190);

	await expect(ann.controls.getByRole('button')).toHaveCount(3);
	const parts = [
		field,
		...['Unmute microphone', 'Leave'].map((name) => ann.controls.getByRole('button', { name }))
	];
	for (const part of parts) {
		const { y = -1, height = 0 } = (await part.boundingBox()) ?? {};
		expect(y).toBeGreaterThanOrEqual(0);
		expect(y + height).toBeLessThanOrEqual(190);
	}
	await ann.page.getByRole('button', { name: 'Close', exact: true }).click();
	await expect(ann.controls.getByRole('button', { name: 'Chat' })).toBeFocused();
});

test('given a shared screen, when one looks closer, then wheel, buttons, arrows and two presses all do it, by transform alone', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { viewport: { width: 1_280, height: 800 } } });
	// more than fits into the window of Ann
	const ben = await openGuest('Ben', { screen: { width: 1_920, height: 1_080 } });
	await ann.join();
	await ben.join('Join without camera or mic');
	await ben.press('Share screen');
	const tile = ann.screenOf('Ben');
	await expect(tile).toBeVisible();
	const video = tile.locator('video');
	const look = () =>
		video.evaluate((element) => {
			const { a, e, f } = new DOMMatrix(getComputedStyle(element).transform);
			return { scale: a, x: e, y: f, width: (element as HTMLElement).offsetWidth };
		});
	await ann.page.getByRole('button', { name: '100%', exact: true }).click();
	const full = await look();
	const { natural, width } = await video.evaluate((element) => ({
		natural: (element as HTMLVideoElement).videoWidth,
		width: element.parentElement?.clientWidth ?? 0
	}));
	expect(full.width).toBe(width);
	// one pixel of it is one of the page
	const fitted = Math.min(
		width,
		await video.evaluate(
			(element) =>
				(element as HTMLElement).offsetHeight *
				((element as HTMLVideoElement).videoWidth / (element as HTMLVideoElement).videoHeight)
		)
	);
	expect(full.scale * fitted).toBeCloseTo(natural, 0);

	const group = tile.getByRole('group');
	await group.focus();
	await group.press('ArrowRight');
	expect((await look()).x).toBe(full.x - 64);
	await ann.page.getByRole('button', { name: 'Move up' }).click();
	expect((await look()).y).toBeGreaterThan(full.y);
	await group.hover();
	await ann.page.mouse.down();
	await ann.page.mouse.move(400, 300, { steps: 4 });
	await ann.page.mouse.up();
	const dragged = await look();

	await ann.page.keyboard.down('Control');
	await ann.page.mouse.wheel(0, -300);
	await ann.page.keyboard.up('Control');
	await expect.poll(async () => (await look()).scale).toBeGreaterThan(dragged.scale * 1.5);

	await group.dblclick({ position: { x: 200, y: 200 } });
	expect((await look()).scale).toBe(1);
	await expect(tile).toHaveAttribute('aria-label', /^Ben, screen$/);
});

test('given our shared screen, when Motion and Pause are pressed, then every copy that is sent changes at once', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ann.press('Share screen');
	await expect(ben.screenOf('Ann')).toBeVisible();
	const shared = () =>
		ann.page.evaluate(() =>
			[...(globalThis.roostProbe?.captured ?? [])]
				.filter((track) => track.readyState === 'live' && track.getSettings().displaySurface !== undefined)
				.map(({ contentHint, enabled }) => `${contentHint} ${enabled}`)
		);
	await expect.poll(async () => [...new Set(await shared())]).toEqual(['detail true']);

	// a notice stands below what is pressed, also while it is held there by the pointer
	await ben.press('Raise hand');
	const notice = ann.page.getByRole('listitem').filter({ hasText: /Ben\W* raised a hand/ });
	await notice.hover();
	const [noticed, stop] = await Promise.all([
		notice.boundingBox(),
		ann.page.getByRole('button', { name: 'Stop', exact: true }).boundingBox()
	]);
	expect(noticed?.y).toBeGreaterThanOrEqual((stop?.y ?? Infinity) + (stop?.height ?? 0));

	await ann.page.getByRole('button', { name: 'Motion' }).click();
	await expect.poll(async () => [...new Set(await shared())]).toEqual(['motion true']);
	await ann.page.getByRole('button', { name: 'Pause' }).click();
	await expect.poll(async () => [...new Set(await shared())]).toEqual(['motion false']);
	await ann.page.getByRole('button', { name: 'Resume' }).click();
	await expect.poll(async () => [...new Set(await shared())]).toEqual(['motion true']);
});

test('given somebody who is too quiet, when they are made louder, then they are heard through the limiter alone; muted for me, not at all', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join('Join without camera or mic');
	await ben.join();
	await ann.expectMedia(1);
	const isMuted = () =>
		ann.page.evaluate(() => [...document.querySelectorAll('audio')].map((audio) => audio.muted));
	expect(await isMuted()).toEqual([false]);
	const menu = async (item: string) => {
		await ann.tile('Ben').getByRole('group').press('Enter');
		await ann.page.getByRole('menuitem', { name: item }).click();
	};

	await menu('Volume');
	const slider = ann.page.getByRole('slider', { name: /^Volume of/ });
	await slider.press('End');
	await expect(slider).toHaveAttribute('aria-valuetext', '200%');
	expect(await isMuted()).toEqual([true]);
	await slider.press('Home');
	await expect(ann.tile('Ben')).toHaveAttribute('aria-label', /muted for you/);
	expect(await isMuted()).toEqual([true]);
	await slider.press('Escape');

	await menu('Hear again');
	expect(await isMuted()).toEqual([false]);
});

test('given a tile in full screen, when its menu is opened, then it stands over the tile, and the focus comes back', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { viewport: { width: 1_280, height: 800 } } });
	const ben = await openGuest('Ben');
	await ann.join('Join without camera or mic');
	await ben.join('Join without camera or mic');
	const tile = ann.tile('Ben');
	const menu = ann.page.getByRole('menu', { name: /Ben/ });
	await tile.getByRole('group').press('Enter');
	await menu.getByRole('menuitem', { name: 'Full screen' }).click();
	await expect(tile.getByRole('button', { name: 'Exit full screen' })).toBeVisible();

	const options = tile.getByRole('button', { name: /^Options for/ });
	await tile.getByRole('group').press('Enter');
	await expect(menu.getByRole('menuitem', { name: 'Pin' })).toBeFocused();
	await expect(menu.getByRole('menuitem', { name: 'Full screen' })).toHaveCount(0);
	await ann.page.keyboard.press('Escape');
	await expect(options).toBeFocused();
	await options.click();
	// a click reaches it only where nothing stands before it
	await menu.getByRole('menuitem', { name: 'Mute for me' }).click({ timeout: 5_000 });
	await expect(tile).toHaveAttribute('aria-label', /muted for you/);
	await expect(tile.getByRole('button', { name: 'Exit full screen' })).toBeVisible();
});

test('given a tile in full screen, when a message comes, then its notice is seen, and leads out of full screen into the chat', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { viewport: { width: 1_280, height: 800 } } });
	const ben = await openGuest('Ben');
	await ann.join('Join without camera or mic');
	await ben.join('Join without camera or mic');
	const tile = ann.tile('Ben');
	await tile.getByRole('group').press('Enter');
	await ann.page.getByRole('menuitem', { name: 'Full screen' }).click();
	await expect(tile.getByRole('button', { name: 'Exit full screen' })).toBeVisible();

	await ben.say('Can you see this?');
	// a click reaches it only where nothing stands before it
	await ann.page.getByRole('button', { name: 'Open chat' }).click({ timeout: 7_000 });

	await expect(ann.messages.getByText('Can you see this?')).toBeInViewport();
	await expect(tile.getByRole('button', { name: 'Exit full screen' })).toHaveCount(0);
});

test('given the floating own tile, when it is dragged across, then it rests in the nearest corner', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { viewport: { width: 1_280, height: 800 } } });
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join('Join without camera or mic');
	await expect(ann.tile('Ben')).toBeVisible();
	const own = ann.tile('You');
	const stage = await ann.participants.boundingBox();
	await expect(own).toHaveClass(/floating/);
	await own.hover();
	await ann.page.mouse.down();
	await ann.page.mouse.move(300, 250, { steps: 5 });
	await ann.page.mouse.up();

	await expect
		.poll(async () => {
			const box = await own.boundingBox();
			return [Math.round((box?.x ?? 0) - (stage?.x ?? 0)), Math.round((box?.y ?? 0) - (stage?.y ?? 0))];
		})
		.toEqual([12, 12]);
});

test('given a phone held sideways, when nothing is touched, then the controls go; a tap brings them back', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', {
		profile: { viewport: { width: 844, height: 390 }, hasTouch: true }
	});
	const ben = await openGuest('Ben');
	await ben.join('Join without camera or mic');
	await ann.join('Join without camera or mic');
	await expect(ann.tile('Ben')).toBeVisible();

	await expect(ann.controls).toBeHidden();
	await ann.page.touchscreen.tap(300, 200);
	await expect(ann.controls).toBeVisible();
});
