import { createOutbox } from '../adapters/storage/outbox.ts';
import { decodeState, encodeState } from '../adapters/talk/data-channel.ts';
import { createOcs } from '../adapters/talk/http/ocs-request.ts';
import { createPullTransport, createTransports } from '../adapters/talk/internal-signaling.ts';
import { createSignalingTransport } from '../adapters/talk/signaling-socket.ts';
import { createPeerConnections } from '../adapters/webrtc/peer-connection.ts';
import { createRemoteStreams, type RemoteStreams } from '../adapters/webrtc/remote-streams.ts';
import { createEarlySettings } from '../domain/call/early-settings.ts';
import { peerConnectionActor, relayActor, storeActor } from '../domain/call/edges.ts';
import { groupCallMachine } from '../domain/call/group-call-machine.ts';
import { memberMachine } from '../domain/call/member-machine.ts';
import { peerCallMachine } from '../domain/call/peer-call-machine.ts';
import type { CallEngine } from '../domain/visit/types.ts';
import type { CallId, RoomToken } from '../protocol/ids.ts';
import { randomText } from './tab-id.ts';
import type { VisitKit } from './visit-kit.ts';
import { whenIdle } from './when-idle.ts';

/** The engine of calls, with the streams that it receives. */
export type LoadedEngine = CallEngine & {
	remoteStreams: RemoteStreams;
	/** Asks for what a call in this room will need; to be called at every sign that somebody is about to join it. */
	prepare: (token: RoomToken) => void;
};

/** Puts the real edges into the machines. Loaded when somebody is about to join, not before. */
export function createCallEngine(kit: VisitKit, browser: Window & typeof globalThis): LoadedEngine {
	const { roost, ledger, createStream } = kit;
	const { log } = roost;
	// the first question about media has the browser start all that connections need, which otherwise the first of them does
	whenIdle(() => browser.RTCRtpSender.getCapabilities('video'), 1_000);
	const remoteStreams = createRemoteStreams(createStream);
	const connections = createPeerConnections({
		createConnection: (configuration) => new browser.RTCPeerConnection(configuration),
		createStream,
		localTracks: kit.localTracks,
		remoteStreams,
		ledger,
		warn: log.warn,
		cloneForPeer: isWebKit(browser)
	});
	const peerCall = peerCallMachine.provide({
		actors: {
			pc: peerConnectionActor(connections, { encode: encodeState, decode: decodeState }),
			transport: relayActor
		}
	});
	const member = memberMachine.provide({ actors: { peerCall } });
	const { api, prepare, take } = createEarlySettings(kit.api, () => Date.now());
	const store = storeActor(roost.ongoingCalls, () => Date.now(), log.warn);
	return {
		remoteStreams,
		prepare,
		machine: groupCallMachine.provide({ actors: { member, store } }),
		ports: {
			api,
			transport: createTransports(
				createSignalingTransport({ openSocket: (url) => new browser.WebSocket(url), count: log.count }),
				createPullTransport({ ocs: createOcs(roost.ocsEdges), count: log.count })
			),
			takeSettings: take,
			outbox: createOutbox(roost.database, { tabId: roost.tabId, now: () => Date.now() }),
			now: () => Date.now(),
			isHidden: () => browser.document.visibilityState === 'hidden',
			random: () => Math.random(),
			newCallId: () => randomText(24) as CallId,
			newReferenceId: () => randomText(64),
			releaseResources: (owner) => ledger.releaseOwner(owner)
		}
	};
}

/**
 * Whether one capture may not feed several connections, so that each needs a copy: so it was in WebKit, and no browser
 * tells whether it still is. Known by a method of video elements that nobody else has; taking it for another one costs
 * a few copies, or sound that stops in an old Safari. With a media server there is one connection, and one copy.
 */
const isWebKit = ({ HTMLVideoElement: { prototype } }: Window & typeof globalThis): boolean =>
	'webkitSetPresentationMode' in prototype;
