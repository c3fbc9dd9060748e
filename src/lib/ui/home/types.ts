import type { RoomToken } from '$lib/protocol/ids.ts';

/** A room of the recent ones in which a call runs now. */
export interface OngoingRow {
	token: RoomToken;
	roomName: string;
	/** null: not known. */
	peopleCount: number | null;
	/** Local clock, unix milliseconds; null: not known. */
	startedAt: number | null;
}
