import { fireEvent, render, screen, within } from '@testing-library/svelte';
import type { ComponentProps } from 'svelte';
import { expect, it, vi } from 'vitest';
import type { Outcome } from '$lib/domain/check/evidence.ts';
import { check } from '../messages/check.ts';
import CheckScreen from './CheckScreen.svelte';

const page: Outcome = { probe: 'page', state: 'ok', fact: '', hint: null };
const turn: Outcome = {
	probe: 'turn',
	target: 'turn:turn.example:3478?transport=udp',
	state: 'fail',
	fact: 'error 401',
	hint: 'turn-secret'
};
const blocked: Outcome = { ...turn, state: 'warn', fact: 'timeout', hint: 'turn-udp-blocked' };

function open(props: Partial<ComponentProps<typeof CheckScreen>> = {}) {
	const intentions = { onstart: vi.fn(), oncopy: vi.fn(() => Promise.resolve(true)) };
	const given = { server: 'talk.example', outcomes: [], isRunning: false, isOver: false };
	const { rerender } = render(CheckScreen, { ...given, ...intentions, ...props });
	return { ...intentions, rerender };
}

it('given a link of a call, when the check is started, then it is for that room', async () => {
	const { onstart } = open({ initialText: 'demo' });

	await fireEvent.click(screen.getByRole('button', { name: 'Check' }));

	expect(onstart).toHaveBeenCalledExactlyOnceWith('demo', 'Connection check');
});

it.each(['', 'not a link!', 'https://other.example/call/demo'])(
	'given "%s", when the check is started, then the field is wrong and nothing else happens',
	async (initialText) => {
		const { onstart } = open({ initialText });
		const field = screen.getByRole('textbox', { name: 'Call link or code' });

		await fireEvent.click(screen.getByRole('button', { name: 'Check' }));

		expect(onstart).not.toHaveBeenCalled();
		expect(field.getAttribute('aria-invalid')).toBe('true');
		expect(document.activeElement).toBe(field);
		screen.getByText(check.notALink);
	}
);

it('given a wrong TURN secret, when the result is shown, then its row says so in words, with what to change', () => {
	open({ outcomes: [page, turn], isOver: true });

	screen.getByRole('heading', { level: 2, name: 'Something is in the way of calls' });
	const table = screen.getByRole('table', { name: 'Results' });
	const row = within(table).getByRole('row', { name: /^TURN turn:turn\.example/ });
	expect(row.textContent).toContain('Failed');
	expect(row.textContent).toContain(check.hints['turn-secret']);
	const fine = within(table).getByRole('row', { name: /^Page/ });
	expect(fine.textContent).toContain('OK');
});

it.each([
	[[page], 'Everything a call needs works'],
	[[page, blocked], 'Calls work, with limits'],
	[[page, blocked, turn], 'Something is in the way of calls']
] as const)('given %o, when all is over, then the verdict is: %s', (outcomes, verdict) => {
	open({ outcomes, isOver: true });

	screen.getByRole('heading', { level: 2, name: verdict });
});

it('given a check under way, when its button is pressed, then nothing more is asked for, and nothing can be copied', async () => {
	const { onstart } = open({ initialText: 'demo', outcomes: [page], isRunning: true });

	await fireEvent.click(screen.getByRole('button', { name: 'Checking…' }));

	expect(onstart).not.toHaveBeenCalled();
	expect(screen.queryByRole('button', { name: 'Copy report' })).toBeNull();
});

it('given a result, when it is copied, then the report holds each row and its advice', async () => {
	const { oncopy } = open({ outcomes: [page, turn], isOver: true });

	await fireEvent.click(screen.getByRole('button', { name: 'Copy report' }));

	expect(oncopy).toHaveBeenCalledExactlyOnceWith(
		[
			'OK | Page',
			'Failed | TURN | turn:turn.example:3478?transport=udp | error 401',
			`  ${check.hints['turn-secret']}`
		].join('\n')
	);
	await screen.findByRole('button', { name: 'Report copied' });
});

it('given the same address twice, when the result is shown, then both rows are there', () => {
	open({ outcomes: [turn, turn], isOver: true });

	expect(screen.getAllByRole('row', { name: /^TURN/ })).toHaveLength(2);
});
