import type { SnapshotFrom, StateValue } from 'xstate';
import type { Ledger } from '../../src/lib/adapters/webrtc/ledger.ts';
import type { RemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import { callsOf as callsOfMember, type memberMachine } from '../../src/lib/domain/call/member-machine.ts';
import type { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type { Muted } from '../../src/lib/domain/call/peer-call/setup.ts';
import type { MediaLease } from '../../src/lib/domain/call/peer-connection.ts';
import { phaseOf } from '../../src/lib/domain/call/wait-for-phase.ts';
import type { SaidState } from '../../src/lib/domain/call/roster.ts';
import { isHeldElsewhere, rejoinAfterReload, tabLeaseMs } from '../../src/lib/domain/store/next-row.ts';
import type { MediaChoice, OngoingCall } from '../../src/lib/domain/store/ongoing-call.ts';
import type { RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { FakeMediaStreamTrack } from '../support/fake-media.ts';
import type { FakePeerConnection } from '../support/fake-peer-connection.ts';
import type { Purpose } from '../../src/lib/domain/signaling.ts';
import type { FakeNetwork } from '../support/fake-network.ts';
import type { BenchClock } from '../support/peer-call-bench.ts';
import { timersOf } from './inspected.ts';
import { listenedTo, type CallRecord, type Journal } from './journal.ts';

/** What the invariants look at: facts of a run of two or more parties, at one moment. */
export interface Scene {
	clock: BenchClock;
	network: FakeNetwork;
	/** No message was lost, doubled or refused, and nobody came or went. */
	isFaultless: boolean;
	/** Signaling was never interrupted, nor any path but for a moment: a restart of ICE is enough to mend it. */
	isCalm: boolean;
	/** `sfu`: a media server stands between the parties. */
	profile: 'native' | 'talkMesh' | 'sfu';
	/** Only with `sfu`. */
	mediaServer?: {
		/** Its end of the connection over which `client` sends its own, or gets that of `publisher`. */
		endOf: (client: SessionId, publisher: SessionId, purpose: Purpose) => FakePeerConnection | undefined;
	};
	parties: SceneParty[];
	/** A machine that was made to throw, by the name of its party and its own. */
	brokenMember?: { party: string; member: string };
}

/** As much of a member machine as is looked at. */
export interface MemberRef {
	id: string;
	sessionId: string;
	system: { getSnapshot: () => object };
	getSnapshot: () => Pick<SnapshotFrom<typeof memberMachine>, 'context' | 'children'> & { value: StateValue };
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
		/**
		 * Camera and microphone, or in Talk's mesh a screen: theirs, or ours. With a media server theirs come one by one,
		 * and ours go to our own session.
		 */
		carries: 'media' | 'our media' | 'their screen' | 'our screen';
		ref: MemberRef;
	}[];
	/** Of whole group calls only. */
	crash?: CrashPoint;
	/** Out of the call, and did not leave it. */
	isThrownOut?: boolean;
	isSharing?: boolean;
	/** It has a microphone or a camera. */
	isPublishing?: boolean;
	/** What others have said about themselves. */
	said?: Readonly<Record<SessionId, SaidState>>;
}

/** What a browser that crashed now would find, and what it should. */
interface CrashPoint {
	/** The row in the store of ongoing calls. */
	row: OngoingCall | undefined;
	/** How far the call has got. */
	stage: string;
	/** The session was announced to the server, and the row written after it: between the two it may be behind. */
	isSettled: boolean;
	own: SessionId | null;
	key: { account: string; token: RoomToken; roomName: string; tabId: string };
	choice: MediaChoice;
	/** Local clock, unix milliseconds. */
	now: number;
}

type PeerSnapshot = SnapshotFrom<typeof peerCallMachine>;

/** What is wrong, in words; nothing: all is well. */
type Findings = string[];
type Invariant = (scene: Scene) => Findings;

const snapshotOf = ({ ref }: SceneParty['members'][number]) => ref.getSnapshot();
const stateOf = (member: SceneParty['members'][number]): string => {
	const { value } = snapshotOf(member);
	const present = typeof value === 'string' ? value : (value['present'] ?? '');
	return typeof present === 'string' ? present : (Object.keys(present)[0] ?? '');
};
/** The peer calls of a member that have not ended. */
const callsOf = (member: SceneParty['members'][number]): { callId: string; snapshot: PeerSnapshot }[] =>
	[...callsOfMember(snapshotOf(member).children)].map(([callId, call]) => ({
		callId,
		snapshot: call.getSnapshot()
	}));
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
	'requesting',
	'refused',
	'retryWait',
	'replaceWait',
	'ended',
	'failed'
]);

/** Frames of somebody else's media that one tick of the network brings to this connection. */
function framesTo(scene: Scene, connection: FakePeerConnection): number {
	const sum = () =>
		connection
			.getTransceivers()
			.reduce((all, { receiver: { received } }) => all + received.media + received.silence, 0);
	const before = sum();
	scene.network.tick();
	return sum() - before;
}

/** What is wrong with a connection to the media server that its owner takes for a good one. */
function lookAtServed(
	scene: Scene,
	owner: SceneParty,
	member: SceneParty['members'][number],
	publisher: SessionId
): Findings {
	const { current } = snapshotOf(member).context;
	const connection = current === null ? undefined : owner.journal.calls.get(current)?.connection;
	const purpose = member.carries.endsWith('screen') ? 'screenshare' : 'usermedia';
	const end = owner.own === null ? undefined : scene.mediaServer?.endOf(owner.own, publisher, purpose);
	const what = `${owner.name} is up for the ${purpose} of ${publisher}`;
	if (connection == null || end === undefined || scene.network.otherOf(connection) !== end)
		return [`${what}, but the media server knows nothing of it`];
	const isOwn = publisher === owner.own;
	return framesTo(scene, isOwn ? end : connection) > 0 ? [] : [`${what}, but no frame gets through`];
}

/** Each two parties of a media server, in both directions. */
function* directionsOf(scene: Scene) {
	for (const speaker of scene.parties) {
		for (const listener of scene.parties) {
			if (speaker === listener || speaker.own === null || listener.own === null) continue;
			yield { speaker, listener, publisher: speaker.own };
		}
	}
}
const memberOf = (party: SceneParty, theirs: SessionId, carries: SceneParty['members'][number]['carries']) =>
	party.members.find((member) => member.theirs === theirs && member.carries === carries);

/** I1 with a media server: who takes a connection for a good one sends or hears over it; else another try is to come. */
export const servedConvergence: Invariant = (scene) => [
	...scene.parties.flatMap((party) =>
		party.members.flatMap((member) => {
			const state = stateOf(member);
			if (state === 'up') return lookAtServed(scene, party, member, member.theirs);
			return waits.has(state) ? [] : [`${party.name}: ${member.carries} of ${member.theirs} is ${state}`];
		})
	),
	...[...directionsOf(scene)].flatMap(({ speaker, listener, publisher }) => {
		const isKnown = memberOf(listener, publisher, 'media') !== undefined;
		if (isKnown === (speaker.isPublishing === true)) return [];
		return [`${listener.name} ${isKnown ? 'still wants' : 'does not want'} the media of ${speaker.name}`];
	})
];

/** I1 with a media server, once who had given up tried again: everybody hears everybody, and sees what is shared. */
export const servedConnection: Invariant = (scene) => {
	const look = (
		party: SceneParty,
		theirs: SessionId,
		carries: SceneParty['members'][number]['carries'],
		isWanted: boolean
	) => {
		const member = memberOf(party, theirs, carries);
		const state = member === undefined ? 'nothing' : stateOf(member);
		const wanted = isWanted ? 'up' : 'nothing';
		return state === wanted ? [] : [`${party.name}: ${carries} of ${theirs} is ${state}, not ${wanted}`];
	};
	return [
		...scene.parties.flatMap((party) =>
			party.own === null
				? []
				: [
						...look(party, party.own, 'our media', party.isPublishing === true),
						...look(party, party.own, 'our screen', party.isSharing === true)
					]
		),
		...[...directionsOf(scene)].flatMap(({ speaker, listener, publisher }) => [
			...look(listener, publisher, 'media', speaker.isPublishing === true),
			// whoever shares offers it once: a machine that broke over that offer is not made again for the same share
			...(scene.brokenMember?.party === listener.name && scene.brokenMember.member === `share-in:${publisher}`
				? []
				: look(listener, publisher, 'their screen', speaker.isSharing === true))
		])
	];
};

/** I1: nobody is out of the call who has not left it, whatever the network did. */
const nobodyThrownOut: Invariant = (scene) =>
	scene.parties.flatMap(({ name, isThrownOut }) =>
		isThrownOut === true ? [`${name}: out of the call without having left it`] : []
	);

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

/** How long a call may put up with a dead path, and how long that may take where signaling was away. */
const deadMs = { plain: 33_000, withOutage: 95_000 };

/** I1: no call goes on for long over a path that is dead: it is mended, or the call ends for another try. */
export const noDeadPath: Invariant = (scene) =>
	scene.parties.flatMap(({ journal }) =>
		[...journal.calls.values()].flatMap((record) => {
			const { lostSince, lostMax, connection } = record;
			// one whose edge broke was closed by its owner, behind the back of the journal
			const isLost = lostSince !== null && connection?.isClosed !== true;
			const lostMs = Math.max(lostMax, isLost ? scene.clock.now() - lostSince : 0);
			const most = journal.wasDown ? deadMs.withOutage : deadMs.plain;
			return lostMs > most ? [`${named(record)}: went on for ${lostMs} ms over a dead path`] : [];
		})
	);

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

/** I4: no candidate is given to the connection more often than it was received. */
export const candidatesOnce: Invariant = (scene) =>
	recordsOf(scene).flatMap((record) => {
		const left = new Map<string, number>();
		for (const text of record.heard) left.set(text, (left.get(text) ?? 0) + 1);
		return record.given.flatMap((text) => {
			const count = left.get(text) ?? 0;
			left.set(text, count - 1);
			return count > 0 ? [] : [`${named(record)}: was given again: ${text}`];
		});
	});

/** I5: after the end no timer, no listener, no open connection is left of a call. */
export const nothingLeft: Invariant = (scene) =>
	scene.parties.flatMap(({ members, journal }) => {
		const alive = new Set(members.flatMap((member) => callsOf(member).map(({ callId }) => callId)));
		const over = [...journal.calls.values()].filter(({ opened, callId }) => opened > 0 && !alive.has(callId));
		const leaks = over.flatMap((record) => {
			const { connection } = record;
			if (connection === null) return [];
			return [
				...(connection.isClosed ? [] : [`${named(record)}: its connection is open after the end`]),
				...listenedTo(connection).map((type) => `${named(record)}: still listens to ${type}`)
			];
		});
		const timers = members.flatMap(({ ref }) =>
			timersOf(ref).filter((owner) => owner.startsWith('peer:') && !alive.has(owner.slice(5)))
		);
		return [...leaks, ...timers.map((owner) => `${owner}: a timer is pending after the end`)];
	});

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

/**
 * I10: at most one attempt and three more per member between two times that it is up. Whoever comes into the call once
 * more, because what it sends does not get through, begins with new members.
 */
export const boundedAttempts: Invariant = (scene) =>
	scene.parties.flatMap(({ name, journal, members }) =>
		members.flatMap((member) => {
			if (stateOf(member) === 'up') journal.attempts.delete(member.ref.sessionId);
			const attempts = journal.attempts.get(member.ref.sessionId) ?? 0;
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

/**
 * I14: a party that fails leaves the transcripts of all others as they are.
 * @param whole what each two said to each other when nothing failed
 * @param broken the same, of the same run with a failure
 * @param isConcerned whether a pair has to do with it
 */
export function othersUnchanged(
	whole: ReadonlyMap<string, readonly string[]>,
	broken: ReadonlyMap<string, readonly string[]>,
	isConcerned: (pair: string) => boolean
): Findings {
	const pairs = new Set([...whole.keys(), ...broken.keys()].filter((pair) => !isConcerned(pair)));
	return [...pairs].flatMap((pair) => {
		const [expected, said] = [whole, broken].map((transcripts) => transcripts.get(pair) ?? []);
		const index = [...(expected ?? []), null].findIndex((line, at) => line !== (said?.[at] ?? null));
		if (index < 0) return [];
		const [was, is] = [expected, said].map((lines) => lines?.[index] ?? 'nothing more');
		return [`${pair}: without the failure "${was}", with it "${is}"`];
	});
}

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

/** I16: at every point where the browser could crash, the row in the store says how far we had got, and what with. */
export const truthfulRow: Invariant = (scene) =>
	scene.parties.flatMap(({ name, crash }) => {
		if (crash === undefined) return [];
		const { row, stage, own, key, choice, now, isSettled } = crash;
		const part = row?.own ?? 'no row';
		if (stages[stage]?.includes(part) !== true)
			return [`${name}: the call is ${stage}, its row says ${part}`];
		if (row === undefined) return [];
		const isIn = stage === 'joining' || stage === 'joined';
		const until = row.tabLease?.until ?? 0;
		const rejoin = rejoinAfterReload(row, key.tabId, now);
		// it is renewed from the moment we are in: on a way in that takes minutes it ends
		const isHeld = stage !== 'joining' || until > now;
		const claims: [string, unknown, unknown][] = [
			['account', row.account, key.account],
			['token', row.token, key.token],
			['room', row.roomName, key.roomName],
			['media', isIn ? row.media : choice, choice],
			['first time is in the past', row.firstSeenAt <= row.confirmedAt && row.confirmedAt <= now, true],
			// back after a crash, this tab goes straight in, and no other one does
			['way back', isHeld ? (rejoin?.media ?? null) : null, isIn && isHeld ? choice : null],
			['way back of another tab', rejoinAfterReload(row, 'another', now), null],
			['tab', row.tabLease?.tabId ?? null, stage === 'over' ? null : key.tabId],
			['hold', isHeldElsewhere(row, 'another', now), stage !== 'over' && isHeld],
			['lease ends in time', until <= now + tabLeaseMs, true],
			...(stage === 'joined'
				? [
						['server', row.server, 'active'] as [string, unknown, unknown],
						['own session', isSettled ? row.ownSessionId : own, own] as [string, unknown, unknown]
					]
				: []),
			...(stage === 'over' ? [['own session', row.ownSessionId, null] as [string, unknown, unknown]] : [])
		];
		return claims.flatMap(([what, said, wanted]) =>
			JSON.stringify(said) === JSON.stringify(wanted)
				? []
				: [
						`${name}: the call is ${stage}, ${what} of its row: ${JSON.stringify(said)}, not ${JSON.stringify(wanted)}`
					]
		);
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

/** I17: without faults and outages every offer is answered in time: none is withdrawn. */
export const nothingTakenBack: Invariant = (scene) =>
	scene.isFaultless && scene.isCalm
		? recordsOf(scene).flatMap((record) =>
				record.takenBack > 0 ? [`${named(record)}: withdrew ${record.takenBack} offers`] : []
			)
		: [];

type Id = `I${number}`;

/** True after every single step. */
export const always: readonly [Id, Invariant][] = [
	['I1', noDeadPath],
	['I3', candidatesInTime],
	['I4', candidatesOnce],
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
	['I17', nothingFails],
	['I17', nothingTakenBack]
];

/** True once faults have ended, everything has arrived and time has passed. */
export const whenQuiet: readonly [Id, Invariant][] = [
	['I1', convergence],
	['I2', survivor],
	['I4', candidatesKept],
	['I11', shownMute]
];

/** The same of a room. Its calls are placed by the group calls, one after the other: glare is not by design. */
export const whenRoomQuiet: readonly [Id, Invariant][] = [
	['I1', nobodyThrownOut],
	...whenQuiet.filter(([id]) => id !== 'I2')
];

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

/** The same two, where a media server stands between all. */
export const whenServedQuiet: readonly [Id, Invariant][] = [
	['I1', nobodyThrownOut],
	['I1', servedConvergence],
	['I4', candidatesKept]
];
export const whenServedRearmed: readonly [Id, Invariant][] = [
	...whenServedQuiet,
	['I1', servedConnection],
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

/** @throws Broken with the findings of an invariant that no single scene shows */
export function demandNone(id: Id, findings: readonly string[]): void {
	if (findings.length > 0) throw new Broken(findings.map((finding) => `${id} ${finding}`));
}

/** @throws Broken with every finding, by number */
export function demand(invariants: readonly [Id, Invariant][], scene: Scene): void {
	const findings = invariants.flatMap(([id, check]) => check(scene).map((finding) => `${id} ${finding}`));
	if (findings.length > 0) throw new Broken(findings);
}
