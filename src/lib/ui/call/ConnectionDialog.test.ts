import { fireEvent, render, screen } from '@testing-library/svelte';
import type { ComponentProps } from 'svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Link } from '$lib/domain/call/links.ts';
import type { CallId, SessionId } from '$lib/protocol/ids.ts';
import ConnectionDialog from './ConnectionDialog.svelte';

beforeEach(() => {
	// jsdom knows the element, not its methods
	HTMLDialogElement.prototype.showModal = function show(this: HTMLDialogElement) {
		this.open = true;
	};
	HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
		this.open = false;
	};
});

const link = (over: Partial<Link> = {}): Link => ({
	callId: 'c1' as CallId,
	kind: 'member',
	memberKey: 'ben' as SessionId,
	roundTripMs: 42.4,
	jitterMs: 3,
	lossIn: 0.012,
	lossOut: null,
	receivedBps: 812_000,
	sentBps: 500_000,
	hasVideoIn: true,
	quality: 'good',
	detail: {
		route: 'relay',
		protocol: 'tcp',
		lossOut: null,
		availableBps: 1_500_000,
		limitation: 'cpu',
		streams: [
			{ direction: 'received', kind: 'video', codec: 'VP8', width: 640, height: 360, fps: 29.6 },
			{ direction: 'sent', kind: 'audio', codec: 'opus', width: null, height: null, fps: null }
		]
	},
	...over
});
function open(over: Partial<ComponentProps<typeof ConnectionDialog>> = {}) {
	const props = {
		name: null,
		links: [link()],
		nameOf: () => 'Ben',
		isRelayed: false,
		isOnline: true,
		isMeasuring: false,
		oncopy: vi.fn(async () => true),
		onclose: vi.fn(),
		...over
	};
	render(ConnectionDialog, props);
	return props;
}

it('given a relayed connection on a busy device, when it is looked at, then plain words come first and figures behind them', async () => {
	open();

	screen.getByText('The connection is good.');
	screen.getByText('Through a relay, because the direct way is blocked.');
	screen.getByText('Over TCP, which may delay the sound.');
	screen.getByText('This device is busy: your picture is made smaller.');
	screen.getByText('Encrypted between participants');
	const table = screen.getByRole('table', { name: 'Ben · Camera and microphone', hidden: true });
	const cells = [...table.querySelectorAll('tr')].map((row) =>
		[...row.children].map((cell) => cell.textContent)
	);
	expect(cells).toEqual([
		['Round trip', '42 ms'],
		['Jitter', '3 ms'],
		['Lost on the way in', '1.2 %'],
		['Received', '812 kbit/s'],
		['Sent', '500 kbit/s'],
		['Available', '1,500 kbit/s'],
		['Way', 'relay, TCP'],
		['Picture, Received', 'VP8, 640 × 360, 30 per second'],
		['Sound, Sent', 'opus']
	]);
});

it('given a media server, when the encryption is named, then no more is claimed than holds', () => {
	open({ isRelayed: true });

	screen.getByText('Encrypted to the server');
	expect(screen.queryByText('Encrypted between participants')).toBeNull();
});

it('given a connection that loses much, when it is looked at, then it is called very weak', () => {
	open({ links: [link(), link({ callId: 'c2' as CallId, lossIn: 0.3, quality: 'very-weak' })] });

	screen.getByText('The connection is very weak. Low-data mode may help.');
});

it('given nobody else, when it is looked at, then it says so and shows no figures', () => {
	open({ links: [] });

	screen.getByText('Nobody else is connected yet.');
	expect(screen.queryByText('Details')).toBeNull();
});

it('given a report that is copied, when it was, then it holds the figures and no name', async () => {
	const { oncopy } = open();

	await fireEvent.click(screen.getByRole('button', { name: 'Copy report', hidden: true }));

	await vi.waitFor(() => screen.getByRole('button', { name: 'Report copied', hidden: true }));
	expect(oncopy).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('Round trip: 42 ms'));
	expect(oncopy).not.toHaveBeenCalledWith(expect.stringContaining('Ben'));
});

it('given a browser that refuses to copy, when the report was to be copied, then the button says so', async () => {
	open({ oncopy: vi.fn(async () => false) });

	await fireEvent.click(screen.getByRole('button', { name: 'Copy report', hidden: true }));

	await screen.findByRole('button', { name: 'Could not copy', hidden: true });
});
