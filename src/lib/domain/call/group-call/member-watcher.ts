import { fromCallback, type AnyActorRef, type SnapshotFrom } from 'xstate';
import { callsOf, type memberMachine } from '../member-machine.ts';

type MemberSnapshot = SnapshotFrom<typeof memberMachine>;

/** What of a member the call and its tiles go by; plain values, compared one by one. */
function digestOf(member: MemberSnapshot): readonly unknown[] {
	const { current, isConnected, escalates, retries, lastError } = member.context;
	const call = current === null ? undefined : callsOf(member.children).get(current)?.getSnapshot().context;
	const { present } = member.value as { present: string | object };
	return [
		typeof present === 'string' ? present : Object.keys(present)[0],
		member.hasTag('wantsSlot'),
		member.hasTag('holdsSlot'),
		current,
		isConnected,
		escalates,
		retries,
		lastError,
		call?.isIceUp,
		call?.iceState,
		call?.streamKey,
		call?.tracks.audio,
		call?.tracks.video,
		call?.streams
	];
}

/**
 * Tells the call which of its members changed. A member takes dozens of steps to connect and a handful matters here:
 * of a thousand members, not every step of each is to wake the call and those who look at it. Stopped members end
 * their part by themselves.
 */
export const memberWatcher = fromCallback<
	{ type: 'WATCH'; ids: readonly string[] },
	{ call: AnyActorRef },
	{ type: 'MEMBERS_CHANGED'; ids: readonly string[] }
>(({ input, receive, sendBack }) => {
	receive(({ ids }) => {
		const { children } = input.call.getSnapshot() as { children: Record<string, AnyActorRef | undefined> };
		for (const id of ids) {
			const member = children[id];
			if (member === undefined) continue;
			let known = digestOf(member.getSnapshot() as MemberSnapshot);
			const look = (snapshot: MemberSnapshot) => {
				const digest = digestOf(snapshot);
				if (digest.every((value, index) => value === known[index])) return;
				known = digest;
				sendBack({ type: 'MEMBERS_CHANGED', ids: [id] });
			};
			// what breaks it is told to the call by itself
			member.subscribe({ next: look, error: () => undefined });
		}
		// a crowd that comes at once is one piece of news
		sendBack({ type: 'MEMBERS_CHANGED', ids });
	});
});
