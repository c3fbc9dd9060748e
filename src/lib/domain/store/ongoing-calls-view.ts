import type { SnapshotFrom } from 'xstate';
import type { RoomToken } from '../../protocol/ids.ts';
import type { ongoingCallsMachine } from './ongoing-calls-machine.ts';
import { surenessOf } from './start-up.ts';

/** One line of the list of calls that may be going on. */
export interface OngoingCallView {
	token: RoomToken;
	roomName: string;
	/** Local clock, unix milliseconds; null: not known. */
	startedAt: number | null;
	/** `live`: the server has just said so. */
	state: 'live' | 'possible';
	/** Our own part in it: open in another tab, or left by a crash a short while ago. */
	own: 'none' | 'elsewhere' | 'rejoin';
}

type Context = SnapshotFrom<typeof ongoingCallsMachine>['context'];

/**
 * First what a person was in, then the newest call. What they left may have ended with them: it is listed only once
 * the server says that it goes on.
 */
export function ongoingCallsView(
	{ rows, reports, answers, offers }: Pick<Context, 'rows' | 'reports' | 'answers' | 'offers'>,
	now: number
): OngoingCallView[] {
	const isTold = (row: { token: RoomToken }) =>
		reports.some(({ token, call }) => token === row.token && call !== null);
	const listed = rows.filter((row) => row.own !== 'left' || isTold(row));
	const views = listed.map((row): OngoingCallView => {
		const isElsewhere = answers.some(
			({ tabId, token }) => token === row.token && tabId === row.tabLease?.tabId
		);
		return {
			token: row.token,
			roomName: row.roomName,
			startedAt: row.startedAt === 0 ? null : row.startedAt * 1_000,
			state: isTold(row) || surenessOf(row, now) === 'sure' ? 'live' : 'possible',
			own: isElsewhere ? 'elsewhere' : offers.includes(row.token) ? 'rejoin' : 'none'
		};
	});
	const rank = ({ own }: OngoingCallView) => ['rejoin', 'elsewhere', 'none'].indexOf(own);
	return views.sort((one, other) => rank(one) - rank(other) || (other.startedAt ?? 0) - (one.startedAt ?? 0));
}
