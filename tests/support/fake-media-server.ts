import type { Candidate, PeerSignal, Purpose } from '../../src/lib/domain/signaling.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import type { FakeNetwork } from './fake-network.ts';
import type { FakePeerConnection } from './fake-peer-connection.ts';

interface Leg {
	callId: CallId;
	purpose: Purpose;
	/** Whose connection it is, and whose media goes over it. */
	client: SessionId;
	publisher: SessionId;
	connection: FakePeerConnection;
	/** Came before there was anything to apply them to. */
	waiting: Candidate[];
}

/**
 * A media server in memory: takes what sessions publish to it (an offer to their own session), and offers it to those
 * who ask, or to whom its owner has it offered. Its ends of the connections are as strict as those of the parties.
 */
export function openFakeMediaServer(
	network: FakeNetwork,
	deliver: (to: SessionId, from: SessionId, signal: PeerSignal) => void
) {
	const legs = new Map<CallId, Leg>();
	const requests: { client: SessionId; publisher: SessionId; purpose: Purpose }[] = [];
	const log: string[] = [];
	/**
	 * `stales`: offers answered for the connection before, as by a signaling server whose media server was restarted.
	 * `isAway`: nothing that is published is answered.
	 */
	const script = { ignores: 0, refuses: 0, stales: 0, isAway: false };
	/** What each session published last, and was answered: by purpose. */
	const published = new Map<string, CallId>();
	/** How many requests of a session are refused yet. */
	const refusals = new Map<SessionId, number>();
	/** What went wrong although the connection it was about is still wanted. */
	const broken: unknown[] = [];
	let offers = 0;

	const find = (wanted: Partial<Leg>) =>
		[...legs.values()].find((leg) =>
			(['purpose', 'client', 'publisher'] as const).every(
				(key) => wanted[key] === undefined || wanted[key] === leg[key]
			)
		);
	const end = (leg: Leg | undefined) => {
		if (leg === undefined) return;
		legs.delete(leg.callId);
		leg.connection.close();
		if (leg.client !== leg.publisher) return;
		// nothing is left to pass on: who got it from here notices that by the silence
		for (const fed of [...legs.values()]) {
			if (fed.publisher === leg.publisher && fed.purpose === leg.purpose) end(fed);
		}
	};
	/** A connection may go while something is done to it; then nobody cares how that ends. */
	const during = (leg: Leg | undefined, work: Promise<void>) => {
		void work.catch((cause: unknown) => {
			if (leg === undefined || legs.get(leg.callId) === leg) broken.push(cause);
		});
	};
	const open = (about: Omit<Leg, 'connection' | 'waiting'>): Leg => {
		const leg: Leg = { ...about, connection: network.open(), waiting: [] };
		legs.set(leg.callId, leg);
		leg.connection.addEventListener('icecandidate', (event) => {
			const { candidate } = event as RTCPeerConnectionIceEvent;
			if (candidate === null || candidate.candidate === '' || !legs.has(leg.callId)) return;
			const { callId, purpose } = leg;
			const one: Candidate = {
				candidate: candidate.candidate,
				sdpMid: candidate.sdpMid,
				sdpMLineIndex: candidate.sdpMLineIndex
			};
			deliver(leg.client, leg.publisher, { kind: 'candidates', callId, purpose, candidates: [one] });
		});
		return leg;
	};
	const apply = async (leg: Leg, candidates: readonly Candidate[]) => {
		if (leg.connection.remoteDescription === null) leg.waiting.push(...candidates);
		else for (const candidate of candidates) await leg.connection.addIceCandidate(candidate);
	};

	const publish = (client: SessionId, signal: Extract<PeerSignal, { kind: 'invite' }>) => {
		const { callId, purpose } = signal;
		end(find({ client, publisher: client, purpose }));
		const before = published.get(`${client} ${purpose}`);
		if (script.stales > 0 && before !== undefined) {
			script.stales -= 1;
			const description = { type: 'answer' as const, sdp: '' };
			deliver(client, client, { kind: 'answer', callId: before, purpose, description, metadata: {} });
			return;
		}
		published.set(`${client} ${purpose}`, callId);
		const leg = open({ callId, purpose, client, publisher: client });
		during(leg, answer(leg, signal));
	};
	const answer = async (leg: Leg, signal: Extract<PeerSignal, { kind: 'invite' }>) => {
		const { callId, purpose, client } = leg;
		await leg.connection.setRemoteDescription(signal.description);
		await apply(leg, leg.waiting.splice(0));
		await leg.connection.setLocalDescription();
		const description = { type: 'answer' as const, sdp: leg.connection.localDescription?.sdp ?? '' };
		deliver(client, client, { kind: 'answer', callId, purpose, description, metadata: {} });
		const due = requests.filter((one) => one.publisher === client && one.purpose === purpose);
		for (const one of due) {
			requests.splice(requests.indexOf(one), 1);
			offer(one.client, client, purpose);
		}
	};
	const offer = (client: SessionId, publisher: SessionId, purpose: Purpose) => {
		const source = find({ client: publisher, publisher, purpose });
		if (source === undefined) {
			requests.push({ client, publisher, purpose });
			return;
		}
		end(find({ client, publisher, purpose }));
		const leg = open({ callId: `sfu-${(offers += 1)}` as CallId, purpose, client, publisher });
		for (const receiver of source.connection.getReceivers()) {
			leg.connection.addTransceiver(receiver.track, { direction: 'sendonly' });
		}
		during(leg, sayOffer(leg));
	};
	/** The first offer of a connection, or one that updates it. */
	const sayOffer = async (leg: Leg) => {
		const { client, publisher, purpose } = leg;
		await leg.connection.setLocalDescription();
		const description = { type: 'offer' as const, sdp: leg.connection.localDescription?.sdp ?? '' };
		deliver(client, publisher, {
			kind: 'invite',
			callId: leg.callId,
			purpose,
			description,
			metadata: {},
			lifetimeMs: 10_000
		});
	};

	return {
		/** What it was asked, in order: `ann-1 publishes usermedia`, `ann-1 wants ben-2 usermedia`, … */
		log,
		script,
		broken,
		/** Connections between it and the parties. */
		get legs(): number {
			return legs.size;
		},
		/** @returns false if the request is refused: somebody has to say so */
		take: (from: SessionId, to: SessionId, signal: PeerSignal): boolean => {
			const { purpose } = signal;
			switch (signal.kind) {
				case 'invite':
					log.push(`${from} publishes ${purpose}`);
					if (!script.isAway) publish(from, signal);
					return true;
				case 'request_offer':
					log.push(`${from} wants ${to} ${purpose}`);
					if (script.refuses > 0) {
						script.refuses -= 1;
						return false;
					}
					if ((refusals.get(from) ?? 0) > 0) {
						refusals.set(from, (refusals.get(from) ?? 0) - 1);
						return false;
					}
					if (script.ignores > 0) script.ignores -= 1;
					else offer(from, to, purpose);
					return true;
				case 'select_stream':
					log.push(`${from} looks at ${to} ${signal.layer ?? 'off'}`);
					return legs.get(signal.callId)?.client === from;
				case 'send_offer':
					log.push(`${from} shows ${to} ${purpose}`);
					offer(to, from, purpose);
					return true;
				case 'answer': {
					const leg = legs.get(signal.callId);
					if (leg?.client !== from) return true;
					during(
						leg,
						leg.connection
							.setRemoteDescription(signal.description)
							.then(() => apply(leg, leg.waiting.splice(0)))
					);
					return true;
				}
				case 'candidates': {
					const leg = legs.get(signal.callId);
					if (leg?.client === from) during(leg, apply(leg, signal.candidates));
					return true;
				}
				default:
					return true;
			}
		},
		/** Somebody has stopped sharing: nobody gets it any more. */
		stopScreen: (publisher: SessionId) => {
			for (const leg of [...legs.values()]) {
				if (leg.publisher === publisher && leg.purpose === 'screenshare') end(leg);
			}
		},
		/** Somebody has left the call. */
		forget: (session: SessionId) => {
			for (const leg of [...legs.values()]) {
				if (leg.client === session || leg.publisher === session) end(leg);
			}
			for (const one of requests.filter(({ client }) => client === session)) {
				requests.splice(requests.indexOf(one), 1);
			}
		},
		/** The next so many requests of this session are refused. */
		refuse: (client: SessionId, count: number) => void refusals.set(client, count),
		/** Its own end of a connection, if there is one. */
		endOf: (client: SessionId, publisher: SessionId, purpose: Purpose) =>
			find({ client, publisher, purpose })?.connection,
		/** Offers a connection once more under its name, as when what it carries has changed. */
		renew: (client: SessionId, publisher: SessionId) => {
			const leg = find({ client, publisher, purpose: 'usermedia' });
			if (leg === undefined || client === publisher || leg.connection.signalingState !== 'stable') return;
			during(leg, sayOffer(leg));
		},
		/** The path of one connection breaks for good. */
		breakLeg: (client: SessionId, publisher: SessionId, purpose: Purpose = 'usermedia') => {
			const leg = find({ client, publisher, purpose });
			if (leg === undefined) throw new Error(`${client} has no ${purpose} of ${publisher}`);
			const other = network.otherOf(leg.connection);
			end(leg);
			other?.failIce();
		}
	};
}
