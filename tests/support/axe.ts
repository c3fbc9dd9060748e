import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';
import type * as Axe from 'axe-core';

declare global {
	/** Only in pages where it was installed. */
	var axe: typeof Axe | undefined;
}

const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** As an init script: the page's policy would refuse it as anything else. */
export const installAxe = (page: Page): Promise<unknown> => page.addInitScript({ path });

/** When nothing moves or fades any more: in between colours are neither those before nor those after. */
const atRest = (page: Page): Promise<void> =>
	page.evaluate(async () => {
		const passing = () =>
			document
				.getAnimations()
				.filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
				.filter(({ playState }) => playState === 'running');
		// what is removed meanwhile is not waited for
		for (let left = passing(); left.length > 0; left = passing())
			await Promise.allSettled(left.map(({ finished }) => finished));
	});

/**
 * Every rule for WCAG 2.2 AA, and what axe takes for good practice: no violation, in dark and in light.
 * @param without rules that are looked at otherwise
 */
export async function expectAccessible(
	page: Page,
	screen: string,
	without: readonly string[] = []
): Promise<void> {
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await atRest(page);
		const violations = await page.evaluate(async (ignored) => {
			if (!globalThis.axe) throw new Error('axe is not installed in this page');
			const rules = Object.fromEntries(ignored.map((rule) => [rule, { enabled: false }]));
			const found = await globalThis.axe.run(document, { resultTypes: ['violations'], rules });
			return found.violations.flatMap(({ id, nodes }) =>
				nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}\n${failureSummary ?? ''}`)
			);
		}, without);
		expect.soft(violations, `${screen}, ${colorScheme}`).toEqual([]);
	}
}

/**
 * As above for colours that the system forces. axe asks for the colour of a text's outlines, for which Chromium answers
 * with the one that is not used then; so contrast is looked at here, by the colours that are.
 */
export async function expectAccessibleInForcedColours(page: Page, screen: string): Promise<void> {
	await expectAccessible(page, screen, ['color-contrast']);
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme, forcedColors: 'active', reducedMotion: 'reduce' });
		await atRest(page);
		const { looked, faint } = await page.evaluate(contrastOfTexts);
		expect(looked, `texts on ${screen}`).toBeGreaterThan(3);
		expect.soft(faint, `${screen}, forced colours, ${colorScheme}`).toEqual([]);
	}
}

/* runs in the page: it may use nothing from outside */
function contrastOfTexts(): { looked: number; faint: string[] } {
	const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
	const luminance = (colour: string) => {
		const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
			const share = channel / 255;
			return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	};
	const groundOf = (element: Element | null): string => {
		if (element === null)
			return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(0 0 0)' : 'rgb(255 255 255)';
		const { backgroundColor } = getComputedStyle(element);
		return (channels(backgroundColor)[3] ?? 1) > 0.5 ? backgroundColor : groundOf(element.parentElement);
	};
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const faint: string[] = [];
	let looked = 0;
	for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
		const element = node.parentElement;
		const text = node.textContent?.trim() ?? '';
		if (element === null || text === '' || element.closest('script, style, noscript, option')) continue;
		if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
		looked++;
		const [one, other] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
		const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
		if (ratio < 4.5) faint.push(`${text}: ${ratio.toFixed(2)}`);
	}
	return { looked, faint };
}
