import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { noCall, type CallView, type TileView } from '$lib/domain/call/call-view.ts';
import type { SessionId } from '$lib/protocol/ids.ts';
import PictureInPicture from './PictureInPicture.svelte';

const [own] = noCall.tiles;
if (!own) throw new Error('there is always our own tile');
const ben: TileView = { ...own, key: 'ben', memberKey: 'ben' as SessionId, name: 'Ben' };

function open(view: Partial<CallView> = {}, onstage: TileView | null = ben) {
	const props = {
		view: { ...noCall, ...view },
		onstage,
		streamOf: () => null,
		ontogglemicrophone: vi.fn(),
		ontogglecamera: vi.fn(),
		onhand: vi.fn(),
		onleave: vi.fn(),
		onback: vi.fn()
	};
	render(PictureInPicture, props);
	return props;
}
const on = { intent: 'on', isPending: false, blockedBy: null } as const;

it('given the small window, when its buttons are pressed, then each does what it says', async () => {
	const props = open({ microphone: on });
	for (const name of ['Mute microphone', 'Turn camera on', 'Raise hand', 'Back to call', 'Leave']) {
		await fireEvent.click(screen.getByRole('button', { name }));
	}

	screen.getByText('Ben');
	for (const deed of ['ontogglemicrophone', 'ontogglecamera', 'onhand', 'onback', 'onleave'] as const) {
		expect(props[deed], deed).toHaveBeenCalledOnce();
	}
});

it('given a muted microphone, a camera that is on and a raised hand, when it is shown, then the buttons say the way back', () => {
	open({ camera: on, hand: 'raised' });

	for (const name of ['Unmute microphone', 'Turn camera off', 'Lower hand']) {
		screen.getByRole('button', { name });
	}
});

it('given nobody else, when it is shown, then we see ourselves', () => {
	open({}, null);

	screen.getByText('You');
});
