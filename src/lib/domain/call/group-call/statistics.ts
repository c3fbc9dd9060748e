import { summarise, type StatsSample } from '../call-stats.ts';
import { callsOf } from '../member-machine.ts';
import { groupCallBase } from './base.ts';
import { memberIds, membersOf } from './wiring.ts';

/** How well media gets through: every so often, each connection is asked for its counters. */

export const statisticsActions = {
	watchStats: groupCallBase.assign(({ event }) =>
		event.type === 'WATCH_STATS' ? { statsEveryMs: event.everyMs } : {}
	),
	askForStats: groupCallBase.enqueueActions(({ context, enqueue }) => {
		for (const id of memberIds(context.wiring, ['member'])) enqueue.sendTo(id, { type: 'GATHER_STATS' });
	}),
	sumUpStats: groupCallBase.enqueueActions(({ context, enqueue, self }) => {
		const samples: StatsSample[] = [];
		let expected = 0;
		for (const [id, ref] of membersOf(self.getSnapshot().children, 'member')) {
			const member = ref.getSnapshot();
			const { current, isConnected } = member.context;
			// neither side has anything to send: nothing is missing
			if (member.matches({ present: 'idle' })) continue;
			expected += 1;
			const call = current === null ? undefined : callsOf(member.children).get(current);
			const stats = call?.getSnapshot().context.stats ?? null;
			if (current === null || !isConnected || stats === null) continue;
			const presence = context.roster[id]?.presence;
			const said = context.said[id];
			samples.push({
				callId: current,
				stats,
				sends: {
					audio: presence?.audio === true && said?.microphone !== 'off',
					video: presence?.video === true && said?.camera !== 'off'
				}
			});
		}
		const { collected, summary } = summarise(context.collected, samples, expected);
		enqueue.assign({ collected, stats: summary });
	}),
	/** The next one who watches begins with nothing, as after a new connection. */
	forgetStats: groupCallBase.assign({ collected: new Map(), stats: null })
};
