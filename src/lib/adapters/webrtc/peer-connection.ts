import type {
	PeerConnectionCommand,
	PeerConnectionEdge,
	PeerConnectionEvent,
	PeerConnectionOptions,
	PeerConnections
} from '../../domain/call/peer-connection.ts';
import type { Candidate, Description } from '../../domain/signaling.ts';
import { createDataChannels } from './data-channels.ts';
import { withUsableServers, type CreateConnection } from './ice-servers.ts';
import type { Ledger } from './ledger.ts';
import { createLentTracks, type LentTracks } from './lent-tracks.ts';
import type { LocalTracks } from './local-tracks.ts';
import { createMediaSections } from './media-sections.ts';
import { createReceivedTracks } from './received-tracks.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { readSdp, withDtlsBegunByAuthor } from './sdp.ts';
import { readStats } from './stats.ts';

interface PeerConnectionEdges {
	/** `(configuration) => new RTCPeerConnection(configuration)` in a browser. */
	createConnection: CreateConnection;
	/** `(tracks) => new MediaStream(tracks)` in a browser. */
	createStream: (tracks: MediaStreamTrack[]) => MediaStream;
	localTracks: LocalTracks;
	remoteStreams: RemoteStreams;
	ledger: Ledger;
	/** For the log; never gets SDP, candidates or credentials in the message. */
	warn: (message: string, cause: unknown) => void;
	/**
	 * Each connection sends copies of its own instead of the captured tracks: for browsers in which one capture cannot
	 * feed several connections. Not needed with a media server, which gets everything once.
	 */
	cloneForPeer?: boolean;
}

/** The translator between the machines and RTCPeerConnection. It decides nothing: see the port for what it promises. */
export function createPeerConnections(edges: PeerConnectionEdges): PeerConnections {
	return { open: (options, listener) => openEdge(edges, options, listener) };
}

type Listener = (event: PeerConnectionEvent) => void;

function openEdge(edges: PeerConnectionEdges, options: PeerConnectionOptions, listener: Listener) {
	const { createConnection, ledger, localTracks, warn, cloneForPeer = false } = edges;
	let connection: RTCPeerConnection;
	try {
		connection = withUsableServers(options.iceServers, createConnection, warn, createConnection);
	} catch (cause) {
		return deadEdge(listener, `no connection could be opened: ${nameOf(cause)}`);
	}

	const listening = new AbortController();
	const { signal } = listening;
	const emit: Listener = (event) => {
		if (!signal.aborted) listener(event);
	};
	const close = () => {
		if (signal.aborted) return;
		listening.abort(); // detaches every listener
		leave();
		connection.close();
		lent.end();
	};
	const leave = ledger.enter(options.owner, 'peer-connection', close);
	const lent = createLentTracks(localTracks, ledger, options.owner, cloneForPeer ? 'copy' : 'itself');
	const breakDown = (what: string, cause: unknown) => {
		emit({ type: 'PC_FATAL', message: `${what}: ${nameOf(cause)}` });
		close();
	};

	try {
		const run = commandRunner(edges, options, connection, lent, emit, signal);
		let queue = Promise.resolve();
		return {
			command: (command: PeerConnectionCommand) => {
				queue = queue.then(async () => {
					if (signal.aborted) return;
					await run(command).catch((cause: unknown) => breakDown(command.type, cause));
				});
			},
			close
		};
	} catch (cause) {
		close();
		return deadEdge(listener, `a connection could not be watched: ${nameOf(cause)}`);
	}
}

/** Says that it is broken, unless closed before it could. */
function deadEdge(listener: Listener, message: string): PeerConnectionEdge {
	let isClosed = false;
	queueMicrotask(() => {
		if (!isClosed) listener({ type: 'PC_FATAL', message });
	});
	return { command: () => undefined, close: () => void (isClosed = true) };
}

/** @returns runs one command to its end; rejects only for what no command may do */
function commandRunner(
	{ createConnection, createStream, remoteStreams, warn }: PeerConnectionEdges,
	options: PeerConnectionOptions,
	connection: RTCPeerConnection,
	lent: LentTracks,
	emit: Listener,
	signal: AbortSignal
): (command: PeerConnectionCommand) => Promise<void> {
	const media = createMediaSections(connection, options, lent, () => createStream([]));
	const received = createReceivedTracks(connection, options, remoteStreams, emit, signal);
	const channels = createDataChannels(
		options.dataChannel,
		{ onOpen: () => emit({ type: 'PC_DATA_OPEN' }), onText: (text) => emit({ type: 'PC_DATA', text }) },
		signal
	);
	reportStates(connection, emit, signal);
	connection.addEventListener('datachannel', ({ channel }) => channels.add(channel), { signal });

	/** Tries `work`; its failure becomes an event, without the browser's text, which may quote the description. */
	const attempt = async (
		what: string,
		work: () => Promise<PeerConnectionEvent>,
		onFailure: (message: string) => PeerConnectionEvent
	) => {
		const before = connection.signalingState;
		const event = await work().catch((cause: unknown) => onFailure(`${what} in ${before}: ${nameOf(cause)}`));
		emit(event);
	};
	const localDescription = (): Description => {
		const { localDescription: now } = connection;
		if (now?.type !== 'offer' && now?.type !== 'answer') throw new Error('there is no local description');
		return { type: now.type, sdp: now.sdp };
	};
	const asRead = ({ type, sdp }: Description): Description => ({
		type,
		sdp: type === 'offer' && options.leavesDtlsToThem === true ? withDtlsBegunByAuthor(sdp) : sdp
	});
	const addCandidate = async ({ candidate, sdpMid, sdpMLineIndex, usernameFragment }: Candidate) => {
		// without an argument: the end mark in the form that every browser takes
		if (candidate === '') await connection.addIceCandidate();
		else {
			const fragment = usernameFragment === undefined ? {} : { usernameFragment };
			await connection.addIceCandidate({ candidate, sdpMid, sdpMLineIndex, ...fragment });
		}
	};

	return async (command) => {
		switch (command.type) {
			case 'APPLY_MEDIA': {
				const { token, lease, offering } = command;
				const apply = async () => {
					await media.apply(lease, offering);
					if (offering && options.dataChannel !== null) channels.open(connection, options.dataChannel);
					return { type: 'PC_MEDIA_APPLIED', token } as const;
				};
				return attempt('media', apply, (message) => ({ type: 'PC_MEDIA_REFUSED', token, message }));
			}
			case 'SET_LOCAL': {
				const { token } = command;
				const set = async () => {
					await connection.setLocalDescription();
					received.check();
					const [streamIds, screenStreamIds] = [media.streamIds('usermedia'), media.streamIds('screen')];
					const description = localDescription();
					return { type: 'PC_LOCAL_SET', token, description, streamIds, screenStreamIds } as const;
				};
				return attempt('local description', set, (message) => ({ type: 'PC_LOCAL_FAILED', token, message }));
			}
			case 'READ_LOCAL': {
				const { token } = command;
				const read = async () => ({ type: 'PC_LOCAL_READ', token, description: localDescription() }) as const;
				return attempt('reading', read, (message) => ({ type: 'PC_LOCAL_FAILED', token, message }));
			}
			case 'SET_REMOTE': {
				const { token, description } = command;
				const set = async () => {
					await connection.setRemoteDescription(asRead(description));
					if (description.type === 'offer') await media.adoptOffer(description.sdp);
					received.check();
					const { hasData } = readSdp(description.sdp);
					// Janus relays nothing to a subscriber before its own side of the data section was used once
					if (hasData && options.media.audio === 'receive') channels.listen(connection);
					return { type: 'PC_REMOTE_SET', token, receivers: media.count(), hasData } as const;
				};
				return attempt(description.type, set, (message) => ({ type: 'PC_REMOTE_FAILED', token, message }));
			}
			case 'ROLL_BACK': {
				const { token } = command;
				const rollBack = async () => {
					await connection.setLocalDescription({ type: 'rollback' });
					return { type: 'PC_ROLLED_BACK', token } as const;
				};
				return attempt('rollback', rollBack, (message) => ({ type: 'PC_LOCAL_FAILED', token, message }));
			}
			case 'ADD_CANDIDATES':
				for (const candidate of command.candidates) {
					await addCandidate(candidate).catch((cause: unknown) =>
						emit({ type: 'PC_CANDIDATE_REFUSED', message: nameOf(cause) })
					);
				}
				return;
			case 'RESTART_ICE':
				connection.restartIce();
				return;
			case 'SET_ICE_SERVERS':
				withUsableServers(command.iceServers, createConnection, warn, (configuration) =>
					connection.setConfiguration(configuration)
				);
				return;
			case 'SET_LIMITS':
				return media.limit(command.limits);
			case 'SET_RECEIVING':
				media.receiveVideo(command.video);
				return;
			case 'SEND_DATA':
				try {
					channels.send(command.text);
				} catch (cause) {
					warn('a data message was not sent', cause); // its buffer is full: the same as not being open
				}
				return;
			case 'READ_STATS':
				emit({ type: 'PC_STATS', token: command.token, stats: readStats(await connection.getStats()) });
		}
	};
}

/** Reports states as they are when the event fires. Both of ICE's words count: see the port. */
function reportStates(connection: RTCPeerConnection, emit: Listener, signal: AbortSignal): void {
	const watch = (name: string, toEvent: () => PeerConnectionEvent | null) =>
		connection.addEventListener(
			name,
			() => {
				const event = toEvent();
				if (event) emit(event);
			},
			{ signal }
		);

	watch('negotiationneeded', () => ({
		type: 'PC_NEGOTIATION_NEEDED',
		signalingState: connection.signalingState
	}));
	watch('signalingstatechange', () => ({ type: 'PC_SIGNALING_STATE', state: connection.signalingState }));
	watch('iceconnectionstatechange', () => ({ type: 'PC_ICE_STATE', state: connection.iceConnectionState }));
	watch('connectionstatechange', () => ({ type: 'PC_CONNECTION_STATE', state: connection.connectionState }));
	watch('icegatheringstatechange', () =>
		connection.iceGatheringState === 'complete' ? { type: 'PC_GATHERING_COMPLETE' } : null
	);
	const reportCandidate = ({ candidate }: RTCPeerConnectionIceEvent) => {
		// null and '' mark the end; PC_GATHERING_COMPLETE says so in every browser
		if (!candidate?.candidate) return;
		const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
		const fragment = usernameFragment === null ? {} : { usernameFragment };
		emit({
			type: 'PC_CANDIDATE',
			candidate: { candidate: candidate.candidate, sdpMid, sdpMLineIndex, ...fragment }
		});
	};
	connection.addEventListener('icecandidate', reportCandidate, { signal });
}

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : typeof cause);
