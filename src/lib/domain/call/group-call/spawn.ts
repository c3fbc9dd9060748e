import type { SessionId } from '../../../protocol/ids.ts';
import type { RosterEntry } from '../roster.ts';
import type { Enqueue } from './base.ts';
import type { GroupCallContext } from './types.ts';
import { inputFor, type Wish } from './wishes.ts';
import { childId } from './wiring.ts';

/** All of them in one step: the children of a call are copied with each step that adds one. */
export function spawn(
	context: GroupCallContext,
	enqueue: Enqueue,
	wish: Wish,
	entries: readonly RosterEntry[],
	pictures: ReadonlySet<SessionId> | null
) {
	const ids = entries.map(({ sessionId }) => childId(wish.kind, sessionId));
	enqueue.assign(({ spawn: start }) => {
		for (const entry of entries) {
			const hasPicture = pictures === null || pictures.has(entry.sessionId);
			const input = inputFor(context, entry, wish, hasPicture);
			start('member', { id: childId(wish.kind, entry.sessionId), input });
		}
		return {};
	});
	enqueue.sendTo('watcher', { type: 'WATCH', ids });
}
