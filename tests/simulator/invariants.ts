import type { ActorRefFrom, AnyActorRef, SnapshotFrom } from 'xstate';
import type { Ledger } from '../../src/lib/adapters/webrtc/ledger.ts';
import type { RemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import type { memberMachine } from '../../src/lib/domain/call/member-machine.ts';
import type { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type { Muted } from '../../src/lib/domain/call/peer-call/setup.ts';
import type { MediaLease } from '../../src/lib/domain/call/peer-connection.ts';
import { phaseOf } from '../../src/lib/domain/call/wait-for-phase.ts';
import type { SaidState } from '../../src/lib/domain/call/roster.ts';
import type { OngoingCall } from '../../src/lib/domain/store/ongoing-call.ts';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import type { FakeMediaStreamTrack } from '../support/fake-media.ts';
import type { FakeNetwork } from '../support/fake-network.ts';
import type { BenchClock } from '../support/peer-call-bench.ts';
import { listenedTo, type CallRecord, type Journal } from './journal.ts';

/** What the invariants look at: facts of a run of two or more parties, at one moment. */
export interface Scene {
	clock: BenchClock;
	network: FakeNetwork;
	/** No message was lost, doubled or refused, and nobody came or went. */
	isFaultless: boolean;
	/** Paths and signaling were never interrupted. */
	isCalm: boolean;
	profile: 'native' | 'talkMesh';
	parties: SceneParty[];
}

export interface SceneParty {
	name: string;
	journal: Journal;
	ledger: Ledger;
	remoteStreams: RemoteStreams;
	/** null: not in the call. */
	own: SessionId | null;
	tracks: FakeMediaStreamTrack[];
	/** Those of them that show a screen: the buttons for camera and microphone do not concern them. */
	screens: ReadonlySet<FakeMediaStreamTrack>;
	muted: Muted;
	lease: MediaLease;
	members: {
		theirs: SessionId;
		/** Camera and microphone, or in Talk's mesh a screen: theirs, or ours. */
		carries: 'media' | 'their screen' | 'our screen';
		ref: ActorRefFrom<typeof memberMachine>;
	}[];
	/** Of whole group calls only: the row in the store of ongoing calls, and how far the call has got. */
	row?: OngoingCall | undefined;
	stage?: string;
	isSharing?: boolean;
	/** What others have said about themselves. */
	said?: Readonly<Record<SessionId, SaidState>>;
}

type PeerSnapshot = SnapshotFrom<typeof peerCallMachine>;

/** What is wrong, in words; nothing: all is well. */
type Findings = string[];
type Invariant = (scene: Scene) => Findings;

const snapshotOf = ({ ref }: SceneParty['members'][number]) => ref.getSnapshot();
const stateOf = (member: SceneParty['members'][number]): string => {
	const { present } = snapshotOf(member).value as { present: string | object };
	return typeof present === 'string' ? present : (Object.keys(present)[0] ?? '');
};
const childrenOf = (ref: AnyActorRef): [string, AnyActorRef][] =>
	Object.entries(
		(ref.getSnapshot() as { children: Record<string, AnyActorRef | undefined> }).children
	).flatMap(([id, child]) => (child === undefined ? [] : [[id, child]]));
/** The peer calls of a member that have not ended. */
const callsOf = (member: SceneParty['members'][number]): { callId: string; snapshot: PeerSnapshot }[] =>
	childrenOf(member.ref)
		.filter(([id]) => id.startsWith('peer:'))
		.map(([id, child]) => ({ callId: id.slice(5), snapshot: child.getSnapshot() as PeerSnapshot }));
const currentOf = (member: SceneParty['members'][number]): PeerSnapshot | undefined => {
	const { current } = snapshotOf(member).context;
	return callsOf(member).find(({ callId }) => callId === current)?.snapshot;
};
const recordsOf = (scene: Scene): CallRecord[] =>
	scene.parties.flatMap(({ journal }) => [...journal.calls.values()]);
const named = (record: CallRecord) => `${record.party}: call ${record.callId}`;

/** Each two parties that know each other, from both ends. */
function* pairsOf(scene: Scene) {
	for (const [index, one] of scene.parties.entries()) {
		for (const other of scene.parties.slice(index + 1)) {
			if (one.own === null || other.own === null) continue;
			const find = (from: SceneParty, to: SceneParty) =>
				from.members.find(({ theirs, carries }) => theirs === to.own && carries === 'media');
			const [here, there] = [find(one, other), find(other, one)];
			yield { one, other, here, there };
		}
	}
}

const waits: ReadonlySet<string> = new Set([
	'idle',
	'waiting',
	'queued',
	'overdue',
	'retryWait',
	'replaceWait',
	'ended',
	'failed'
]);

/** I1: both sides converge. After quiescence each pair is up on the same call, or neither is and both know it. */
export const convergence: Invariant = (scene) =>
	[...pairsOf(scene)].flatMap(({ one, other, here, there }) => {
		if (here === undefined || there === undefined)
			return [`${one.name} and ${other.name} do not know each other`];
		const [mine, theirs] = [stateOf(here), stateOf(there)];
		const states = `${one.name} is ${mine}, ${other.name} is ${theirs}`;
		if (mine === 'up' && theirs === 'up') {
			const [a, b] = [snapshotOf(here).context.current, snapshotOf(there).context.current];
			if (a !== b) return [`${states}, but on ${a} and ${b}`];
			const phases = [currentOf(here), currentOf(there)].map((peer) => peer && phaseOf(peer));
			if (phases.some((phase) => phase !== 'connected')) return [`${states}, but ${phases.join(' and ')}`];
			const [at, to] = [one, other].map(({ journal }) =>
				a === null ? null : journal.calls.get(a)?.connection
			);
			const isSame = at != null && scene.network.otherOf(at) === to;
			return isSame ? [] : [`${states}, but their descriptions of ${a} do not match`];
		}
		return waits.has(mine) && waits.has(theirs) ? [] : [states];
	});

/** I1, once those who had given up were asked to try again: with a healthy network each pair is up. */
export const connection: Invariant = (scene) =>
	[...pairsOf(scene)].flatMap(({ one, other, here, there }) => {
		const [mine, theirs] = [here, there].map((member) => member && stateOf(member));
		const hasNothing = mine === 'idle' && theirs === 'idle' && scene.profile === 'talkMesh';
		if (hasNothing) return [];
		return mine === 'up' && theirs === 'up' ? [] : [`${one.name} is ${mine}, ${other.name} is ${theirs}`];
	});

/** I1 for screens in Talk's mesh: whoever shares one is seen by everybody else, and nobody else is. */
export const screens: Invariant = (scene) =>
	scene.profile === 'native'
		? []
		: [...pairsOf(scene)].flatMap(({ one, other }) =>
				[
					{ sharer: one, viewer: other },
					{ sharer: other, viewer: one }
				].flatMap(({ sharer, viewer }) => {
					const stateAt = (at: SceneParty, of: SessionId | null, carries: string) => {
						const member = at.members.find((each) => each.theirs === of && each.carries === carries);
						return member === undefined ? 'nothing' : stateOf(member);
					};
					const shown = stateAt(viewer, sharer.own, 'their screen');
					const sent = stateAt(sharer, viewer.own, 'our screen');
					const wanted = sharer.isSharing === true ? 'up' : 'nothing';
					return shown === wanted && sent === wanted
						? []
						: [`${sharer.name} shares: ${wanted}, sends: ${sent}, ${viewer.name} sees: ${shown}`];
				})
			);

/** I2: exactly one call of a pair survives set-up glare, and it is the one that the rule names. */
export const survivor: Invariant = (scene) => {
	if (!scene.isFaultless) return [];
	return [...pairsOf(scene)].flatMap(({ one, other, here, there }) => {
		if (here === undefined || there === undefined) return [];
		const up = snapshotOf(here).context.current;
		if (up === null || up !== snapshotOf(there).context.current) return [];
		const placed = [one, other].map(({ journal }) =>
			[...journal.calls.values()].filter((call) => call.placed)
		);
		const [mine, theirs] = placed;
		if (mine?.length !== 1 || theirs?.length !== 1 || !mine[0] || !theirs[0]) return [];
		// one was answered before the other was placed, or ended for a reason of its own: no glare
		const calls = [mine[0].callId, theirs[0].callId].sort();
		const isGlare = [mine[0], theirs[0]].every(({ callId }) =>
			recordsOf(scene).every(
				(record) => record.callId !== callId || record.ends.every((end) => end.reason === 'replaced')
			)
		);
		if (!isGlare) return [];
		const larger = (one.own ?? '') > (other.own ?? '') ? mine[0].callId : theirs[0].callId;
		const winner = scene.profile === 'native' ? calls[0] : larger;
		return up === winner ? [] : [`${up} survives glare of ${calls.join(' and ')}, not ${winner}`];
	});
};

/** I3: no candidate is applied before a remote description, none after close. */
export const candidatesInTime: Invariant = (scene) =>
	recordsOf(scene).flatMap((record) => [
		...(record.candidatesTooEarly > 0
			? [`${named(record)}: ${record.candidatesTooEarly} candidates too early`]
			: []),
		...(record.candidatesTooLate > 0
			? [`${named(record)}: ${record.candidatesTooLate} candidates after close`]
			: [])
	]);

/** I4: no candidate of the chosen party that was received is lost. Those of an earlier path count no more. */
export const candidatesKept: Invariant = (scene) =>
	scene.parties.flatMap(({ members, journal }) =>
		members.flatMap((member) => {
			const { current } = snapshotOf(member).context;
			const record = current === null ? undefined : journal.calls.get(current);
			const connection = record?.connection;
			if (record === undefined || connection == null || connection.isClosed) return [];
			const { remote } = connection.fragments;
			if (remote === '') return [];
			const described = connection.currentRemoteDescription?.sdp ?? '';
			const isKnown = (text: string) =>
				connection.appliedCandidates.includes(text) || described.includes(text);
			const lost = record.heard.filter((text) => text.endsWith(`ufrag ${remote}`) && !isKnown(text));
			return lost.map((text) => `${named(record)}: was lost: ${text}`);
		})
	);

/** I5: after the end no timer, no listener, no open connection is left of a call. */
export const nothingLeft: Invariant = (scene) =>
	scene.parties.flatMap(({ members, journal }) => {
		const alive = new Set(members.flatMap((member) => callsOf(member).map(({ callId }) => callId)));
		const over = [...journal.calls.values()].filter(({ opened, callId }) => opened > 0 && !alive.has(callId));
		const leaks = over.flatMap((record) => {
			const { connection, isClosed } = record;
			if (connection === null) return [];
			return [
				...(isClosed && connection.isClosed
					? []
					: [`${named(record)}: its connection is open after the end`]),
				...listenedTo(connection).map((type) => `${named(record)}: still listens to ${type}`)
			];
		});
		const timers = members.flatMap(({ ref }) =>
			timersOf(ref).filter((owner) => owner.startsWith('peer:') && !alive.has(owner.slice(5)))
		);
		return [...leaks, ...timers.map((owner) => `${owner}: a timer is pending after the end`)];
	});

/** Ids of the actors of a system that wait for a timer. The name is the library's own: good enough for a test. */
function timersOf(ref: AnyActorRef): string[] {
	const { _scheduledEvents: scheduled } = ref.system.getSnapshot() as unknown as {
		_scheduledEvents: Record<string, { source: AnyActorRef }>;
	};
	return Object.values(scheduled).map(({ source }) => source.id);
}

/** I6: after everybody has left, the ledger is empty, every connection closed, every received track ended, no timer set. */
export const nothingHeld: Invariant = ({ clock, network, parties }) => [
	...parties.flatMap(({ name, ledger }) =>
		Object.entries(ledger.snapshot()).map(([kind, count]) => `${name}: the ledger has ${count} ${kind}`)
	),
	...(network.openConnections > 0 ? [`${network.openConnections} connections are open`] : []),
	...network.connections.flatMap((connection) =>
		connection
			.getReceivers()
			.filter(({ track }) => track.readyState !== 'ended')
			.map(({ track }) => `a received ${track.kind} track is not ended`)
	),
	...(clock.pending > 0 ? [`${clock.pending} timers are set`] : [])
];

/** I7: each peer call reports its end at most once, with one reason; exactly once when its owner lives on. */
export const oneEnd: Invariant = (scene) =>
	scene.parties.flatMap(({ journal, members }) => {
		const alive = new Set(members.flatMap((member) => callsOf(member).map(({ callId }) => callId)));
		return [...journal.calls.values()].flatMap((record) => {
			const { ends, callId } = record;
			if (ends.length > 1) return [`${named(record)}: ended ${ends.length} times`];
			const tombstoned = members.some((member) =>
				snapshotOf(member).context.tombstones.includes(record.callId)
			);
			if (
				record.opened > 0 &&
				ends.length === 0 &&
				!alive.has(callId) &&
				tombstoned &&
				journal.broken.length === 0
			)
				return [`${named(record)}: is over and has not said so`];
			return [];
		});
	});

/** I8: at most one call of a member is current; another one waits in limbo or says goodbye. Only the current one shows streams. */
export const oneCurrent: Invariant = (scene) =>
	scene.parties.flatMap(({ name, members }) =>
		members.flatMap((member) => {
			const { current, limbo } = snapshotOf(member).context;
			return callsOf(member).flatMap(({ callId, snapshot }) => {
				const phase = phaseOf(snapshot);
				const isGoing = phase === 'ending' || phase === 'ended' || snapshot.status !== 'active';
				if (callId === current || isGoing) return [];
				if (callId !== limbo) return [`${name}: ${callId} is ${phase} beside ${current}`];
				return phase === 'connected' ? [`${name}: ${callId} is connected in limbo`] : [];
			});
		})
	);

/** I9: a call id never comes back after its end. */
export const noRevival: Invariant = (scene) => [
	...recordsOf(scene).flatMap((record) =>
		record.opened > 1 ? [`${named(record)}: was opened ${record.opened} times`] : []
	),
	...scene.parties.flatMap(({ name, members }) =>
		members.flatMap((member) => {
			const { current, limbo, tombstones } = snapshotOf(member).context;
			return [current, limbo].flatMap((callId) =>
				callId !== null && tombstones.includes(callId) ? [`${name}: ${callId} lives and is buried`] : []
			);
		})
	)
];

/** I10: at most one attempt and three more per member between two times that it is up. */
export const boundedAttempts: Invariant = (scene) =>
	scene.parties.flatMap(({ name, journal, members }) =>
		members.flatMap((member) => {
			if (stateOf(member) === 'up') journal.attempts.delete(member.ref.id);
			const attempts = journal.attempts.get(member.ref.id) ?? 0;
			return attempts > 4 ? [`${name}: ${attempts} attempts to reach ${member.theirs}`] : [];
		})
	);

/** I11: what a remote shows as muted is what is muted here, after quiescence. In Talk others than connections say it. */
export const shownMute: Invariant = (scene) => {
	if (scene.profile !== 'native') return [];
	return [...pairsOf(scene)].flatMap(({ one, other, here, there }) =>
		[
			{ speaker: one, from: here, at: there, listener: other },
			{ speaker: other, from: there, at: here, listener: one }
		].flatMap(({ speaker, from, at, listener }) => {
			const sending = from && currentOf(from);
			const shown = at && currentOf(at);
			if (!sending || !shown || !sending.context.everConnected || !shown.context.everConnected) return [];
			const [streamId] = sending.context.streamIds;
			if (streamId === undefined) return [];
			const said = shown.context.remoteMetadata[streamId];
			return (['audio', 'video'] as const).flatMap((kind) => {
				const isMuted = speaker.muted[kind] || speaker.lease.tracks[kind] === undefined;
				const claim = kind === 'audio' ? said?.audioMuted : said?.videoMuted;
				return claim === isMuted
					? []
					: [`${listener.name} shows ${speaker.name}'s ${kind} as muted: ${claim}, it is: ${isMuted}`];
			});
		})
	);
};

/** I11 in a room: what everybody is shown about microphones and cameras, whichever way it was said. */
export const shownState: Invariant = (scene) =>
	[...pairsOf(scene)].flatMap(({ one, other }) =>
		[
			{ speaker: one, listener: other },
			{ speaker: other, listener: one }
		].flatMap(({ speaker, listener }) => {
			const said = speaker.own === null ? undefined : listener.said?.[speaker.own];
			const actual = {
				microphone: speaker.muted.audio ? 'off' : 'on',
				camera: speaker.muted.video ? 'off' : 'on'
			};
			return (['microphone', 'camera'] as const).flatMap((device) =>
				said?.[device] === actual[device]
					? []
					: [
							`${listener.name} shows the ${device} of ${speaker.name} as ${said?.[device]}, it is ${actual[device]}`
						]
			);
		})
	);

/** I12: no frame leaves while muted, and none of a track that was given back. */
export const silentWhileMuted: Invariant = (scene) =>
	scene.parties.flatMap(({ name, journal, tracks, screens: shared, muted }) =>
		[...journal.calls.values()].flatMap(({ connection, callId }) => {
			if (connection === null || connection.isClosed) return [];
			return connection.getSenders().flatMap(({ track }) => {
				if (track === null || track.readyState === 'ended' || !track.enabled) return [];
				const own = tracks.find((known) => known === track);
				const kind = track.kind === 'audio' ? 'audio' : 'video';
				if (own === undefined) return [`${name}: ${callId} sends a track that nobody lent`];
				return muted[kind] && !shared.has(own) ? [`${name}: ${callId} sends ${kind} while muted`] : [];
			});
		})
	);

/** I13: nothing is said to a session that is known to be gone. */
export const nothingToTheGone: Invariant = (scene) =>
	scene.parties.flatMap(({ name, journal }) =>
		journal.sentToGone.map(({ to, signal }) => `${name}: sent ${signal.kind} to ${to}, who is gone`)
	);

/** I15: at most one offer is outstanding on a connection. */
export const oneOffer: Invariant = (scene) =>
	recordsOf(scene).flatMap((record) =>
		record.offersOpenMax > 1 ? [`${named(record)}: ${record.offersOpenMax} offers at once`] : []
	);

const stages: Readonly<Record<string, readonly (OngoingCall['own'] | 'no row')[]>> = {
	joining: ['joining'],
	joined: ['joined'],
	leaving: ['leaving'],
	removed: ['kicked', 'left', 'no row'],
	over: ['left', 'kicked', 'no row']
};

/** I16: at every point where the browser could crash, the row in the store says how far we had got. */
export const truthfulRow: Invariant = (scene) =>
	scene.parties.flatMap(({ name, row, stage }) => {
		if (stage === undefined) return [];
		const own = row?.own ?? 'no row';
		return stages[stage]?.includes(own) === true
			? []
			: [`${name}: the call is ${stage}, its row says ${own}`];
	});

/** I17: without faults nothing unexpected happens. Machines never break, whatever happens. */
export const nothingUnexpected: Invariant = (scene) => [
	...scene.parties.flatMap(({ name, journal }) =>
		journal.broken.map((error) => `${name}: broke: ${String(error)}`)
	),
	...(scene.isFaultless
		? scene.parties.flatMap(({ name, members }) =>
				members.flatMap((member) =>
					callsOf(member).flatMap(({ callId, snapshot }) =>
						Object.entries(snapshot.context.unexpected).map(
							([type, count]) => `${name}: ${callId}: ${count} unexpected ${type}`
						)
					)
				)
			)
		: [])
];

/** I17: without faults and outages no call fails; one may only have to give way to another. */
export const nothingFails: Invariant = (scene) =>
	scene.isFaultless && scene.isCalm
		? recordsOf(scene).flatMap((record) =>
				record.ends
					.filter(({ reason }) => reason !== 'replaced')
					.map(({ reason }) => `${named(record)}: failed: ${reason}`)
			)
		: [];

type Id = `I${number}`;

/** True after every single step. */
export const always: readonly [Id, Invariant][] = [
	['I3', candidatesInTime],
	['I5', nothingLeft],
	['I7', oneEnd],
	['I8', oneCurrent],
	['I9', noRevival],
	['I10', boundedAttempts],
	['I12', silentWhileMuted],
	['I13', nothingToTheGone],
	['I15', oneOffer],
	['I16', truthfulRow],
	['I17', nothingUnexpected],
	['I17', nothingFails]
];

/** True once faults have ended, everything has arrived and time has passed. */
export const whenQuiet: readonly [Id, Invariant][] = [
	['I1', convergence],
	['I2', survivor],
	['I4', candidatesKept],
	['I11', shownMute]
];

/** The same of a room. Its calls are placed by the group calls, one after the other: glare is not by design. */
export const whenRoomQuiet: readonly [Id, Invariant][] = whenQuiet.filter(([id]) => id !== 'I2');

/** True once those who gave up were asked to try again. */
export const whenRearmed: readonly [Id, Invariant][] = [
	['I1', convergence],
	['I1', connection],
	['I4', candidatesKept],
	['I11', shownMute]
];

/** The same, of a room. */
export const whenRoomRearmed: readonly [Id, Invariant][] = [
	...whenRearmed,
	['I1', screens],
	['I11', shownState]
];

/** True once everybody has left. */
export const whenOver: readonly [Id, Invariant][] = [['I6', nothingHeld]];

class Broken extends Error {
	constructor(findings: string[]) {
		super(findings.join('\n'));
		this.name = 'Broken';
	}
}

/** @throws Broken with every finding, by number */
export function demand(invariants: readonly [Id, Invariant][], scene: Scene): void {
	const findings = invariants.flatMap(([id, check]) => check(scene).map((finding) => `${id} ${finding}`));
	if (findings.length > 0) throw new Broken(findings);
}
