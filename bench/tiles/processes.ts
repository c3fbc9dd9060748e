import { readFileSync } from 'node:fs';
import type { CDPSession } from '@playwright/test';

/** Clock ticks are hundredths of a second on every Linux. */
const tickMs = 10;

/** One process of a browser. */
export interface BrowserProcess {
	pid: number;
	/** `renderer`: what runs a page. */
	type: string;
}

export async function processesOf(browser: CDPSession): Promise<BrowserProcess[]> {
	const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
	return processInfo.map(({ id, type }) => ({ pid: id, type }));
}

/** @param stat the line of /proc/<pid>/stat. @returns milliseconds of processor, all threads */
export function cpuMsOf(stat: string): number {
	// the name of the program may hold anything, and ends with the last bracket
	const fields = stat.replace(/^.*\) /s, '').split(' ');
	return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** @returns milliseconds of processor since the process began; 0: it has ended */
export function readCpuMs(pid: number): number {
	try {
		return cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
	} catch {
		return 0;
	}
}

/** @param schedstat of a thread. @returns milliseconds in which it ran, whatever else wanted the processor */
export const mainThreadMsOf = (schedstat: string): number => Number(schedstat.split(' ')[0]) / 1_000_000;

/** Of the first thread of a process, which is where a page's scripts and layout run. */
export const readMainThreadMs = (pid: number): number =>
	mainThreadMsOf(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8'));

/** @param rollup the text of /proc/<pid>/smaps_rollup. @returns bytes that are no other process's as well */
export function privateBytesOf(rollup: string): number {
	const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].map(([, text]) =>
		Number(text)
	);
	return 1_024 * kilobytes.reduce((sum, one) => sum + one, 0);
}

export const readPrivateBytes = (pid: number): number =>
	privateBytesOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));

/** Begins to look at a whole browser. @returns milliseconds of processor for each second until it is called */
export async function watchBrowser(browser: CDPSession): Promise<() => number> {
	const before = (await processesOf(browser)).map(({ pid }) => ({ pid, ms: readCpuMs(pid) }));
	const startedAt = performance.now();
	return () => {
		const spent = before.map(({ pid, ms }) => Math.max(0, readCpuMs(pid) - ms));
		return (1_000 * spent.reduce((sum, one) => sum + one, 0)) / (performance.now() - startedAt);
	};
}
