import { expectSame, failureOf, nextEvent, until, type ContractCase } from './contract.ts';

/** Where connections and tracks come from: a browser, or the fakes. */
export interface ContractPlatform {
	open: (configuration?: RTCConfiguration) => RTCPeerConnection;
	/** A live track, of a device where there are devices. */
	openTrack: (kind: 'audio' | 'video') => Promise<MediaStreamTrack>;
	createStream: (tracks: MediaStreamTrack[]) => MediaStream;
}

/** One pair of connections, closed at the end of its case. */
interface Pair {
	a: RTCPeerConnection;
	b: RTCPeerConnection;
	platform: ContractPlatform;
	openTrack: (kind: 'audio' | 'video') => Promise<MediaStreamTrack>;
	/** Resolves after every event that was due when it was called. */
	quiet: () => Promise<void>;
}

const given = (description: RTCSessionDescription | null): RTCSessionDescriptionInit => {
	if (!description) throw new Error('there is no description');
	return { type: description.type, sdp: description.sdp };
};

/** One whole offer and answer. */
async function negotiate(from: RTCPeerConnection, to: RTCPeerConnection): Promise<void> {
	await from.setLocalDescription();
	await to.setRemoteDescription(given(from.localDescription));
	await to.setLocalDescription();
	await from.setRemoteDescription(given(to.localDescription));
}

/** Passes candidates on as soon as the other side can take them. */
function trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
	const early: RTCIceCandidate[] = [];
	const pass = () => {
		if (to.remoteDescription) for (const candidate of early.splice(0)) void to.addIceCandidate(candidate);
	};
	from.addEventListener('icecandidate', ({ candidate }) => {
		if (candidate) early.push(candidate);
		pass();
	});
	to.addEventListener('signalingstatechange', pass);
}

async function connect({ a, b }: Pair): Promise<void> {
	trickle(a, b);
	trickle(b, a);
	await negotiate(a, b);
	await until(
		() => [a, b].every(({ iceConnectionState: ice }) => ice === 'connected' || ice === 'completed'),
		'both sides are connected'
	);
}

function record(target: EventTarget, type: string): Event[] {
	const seen: Event[] = [];
	target.addEventListener(type, (event) => seen.push(event));
	return seen;
}

const candidate = 'candidate:1 1 udp 2113937151 192.0.2.1 50001 typ host';
const tracksOf = (events: readonly Event[]) =>
	events.map((event) => {
		const { track, streams } = event as RTCTrackEvent;
		return { kind: track.kind, streams: streams.map(({ id }) => id) };
	});

const cases: Record<string, (pair: Pair) => Promise<void>> = {
	'a bad server address is refused by the constructor': async ({ platform }) => {
		const open = (servers: RTCIceServer[]) => failureOf(() => platform.open({ iceServers: servers }));
		expectSame(await open([{ urls: 'nonsense' }]), 'SyntaxError', 'an address without scheme');
		expectSame(await open([{ urls: 'turn:t.example' }]), 'InvalidAccessError', 'turn without credentials');
	},

	'a candidate before the remote description is refused': async ({ a }) => {
		a.addTransceiver('audio');
		await a.setLocalDescription();
		const early = () => a.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
		expectSame(await failureOf(early), 'InvalidStateError', 'an early candidate');
	},

	'a candidate given while the remote description is being set waits for it': async ({ a, b }) => {
		a.addTransceiver('audio');
		await a.setLocalDescription();
		const setting = b.setRemoteDescription(given(a.localDescription));
		const adding = b.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 });
		await Promise.all([setting, adding]);
		await b.addIceCandidate();
	},

	'a candidate for no section, without place or without sense is refused': async ({ a, b }) => {
		a.addTransceiver('audio');
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		const add = (init: RTCIceCandidateInit) => failureOf(() => b.addIceCandidate(init));
		expectSame(await add({ candidate, sdpMid: 'x' }), 'OperationError', 'an unknown mid');
		expectSame(await add({ candidate, sdpMLineIndex: 7 }), 'OperationError', 'an unknown line');
		expectSame(await add({ candidate: 'nonsense', sdpMid: '0' }), 'OperationError', 'nonsense');
		expectSame(await add({ candidate }), 'TypeError', 'no place');
	},

	'an answer is refused in stable': async ({ a, b }) => {
		a.addTransceiver('audio');
		await negotiate(a, b);
		const answer = given(b.localDescription);
		expectSame(await failureOf(() => a.setRemoteDescription(answer)), 'InvalidStateError', 'an answer');
		expectSame(await failureOf(() => a.createAnswer()), 'InvalidStateError', 'making an answer');
	},

	'nonsense is refused as a description and changes nothing': async ({ a }) => {
		const sdp = 'nonsense';
		const setting = () => a.setRemoteDescription({ type: 'offer', sdp });
		expectSame(await failureOf(setting), 'OperationError', 'nonsense');
		expectSame(a.signalingState, 'stable', 'state');
	},

	'an offer in have-local-offer rolls the own offer back': async ({ a, b }) => {
		a.addTransceiver('audio');
		b.addTransceiver('audio');
		await a.setLocalDescription();
		await b.setLocalDescription();
		await a.setRemoteDescription(given(b.localDescription));
		expectSame(a.signalingState, 'have-remote-offer', 'state');
		expectSame(a.pendingLocalDescription, null, 'own offer');
	},

	'a remote offer takes over what addTrack made, never what addTransceiver made': async (pair) => {
		const { a, b } = pair;
		a.addTransceiver('audio');
		a.addTrack(await pair.openTrack('video'));
		b.addTransceiver('audio');
		b.addTransceiver('video');
		await a.setLocalDescription();
		await b.setLocalDescription();
		await a.setRemoteDescription(given(b.localDescription));
		const mids = a.getTransceivers().map(({ mid, receiver }) => [receiver.track.kind, mid !== null]);
		expectSame(
			mids,
			[
				['audio', false],
				['video', true],
				['audio', true]
			],
			'transceivers'
		);
	},

	'a transceiver left over by a rollback needs one negotiation of its own': async ({ a, b, quiet }) => {
		a.addTransceiver('audio');
		b.addTransceiver('audio');
		await nextEvent(a, 'negotiationneeded');
		await a.setLocalDescription();
		await b.setLocalDescription();
		const needed = record(a, 'negotiationneeded');
		await a.setRemoteDescription(given(b.localDescription));
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		await until(() => needed.length > 0, 'negotiation is needed');
		await negotiate(a, b);
		await quiet();
		expectSame(needed.length, 1, 'negotiation-needed events');
		expectSame(a.getTransceivers().length, 2, 'transceivers');
	},

	'negotiation-needed comes later, and once for several changes': async ({ a, quiet }) => {
		const needed = record(a, 'negotiationneeded');
		a.addTransceiver('audio');
		a.addTransceiver('video');
		a.createDataChannel('status');
		expectSame(needed.length, 0, 'events at once');
		await nextEvent(a, 'negotiationneeded');
		await quiet();
		expectSame(needed.length, 1, 'events');
	},

	'negotiation-needed is silent outside stable and comes when stable returns': async ({ a, b, quiet }) => {
		a.addTransceiver('audio');
		await nextEvent(a, 'negotiationneeded');
		await a.setLocalDescription();
		const needed = record(a, 'negotiationneeded');
		a.addTransceiver('video');
		await quiet();
		expectSame(needed.length, 0, 'events while an offer is out');
		await b.setRemoteDescription(given(a.localDescription));
		await b.setLocalDescription();
		await a.setRemoteDescription(given(b.localDescription));
		await until(() => needed.length > 0, 'negotiation is needed for the second transceiver');
		await quiet();
		expectSame(needed.length, 1, 'events');
	},

	'negotiation-needed comes again after a rollback': async ({ a }) => {
		a.addTransceiver('audio');
		await nextEvent(a, 'negotiationneeded');
		await a.setLocalDescription();
		const again = nextEvent(a, 'negotiationneeded');
		await a.setLocalDescription({ type: 'rollback' });
		expectSame(a.signalingState, 'stable', 'state');
		await again;
	},

	'a finished negotiation leaves nothing to negotiate': async ({ a, b, quiet, platform }) => {
		const streams = [platform.createStream([])];
		a.addTransceiver('audio', { direction: 'sendrecv', streams });
		a.addTransceiver('video', { direction: 'sendonly', streams });
		a.createDataChannel('status');
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		for (const transceiver of b.getTransceivers()) transceiver.direction = 'sendrecv';
		await quiet();
		const needed = [record(a, 'negotiationneeded'), record(b, 'negotiationneeded')];
		await b.setLocalDescription();
		await a.setRemoteDescription(given(b.localDescription));
		await quiet();
		expectSame(needed.flat().length, 0, 'events');
		const agreed = (pc: RTCPeerConnection) => pc.getTransceivers().map((one) => one.currentDirection);
		expectSame(agreed(a), ['sendrecv', 'sendonly'], 'directions of the offering side');
		expectSame(agreed(b), ['sendrecv', 'recvonly'], 'directions of the answering side');
	},

	'there is nothing to roll back in stable': async ({ a }) => {
		const rollBack = () => a.setLocalDescription({ type: 'rollback' });
		expectSame(await failureOf(rollBack), 'InvalidStateError', 'a rollback');
	},

	'operations run in the order of their calls': async ({ a }) => {
		a.addTransceiver('audio');
		const done: string[] = [];
		await Promise.all([
			a.createOffer().then(() => done.push('created')),
			a.setLocalDescription().then(() => done.push('set')),
			a.setLocalDescription({ type: 'rollback' }).then(() => done.push('rolled back'))
		]);
		expectSame(done, ['created', 'set', 'rolled back'], 'order');
	},

	'setting the local description in have-remote-offer answers': async ({ a, b }) => {
		a.addTransceiver('audio');
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		await b.setLocalDescription();
		expectSame(b.localDescription?.type, 'answer', 'type');
		expectSame(b.signalingState, 'stable', 'state');
	},

	'close() ends the events and makes later calls fail': async ({ a, b, quiet, openTrack }) => {
		const { sender } = a.addTransceiver('audio');
		a.createDataChannel('status');
		const track = await openTrack('audio');
		await negotiate(a, b);
		const types = [
			'signalingstatechange',
			'iceconnectionstatechange',
			'connectionstatechange',
			'icegatheringstatechange',
			'icecandidate',
			'negotiationneeded'
		];
		const offer = given(a.localDescription);
		a.addTransceiver('video');
		a.restartIce();
		const restarting = a.setLocalDescription();
		const events = types.map((type) => record(a, type));
		a.close();
		void restarting.catch(() => 'browsers differ in whether it ever settles');
		await quiet();
		expectSame(events.flat().length, 0, 'events after close()');
		expectSame([a.signalingState, a.iceConnectionState], ['closed', 'closed'], 'states');
		const calls: Record<string, () => unknown> = {
			createOffer: () => a.createOffer(),
			setLocalDescription: () => a.setLocalDescription(),
			setRemoteDescription: () => a.setRemoteDescription(offer),
			addIceCandidate: () => a.addIceCandidate({ candidate, sdpMid: '0' }),
			replaceTrack: () => sender.replaceTrack(track),
			addTransceiver: () => a.addTransceiver('audio'),
			createDataChannel: () => a.createDataChannel('late')
		};
		for (const [name, call] of Object.entries(calls)) {
			expectSame(await failureOf(call), 'InvalidStateError', name);
		}
		a.close();
	},

	'a track of another kind is not taken in': async ({ a, openTrack }) => {
		const { sender } = a.addTransceiver('video');
		const track = await openTrack('audio');
		expectSame(await failureOf(() => sender.replaceTrack(track)), 'TypeError', 'audio for video');
		expectSame(sender.track, null, 'track');
	},

	'replacing a track needs no negotiation': async ({ a, b, quiet, openTrack }) => {
		const { sender } = a.addTransceiver('audio');
		await negotiate(a, b);
		await quiet();
		const needed = record(a, 'negotiationneeded');
		const track = await openTrack('audio');
		await sender.replaceTrack(track);
		expectSame(sender.track === track, true, 'the track is attached');
		await sender.replaceTrack(null);
		await quiet();
		expectSame(needed.length, 0, 'events');
	},

	'the stream of a sender outlives its tracks': async ({ a, b, platform, openTrack }) => {
		const stream = platform.createStream([]);
		const sender = a.addTrack(await openTrack('video'), stream);
		const arrived = record(b, 'track');
		const announced = () => {
			const names = /a=msid:(\S+) /.exec(a.localDescription?.sdp ?? '');
			return names?.[1];
		};
		await negotiate(a, b);
		expectSame(announced(), stream.id, 'the stream in the first offer');
		await sender.replaceTrack(await openTrack('video'));
		await negotiate(a, b);
		expectSame(announced(), stream.id, 'the stream after the track was replaced');
		await sender.replaceTrack(null);
		await negotiate(a, b);
		expectSame(announced(), stream.id, 'the stream without a track');
		expectSame(tracksOf(arrived), [{ kind: 'video', streams: [stream.id] }], 'arrivals');
	},

	'addTrack takes a sender that never sent, and no other': async ({ a, b, openTrack }) => {
		const idle = a.addTransceiver('audio', { direction: 'recvonly' });
		await negotiate(a, b);
		const used = a.addTrack(await openTrack('audio'));
		expectSame(used === idle.sender, true, 'the sender that only received so far');
		expectSame(idle.direction, 'sendrecv', 'its direction');
		await negotiate(a, b);
		a.removeTrack(used);
		expectSame([used.track, idle.direction], [null, 'recvonly'], 'after removeTrack');
		await negotiate(a, b);
		const next = a.addTrack(await openTrack('audio'));
		expectSame(
			[next === used, a.getTransceivers().length],
			[false, 2],
			'a sender that has sent is left alone'
		);
	},

	'a track removed and another added in its stream need one negotiation': async ({
		a,
		b,
		quiet,
		...rest
	}) => {
		const stream = rest.platform.createStream([]);
		const sender = a.addTrack(await rest.openTrack('video'), stream);
		await negotiate(a, b);
		await quiet();
		const needed = record(a, 'negotiationneeded');
		const arrived = record(b, 'track');
		a.removeTrack(sender);
		a.addTrack(await rest.openTrack('video'), stream);
		await quiet();
		expectSame(needed.length, 1, 'negotiation-needed events');
		await negotiate(a, b);
		await quiet();
		expectSame(needed.length, 1, 'negotiation-needed events at the end');
		expectSame(tracksOf(arrived), [{ kind: 'video', streams: [stream.id] }], 'arrivals');
		const agreed = b.getTransceivers().map(({ currentDirection }) => currentDirection);
		expectSame(agreed, ['inactive', 'recvonly'], 'directions of the other side');
	},

	'two sides that add a track of one kind at once share one section': async ({ a, b, quiet, openTrack }) => {
		const needed = [record(a, 'negotiationneeded'), record(b, 'negotiationneeded')];
		a.addTrack(await openTrack('video'));
		b.addTrack(await openTrack('video'));
		await until(() => needed.every(({ length }) => length === 1), 'both need negotiation');
		await a.setLocalDescription();
		await b.setLocalDescription();
		await a.setRemoteDescription(given(b.localDescription));
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		await quiet();
		const agreed = [a, b].map((pc) => pc.getTransceivers().map(({ currentDirection }) => currentDirection));
		expectSame(agreed, [['sendrecv'], ['sendrecv']], 'directions');
		expectSame(needed.flat().length, 2, 'negotiation-needed events');
	},

	'a section that nobody sends in is asked for, and used, by the side that answered it': async (pair) => {
		const { a, b, quiet, platform, openTrack } = pair;
		const transceiver = a.addTransceiver(await openTrack('video'), { streams: [platform.createStream([])] });
		await negotiate(a, b);
		transceiver.direction = 'recvonly';
		await negotiate(a, b);
		await quiet();
		const needed = record(b, 'negotiationneeded');
		const [answering] = b.getTransceivers();
		const stream = platform.createStream([]);
		answering?.sender.setStreams(stream);
		await answering?.sender.replaceTrack(await openTrack('video'));
		if (answering) answering.direction = 'sendrecv';
		await until(() => needed.length === 1, 'negotiation is needed');
		const arrived = record(a, 'track');
		await negotiate(b, a);
		await quiet();
		expectSame(tracksOf(arrived), [{ kind: 'video', streams: [stream.id] }], 'arrivals');
		expectSame([answering?.currentDirection, b.getTransceivers().length], ['sendonly', 1], 'the section');
		transceiver.direction = 'sendrecv';
		await negotiate(a, b);
		expectSame(answering?.currentDirection, 'sendrecv', 'both ways in the end');
		expectSame(needed.length, 1, 'negotiation-needed events');
	},

	// once: Chromium goes back to the first stream with the next offer, so Roost never moves a section
	'a track that moves to another stream is announced again': async ({ a, b, platform, openTrack }) => {
		const streams = [platform.createStream([]), platform.createStream([])] as const;
		const sender = a.addTrack(await openTrack('audio'), streams[0]);
		const arrived = record(b, 'track');
		await negotiate(a, b);
		const needed = nextEvent(a, 'negotiationneeded');
		sender.setStreams(streams[1]);
		await needed;
		await negotiate(a, b);
		expectSame(
			tracksOf(arrived),
			streams.map(({ id }) => ({ kind: 'audio', streams: [id] })),
			'arrivals'
		);
	},

	'sections allocated without a track announce tracks in their stream': async ({ a, b, platform }) => {
		const stream = platform.createStream([]);
		a.addTransceiver('audio', { streams: [stream] });
		a.addTransceiver('video', { streams: [stream] });
		const arrived = record(b, 'track');
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		const streams = [stream.id];
		expectSame(
			tracksOf(arrived),
			[
				{ kind: 'audio', streams },
				{ kind: 'video', streams }
			],
			'tracks when the description is set'
		);
		const directions = b.getTransceivers().map(({ direction }) => direction);
		expectSame(directions, ['recvonly', 'recvonly'], 'directions of what an offer made');
	},

	'the answering side announces its stream with setStreams': async ({ a, b, platform }) => {
		a.addTransceiver('audio');
		const arrived = record(a, 'track');
		await a.setLocalDescription();
		await b.setRemoteDescription(given(a.localDescription));
		const stream = platform.createStream([]);
		const [transceiver] = b.getTransceivers();
		if (transceiver) transceiver.direction = 'sendrecv';
		transceiver?.sender.setStreams(stream);
		await b.setLocalDescription();
		await a.setRemoteDescription(given(b.localDescription));
		expectSame(tracksOf(arrived), [{ kind: 'audio', streams: [stream.id] }], 'tracks');
	},

	'a direction that stops sending mutes the track, and sending again announces it again': async (pair) => {
		const { a, b } = pair;
		const transceiver = a.addTransceiver(await pair.openTrack('audio'));
		await connect(pair);
		const [receiving] = b.getTransceivers();
		await until(() => receiving?.receiver.track.muted === false, 'sound flows');
		const arrived = record(b, 'track');
		transceiver.direction = 'recvonly';
		await negotiate(a, b);
		expectSame(receiving?.currentDirection, 'inactive', 'direction of the other side');
		await until(() => receiving?.receiver.track.muted === true, 'the track is muted');
		expectSame(receiving?.receiver.track.readyState, 'live', 'the track');
		transceiver.direction = 'sendrecv';
		await negotiate(a, b);
		expectSame(arrived.length, 1, 'track events');
	},

	'tracks and messages flow when both sides are connected': async (pair) => {
		const { a, b } = pair;
		a.addTransceiver(await pair.openTrack('audio'));
		const own = a.createDataChannel('status');
		expectSame(await failureOf(() => own.send('early')), 'InvalidStateError', 'sending early');
		const arriving = nextEvent(b, 'datachannel');
		await connect(pair);
		const { channel } = (await arriving) as RTCDataChannelEvent;
		expectSame(channel.label, 'status', 'label');
		await until(() => own.readyState === 'open' && channel.readyState === 'open', 'the channel is open');
		const messages = [record(channel, 'message'), record(own, 'message')];
		own.send('to b');
		channel.send('to a');
		await until(() => messages.every(({ length }) => length === 1), 'both messages arrive');
		const texts = messages.map(([event]) => (event as MessageEvent).data as unknown);
		expectSame(texts, ['to b', 'to a'], 'texts');
		const [transceiver] = b.getTransceivers();
		await until(() => transceiver?.receiver.track.muted === false, 'sound flows');
		await until(() => a.connectionState === 'connected', 'the whole connection is up');
	},

	'gathering fills the local description': async ({ a }) => {
		a.addTransceiver('audio');
		const found = record(a, 'icecandidate');
		await a.setLocalDescription();
		await until(() => a.iceGatheringState === 'complete', 'gathering is complete');
		expectSame(a.localDescription?.sdp.includes('a=candidate:'), true, 'candidates in the description');
		const texts = () =>
			found.map((event) => (event as RTCPeerConnectionIceEvent).candidate?.candidate ?? null);
		await until(() => texts().at(-1) === null, 'the last event has no candidate');
		expectSame(texts()[0]?.startsWith('candidate:'), true, 'a first candidate');
	},

	'close() ends gathering without a word': async ({ a, quiet }) => {
		a.addTransceiver('audio');
		await a.setLocalDescription();
		const events = ['icecandidate', 'icegatheringstatechange'].map((type) => record(a, type));
		a.close();
		await quiet();
		expectSame(events.flat().length, 0, 'events');
	},

	'an ICE restart needs negotiation and changes the fragment': async ({ a, b, quiet }) => {
		a.addTransceiver('audio');
		await negotiate(a, b);
		await quiet();
		const fragment = () => /a=ice-ufrag:(.*)/.exec(a.localDescription?.sdp ?? '')?.[1];
		const before = fragment();
		const needed = nextEvent(a, 'negotiationneeded');
		a.restartIce();
		await needed;
		await negotiate(a, b);
		expectSame(fragment() === before, false, 'the same fragment');
	},

	'a track ends alone, quietly, and its clone lives on': async ({ openTrack, quiet }) => {
		const track = await openTrack('audio');
		track.enabled = false;
		const clone = track.clone();
		const ended = record(track, 'ended');
		expectSame([clone.id === track.id, clone.enabled], [false, false], 'the clone');
		clone.enabled = true;
		expectSame(track.enabled, false, 'the original');
		track.stop();
		await quiet();
		expectSame([track.readyState, clone.readyState, ended.length], ['ended', 'live', 0], 'after stop()');
		clone.stop();
	},

	'a clone ends alone and leaves the original; a cloned stream has a new name': async ({
		quiet,
		...rest
	}) => {
		const track = await rest.openTrack('video');
		const stream = rest.platform.createStream([track]);
		const copy = stream.clone();
		const [clone] = copy.getTracks();
		const ended = record(track, 'ended');
		expectSame([copy.id === stream.id, clone?.id === track.id], [false, false], 'names');
		clone?.stop();
		await quiet();
		expectSame([track.readyState, clone?.readyState, ended.length], ['live', 'ended', 0], 'after stop()');
	}
};

/** What Roost relies on. Both the fake and the browsers must keep all of it. */
export const peerConnectionContract = (makePlatform: () => ContractPlatform): ContractCase[] =>
	Object.entries(cases).map(([name, work]) => ({
		name,
		run: async () => {
			const platform = makePlatform();
			const opened: { close(): void }[] = [];
			const open = (configuration?: RTCConfiguration) => {
				const connection = platform.open(configuration);
				opened.push(connection);
				return connection;
			};
			const openTrack = async (kind: 'audio' | 'video') => {
				const track = await platform.openTrack(kind);
				opened.push({ close: () => track.stop() });
				return track;
			};
			const quiet = async () => {
				// what a fresh connection announces comes after whatever was due before
				for (let round = 0; round < 3; round++) {
					const sentinel = open();
					sentinel.createDataChannel('sentinel');
					await nextEvent(sentinel, 'negotiationneeded');
					sentinel.close();
				}
			};
			try {
				await work({ a: open(), b: open(), platform: { ...platform, open }, openTrack, quiet });
			} finally {
				for (const thing of opened) thing.close();
			}
		}
	}));
