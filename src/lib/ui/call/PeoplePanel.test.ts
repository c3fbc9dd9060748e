import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import type { PersonView } from '$lib/domain/call/call-view.ts';
import type { PeopleView } from '$lib/domain/moderation/people-view.ts';
import type { SessionId } from '$lib/protocol/ids.ts';
import PeoplePanel from './PeoplePanel.svelte';

// jsdom measures nothing
vi.stubGlobal(
	'ResizeObserver',
	class {
		observe() {}
		unobserve() {}
		disconnect() {}
	}
);

const person = (name: string, more: Partial<PersonView> = {}): PersonView => ({
	memberKey: name.toLowerCase() as SessionId,
	name,
	microphone: 'on',
	camera: 'off',
	isSharing: false,
	handOrder: null,
	isModerator: false,
	...more
});
const own = person('Me', { memberKey: 'self', isModerator: true });
const plain: PeopleView = {
	moderates: 'no',
	waiting: [],
	inRoom: [],
	moderators: new Set(),
	guests: new Set(),
	isLobbyClosed: false,
	isLocked: false,
	isStale: false
};
const hosting: PeopleView = { ...plain, moderates: 'all' };
const away = (attendeeId: number, name: string) => ({
	attendeeId,
	key: `attendee-${attendeeId}`,
	name,
	isModerator: false
});

function open(props: Partial<ComponentProps<typeof PeoplePanel>> = {}) {
	const intentions = {
		ondeed: vi.fn(),
		onorder: vi.fn(),
		onask: vi.fn(),
		oninvite: vi.fn(),
		onclose: vi.fn()
	};
	render(PeoplePanel, { people: [own, person('Ana'), person('Bo')], room: hosting, ...intentions, ...props });
	return intentions;
}
const namesIn = (group: string) =>
	within(screen.getByRole('list', { name: group }))
		.getAllByRole('listitem')
		.map((row) => row.querySelector('bdi')?.textContent);
const choose = async (button: RegExp | string, item: string) => {
	await fireEvent.click(screen.getByRole('button', { name: button }));
	await fireEvent.click(screen.getByRole('menuitem', { name: item }));
};

it('given hands, voices and names, when the list is shown, then hands come first by time, then who spoke, then the others by name', () => {
	const people = [
		person('Zoe', { isSpeaking: true }),
		person('Émile'),
		person('Eva'),
		person('Dan', { handOrder: 2 }),
		person('Cem', { handOrder: 1 }),
		person('ada')
	];
	open({ people });

	expect(namesIn('Raised hands')).toEqual(['Cem', 'Dan']);
	expect(namesIn('In call')).toEqual(['Zoe', 'ada', 'Émile', 'Eva']);
});

it('given nine people, when one is searched for, then that one is left; for nobody by that name the list says so', async () => {
	open({ people: Array.from({ length: 9 }, (_, index) => person(`Guest ${index + 1}`)) });
	const search = screen.getByRole('searchbox', { name: 'Search people' });

	await fireEvent.input(search, { target: { value: 'guest 7' } });
	expect(namesIn('In call')).toEqual(['Guest 7']);
	await fireEvent.input(search, { target: { value: 'xavier' } });

	screen.getByText('No one by that name');
});

it('given eight people, when the list is shown, then there is nothing to search with', () => {
	open({ people: Array.from({ length: 8 }, (_, index) => person(`Guest ${index + 1}`)) });

	expect(screen.queryByRole('searchbox')).toBeNull();
});

it('given a moderator, when somebody’s menu is used, then each is asked for, and removing is a question first', async () => {
	const { ondeed, onorder, onask } = open({ people: [own, person('Ana', { handOrder: 1 })] });

	await choose(/^Options for .?Ana/, 'Mute');
	await choose(/^Options for .?Ana/, 'Lower hand');
	await choose(/^Options for .?Ana/, 'Make moderator');
	await choose(/^Options for .?Ana/, 'Remove');

	expect(onorder.mock.calls).toEqual([
		[{ kind: 'mute', whom: ['ana'] }],
		[{ kind: 'lower-hand', whom: ['ana'] }]
	]);
	expect(ondeed.mock.calls).toEqual([[{ kind: 'promote', whom: 'ana', name: 'Ana' }]]);
	expect(onask.mock.calls).toEqual([[{ kind: 'remove', whom: 'ana', name: 'Ana' }]]);
});

it('given somebody who moderates already, when their menu is opened, then the rights can be taken away', async () => {
	open({ room: { ...hosting, moderators: new Set(['ana' as SessionId]) } });

	await fireEvent.click(screen.getByRole('button', { name: /^Options for .?Ana/ }));

	screen.getByRole('menuitem', { name: 'Take moderator rights away' });
	expect(screen.queryByRole('menuitem', { name: 'Make moderator' })).toBeNull();
});

it('given a guest, when the list is shown, then nothing of a moderator is offered, and others can be invited', async () => {
	const { oninvite } = open({ room: plain });

	expect(screen.queryByRole('button', { name: 'Moderator controls' })).toBeNull();
	expect(screen.queryByRole('button', { name: /^Options for/ })).toBeNull();
	await fireEvent.click(screen.getByRole('button', { name: 'Invite' }));

	expect(oninvite).toHaveBeenCalledOnce();
});

it('given a server that lets guests who moderate do less, when its menus are opened, then they offer no more than that', async () => {
	open({ room: { ...hosting, moderates: 'some' } });

	await fireEvent.click(screen.getByRole('button', { name: 'Moderator controls' }));
	expect(screen.getAllByRole('menuitem').map(({ textContent }) => textContent.trim())).toEqual([
		'End for everyone'
	]);
	await fireEvent.keyDown(screen.getByRole('menu'), { key: 'Escape' });
	await fireEvent.click(screen.getByRole('button', { name: /^Options for .?Ana/ }));

	expect(screen.getAllByRole('menuitem').map(({ textContent }) => textContent.trim())).toEqual([
		'Make moderator',
		'Remove'
	]);
});

it('given all who are heard and have a hand up, when everyone is muted and all hands lowered, then exactly those are meant', async () => {
	const people = [own, person('Ana', { microphone: 'off', handOrder: 1 }), person('Bo')];
	const { onorder } = open({ people });

	await choose('Moderator controls', 'Mute everyone');
	await choose('Moderator controls', 'Lower all hands');

	expect(onorder.mock.calls).toEqual([
		[{ kind: 'mute', whom: ['bo'] }],
		[{ kind: 'lower-hand', whom: ['ana'] }]
	]);
});

it('given others in the call, when the lobby is to be closed, then that is a question, since they would be out; opening it is none', async () => {
	const { onask, ondeed } = open();
	await choose('Moderator controls', 'Turn lobby on');
	expect(onask).toHaveBeenCalledExactlyOnceWith({ kind: 'lobby' });
	expect(ondeed).not.toHaveBeenCalled();
});

it('given a closed lobby with two who wait, when one and then all are let in, then the server is asked for that', async () => {
	const { ondeed } = open({
		room: {
			...hosting,
			isLobbyClosed: true,
			waiting: [away(5, 'Gustav'), away(6, '')],
			inRoom: [away(7, 'Rita')]
		}
	});
	expect(namesIn('Waiting in lobby')).toEqual(['Guest', 'Gustav']);
	expect(namesIn('In the room')).toEqual(['Rita']);

	await fireEvent.click(screen.getByRole('button', { name: /^Admit .?Gustav/ }));
	await fireEvent.click(screen.getByRole('button', { name: 'Admit all' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Turn lobby off' }));

	expect(ondeed.mock.calls).toEqual([
		[{ kind: 'admit', whom: 5, name: 'Gustav' }],
		[{ kind: 'admit-all' }],
		[{ kind: 'lobby', isOn: false }]
	]);
});

it('given 300 people, when the list is shown, then only those near what is seen are in the page, each with its place', () => {
	open({
		people: Array.from({ length: 300 }, (_, index) => person(`Guest ${String(index).padStart(3, '0')}`))
	});

	const rows = screen.getAllByRole('listitem');
	expect(rows.length).toBeLessThan(60);
	expect(rows[0]?.getAttribute('aria-setsize')).toBe('300');
	expect(rows[0]?.getAttribute('aria-posinset')).toBe('1');
});
