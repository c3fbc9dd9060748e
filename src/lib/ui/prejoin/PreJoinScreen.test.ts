import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import type { LobbyView, ToggleView } from '$lib/domain/call/call-view.ts';
import { pageCodeOf } from '../error/error-text.ts';
import PreJoinScreen from './PreJoinScreen.svelte';
// what the page loads later is there: no test waits for it to be compiled
import './Recording.svelte';
import './Waiting.svelte';

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
		onleave: vi.fn(),
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
		speakerTest: 'idle',
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

it('given a speaker that plays nothing, when it was tested, then that is said', async () => {
	const { rerender } = open();
	expect(screen.queryByText(/The tone could not be played/)).toBeNull();

	await rerender({ speakerTest: 'failed' });

	expect(screen.getByRole('alert').textContent).toContain('The tone could not be played');
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

it('given a join that takes more than 20 seconds, when Try again is pressed, then it begins anew and the check is one press away', async () => {
	const { oncancel, onjoin } = open({ isJoining: true });
	await vi.advanceTimersByTimeAsync(19_900);
	expect(screen.queryByText('Joining takes longer than usual')).toBeNull();
	await vi.advanceTimersByTimeAsync(200);

	screen.getByText('Joining takes longer than usual');
	expect(screen.getByRole('link', { name: 'Check connection' }).getAttribute('href')).toBe('/check');
	await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));

	expect(oncancel).toHaveBeenCalledOnce();
	expect(onjoin).toHaveBeenCalledExactlyOnceWith({ name: 'Nina', media: 'chosen' });
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

it.each(['media.denied', 'media.system', 'media.none', 'media.busy'] as const)(
	'given devices that cannot be opened (%s), when the page is shown, then the code of the reason is on it',
	(code) => {
		open({ access: 'denied', problems: [{ kind: 'camera', code }] });

		screen.getByText(pageCodeOf(code));
	}
);

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

it('given a headset plugged in while another was chosen, when the page is shown, then it is offered and one press takes it', async () => {
	const { onchoose } = open({
		offered: { kind: 'microphone', deviceId: 'm2', groupId: '', label: 'New headset' }
	});

	screen.getByText((content) => content.replace(/[\u2068\u2069]/g, '') === 'Use New headset?');
	await fireEvent.click(screen.getByRole('button', { name: 'Use' }));

	expect(onchoose).toHaveBeenCalledExactlyOnceWith('microphone', 'm2');
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

const passwordField = () => screen.getByLabelText<HTMLInputElement>('Password');
const typePassword = (value: string) => fireEvent.input(passwordField(), { target: { value } });

it('given a room without a password, when the page is shown, then none is asked for', () => {
	open();

	expect(screen.queryByLabelText('Password')).toBeNull();
});

it('given a room with a password, when the form is submitted in its field, then it joins with what was typed', async () => {
	const { onjoin } = open({ asksPassword: true });

	await typePassword(' open sesame ');
	await fireEvent.submit(passwordField());

	expect(passwordField()).toMatchObject({ type: 'password', autocomplete: 'current-password' });
	expect(onjoin).toHaveBeenCalledExactlyOnceWith({
		name: 'Nina',
		media: 'chosen',
		password: ' open sesame '
	});
});

it('given a wrong password, when the answer is there, then the field says so, has the focus and what was typed selected', async () => {
	const { rerender } = open({ asksPassword: true });
	await typePassword('open says me');
	await rerender({ isJoining: true });
	expect(passwordField().readOnly).toBe(true);

	await rerender({ isJoining: false, passwordProblem: { kind: 'wrong' } });

	const field = passwordField();
	expect(field.value).toBe('open says me');
	expect(document.activeElement).toBe(field);
	expect([field.selectionStart, field.selectionEnd]).toEqual([0, 12]);
	expect(field.getAttribute('aria-invalid')).toBe('true');
	const hint = document.getElementById(field.getAttribute('aria-describedby') ?? '');
	expect(hint?.textContent).toContain('That password did not work.');
});

it('given too many tries, when the answer is there, then the page says how long to wait, until it is over', async () => {
	open({ asksPassword: true, passwordProblem: { kind: 'throttled', retryAt: Date.now() + 30_000 } });

	screen.getByText('Too many tries.');
	await vi.waitFor(() => screen.getByText('Wait 30 seconds.'));
	await vi.advanceTimersByTimeAsync(31_000);

	screen.getByText('You can try again now.');
});

it('given a typed password, when Show is pressed, then it can be read, and hidden again', async () => {
	open({ asksPassword: true });
	await typePassword('open sesame');

	await fireEvent.click(screen.getByRole('button', { name: 'Show' }));
	expect(passwordField()).toMatchObject({ type: 'text', value: 'open sesame' });
	await fireEvent.click(screen.getByRole('button', { name: 'Hide' }));

	expect(passwordField()).toMatchObject({ type: 'password', value: 'open sesame' });
});

const lobby: LobbyView = {
	kind: 'lobby',
	description: '',
	isCameraPaused: false,
	opensAt: 0,
	isMoved: false,
	isEntering: false
};

it('given a lobby, when we wait, then the page says that it lets us in by itself, the preview stays, and Leave leaves', async () => {
	const { onleave, ontogglemicrophone } = open({ lobby });

	const heading = await vi.waitFor(() => screen.getByRole('heading', { name: 'Waiting to be let in' }));
	await vi.waitFor(() => expect(document.activeElement).toBe(heading));
	screen.getByText(/You join by yourself then/);
	expect(document.title).toBe('Waiting: Planning');
	expect(screen.queryByRole('button', { name: 'Join' })).toBeNull();
	await fireEvent.click(screen.getByRole('button', { name: 'Mute microphone' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Leave' }));

	expect(ontogglemicrophone).toHaveBeenCalledOnce();
	expect(onleave).toHaveBeenCalledOnce();
});

it('given a lobby with a timer, when time passes, then the page says when it opens and how long that is', async () => {
	open({ lobby: { ...lobby, opensAt: Date.now() + 12 * 60_000 } });

	await vi.waitFor(() => screen.getByText(/^This call opens at .+, in 12 minutes\./));
	await vi.advanceTimersByTimeAsync(11 * 60_000 + 5_000);
	screen.getByText(/, in 1 minute\./);
	await vi.advanceTimersByTimeAsync(60_000);

	screen.getByText(/^This call opens any moment\./);
});

it('given a lobby that closed during the call, when it opens, then the page says both', async () => {
	const { rerender } = open({ lobby: { ...lobby, isMoved: true } });
	await vi.waitFor(() => screen.getByRole('heading', { name: 'The moderator moved everyone to the lobby' }));

	await rerender({ lobby: { ...lobby, isEntering: true } });

	screen.getByText('The call is open. Joining…');
});

it('given a call that has not started, when we wait, then the page says so with its code, and what the room says', async () => {
	open({ lobby: { ...lobby, kind: 'not-started', description: 'Every Monday' } });

	await vi.waitFor(() => screen.getByRole('heading', { name: 'The call has not started' }));
	screen.getByText(/You join by yourself when it starts/);
	screen.getByText('Every Monday');
	screen.getByText('R-NOTSTARTED');
});

it('given a call that is full, when Try now is pressed, then it is asked again at once', async () => {
	const ontrynow = vi.fn();
	open({ lobby: { ...lobby, kind: 'full' }, ontrynow });

	await fireEvent.click(await vi.waitFor(() => screen.getByRole('button', { name: 'Try now' })));

	screen.getByText('R-FULL');
	expect(ontrynow).toHaveBeenCalledOnce();
});

it('given a lobby that opens at a time, when it is waited for, then that can go to a calendar', async () => {
	open({ lobby: { ...lobby, opensAt: Date.UTC(2027, 0, 2, 14, 30) } });

	const link = await vi.waitFor(() => screen.getByRole('link', { name: 'Add to calendar' }));

	expect(decodeURIComponent(link.getAttribute('href') ?? '')).toContain('DTSTART:20270102T143000Z');
	expect(link.getAttribute('download')).toBe('call.ics');
});

it('given a long wait, when the camera was paused, then the page says so', async () => {
	open({ lobby: { ...lobby, isCameraPaused: true } });

	await vi.waitFor(() => screen.getByText(/^Your camera was paused after 30 minutes/));
});

it('given consent that is needed, when it is not given, then Join says why, and with it the consent goes along', async () => {
	const { onjoin } = open({ asksConsent: true, isRecording: true, name: 'Ann' });
	const consent = await vi.waitFor(() => screen.getByRole('checkbox', { name: /may be recorded/ }));
	screen.getByText('This call is being recorded.');
	const join = screen.getByRole('button', { name: 'Join' });
	expect(join.getAttribute('aria-disabled')).toBe('true');
	for (const name of ['Join', 'Join without camera or mic']) {
		consent.blur();
		await fireEvent.click(screen.getByRole('button', { name }));
		expect(document.activeElement).toBe(consent);
	}
	expect(onjoin).not.toHaveBeenCalled();
	const [reason] = screen.getAllByText('Agree to the recording to join', { selector: 'p' });
	expect(consent.getAttribute('aria-describedby')).toBe(reason?.id);

	await fireEvent.click(consent);
	expect(screen.queryByText('Agree to the recording to join')).toBeNull();
	await fireEvent.click(join);

	expect(onjoin).toHaveBeenCalledExactlyOnceWith({ name: 'Ann', media: 'chosen', consent: true });
});

it('given a lobby, when Notify me was answered, then the focus is on the title of the page', async () => {
	const requestPermission = () => Promise.resolve('granted' as const);
	vi.stubGlobal('Notification', { permission: 'default', requestPermission });
	open({ lobby });
	const button = await vi.waitFor(() => screen.getByRole('button', { name: 'Notify me' }));
	button.focus();

	await fireEvent.click(button);

	await vi.waitFor(() => expect(button.isConnected).toBe(false));
	expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Waiting to be let in' }));
	vi.unstubAllGlobals();
});

it('given a press of Join without camera or mic, when it becomes Cancel and that is pressed, then the focus stays', async () => {
	const { rerender } = open();
	const button = screen.getByRole('button', { name: 'Join without camera or mic' });
	button.focus();

	await rerender({ isJoining: true });
	expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Cancel' }));
	await rerender({ isJoining: false });
	expect(document.activeElement).toBe(button);
});

it('given a hint whose button has the focus, when it goes, then Join has it', async () => {
	const { rerender } = open({ problems: [{ kind: 'both', code: 'media.denied' }] });
	screen.getByRole('button', { name: 'Try again' }).focus();

	await rerender({ problems: [] });

	expect(document.activeElement).toBe(join());
});
