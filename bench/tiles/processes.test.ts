import { expect, it } from 'vitest';
import { cpuMsOf, mainThreadMsOf, privateBytesOf } from './processes.ts';

it('given a process with brackets and spaces in its name, when its time is read, then that of user and system counts', () => {
	expect(cpuMsOf('42 (a (odd) name) S 1 1 1 0 -1 4194304 100 0 0 0 250 30 7 8 20 0 12 0 1234 5 6')).toBe(
		2_800
	);
});

it('given the times of a thread, when they are read, then it is the first of them, in milliseconds', () => {
	expect(mainThreadMsOf('2500000 77 3\n')).toBe(2.5);
});

it('given the memory of a process, when it is read, then only what is its own counts', () => {
	const rollup = [
		'5583-7fff ---p 00000000 00:00 0 [rollup]',
		'Rss:              300000 kB',
		'Shared_Clean:     120000 kB',
		'Private_Clean:       100 kB',
		'Private_Dirty:      1900 kB',
		'Private_Hugetlb:       0 kB'
	].join('\n');
	expect(privateBytesOf(rollup)).toBe(2_000 * 1_024);
});
