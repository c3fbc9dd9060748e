/** How the app tells developers what went wrong; nothing secret, nothing about what people say. */
export interface Log {
	/** For whoever looks for it: browsers show it only when asked. */
	debug: (message: string) => void;
	warn: (message: string, cause?: unknown) => void;
	/** Counts what was left out, by kind; told once for each kind. */
	count: (reason: string) => void;
	counts: () => Readonly<Record<string, number>>;
	/** The last of it, oldest first. */
	lines: () => readonly LogLine[];
}

export interface LogLine {
	/** Local clock, unix ms. */
	at: number;
	level: 'debug' | 'warn';
	text: string;
}

const linesKept = 500;

/** Keeps the newest. */
export function createRing<Entry>(size: number): { push: (entry: Entry) => void; all: () => Entry[] } {
	const entries: Entry[] = [];
	let next = 0;
	return {
		push: (entry) => {
			entries[next] = entry;
			next = (next + 1) % size;
		},
		all: () => [...entries.slice(next), ...entries.slice(0, next)]
	};
}

/** @param now local clock, unix ms */
export function createLog(sink: Pick<Console, 'debug' | 'warn'>, now: () => number = Date.now): Log {
	const counts: Record<string, number> = {};
	const lines = createRing<LogLine>(linesKept);
	const nameOf = (cause: unknown) => (cause instanceof Error ? `${cause.name}: ${cause.message}` : '');
	const tell = (level: LogLine['level'], message: string, detail?: string) => {
		lines.push({ at: now(), level, text: detail ? `${message} (${detail})` : message });
		if (detail === undefined) sink[level](`[roost] ${message}`);
		else sink[level](`[roost] ${message}`, detail);
	};
	return {
		debug: (message) => tell('debug', message),
		warn: (message, cause) => tell('warn', message, nameOf(cause)),
		count: (reason) => {
			counts[reason] = (counts[reason] ?? 0) + 1;
			if (counts[reason] === 1) tell('warn', `left out: ${reason}`);
		},
		counts: () => counts,
		lines: () => lines.all()
	};
}
