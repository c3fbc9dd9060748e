import type {
	MediaLease,
	PeerConnectionCommand,
	PeerConnectionEvent,
	PeerConnectionOptions
} from '../../src/lib/domain/call/peer-connection.ts';
import type { MediaKind } from '../../src/lib/domain/media/capture.ts';
import type { Description } from '../../src/lib/domain/signaling.ts';
import type { IceServer } from '../../src/lib/domain/talk-api.ts';
import { createLedger } from '../../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../../src/lib/adapters/webrtc/local-tracks.ts';
import { createPeerConnections } from '../../src/lib/adapters/webrtc/peer-connection.ts';
import { createRemoteStreams } from '../../src/lib/adapters/webrtc/remote-streams.ts';
import type { CallId } from '../../src/lib/protocol/ids.ts';
import { expectSame, until, type ContractCase } from './contract.ts';
import type { ContractPlatform } from './peer-connection-contract.ts';

type Untold<Command> = Command extends { token: number } ? Omit<Command, 'token'> : never;
type Question = Untold<PeerConnectionCommand>;
type Told = Extract<PeerConnectionEvent, { token: number }>;
type EventOf<Type extends PeerConnectionEvent['type']> = Extract<PeerConnectionEvent, { type: Type }>;

const duplex = { audio: 'both', video: 'both' } as const;

/**
 * Two edges of the adapter over one platform, and hands to drive them as the machines would.
 * @param cloneForPeer as the adapter's: each connection sends copies
 */
export function createEdgeBench(platform: ContractPlatform, cloneForPeer = false) {
	const warnings: string[] = [];
	const warn = (message: string) => void warnings.push(message);
	const ledger = createLedger(warn);
	const localTracks = createLocalTracks(platform.createStream);
	const remoteStreams = createRemoteStreams(platform.createStream);
	const connections = createPeerConnections({
		createConnection: platform.open,
		createStream: platform.createStream,
		localTracks,
		remoteStreams,
		ledger,
		warn,
		cloneForPeer
	});
	const tracks: MediaStreamTrack[] = [];
	let edges = 0;
	let tokens = 0;

	/** @param options what differs from a duplex connection with a channel `status` */
	const openEdge = (options: Partial<PeerConnectionOptions> = {}) => {
		const callId = `call-${++edges}` as CallId;
		const events: PeerConnectionEvent[] = [];
		const base = {
			callId,
			owner: `owner-${edges}`,
			iceServers: [],
			media: duplex,
			streams: 'one' as const,
			dataChannel: 'status'
		};
		const edge = connections.open({ ...base, ...options }, (event) => events.push(event));
		const seen = <Type extends PeerConnectionEvent['type']>(type: Type) =>
			events.filter((event): event is EventOf<Type> => event.type === type);

		/** Gives a command and waits for its result. */
		const ask = async (question: Question): Promise<Told> => {
			const token = ++tokens;
			edge.command({ ...question, token });
			const isResult = (event: PeerConnectionEvent): event is Told =>
				'token' in event && event.token === token;
			await until(() => events.some(isResult), `a result of ${question.type}`);
			const results = events.filter(isResult);
			const [result] = results;
			if (!result || results.length > 1) throw new Error(`${results.length} results of ${question.type}`);
			return result;
		};
		return {
			callId,
			owner: base.owner,
			events,
			seen,
			ask,
			command: (command: PeerConnectionCommand) => edge.command(command),
			close: () => edge.close(),
			types: () => events.map(({ type }) => type),
			/** @returns the description that was set. @throws when it was refused */
			describe: async (): Promise<Description> => {
				const result = await ask({ type: 'SET_LOCAL' });
				if (result.type !== 'PC_LOCAL_SET') throw new Error(`no local description: ${result.type}`);
				return result.description;
			},
			/** What this side said of its streams with its last description. */
			announced: () => {
				const { streamIds = [], screenStreamIds = [] } = seen('PC_LOCAL_SET').at(-1) ?? {};
				return { usermedia: streamIds, screen: screenStreamIds };
			},
			/** What arrived and has not gone, as `kind of stream`. */
			receiving: () => {
				const present = new Set<string>();
				for (const event of events) {
					if (event.type !== 'PC_TRACK' && event.type !== 'PC_TRACK_GONE') continue;
					const name = `${event.kind} of ${event.remoteStreamId ?? 'no stream'}`;
					if (event.type === 'PC_TRACK') present.add(name);
					else present.delete(name);
				}
				return [...present].sort();
			},
			applyMedia: async (lease: MediaLease | null, offering: boolean) => {
				const result = await ask({ type: 'APPLY_MEDIA', lease, offering });
				expectSame(result.type, 'PC_MEDIA_APPLIED', 'applying media');
			},
			setRemote: async (description: Description) => {
				const result = await ask({ type: 'SET_REMOTE', description });
				if (result.type !== 'PC_REMOTE_SET') throw new Error(`not set: ${JSON.stringify(result)}`);
				return result;
			},
			isConnected: () => {
				const state = seen('PC_ICE_STATE').at(-1)?.state;
				return state === 'connected' || state === 'completed';
			}
		};
	};
	type Edge = ReturnType<typeof openEdge>;

	const openLeased = async (kinds: readonly MediaKind[]): Promise<MediaLease['tracks']> => {
		const leased: MediaLease['tracks'] = {};
		for (const kind of kinds) {
			const track = await platform.openTrack(kind);
			tracks.push(track);
			leased[kind] = localTracks.add(track);
		}
		return leased;
	};

	return {
		platform,
		ledger,
		localTracks,
		remoteStreams,
		warnings,
		openEdge,
		lease: async (...kinds: MediaKind[]): Promise<MediaLease> => ({
			leaseId: `lease-${tracks.length}`,
			tracks: await openLeased(kinds)
		}),
		/** The same lease with a screen beside. */
		withScreen: async (lease: MediaLease, ...kinds: MediaKind[]): Promise<MediaLease> => ({
			...lease,
			leaseId: `${lease.leaseId} and a screen`,
			screen: await openLeased(kinds)
		}),
		/** Resolves after every event that was due when it was called. */
		quiet: async () => {
			for (let round = 0; round < 3; round++) {
				const sentinel = openEdge();
				await sentinel.applyMedia(null, true);
				await until(() => sentinel.seen('PC_NEGOTIATION_NEEDED').length > 0, 'the sentinel speaks');
				sentinel.close();
			}
		},
		/** One whole offer and answer. */
		negotiate: async (from: Edge, to: Edge) => {
			await to.setRemote(await from.describe());
			await from.setRemote(await to.describe());
		},
		connect: async (from: Edge, to: Edge) => {
			const passed = new Map<Edge, number>();
			const pass = (source: Edge, target: Edge) => {
				const found = source.seen('PC_CANDIDATE');
				const candidates = found.slice(passed.get(source) ?? 0).map(({ candidate }) => candidate);
				passed.set(source, found.length);
				if (candidates.length > 0) target.command({ type: 'ADD_CANDIDATES', candidates });
			};
			await until(() => {
				pass(from, to);
				pass(to, from);
				return from.isConnected() && to.isConnected();
			}, 'both edges are connected');
		},
		end: () => {
			for (const owner of Array.from({ length: edges }, (_, index) => `owner-${index + 1}`)) {
				ledger.releaseOwner(owner);
			}
			for (const track of tracks) track.stop();
		}
	};
}

type Bench = ReturnType<typeof createEdgeBench>;

const described = { streams: 'described' } as const;
const badServer: IceServer = { urls: ['nonsense'] };
const goodServer: IceServer = { urls: ['stun:127.0.0.1:9'] };

const cases: Record<string, (bench: Bench) => Promise<void>> = {
	'offer, answer and candidates connect both sides, with tracks and messages': async (bench) => {
		const [a, b] = [bench.openEdge(), bench.openEdge({ dataChannel: null })];
		await a.applyMedia(await bench.lease('audio', 'video'), true);
		await until(() => a.seen('PC_NEGOTIATION_NEEDED').length === 1, 'negotiation is needed');
		expectSame(a.seen('PC_NEGOTIATION_NEEDED')[0]?.signalingState, 'stable', 'state');
		const set = await b.setRemote(await a.describe());
		expectSame([set.receivers, set.hasData], [2, true], 'what the offer holds');
		await b.applyMedia(await bench.lease('audio'), false);
		await a.setRemote(await b.describe());
		await bench.connect(a, b);
		for (const { seen, callId } of [a, b]) {
			const arrived = seen('PC_TRACK').map(({ kind, streamId }) => [kind, streamId]);
			expectSame(
				arrived,
				[
					['audio', callId],
					['video', callId]
				],
				'tracks'
			);
			expectSame(bench.remoteStreams.get(callId)?.getTracks().length, 2, 'tracks of the stream');
			await until(() => seen('PC_DATA_OPEN').length === 1, 'the channel is open');
		}
		a.command({ type: 'SEND_DATA', text: 'to b' });
		b.command({ type: 'SEND_DATA', text: 'to a' });
		await until(() => a.seen('PC_DATA').length + b.seen('PC_DATA').length === 2, 'both messages arrive');
		expectSame([b.seen('PC_DATA')[0]?.text, a.seen('PC_DATA')[0]?.text], ['to b', 'to a'], 'texts');
		await until(() => a.seen('PC_CONNECTION_STATE').at(-1)?.state === 'connected', 'all is connected');
	},

	'media that is given before the offer is attached after it': async (bench) => {
		const [a, b] = [bench.openEdge(), bench.openEdge()];
		await a.applyMedia(await bench.lease('audio'), true);
		await b.applyMedia(await bench.lease('audio'), false);
		await bench.negotiate(a, b);
		const [answer] = b.seen('PC_LOCAL_SET');
		const announced = answer?.description.sdp.includes(`a=msid:${answer.streamIds.join()} `);
		expectSame([answer?.streamIds.length, announced], [1, true], 'the stream that the answer announces');
		await bench.connect(a, b);
		const sound = bench.remoteStreams.get(a.callId)?.getAudioTracks()[0];
		await until(() => sound?.muted === false, 'the answering side is heard');
	},

	'tracks come and go without negotiation': async (bench) => {
		const [a, b] = [bench.openEdge(), bench.openEdge()];
		await a.applyMedia(null, true);
		await b.applyMedia(null, false);
		await bench.negotiate(a, b);
		await bench.connect(a, b);
		const before = a.seen('PC_NEGOTIATION_NEEDED').length + b.seen('PC_NEGOTIATION_NEEDED').length;
		const lease = await bench.lease('audio', 'video');
		await a.applyMedia(lease, true);
		const sound = bench.remoteStreams.get(b.callId)?.getAudioTracks()[0];
		await until(() => sound?.muted === false, 'sound flows');
		await a.applyMedia(await bench.lease('audio'), true);
		await a.applyMedia(null, true);
		await b.applyMedia(await bench.lease('audio'), false);
		const back = bench.remoteStreams.get(a.callId)?.getAudioTracks()[0];
		await until(() => back?.muted === false, 'sound flows back');
		await a.ask({ type: 'READ_STATS' });
		const after = a.seen('PC_NEGOTIATION_NEEDED').length + b.seen('PC_NEGOTIATION_NEEDED').length;
		expectSame(after, before, 'negotiation-needed events');
		const live = Object.values(lease.tracks).map((trackId) => bench.localTracks.get(trackId)?.readyState);
		expectSame(live, ['live', 'live'], 'tracks that are no longer sent');
	},

	'a one-way offer is answered one way, and nothing is left to negotiate': async (bench) => {
		const a = bench.openEdge({ media: { audio: 'send', video: 'send' } });
		const b = bench.openEdge();
		await a.applyMedia(await bench.lease('audio', 'video'), true);
		await b.applyMedia(await bench.lease('audio'), false);
		await until(() => a.seen('PC_NEGOTIATION_NEEDED').length === 1, 'negotiation is needed');
		await bench.negotiate(a, b);
		await bench.connect(a, b);
		expectSame([a.seen('PC_TRACK').length, b.seen('PC_TRACK').length], [0, 2], 'tracks');
		const needed = a.seen('PC_NEGOTIATION_NEEDED').length + b.seen('PC_NEGOTIATION_NEEDED').length;
		expectSame(needed, 1, 'negotiation-needed events');
	},

	'who answers begins the handshake, unless that is left to the one who offers': async (bench) => {
		const setups = async (options: Partial<PeerConnectionOptions>) => {
			const a = bench.openEdge();
			const b = bench.openEdge({ dataChannel: null, ...options });
			await a.applyMedia(await bench.lease('audio', 'video'), true);
			const offer = await a.describe();
			await b.setRemote(offer);
			await b.applyMedia(null, false);
			const answer = await b.describe();
			await a.setRemote(answer);
			await bench.connect(a, b);
			return [offer, answer].map(({ sdp }) => [...new Set(sdp.match(/(?<=^a=setup:)\w+/gm))].join());
		};
		expectSame(await setups({}), ['actpass', 'active'], 'by itself');
		expectSame(await setups({ leavesDtlsToThem: true }), ['actpass', 'passive'], 'left to the other side');
	},

	'kinds that are not wanted get no section': async (bench) => {
		const a = bench.openEdge({ media: { audio: 'receive', video: 'none' }, dataChannel: null });
		const b = bench.openEdge();
		await a.applyMedia(await bench.lease('audio', 'video'), true);
		const offer = await a.describe();
		const set = await b.setRemote(offer);
		expectSame([set.receivers, set.hasData], [1, false], 'what the offer holds');
		expectSame(b.seen('PC_TRACK').length, 0, 'tracks');
		expectSame(a.seen('PC_LOCAL_SET')[0]?.streamIds, [], 'own streams');
	},

	'each result carries the token of its command, in order': async (bench) => {
		const a = bench.openEdge();
		a.command({ type: 'APPLY_MEDIA', token: 1, lease: null, offering: true });
		a.command({ type: 'SET_LOCAL', token: 2 });
		a.command({ type: 'READ_LOCAL', token: 3 });
		a.command({ type: 'ROLL_BACK', token: 4 });
		a.command({ type: 'READ_LOCAL', token: 5 });
		a.command({ type: 'READ_STATS', token: 6 });
		const results = () => a.events.filter((event): event is Told => 'token' in event);
		await until(() => results().length === 6, 'six results');
		expectSame(
			results().map(({ type, token }) => `${token} ${type}`),
			[
				'1 PC_MEDIA_APPLIED',
				'2 PC_LOCAL_SET',
				'3 PC_LOCAL_READ',
				'4 PC_ROLLED_BACK',
				'5 PC_LOCAL_FAILED',
				'6 PC_STATS'
			],
			'results'
		);
	},

	'what the browser refuses is reported, and the next command still runs': async (bench) => {
		const [a, b] = [bench.openEdge(), bench.openEdge()];
		await a.applyMedia(null, true);
		const offer = await a.describe();
		const answer = await b.ask({ type: 'SET_REMOTE', description: { type: 'answer', sdp: offer.sdp } });
		expectSame(answer.type, 'PC_REMOTE_FAILED', 'an answer in stable');
		const nonsense = await b.ask({ type: 'SET_REMOTE', description: { type: 'offer', sdp: 'nonsense' } });
		expectSame(nonsense.type, 'PC_REMOTE_FAILED', 'nonsense');
		expectSame(
			'message' in nonsense && nonsense.message.includes('nonsense'),
			false,
			'quoting the description'
		);
		const candidate = { candidate: 'candidate:nonsense', sdpMid: '0', sdpMLineIndex: 0 };
		b.command({ type: 'ADD_CANDIDATES', candidates: [candidate, candidate] });
		expectSame((await b.ask({ type: 'ROLL_BACK' })).type, 'PC_LOCAL_FAILED', 'nothing to roll back');
		expectSame(b.seen('PC_CANDIDATE_REFUSED').length, 2, 'refused candidates');
		await b.setRemote(offer);
		b.command({ type: 'ADD_CANDIDATES', candidates: [{ candidate: '', sdpMid: null, sdpMLineIndex: null }] });
		await b.ask({ type: 'READ_STATS' });
		expectSame(b.seen('PC_CANDIDATE_REFUSED').length, 2, 'refused candidates after an end mark');
		expectSame(b.seen('PC_FATAL').length, 0, 'fatal');
	},

	'the local description is read with the candidates found so far': async (bench) => {
		const a = bench.openEdge();
		await a.applyMedia(null, true);
		await a.describe();
		await until(() => a.seen('PC_GATHERING_COMPLETE').length === 1, 'gathering is complete');
		const read = await a.ask({ type: 'READ_LOCAL' });
		const sdp = read.type === 'PC_LOCAL_READ' ? read.description.sdp : '';
		expectSame(sdp.includes('a=candidate:'), true, 'candidates in the description');
		expectSame(
			a.seen('PC_CANDIDATE').some(({ candidate }) => candidate.candidate === ''),
			false,
			'end marks'
		);
	},

	'two offers at once end in one connection that carries both ways': async (bench) => {
		const [a, b] = [bench.openEdge(), bench.openEdge()];
		await a.applyMedia(await bench.lease('audio'), true);
		await b.applyMedia(await bench.lease('audio'), true);
		await a.describe();
		await a.setRemote(await b.describe());
		await b.setRemote(await a.describe());
		await bench.connect(a, b);
		for (const { callId } of [a, b]) {
			const sound = bench.remoteStreams.get(callId)?.getAudioTracks()[0];
			await until(() => sound?.muted === false, `${callId} hears the other`);
		}
		await bench.negotiate(a, b);
		await bench.quiet();
		const needed = a.seen('PC_NEGOTIATION_NEEDED').length + b.seen('PC_NEGOTIATION_NEEDED').length;
		await bench.negotiate(a, b);
		await bench.quiet();
		const now = a.seen('PC_NEGOTIATION_NEEDED').length + b.seen('PC_NEGOTIATION_NEEDED').length;
		expectSame(now, needed, 'negotiation-needed events, once all is negotiated');
		const { receivers } = await b.setRemote(await a.describe());
		expectSame(receivers <= 4, true, `at most four sections, not ${receivers}`);
	},

	'a track that is no longer sent is gone, and comes back': async (bench) => {
		const options: Partial<PeerConnectionOptions> = { media: { audio: 'send', video: 'none' } };
		const [a, b] = [bench.openEdge(options), bench.openEdge()];
		await a.applyMedia(await bench.lease('audio'), true);
		await b.applyMedia(null, false);
		await bench.negotiate(a, b);
		const offer = await a.describe();
		const silent = { ...offer, sdp: offer.sdp.replace('a=sendonly', 'a=inactive') };
		await b.setRemote(silent);
		await b.describe();
		expectSame(b.seen('PC_TRACK_GONE').length, 1, 'gone');
		expectSame(bench.remoteStreams.get(b.callId), undefined, 'stream');
		await b.setRemote(offer);
		expectSame(b.seen('PC_TRACK').length, 2, 'arrivals');
	},

	'a screen is a second stream that comes, goes and comes back in the same sections': async (bench) => {
		const [a, b] = [bench.openEdge(described), bench.openEdge(described)];
		const camera = await bench.lease('audio', 'video');
		await a.applyMedia(camera, true);
		await b.applyMedia(await bench.lease('audio'), false);
		await bench.negotiate(a, b);
		await bench.connect(a, b);
		const [own] = a.announced().usermedia;
		expectSame(a.announced().screen, [], 'no screen yet');
		await bench.quiet();
		const needed = a.seen('PC_NEGOTIATION_NEEDED').length;
		const names = new Set<string | undefined>();
		for (let round = 1; round <= 3; round++) {
			await a.applyMedia(await bench.withScreen(camera, 'video', 'audio'), true);
			await until(() => a.seen('PC_NEGOTIATION_NEEDED').length === needed + 2 * round - 1, 'asked to begin');
			await bench.negotiate(a, b);
			const [shared] = a.announced().screen;
			names.add(shared);
			expectSame(a.announced().usermedia, [own], 'the own stream');
			expectSame(
				b.receiving(),
				[`audio of ${own}`, `audio of ${shared}`, `video of ${own}`, `video of ${shared}`].sort(),
				'what the other side gets'
			);
			const shown = bench.remoteStreams.get(`${b.callId}/${shared}`)?.getTracks();
			await until(() => shown?.length === 2 && shown.every(({ muted }) => !muted), 'the screen is seen');
			await a.applyMedia(camera, true);
			await until(() => a.seen('PC_NEGOTIATION_NEEDED').length === needed + 2 * round, 'asked to end');
			await bench.negotiate(a, b);
			expectSame(a.announced().screen, [], 'the screen at its end');
			expectSame(b.receiving(), [`audio of ${own}`, `video of ${own}`], 'what stays');
			expectSame(bench.remoteStreams.get(`${b.callId}/${shared}`), undefined, 'the stream of the screen');
		}
		expectSame([names.size, names.has(own)], [1, false], 'names of the screen');
		await bench.quiet();
		const needs = [a, b].map(({ seen }) => seen('PC_NEGOTIATION_NEEDED').length);
		expectSame(needs, [needed + 6, 0], 'negotiation-needed events');
		const { receivers } = await b.setRemote(await a.describe());
		expectSame(receivers, 4, 'sections');
	},

	'the answering side shares over an offer of its own, in sections that are there': async (bench) => {
		const [a, b] = [bench.openEdge(described), bench.openEdge(described)];
		const [ours, theirs] = [await bench.lease('audio'), await bench.lease('audio', 'video')];
		await a.applyMedia(await bench.withScreen(ours, 'video'), true);
		await b.applyMedia(theirs, false);
		await bench.negotiate(a, b);
		await bench.connect(a, b);
		await bench.quiet();
		await b.applyMedia(await bench.withScreen(theirs, 'video'), false);
		await until(() => b.seen('PC_NEGOTIATION_NEEDED').length === 1, 'negotiation is needed');
		await bench.negotiate(b, a);
		const [[camera], [screen]] = [b.announced().usermedia, b.announced().screen];
		expectSame(
			a.receiving(),
			[`audio of ${camera}`, `video of ${camera}`, `video of ${screen}`].sort(),
			'what the offering side gets'
		);
		const own = a.announced();
		expectSame([own.usermedia.length, own.screen.length], [1, 1], 'what the offering side still sends');
		await a.applyMedia(ours, true);
		await until(() => a.seen('PC_NEGOTIATION_NEEDED').length === 2, 'negotiation is needed again');
		await bench.negotiate(a, b);
		expectSame(
			b.receiving(),
			[`audio of ${own.usermedia.join()}`, `video of ${own.usermedia.join()}`],
			'what stays'
		);
		expectSame(a.receiving().includes(`video of ${screen}`), true, 'the screen of the answering side stays');
		await bench.quiet();
		const needs = [a, b].map(({ seen }) => seen('PC_NEGOTIATION_NEEDED').length);
		expectSame(needs, [2, 1], 'negotiation-needed events');
		const { receivers } = await b.setRemote(await a.describe());
		expectSame(receivers, 3, 'sections');
	},

	'a side that shares already when it answers offers its screen afterwards': async (bench) => {
		const [a, b] = [bench.openEdge(described), bench.openEdge(described)];
		await a.applyMedia(await bench.lease('audio'), true);
		await b.applyMedia(await bench.withScreen(await bench.lease('audio', 'video'), 'video'), false);
		await bench.negotiate(a, b);
		expectSame(b.announced().screen, [], 'the screen in the answer');
		await until(() => b.seen('PC_NEGOTIATION_NEEDED').length === 1, 'negotiation is needed');
		await bench.negotiate(b, a);
		await bench.connect(a, b);
		const [screen] = b.announced().screen;
		expectSame(a.receiving().includes(`video of ${screen}`), true, 'the screen arrives');
		expectSame(a.receiving().length, 3, 'beside microphone and camera');
		const shown = bench.remoteStreams.get(`${a.callId}/${screen}`)?.getVideoTracks()[0];
		await until(() => shown?.muted === false, 'the screen is seen');
	},

	'two screens at once end in one section for both': async (bench) => {
		const [a, b] = [bench.openEdge(described), bench.openEdge(described)];
		const [ours, theirs] = [await bench.lease('audio', 'video'), await bench.lease('audio', 'video')];
		await a.applyMedia(ours, true);
		await b.applyMedia(theirs, false);
		await bench.negotiate(a, b);
		await bench.connect(a, b);
		await a.applyMedia(await bench.withScreen(ours, 'video'), true);
		await b.applyMedia(await bench.withScreen(theirs, 'video'), false);
		await until(() => b.seen('PC_NEGOTIATION_NEEDED').length === 1, 'negotiation is needed');
		await b.describe();
		await b.setRemote(await a.describe());
		await a.setRemote(await b.describe());
		await bench.quiet();
		for (const [here, there] of [
			[a, b],
			[b, a]
		] as const) {
			const [screen] = there.announced().screen;
			expectSame(here.receiving().length, 3, 'tracks');
			expectSame(here.receiving().includes(`video of ${screen}`), true, 'the screen of the other side');
		}
		expectSame(b.seen('PC_NEGOTIATION_NEEDED').length, 1, 'negotiation-needed events');
		const { receivers } = await b.setRemote(await a.describe());
		expectSame(receivers, 3, 'sections');
	},

	'tracks without a stream are told as such': async (bench) => {
		const [a, b] = [bench.openEdge(described), bench.openEdge(described)];
		await a.applyMedia(await bench.lease('audio'), true);
		await b.applyMedia(null, false);
		const { type, sdp } = await a.describe();
		const streamless = sdp.replace(/a=msid:\S+ /g, 'a=msid:- ').replace(/a=ssrc:.*\r\n/g, '');
		await b.setRemote({ type, sdp: streamless });
		const places = b.seen('PC_TRACK').map(({ streamId, remoteStreamId }) => [streamId, remoteStreamId]);
		const place = [b.callId, null];
		expectSame(places, [place, place], 'places');
	},

	'copies are muted with their original, and stopped when they are no longer sent': async (bench) => {
		const copying = createEdgeBench(bench.platform, true);
		const [a, b] = [copying.openEdge(), copying.openEdge()];
		const lease = await copying.lease('audio', 'video');
		await a.applyMedia(lease, true);
		await b.applyMedia(lease, false);
		await copying.negotiate(a, b);
		await copying.connect(a, b);
		expectSame(copying.ledger.snapshot(), { 'peer-connection': 2, track: 4 }, 'open');
		const sound = lease.tracks.audio;
		if (!sound) throw new Error('there is no sound');
		copying.localTracks.setEnabled(sound, false);
		await a.applyMedia({ ...lease, tracks: { audio: sound } }, true);
		expectSame(copying.ledger.snapshot(a.owner), { 'peer-connection': 1, track: 1 }, 'one kind less');
		a.close();
		expectSame(copying.ledger.snapshot(), { 'peer-connection': 1, track: 2 }, 'after closing one');
		const original = copying.localTracks.get(sound);
		expectSame([original?.readyState, original?.enabled], ['live', false], 'the original');
		copying.end();
		expectSame(copying.ledger.snapshot(), {}, 'at the end');
	},

	'bad servers are left out one by one, when opened and when renewed': async ({ platform }) => {
		const opened: RTCPeerConnection[] = [];
		const open = (configuration?: RTCConfiguration) => {
			const connection = platform.open(configuration);
			opened.push(connection);
			return connection;
		};
		const bench = createEdgeBench({ ...platform, open });
		const used = () =>
			opened
				.at(-1)
				?.getConfiguration()
				.iceServers?.map(({ urls }) => [urls].flat());
		const a = bench.openEdge({ iceServers: [badServer, goodServer, { urls: ['turn:t.example'] }] });
		expectSame(used(), [goodServer.urls], 'servers that are used');
		await a.applyMedia(null, true);
		await a.describe();
		const [connection] = opened.slice(-1);
		const renewed: IceServer = { urls: ['turn:t.example'], username: '2000000000:ann', credential: 'secret' };
		a.command({ type: 'SET_ICE_SERVERS', iceServers: [badServer, renewed] });
		await a.ask({ type: 'READ_STATS' });
		const [server, ...others] = connection?.getConfiguration().iceServers ?? [];
		expectSame([server?.username, others.length], [renewed.username, 0], 'servers after the renewal');
		expectSame(a.seen('PC_FATAL').length, 0, 'fatal');
		expectSame(bench.warnings.length, 2, 'warnings');
		bench.end();
	},

	'after close() nothing is reported and nothing stays open': async (bench) => {
		const [a, b] = [bench.openEdge(), bench.openEdge()];
		await a.applyMedia(await bench.lease('audio'), true);
		await b.applyMedia(null, false);
		await bench.negotiate(a, b);
		await bench.connect(a, b);
		expectSame(bench.ledger.snapshot(), { 'peer-connection': 2 }, 'open before');
		const before = a.events.length;
		a.command({ type: 'SET_LOCAL', token: -1 });
		a.command({ type: 'READ_STATS', token: -2 });
		a.close();
		a.close();
		b.command({ type: 'RESTART_ICE' });
		await until(() => b.seen('PC_NEGOTIATION_NEEDED').length > 0, 'the other side lives on');
		expectSame(a.events.length, before, 'events');
		expectSame(bench.remoteStreams.get(a.callId), undefined, 'stream');
		expectSame(bench.ledger.snapshot(), { 'peer-connection': 1 }, 'open after');
		bench.ledger.releaseOwner(b.owner);
		expectSame(bench.ledger.snapshot(), {}, 'open at the end');
	}
};

/** What the adapter promises, over whatever peer connection. */
export const edgeContract = (makePlatform: () => ContractPlatform): ContractCase[] =>
	Object.entries(cases).map(([name, work]) => ({
		name,
		run: async () => {
			const bench = createEdgeBench(makePlatform());
			try {
				await work(bench);
			} finally {
				bench.end();
			}
		}
	}));
