import { invalidState } from './fake-event.ts';
import { FakeMediaStreamTrack } from './fake-media.ts';
import { toDirection, sends, receives, type Direction } from './fake-sdp.ts';

/** What a transceiver needs of its connection. */
export interface TransceiverOwner {
	chain<T>(name: string, work: () => Promise<T>): Promise<T>;
	mayNeedNegotiation(): void;
	readonly isClosed: boolean;
}

export class FakeSender implements RTCRtpSender {
	readonly dtmf = null;
	readonly transport = null;
	transform: RTCRtpSender['transform'] = null;
	track: MediaStreamTrack | null;
	streamIds: string[];
	/** What left through this sender, one count per tick of the network. */
	readonly sent = { media: 0, silence: 0 };
	readonly #transceiver: FakeTransceiver;
	readonly #owner: TransceiverOwner;

	constructor(
		transceiver: FakeTransceiver,
		owner: TransceiverOwner,
		track: MediaStreamTrack | null,
		streamIds: string[]
	) {
		this.#transceiver = transceiver;
		this.#owner = owner;
		this.track = track;
		this.streamIds = streamIds;
	}

	async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
		if (track && track.kind !== this.#transceiver.kind) throw new TypeError('Track kind does not match');
		return this.#owner.chain('replaceTrack', async () => {
			if (this.#transceiver.isStopped) throw invalidState('The transceiver is stopped');
			this.track = track;
		});
	}

	setStreams(...streams: MediaStream[]): void {
		if (this.#owner.isClosed) throw invalidState('The connection is closed');
		this.streamIds = streams.map(({ id }) => id);
		this.#owner.mayNeedNegotiation();
	}

	getStats = async (): Promise<RTCStatsReport> => new Map();
	#encodings: RTCRtpEncodingParameters[] = [{}];
	getParameters = (): RTCRtpSendParameters => ({
		codecs: [],
		encodings: this.#encodings.map((encoding) => ({ ...encoding })),
		headerExtensions: [],
		rtcp: {},
		transactionId: ''
	});
	setParameters = async ({ encodings }: RTCRtpSendParameters): Promise<void> => {
		this.#encodings = encodings;
	};
}

class FakeReceiver implements RTCRtpReceiver {
	readonly track: FakeMediaStreamTrack;
	readonly transport = null;
	jitterBufferTarget = null;
	transform: RTCRtpReceiver['transform'] = null;
	readonly received = { media: 0, silence: 0 };

	constructor(kind: 'audio' | 'video') {
		this.track = new FakeMediaStreamTrack(kind, { label: 'remote', deviceId: '', groupId: '', tracks: [] });
		this.track.muted = true;
	}

	getContributingSources = (): RTCRtpContributingSource[] => [];
	getSynchronizationSources = (): RTCRtpSynchronizationSource[] => [];
	getStats = async (): Promise<RTCStatsReport> => new Map();
	getParameters = (): RTCRtpReceiveParameters => ({ codecs: [], headerExtensions: [], rtcp: {} });
}

export class FakeTransceiver implements RTCRtpTransceiver {
	readonly kind: 'audio' | 'video';
	/** A remote offer may take over what addTrack made, nothing else. */
	readonly origin: 'addTrack' | 'addTransceiver' | 'remote';
	readonly sender: FakeSender;
	readonly receiver: FakeReceiver;
	mid: string | null = null;
	/** Sending was agreed on at some time: addTrack takes such a sender for nothing else. */
	hasSent = false;
	/** stop() was called; the next description rejects its section. */
	isStopping = false;
	/** The section is rejected, or there never was one. */
	isStopped = false;
	/** The remote sends, as far as it said: decides whether a track event is due. */
	isAnnounced = false;
	/** The streams that the remote announced it in. */
	remoteStreamIds: readonly string[] = [];
	#direction: Direction;
	#currentDirection: RTCRtpTransceiverDirection | null = null;
	readonly #owner: TransceiverOwner;

	constructor(
		owner: TransceiverOwner,
		kind: 'audio' | 'video',
		origin: FakeTransceiver['origin'],
		init: { direction: Direction; track: MediaStreamTrack | null; streamIds: string[] }
	) {
		this.#owner = owner;
		this.kind = kind;
		this.origin = origin;
		this.#direction = init.direction;
		this.sender = new FakeSender(this, owner, init.track, init.streamIds);
		this.receiver = new FakeReceiver(kind);
	}

	get currentDirection(): RTCRtpTransceiverDirection | null {
		return this.#currentDirection;
	}

	set currentDirection(direction: RTCRtpTransceiverDirection | null) {
		this.#currentDirection = direction;
		this.hasSent ||= sends(direction);
	}

	/** What is wanted, whether stopped or not. */
	get wanted(): Direction {
		return this.#direction;
	}

	get direction(): RTCRtpTransceiverDirection {
		return this.isStopping ? 'stopped' : this.#direction;
	}

	set direction(direction: RTCRtpTransceiverDirection) {
		if (this.#owner.isClosed || this.isStopping) throw invalidState('The transceiver is stopped');
		if (direction === this.#direction) return;
		this.#direction = toDirection(sends(direction), receives(direction));
		this.#owner.mayNeedNegotiation();
	}

	setCodecPreferences = (): void => undefined;

	stop(): void {
		if (this.#owner.isClosed) throw invalidState('The connection is closed');
		if (this.isStopping) return;
		this.isStopping = true;
		this.receiver.track.end();
		this.#owner.mayNeedNegotiation();
	}

	/** The section is gone for good. @param isQuiet no event, as when the connection is closed */
	finish(isQuiet: boolean): void {
		this.isStopping = true;
		this.isStopped = true;
		this.currentDirection = 'stopped';
		if (isQuiet) this.receiver.track.stop();
		else this.receiver.track.end();
	}
}
