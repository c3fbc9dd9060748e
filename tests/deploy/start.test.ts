import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const ways = {
	'package.json': /"start": "(.*)"/,
	'deploy/Dockerfile': /^CMD (.*)$/m,
	'deploy/systemd/roost.service': /^ExecStart=(.*)$/m
};
const optionsIn = (file: keyof typeof ways) =>
	ways[file].exec(readFileSync(new URL(file, root), 'utf8'))?.[1]?.match(/--[\w-]+(=\w+)?/g);

it('given the ways to start Roost, when each is read, then all start Node.js with the same options', () => {
	expect(optionsIn('package.json')).toContain('--max-semi-space-size=4');
	for (const file of ['deploy/Dockerfile', 'deploy/systemd/roost.service'] as const)
		expect(optionsIn(file), file).toEqual(optionsIn('package.json'));
});
