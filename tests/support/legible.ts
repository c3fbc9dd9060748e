import type { Page } from '@playwright/test';

/** What is wrong with a text on the page, and where. */
export interface Flaw {
	flaw: 'clipped' | 'outside' | 'overlaps';
	text: string;
	detail: string;
}

/**
 * Looks at every text that the page shows, by geometry: whether all of it can be read, whether it is inside of the window,
 * and whether no other text lies over it. A name may end in an ellipsis where its whole is told otherwise.
 */
export const flawsOf = (page: Page): Promise<Flaw[]> => page.evaluate(lookForFlaws);

/* runs in the page: it may use nothing from outside */
function lookForFlaws(): Flaw[] {
	type Seen = { element: Element; text: string; lines: DOMRect[] };
	const flaws: Flaw[] = [];
	const slack = 2;

	const modal = [...document.querySelectorAll('dialog')].filter((dialog) => dialog.matches(':modal')).at(-1);
	const root = modal ?? document.body;
	const isHiddenVisually = (element: Element) => {
		const { clipPath, position, inlineSize, blockSize } = getComputedStyle(element);
		return clipPath !== 'none' || (position === 'absolute' && inlineSize === '1px' && blockSize === '1px');
	};
	const ancestors = (element: Element): Element[] => {
		const parent = element.parentElement;
		return parent === null ? [element] : [element, ...ancestors(parent)];
	};
	const isSolid = (element: Element) => {
		const { backgroundColor } = getComputedStyle(element);
		const [, , , alpha = '1'] =
			/[\d.]+/g.exec(backgroundColor) === null ? [] : (backgroundColor.match(/[\d.]+/g) ?? []);
		return (
			element instanceof HTMLVideoElement || (backgroundColor !== 'rgba(0, 0, 0, 0)' && Number(alpha) > 0.5)
		);
	};
	/** It floats above the other, on a ground of its own: a menu, a notice, the own picture. */
	const covers = (above: Element, below: Element) => {
		const own = ancestors(above).filter((one) => !one.contains(below));
		const floating = own.findLastIndex((one) => /fixed|absolute|sticky/.test(getComputedStyle(one).position));
		return floating >= 0 && own.slice(0, floating + 1).some(isSolid);
	};
	const isTold = (element: Element, text: string) =>
		ancestors(element).some((one) =>
			[one.getAttribute('aria-label'), one.getAttribute('title')].some((name) => name?.includes(text))
		);

	const seen: Seen[] = [];
	const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
	for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
		const element = node.parentElement;
		const text = node.textContent?.trim() ?? '';
		if (element === null || text === '' || element.closest('script, style, noscript, option, [inert]'))
			continue;
		if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
		if (ancestors(element).some(isHiddenVisually)) continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		const lines = [...range.getClientRects()].filter(({ width, height }) => width > 1 && height > 1);
		if (lines.length > 0) seen.push({ element, text, lines });
	}

	const visible: Seen[] = [];
	for (const { element, text, lines } of seen) {
		const shown: DOMRect[] = [];
		const scrollers = ancestors(element).filter((one) => {
			const { overflowX, overflowY } = getComputedStyle(one);
			return (
				one !== document.documentElement &&
				one !== document.body &&
				`${overflowX}${overflowY}` !== 'visiblevisible'
			);
		});
		for (let line of lines) {
			let isScrolledAway = false;
			let isClipped = '';
			for (const box of scrollers) {
				const { overflowX, overflowY, textOverflow } = getComputedStyle(box);
				const edge = box.getBoundingClientRect();
				const isBeside = line.left < edge.left - slack || line.right > edge.right + slack;
				const isAbove = line.top < edge.top - slack || line.bottom > edge.bottom + slack;
				if (isAbove && /auto|scroll/.test(overflowY)) isScrolledAway = true;
				else if (isAbove && overflowY !== 'visible') isClipped = `above or below ${box.className}`;
				if (isBeside && /auto|scroll/.test(overflowX)) isScrolledAway = true;
				else if (isBeside && textOverflow === 'ellipsis' && isTold(element, text)) {
					const [left, right] = [Math.max(line.left, edge.left), Math.min(line.right, edge.right)];
					line = new DOMRect(left, line.top, right - left, line.height);
				} else if (isBeside && overflowX !== 'visible') isClipped = `beside ${box.className}`;
			}
			if (isScrolledAway) continue;
			if (isClipped !== '') flaws.push({ flaw: 'clipped', text, detail: isClipped });
			const isBelowFold = scrollers.length === 0 && document.documentElement.scrollHeight > innerHeight;
			const isOutside =
				line.left < -slack ||
				line.right > innerWidth + slack ||
				(!isBelowFold && (line.top < -slack || line.bottom > innerHeight + slack));
			if (isOutside) {
				const { left, right, top, bottom } = line;
				flaws.push({ flaw: 'outside', text, detail: [left, right, top, bottom].map(Math.round).join(' ') });
			}
			shown.push(line);
		}
		if (shown.length > 0) visible.push({ element, text, lines: shown });
	}

	visible.forEach((one, index) => {
		for (const other of visible.slice(index + 1)) {
			if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
			if (covers(one.element, other.element) || covers(other.element, one.element)) continue;
			for (const a of one.lines) {
				for (const b of other.lines) {
					const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
					// the boxes of lines are higher than what is written in them
					const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
					if (width > 3 && height > 5) {
						flaws.push({
							flaw: 'overlaps',
							text: one.text,
							detail: `${other.text}: ${Math.round(width)} × ${Math.round(height)}`
						});
					}
				}
			}
		}
	});
	if (document.documentElement.scrollWidth > innerWidth + slack) {
		flaws.push({ flaw: 'outside', text: 'the page', detail: `${document.documentElement.scrollWidth} wide` });
	}
	return flaws;
}
