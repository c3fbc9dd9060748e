import type { EndReason } from '../../src/lib/domain/call/end-reason.ts';
import { callsOf, type MemberEvent, type MemberInput } from '../../src/lib/domain/call/member-machine.ts';
import type { Profile } from '../../src/lib/domain/call/profile.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId } from '../../src/lib/protocol/ids.ts';
import { microtasks, openMember, relayed } from './peer-call-bench.ts';

export type MemberBench = ReturnType<typeof openMemberBench>;

/** One real member with real peer calls, and short words for what tests ask of it and do to it. */
export function openMemberBench(input: Partial<MemberInput> = {}) {
	const member = openMember(input);
	const broken: unknown[] = [];
	member.actor.subscribe({ error: (error) => broken.push(error) });
	const call = (of: string) => callsOf(member.actor.getSnapshot().children).get(of as CallId);
	return {
		...member,
		broken,
		call,
		calls: () => [...callsOf(member.actor.getSnapshot().children).keys()] as string[],
		context: () => member.actor.getSnapshot().context,
		has: (tag: 'wantsSlot' | 'holdsSlot') => member.actor.getSnapshot().hasTag(tag),
		state: (): string => {
			const { present } = member.actor.getSnapshot().value as { present: string | object };
			return typeof present === 'string' ? present : (Object.keys(present)[0] ?? '');
		},
		post: async (...events: MemberEvent[]) => {
			for (const event of events) member.actor.send(event);
			await microtasks();
		},
		hear: async (...signals: PeerSignal[]) => {
			member.signal(...signals);
			await microtasks();
		},
		/** Time passes at once, whatever happens in microtasks comes after it; `advance` leaves room for them. */
		pass: async (ms: number) => {
			member.clock.advance(ms);
			await microtasks();
		},
		fail: async (of: string, reason: EndReason = 'ice_failed') => {
			call(of)?.send({ type: 'CLOSE', reason });
			await microtasks();
		},
		connect: async (of: string) => {
			call(of)?.send({ type: 'PC_ICE_STATE', state: 'connected' });
			await microtasks();
		},
		sent: (kind: PeerSignal['kind']) =>
			member.sends.filter(({ signal }) => signal.kind === kind).map(({ to, signal }) => ({ to, signal }))
	};
}

/** A member that has dialled, was answered and is connected; with the name of that call. */
export async function openConnectedMember(profile: Profile) {
	const member = openMemberBench({ profile, initiator: 'us' });
	await member.post({ type: 'DIAL' });
	const first = member.context().current ?? ('' as CallId);
	await member.hear(relayed.answer(first));
	await member.connect(first);
	return { member, first };
}
