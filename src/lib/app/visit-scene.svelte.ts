import type { ActorRefFrom, AnyActorRef, SnapshotFrom } from 'xstate';
import type { EndedView, LobbyView, ToggleView } from '../domain/call/call-view.ts';
import type { groupCallMachine } from '../domain/call/group-call-machine.ts';
import { ownPermissions } from '../domain/call/group-call/selectors.ts';
import type { peerCallMachine } from '../domain/call/peer-call-machine.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { Device, DeviceChoice, DeviceKind } from '../domain/media/capture.ts';
import type { localMediaMachine } from '../domain/media/local-media-machine.ts';
import type { DeviceProblem } from '../domain/media/device-problem.ts';
import type { MediaChoice } from '../domain/store/ongoing-call.ts';
import type { PasswordProblem } from '../domain/visit/types.ts';
import type { visitMachine } from '../domain/visit/visit-machine.ts';
import type { RoomToken } from '../protocol/ids.ts';
import { ActorView } from './actor-view.svelte.ts';
import type { VisitActor, VisitKit } from './visit-kit.ts';

export type MediaActor = ActorRefFrom<typeof localMediaMachine>;
type CallActor = ActorRefFrom<typeof groupCallMachine>;

/** Which page a visit shows. */
export type VisitPage =
	'asking' | 'prejoin' | 'lobby' | 'returning' | 'call' | 'occupied' | 'ended' | 'error';

/** A visit as its page sees it: values that follow the machines, and the intentions that go back to them. */
export class VisitScene {
	readonly kit: VisitKit;
	readonly actor: VisitActor;
	readonly #visit: ActorView<typeof visitMachine>;
	readonly #media: ActorView<typeof localMediaMachine>;

	/** @param visit not started yet: the scene starts it, and `stop` ends it */
	constructor(kit: VisitKit, visit: VisitActor) {
		this.kit = kit;
		this.actor = visit;
		visit.start();
		this.#visit = new ActorView<typeof visitMachine>(visit);
		const media = visit.getSnapshot().children.media;
		if (media === undefined) throw new Error('a visit has its media from the start');
		this.#media = new ActorView<typeof localMediaMachine>(media);
		media.on('DEVICE_OFFERED', ({ device }) => (this.offered = device));
	}

	get media(): MediaActor {
		return this.#media.actor;
	}

	readonly #snapshot = $derived.by(() => this.#visit.snapshot);
	readonly #devices = $derived.by(() => this.#media.snapshot);

	/** The call under way, from the press of Join on. */
	readonly call: CallActor | null = $derived(this.#snapshot.context.call);
	readonly #callView = $derived(
		this.call === null ? null : new ActorView<typeof groupCallMachine>(this.call, 'frame')
	);
	/** In an object of its own each time: the snapshot is the same one when only an actor of the call has changed. */
	readonly #callNow = $derived.by(() => ({ snapshot: this.#callView?.snapshot }));
	get #callSnapshot(): SnapshotFrom<typeof groupCallMachine> | undefined {
		return this.#callNow.snapshot;
	}

	/** The room is looked for again after an attempt that failed: until that is answered, its page stays. */
	readonly isRetrying: boolean = $derived.by(
		() =>
			this.#snapshot.context.error !== null &&
			(this.#snapshot.matches('lookingUp') || this.#snapshot.matches('lookingAgain'))
	);
	readonly page: VisitPage = $derived.by(() => {
		const { value, context } = this.#snapshot;
		if (value === 'askingTab') return 'asking';
		if (value === 'elsewhere') return 'occupied';
		if (value === 'takingOver') return 'returning';
		if (value === 'troubled' || value === 'lost' || value === 'refused') return 'error';
		if (value === 'ended') return 'ended';
		if (this.#snapshot.matches('locked') || this.isRetrying) return 'error';
		const call = this.#callSnapshot;
		if (call?.matches({ joining: 'occupied' }) === true) return 'occupied';
		if (isInLobby(call?.context) || isFull(call) || (value === 'loading' && context.isMoved)) return 'lobby';
		if (value === 'inCall' && call?.matches('joining') === false) return 'call';
		return context.isReturning ? 'returning' : 'prejoin';
	});

	/** The other tab may stay in the call: this one is another guest to the server. */
	readonly mayJoinBeside: boolean = $derived.by(
		() => this.#snapshot.matches('elsewhere') && this.#snapshot.can({ type: 'JOIN_BESIDE' })
	);
	/** In the call with others, with none of whom descriptions are exchanged yet. */
	readonly isDialling: boolean = $derived.by(() => {
		const { children = {} } = this.#callSnapshot ?? {};
		const members = Object.entries(children).filter(([id]) => id.startsWith('member:'));
		return members.length > 0 && !members.some(([, ref]) => isPathSought(ref));
	});
	/** What the call knows; null: there is none. */
	readonly callFacts = $derived(this.#callSnapshot?.context ?? null);
	readonly isJoining: boolean = $derived(
		this.#snapshot.context.wantsIn ||
			(['settling', 'loading', 'inCall'] as const).some((state) => this.#snapshot.matches(state))
	);
	/** Why joining takes long or failed, where trying again may help. */
	readonly trouble: ErrorCode | null = $derived(
		this.#callSnapshot?.context.trouble ?? this.#snapshot.context.error?.code ?? null
	);
	/** Calls are not to be had, and the chat may be: whoever waits can write meanwhile. */
	readonly mayChatAlone: boolean = $derived.by(() => this.#callSnapshot?.can({ type: 'OPEN_CHAT' }) === true);
	readonly error: { code: ErrorCode; since: number } | null = $derived(this.#snapshot.context.error);
	/** When the server lets us try again, local clock, unix ms. */
	readonly retryAt: number | null = $derived(this.#snapshot.context.retryAt);
	/** Some rooms tell their name only to those who have entered. */
	readonly roomName: string = $derived(
		(this.#callSnapshot?.context.room?.name || this.#snapshot.context.room?.name) ?? ''
	);
	readonly asksPassword: boolean = $derived(
		this.#snapshot.context.room?.hasPassword === true || this.#snapshot.context.passwordProblem !== null
	);
	readonly passwordProblem: PasswordProblem | null = $derived(this.#snapshot.context.passwordProblem);
	/** What those are told who wait in front of the call. */
	readonly lobby: LobbyView = $derived.by(() => {
		const call = this.#callSnapshot;
		const isEntering = (['signaling', 'announcing', 'announceWait', 'confirming'] as const).some((state) =>
			call?.matches({ joining: state })
		);
		const room = call?.context.room;
		const isUnstarted = room?.hasCall === false && !room.permissions.startCall;
		const isLobby = this.#snapshot.context.isMoved || room?.isLobbyActive === true;
		return {
			kind: isFull(call) ? 'full' : !isLobby && isUnstarted ? 'not-started' : 'lobby',
			description: room?.description ?? '',
			isCameraPaused: this.#snapshot.context.isCameraPaused,
			opensAt: (call?.context.room?.lobbyOpensAt ?? 0) * 1_000,
			isMoved: this.#snapshot.context.isMoved,
			isEntering
		};
	});
	/** Whether somebody is in the call; who, is told only to those who have joined. null: not known yet. */
	readonly hasCall: boolean | null = $derived(this.#snapshot.context.room?.hasCall ?? null);
	/** What the server can do, by Talk's names. */
	readonly features: readonly string[] = $derived(this.#snapshot.context.server?.features ?? []);
	/** Many were there already, and so we came in muted. */
	readonly isMutedByCrowd: boolean = $derived(this.#snapshot.context.isMutedByCrowd);
	/** The moderator who muted us last; null: nobody has. */
	readonly mutedBy: { name: string; count: number } | null = $derived(this.#snapshot.context.mutedBy);
	/** The room that we were sent to from the one of the link. */
	readonly sentTo: RoomToken | null = $derived(this.#snapshot.context.sentTo);
	readonly needsConsent: boolean = $derived(this.#snapshot.context.room?.needsRecordingConsent ?? false);
	readonly isRecording: boolean = $derived(this.#snapshot.context.room?.isRecording ?? false);
	readonly reactions: readonly string[] = $derived(this.#snapshot.context.server?.reactions ?? []);
	readonly ended: EndedView | null = $derived.by(() => {
		const { ended } = this.#snapshot.context;
		if (ended === null || ended.reason === 'refused') return null;
		const { roomName, reason, durationMs, othersLeft = 0 } = ended;
		return { roomName, reason, durationMs, othersLeft };
	});

	/* own devices */
	/** What the room lets us send, as far as it has said; strangers are told nothing of it. */
	readonly #rights = $derived(this.callFacts && ownPermissions(this.callFacts));
	readonly microphone: ToggleView = $derived.by(() =>
		toggleOf(this.#devices, 'microphone', this.#rights?.publishAudio !== false)
	);
	readonly camera: ToggleView = $derived.by(() =>
		toggleOf(this.#devices, 'camera', this.#rights?.publishVideo !== false)
	);
	/** Plugged in just now, while a person had chosen another one. */
	offered: Device | null = $state.raw(null);
	/** The system took it for something else: not our own mute. */
	readonly isMicrophonePaused: boolean = $derived(this.#devices.context.microphone.isSuspended);
	readonly microphoneName: string = $derived(this.#devices.context.microphone.opened?.label ?? '');
	readonly access: 'unasked' | 'asking' | 'given' | 'denied' = $derived.by(() => {
		const { microphone, camera } = this.#devices.context;
		if (this.#devices.matches({ devices: 'opening' })) return 'asking';
		if (microphone.opened !== null || camera.opened !== null) return 'given';
		const isDenied = [microphone.problem, camera.problem].some(
			(code) => code === 'media.denied' || code === 'media.system'
		);
		return isDenied ? 'denied' : 'unasked';
	});
	readonly problems: DeviceProblem[] = $derived.by(() => problemsOf(this.#devices.context));
	readonly devices: readonly Device[] = $derived(this.#devices.context.devices);
	readonly microphoneTrack = $derived(this.#devices.context.microphone.trackId);
	readonly preview: MediaStream | null = $derived.by(() => {
		const { trackId } = this.#devices.context.camera;
		return trackId === null ? null : this.kit.localTracks.streamOf([trackId]);
	});
	chosen(speaker: DeviceChoice | null): Record<DeviceKind, string | null> {
		const { microphone, camera } = this.#devices.context;
		const idOf = (choice: DeviceChoice | null) => choice?.deviceId ?? null;
		return {
			microphone: idOf(microphone.opened ?? microphone.chosen),
			camera: idOf(camera.opened ?? camera.chosen),
			speaker: idOf(speaker)
		};
	}
	readonly choice: MediaChoice = $derived.by(() => {
		const { microphone, camera } = this.#devices.context;
		return {
			microphone: microphone.intent,
			camera: camera.intent,
			microphoneDevice: microphone.chosen,
			cameraDevice: camera.chosen
		};
	});

	/** The call that is open in another tab goes on here. */
	takeOver(): void {
		if (this.call === null) this.actor.send({ type: 'TAKE_OVER' });
		else this.call.send({ type: 'TAKE_OVER' });
	}

	/** Opens the devices whose switch is on; the press, or a permission given earlier, that asks for them. */
	turnOn(): void {
		this.actor.send({ type: 'TURN_ON' });
	}

	toggle(kind: 'microphone' | 'camera'): void {
		const intent = this.#devices.context[kind].intent === 'on' ? 'off' : 'on';
		// where nothing is open yet, the press is also the one that asks
		const isClosed = this.#devices.matches({ devices: 'closed' });
		this.media.send({ type: kind === 'microphone' ? 'SET_MICROPHONE' : 'SET_CAMERA', intent });
		if (isClosed && intent === 'on') this.media.send({ type: 'OPEN' });
	}

	/** @returns what to remember of the choice, null for a device that is not there (any more) */
	choose(kind: DeviceKind, deviceId: string): DeviceChoice | null {
		const device = this.#devices.context.devices.find(
			(known) => known.kind === kind && known.deviceId === deviceId
		);
		if (device === undefined) return null;
		if (this.offered?.kind === kind) this.offered = null;
		const choice = { deviceId: device.deviceId, label: device.label, groupId: device.groupId };
		if (kind !== 'speaker') this.media.send({ type: 'CHOOSE_DEVICE', kind, choice });
		return choice;
	}

	stop(): void {
		this.media.send({ type: 'RELEASE' });
		this.actor.stop();
	}
}

/** Descriptions are exchanged with this member: what is left to do is the browser's. */
const isPathSought = (member: AnyActorRef | undefined): boolean => {
	const { children = {} } = (member?.getSnapshot() ?? {}) as { children?: Record<string, AnyActorRef> };
	return Object.values(children).some((child) => {
		const { context } = child.getSnapshot() as Partial<SnapshotFrom<typeof peerCallMachine>>;
		return context?.iceState !== undefined && context.iceState !== 'new';
	});
};

/** The server has no place for one more: it is asked again and again. */
const isFull = (call: SnapshotFrom<typeof groupCallMachine> | undefined): boolean =>
	call !== undefined && call.context.trouble === 'call.full' && call.context.joinedAt === null;

const isInLobby = (call: SnapshotFrom<typeof groupCallMachine>['context'] | undefined): boolean =>
	call !== undefined && call.isHeld && call.joinedAt === null;

type MediaSnapshot = ReturnType<MediaActor['getSnapshot']>;

function toggleOf(media: MediaSnapshot, kind: 'microphone' | 'camera', isAllowed: boolean): ToggleView {
	const { intent, trackId } = media.context[kind];
	const isBusy = media.matches({ devices: 'opening' }) || media.matches({ devices: 'reopening' });
	return {
		intent,
		isPending: isBusy && intent === 'on' && trackId === null,
		blockedBy: isAllowed ? null : 'room'
	};
}

function problemsOf({ microphone, camera }: MediaSnapshot['context']): DeviceProblem[] {
	const codes = { microphone: shown(microphone.problem), camera: shown(camera.problem) };
	if (codes.microphone !== null && codes.microphone === codes.camera) {
		return [{ kind: 'both', code: codes.microphone }];
	}
	return (['microphone', 'camera'] as const).flatMap((kind) => {
		const code = codes[kind];
		return code === null ? [] : [{ kind, code }];
	});
}

const shown = (code: ErrorCode | null): DeviceProblem['code'] | null =>
	code === 'media.denied' || code === 'media.system' || code === 'media.none' || code === 'media.busy'
		? code
		: null;
