import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import type { ToggleView } from '$lib/domain/call/call-view.ts';
import PreJoinScreen from './PreJoinScreen.svelte';

const on: ToggleView = { intent: 'on', isPending: false, blockedBy: null };
const off: ToggleView = { ...on, intent: 'off' };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

// jsdom has no media queries: a desk with a mouse
vi.stubGlobal('matchMedia', () => ({ matches: true }));

function open(props: Partial<ComponentProps<typeof PreJoinScreen>> = {}) {
	const intentions = {
		onjoin: vi.fn(),
		oncancel: vi.fn(),
		onturnon: vi.fn(),
		ontogglemicrophone: vi.fn(),
		ontogglecamera: vi.fn(),
		onchoose: vi.fn(),
		ontestspeaker: vi.fn()
	};
	const { rerender } = render(PreJoinScreen, {
		roomName: 'Planning',
		server: 'talk.example',
		people: [],
		name: 'Nina',
		stream: null,
		access: 'given',
		microphone: on,
		camera: off,
		levelDb: -20,
		devices: [
			{ kind: 'microphone', deviceId: 'm1', groupId: '', label: 'Headset' },
			{ kind: 'microphone', deviceId: 'm2', groupId: '', label: '' },
			{ kind: 'camera', deviceId: 'c1', groupId: '', label: 'Webcam' },
			{ kind: 'speaker', deviceId: 's1', groupId: '', label: 'Headset' }
		],
		chosen: { microphone: 'm1', camera: 'c1', speaker: 's1' },
		canChooseSpeaker: true,
		isTestingSpeaker: false,
		problems: [],
		isJoining: false,
		joinError: null,
		...intentions,
		...props
	});
	return { ...intentions, rerender };
}
const nameField = () => screen.getByRole('textbox', { name: 'Your name' });
const type = (value: string) => fireEvent.input(nameField(), { target: { value } });
const join = () => screen.getByRole('button', { name: 'Join' });

it('given a remembered name, when Join is pressed, then it joins under it with the chosen devices', async () => {
	const { onjoin } = open();

	await fireEvent.click(join());

	screen.getByRole('heading', { level: 1, name: 'Planning' });
	expect(onjoin).toHaveBeenCalledExactlyOnceWith({ name: 'Nina', media: 'chosen' });
});

it('given a name with space around it, when the form is submitted, then the name is trimmed', async () => {
	const { onjoin } = open({ name: '' });

	await type('  Bo Lindqvist ');
	await fireEvent.submit(nameField());

	expect(onjoin).toHaveBeenCalledExactlyOnceWith({ name: 'Bo Lindqvist', media: 'chosen' });
});

it('given a name typed already, when the remembered one arrives late, then what was typed stays', async () => {
	const { rerender } = open({ name: '' });

	await type('Bo');
	await rerender({ name: 'Nina' });

	expect(nameField()).toHaveProperty('value', 'Bo');
});

it.each([
	['', 'Enter your name to join'],
	['   ', 'Enter your name to join'],
	['x'.repeat(65), 'Use at most 64 characters']
])('given %j as name, when Join is pressed, then it does not join and says why', async (name, reason) => {
	const { onjoin } = open({ name });

	await fireEvent.click(join());

	expect(onjoin).not.toHaveBeenCalled();
	expect(join().getAttribute('aria-disabled')).toBe('true');
	expect(screen.getAllByText(reason)).not.toHaveLength(0);
	expect(nameField().getAttribute('aria-invalid')).toBe('true');
	expect(document.activeElement).toBe(nameField());
});

it('given 64 characters outside the first plane, when Join is pressed, then they are few enough', async () => {
	const { onjoin } = open({ name: '🐦'.repeat(64) });

	await fireEvent.click(join());

	expect(onjoin).toHaveBeenCalledOnce();
});

it('given no wish for devices, when joining without, then none is to be opened', async () => {
	const { onjoin } = open();

	await fireEvent.click(screen.getByRole('button', { name: 'Join without camera or mic' }));

	expect(onjoin).toHaveBeenCalledExactlyOnceWith({ name: 'Nina', media: 'none' });
});

it('given a first visit, when the page is shown, then it offers to turn devices on and Join still works', async () => {
	const { onturnon, onjoin } = open({ access: 'unasked', microphone: off, levelDb: null, devices: [] });

	await fireEvent.click(screen.getByRole('button', { name: 'Turn on camera and microphone' }));
	await fireEvent.click(join());

	expect(onturnon).toHaveBeenCalledOnce();
	expect(onjoin).toHaveBeenCalledOnce();
	expect(screen.getByRole('combobox', { name: 'Microphone' })).toHaveProperty('disabled', true);
});

it('given devices in use, when the toggles are pressed, then their names say the next action', async () => {
	const { ontogglemicrophone, ontogglecamera, rerender } = open();

	await fireEvent.click(screen.getByRole('button', { name: 'Mute microphone' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Turn camera on' }));
	await rerender({ microphone: off, camera: on });

	screen.getByRole('button', { name: 'Unmute microphone' });
	screen.getByRole('button', { name: 'Turn camera off' });
	expect(ontogglemicrophone).toHaveBeenCalledOnce();
	expect(ontogglecamera).toHaveBeenCalledOnce();
	expect(screen.queryByRole('button', { name: 'Turn on camera and microphone' })).toBeNull();
});

it('given several devices, when another is picked, then that one is asked for', async () => {
	const { onchoose } = open();
	const microphone = screen.getByRole('combobox', { name: 'Microphone' });

	await fireEvent.change(microphone, { target: { value: 'm2' } });

	screen.getByRole('option', { name: 'Microphone 2' });
	expect(onchoose).toHaveBeenCalledExactlyOnceWith('microphone', 'm2');
});

it('given a browser without a choice of speaker, when the page is shown, then it says what is used', () => {
	open({ canChooseSpeaker: false });

	expect(screen.queryByRole('combobox', { name: 'Speaker' })).toBeNull();
	screen.getByText('Follows your system');
});

it('given a join under way, when it takes more than 4 seconds, then the button says so and can be cancelled', async () => {
	const { oncancel, onjoin } = open({ isJoining: true });

	const button = screen.getByRole('button', { name: 'Joining…' });
	await fireEvent.click(button);
	await fireEvent.submit(nameField());
	await vi.advanceTimersByTimeAsync(4000);
	screen.getByRole('button', { name: 'Still joining… waiting for the server' });
	await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));

	expect(onjoin).not.toHaveBeenCalled();
	expect(oncancel).toHaveBeenCalledOnce();
});

it('given a failed attempt, when the page is shown, then it says what happened beside Join', () => {
	open({ joinError: 'server.unreachable' });

	screen.getByText('The server is not answering. We keep trying.');
	join();
});

it('given blocked devices, when the page is shown, then toggles give the reason and asking again is offered', async () => {
	const blocked: ToggleView = { ...off, blockedBy: 'permission' };
	const { onturnon, ontogglecamera } = open({
		access: 'denied',
		microphone: blocked,
		camera: blocked,
		problems: [{ kind: 'both', code: 'media.denied' }]
	});

	await fireEvent.click(screen.getByRole('button', { name: 'Turn camera on' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));

	expect(ontogglecamera).not.toHaveBeenCalled();
	expect(screen.getAllByText('Camera is blocked in the browser')).not.toHaveLength(0);
	expect(onturnon).toHaveBeenCalledOnce();
});

it('given a room that takes the right to speak, when the page is shown, then its toggles are gone', () => {
	const forbidden: ToggleView = { ...off, blockedBy: 'room' };
	open({ microphone: forbidden, camera: forbidden });

	screen.getByText('You can listen and chat in this call');
	expect(screen.queryByRole('button', { name: /microphone/ })).toBeNull();
	expect(screen.queryByRole('button', { name: /Turn camera/ })).toBeNull();
});

it('given a silent microphone, when 5 seconds pass, then it is said, until something is heard', async () => {
	const { rerender } = open({ levelDb: -60 });

	await vi.advanceTimersByTimeAsync(4900);
	expect(screen.queryByText('We cannot hear this microphone')).toBeNull();
	await vi.advanceTimersByTimeAsync(200);
	screen.getByText('We cannot hear this microphone');
	await fireEvent.click(screen.getByRole('button', { name: 'Choose another' }));
	expect(document.activeElement).toBe(screen.getByRole('combobox', { name: 'Microphone' }));
	await rerender({ levelDb: -20 });

	expect(screen.queryByText('We cannot hear this microphone')).toBeNull();
});

it('given a muted microphone, when it is silent, then nothing is said', async () => {
	open({ levelDb: -60, microphone: off });

	await vi.advanceTimersByTimeAsync(10_000);

	expect(screen.queryByText('We cannot hear this microphone')).toBeNull();
});

it.each([
	[null, 'Looking who is here…'],
	[[], 'Nobody is here yet. You can join and wait.'],
	[['Ana'], 'Ana is here'],
	[['Ana', ''], 'Ana and Guest are here'],
	[['Ana', 'Bo', 'Cy', 'Di', 'Ed'], 'Ana, Bo, and 3 others are here']
])('given %j in the call, when the page is shown, then it says %j', (people, words) => {
	open({ people });

	screen.getByText((content) => content.replace(/[\u2068\u2069]/g, '') === words);
});

it('given a server that tells only that a call runs, when the page is shown, then it says no more than that', () => {
	open({ people: null, hasCall: true });

	screen.getByText('A call is going on.');
});

it('given a room without a name, when the page is shown, then its heading is a call', () => {
	open({ roomName: '' });

	screen.getByRole('heading', { level: 1, name: 'Call' });
	expect(document.title).toBe('Join: Call');
});
