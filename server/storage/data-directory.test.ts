import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeDataDirectory, openDataDirectory } from './data-directory.ts';

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost data '));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('given a place whose parents are not there, when it is opened, then all are made for this user alone', () => {
	const place = join(directory, 'some', 'where');

	makeDataDirectory(place);
	const { secrets } = openDataDirectory(place);

	expect(statSync(join(directory, 'some')).mode & 0o777).toBe(0o700);
	expect(statSync(place).mode & 0o777).toBe(0o700);
	expect(openDataDirectory(place).secrets).toEqual(secrets);
});

it('given a place where nothing can be made, when it is opened, then that is said instead of tried for ever', () => {
	expect(() => {
		makeDataDirectory('/proc/some/where');
	}).toThrow(/mkdir/);
});

it.each(['hello-key.pem', 'ticket.key', 'signaling-internal.secret', 'signaling-hash.key'])(
	'given %s cut off, when the directory is opened, then that is said instead of making do with what is left',
	(name) => {
		openDataDirectory(directory);
		writeFileSync(join(directory, name), 'abcd');

		expect(() => openDataDirectory(directory)).toThrow(name);
	}
);
