import type { MediaLease, PeerConnectionOptions } from '../../domain/call/peer-connection.ts';
import type { MediaKind } from '../../domain/media/capture.ts';
import type { LentTracks } from './lent-tracks.ts';
import type { SendLimits } from '../../domain/call/send-limits.ts';
import { allowedDirection, readSdp, receives, sends, type Direction } from './sdp.ts';

/**
 * The transceivers of one connection: at most one each for sound and pictures, and with described streams one each for
 * the sound and the picture of a screen. Transceivers cannot be deleted, so they keep their place: tracks come and go
 * by replaceTrack, which needs no negotiation; a screen also by its direction, so that the other side sees it go.
 */
interface MediaSections {
	/**
	 * Attaches the tracks of the lease, or none. The offering side allocates what is missing; the answering side waits
	 * for the first offer. Kinds that the options do not send, and tracks given back meanwhile, are left out.
	 */
	apply(lease: MediaLease | null, isOffering: boolean): Promise<void>;
	/** After a remote offer was set: attaches the remembered lease to the sections that it made. */
	adoptOffer(sdp: string): Promise<void>;
	/** Limits what is sent, by now and later. */
	limit(limits: SendLimits): Promise<void>;
	/** Whether the picture of the other side's camera is wanted; it is, unless it was said. */
	receiveVideo(isWanted: boolean): void;
	/** How many sections of sound and pictures are negotiated or being so. */
	count(): number;
	/** Ids of the stream that our tracks are announced in; empty when nothing is sent. */
	streamIds(purpose: Purpose): string[];
}

type WantedMedia = PeerConnectionOptions['media'];
type Purpose = 'usermedia' | 'screen';

/** What one section is for, seen from our side: what the other side sends in it is told by the ids of its streams. */
interface Slot {
	purpose: Purpose;
	kind: MediaKind;
}

// in this order: the first sections of an offer are for microphone and camera
const usermedia: readonly Slot[] = [
	{ purpose: 'usermedia', kind: 'audio' },
	{ purpose: 'usermedia', kind: 'video' }
];
const screen: readonly Slot[] = [
	{ purpose: 'screen', kind: 'video' },
	{ purpose: 'screen', kind: 'audio' }
];
const directions: Record<WantedMedia['audio'], Direction> = {
	both: 'sendrecv',
	send: 'sendonly',
	receive: 'recvonly',
	none: 'inactive'
};
/** From the best to the smallest, as media servers expect them; bits per second. */
const layers: readonly RTCRtpEncodingParameters[] = [
	{ rid: 'h', maxBitrate: 900_000 },
	{ rid: 'm', maxBitrate: 300_000, scaleResolutionDownBy: 2 },
	{ rid: 'l', maxBitrate: 100_000, scaleResolutionDownBy: 4 }
];
/** As many as there are purposes. */
const sectionsPerKind = 2;
const isStopped = ({ direction }: RTCRtpTransceiver) => direction === 'stopped';
const isNegotiated = (transceiver: RTCRtpTransceiver) => transceiver.mid !== null && !isStopped(transceiver);
const kindOf = ({ receiver }: RTCRtpTransceiver) => receiver.track.kind;

/** A browser that knows a limit keeps to it, another one passes it over; that is never worth a connection. */
async function limitSender(sender: RTCRtpSender, { purpose, kind }: Slot, limits: SendLimits): Promise<void> {
	if (sender.track === null) return;
	const parameters = sender.getParameters();
	const isScreen = purpose === 'screen';
	type Limit = 'maxBitrate' | 'maxFramerate' | 'scaleResolutionDownBy';
	/** Without the name the browser decides by itself. */
	const put = (encoding: RTCRtpEncodingParameters, name: Limit, value: number | null) => {
		if (value === null) Reflect.deleteProperty(encoding, name);
		else encoding[name] = value;
	};
	const { length } = parameters.encodings;
	for (const [index, encoding] of parameters.encodings.entries()) {
		if (kind === 'audio') put(encoding, 'maxBitrate', isScreen ? null : limits.audioBps);
		else if (isScreen) put(encoding, 'maxFramerate', limits.screenFps);
		else if (length > 1) encoding.active = length - index <= limits.sizes;
		else {
			put(encoding, 'maxBitrate', limits.videoBps);
			put(encoding, 'scaleResolutionDownBy', limits.scaleDownBy);
			put(encoding, 'maxFramerate', limits.fps);
		}
	}
	await sender.setParameters(parameters).catch(() => undefined);
}

/** @param createStream streams that never hold a track: their ids alone group what we send on the other side */
export function createMediaSections(
	connection: RTCPeerConnection,
	options: Pick<PeerConnectionOptions, 'media' | 'streams' | 'simulcast' | 'limits'>,
	lent: LentTracks,
	createStream: () => MediaStream
): MediaSections {
	const { media, streams, simulcast } = options;
	let { limits } = options;
	let isVideoWanted = true;
	const slots = streams === 'one' ? usermedia : [...usermedia, ...screen];
	const ownStreams: Record<Purpose, MediaStream> = { usermedia: createStream(), screen: createStream() };
	const own = new Map<Slot, RTCRtpTransceiver>();
	/** Made by an offer of the other side: what we do with them follows each new offer. */
	const adopted = new Set<Slot>();
	/** Sections that were once announced in a stream stay in it: Chromium forgets a move with the next offer. */
	const named = new Map<RTCRtpTransceiver, Purpose>();
	let lease: MediaLease | null = null;
	let isApplied = false;

	const isSent = ({ purpose, kind }: Slot) => purpose === 'screen' || sends(directions[media[kind]]);
	const trackFor = (slot: Slot) => {
		const tracks = slot.purpose === 'screen' ? lease?.screen : lease?.tracks;
		const trackId = isSent(slot) ? tracks?.[slot.kind] : undefined;
		return trackId === undefined ? null : (lent.take(trackId) ?? null);
	};
	/** Reception is always offered for a screen: who only offered to send could not be sent to without a new section. */
	const wanted = (slot: Slot, track: MediaStreamTrack | null): Direction => {
		if (slot.purpose === 'screen') return track ? 'sendrecv' : 'recvonly';
		const direction = directions[media[slot.kind]];
		return slot.kind === 'video' && !isVideoWanted ? allowedDirection(direction, 'recvonly') : direction;
	};

	const negotiatedOf = (kind: MediaKind) =>
		connection.getTransceivers().filter((one) => isNegotiated(one) && kindOf(one) === kind);
	/** The section that serves already, or else the first that serves nothing. */
	const findFor = (slot: Slot, offered: ReadonlyMap<string, Direction>) => {
		const current = own.get(slot);
		if (current && isNegotiated(current)) return current;
		const taken = new Set([...own].flatMap(([other, one]) => (other === slot ? [] : one)));
		const isFit = (one: RTCRtpTransceiver) =>
			(named.get(one) ?? slot.purpose) === slot.purpose &&
			(slot.purpose === 'usermedia' || receives(offered.get(one.mid ?? '') ?? 'sendrecv'));
		return negotiatedOf(slot.kind).find((one) => !taken.has(one) && isFit(one));
	};
	const name = ({ purpose }: Slot, transceiver: RTCRtpTransceiver) => {
		if (named.has(transceiver)) return;
		named.set(transceiver, purpose);
		// absent in some older browsers; then the other side gets our tracks without a stream
		if ('setStreams' in transceiver.sender) transceiver.sender.setStreams(ownStreams[purpose]);
	};
	const ownSection = (slot: Slot, made: RTCRtpTransceiver) => {
		own.set(slot, made);
		adopted.delete(slot);
		named.set(made, slot.purpose);
	};

	const allocateUsermedia = (slot: Slot) => {
		const { kind } = slot;
		if (media[kind] === 'none') return;
		const init = {
			direction: wanted(slot, null),
			streams: isSent(slot) ? [ownStreams.usermedia] : [],
			...(simulcast === true && kind === 'video' ? { sendEncodings: [...layers] } : {})
		};
		ownSection(slot, connection.addTransceiver(trackFor(slot) ?? kind, init));
	};

	/**
	 * By addTrack, because a remote offer takes such a section over: when both sides begin to share at once, it is still
	 * one section. Not where addTrack would seize one that has only received so far.
	 */
	const allocateScreen = (slot: Slot) => {
		const track = trackFor(slot);
		if (!track) return;
		const isSeizable = (one: RTCRtpTransceiver) =>
			kindOf(one) === slot.kind && !one.sender.track && !isStopped(one) && !sends(one.currentDirection);
		if (connection.getTransceivers().some(isSeizable)) {
			const init = { direction: wanted(slot, track), streams: [ownStreams.screen] };
			ownSection(slot, connection.addTransceiver(track, init));
		} else addTrack(slot, track);
	};

	const addTrack = (slot: Slot, track: MediaStreamTrack) => {
		const sender = connection.addTrack(track, ownStreams[slot.purpose]);
		const made = connection.getTransceivers().find((one) => one.sender === sender);
		if (!made) throw new Error('a sender without a transceiver');
		for (const [other, one] of own) if (one === made) own.delete(other);
		ownSection(slot, made);
	};

	/** A track that does not fit into what was negotiated goes into another section of the same stream. */
	const replaceSection = async (slot: Slot, unfit: RTCRtpTransceiver, track: MediaStreamTrack) => {
		connection.removeTrack(unfit.sender);
		const taken = new Set(own.values());
		const spare = negotiatedOf(slot.kind).find((one) => !taken.has(one) && named.get(one) === slot.purpose);
		own.delete(slot);
		const isTaken = spare?.sender.replaceTrack(track).then(
			() => true,
			() => false
		);
		if (!spare || !(await isTaken)) addTrack(slot, track);
		else {
			ownSection(slot, spare);
			spare.direction = wanted(slot, track);
		}
	};

	const attach = async (slot: Slot) => {
		const transceiver = own.get(slot);
		if (!transceiver) return;
		const { sender } = transceiver;
		const track = trackFor(slot);
		if (sender.track !== track) {
			try {
				await sender.replaceTrack(track);
			} catch (cause) {
				// Talk's other clients know no section that comes later: there the connection is made anew
				if (streams === 'one' || !track) throw cause;
				await replaceSection(slot, transceiver, track);
				return;
			}
		}
		if (track) name(slot, transceiver);
		if (slot.purpose === 'screen' && !isStopped(transceiver)) transceiver.direction = wanted(slot, track);
	};

	/**
	 * Allocated for an offer of ours that was rolled back: a remote offer never takes such a transceiver over. It is not
	 * stopped either, since Chromium then asks for negotiation for ever; it costs one idle section.
	 */
	const retire = async (transceiver: RTCRtpTransceiver) => {
		transceiver.direction = 'inactive';
		await transceiver.sender.replaceTrack(null);
	};

	const adopt = async (slot: Slot, offered: ReadonlyMap<string, Direction>) => {
		const found = findFor(slot, offered);
		if (!found) return;
		const before = own.get(slot);
		own.set(slot, found);
		adopted.add(slot);
		// what is described is offered anew when it changes, so nothing has to fit the offer of the other side
		const direction = wanted(slot, trackFor(slot));
		found.direction =
			streams === 'one' ? allowedDirection(direction, offered.get(found.mid ?? '') ?? 'inactive') : direction;
		if (slot.purpose === 'usermedia' && isSent(slot)) name(slot, found);
		await attach(slot);
		if (before && before !== found) await retire(before);
	};

	/** Nobody makes us receive more than one camera and one screen, whatever they offer. */
	const refuseExtras = (offered: ReadonlyMap<string, Direction>) => {
		for (const { kind } of usermedia) {
			const sending = negotiatedOf(kind).filter(({ mid }) => sends(offered.get(mid ?? '') ?? 'inactive'));
			for (const [index, one] of sending.entries()) {
				if ([...own.values()].includes(one)) continue;
				one.direction = index < sectionsPerKind ? 'recvonly' : 'inactive';
			}
		}
	};

	const serveScreen = async (slot: Slot, offered: ReadonlyMap<string, Direction>) => {
		if (own.has(slot)) await attach(slot);
		else {
			await adopt(slot, offered);
			if (!own.has(slot)) allocateScreen(slot);
		}
	};

	/** What a track was lent for may have been replaced, refused or retired. */
	const giveBackUnsent = () => {
		lent.keepOnly(new Set(connection.getSenders().flatMap(({ track }) => track ?? [])));
	};
	const offeredNow = (): ReadonlyMap<string, Direction> => {
		const { remoteDescription } = connection;
		return remoteDescription?.type === 'offer' ? readSdp(remoteDescription.sdp).directions : new Map();
	};

	const applyLease = async (isOffering: boolean) => {
		for (const slot of slots) {
			const current = own.get(slot);
			if (current && isStopped(current)) {
				own.delete(slot);
				adopted.delete(slot);
			}
			if (slot.purpose === 'screen') {
				if (isOffering || connection.remoteDescription) await serveScreen(slot, offeredNow());
			} else if (own.has(slot)) await attach(slot);
			else if (isOffering) allocateUsermedia(slot);
			else if (connection.remoteDescription) {
				await adopt(slot, readSdp(connection.remoteDescription.sdp).directions);
			}
		}
	};

	const serveOffer = async (sdp: string) => {
		const offered = readSdp(sdp).directions;
		for (const slot of slots) {
			const current = own.get(slot);
			if (current && isNegotiated(current) && !adopted.has(slot)) await attach(slot);
			else await adopt(slot, offered);
			if (slot.purpose === 'screen' && !own.has(slot)) allocateScreen(slot);
		}
		if (streams === 'described') refuseExtras(offered);
	};

	const limitSent = async () => {
		if (limits === undefined) return;
		for (const [slot, { sender }] of own) await limitSender(sender, slot, limits);
	};

	return {
		apply: async (next, isOffering) => {
			lease = next;
			isApplied = true;
			await applyLease(isOffering).finally(giveBackUnsent);
			await limitSent();
		},
		adoptOffer: async (sdp) => {
			if (isApplied) await serveOffer(sdp).finally(giveBackUnsent);
			await limitSent();
		},
		limit: async (next) => {
			limits = next;
			await limitSent();
		},
		receiveVideo: (isWanted) => {
			isVideoWanted = isWanted;
			for (const [slot, transceiver] of own) {
				if (slot.purpose !== 'usermedia' || slot.kind !== 'video' || isStopped(transceiver)) continue;
				transceiver.direction = wanted(slot, transceiver.sender.track);
			}
		},
		count: () => connection.getTransceivers().filter(isNegotiated).length,
		streamIds: (purpose) => {
			// after an answer, what was agreed on may be less than what we want
			const isAgreed = streams === 'described' && connection.signalingState === 'stable';
			const isSending = ({ currentDirection, direction }: RTCRtpTransceiver) =>
				sends(isAgreed ? currentDirection : direction);
			const isAnnounced = [...own].some(([slot, one]) => slot.purpose === purpose && isSending(one));
			return isAnnounced ? [ownStreams[purpose].id] : [];
		}
	};
}
