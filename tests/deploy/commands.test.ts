import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

// programs start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const commands = [
	'start',
	'test',
	'dev',
	'check',
	'build',
	'fix',
	'backup',
	'bots',
	'conformance',
	'fuzz',
	'mutation',
	'protocol-table',
	'search',
	'speed',
	'ux-checklist'
];

/** @param words as typed behind the name of the command */
const run = (command: string, ...words: string[]) =>
	spawnSync(process.execPath, [`scripts/${command}.mjs`, ...words], {
		cwd: root,
		encoding: 'utf8',
		timeout: 20_000
	});

it.each(commands)('given an option that %s does not have, when it is run, then it is refused', (command) => {
	const { status, stdout, stderr } = run(command, '--no-such-option');

	expect(status).toBe(2);
	expect(stdout).toBe('');
	expect(stderr).toContain('no-such-option');
});

it.each(commands)('given --help, when %s is run, then it says how it is used', (command) => {
	const { status, stdout } = run(command, '--help');

	expect(status).toBe(0);
	expect(stdout).toMatch(/^npm (run )?[\w:]+/);
});
