import type { ActorRefFrom } from 'xstate';
import type { memberMachine } from '../../src/lib/domain/call/member-machine.ts';
import type { TrackId } from '../../src/lib/domain/media/capture.ts';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import { openCallBench, type Party as Caller } from '../support/call-bench.ts';
import type { FakeMediaStreamTrack } from '../support/fake-media.ts';
import { BenchClock } from '../support/peer-call-bench.ts';
import type { Scene, SceneParty } from './invariants.ts';
import { createJournal, watchConnections, type Journal } from './journal.ts';
import { TurnNetwork } from './network.ts';
import type { RoomSetting, RoomStep } from './room-steps.ts';

interface RoomOptions {
	/** Breaks the connection of the first party to the second whenever it is opened. */
	breaks?: boolean;
}

interface Attendee {
	caller: Caller;
	journal: Journal;
	/** Tracks of every screen it ever shared. */
	screens: Set<FakeMediaStreamTrack>;
}

/**
 * A room with two to four parties: real group calls with their members, peer calls and connections, a signaling server
 * in memory, one network and one clock. What is relayed arrives at once; sockets are cut, servers restart, paths fail.
 */
export async function openRoom(setting: RoomSetting, options: RoomOptions = {}) {
	const clock = new BenchClock();
	const network = new TurnNetwork(() => clock.now());
	watchConnections(network);
	const bench = openCallBench({ clock, network, settle: () => network.settle() });
	const attendees: Attendee[] = [];
	const run = { isFaultless: true, isCalm: true };

	const advance = async (ms: number) => {
		const until = clock.now() + ms;
		for (;;) {
			const next = Math.min(clock.next, network.nextExpiry);
			if (next > until) break;
			clock.increment(Math.max(0, next - clock.now()));
			network.expire();
			await network.settle();
		}
		clock.increment(until - clock.now());
		await network.settle();
	};
	const enter = async () => {
		const index = attendees.length;
		// the order of the names is not the order of coming
		const name = `${'mcxa'[index % 4] ?? 'm'}${index}`;
		const journal = createJournal(name, network);
		const caller = bench.openParty(name, {
			profile: setting.profile,
			random: () => setting.chance,
			connections: (real) => {
				const watched = journal.watch(real);
				if (options.breaks !== true || index > 0) return watched;
				const first = { isOpen: false };
				return {
					open: (of, listener) => {
						if (first.isOpen) return watched.open(of, listener);
						first.isOpen = true;
						throw new Error('a broken edge');
					}
				};
			}
		});
		caller.actor.system.inspect({ next: journal.observe });
		attendees.push({ caller, journal, screens: new Set() });
		await caller.join();
	};
	const present = () => attendees.filter(({ caller }) => caller.status() === 'active');
	const pick = (index: number) => present()[index % Math.max(1, present().length)];

	for (let count = 0; count < setting.size; count += 1) await enter();

	const apply = async (step: RoomStep) => {
		if (step.do === 'cut' || step.do === 'path') run.isCalm = false;
		switch (step.do) {
			case 'advance':
				await advance(step.ms);
				break;
			case 'enter':
				if (present().length < 4) await enter();
				break;
			case 'leave':
				await pick(step.who)?.caller.leave();
				break;
			case 'mute': {
				const { caller, screens } = pick(step.who) ?? {};
				const isOn = caller?.media()[step.device] === 'on';
				// silence first, then the announcement
				for (const track of caller?.tracks.values() ?? []) {
					const isMeant = track.kind === (step.device === 'microphone' ? 'audio' : 'video');
					if (isMeant && screens?.has(track) !== true) track.enabled = !isOn;
				}
				caller?.mute(step.device, isOn ? 'off' : 'on');
				break;
			}
			case 'share': {
				const { caller, screens } = pick(step.who) ?? {};
				if (caller === undefined || screens === undefined) break;
				if (caller.media().screen === null) caller.shareScreen();
				else caller.stopScreen();
				const track = caller.tracks.get(caller.media().screen?.tracks.video ?? ('' as TrackId));
				if (track !== undefined) screens.add(track);
				break;
			}
			case 'cut':
				await pick(step.who)?.caller.cut();
				break;
			case 'restart':
				run.isFaultless = false;
				await bench.restart();
				break;
			case 'path':
				network[step.to]();
		}
		await network.settle();
		network.tick();
	};

	const scene = (): Scene => ({
		clock,
		network,
		isFaultless: run.isFaultless,
		isCalm: run.isCalm,
		profile: setting.profile,
		parties: attendees.map(({ caller, journal, screens }) => {
			const isPresent = caller.status() === 'active';
			const media = caller.media();
			return {
				name: caller.name,
				journal,
				ledger: caller.ledger,
				remoteStreams: caller.remoteStreams,
				own: isPresent ? caller.id() : null,
				tracks: [...caller.tracks.values()],
				screens,
				muted: { audio: media.microphone === 'off', video: media.camera === 'off' },
				lease: media.lease ?? { leaseId: 'none', tracks: {} },
				members: isPresent ? membersOf(caller) : [],
				isSharing: media.screen !== null,
				row: caller.row(),
				stage: isPresent ? stageOf(caller) : 'over',
				said: isPresent ? caller.context().said : {}
			};
		})
	});

	return {
		clock,
		network,
		attendees,
		bench,
		apply,
		advance,
		scene,
		/** What each two said to each other, in order; calls are numbered as they come up between the two. */
		transcripts: (): Map<string, string[]> => {
			const nameOf = (session: SessionId) => session.replace(/-\d+$/, '');
			const pairs = new Map<string, string[]>();
			const numbers = new Map<string, Map<string, number>>();
			for (const { from, to, signal, state } of bench.relayed) {
				const pair = [nameOf(from), nameOf(to)].sort().join(' and ');
				const calls = numbers.get(pair) ?? new Map<string, number>();
				numbers.set(pair, calls);
				if (signal !== undefined && !calls.has(signal.callId)) calls.set(signal.callId, calls.size + 1);
				const what =
					signal === undefined ? JSON.stringify(state) : `${signal.kind} of call ${calls.get(signal.callId)}`;
				pairs.set(pair, [...(pairs.get(pair) ?? []), `${nameOf(from)}: ${what}`]);
			}
			return pairs;
		},
		quiesce: async () => {
			network.mend();
			await advance(120_000);
		},
		/** Who had given up tries once more, as when the network comes back. */
		rearm: async () => {
			for (const { caller } of present()) {
				caller.actor.send({ type: 'CONNECT_NOW' });
				for (const [theirs] of Object.entries(caller.members())) {
					caller.actor.send({ type: 'RETRY_MEMBER', memberKey: theirs as SessionId });
				}
			}
			await advance(90_000);
		},
		end: async () => {
			for (const { caller } of present()) await caller.leave();
			await advance(5_000);
		}
	};
}

const carried: Readonly<Record<string, SceneParty['members'][number]['carries']>> = {
	member: 'media',
	'share-in': 'their screen',
	'share-out': 'our screen'
};

const membersOf = (caller: Caller): SceneParty['members'] =>
	Object.entries(caller.actor.getSnapshot().children).flatMap(([id, ref]) => {
		const colon = id.indexOf(':');
		const carries = carried[id.slice(0, colon)];
		if (carries === undefined) return [];
		const theirs = id.slice(colon + 1) as SessionId;
		return [{ theirs, carries, ref: ref as ActorRefFrom<typeof memberMachine> }];
	});

/** How far a call has got, in the words of the store. */
const stageOf = (caller: Caller): string => {
	const value = caller.value();
	return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
};
