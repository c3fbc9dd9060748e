import { errorCodeOf } from '../../domain/errors.ts';
import type { CallReport } from '../../domain/store/start-up.ts';
import type { TalkApi } from '../../domain/talk-api.ts';
import type { RoomToken } from '../../protocol/ids.ts';

/** Rooms asked about at once: more would be a burst for a list nobody scrolls. */
const askedMax = 10;

/**
 * In which of these rooms a call runs. A guest has no list of rooms: each is asked for itself, the first ten of them.
 * @returns what was told; a room whose answer did not come is left out
 * @throws `server.unreachable` and its like when no answer came at all
 */
export const createCallList =
	(api: Pick<TalkApi, 'lookUpRoom'>) =>
	async (tokens: readonly RoomToken[]): Promise<CallReport[]> => {
		const answers = await Promise.allSettled(tokens.slice(0, askedMax).map((token) => reportOf(api, token)));
		const reports = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
		const failure = answers.find((answer) => answer.status === 'rejected');
		if (reports.length === 0 && failure !== undefined) throw failure.reason;
		return reports;
	};

async function reportOf(api: Pick<TalkApi, 'lookUpRoom'>, token: RoomToken): Promise<CallReport> {
	try {
		const { hasCall, callStartedAt, name } = await api.lookUpRoom(token);
		if (!hasCall) return { token, call: null };
		return { token, call: { startedAt: callStartedAt, roomName: name, kind: 'video', sessions: null } };
	} catch (cause) {
		if (errorCodeOf(cause) === 'room.not-found') return { token, call: null };
		throw cause;
	}
}
