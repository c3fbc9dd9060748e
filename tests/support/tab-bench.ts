import type { OpenTabChannel, TabMessage } from '../../src/lib/domain/store/tab-channel.ts';

/** The tabs of one browser, without a browser: what one says, all others hear, in a microtask. */
export function openTabBench() {
	const tabs = new Set<(message: TabMessage) => void>();
	const said: TabMessage[] = [];
	const open: OpenTabChannel = (hear) => {
		const own = (message: TabMessage) => hear(message);
		tabs.add(own);
		const say = (message: TabMessage) => {
			said.push(message);
			for (const tab of tabs) {
				if (tab !== own) queueMicrotask(() => tabs.has(tab) && tab(message));
			}
		};
		return {
			ask: (holder) => say({ type: 'TAB_ASKED', ...holder }),
			answer: (holder) => say({ type: 'TAB_ALIVE', ...holder }),
			takeOver: (holder, by) => say({ type: 'TAB_TAKE_OVER', ...holder, by }),
			release: (holder, by, choice) => say({ type: 'TAB_RELEASED', ...holder, by, ...choice }),
			close: () => tabs.delete(own)
		};
	};
	return { open, said, openTabs: () => tabs.size };
}
