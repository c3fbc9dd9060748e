import type { OngoingCallView } from '$lib/domain/store/ongoing-calls-view.ts';

/** A room in which a call runs, or may run. */
export interface OngoingRow extends OngoingCallView {
	/** null: not known. */
	peopleCount: number | null;
}
