import { render } from '@testing-library/svelte';
import { createRawSnippet, type ComponentProps } from 'svelte';
import { afterEach, beforeEach, vi } from 'vitest';
import type { CallView, PersonView, TileView, ToggleView } from '../../src/lib/domain/call/call-view.ts';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import CallScreen from '../../src/lib/ui/call/CallScreen.svelte';
import { AnnouncerState, provideAnnouncer } from '../../src/lib/ui/primitives/announcer.svelte.ts';

const desktop = { width: 1_280, height: 800 };

class StillObserver {
	observe(): void {
		// sizes do not change while a test runs
	}
	unobserve(): void {
		// see observe
	}
	disconnect(): void {
		// see observe
	}
}

/**
 * A window for the tests of a file, with a clock that stands: jsdom lays nothing out, so every element is as large as it.
 * @returns gives it another size until the test ends
 */
export function pretendWindow(): (width: number, height: number) => void {
	let size = desktop;
	beforeEach(() => {
		vi.useFakeTimers();
		vi.stubGlobal('matchMedia', () => ({ matches: true }));
		vi.stubGlobal('ResizeObserver', StillObserver);
		vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockImplementation(() => size.width);
		vi.spyOn(window, 'innerHeight', 'get').mockImplementation(() => size.height);
		vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockImplementation(() => size.height);
	});
	afterEach(() => {
		size = desktop;
		vi.useRealTimers();
		vi.unstubAllGlobals();
		vi.restoreAllMocks();
	});
	return (width, height) => {
		size = { width, height };
	};
}

/** Somebody who is connected, seen and heard; `change` says what is different. */
export const tileView = (name: string, change: Partial<TileView> = {}): TileView => ({
	key: name,
	memberKey: name as SessionId,
	source: 'camera',
	name,
	streamKey: null,
	connection: 'connected',
	microphone: 'on',
	video: 'on',
	isSpeaking: false,
	handOrder: null,
	reaction: null,
	...change
});
export const screenTileOf = (name: string): TileView =>
	tileView(name, { key: `screen:${name}`, memberKey: name as SessionId, source: 'screen' });
const ownTile = tileView('Zed', { key: 'self', memberKey: 'self', connection: 'none' });

export const toggleView = (intent: 'on' | 'off', change: Partial<ToggleView> = {}): ToggleView => ({
	intent,
	isPending: false,
	blockedBy: null,
	...change
});

/** A call with these people and ourselves, who are heard and not seen. */
export function callView(tiles: TileView[], change: Partial<CallView> = {}): CallView {
	const personOf = ({ memberKey, name, microphone, handOrder }: TileView): PersonView => ({
		memberKey,
		name,
		microphone,
		camera: 'off',
		isSharing: tiles.some((other) => other.memberKey === memberKey && other.source === 'screen'),
		handOrder,
		isModerator: false
	});
	const all = [...tiles, ownTile];
	return {
		phase: 'joined',
		roomName: 'Planning',
		tiles: all,
		people: all.filter(({ source }) => source === 'camera').map(personOf),
		microphone: toggleView('on'),
		camera: toggleView('off'),
		screen: toggleView('off'),
		hand: 'lowered',
		network: 'good',
		lostSince: null,
		joinedAt: Date.now() - 247_000,
		reactions: ['👍', '❤️', '🎉', '👏'],
		...change
	};
}

/** The screen of a call without pictures and sounds. @returns what it says that a person did, and what it says aloud */
export function openCallScreen(view: CallView, props: Partial<ComponentProps<typeof CallScreen>> = {}) {
	const on = {
		ontogglemicrophone: vi.fn(),
		ontogglecamera: vi.fn(),
		onshare: vi.fn(),
		onstopshare: vi.fn(),
		onhand: vi.fn(),
		onreact: vi.fn(),
		onpanel: vi.fn(),
		onlayout: vi.fn(),
		onchoose: vi.fn(),
		onleave: vi.fn(),
		ontrynow: vi.fn(),
		onhear: vi.fn(),
		onlook: vi.fn(),
		oncopylink: vi.fn(() => Promise.resolve(true)),
		onsharelink: null
	};
	let announcer = new AnnouncerState();
	const listened: typeof CallScreen = (...args) => {
		announcer = provideAnnouncer();
		return CallScreen(...args);
	};
	const said = (region: 'polite' | 'assertive') => announcer[region].spoken.words;
	const { rerender } = render(listened, {
		view,
		streamOf: () => null,
		chat: null,
		panel: null,
		chatPanel: createRawSnippet(() => ({ render: () => '<aside aria-label="Chat"></aside>' })),
		layout: 'auto' as const,
		deviceClass: 'high' as const,
		devices: [],
		chosen: { microphone: null, camera: null, speaker: null },
		canChooseSpeaker: false,
		isAudioBlocked: false,
		...on,
		...props
	});
	return { ...on, rerender, said };
}
