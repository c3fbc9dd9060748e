import { fireEvent, render, screen, within } from '@testing-library/svelte';
import type { ComponentProps } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import type { ChatMessageView, ChatView } from '$lib/domain/chat/chat-view.ts';
import ChatPanel from './ChatPanel.svelte';

const noon = new Date(2026, 10, 21, 12).getTime();
const message = (key: string, text: string, change: Partial<ChatMessageView> = {}): ChatMessageView => ({
	key,
	id: null,
	author: { key: 'ana', name: 'Ana', isOwn: false },
	sentAt: noon,
	text,
	parameters: {},
	kind: 'message',
	delivery: 'sent',
	...change
});
const own = { key: 'me', name: 'Zed', isOwn: true };
const chat = (messages: ChatMessageView[], change: Partial<ChatView> = {}): ChatView => ({
	status: 'ready',
	messages,
	hasOlder: false,
	isLoadingOlder: false,
	unread: 0,
	firstUnreadKey: null,
	maxLength: 100,
	canSend: true,
	isFull: false,
	...change
});

function open(view: ChatView, props: Partial<ComponentProps<typeof ChatPanel>> = {}) {
	const on = {
		onsend: vi.fn(),
		onretry: vi.fn(),
		onloadolder: vi.fn(),
		onreload: vi.fn(),
		onseen: vi.fn(),
		onclose: vi.fn()
	};
	const { rerender } = render(ChatPanel, { chat: view, isTouch: false, ...on, ...props });
	return { ...on, rerender };
}
const log = () => screen.getByRole('log', { name: 'Messages' });
const field = () => screen.getByRole('textbox', { name: 'Message' });
const write = (value: string) => fireEvent.input(field(), { target: { value } });
/** Without the marks that isolate names. */
const names = (elements: HTMLElement[]) =>
	elements.map((element) => (element.getAttribute('aria-label') ?? '').replaceAll(/[\u2068\u2069]/g, ''));

describe('messages', () => {
	it('given markup, when it is shown, then it is text', () => {
		open(chat([message('1', '<b>bold</b> **x** <img src=x onerror=alert(1)>')]));
		expect(within(log()).getByRole('article').textContent).toContain(
			'<b>bold</b> **x** <img src=x onerror=alert(1)>'
		);
		expect(within(log()).queryByRole('img')).toBeNull();
	});

	it('given an address, then it leads there in a tab that can not reach back; other schemes are text', () => {
		open(chat([message('1', 'see https://example.org/a. javascript:alert(1)')]));
		const link = screen.getByRole('link', { name: 'https://example.org/a' });
		expect(link.getAttribute('href')).toBe('https://example.org/a');
		expect(link.getAttribute('rel')).toBe('noopener noreferrer');
		expect(link.getAttribute('target')).toBe('_blank');
		expect(screen.getAllByRole('link')).toHaveLength(1);
	});

	it('given names from the server, then they stand where the message has places for them', () => {
		open(
			chat([
				message('1', '{mention-user1} look at {missing}', {
					parameters: { 'mention-user1': { type: 'user', id: 'bo', name: 'Bo' } }
				}),
				message('2', '{actor} joined', {
					kind: 'system',
					parameters: { actor: { type: 'guest', id: 'cy', name: 'Cy' } }
				})
			])
		);
		expect(screen.getByRole('article').textContent).toContain('@Bo look at {missing}');
		expect(log().textContent).toContain('Cy joined');
	});

	it('given messages on their way, then each tells its state, and a failed one can be sent again', async () => {
		const { onretry } = open(
			chat([
				message('1', 'a', { author: own, delivery: 'sending' }),
				message('2', 'b', { author: own, delivery: 'queued' }),
				message('3', 'c', { author: own, delivery: 'failed' })
			])
		);
		expect(names(screen.getAllByRole('article')).map((name) => name.split(', ').at(-1))).toEqual([
			'Sending…',
			'Will send when back',
			'Not sent'
		]);

		await fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
		expect(onretry).toHaveBeenCalledExactlyOnceWith('3');
	});

	it('given several messages, when arrows are pressed, then the focus moves; one is the tab stop', async () => {
		open(chat([message('1', 'a'), message('2', 'b')]));
		const [first, second] = screen.getAllByRole('article');
		expect([first?.tabIndex, second?.tabIndex]).toEqual([-1, 0]);
		second?.focus();

		await fireEvent.keyDown(second ?? document.body, { key: 'ArrowUp' });

		expect(document.activeElement).toBe(first);
	});

	it('given unread messages, then a mark stands before them', () => {
		open(chat([message('1', 'a'), message('2', 'b')], { firstUnreadKey: '2' }));
		expect(log().textContent).toMatch(/a.*New.*b/s);
	});

	it('given more history, then it can be asked for, once at a time', async () => {
		const { onloadolder, rerender } = open(chat([message('1', 'a')], { hasOlder: true }));
		await fireEvent.click(screen.getByRole('button', { name: 'Load older messages' }));
		expect(onloadolder).toHaveBeenCalledOnce();

		await rerender({ chat: chat([message('1', 'a')], { hasOlder: true, isLoadingOlder: true }) });
		expect(screen.queryByRole('button', { name: 'Load older messages' })).toBeNull();
	});
});

describe('composer', () => {
	it('given a keyboard, when Enter is pressed, then the text is sent and the field empty', async () => {
		const { onsend } = open(chat([]));
		expect(document.activeElement).toBe(field());
		await write('  hello  ');
		await fireEvent.keyDown(field(), { key: 'Enter', shiftKey: true });
		expect(onsend).not.toHaveBeenCalled();

		await fireEvent.keyDown(field(), { key: 'Enter' });

		expect(onsend).toHaveBeenCalledExactlyOnceWith('hello');
		expect(field()).toHaveProperty('value', '');
	});

	it('given a touch keyboard, then it stays closed, Enter is a new line, and Send sends', async () => {
		const { onsend } = open(chat([]), { isTouch: true });
		expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Chat' }));
		await write('hello');
		await fireEvent.keyDown(field(), { key: 'Enter' });
		expect(onsend).not.toHaveBeenCalled();

		await fireEvent.click(screen.getByRole('button', { name: 'Send' }));
		expect(onsend).toHaveBeenCalledExactlyOnceWith('hello');
	});

	it('given an input method, when Enter ends a word, then nothing is sent', async () => {
		const { onsend } = open(chat([]));
		await write('にほん');
		await fireEvent.keyDown(field(), { key: 'Enter', isComposing: true });
		expect(onsend).not.toHaveBeenCalled();
	});

	it('given nothing or too much, then Send refuses and tells why', async () => {
		const { onsend } = open(chat([]));
		await fireEvent.click(screen.getByRole('button', { name: 'Send', description: 'Write a message first' }));
		await write('x'.repeat(103));
		expect(screen.getByRole('status').textContent).toBe('3 characters too many');
		await fireEvent.keyDown(field(), { key: 'Enter' });
		expect(onsend).not.toHaveBeenCalled();
	});

	it('given the field, when Esc is pressed, then the focus goes to the newest message', async () => {
		open(chat([message('1', 'a')]));
		await fireEvent.keyDown(field(), { key: 'Escape' });
		expect(document.activeElement).toBe(screen.getByRole('article'));
	});
});

describe('states', () => {
	it('given no messages, then it says so and can be written to', () => {
		open(chat([]));
		expect(screen.getByText('No messages yet.')).toBeTruthy();
		expect(field()).toBeTruthy();
	});

	it('given a failure to load, then it can be tried again', async () => {
		const { onreload } = open(chat([], { status: 'failed' }));
		expect(screen.getByRole('alert').textContent).toContain('Could not load messages.');
		await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
		expect(onreload).toHaveBeenCalledOnce();
	});

	it('given as many messages as may wait, then what is written stays in the field, and Send tells why', async () => {
		const { onsend } = open(chat([message('1', 'a')], { isFull: true }));
		await write('one more');
		expect(screen.getByRole('status').textContent).toMatch(/^Many messages are waiting/);
		await fireEvent.keyDown(field(), { key: 'Enter' });
		await fireEvent.click(
			screen.getByRole('button', { name: 'Send', description: /^Many messages are waiting/ })
		);

		expect(onsend).not.toHaveBeenCalled();
		expect(field()).toHaveProperty('value', 'one more');
	});

	it('given a room that is closed, then there is no field but a reason', () => {
		open(chat([message('1', 'a')], { canSend: false }));
		expect(screen.queryByRole('textbox')).toBeNull();
		expect(screen.getByText('Chat is closed in this room')).toBeTruthy();
	});

	it('given the panel, when Close is pressed, then it is to close', async () => {
		const { onclose } = open(chat([]));
		await fireEvent.click(
			within(screen.getByRole('complementary', { name: 'Chat' })).getByRole('button', { name: 'Close' })
		);
		expect(onclose).toHaveBeenCalledOnce();
	});
});
