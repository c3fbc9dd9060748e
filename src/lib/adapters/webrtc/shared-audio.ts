import type { Ledger } from './ledger.ts';

/** A share in the one graph of sound. */
interface AudioShare {
	context: AudioContext;
	/** Gives the share back; the last one closes the context. A second call does nothing. */
	release(): void;
}

/** Browsers allow few audio contexts and each costs a thread, so all of Roost shares one, opened while needed. */
export interface SharedAudio {
	/** @throws what the browser throws when it cannot open a context */
	acquire(): AudioShare;
}

interface AudioEdges {
	/** `() => new AudioContext()` in a browser. */
	createContext: () => AudioContext;
	/** The context is entered under the owner `audio`. */
	ledger: Ledger;
}

export function createSharedAudio({ createContext, ledger }: AudioEdges): SharedAudio {
	let open: { context: AudioContext; leave: () => void } | null = null;
	let shares = 0;

	const close = () => {
		const closing = open;
		open = null;
		shares = 0;
		closing?.leave();
		// closing one that is closed rejects; either way it is gone
		closing?.context.close().catch(() => undefined);
	};

	return {
		acquire: () => {
			if (!open) {
				const context = createContext();
				open = { context, leave: ledger.enter('audio', 'audio-context', close) };
			}
			const { context } = open;
			shares++;
			// without a gesture it may stay suspended; the next share tries again
			if (context.state === 'suspended') context.resume().catch(() => undefined);
			let isHeld = true;
			return {
				context,
				release: () => {
					if (!isHeld || open?.context !== context) return;
					isHeld = false;
					if (--shares === 0) close();
				}
			};
		}
	};
}
