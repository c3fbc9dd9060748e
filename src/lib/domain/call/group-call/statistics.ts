import { summarise, type StatsSample } from '../call-stats.ts';
import { linksBetween, type LinkSample } from '../links.ts';
import { callsOf } from '../member-machine.ts';
import { groupCallBase } from './base.ts';
import { pictureOf } from './wishes.ts';
import { kinds, memberIds, membersOf, type Children } from './wiring.ts';

/** How well media gets through: every so often, each connection is asked for its counters. */

/** The counters of every connection that is up, whatever it carries. */
const linkSamplesOf = (children: Children): LinkSample[] =>
	kinds.flatMap((kind) =>
		[...membersOf(children, kind)].flatMap(([memberKey, ref]) => {
			const member = ref.getSnapshot();
			const { current, isConnected } = member.context;
			const call = current === null ? undefined : callsOf(member.children).get(current);
			const stats = call?.getSnapshot().context.stats ?? null;
			return current === null || !isConnected || stats === null
				? []
				: [{ callId: current, kind, memberKey, stats }];
		})
	);

export const statisticsActions = {
	watchStats: groupCallBase.assign(({ event }) =>
		event.type === 'WATCH_STATS' ? { statsEveryMs: event.everyMs } : {}
	),
	askForStats: groupCallBase.enqueueActions(({ context, enqueue }) => {
		for (const id of memberIds(context.wiring)) enqueue.sendTo(id, { type: 'GATHER_STATS' });
	}),
	sumUpStats: groupCallBase.enqueueActions(({ context, enqueue, self }) => {
		const { children } = self.getSnapshot();
		const linkSamples = linkSamplesOf(children);
		const now = context.input.ports.now();
		const links = linksBetween(context.linkStats, linkSamples, now - context.linksAt);
		enqueue.assign({
			links,
			linksAt: now,
			linkStats: new Map(linkSamples.map(({ callId, stats }) => [callId, stats]))
		});
		const samples: StatsSample[] = [];
		let expected = 0;
		for (const [id, ref] of membersOf(children, 'member')) {
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
					video: presence?.video === true && said?.camera !== 'off' && pictureOf(context, id) !== 'none'
				}
			});
		}
		const { collected, summary } = summarise(context.collected, samples, expected);
		enqueue.assign({ collected, stats: summary });
	}),
	/** The next one who watches begins with nothing, as after a new connection. */
	forgetStats: groupCallBase.assign({
		collected: new Map(),
		stats: null,
		links: [],
		linkStats: new Map(),
		linksAt: 0
	})
};
