import type { Dials } from '../../src/lib/domain/call/group-call/dials.ts';
import type { ActorRefFrom } from 'xstate';
import { memberMachine } from '../../src/lib/domain/call/member-machine.ts';
import type { PeerConnections } from '../../src/lib/domain/call/peer-connection.ts';
import type { TrackId } from '../../src/lib/domain/media/capture.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import { openCallBench, type Party as Caller } from '../support/call-bench.ts';
import type { FakeMediaStreamTrack } from '../support/fake-media.ts';
import { BenchClock } from '../support/peer-call-bench.ts';
import type { Scene, SceneParty } from './invariants.ts';
import { createJournal, watchConnections, type Journal } from './journal.ts';
import { TurnNetwork } from './network.ts';
import type { RoomSetting, RoomStep } from './room-steps.ts';
import { promptMs } from './steps.ts';

interface Attendee {
	caller: Caller;
	journal: Journal;
	/** Tracks of every screen it ever shared. */
	screens: Set<FakeMediaStreamTrack>;
	hasLeft: boolean;
	sleep: ReturnType<typeof sleepingClock>;
}

/** Time as a machine has it that is asleep now and then: what is due meanwhile happens when it wakes up. */
function sleepingClock(clock: BenchClock) {
	const state = { isAsleep: false };
	let missed: (() => void)[] = [];
	/** Of every timer ever set: one that is due during sleep may still be cleared. */
	const cancels = new Map<number, () => void>();
	return {
		clock: {
			now: () => clock.now(),
			setTimeout: (run: () => void, ms: number) => {
				let isOff = false;
				const due = () => {
					if (isOff) return;
					if (state.isAsleep) missed.push(due);
					else run();
				};
				const id = clock.setTimeout(due, ms);
				cancels.set(id, () => (isOff = true));
				return id;
			},
			clearTimeout: (id: number) => {
				cancels.get(id)?.();
				clock.clearTimeout(id);
			}
		},
		begin: () => void (state.isAsleep = true),
		end: () => {
			state.isAsleep = false;
			const due = missed;
			missed = [];
			for (const run of due) run();
		}
	};
}

/** What the fault of a schedule throws; the journals do not hold it against the machines. */
const onPurpose = 'broken on purpose';
const brings: Readonly<Record<RoomSetting['has'][number], { audio: boolean; video: boolean }>> = {
	both: { audio: true, video: true },
	audio: { audio: true, video: false },
	nothing: { audio: false, video: false }
};
const nameOf = (session: SessionId) => session.replace(/-\d+$/, '');

/**
 * A room with two to four parties: real group calls with their members, peer calls and connections, a signaling server
 * in memory, with or without a media server, one network and one clock. Sockets are cut, servers restart, paths fail.
 */
export async function openRoom(setting: RoomSetting) {
	const clock = new BenchClock();
	const network = new TurnNetwork(() => clock.now());
	watchConnections(network);
	/** How long things are on their way, and when the last of those under way arrives at the latest. */
	const wire = { delayMs: 0, until: 0 };
	const bench = openCallBench({
		clock,
		network,
		settle: () => network.settle(),
		carry: (arrive) => {
			const at = Math.max(clock.now() + wire.delayMs, wire.until);
			if (at === clock.now()) arrive();
			else clock.setTimeout(arrive, at - clock.now());
		}
	});
	if (setting.profile === 'sfu') bench.setMediaServer(true);
	if (setting.isPulled === true) bench.setPulled();
	const attendees: Attendee[] = [];
	const run = { isFaultless: true, isCalm: true };
	/** How many of the next signals are lost, by `from>to` as the names of the parties. */
	const losses = new Map<string, number>();
	const isLost = (from: string, to: string, signal: PeerSignal): boolean => {
		const left = losses.get(`${from}>${to}`) ?? 0;
		if (left > 0) losses.set(`${from}>${to}`, left - 1);
		return left > 0 && !isSaidOnce(setting.profile, signal);
	};
	const fault = { left: setting.fault?.nth ?? 0, struck: null as Struck | null };
	/** @returns whether this is the occasion on which it has to happen */
	const strikes = (struck: Struck): boolean => {
		if (fault.struck !== null) return false;
		fault.left -= 1;
		if (fault.left >= 0) return false;
		fault.struck = struck;
		return true;
	};
	const present = () => attendees.filter(({ caller }) => caller.status() === 'active');
	/**
	 * Whose times depend on what others do: who had more to dial than they may at once, since a failure there makes room
	 * for others earlier, and who came back into the call, since any list that tells of it lets them go on.
	 */
	const dependent = new Set<string>();
	/** When each signal was relayed. */
	const relayedAt: number[] = [];
	const settle = async () => {
		await network.settle();
		while (relayedAt.length < bench.relayed.length) relayedAt.push(clock.now());
		for (const { caller } of present()) {
			if (isCrowded(caller.context().dials) || isReturning(caller)) dependent.add(caller.name);
		}
	};

	const advance = async (ms: number) => {
		const until = clock.now() + ms;
		// what is on its way without time passing comes first
		await settle();
		for (;;) {
			const next = Math.min(clock.next, network.nextExpiry);
			if (next > until) break;
			clock.increment(Math.max(0, next - clock.now()));
			network.expire();
			await settle();
		}
		clock.increment(until - clock.now());
		await settle();
	};
	const enter = async () => {
		const index = attendees.length;
		// the order of the names is not the order of coming
		const name = `${'mcxa'[index % 4] ?? 'm'}${index}`;
		const journal = createJournal(name, network, () => clock.now());
		const at = setting.fault?.who === index ? setting.fault.at : null;
		const sleep = sleepingClock(clock);
		const caller = bench.openParty(name, {
			clock: sleep.clock,
			profile: setting.profile === 'native' ? 'native' : 'talkMesh',
			has: brings[setting.has[index] ?? 'both'],
			random: () => setting.chance,
			drops: (signal, to) => isLost(name, nameOf(to), signal),
			hears: (event) =>
				event.type !== 'PEER_SIGNAL_RECEIVED' || !isLost(`server>${nameOf(event.from)}`, name, event.signal),
			connections: (real) => {
				const watched = journal.watch(real);
				return at === null || at === 'member' ? watched : fragile(watched, at, strikes);
			},
			...(at === 'member' ? { member: fragileMember(strikes) } : {})
		});
		caller.actor.system.inspect({ next: journal.observe });
		// as its owner does with what the room no longer lets us send
		caller.actor.on('PUBLISHING_REVOKED', ({ audio, video, screen }) => {
			queueMicrotask(() => {
				if (audio || video) {
					for (const track of caller.tracks.values()) {
						const isRevoked = track.kind === 'audio' ? audio : video;
						if (isRevoked && !attendee.screens.has(track)) track.enabled = false;
					}
					caller.setMedia({
						...(audio ? { microphone: 'off' as const } : {}),
						...(video ? { camera: 'off' as const } : {})
					});
				}
				if (screen && caller.media().screen !== null) caller.stopScreen();
			});
		});
		const attendee: Attendee = { caller, journal, sleep, screens: new Set(), hasLeft: false };
		attendees.push(attendee);
		await caller.join();
		return attendee;
	};
	const pick = (index: number) => present()[index % Math.max(1, present().length)];

	for (let count = 0; count < setting.has.length; count += 1) await enter();

	const apply = async (step: RoomStep) => {
		switch (step.do) {
			case 'advance':
				await advance(step.ms);
				break;
			case 'outage':
				run.isCalm = false;
				await bench.stopSockets();
				await advance(step.ms);
				bench.startServer();
				break;
			case 'slow':
				// what is under way is not overtaken
				wire.until = Math.max(wire.until, clock.now() + wire.delayMs);
				wire.delayMs = step.ms;
				if (step.ms > promptMs) run.isFaultless = false;
				break;
			case 'lose': {
				const [one, other] = [pick(step.who), pick(step.other)].map((each) => each?.caller.name);
				if (one === undefined || other === undefined) break;
				run.isFaultless = false;
				losses.set(step.way === 'to' ? `${one}>${other}` : `server>${other}>${one}`, step.count);
				break;
			}
			case 'refuse': {
				const session = pick(step.who)?.caller.id();
				if (session !== undefined) bench.mediaServer.refuse(session, step.count);
				break;
			}
			case 'break':
			case 'renew': {
				const [client, publisher] = [pick(step.who), pick(step.other)].map((each) => each?.caller.id());
				if (client === undefined || publisher === undefined) break;
				if (step.do === 'renew') {
					bench.mediaServer.renew(client, publisher);
					break;
				}
				run.isCalm = false;
				const purpose = step.of === 'media' ? 'usermedia' : 'screenshare';
				if (bench.mediaServer.endOf(client, publisher, purpose) !== undefined) {
					bench.mediaServer.breakLeg(client, publisher, purpose);
				}
				break;
			}
			case 'enter':
				if (present().length < 4) await enter();
				break;
			case 'leave': {
				const attendee = pick(step.who);
				if (attendee === undefined) break;
				attendee.hasLeft = true;
				await attendee.caller.leave();
				break;
			}
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
				run.isCalm = false;
				await pick(step.who)?.caller.cut();
				break;
			case 'restart':
				run.isFaultless = false;
				await bench.restart();
				break;
			case 'silence':
				run.isCalm = false;
				run.isFaultless = false;
				// a question that is not answered fails by itself
				if (setting.isPulled === true) await pick(step.who)?.caller.cut();
				else pick(step.who)?.caller.freeze();
				break;
			case 'sleep': {
				const { caller, sleep, journal } = pick(step.who) ?? {};
				if (caller === undefined || sleep === undefined || journal === undefined) break;
				run.isCalm = false;
				run.isFaultless = false;
				sleep.begin();
				if (setting.isPulled === true) await caller.cut();
				else caller.freeze();
				const asleep = [...journal.calls.values()].flatMap(({ connection }) => connection ?? []);
				for (const connection of asleep) network.asleep.add(connection);
				await advance(step.ms);
				network.asleep.clear();
				for (const record of journal.calls.values()) {
					// nobody can do anything about a path while asleep
					if (record.lostSince !== null) record.lostSince += step.ms;
				}
				sleep.end();
				break;
			}
			case 'hurry':
				for (let time = 0; time < step.times && present().length < 4; time += 1) {
					const attendee = await enter();
					await advance(step.ms);
					if (time === step.times - 1) break;
					attendee.hasLeft = true;
					attendee.caller.actor.send({ type: 'LEAVE' });
				}
				break;
			case 'forget': {
				const { caller } = pick(step.who) ?? {};
				run.isFaultless = false;
				run.isCalm = false;
				if (caller === undefined || caller.id() === '') break;
				await bench.forget(caller.id());
				await caller.cut();
				break;
			}
			case 'permit': {
				const session = pick(step.who)?.caller.id();
				const { audio, video, screen } = step;
				const permissions = { publishAudio: audio, publishVideo: video, publishScreen: screen };
				run.isCalm = false;
				run.isFaultless = false;
				if (session !== undefined && session !== '')
					await bench.describe(session, {
						permissions: { startCall: true, joinCall: true, chat: true, ...permissions }
					});
				break;
			}
			case 'end': {
				const attendee = pick(step.who);
				if (attendee?.caller.value() === undefined) break;
				run.isFaultless = false;
				run.isCalm = false;
				for (const each of present().map(({ caller }) => attendees.find((one) => one.caller === caller)))
					if (each !== undefined) each.hasLeft = true;
				attendee.caller.actor.send({ type: 'LEAVE', forEveryone: true });
				break;
			}
			case 'defy': {
				const { journal } = pick(step.who) ?? {};
				run.isFaultless = false;
				run.isCalm = false;
				for (const { connection } of journal?.calls.values() ?? []) {
					for (let time = 0; time < step.count; time += 1) {
						if (connection?.isClosed === false) connection.refuseNext(step.operation);
					}
				}
				break;
			}
			case 'path':
				// a restart of ICE mends what has only failed; towards a media server there is none
				if (step.to !== 'fail') {
					run.isCalm = false;
					network[step.to]();
				} else if (!network.fail() || setting.profile === 'sfu') run.isCalm = false;
		}
		await settle();
		network.tick();
	};

	const scene = (): Scene => ({
		clock,
		network,
		isFaultless: run.isFaultless && fault.struck === null,
		isCalm: run.isCalm,
		profile: setting.profile,
		...(setting.profile === 'sfu' ? { mediaServer: bench.mediaServer } : {}),
		...(fault.struck?.member != null
			? {
					brokenMember: {
						party: attendees[setting.fault?.who ?? -1]?.caller.name ?? '',
						member: fault.struck.member
					}
				}
			: {}),
		parties: attendees.map(({ caller, journal, screens, hasLeft }) => {
			const isPresent = caller.status() === 'active';
			// what of it the room lets it send
			const { media } = caller.context();
			return {
				name: caller.name,
				journal: { ...journal, broken: journal.broken.filter((error) => !String(error).includes(onPurpose)) },
				ledger: caller.ledger,
				remoteStreams: caller.remoteStreams,
				own: isPresent ? caller.id() : null,
				tracks: [...caller.tracks.values()],
				screens,
				muted: { audio: media.microphone === 'off', video: media.camera === 'off' },
				lease: media.lease ?? { leaseId: 'none', tracks: {} },
				members: isPresent ? membersOf(caller) : [],
				isSharing: media.screen !== null,
				isPublishing: media.has.audio || media.has.video,
				crash: {
					row: caller.row(),
					stage: isPresent ? stageOf(caller) : 'over',
					isSettled: linkOf(caller) === 'online',
					own: caller.context().ownSessionId,
					key: keyOf(caller),
					choice: caller.choice(),
					now: caller.now()
				},
				said: isPresent ? caller.context().said : {},
				isThrownOut: !isPresent && !hasLeft
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
		/** What each two said to each other and when, in order; calls are numbered as they come up between the two. */
		transcripts: (): Transcripts => {
			const pairs: Transcripts = new Map();
			const numbers = new Map<string, Map<string, number>>();
			for (const [index, { from, to, signal, state }] of bench.relayed.entries()) {
				const pair = pairOf(nameOf(from), nameOf(to));
				const calls = numbers.get(pair) ?? new Map<string, number>();
				numbers.set(pair, calls);
				if (signal !== undefined && !calls.has(signal.callId)) calls.set(signal.callId, calls.size + 1);
				const what =
					signal === undefined ? JSON.stringify(state) : `${signal.kind} of call ${calls.get(signal.callId)}`;
				const line = `${relayedAt[index] ?? clock.now()} ms ${nameOf(from)}: ${what}`;
				pairs.set(pair, [...(pairs.get(pair) ?? []), line]);
			}
			return pairs;
		},
		dependent,
		/**
		 * Whom the fault of the schedule concerns; null: it has not happened.
		 * @returns whether a pair may say something else because of it
		 */
		concerned: (): ((pair: string) => boolean) | null => {
			const party = attendees[setting.fault?.who ?? -1];
			if (fault.struck === null || party === undefined) return null;
			const { callId, member } = fault.struck;
			const id = member ?? party.journal.calls.get(callId)?.member ?? '';
			const [kind = '', of = ''] = id.split(':');
			// what we publish concerns all who get it from the server
			const isOwn = kind === 'publisher' || kind === 'screen' || of === '';
			const { name } = party.caller;
			return (pair) =>
				isOwn ? pair.split(' and ').includes(name) : pair === pairOf(name, nameOf(of as SessionId));
		},
		quiesce: async () => {
			network.mend();
			wire.until = Math.max(wire.until, clock.now() + wire.delayMs);
			wire.delayMs = 0;
			losses.clear();
			await advance(120_000);
		},
		/** Who had given up tries once more, as when the network comes back. */
		rearm: async () => {
			// a member that broke is put back when somebody is listed anew
			await bench.announce();
			for (const { caller } of present()) {
				caller.actor.send({ type: 'CONNECT_NOW' });
				for (const [theirs] of Object.entries(caller.members())) {
					caller.actor.send({ type: 'RETRY_MEMBER', memberKey: theirs as SessionId });
				}
			}
			await advance(90_000);
		},
		end: async () => {
			for (const attendee of attendees) attendee.hasLeft = true;
			for (const { caller } of present()) await caller.leave();
			await advance(5_000);
		}
	};
}

const carried: Readonly<Record<string, SceneParty['members'][number]['carries']>> = {
	member: 'media',
	publisher: 'our media',
	screen: 'our screen',
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

/** By pair of names. */
export type Transcripts = Map<string, string[]>;
const pairOf = (one: string, other: string) => [one, other].sort().join(' and ');

/** Where the fault has happened. */
type Struck = { callId: CallId; member: null } | { callId: null; member: string };

/** Not repaired by anybody: the wire loses nothing short of a session, and with it goes what was said there. */
const isSaidOnce = (profile: RoomSetting['profile'], signal: PeerSignal): boolean =>
	signal.kind === 'send_offer' ||
	(profile === 'sfu' && signal.kind === 'invite' && signal.purpose === 'screenshare');

/** Connections of which one cannot be opened, or throws. */
const fragile = (
	real: PeerConnections,
	at: 'open' | 'command',
	strikes: (struck: Struck) => boolean
): PeerConnections => ({
	open: (options, listener) => {
		const struck: Struck = { callId: options.callId, member: null };
		if (at === 'open' && strikes(struck)) throw new Error(onPurpose);
		const edge = real.open(options, listener);
		return {
			...edge,
			command: (command) => {
				if (at === 'command' && strikes(struck)) throw new Error(onPurpose);
				edge.command(command);
			}
		};
	}
});

/** A member machine that throws on one signal. */
const fragileMember = (strikes: (struck: Struck) => boolean) =>
	memberMachine.provide({
		guards: {
			isInvite: ({ context, event }) => {
				if (event.type !== 'SIGNAL' && event.type !== 'SIGNAL_DUE') return false;
				const kind = context.purpose === 'usermedia' ? 'member' : 'share-in';
				const own = context.theirs.id === context.ours.id ? 'publisher' : kind;
				if (strikes({ callId: null, member: `${own}:${context.theirs.id}` })) throw new Error(onPurpose);
				return event.signal.kind === 'invite';
			}
		}
	});

const keyOf = (caller: Caller) => {
	const { account, room, tabId } = caller.engine().input;
	return { account, token: room.token, roomName: room.name, tabId };
};
const linkOf = (caller: Caller): string | null => {
	const value = caller.value();
	return typeof value === 'object' && 'joined' in value ? value.joined.link : null;
};

const isReturning = (caller: Caller): boolean => ![null, 'online', 'offline'].includes(linkOf(caller));

/** How far a call has got, in the words of the store. */
const stageOf = (caller: Caller): string => {
	const value = caller.value();
	return typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
};

/** Somebody waits for a set-up of somebody else. */
const isCrowded = ({ queued }: Dials): boolean =>
	[queued.capped, queued.free].some(({ next, rest }) => next.length + rest.size > 0);
