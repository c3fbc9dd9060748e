import { expect, it } from 'vitest';
import type { TileView } from '$lib/domain/call/call-view.ts';
import type { SessionId } from '$lib/protocol/ids.ts';
import { useCallText } from '../messages/call-text.ts';
import { tileLabel } from './tile-label.ts';

const tile: TileView = {
	key: 'bo',
	memberKey: 'bo' as SessionId,
	source: 'camera',
	name: 'Bo',
	streamKey: null,
	connection: 'connected',
	microphone: 'on',
	video: 'on',
	isSpeaking: false,
	handOrder: null,
	reaction: null
};

it.each<[Partial<TileView>, string]>([
	[{}, 'Bo'],
	[
		{ microphone: 'off', handOrder: 2, connection: 'reconnecting' },
		'Bo, microphone off, hand raised 2nd, reconnecting'
	],
	[{ video: 'off' }, 'Bo, camera off'],
	[{ microphone: 'off', video: 'off' }, 'Bo, microphone off, camera off'],
	[{ source: 'screen', video: 'off' }, 'Bo, screen'],
	[{ name: '' }, 'Guest'],
	[{ source: 'screen', microphone: 'off' }, 'Bo, screen'],
	[{ memberKey: 'self', connection: 'none', microphone: 'off' }, 'You, microphone off'],
	[{ handOrder: 1 }, 'Bo, hand raised 1st'],
	[{ handOrder: 12 }, 'Bo, hand raised 12th'],
	[{ connection: 'failed' }, 'Bo, connection failed']
])('given %o, then the tile is called %j', (change, label) => {
	expect(tileLabel({ ...tile, ...change }, { isPinned: false }, useCallText())).toBe(label);
});

it('given a tile that is pinned or muted for us, then its name says so', () => {
	expect(tileLabel(tile, { isPinned: true }, useCallText())).toBe('Bo, pinned');
	expect(tileLabel(tile, { isPinned: false, isMutedForMe: true }, useCallText())).toBe('Bo, muted for you');
});
