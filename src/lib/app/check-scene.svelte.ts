import type { Outcome } from '../domain/check/evidence.ts';
import type { RoomToken } from '../protocol/ids.ts';
import type { OpenCheck } from './check-kit.ts';
import type { Roost } from './create-roost.ts';

/** The connection check of one page: one after the other, as often as somebody wants. What it takes comes with the first. */
export class CheckScene {
	readonly #roost: Roost;
	readonly #browser: Window & typeof globalThis;
	#check: OpenCheck | null = $state.raw(null);
	#isLoading = $state(false);
	#isGone = false;
	/** The part of the app that checks did not load. */
	isPartMissing = $state(false);

	readonly outcomes: readonly Outcome[] = $derived(this.#check?.view.snapshot.context.outcomes ?? []);
	readonly isOver: boolean = $derived(this.#check !== null && this.#check.view.snapshot.status !== 'active');
	readonly isRunning: boolean = $derived(this.#isLoading || (this.#check !== null && !this.isOver));

	constructor(roost: Roost, browser: Window & typeof globalThis) {
		this.#roost = roost;
		this.#browser = browser;
	}

	/** @param name of the guest who checks */
	async start(token: RoomToken, name: string): Promise<void> {
		if (this.isRunning) return;
		this.#isLoading = true;
		this.isPartMissing = false;
		try {
			const { openCheck } = await import('./check-kit.ts');
			if (!this.#isGone) this.#check = openCheck(this.#roost, this.#browser, { token, name });
		} catch (cause) {
			this.#roost.log.warn('the connection check did not load', cause);
			this.isPartMissing = true;
		} finally {
			this.#isLoading = false;
		}
	}

	stop(): void {
		this.#isGone = true;
		this.#check?.stop();
	}
}
