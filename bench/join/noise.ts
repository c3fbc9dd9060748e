import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** Clock ticks are hundredths of a second on every Linux. */
const tickMs = 10;

/** What the rest of the machine did during one measurement. */
export interface Noise {
	load: number;
	/** Share of all processors that others used; null where the system does not tell. */
	othersShare: number | null;
}

interface Ticks {
	busy: number;
	own: number;
}

/** @returns undefined where there is no /proc */
function readTicks(): Ticks | undefined {
	try {
		const [all = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
		// idle and waiting for disks are no work
		const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = all
			.split(/\s+/)
			.slice(1)
			.map(Number);
		return { busy: user + nice + system + irq + softirq + steal, own: ownTicks() };
	} catch {
		return undefined;
	}
}

/** Of this process and everything that it started. */
function ownTicks(): number {
	const parents = new Map<number, { parent: number; ticks: number }>();
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		try {
			// the name of the program may hold anything, and ends with the last bracket
			const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
				.replace(/^.*\) /s, '')
				.split(' ');
			parents.set(Number(name), {
				parent: Number(fields[1]),
				ticks: Number(fields[11]) + Number(fields[12])
			});
		} catch {
			// ended meanwhile
		}
	}
	const isOwn = (pid: number): boolean => {
		if (pid === process.pid) return true;
		const found = parents.get(pid);
		return found !== undefined && found.parent > 1 && isOwn(found.parent);
	};
	let sum = 0;
	for (const [pid, { ticks }] of parents) if (isOwn(pid)) sum += ticks;
	return sum;
}

/** Begins to look at the machine. @returns what was seen until it is called; before any process of ours ends */
export function watchNoise(): () => Noise {
	const before = readTicks();
	const startedAt = performance.now();
	return () => {
		const [load = 0] = loadavg();
		const after = readTicks();
		if (before === undefined || after === undefined) return { load, othersShare: null };
		const others = (after.busy - before.busy - (after.own - before.own)) * tickMs;
		const all = (performance.now() - startedAt) * cpus().length;
		return { load, othersShare: Math.min(1, Math.max(0, others / all)) };
	};
}
