import { untrack } from 'svelte';
import type { CallView } from '$lib/domain/call/call-view.ts';
import type { ChatView } from '$lib/domain/chat/chat-view.ts';
import { newsBetween } from '../chat/chat-news.ts';
import { plainText } from '../chat/message-parts.ts';
import type { CallText } from '../messages/call-text.ts';
import type { Announce } from '../primitives/announcer.svelte.ts';
import type { Toast } from '../primitives/toast.ts';
import { feedAnnouncements } from './announcement-feed.svelte.ts';
import { wordsOf } from './announcements.ts';
import { connectionNotice, isLost } from './connection-notice.ts';

interface Sources {
	view: () => CallView;
	/** null: not there yet. */
	chat: () => ChatView | null;
	isChatOpen: () => boolean;
	/** Which messages are told; absent: all. */
	chatNotices?: () => 'all' | 'mentions' | 'none';
	text: CallText;
	announce: Announce;
	onopenchat: () => void;
	/** Brings a screen that was just shared to the stage; null: it is there already. */
	onviewshare: () => (() => void) | null;
}

const newsEveryMs = 3_000;

/** Everything a call tells by itself: who comes and goes, messages while the chat is closed, the connection. */
export class CallNotices {
	toasts: readonly Toast[] = $state.raw([]);
	/** Local clock in ms, once a second: for the time in the call and for how long an outage lasts. */
	now = $state.raw(Date.now());
	/** The connection has just come back. */
	isBack = $state(false);
	readonly #sources: Sources;
	/** Local clock, ms: since when media does not get through; null: it does. */
	#awaySince: number | null = $state(null);
	readonly connection = $derived.by(() => {
		const { network, lostSince } = this.#sources.view();
		const since = network === 'catching-up' ? lostSince : this.#awaySince;
		return connectionNotice({ network, lostSince: since }, this.now);
	});
	#count = 0;

	/** To be made while the component starts: it lives as long as that. */
	constructor(sources: Sources) {
		this.#sources = sources;
		feedAnnouncements(sources.view, (announcement) => {
			const words = wordsOf(announcement, sources.text);
			sources.announce(words, announcement.urgency);
			if (announcement.urgency === 'answer') return;
			const view = announcement.key === 'shares' ? sources.onviewshare() : null;
			this.notify(words, view ? { label: sources.text.call.stage.view, onpress: view } : undefined);
		});
		this.#keepTime();
		this.#tellNews();
		this.#tellConnection();
	}

	/** The same words replace those that still stand, and count them. */
	notify(words: string, action?: { label: string; onpress: () => void }): void {
		const again = this.toasts.find((other) => other.text === words);
		const toast = {
			key: `call-${(this.#count += 1)}`,
			text: words,
			count: (again?.count ?? 1) + (again ? 1 : 0),
			durationMs: action ? 8_000 : 5_000
		};
		const others = this.toasts.filter((other) => other.text !== words);
		this.toasts = [...others, action ? { ...toast, action } : toast].slice(-3);
	}

	dismiss(key: string): void {
		this.toasts = this.toasts.filter((toast) => toast.key !== key);
	}

	#keepTime(): void {
		// keeps the clock of the call going
		$effect(() => {
			const timer = setInterval(() => (this.now = Date.now()), 1_000);
			return () => clearInterval(timer);
		});
	}

	#tellNews(): void {
		const { chat, isChatOpen, text, announce, onopenchat } = this.#sources;
		let since = untrack(chat);
		let timer: ReturnType<typeof setTimeout> | undefined;
		let toldAt = -newsEveryMs;
		const tell = () => {
			timer = undefined;
			toldAt = performance.now();
			const wanted = this.#sources.chatNotices?.() ?? 'all';
			const news = newsBetween(since, chat()).filter(
				({ mentionsMe }) => wanted === 'all' || (wanted === 'mentions' && mentionsMe)
			);
			since = chat();
			const [first] = news;
			if (!first || isChatOpen()) return;
			const name = first.author.name || text.common.guest;
			const words = (most: number) =>
				news.length === 1
					? text.call.announce.message(name, plainText(first).slice(0, most))
					: text.call.announce.messages(news.length);
			announce(words(140));
			this.notify(words(80), { label: text.call.openChat, onpress: onopenchat });
		};
		// tells of messages that come while the chat is closed: the first at once, then every three seconds
		$effect(() => {
			if (newsBetween(since, chat()).length === 0) since = chat();
			else timer ??= setTimeout(tell, Math.max(0, toldAt + newsEveryMs - performance.now()));
		});
		// what they tell can be read in the open chat
		$effect(() => {
			if (!isChatOpen()) return;
			this.toasts = untrack(() => this.toasts).filter(({ action }) => action?.label !== text.call.openChat);
		});
		// ends the waiting with the component
		$effect(() => () => clearTimeout(timer));
	}

	#tellConnection(): void {
		const { text, announce, view } = this.#sources;
		const network = $derived(view().network);
		const hasMedia = $derived(network === 'good' || network === 'catching-up');
		let wasBehind = false;
		// an outage of media has a time of its own where signaling was gone long before, or never
		$effect.pre(() => {
			if (network === 'catching-up') wasBehind = true;
			else if (network === 'good') wasBehind = false;
			const begun = untrack(() => (wasBehind ? null : view().lostSince)) ?? Date.now();
			this.#awaySince = hasMedia ? null : (untrack(() => this.#awaySince) ?? begun);
		});
		// whoever does not answer may have left: we are back with those we reach, or where signaling itself was away
		const isReached = $derived(
			view().tiles.some(({ memberKey, connection }) => memberKey !== 'self' && connection === 'connected')
		);
		const isAlone = $derived(view().tiles.every(({ memberKey }) => memberKey === 'self'));
		let worst: 'none' | 'noticed' | 'lost' = 'none';
		let wasOffline = false;
		// says once that the connection is lost, and once that it is back and stays
		$effect(() => {
			const notice = this.connection;
			if (network === 'lost') wasOffline = true;
			if (notice === 'catching-up') return;
			if (notice !== 'none') {
				if (isLost(notice) && worst !== 'lost') announce(text.call.announce.lost, 'assertive');
				if (worst !== 'lost') worst = isLost(notice) ? 'lost' : 'noticed';
				this.isBack = false;
				return;
			}
			if (!hasMedia) return;
			const isBack = worst !== 'none' && (wasOffline || isReached);
			if (!isBack && !isAlone) return;
			const timer = setTimeout(() => {
				if (isBack && worst === 'lost') announce(text.call.announce.back);
				this.isBack = isBack;
				worst = 'none';
				wasOffline = false;
			}, 2_000);
			return () => clearTimeout(timer);
		});
		// the good news goes after three seconds
		$effect(() => {
			if (!this.isBack) return;
			const timer = setTimeout(() => (this.isBack = false), 3_000);
			return () => clearTimeout(timer);
		});
	}
}
