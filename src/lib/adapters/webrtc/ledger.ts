/** What can be left open by mistake. One entry each: a connection, a captured or cloned track, a graph of sound. */
type ResourceKind = 'peer-connection' | 'track' | 'audio-context' | 'audio-node';

/** How many of each kind; kinds of which there is none are left out. */
export type ResourceCounts = Partial<Record<ResourceKind, number>>;

/**
 * Knows everything that the media edges hold open, by owner. A machine that throws does not stop what it invoked, so
 * its supervisor empties the ledger of that owner; what is still open after a call is a leak.
 */
export interface Ledger {
	/**
	 * @param release closes the resource; called at most once, and only by `releaseOwner`
	 * @returns strikes the entry out without calling `release`: for whoever closed the resource properly. A second
	 * call does nothing.
	 */
	enter(owner: string, kind: ResourceKind, release: () => void): () => void;
	/** Releases all that this owner still holds, newest first. A release that throws is reported and stops no other. */
	releaseOwner(owner: string): void;
	/** What is open now; of one owner, or of all. */
	snapshot(owner?: string): ResourceCounts;
	/** What was ever entered, whatever became of it: an empty ledger of which nobody made use proves nothing. */
	everOpened(): ResourceCounts;
	/**
	 * @param listener called whenever the last entry goes, and at once if there is none
	 * @returns ends it
	 */
	onEmpty(listener: () => void): () => void;
}

interface Entry {
	owner: string;
	kind: ResourceKind;
	release: () => void;
}

/** @param warn gets what a release threw; such a resource counts as released */
export function createLedger(warn: (message: string, cause: unknown) => void): Ledger {
	const entries = new Set<Entry>();
	const ever: ResourceCounts = {};
	const listeners = new Set<() => void>();

	const strike = (entry: Entry): boolean => {
		const wasOpen = entries.delete(entry);
		if (wasOpen && entries.size === 0) for (const listener of [...listeners]) listener();
		return wasOpen;
	};

	return {
		enter: (owner, kind, release) => {
			const entry = { owner, kind, release };
			entries.add(entry);
			count(ever, kind);
			return () => void strike(entry);
		},
		releaseOwner: (owner) => {
			for (const entry of [...entries].reverse()) {
				// a release may have struck out others of this owner meanwhile
				if (entry.owner !== owner || !strike(entry)) continue;
				try {
					entry.release();
				} catch (cause) {
					warn(`could not release a ${entry.kind} of ${owner}`, cause);
				}
			}
		},
		snapshot: (owner) => {
			const counts: ResourceCounts = {};
			for (const entry of entries) {
				if (owner === undefined || entry.owner === owner) count(counts, entry.kind);
			}
			return counts;
		},
		everOpened: () => ({ ...ever }),
		onEmpty: (listener) => {
			const own = () => listener();
			listeners.add(own);
			if (entries.size === 0) own();
			return () => void listeners.delete(own);
		}
	};
}

function count(counts: ResourceCounts, kind: ResourceKind): void {
	counts[kind] = (counts[kind] ?? 0) + 1;
}
