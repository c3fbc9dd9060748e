import { fireEvent, render, screen, within } from '@testing-library/svelte';
import type { ComponentProps } from 'svelte';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { messageView } from '../../../../tests/support/chat-view.ts';
import type { ChatMessageView, ChatView } from '$lib/domain/chat/chat-view.ts';
import type { Mentionable } from '$lib/domain/talk-api.ts';
import ChatPanel from './ChatPanel.svelte';

const message = (key: string, text: string, change: Partial<ChatMessageView> = {}) =>
	messageView(key, { text, ...change });
// jsdom has no dialogs that open, and measures nothing
beforeAll(() => {
	vi.stubGlobal(
		'ResizeObserver',
		class {
			observe() {}
			disconnect() {}
		}
	);
	HTMLDialogElement.prototype.showModal = function () {
		this.open = true;
	};
	HTMLDialogElement.prototype.close = function () {
		this.open = false;
	};
});

const own = { key: 'me', name: 'Zed', isOwn: true };
const chat = (messages: ChatMessageView[], change: Partial<ChatView> = {}): ChatView => ({
	status: 'ready',
	messages,
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

function open(view: ChatView, props: Partial<ComponentProps<typeof ChatPanel>> = {}) {
	const on = {
		onsend: vi.fn(),
		onretry: vi.fn(),
		onask: vi.fn(),
		oncopy: vi.fn(),
		onmentions: vi.fn(async () => [] as Mentionable[]),
		onloadolder: vi.fn(),
		onreload: vi.fn(),
		onseen: vi.fn(),
		onclose: vi.fn()
	};
	const { rerender } = render(ChatPanel, {
		chat: view,
		isTouch: false,
		reactions: ['👍', '🎉'],
		...on,
		...props
	});
	return { ...on, rerender };
}
const log = () => screen.getByRole('log', { name: 'Messages' });
const field = () => screen.getByRole('textbox', { name: 'Message' });
const write = (value: string) => fireEvent.input(field(), { target: { value } });
/** Without the marks that isolate names. */
const names = (elements: HTMLElement[]) =>
	elements.map((element) => (element.getAttribute('aria-label') ?? '').replaceAll(/[\u2068\u2069]/g, ''));

describe('messages', () => {
	it('given HTML, when it is shown, then it is text', () => {
		open(chat([message('1', '<b>bold</b> <img src=x onerror=alert(1)>')]));
		expect(within(log()).getByRole('article').textContent).toContain(
			'<b>bold</b> <img src=x onerror=alert(1)>'
		);
		expect(within(log()).queryByRole('img')).toBeNull();
	});

	it('given Markdown, when it is shown, then as elements, and a message that is none stays as it is', () => {
		const written = '**bold** *so* ~~no~~ `a*b`\n> said\n- one\n- two\n\n```\nx  y\n```';
		open(chat([message('1', written), message('2', written, { isMarkdown: false })]));
		const [read, plain] = screen.getAllByRole('article');
		const tags = (element: HTMLElement | undefined) =>
			[...(element?.querySelectorAll('b, em, del, code, blockquote, li, pre') ?? [])].map(
				({ localName, textContent }) => `${localName} ${textContent}`
			);
		expect(tags(read)).toEqual([
			'b bold',
			'em so',
			'del no',
			'code a*b',
			'blockquote said',
			'li one',
			'li two',
			'pre x  y',
			'code x  y'
		]);
		expect(tags(plain)).toEqual([]);
		expect(plain?.textContent).toContain(written);
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

		expect(onsend).toHaveBeenCalledExactlyOnceWith('hello', {});
		expect(field()).toHaveProperty('value', '');
	});

	it('given a touch keyboard, then it stays closed, Enter is a new line, and Send sends', async () => {
		const { onsend } = open(chat([]), { isTouch: true });
		expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Chat' }));
		await write('hello');
		await fireEvent.keyDown(field(), { key: 'Enter' });
		expect(onsend).not.toHaveBeenCalled();

		await fireEvent.click(screen.getByRole('button', { name: 'Send' }));
		expect(onsend).toHaveBeenCalledExactlyOnceWith('hello', {});
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

const request = (of: object) => ({ type: 'REQUEST', request: of });
const inMenu = async (name: string) =>
	fireEvent.click(within(screen.getByRole('menu')).getByRole('menuitem', { name }));
const openMenu = async (index = 0) => {
	const article = screen.getAllByRole('article')[index] ?? document.body;
	article.focus();
	await fireEvent.keyDown(article, { key: 'F10', shiftKey: true });
};
const menuItems = () => screen.getAllByRole('menuitem').map((item) => item.textContent.trim());

describe('what can be done with a message', () => {
	it('given a message of somebody else, when its menu opens, then only what is allowed is in it', async () => {
		open(chat([message('1', 'a', { id: 1 })]));
		await openMenu();
		expect(menuItems()).toEqual(['Reply', 'React', 'Copy']);
	});

	it('given a server that knows no reactions, and a closed room, when the menu opens, then only Copy is left', async () => {
		open(chat([message('1', 'a', { id: 1, canReply: false, canReact: false })]));
		await openMenu();
		expect(menuItems()).toEqual(['Copy']);
	});

	it('given an own message whose time to be changed is over, when the menu opens, then it can not be changed', async () => {
		const change = { id: 1, author: own, editableUntil: Date.now() - 1, deletableUntil: Infinity };
		open(chat([message('1', 'a', change)]));
		await openMenu();
		expect(menuItems()).toEqual(['Reply', 'React', 'Copy', 'Delete']);
	});

	it('given a message in focus, when the buttons on it are used, then they reply and react', async () => {
		const { onask } = open(chat([message('1', 'a', { id: 7 })]));
		screen.getByRole('article').focus();
		await fireEvent.focusIn(screen.getByRole('article'));
		await fireEvent.click(screen.getByRole('button', { name: 'React' }));
		await inMenu('Thumbs up');

		expect(onask).toHaveBeenCalledExactlyOnceWith(
			request({ kind: 'react', messageId: 7, emoji: '👍', isOn: true })
		);
	});

	it('given Reply, when something is sent, then it answers that message, once; Esc takes it back', async () => {
		const { onsend } = open(chat([message('1', 'what was said', { id: 7 })]));
		await openMenu();
		await inMenu('Reply');
		expect(document.activeElement).toBe(field());
		expect(field().getAttribute('aria-describedby')).toMatch(/about/);
		expect(screen.getByText('Replying to \u2068Ana\u2069')).toBeTruthy();
		await write('answer');
		await fireEvent.keyDown(field(), { key: 'Enter' });
		await write('more');
		await fireEvent.keyDown(field(), { key: 'Enter' });
		await openMenu();
		await inMenu('Reply');
		await fireEvent.keyDown(field(), { key: 'Escape' });
		await write('no answer');
		await fireEvent.keyDown(field(), { key: 'Enter' });

		expect(onsend.mock.calls).toEqual([
			['answer', { replyTo: 7 }],
			['more', {}],
			['no answer', {}]
		]);
	});

	it('given an empty field, when ↑ is pressed, then the last own message is changed, and what was written comes back', async () => {
		const mine = { author: own, editableUntil: Infinity };
		const { onask, onsend } = open(
			chat([
				message('1', 'first', { id: 1, ...mine }),
				message('2', 'secnd', { id: 2, ...mine }),
				message('3', 'x')
			])
		);
		await fireEvent.keyDown(field(), { key: 'ArrowUp' });
		expect(field()).toHaveProperty('value', 'secnd');
		await write('second');
		await fireEvent.click(screen.getByRole('button', { name: 'Save' }));

		expect(onask).toHaveBeenCalledExactlyOnceWith(request({ kind: 'edit', messageId: 2, text: 'second' }));
		expect(onsend).not.toHaveBeenCalled();
		expect(field()).toHaveProperty('value', '');
	});

	it('given a draft, when a message is edited and that is given up, then the draft is there again, and nothing is asked', async () => {
		const { onask } = open(chat([message('1', 'mine', { id: 1, author: own, editableUntil: Infinity })]));
		await write('half a thou');
		await openMenu();
		await inMenu('Edit');
		expect(field()).toHaveProperty('value', 'mine');
		await fireEvent.click(screen.getByRole('button', { name: 'Keep as it was' }));

		expect(field()).toHaveProperty('value', 'half a thou');
		expect(onask).not.toHaveBeenCalled();
	});

	it('given Delete, when it is confirmed, then it is asked for; otherwise not', async () => {
		const { onask } = open(chat([message('1', 'mine', { id: 1, author: own, deletableUntil: Infinity })]));
		await openMenu();
		await inMenu('Delete');
		await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
		expect(onask).not.toHaveBeenCalled();
		await openMenu();
		await inMenu('Delete');
		await fireEvent.click(
			within(screen.getByRole('alertdialog', { name: 'Delete this message?' })).getByRole('button', {
				name: 'Delete'
			})
		);

		expect(onask).toHaveBeenCalledExactlyOnceWith(request({ kind: 'delete', messageId: 1 }));
	});

	it('given Copy, when it is chosen, then the words that are seen are copied', async () => {
		const { oncopy } = open(chat([message('1', '**bold** `x`', { id: 1 })]));
		await openMenu();
		await inMenu('Copy');
		expect(oncopy).toHaveBeenCalledExactlyOnceWith('bold x');
	});

	it('given a change that is on its way or refused, then the message says so, and it can be tried again or given up', async () => {
		const changed = (state: 'pending' | 'failed') =>
			message(state, 'as it was', { id: 1, change: { key: 'change 1', kind: 'edit', state } });
		const { onask } = open(chat([changed('pending'), changed('failed')]));
		expect(names(screen.getAllByRole('article')).map((name) => name.split(', ').at(-1))).toEqual([
			'Saving…',
			'Not changed'
		]);
		await fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
		await fireEvent.click(screen.getByRole('button', { name: 'Discard' }));

		expect(onask.mock.calls).toEqual([
			[{ type: 'RETRY_REQUEST', key: 'change 1' }],
			[{ type: 'DROP_REQUEST', key: 'change 1' }]
		]);
	});

	it('given a message that was not sent, when it is discarded, then it is given up', async () => {
		const { onask } = open(chat([message('ref', 'a', { author: own, delivery: 'failed' })]));
		await fireEvent.click(screen.getByRole('button', { name: 'Discard' }));
		expect(onask).toHaveBeenCalledExactlyOnceWith({ type: 'DISCARD', referenceId: 'ref' });
	});
});

describe('reactions', () => {
	const people = [
		{ name: 'Ben', isOwn: false },
		{ name: 'Zed', isOwn: true }
	];
	const reacted = message('1', 'a', {
		id: 7,
		reactions: [
			{ emoji: '👍', count: 2, isOwn: true, isPending: false, people },
			{ emoji: '🎉', count: 1, isOwn: false, isPending: false, people: null },
			{ emoji: '🔥', count: 0, isOwn: true, isPending: true, people: null }
		]
	});
	const chips = () => screen.getAllByRole('button', { name: /👍|🎉|🔥/u });

	it('given reactions, then each tells how many or who, whether it is ours, and whether it is on its way', () => {
		open(chat([reacted]));
		expect(names(chips())).toEqual(['👍 Ben and You', '🎉 1 reaction', '🔥 being sent']);
		expect(chips().map((chip) => chip.getAttribute('aria-pressed'))).toEqual(['true', 'false', 'true']);
	});

	it('given reactions, when they are pressed, then ours go and others are joined; what is on its way is left alone', async () => {
		const { onask } = open(chat([reacted]));
		for (const chip of chips()) await fireEvent.click(chip);
		expect(onask.mock.calls).toEqual([
			[request({ kind: 'react', messageId: 7, emoji: '👍', isOn: false })],
			[request({ kind: 'react', messageId: 7, emoji: '🎉', isOn: true })]
		]);
	});

	it('given that nobody knows who reacted, when somebody looks, then it is asked for', async () => {
		const { onask } = open(chat([reacted]));
		await fireEvent.focusIn(chips()[1] ?? document.body);
		expect(onask).toHaveBeenCalledExactlyOnceWith(request({ kind: 'reactors', messageId: 7 }));
	});
});

describe('answers', () => {
	const quote = {
		id: 3,
		author: { name: 'Ben', isOwn: false },
		text: 'the **question**',
		parameters: {},
		isMarkdown: true,
		isDeleted: false
	};

	it('given an answer, when its quote is pressed, then the original has the focus', async () => {
		const { onask } = open(
			chat([message('3', 'the question', { id: 3 }), message('4', 'yes', { id: 4, quote })])
		);
		const way = screen.getByRole('button', { name: /Show the message by \W*Ben/ });
		expect(way.textContent).toContain('the question');
		await fireEvent.click(way);

		await vi.waitFor(() => expect(document.activeElement).toBe(screen.getAllByRole('article')[0]));
		expect(onask).not.toHaveBeenCalled();
	});

	it('given an original that is not loaded, when its quote is pressed, then it is looked for, and shown when it comes', async () => {
		const answer = message('4', 'yes', { id: 4, quote });
		const { onask, rerender } = open(chat([answer], { hasOlder: true }));
		await fireEvent.click(screen.getByRole('button', { name: /Show the message/ }));
		expect(onask).toHaveBeenCalledExactlyOnceWith({ type: 'SEEK', messageId: 3 });

		await rerender({ chat: chat([answer], { hasOlder: true, isSeeking: true }) });
		await rerender({ chat: chat([message('3', 'the question', { id: 3 }), answer]) });
		await vi.waitFor(() => expect(document.activeElement).toBe(screen.getAllByRole('article')[0]));
	});

	it('given originals that are deleted or gone, then the quote says so', () => {
		open(
			chat([
				message('4', 'a', { quote: { ...quote, isDeleted: true, text: 'Message deleted by {actor}' } }),
				message('5', 'b', { quote: 'gone' })
			])
		);
		expect(screen.getAllByRole('article').map(({ textContent }) => textContent)).toEqual([
			expect.stringContaining('Message deleted'),
			expect.stringContaining('The message is gone')
		]);
		expect(log().textContent).not.toContain('{actor}');
	});
});

describe('mentions', () => {
	const ben = { mentionId: 'guest/b1', name: 'Ben', isEverybody: false };
	const bea = { mentionId: 'guest/b2', name: 'Bea', isEverybody: false };

	it('given an @, when somebody is chosen with the keys and it is sent, then it is in the form of Talk', async () => {
		const onmentions = vi.fn(async () => [ben, bea]);
		const { onsend } = open(chat([]), { onmentions });
		await write('hi @B');
		const list = await screen.findByRole('listbox', { name: 'People to mention' });
		expect(onmentions).toHaveBeenCalledWith('B');
		const [first, second] = within(list).getAllByRole('option');
		expect(field().getAttribute('aria-activedescendant')).toBe(first?.id);
		await fireEvent.keyDown(field(), { key: 'ArrowDown' });
		expect(field().getAttribute('aria-activedescendant')).toBe(second?.id);
		await fireEvent.keyDown(field(), { key: 'Enter' });
		expect(field()).toHaveProperty('value', 'hi @Bea ');
		expect(screen.queryByRole('listbox')).toBeNull();
		await fireEvent.keyDown(field(), { key: 'Enter' });

		expect(onsend).toHaveBeenCalledExactlyOnceWith('hi @"guest/b2"', { mentions: [bea] });
	});

	it('given the list, when Esc is pressed, then it closes and the field stays', async () => {
		open(chat([message('1', 'a')]), { onmentions: vi.fn(async () => [ben]) });
		await write('@');
		await screen.findByRole('listbox');
		await fireEvent.keyDown(field(), { key: 'Escape' });
		expect(screen.queryByRole('listbox')).toBeNull();
		expect(document.activeElement).toBe(field());
	});

	it('given an answer that comes late, when more was typed since, then it is not shown', async () => {
		const answers: ((people: (typeof ben)[]) => void)[] = [];
		open(chat([]), { onmentions: () => new Promise((answer) => answers.push(answer)) });
		await write('@B');
		await write('@Be');
		answers[1]?.([bea]);
		await screen.findByRole('option', { name: 'Bea' });
		answers[0]?.([ben]);
		// a turn later it would be drawn
		await new Promise((done) => setTimeout(done));
		expect(screen.queryByRole('option', { name: 'Ben' })).toBeNull();
	});

	it('given a message that speaks to us, then it is marked, also for who does not see it', () => {
		open(chat([message('1', 'hi', { mentionsMe: true })]));
		expect(names(screen.getAllByRole('article'))[0]).toMatch(/Mentions you$/);
	});
});

describe('cards', () => {
	it('given a file, then its name, size and a way to it', () => {
		const file = {
			type: 'file',
			id: '1',
			name: 'plan.pdf',
			size: 1_234_567,
			link: 'https://cloud.example/s/AbC'
		};
		open(chat([message('1', '{file}', { parameters: { file } })]));
		const article = screen.getByRole('article');
		expect(article.textContent).toMatch(/plan\.pdf.*1\.2 MB/s);
		expect(article.textContent).not.toContain('{file}');
		expect(screen.getByRole('link', { name: /^Download/ }).getAttribute('href')).toBe(file.link);
		expect(within(article).queryByRole('img')).toBeNull();
	});

	it('given a file that is not to be taken away, or leads nowhere, then it is named, without a link', () => {
		const file = { type: 'file', id: '1', name: 'a.png', mimetype: 'image/png' };
		open(
			chat([
				message('1', '{file}', { parameters: { file: { ...file, link: 'javascript:alert(1)' } } }),
				message('2', '{file}', {
					parameters: { file: { ...file, link: 'https://cloud.example/s/a', hidesDownload: true } }
				})
			])
		);
		expect(screen.queryByRole('link')).toBeNull();
		expect(document.querySelector('article img')).toBeNull();
	});

	const poll = {
		id: 5,
		question: 'Lunch?',
		options: ['Yes', 'No'],
		isOpen: true,
		isHidden: false,
		maxVotes: 1,
		counts: null,
		voters: null,
		own: []
	};
	const asked = message('1', '{object}', {
		id: 1,
		parameters: { object: { type: 'talk-poll', id: '5', name: 'Lunch?' } }
	});

	it('given a poll, when it comes into sight, then it is asked for; when an option is chosen, then Vote sends it', async () => {
		const { onask, rerender } = open(chat([asked]));
		await vi.waitFor(() =>
			expect(onask).toHaveBeenCalledExactlyOnceWith(request({ kind: 'poll', pollId: 5 }))
		);
		await rerender({ chat: chat([asked], { polls: new Map([[5, { poll, state: 'idle' }]]) }) });
		const vote = screen.getByRole('button', { name: 'Vote' });
		await fireEvent.click(vote);
		expect(onask).toHaveBeenCalledOnce();
		await fireEvent.click(screen.getByRole('radio', { name: 'No' }));
		await fireEvent.click(vote);

		expect(onask).toHaveBeenLastCalledWith(request({ kind: 'vote', pollId: 5, optionIds: [1] }));
	});

	it('given a poll that is closed, then its results are there and nothing to press', () => {
		const closed = { ...poll, isOpen: false, counts: [3, 1], voters: 4, own: [0] };
		open(chat([asked], { polls: new Map([[5, { poll: closed, state: 'idle' }]]) }));
		const group = screen.getByRole('group', { name: 'Lunch?' });
		expect(group.textContent).toMatch(/3 votes.*1 vote.*Poll closed.*4 people voted/s);
		expect(screen.queryByRole('button', { name: 'Vote' })).toBeNull();
		expect(screen.getByRole('radio', { name: 'Yes' })).toHaveProperty('disabled', true);
	});

	it('given several votes at most, when more are chosen, then Vote refuses and tells why', async () => {
		const several = { ...poll, options: ['a', 'b', 'c'], maxVotes: 2 };
		const { onask } = open(chat([asked], { polls: new Map([[5, { poll: several, state: 'idle' }]]) }));
		for (const name of ['a', 'b', 'c']) await fireEvent.click(screen.getByRole('checkbox', { name }));
		await fireEvent.click(
			screen.getByRole('button', { name: 'Vote', description: 'Choose up to 2 options' })
		);
		expect(onask).not.toHaveBeenCalled();
	});

	it('given a poll that does not load or a vote that was refused, then it is told and can be tried again', async () => {
		const { onask, rerender } = open(
			chat([asked], { polls: new Map([[5, { poll: null, state: 'failed' }]]) })
		);
		await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
		expect(onask).toHaveBeenLastCalledWith(request({ kind: 'poll', pollId: 5 }));
		await rerender({ chat: chat([asked], { polls: new Map([[5, { poll, state: 'vote-failed' }]]) }) });
		expect(screen.getByRole('alert').textContent).toBe('Your vote was not taken.');
	});
});

describe('what the room says', () => {
	const actor = { type: 'guest', id: 'guest/c', name: 'Cy' };
	it('given a keyword that we have words for, then those; otherwise the words of the server', () => {
		const said = (key: string, keyword: string, text: string) =>
			message(key, text, { kind: 'system', keyword, isMarkdown: false, parameters: { actor } });
		open(
			chat([
				said('1', 'call_joined', '{actor} ist beigetreten'),
				said('2', 'matterbridge_enabled', '{actor} set up **a bridge**'),
				said('3', 'constructor', 'odd')
			])
		);
		expect([...document.querySelectorAll('.system')].map(({ textContent }) => textContent.trim())).toEqual([
			'Cy joined the call',
			'Cy set up **a bridge**',
			'odd'
		]);
	});
});

it('given 500 messages, when the log is shown, then few of them are in the page', () => {
	const many = Array.from({ length: 500 }, (_, index) => message(`${index}`, `text ${index}`));
	open(chat(many));
	expect(document.querySelectorAll('*').length).toBeLessThan(1_200);
	expect(screen.getAllByRole('article').at(-1)?.textContent).toContain('text 499');
});

it('given the field on a desktop, when an emoji is chosen, then it is put in', async () => {
	open(chat([]));
	await write('hi');
	await fireEvent.click(screen.getByRole('button', { name: 'Emoji' }));
	await inMenu('Party');
	await vi.waitFor(() => expect(field()).toHaveProperty('value', 'hi🎉'));
});
