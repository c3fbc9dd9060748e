import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import type { RoomToken } from '../../protocol/ids.ts';
import type { groupCallMachine } from '../call/group-call-machine.ts';
import type { CallPorts, GroupCallEmitted, GroupCallOutput } from '../call/group-call/setup.ts';
import type { ErrorCode } from '../errors.ts';
import type { Capture } from '../media/capture.ts';
import type { localMediaMachine } from '../media/local-media-machine.ts';
import type { OngoingCall, Preferences } from '../store/ongoing-call.ts';
import type { OpenTabChannel, TabMessage } from '../store/tab-channel.ts';
import type { RoomInfo, ServerInfo, TalkApi } from '../talk-api.ts';

/** What a visit has to know of its room and server. */
export type Found = { room: RoomInfo; server: ServerInfo };

export interface VisitInput {
	api: TalkApi;
	capture: Capture;
	token: RoomToken;
	/** Server and identity, as in the store of ongoing calls. */
	account: string;
	tabId: string;
	preferences: Preferences;
	/** What this browser remembers of the room. */
	row: OngoingCall | undefined;
	/** The first look at the room, under way since before this machine was loaded; used once. */
	firstLook: Promise<Found> | null;
	/** The way to the other tabs of this browser. */
	openTabs: OpenTabChannel;
	now: () => number;
	/** Nobody sees the page. Absent: it is seen. */
	isHidden?: () => boolean;
	random: () => number;
	/** Loads the call engine: not part of what a person waits for before Join. */
	loadEngine: () => Promise<CallEngine>;
	/** The engine, if it is there already. */
	loadedEngine: () => CallEngine | null;
}

/** The call machine with its edges in place, and the ports its input needs. */
export interface CallEngine {
	machine: typeof groupCallMachine;
	ports: CallPorts;
}

export type VisitEvent =
	/**
	 * @property password empty or absent: the one that was typed before, if any
	 * @property consent to being recorded, for as long as this visit lasts
	 */
	| { type: 'JOIN'; name: string; withMedia: boolean; password?: string; consent?: boolean }
	/** The press that asks for camera and microphone. */
	| { type: 'TURN_ON' }
	| { type: 'CANCEL' }
	| { type: 'LEAVE'; forEveryone?: boolean }
	/** We are in, with so many others. */
	| { type: 'ARRIVED'; others: number }
	/** A moderator wants us to be silent. */
	| { type: 'MUTED_BY'; name: string }
	| Extract<GroupCallEmitted, { type: 'PUBLISHING_REVOKED' }>
	| { type: 'REJOIN' }
	| { type: 'TRY_NOW' }
	/** The call is open in another tab, and a person wants it here. */
	| { type: 'TAKE_OVER' }
	/** A person wants to be in it here as well, as one guest more. */
	| { type: 'JOIN_BESIDE' }
	| TabMessage
	| { type: 'xstate.snapshot.media'; snapshot: SnapshotFrom<typeof localMediaMachine> }
	| { type: `xstate.done.actor.${string}`; output: GroupCallOutput }
	| { type: `xstate.error.actor.${string}`; error: unknown };

/** @property retryAt local clock, unix milliseconds: no attempt counts before */
export type PasswordProblem = { kind: 'missing' | 'wrong' } | { kind: 'throttled'; retryAt: number };

export interface VisitContext {
	input: VisitInput;
	/** The first look was used up. */
	hasLooked: boolean;
	room: RoomInfo | null;
	server: ServerInfo | null;
	name: string;
	/** Goes in as soon as it can: Join was pressed early, or the tab was only reloaded. */
	wantsIn: boolean;
	/** There is no pre-join page to go back to: straight back in after a reload, or by Rejoin. */
	isReturning: boolean;
	/** Agreed to being recorded. */
	hasConsent: boolean;
	/** There was a crowd when we came, so our microphone was muted. */
	isMutedByCrowd: boolean;
	/** Who muted us, and how often somebody has; null: nobody. */
	mutedBy: { name: string; count: number } | null;
	/** We waited so long that the camera was switched off. */
	isCameraPaused: boolean;
	/** The room we were sent to from the one of the link. */
	sentTo: RoomToken | null;
	/** As typed, for as long as this visit lasts; nobody stores it. */
	password: string | undefined;
	/** Why the room's password, or the lack of it, kept us out; null: it did not. */
	passwordProblem: PasswordProblem | null;
	/** The lobby closed while we were in the call: we wait in front of it. */
	isMoved: boolean;
	error: { code: ErrorCode; since: number } | null;
	failures: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** When the server lets us try again, local clock, unix ms; null: at any time. */
	retryAt: number | null;
	/** Camera and microphone are wanted; false after joining without them. */
	withMedia: boolean;
	/** Devices were asked for and have not answered. */
	isOpening: boolean;
	engine: CallEngine | null;
	/** The call under way; its machine came with the engine. */
	call: ActorRefFrom<typeof groupCallMachine> | null;
	ended: GroupCallOutput | null;
	/** Which other tab is in the call, as the row or the tab itself says; the id may be that of a copy of this one. */
	holder: string | null;
	/** The other tab stays in the call. */
	isBeside: boolean;
	/** Another tab has said that it is in the call since we began to go into it. */
	isAnswered: boolean;
	/** When the other tabs were asked; local clock, unix milliseconds. */
	openedAt: number;
}
