import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { messageView } from '../../../../tests/support/chat-view.ts';
import type { ChatView } from '$lib/domain/chat/chat-view.ts';
import MessageLog from './MessageLog.svelte';

/* jsdom knows no sizes: here each message is one row high, below two rows for what is above them all */
const rowPx = 50;
const logPx = 500;
const numberOf = (row: Element | null | undefined) =>
	Number(/number (\d+)\./.exec(row?.textContent ?? '')?.[1]);
const place = (row: Element) => (2 + numberOf(row) - numberOf(log.querySelector('article'))) * rowPx;
let resize: () => void = () => undefined;
vi.stubGlobal(
	'ResizeObserver',
	class {
		constructor(tell: () => void) {
			resize = tell;
		}
		observe() {}
		disconnect() {}
	}
);
beforeEach(() => {
	vi.spyOn(HTMLElement.prototype, 'offsetTop', 'get').mockImplementation(function (this: HTMLElement) {
		return place(this);
	});
	vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(rowPx);
	vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(logPx);
	vi.spyOn(Element.prototype, 'scrollHeight', 'get').mockImplementation(function (this: Element) {
		return this.childElementCount * rowPx;
	});
});
afterEach(() => vi.restoreAllMocks());

/** The words of each message are its number. */
const chat = (count: number, change: Partial<ChatView> = {}): ChatView => ({
	status: 'ready',
	messages: Array.from({ length: count }, (_, index) =>
		messageView(`${index}`, { text: `number ${index}.` })
	),
	hasOlder: false,
	isLoadingOlder: false,
	isSeeking: false,
	polls: new Map(),
	unread: 0,
	firstUnreadKey: null,
	maxLength: 100,
	canSend: true,
	isFull: false,
	...change
});
async function open(view: ChatView) {
	const onloadolder = vi.fn();
	const nothing = () => undefined;
	render(MessageLog, {
		chat: view,
		reactions: [],
		onretry: nothing,
		onloadolder,
		onask: nothing,
		onreply: nothing,
		onedit: nothing,
		oncopy: nothing,
		onseen: nothing
	});
	log = screen.getByRole('log', { name: 'Messages' });
	await settled();
	return { onloadolder };
}
/** The page has changed, and the place of the reader was found again. */
const settled = async () => {
	for (let turns = 0; turns < 3; turns++) await tick();
};

let log: HTMLElement;
/** Not by their role: to look at a hundred of them that closely takes seconds. */
const articles = () => [...log.children].filter(({ localName }) => localName === 'article');
const shown = () => {
	const rows = articles();
	return { count: rows.length, first: numberOf(rows[0]), last: numberOf(rows.at(-1)) };
};
/** The message at the upper edge. */
const seen = () => {
	const { scrollTop } = log;
	const row = articles().find((one) => place(one) + rowPx > scrollTop);
	return { number: numberOf(row), at: row === undefined ? null : place(row) - scrollTop };
};

async function scroll(to: 'up' | 'down') {
	const { scrollHeight } = log;
	log.scrollTop = to === 'up' ? 150 : scrollHeight - logPx - 150;
	const before = { rows: new Set(articles()), seen: seen() };
	await fireEvent.scroll(log);
	await settled();
	const rows = articles();
	return { made: rows.filter((row) => !before.rows.has(row)).length, before: before.seen, after: seen() };
}

it('given a long chat, when one scrolls up, then eight older messages are made at a time, and what was read stays where it was', async () => {
	await open(chat(250));
	expect(shown()).toEqual({ count: 100, first: 150, last: 249 });

	const first = await scroll('up');
	expect(first.made).toBe(8);
	expect(first.after).toEqual(first.before);
	expect(shown()).toEqual({ count: 100, first: 142, last: 241 });

	const second = await scroll('up');
	expect(second.made).toBe(8);
	expect(second.after).toEqual(second.before);
	expect(shown()).toEqual({ count: 100, first: 134, last: 233 });
});

it('given somebody who has scrolled up, when they scroll down again, then eight newer messages are made at a time, until the newest are there', async () => {
	await open(chat(112));
	for (let times = 0; times < 2; times++) await scroll('up');
	expect(shown()).toEqual({ count: 100, first: 0, last: 99 });

	const made: number[] = [];
	for (let times = 0; times < 3; times++) {
		const step = await scroll('down');
		expect(step.after).toEqual(step.before);
		made.push(step.made);
	}

	expect(made).toEqual([8, 4, 0]);
	expect(shown()).toEqual({ count: 100, first: 12, last: 111 });
});

it('given the oldest of what is loaded, when one scrolls up further, then more is asked for, and only then', async () => {
	const { onloadolder } = await open(chat(106, { hasOlder: true }));
	expect((await scroll('up')).made).toBe(6);
	expect(onloadolder).not.toHaveBeenCalled();

	await scroll('up');

	expect(onloadolder).toHaveBeenCalledOnce();
	expect(shown()).toEqual({ count: 100, first: 0, last: 99 });
});

it('given the newest message in sight, when an on-screen keyboard takes room, then it stays in sight', async () => {
	await open(chat(40));
	const { scrollHeight } = log;
	log.scrollTop = scrollHeight - logPx;
	await fireEvent.scroll(log);

	log.scrollTop = 0; // as far as the browser has let it go
	resize();

	expect(log.scrollTop).toBe(scrollHeight);
});

it('given somebody who reads older messages, when the log becomes smaller, then what they read stays', async () => {
	await open(chat(40));
	await scroll('up');
	const before = seen();

	resize();

	expect(seen()).toEqual(before);
});
