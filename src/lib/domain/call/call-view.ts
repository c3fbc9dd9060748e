import type { SessionId } from '../../protocol/ids.ts';
import type { ErrorCode } from '../errors.ts';

/** What people see of one tile: plain values, made from machine snapshots by a pure projection. */
export interface TileView {
	/** Stable for the life of the tile; for keyed lists. */
	key: string;
	memberKey: SessionId | 'self';
	source: 'camera' | 'screen';
	/** Empty for a guest without a name: the interface says "Guest". */
	name: string;
	/** Which stream to show, to be looked up by the app; null: avatar. */
	streamKey: string | null;
	/** `none`: no connection is wanted, since neither side has anything to send. */
	connection: 'none' | 'connecting' | 'connected' | 'reconnecting' | 'failed';
	microphone: 'on' | 'off';
	/** Whether a picture is to be expected: off shows the avatar. */
	video: 'on' | 'off';
	isSpeaking: boolean;
	/** 1 for the first raised hand; null: not raised. */
	/** Somebody shows a picture, and we do without it for the sake of the sound or of data; absent: no. */
	isPaused?: boolean;
	handOrder: number | null;
	/** The newest reaction, gone after a few seconds. */
	reaction: string | null;
	/** Tells one reaction from the same one again; absent: there was none. */
	reactionCount?: number;
}

export interface PersonView {
	memberKey: SessionId | 'self';
	name: string;
	microphone: 'on' | 'off';
	camera: 'on' | 'off';
	isSharing: boolean;
	handOrder: number | null;
	isModerator: boolean;
	/** Says so right now. */
	isSpeaking?: boolean;
}

/** A control that shows what was asked for, and whether that is already so. */
export interface ToggleView {
	intent: 'on' | 'off';
	/** intent and fact differ: a device is being opened, an announcement is on its way. */
	isPending: boolean;
	/** Why it cannot be used; null: it can. */
	blockedBy: 'permission' | 'no-device' | 'room' | 'unsupported' | 'busy' | null;
}

type CallPhase = 'joining' | 'joined' | 'leaving' | 'ended';

export interface CallView {
	phase: CallPhase;
	roomName: string;
	/** Own tile last; screens before cameras. */
	tiles: TileView[];
	people: PersonView[];
	microphone: ToggleView;
	camera: ToggleView;
	screen: ToggleView;
	/** How the own screen is shared; absent: it is not. */
	share?: { content: 'text' | 'motion'; isPaused: boolean };
	hand: 'raised' | 'lowered';
	/** `catching-up`: media runs, chat and people list do not. `lost`: nothing gets through. */
	network: 'good' | 'catching-up' | 'reconnecting' | 'lost';
	/** When the outage began, local clock in ms; null: none. */
	lostSince: number | null;
	/** Local clock, unix ms; null before the call runs. */
	joinedAt: number | null;
	/** Reactions the server knows; empty: none are offered. */
	reactions: readonly string[];
	/** The call is being recorded; absent: not that we know. */
	isRecording?: boolean;
}

const closed: ToggleView = { intent: 'off', isPending: false, blockedBy: null };

/** Before there is a call: what a page can be built from while nobody sees it. */
export const noCall: CallView = {
	phase: 'joining',
	roomName: '',
	tiles: [
		{
			key: 'self',
			memberKey: 'self',
			source: 'camera',
			name: '',
			streamKey: null,
			connection: 'connected',
			microphone: 'off',
			video: 'off',
			isSpeaking: false,
			handOrder: null,
			reaction: null
		}
	],
	people: [],
	microphone: closed,
	camera: closed,
	screen: closed,
	hand: 'lowered',
	network: 'good',
	lostSince: null,
	joinedAt: null,
	reactions: []
};

/** Why a visit to a room can not go on: the pages of errors. */
export type PageError = {
	code: ErrorCode | 'browser.unsupported' | 'page.insecure' | 'call.removed' | 'call.duplicate';
	since: number;
};

export interface LobbyView {
	/** What we wait for: a moderator who lets us in, somebody who begins the call, or room on the server. */
	kind: 'lobby' | 'not-started' | 'full';
	/** What the room says about itself; empty: nothing. */
	description: string;
	/** After half an hour nobody looks at the preview any more. */
	isCameraPaused: boolean;
	/** When it opens by itself, unix ms; 0: when a moderator opens it. */
	opensAt: number;
	/** It closed while we were in the call. */
	isMoved: boolean;
	/** It has opened: we are on our way in. */
	isEntering: boolean;
}

export interface EndedView {
	roomName: string;
	reason: 'left' | 'ended-for-all' | 'removed' | 'replaced';
	durationMs: number;
	/** How many are still in the call; 0: nobody, or nobody knows. */
	othersLeft: number;
}
