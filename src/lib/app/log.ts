/** How the app tells developers what went wrong; nothing secret, nothing about what people say. */
export interface Log {
	/** For whoever looks for it: browsers show it only when asked. */
	debug: (message: string) => void;
	warn: (message: string, cause?: unknown) => void;
	/** Counts what was left out, by kind; told once for each kind. */
	count: (reason: string) => void;
	counts: () => Readonly<Record<string, number>>;
}

export function createLog(sink: Pick<Console, 'debug' | 'warn'>): Log {
	const counts: Record<string, number> = {};
	const nameOf = (cause: unknown) => (cause instanceof Error ? `${cause.name}: ${cause.message}` : '');
	return {
		debug: (message) => sink.debug(`[roost] ${message}`),
		warn: (message, cause) => sink.warn(`[roost] ${message}`, nameOf(cause)),
		count: (reason) => {
			counts[reason] = (counts[reason] ?? 0) + 1;
			if (counts[reason] === 1) sink.warn(`[roost] left out: ${reason}`);
		},
		counts: () => counts
	};
}
