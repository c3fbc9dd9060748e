/** What can be left open by mistake. One entry each: a connection, a captured or cloned track, a graph of sound. */
type ResourceKind = 'peer-connection' | 'track' | 'audio-context' | 'audio-node';

/**
 * Knows everything that the media edges hold open, by owner. A machine that throws does not stop what it invoked, so
 * its supervisor empties the ledger of that owner; tests read it to find leaks.
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
	/** How many of each kind are open now; of one owner, or of all. Kinds without an entry are left out. */
	snapshot(owner?: string): Partial<Record<ResourceKind, number>>;
}

interface Entry {
	owner: string;
	kind: ResourceKind;
	release: () => void;
}

/** @param warn gets what a release threw; such a resource counts as released */
export function createLedger(warn: (message: string, cause: unknown) => void): Ledger {
	const entries = new Set<Entry>();

	return {
		enter: (owner, kind, release) => {
			const entry = { owner, kind, release };
			entries.add(entry);
			return () => void entries.delete(entry);
		},
		releaseOwner: (owner) => {
			for (const entry of [...entries].reverse()) {
				// a release may have struck out others of this owner meanwhile
				if (entry.owner !== owner || !entries.delete(entry)) continue;
				try {
					entry.release();
				} catch (cause) {
					warn(`could not release a ${entry.kind} of ${owner}`, cause);
				}
			}
		},
		snapshot: (owner) => {
			const counts: Partial<Record<ResourceKind, number>> = {};
			for (const entry of entries) {
				if (owner === undefined || entry.owner === owner) counts[entry.kind] = (counts[entry.kind] ?? 0) + 1;
			}
			return counts;
		}
	};
}
