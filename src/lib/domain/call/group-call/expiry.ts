import { outOfCall } from '../roster.ts';
import { groupCallBase } from './base.ts';
import { memberAt } from './wiring.ts';

/** Memberships that run out without another word. */

/** Timers of browsers hold 31 bits; a longer one would fire at once. */
const timerMaxMs = 2 ** 31 - 1;

export const expiryActions = {
	/** Memberships that run out each have their own timer; one that is over already ends at once. */
	watchExpiry: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'PARTICIPANTS_CHANGED') return;
		for (const { sessionId, expiresAt } of event.participants) {
			if (expiresAt === undefined || sessionId === context.ownSessionId) continue;
			enqueue.cancel(`expiry:${sessionId}`);
			const delay = Math.min(timerMaxMs, Math.max(0, expiresAt - context.input.ports.now()));
			enqueue.raise({ type: 'MEMBERSHIP_EXPIRED', of: sessionId }, { delay, id: `expiry:${sessionId}` });
		}
	}),
	/** Whoever is connected is there, whatever the membership says; the end of the connection asks once more. */
	expire: groupCallBase.enqueueActions(({ context, event, enqueue, self }) => {
		if (event.type !== 'MEMBERSHIP_EXPIRED' || !Object.hasOwn(context.roster, event.of)) return;
		const { expiresAt } = context.roster[event.of] ?? { expiresAt: null };
		if (expiresAt === null) return;
		const left = expiresAt - context.input.ports.now();
		if (left > 0) {
			enqueue.raise(event, { delay: Math.min(timerMaxMs, left), id: `expiry:${event.of}` });
			return;
		}
		const member = memberAt(self.getSnapshot().children, 'member', event.of);
		if (member?.getSnapshot().context.isConnected === true) return;
		enqueue.assign({ roster: outOfCall(context.roster, [event.of]) });
	})
};
