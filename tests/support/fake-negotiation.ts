import { invalidState } from './fake-event.ts';
import {
	intersected,
	receives,
	reversed,
	sends,
	writeSdp,
	type Sdp,
	type Section,
	type SectionKind
} from './fake-sdp.ts';
import { FakeTransceiver, type TransceiverOwner } from './fake-transceiver.ts';

/** One m-line: where it is and who serves it; a rejected one is served by nobody. */
interface Place {
	kind: SectionKind;
	mid: string;
	transceiver: FakeTransceiver | null;
}

/** A description that was made and not set yet. */
export interface Plan {
	type: 'offer' | 'answer';
	places: Place[];
	sdp: Sdp;
}

export interface Described {
	type: 'offer' | 'answer';
	sdp: Sdp;
}

/** What a description did to the tracks that are received. */
export interface TrackChanges {
	added: { transceiver: FakeTransceiver; streamIds: string[] }[];
	removed: FakeTransceiver[];
}

export class FakeDescription implements RTCSessionDescription {
	readonly type: 'offer' | 'answer';
	readonly sdp: string;

	constructor({ type, sdp }: Described) {
		this.type = type;
		this.sdp = writeSdp(sdp);
	}

	toJSON = (): RTCSessionDescriptionInit => ({ type: this.type, sdp: this.sdp });
}

/** Offer and answer of one fake connection: which descriptions are set, and what they mean for the transceivers. */
export class FakeNegotiation {
	state: RTCSignalingState = 'stable';
	transceivers: FakeTransceiver[] = [];
	currentLocal: Described | null = null;
	currentRemote: Described | null = null;
	pendingLocal: Described | null = null;
	pendingRemote: Described | null = null;
	readonly #owner: TransceiverOwner;
	readonly #hasChannels: () => boolean;
	#places: Place[] = [];
	#pendingPlaces: Place[] = [];
	/** As it was when `stable` was left: what a rollback restores. */
	#before = new Map<FakeTransceiver, Pick<FakeTransceiver, 'mid' | 'isAnnounced' | 'remoteStreamIds'>>();

	constructor(owner: TransceiverOwner, hasChannels: () => boolean) {
		this.#owner = owner;
		this.#hasChannels = hasChannels;
	}

	get hasDataSection(): boolean {
		const accepts = ({ kind, isRejected }: Section) => kind === 'application' && !isRejected;
		return [this.currentLocal, this.currentRemote].every((description) =>
			description?.sdp.sections.some(accepts)
		);
	}

	makeOffer(ufrag: string): Plan {
		if (this.state !== 'stable' && this.state !== 'have-local-offer') throw invalidState(this.state);
		const places = [...(this.state === 'stable' ? this.#places : this.#pendingPlaces)];
		const freeMid = () => {
			let mid = 0;
			while (places.some((place) => place.mid === String(mid))) mid++;
			return String(mid);
		};
		for (const transceiver of this.transceivers) {
			if (transceiver.isStopping || places.some((place) => place.transceiver === transceiver)) continue;
			places.push({ kind: transceiver.kind, mid: freeMid(), transceiver });
		}
		if (this.#hasChannels() && !places.some(({ kind }) => kind === 'application')) {
			places.push({ kind: 'application', mid: freeMid(), transceiver: null });
		}
		const sections = places.map(({ kind, mid, transceiver }) => ({
			kind,
			mid,
			direction: transceiver?.wanted ?? ('inactive' as const),
			streamIds: transceiver && sends(transceiver.wanted) ? transceiver.sender.streamIds : [],
			isRejected: kind !== 'application' && (transceiver?.isStopping ?? true)
		}));
		return { type: 'offer', places, sdp: { ufrag, sections, candidates: [], setup: 'actpass' } };
	}

	makeAnswer(ufrag: string): Plan {
		const { pendingRemote } = this;
		if (this.state !== 'have-remote-offer' || !pendingRemote) throw invalidState(this.state);
		const sections = pendingRemote.sdp.sections.map((offered, index): Section => {
			const transceiver = this.#pendingPlaces[index]?.transceiver ?? null;
			const isData = offered.kind === 'application';
			const direction = transceiver
				? intersected(transceiver.wanted, reversed(offered.direction))
				: 'inactive';
			const isRejected = offered.isRejected || (!isData && (transceiver?.isStopping ?? true));
			const streamIds = transceiver && sends(direction) ? transceiver.sender.streamIds : [];
			return { kind: offered.kind, mid: offered.mid, direction, streamIds, isRejected };
		});
		const setup = pendingRemote.sdp.setup === 'active' ? 'passive' : 'active';
		return { type: 'answer', places: this.#pendingPlaces, sdp: { ufrag, sections, candidates: [], setup } };
	}

	setLocal(plan: Plan): TrackChanges {
		if (plan.type === 'answer') return this.#settle(plan, this.pendingRemote, plan.sdp.sections);
		this.#leaveStable();
		for (const { transceiver, mid } of plan.places) if (transceiver) transceiver.mid = mid;
		this.pendingLocal = plan;
		this.#pendingPlaces = plan.places;
		this.state = 'have-local-offer';
		return { added: [], removed: [] };
	}

	setRemoteOffer(sdp: Sdp): TrackChanges {
		const undone = this.state === 'have-local-offer' ? this.rollBack() : { added: [], removed: [] };
		this.#leaveStable();
		const places = [...this.#places];
		for (const [index, { kind, mid, direction, isRejected }] of sdp.sections.entries()) {
			let transceiver = places[index]?.transceiver ?? null;
			if (kind !== 'application' && !isRejected) {
				transceiver ??= this.#takeOver(kind, receives(direction)) ?? this.#add(kind);
				transceiver.mid = mid;
			}
			places[index] = { kind, mid, transceiver };
		}
		this.pendingRemote = { type: 'offer', sdp };
		this.#pendingPlaces = places;
		this.state = 'have-remote-offer';
		const { added, removed } = this.#announce(sdp.sections);
		return { added, removed: [...undone.removed, ...removed] };
	}

	setRemoteAnswer(sdp: Sdp): TrackChanges {
		const { pendingLocal } = this;
		if (this.state !== 'have-local-offer' || !pendingLocal) throw invalidState(this.state);
		if (sdp.sections.length !== pendingLocal.sdp.sections.length) {
			throw new DOMException('The m-lines of the answer do not match the offer', 'InvalidAccessError');
		}
		const seenFromHere = sdp.sections.map((section) => ({
			...section,
			direction: reversed(section.direction)
		}));
		const changes = this.#announce(sdp.sections);
		this.#settle(pendingLocal, { type: 'answer', sdp }, seenFromHere);
		return changes;
	}

	rollBack(): TrackChanges {
		const removed: FakeTransceiver[] = [];
		for (const transceiver of this.transceivers) {
			const before = this.#before.get(transceiver);
			if (transceiver.isAnnounced && !before?.isAnnounced) removed.push(transceiver);
			transceiver.mid = before?.mid ?? null;
			transceiver.isAnnounced = before?.isAnnounced ?? false;
			transceiver.remoteStreamIds = before?.remoteStreamIds ?? [];
		}
		this.transceivers = this.transceivers.filter(
			(transceiver) => transceiver.origin !== 'remote' || this.#before.has(transceiver)
		);
		this.pendingLocal = null;
		this.pendingRemote = null;
		this.state = 'stable';
		return { added: [], removed };
	}

	/** Whether what is wanted differs from what was agreed on. */
	isNeeded(): boolean {
		const agreed = this.currentLocal?.sdp.sections ?? [];
		if (this.#hasChannels() && !agreed.some(({ kind }) => kind === 'application')) return true;
		return this.transceivers.some((transceiver) => {
			if (transceiver.isStopping) return !transceiver.isStopped;
			const index = this.#places.findIndex((place) => place.transceiver === transceiver);
			const local = agreed[index];
			const remote = this.currentRemote?.sdp.sections[index];
			if (!local || !remote) return true;
			const { wanted, sender } = transceiver;
			if (sends(wanted) && sends(local.direction) && local.streamIds.join() !== sender.streamIds.join())
				return true;
			return this.currentLocal?.type === 'offer'
				? wanted !== local.direction && wanted !== reversed(remote.direction)
				: local.direction !== intersected(wanted, reversed(remote.direction));
		});
	}

	#leaveStable(): void {
		if (this.state !== 'stable') return;
		this.#before = new Map(
			this.transceivers.map((transceiver) => {
				const { mid, isAnnounced, remoteStreamIds } = transceiver;
				return [transceiver, { mid, isAnnounced, remoteStreamIds }];
			})
		);
	}

	/** An answer was set, whoever gave it: both descriptions become current. @param agreed seen from this side */
	#settle(local: Described, remote: Described | null, agreed: readonly Section[]): TrackChanges {
		const removed: FakeTransceiver[] = [];
		this.#places = this.#pendingPlaces.map((place, index): Place => {
			const { transceiver } = place;
			const section = agreed[index];
			if (!transceiver || !section) return place;
			if (!section.isRejected) transceiver.currentDirection = section.direction;
			if (transceiver.isAnnounced && (section.isRejected || !receives(section.direction))) {
				transceiver.isAnnounced = false;
				removed.push(transceiver);
			}
			if (!section.isRejected) return place;
			transceiver.finish(false);
			return { ...place, transceiver: null };
		});
		this.transceivers = this.transceivers.filter((transceiver) => !transceiver.isStopped);
		this.currentLocal = local;
		this.currentRemote = remote;
		this.pendingLocal = null;
		this.pendingRemote = null;
		this.state = 'stable';
		return { added: [], removed };
	}

	/** @param sections as the remote wrote them */
	#announce(sections: readonly Section[]): TrackChanges {
		const changes: TrackChanges = { added: [], removed: [] };
		for (const [index, { direction, isRejected, streamIds }] of sections.entries()) {
			const transceiver = this.#pendingPlaces[index]?.transceiver;
			if (!transceiver) continue;
			const isSending = !isRejected && sends(direction);
			const isInNewStream = streamIds.some((id) => !transceiver.remoteStreamIds.includes(id));
			if (isSending && (!transceiver.isAnnounced || isInNewStream)) {
				changes.added.push({ transceiver, streamIds });
			}
			if (!isSending && transceiver.isAnnounced) changes.removed.push(transceiver);
			transceiver.isAnnounced = isSending;
			transceiver.remoteStreamIds = isSending ? streamIds : [];
		}
		return changes;
	}

	#takeOver(kind: 'audio' | 'video', isReceiver: boolean): FakeTransceiver | undefined {
		if (!isReceiver) return undefined;
		return this.transceivers.find(
			(known) => known.origin === 'addTrack' && known.kind === kind && known.mid === null && !known.isStopping
		);
	}

	#add(kind: 'audio' | 'video'): FakeTransceiver {
		const init = { direction: 'recvonly', track: null, streamIds: [] } as const;
		const transceiver = new FakeTransceiver(this.#owner, kind, 'remote', { ...init, streamIds: [] });
		this.transceivers.push(transceiver);
		return transceiver;
	}
}
