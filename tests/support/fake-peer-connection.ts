import { FakeDataChannel } from './fake-data-channel.ts';
import { FakeEvent, invalidState } from './fake-event.ts';
import { FakeMediaStream } from './fake-media.ts';
import {
	FakeDescription,
	FakeNegotiation,
	type Described,
	type Plan,
	type TrackChanges
} from './fake-negotiation.ts';
import type { FakeNetwork } from './fake-network.ts';
import { readSdp, receives, sends, toDirection, writeSdp } from './fake-sdp.ts';
import { FakeTransceiver, type FakeSender } from './fake-transceiver.ts';

/** What a script can refuse or hold up. */
type FakeOperation =
	| 'addIceCandidate'
	| 'addTransceiver'
	| 'createAnswer'
	| 'createOffer'
	| 'getStats'
	| 'replaceTrack'
	| 'setConfiguration'
	| 'setLocalDescription'
	| 'setRemoteDescription';

let serial = 0;

/**
 * RTCPeerConnection without a browser, as strict as one: it passes the same contract as Chromium's. Connections are
 * opened by a `FakeNetwork`, which also carries what they send. Only addEventListener hears events: `on…` is not called.
 */
export class FakePeerConnection extends EventTarget implements RTCPeerConnection {
	readonly serial = ++serial;
	iceConnectionState: RTCIceConnectionState = 'new';
	iceGatheringState: RTCIceGatheringState = 'new';
	connectionState: RTCPeerConnectionState = 'new';
	readonly canTrickleIceCandidates = true;
	readonly sctp = null;
	onconnectionstatechange: RTCPeerConnection['onconnectionstatechange'] = null;
	ondatachannel: RTCPeerConnection['ondatachannel'] = null;
	onicecandidate: RTCPeerConnection['onicecandidate'] = null;
	onicecandidateerror: RTCPeerConnection['onicecandidateerror'] = null;
	oniceconnectionstatechange: RTCPeerConnection['oniceconnectionstatechange'] = null;
	onicegatheringstatechange: RTCPeerConnection['onicegatheringstatechange'] = null;
	onnegotiationneeded: RTCPeerConnection['onnegotiationneeded'] = null;
	onsignalingstatechange: RTCPeerConnection['onsignalingstatechange'] = null;
	ontrack: RTCPeerConnection['ontrack'] = null;

	isClosed = false;
	readonly channels: FakeDataChannel[] = [];
	/** Candidates that were really applied, in order. */
	readonly appliedCandidates: string[] = [];
	/** How many transceivers there ever were: they must not pile up. */
	transceiversMade = 0;
	readonly #network: FakeNetwork;
	readonly #negotiation: FakeNegotiation;
	readonly #operations: (() => Promise<void>)[] = [];
	readonly #refusals = new Map<FakeOperation, string[]>();
	readonly #holds = new Map<FakeOperation, Promise<void>>();
	readonly #remoteStreams = new Map<string, FakeMediaStream>();
	readonly #remoteCandidates = new Map<string, string[]>();
	#configuration: RTCConfiguration;
	#lastOffer: Plan | null = null;
	#lastAnswer: Plan | null = null;
	#isNegotiationNeeded = false;
	#mustReviewNegotiation = false;
	#fragmentToReplace: string | null = null;
	#gathered = '';
	#checkedPair = '';
	#generation = 0;

	constructor(network: FakeNetwork, configuration: RTCConfiguration) {
		super();
		checkServers(configuration);
		this.#network = network;
		this.#configuration = configuration;
		this.#negotiation = new FakeNegotiation(this, () => this.channels.length > 0);
	}

	get signalingState(): RTCSignalingState {
		return this.isClosed ? 'closed' : this.#negotiation.state;
	}
	get currentLocalDescription(): FakeDescription | null {
		return describe(this.#negotiation.currentLocal);
	}
	get pendingLocalDescription(): FakeDescription | null {
		return describe(this.#negotiation.pendingLocal);
	}
	get currentRemoteDescription(): FakeDescription | null {
		return describe(this.#negotiation.currentRemote);
	}
	get pendingRemoteDescription(): FakeDescription | null {
		return describe(this.#negotiation.pendingRemote);
	}
	get localDescription(): FakeDescription | null {
		return this.pendingLocalDescription ?? this.currentLocalDescription;
	}
	get remoteDescription(): FakeDescription | null {
		return this.pendingRemoteDescription ?? this.currentRemoteDescription;
	}

	getTransceivers = (): FakeTransceiver[] => [...this.#negotiation.transceivers];
	getSenders = (): FakeSender[] => this.getTransceivers().map(({ sender }) => sender);
	getReceivers = (): RTCRtpReceiver[] => this.getTransceivers().map(({ receiver }) => receiver);
	getConfiguration = (): RTCConfiguration => this.#configuration;

	setConfiguration(configuration: RTCConfiguration = {}): void {
		this.#assertOpen();
		this.#throwIfRefused('setConfiguration');
		checkServers(configuration);
		this.#configuration = configuration;
	}

	addTransceiver(trackOrKind: MediaStreamTrack | string, init: RTCRtpTransceiverInit = {}): FakeTransceiver {
		const track = typeof trackOrKind === 'string' ? null : trackOrKind;
		const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind;
		if (kind !== 'audio' && kind !== 'video') throw new TypeError(`${kind} is no kind of media`);
		this.#assertOpen();
		this.#throwIfRefused('addTransceiver');
		const { direction = 'sendrecv', streams = [] } = init;
		return this.#addOwn(kind, 'addTransceiver', {
			direction: toDirection(sends(direction), receives(direction)),
			track,
			streamIds: streams.map(({ id }) => id)
		});
	}

	addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): FakeSender {
		this.#assertOpen();
		if (this.getSenders().some((sender) => sender.track === track)) {
			throw new DOMException('A sender has this track already', 'InvalidAccessError');
		}
		const kind = track.kind === 'audio' ? 'audio' : 'video';
		const streamIds = streams.map(({ id }) => id);
		const idle = this.getTransceivers().find(
			(known) => known.kind === kind && !known.sender.track && !known.isStopping && !known.hasSent
		);
		if (!idle) return this.#addOwn(kind, 'addTrack', { direction: 'sendrecv', track, streamIds }).sender;
		idle.sender.track = track;
		idle.sender.streamIds = streamIds;
		idle.direction = toDirection(true, receives(idle.direction));
		return idle.sender;
	}

	removeTrack(sender: RTCRtpSender): void {
		this.#assertOpen();
		const transceiver = this.getTransceivers().find((known) => known.sender === sender);
		if (!transceiver?.sender.track) return;
		transceiver.sender.track = null;
		transceiver.direction = toDirection(false, receives(transceiver.direction));
	}

	createDataChannel(label: string): FakeDataChannel {
		this.#assertOpen();
		const channel = new FakeDataChannel(label, this.#network.schedule);
		this.channels.push(channel);
		this.mayNeedNegotiation();
		this.#network.review();
		return channel;
	}

	createOffer(options?: RTCOfferOptions): Promise<RTCSessionDescriptionInit>;
	createOffer(
		onSuccess: RTCSessionDescriptionCallback,
		onFailure: RTCPeerConnectionErrorCallback
	): Promise<void>;
	createOffer(options?: unknown): Promise<unknown> {
		const restarts = typeof options === 'object' && options !== null && 'iceRestart' in options;
		return this.chain('createOffer', async () => {
			this.#lastOffer = this.#makeOffer(Boolean(restarts && options.iceRestart));
			return { type: 'offer', sdp: writeSdp(this.#lastOffer.sdp) };
		});
	}

	createAnswer(options?: RTCAnswerOptions): Promise<RTCSessionDescriptionInit>;
	createAnswer(
		onSuccess: RTCSessionDescriptionCallback,
		onFailure: RTCPeerConnectionErrorCallback
	): Promise<void>;
	createAnswer(): Promise<unknown> {
		return this.chain('createAnswer', async () => {
			this.#lastAnswer = this.#makeAnswer();
			return { type: 'answer', sdp: writeSdp(this.#lastAnswer.sdp) };
		});
	}

	setLocalDescription(description: RTCLocalSessionDescriptionInit = {}): Promise<void> {
		return this.chain('setLocalDescription', async () => {
			const { state } = this.#negotiation;
			const type = description.type ?? (state === 'have-remote-offer' ? 'answer' : 'offer');
			if (type === 'rollback') {
				this.#rollBack();
				return;
			}
			const made = type === 'answer' ? this.#lastAnswer : this.#lastOffer;
			const isEmpty = description.sdp === undefined || description.sdp === '';
			if (!isEmpty && (!made || writeSdp(made.sdp) !== description.sdp)) {
				throw new DOMException('The SDP is not the one that was created', 'InvalidModificationError');
			}
			const isLegal = type === 'answer' ? state === 'have-remote-offer' : state !== 'have-remote-offer';
			if (!isLegal) throw invalidState(`setting a local ${type} in ${state}`);
			const makeNow = () => (type === 'answer' ? this.#makeAnswer() : this.#makeOffer(false));
			const plan = isEmpty || !made ? makeNow() : made;
			this.#apply(() => this.#negotiation.setLocal(plan));
			this.#gather(plan);
		});
	}

	setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
		return this.chain('setRemoteDescription', async () => {
			if (type === 'rollback') {
				this.#rollBack();
				return;
			}
			const remote = readSdp(sdp);
			this.#apply(() =>
				type === 'answer'
					? this.#negotiation.setRemoteAnswer(remote)
					: this.#negotiation.setRemoteOffer(remote)
			);
			const known = this.#remoteCandidates.get(remote.ufrag) ?? [];
			this.#remoteCandidates.set(remote.ufrag, [...known, ...remote.candidates]);
			this.#network.review();
		});
	}

	async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
		const { candidate: text = '', sdpMid = null, sdpMLineIndex = null, usernameFragment } = candidate ?? {};
		if (text !== '' && sdpMid === null && sdpMLineIndex === null) {
			throw new TypeError('sdpMid and sdpMLineIndex are both null');
		}
		return this.chain('addIceCandidate', async () => {
			const { pendingRemote, currentRemote } = this.#negotiation;
			const remote = pendingRemote ?? currentRemote;
			if (!remote) throw invalidState('The remote description was null');
			if (text === '') return;
			const { sections, ufrag } = remote.sdp;
			const isKnown =
				sdpMid === null ? sections[sdpMLineIndex ?? -1] : sections.some(({ mid }) => mid === sdpMid);
			if (!isKnown || !text.startsWith('candidate:') || (usernameFragment ?? ufrag) !== ufrag) {
				throw new DOMException('Error processing ICE candidate', 'OperationError');
			}
			this.appliedCandidates.push(text);
			this.#remoteCandidates.set(ufrag, [...(this.#remoteCandidates.get(ufrag) ?? []), text]);
			this.#network.review();
		});
	}

	restartIce(): void {
		this.#assertOpen();
		this.#fragmentToReplace = this.#negotiation.currentLocal?.sdp.ufrag ?? null;
		this.mayNeedNegotiation();
	}

	async getStats(): Promise<RTCStatsReport> {
		await this.#network.turn();
		this.#throwIfRefused('getStats');
		const report = new Map<string, object>();
		const bytes = ({ media, silence }: { media: number; silence: number }) => media * 100 + silence * 10;
		for (const [index, { kind, sender, receiver }] of this.getTransceivers().entries()) {
			report.set(`O${index}`, { type: 'outbound-rtp', kind, bytesSent: bytes(sender.sent) });
			report.set(`I${index}`, { type: 'inbound-rtp', kind, bytesReceived: bytes(receiver.received) });
		}
		if (this.isConnected)
			report.set('P', { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.05 });
		return report;
	}

	close(): void {
		if (this.isClosed) return;
		this.isClosed = true;
		this.iceConnectionState = 'closed';
		this.connectionState = 'closed';
		for (const transceiver of this.#negotiation.transceivers) transceiver.finish(true);
		for (const channel of this.channels) channel.close();
	}

	/** Script: the next call of this operation fails with an error of this name. Several calls queue up. */
	refuseNext(operation: FakeOperation, errorName = 'OperationError'): void {
		this.#refusals.set(operation, [...(this.#refusals.get(operation) ?? []), errorName]);
	}

	/** Script: the next call of this operation takes until the returned function is called. */
	holdNext(operation: FakeOperation): () => void {
		let release: () => void = () => undefined;
		this.#holds.set(operation, new Promise((settle) => (release = settle)));
		return () => release();
	}

	/** Script: connectivity is lost for a while; `recoverIce()` brings it back. */
	dropIce(): void {
		this.#setIce('disconnected', 'disconnected');
	}
	recoverIce(): void {
		this.#setIce('connected', 'connected');
	}
	/** Script: connectivity is lost; only an ICE restart helps. */
	failIce(): void {
		this.#setIce('failed', 'failed');
	}
	/** Script: what Chromium does at times: only the connection says that it failed, ICE stays disconnected. */
	failConnectionOnly(): void {
		this.#setIce('disconnected', 'failed');
	}

	/** Script, when gathering is manual: finds candidates. */
	gather(count: number): void {
		const { pendingLocal, currentLocal } = this.#negotiation;
		const local = pendingLocal ?? currentLocal;
		if (!local || this.isClosed) return;
		const { sdp } = local;
		for (let found = 0; found < count; found++) {
			const number = sdp.candidates.length + 1;
			const address = `10.0.${this.serial % 250}.${number}`;
			const text = `candidate:${number} 1 udp 2113937151 ${address} ${50_000 + number} typ host generation 0 ufrag ${sdp.ufrag}`;
			sdp.candidates.push(text);
			const place = { sdpMid: sdp.sections[0]?.mid ?? '0', sdpMLineIndex: 0, usernameFragment: sdp.ufrag };
			this.fire(new FakeEvent('icecandidate', { candidate: { candidate: text, ...place } }));
		}
	}

	finishGathering(): void {
		this.iceGatheringState = 'complete';
		this.fire(new Event('icegatheringstatechange'));
		this.fire(new FakeEvent('icecandidate', { candidate: null }));
	}

	/* What follows is for the network and the transceivers. */

	get isConnected(): boolean {
		return this.iceConnectionState === 'connected';
	}
	get hasDataSection(): boolean {
		return this.#negotiation.hasDataSection;
	}
	/** ICE user fragments that are agreed on; empty before that. */
	get fragments(): { local: string; remote: string } {
		const { currentLocal, currentRemote } = this.#negotiation;
		return { local: currentLocal?.sdp.ufrag ?? '', remote: currentRemote?.sdp.ufrag ?? '' };
	}
	get canConnect(): boolean {
		const { local, remote } = this.fragments;
		return this.iceConnectionState === 'checking' && this.#checkedPair === `${local} ${remote}`;
	}

	startChecking(): void {
		const { local, remote } = this.fragments;
		const pair = `${local} ${remote}`;
		if (this.isClosed || local === '' || remote === '' || this.#checkedPair === pair) return;
		if ((this.#remoteCandidates.get(remote) ?? []).length === 0) return;
		this.#checkedPair = pair;
		if (this.isConnected) return; // the old pair serves until the new one does
		this.#network.schedule(() => {
			this.#setIce('checking', 'connecting');
			this.#network.review();
		});
	}

	finishChecking(): void {
		if (this.canConnect) this.#setIce('connected', 'connected');
	}

	fire(event: Event): void {
		if (!this.isClosed) this.dispatchEvent(event);
	}

	/** Runs one operation after the other. What is under way when the connection closes never settles. */
	chain<T>(name: FakeOperation, work: () => Promise<T>): Promise<T> {
		if (this.isClosed) return Promise.reject(invalidState('The connection is closed'));
		return new Promise<T>((resolve, reject) => {
			this.#operations.push(async () => {
				try {
					await this.#network.turn();
					const hold = this.#holds.get(name);
					this.#holds.delete(name);
					await hold;
					if (this.isClosed) return;
					this.#throwIfRefused(name);
					const result = await work();
					resolve(result);
				} catch (cause) {
					reject(cause instanceof Error ? cause : new Error(String(cause)));
				}
			});
			if (this.#operations.length === 1) void this.#drain();
		});
	}

	mayNeedNegotiation(): void {
		if (this.isClosed) return;
		if (this.#operations.length > 0) this.#mustReviewNegotiation = true;
		else this.#reviewNegotiation();
	}

	async #drain(): Promise<void> {
		for (let next = this.#operations[0]; next; next = this.#operations[0]) {
			await next();
			this.#operations.shift();
		}
		this.#network.review();
		if (!this.#mustReviewNegotiation) return;
		this.#mustReviewNegotiation = false;
		this.#reviewNegotiation();
	}

	#reviewNegotiation(): void {
		this.#network.schedule(() => {
			if (this.isClosed) return;
			if (this.#operations.length > 0) this.#mustReviewNegotiation = true;
			if (this.#operations.length > 0 || this.#negotiation.state !== 'stable') return;
			const wasNeeded = this.#isNegotiationNeeded;
			this.#isNegotiationNeeded = this.#fragmentToReplace !== null || this.#negotiation.isNeeded();
			if (this.#isNegotiationNeeded && !wasNeeded) this.fire(new Event('negotiationneeded'));
		});
	}

	#addOwn(
		kind: 'audio' | 'video',
		origin: 'addTrack' | 'addTransceiver',
		init: ConstructorParameters<typeof FakeTransceiver>[3]
	): FakeTransceiver {
		const transceiver = new FakeTransceiver(this, kind, origin, init);
		this.#negotiation.transceivers.push(transceiver);
		this.#countTransceivers();
		this.mayNeedNegotiation();
		return transceiver;
	}

	#apply(work: () => TrackChanges): void {
		const before = this.#negotiation.state;
		const { added, removed } = work();
		this.#countTransceivers();
		const { state, currentLocal } = this.#negotiation;
		if (state === 'stable') {
			if (currentLocal?.sdp.ufrag !== this.#fragmentToReplace) this.#fragmentToReplace = null;
			this.#isNegotiationNeeded = false;
			this.#mustReviewNegotiation = true;
		}
		if (state !== before) this.fire(new Event('signalingstatechange'));
		for (const { receiver } of removed) {
			for (const stream of this.#remoteStreams.values()) stream.removeTrack(receiver.track);
			receiver.track.setMuted(true);
		}
		for (const { transceiver, streamIds } of added) {
			const { receiver } = transceiver;
			const streams = streamIds.map((id) => this.#remoteStream(id));
			for (const other of this.#remoteStreams.values()) {
				if (!streams.includes(other)) other.removeTrack(receiver.track);
			}
			for (const stream of streams) stream.addTrack(receiver.track);
			this.fire(new FakeEvent('track', { track: receiver.track, receiver, transceiver, streams }));
		}
		this.#network.review();
	}

	#rollBack(): void {
		if (this.#negotiation.state === 'stable') throw invalidState('There is nothing to roll back');
		this.#apply(() => this.#negotiation.rollBack());
	}

	#remoteStream(id: string): FakeMediaStream {
		const stream = this.#remoteStreams.get(id) ?? new FakeMediaStream([], id);
		this.#remoteStreams.set(id, stream);
		return stream;
	}

	#makeAnswer(): Plan {
		const { pendingRemote, currentRemote } = this.#negotiation;
		const isRestart = currentRemote !== null && currentRemote.sdp.ufrag !== pendingRemote?.sdp.ufrag;
		return this.#withGathered(this.#negotiation.makeAnswer(this.#fragmentFor(isRestart)));
	}

	#makeOffer(isRestart: boolean): Plan {
		return this.#withGathered(this.#negotiation.makeOffer(this.#fragmentFor(isRestart)));
	}

	/** A later description of the same path carries the candidates that were gathered for it (JSEP 5.2.2). */
	#withGathered(plan: Plan): Plan {
		const { pendingLocal, currentLocal } = this.#negotiation;
		const known = [pendingLocal, currentLocal].find((local) => local?.sdp.ufrag === plan.sdp.ufrag);
		if (known) plan.sdp.candidates.push(...known.sdp.candidates);
		return plan;
	}

	#fragmentFor(isRestart: boolean): string {
		const { currentLocal, pendingLocal } = this.#negotiation;
		const known = (pendingLocal ?? currentLocal)?.sdp.ufrag;
		if (known !== undefined && known !== this.#fragmentToReplace && !isRestart) return known;
		return `f${this.serial}g${++this.#generation}`;
	}

	#gather({ sdp: { ufrag } }: Plan): void {
		if (this.#gathered === ufrag) return;
		this.#gathered = ufrag;
		this.iceGatheringState = 'gathering';
		this.fire(new Event('icegatheringstatechange'));
		if (this.#network.gathering === 'manual') return;
		this.#network.schedule(() => {
			if (this.#gathered !== ufrag) return;
			this.gather(2);
			this.finishGathering();
		});
	}

	#setIce(ice: RTCIceConnectionState, connection: RTCPeerConnectionState): void {
		if (this.isClosed) return;
		const hasIceChanged = this.iceConnectionState !== ice;
		const hasConnectionChanged = this.connectionState !== connection;
		this.iceConnectionState = ice;
		this.connectionState = connection;
		if (hasIceChanged) this.fire(new Event('iceconnectionstatechange'));
		if (hasConnectionChanged) this.fire(new Event('connectionstatechange'));
	}

	#countTransceivers(): void {
		this.transceiversMade = Math.max(this.transceiversMade, this.#negotiation.transceivers.length);
	}

	#assertOpen(): void {
		if (this.isClosed) throw invalidState('The connection is closed');
	}

	#throwIfRefused(operation: FakeOperation): void {
		const refusal = this.#refusals.get(operation)?.shift();
		if (refusal !== undefined) throw new DOMException('refused by the script', refusal);
	}
}

const describe = (description: Described | null) => (description ? new FakeDescription(description) : null);

/** @throws as the browser's constructor does for the first bad entry */
function checkServers({ iceServers = [] }: RTCConfiguration): void {
	for (const { urls, username, credential } of iceServers) {
		const all = typeof urls === 'string' ? [urls] : urls;
		if (all.length === 0) throw new DOMException('urls is empty', 'SyntaxError');
		for (const url of all) {
			if (!/^(stun|stuns|turn|turns):[^/]/.test(url)) throw new DOMException(`'${url}'`, 'SyntaxError');
			if (url.startsWith('turn') && (username === undefined || credential === undefined)) {
				throw new DOMException('username and credential are required', 'InvalidAccessError');
			}
		}
	}
}
