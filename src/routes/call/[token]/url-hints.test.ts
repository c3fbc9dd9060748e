import { expect, it } from 'vitest';
import type { Preferences } from '$lib/domain/store/ongoing-call.ts';
import { linkOf, readUrlHints, withUrlHints } from './url-hints.ts';

const preferences = { name: 'Nina', microphone: 'off', camera: 'on' } as Preferences;

it.each([
	['?mic=0&cam=0', { microphone: 'off', camera: 'off', name: 'Nina' }],
	['?mic=1&cam=1', { microphone: 'off', camera: 'on', name: 'Nina' }],
	['?name=%20Bo%20', { name: 'Bo', camera: 'on' }],
	['', { name: 'Nina', microphone: 'off', camera: 'on' }]
])(
	'given %j in a link, when the page is opened, then it takes away of what is captured and never adds',
	(search, expected) => {
		expect(withUrlHints(preferences, readUrlHints(search))).toMatchObject(expected);
	}
);

it('given what a link said to one person, when the room is passed on, then it is left out', () => {
	const address = new URL('https://calls.example/call/abc?name=Nina&embed=1#here');

	expect(linkOf(address)).toBe('https://calls.example/call/abc');
});
