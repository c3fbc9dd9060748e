import { createActor, fromCallback, type Actor, type InspectionEvent } from 'xstate';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { createPeerConnections } from '../../src/lib/adapters/webrtc/peer-connection.ts';
import { createRemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import { memberMachine, type MemberEvent } from '../../src/lib/domain/call/member-machine.ts';
import { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type {
	Muted,
	PeerCallEvent,
	PeerConnectionInput,
	SendCommand,
	SendState
} from '../../src/lib/domain/call/peer-call/setup.ts';
import type {
	MediaLease,
	PeerConnectionCommand,
	PeerConnections
} from '../../src/lib/domain/call/peer-connection.ts';
import type { MediaKind, TrackId } from '../../src/lib/domain/media/capture.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import { FakeMediaStream, fakeTrack, type FakeMediaStreamTrack } from '../support/fake-media.ts';
import type { BenchClock } from '../support/peer-call-bench.ts';
import { tellInspected } from './inspected.ts';
import { createJournal } from './journal.ts';
import type { TurnNetwork } from './network.ts';
import type { Parcel, Relay } from './relay.ts';
import { otherOf, promptMs, type Name, type Setting } from './steps.ts';
import type { Trace } from './trace.ts';

export type Member = typeof memberMachine;

/** Which party the edges of a running machine belong to. */
const parties = new WeakMap<object, Pick<Party, 'connections' | 'transmit'>>();
const partyOf = (system: object) => {
	const party = parties.get(system);
	if (party === undefined) throw new Error('a machine runs outside of the simulator');
	return party;
};

const pc = fromCallback<PeerConnectionCommand | SendState, PeerConnectionInput, PeerCallEvent>(
	({ input, receive, sendBack, system }) => {
		const edge = partyOf(system).connections.open(input.options, sendBack);
		receive((command) => {
			// what sessions say about themselves is the affair of the group call
			if (command.type !== 'SEND_STATE') edge.command(command);
		});
		return () => edge.close();
	}
);
const transport = fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(
	({ receive, sendBack, system }) => {
		receive((command) => partyOf(system).transmit(command, sendBack));
	}
);

/** The real machines between the simulator's edges. Providing is slow: once for many schedules. */
export const engineOf = (peerCall: typeof peerCallMachine, member: Member = memberMachine): Member =>
	member.provide({ actors: { peerCall: peerCall.provide({ actors: { pc, transport } }), transport } });
export const realEngine = engineOf(peerCallMachine);

interface Surroundings {
	setting: Setting;
	clock: BenchClock;
	network: TurnNetwork;
	relay: Relay;
	trace: Trace;
	engine: Member;
	/** Stands between the machines and the real connections. */
	connections: (real: PeerConnections) => PeerConnections;
}

export type Party = ReturnType<typeof openParty>;

/**
 * One person with the real member machine for the other one, real peer calls and connections. What a group call does
 * for its members (letting them dial, telling them who is there) is done here.
 */
export function openParty(name: Name, around: Surroundings) {
	const { setting, clock, network, relay, trace } = around;
	const journal = createJournal(name, network, () => clock.now());
	const ledger = createLedger((message) => journal.broken.push(message));
	const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
	const localTracks = createLocalTracks(createStream);
	const remoteStreams = createRemoteStreams(createStream);
	const real = createPeerConnections({
		createConnection: network.open,
		createStream,
		localTracks,
		remoteStreams,
		ledger,
		warn: () => undefined
	});
	const connections = journal.watch(around.connections(real));

	/** Every track ever sent, with what is wanted of it. */
	const tracks = new Map<TrackId, FakeMediaStreamTrack>();
	const screens = new Set<FakeMediaStreamTrack>();
	const state = {
		sessions: 0,
		calls: 0,
		leases: 0,
		session: null as SessionId | null,
		other: null as { session: SessionId; hasStreams: boolean } | null,
		member: null as Actor<Member> | null,
		isOnline: true,
		muted: { audio: false, video: false } as Muted,
		lease: { leaseId: 'none', tracks: {} } as MediaLease
	};
	const waiting: { command: SendCommand; reply: (event: PeerCallEvent) => void; saidAt: number }[] = [];
	const acknowledgements: (() => void)[] = [];

	const track = (kind: MediaKind, shows: 'camera' | 'screen' = 'camera'): TrackId => {
		const made = fakeTrack(kind);
		if (shows === 'screen') screens.add(made);
		else made.enabled = !state.muted[kind];
		const id = localTracks.add(made);
		tracks.set(id, made);
		return id;
	};
	const release = (id: TrackId | undefined) => {
		if (id === undefined) return;
		tracks.get(id)?.stop();
		localTracks.remove(id);
		tracks.delete(id);
	};
	const kindsOf: Record<Setting['has']['ann'], MediaKind[]> = {
		both: ['audio', 'video'],
		audio: ['audio'],
		nothing: []
	};
	const lend = (change: Pick<MediaLease, 'tracks' | 'screen'>) => {
		state.lease = { ...change, leaseId: `${name}/lease-${(state.leases += 1)}` };
	};
	const hasStreams = setting.has[name] !== 'nothing';
	lend({ tracks: Object.fromEntries(kindsOf[setting.has[name]].map((kind) => [kind, track(kind)])) });

	const tell = (event: MemberEvent) => state.member?.send(event);
	const hand = (command: SendCommand, reply: (event: PeerCallEvent) => void, saidAt: number) => {
		if (state.session !== null) relay.post(otherOf(name), state.session, command.to, command.signal, saidAt);
		const acknowledge = () => reply({ type: 'SEND_OK', id: command.id });
		if (setting.acknowledges === 'at once') acknowledge();
		else acknowledgements.push(acknowledge);
	};
	const transmit = (command: SendCommand, reply: (event: PeerCallEvent) => void) => {
		trace.say(name, `${command.signal.kind} ${command.signal.callId} →`);
		if (state.isOnline) hand(command, reply, clock.now());
		else waiting.push({ command, reply, saidAt: clock.now() });
	};

	const forget = () => {
		state.member?.stop();
		state.member = null;
		acknowledgements.splice(0);
	};
	const meet = (session: SessionId, theyHaveStreams: boolean) => {
		forget();
		state.other = { session, hasStreams: theyHaveStreams };
		if (state.session === null) return;
		const member = createActor(around.engine, {
			id: `member:${session}`,
			clock,
			inspect: observe,
			input: {
				profile: setting.profile,
				purpose: 'usermedia',
				initiator: setting.caller === 'both' ? 'us' : 'compare',
				ours: { id: state.session, inCall: true, hasStreams },
				theirs: { id: session, inCall: true, hasStreams: theyHaveStreams },
				lease: state.lease,
				muted: state.muted,
				iceServers: [],
				isSignalingUp: state.isOnline,
				newCallId: () => {
					const rank = setting.smallerCalls === name ? 'a' : 'b';
					return `${rank}${(state.calls += 1)}/${name}` as CallId;
				},
				releaseResources: (owner) => ledger.releaseOwner(owner),
				random: () => setting.chance
			}
		});
		journal.attempts.delete(member.sessionId);
		parties.set(member.system, { connections, transmit });
		member.subscribe({ error: (error) => journal.broken.push(error) });
		state.member = member;
		member.start();
	};
	const observe = (event: InspectionEvent) => {
		journal.observe(event);
		const told = tellInspected(event);
		if (told !== null) trace.say(name, told);
	};

	return {
		name,
		journal,
		ledger,
		remoteStreams,
		connections,
		transmit,
		tracks,
		screens,
		state,
		/** Enters the call under a new session id; the other one will hear of it. */
		join: (other: { session: SessionId; hasStreams: boolean } | null) => {
			state.session = `${name}-${(state.sessions += 1)}` as SessionId;
			state.isOnline = true;
			relay.clear(name);
			relay.announce(otherOf(name), state.session, 'came', clock.now());
			if (other === null) state.other = null;
			else meet(other.session, other.hasStreams);
		},
		/** Out of the call at once, as a closed tab: nobody is told but by the server. */
		leave: () => {
			forget();
			if (state.session !== null) relay.announce(otherOf(name), state.session, 'left', clock.now());
			state.session = null;
			state.other = null;
			waiting.splice(0);
			relay.clear(name);
		},
		presence: () => (state.session === null ? null : { session: state.session, hasStreams }),
		/** One parcel has arrived. */
		hear: ({ from, to, news }: Parcel, theyHaveStreams: boolean) => {
			if (state.session === null) return;
			if (news.kind === 'came') {
				if (state.other !== null && state.other.session !== from) journal.gone.add(state.other.session);
				meet(from, theyHaveStreams);
			} else if (news.kind === 'left') {
				journal.gone.add(from);
				if (state.other?.session !== from) return;
				state.other = null;
				forget();
			} else if (to === state.session && state.other?.session === from) {
				trace.say(name, `→ ${news.signal.kind} ${news.signal.callId}`);
				tell({ type: 'SIGNAL', signal: news.signal });
			}
		},
		/** The slot that a group call would give. @returns whether it was wanted */
		dial: (): boolean => {
			const snapshot = state.member?.getSnapshot();
			if (snapshot === undefined || !state.isOnline) return false;
			if (!snapshot.matches({ present: 'queued' }) && !snapshot.matches({ present: 'overdue' })) return false;
			tell({ type: 'DIAL' });
			return true;
		},
		/** The transport says that it has taken over what it was given. @returns whether anything waited for that */
		acknowledge: (): boolean => {
			const due = acknowledgements.splice(0);
			for (const acknowledge of due) acknowledge();
			return due.length > 0;
		},
		/** Something was said long ago, and is not on its way yet. */
		isWaiting: () => waiting.some(({ saidAt }) => clock.now() - saidAt > promptMs),
		mayAcknowledge: () => acknowledgements.length > 0,
		mute: (kind: MediaKind, isMuted = !state.muted[kind]) => {
			state.muted = { ...state.muted, [kind]: isMuted };
			// silence first, then the announcement
			for (const made of tracks.values()) {
				if (made.kind === kind && !screens.has(made)) made.enabled = !isMuted;
			}
			tell({ type: 'SET_MUTED', muted: state.muted });
		},
		/** Another device, or one where there was none. The old track is stopped once the new one is sent. */
		changeDevice: (kind: MediaKind) => {
			const old = state.lease.tracks[kind];
			lend({ ...state.lease, tracks: { ...state.lease.tracks, [kind]: track(kind) } });
			tell({ type: 'SET_MEDIA', lease: state.lease });
			release(old);
		},
		removeTrack: (kind: MediaKind) => {
			const { [kind]: old, ...rest } = state.lease.tracks;
			if (old === undefined) return;
			lend({ ...state.lease, tracks: rest });
			tell({ type: 'SET_MEDIA', lease: state.lease });
			release(old);
		},
		toggleScreen: () => {
			const old = state.lease.screen;
			const { tracks: kept } = state.lease;
			lend(
				old === undefined ? { tracks: kept, screen: { video: track('video', 'screen') } } : { tracks: kept }
			);
			tell({ type: 'SET_MEDIA', lease: state.lease });
			release(old?.video);
		},
		setOnline: (isOnline: boolean) => {
			if (state.isOnline === isOnline) return;
			state.isOnline = isOnline;
			if (isOnline) for (const { command, reply, saidAt } of waiting.splice(0)) hand(command, reply, saidAt);
			tell({ type: isOnline ? 'SIGNALING_UP' : 'SIGNALING_DOWN' });
		},
		retry: () => tell({ type: 'RETRY' })
	};
}
