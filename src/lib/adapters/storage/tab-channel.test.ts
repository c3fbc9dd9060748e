import { expect, it } from 'vitest';
import type { TabMessage } from '../../domain/store/tab-channel.ts';
import type { RoomToken } from '../../protocol/ids.ts';
import { createTabChannels } from './tab-channel.ts';

const own = { tabId: 'first', token: 'room' as RoomToken };

/** The real broadcast channel of Node, which is the browser's. */
function openTwo() {
	const open = createTabChannels((name) => new BroadcastChannel(name));
	const heard: TabMessage[] = [];
	let told = () => undefined as void;
	const second = open((message) => {
		heard.push(message);
		told();
	});
	const echoes: TabMessage[] = [];
	const first = open((message) => echoes.push(message));
	return {
		first,
		second,
		heard,
		echoes,
		hears: (count: number) =>
			new Promise<void>((settle) => {
				told = () => heard.length >= count && settle();
				told();
			})
	};
}

it('P09 given two tabs, when one speaks, then the other hears all of it in order, and the first nothing of its own', async () => {
	const { first, second, heard, echoes, hears } = openTwo();
	first.ask(own);
	first.answer(own);
	first.takeOver(own, 'second');
	first.release(own, 'second', { microphone: 'off', camera: 'on' });
	await hears(4);
	first.close();
	second.close();

	expect(heard).toEqual([
		{ type: 'TAB_ASKED', ...own },
		{ type: 'TAB_ALIVE', ...own },
		{ type: 'TAB_TAKE_OVER', ...own, by: 'second' },
		{ type: 'TAB_RELEASED', ...own, by: 'second', microphone: 'off', camera: 'on' }
	]);
	expect(echoes).toEqual([]);
});

it('given a tab of another version, when it says what this one does not know, then that is not heard', async () => {
	const { first, second, heard, hears } = openTwo();
	const newer = new BroadcastChannel('roost.tabs');
	for (const message of [
		null,
		'TAB_ALIVE',
		{ type: 'TAB_ALIVE', tabId: 7, token: 'room' },
		{ type: 'TAB_ALIVE', tabId: 'first', token: 'not/a token' },
		{ type: 'TAB_TAKE_OVER', ...own },
		{ type: 'TAB_RELEASED', ...own, by: 'second', microphone: 'loud', camera: 'on' },
		{ type: 'TAB_SINGS', ...own }
	]) {
		newer.postMessage(message);
	}
	newer.postMessage({ type: 'TAB_ASKED', ...own, sdp: 'v=0' });
	await hears(1);
	for (const channel of [newer, first, second]) channel.close();

	expect(heard).toEqual([{ type: 'TAB_ASKED', ...own }]);
});

it('given a browser without such channels, when a tab asks, then nobody answers and nothing breaks', () => {
	const heard: TabMessage[] = [];
	const tab = createTabChannels(undefined)((message) => heard.push(message));
	tab.ask(own);
	tab.takeOver(own, 'second');
	tab.close();

	expect(heard).toEqual([]);
});
