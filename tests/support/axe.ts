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

/** Every rule for WCAG 2.2 AA, and what axe takes for good practice: no violation, in dark and in light. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		const violations = await page.evaluate(async () => {
			if (!globalThis.axe) throw new Error('axe is not installed in this page');
			const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
			return found.violations.flatMap(({ id, nodes }) =>
				nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}\n${failureSummary ?? ''}`)
			);
		});
		expect.soft(violations, `${screen}, ${colorScheme}`).toEqual([]);
	}
}
