import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import type { CallPresence } from '../talk-api.ts';
import type { DeviceChoice } from '../media/capture.ts';

/** Our own part in a call, as far as this browser remembers. */
type OwnPart = 'none' | 'ringing' | 'dismissed' | 'joining' | 'joined' | 'leaving' | 'left' | 'kicked';

/** What to restore on the way back into a call. */
export interface MediaChoice {
	microphone: 'on' | 'off';
	camera: 'on' | 'off';
	microphoneDevice: DeviceChoice | null;
	cameraDevice: DeviceChoice | null;
}

/**
 * One row of the store of ongoing calls: a cache with a memory of our own part, never the truth.
 * Key: account and token. Nothing secret: no SDP, candidate, credential, password or list of participants.
 */
export interface OngoingCall {
	v: 1;
	/** Which server and identity this browser used; `location.origin` for a guest. */
	account: string;
	token: RoomToken;
	/** For lists; the server's word. */
	roomName: string;
	/** Server clock, unix seconds; identity of the call instance. 0: not known yet. */
	startedAt: number;
	intent: 'ring' | 'prompt' | 'room';
	kind: 'voice' | 'video';
	/** Local clock, unix milliseconds. */
	firstSeenAt: number;
	/** Local clock, unix milliseconds: when the server last said that the call is going on. */
	confirmedAt: number;
	server: 'active' | 'ended' | 'unknown';
	own: OwnPart;
	/** To recognise a ghost of ours in the list of participants. */
	ownSessionId: SessionId | null;
	joinFlags: CallPresence | null;
	media: MediaChoice | null;
	/** Which tab holds the call, and until when (unix ms) it may be believed. */
	tabLease: { tabId: string; until: number } | null;
	chatLastRead: number | null;
}

type OngoingCallKey = readonly [account: string, token: RoomToken];

/** What happened, from which the next row follows: see `nextRow`. */
export interface OngoingCallStore {
	get(key: OngoingCallKey): Promise<OngoingCall | undefined>;
	/** Rows of one account whose server state is active or unknown; what ended is not read. */
	listOngoing(account: string): Promise<OngoingCall[]>;
	/**
	 * Read-modify-write in one transaction. `change` gets the row or undefined and returns the next one, or null to
	 * delete it. @throws `storage.unavailable`, which never affects a call
	 */
	update(key: OngoingCallKey, change: (row: OngoingCall | undefined) => OngoingCall | null): Promise<void>;
	/** Deletes rows that are not active and were confirmed before `olderThan` (unix ms). */
	sweep(olderThan: number): Promise<void>;
}

/** A room this browser was in: the list on the home page. At most 20, newest first. */
export interface RecentRoom {
	account: string;
	token: RoomToken;
	roomName: string;
	/** Local clock, unix milliseconds. */
	lastJoinedAt: number;
	/** Under which name. */
	ownName: string;
}

export interface RecentRoomStore {
	list(): Promise<RecentRoom[]>;
	remember(room: RecentRoom): Promise<void>;
	forget(account: string, token: RoomToken): Promise<void>;
	/** Puts rows back after an undo. */
	restore(rooms: readonly RecentRoom[]): Promise<void>;
	clear(): Promise<void>;
}

/** Remembered for this browser. */
export interface Preferences {
	name: string;
	microphone: 'on' | 'off';
	camera: 'on' | 'off';
	microphoneDevice: DeviceChoice | null;
	cameraDevice: DeviceChoice | null;
	speakerDevice: DeviceChoice | null;
	/** BCP 47 tag of the language of the interface; empty: what the browser asks for. */
	language: string;
	theme: 'auto' | 'light' | 'dark' | 'contrast';
	/** Size of the text, in percent: 100 to 200. */
	textSize: number;
	/** How tiles are arranged in a call. */
	layout: 'auto' | 'grid' | 'speaker';
	/** Our own camera looks like a mirror to us. */
	mirrorsOwnVideo: boolean;
	/** People without video stand in one tile together. */
	hidesWithoutVideo: boolean;
	showsReactions: boolean;
	/** No movement, whatever the system says. */
	reducesMotion: boolean;
	/** Controls never hide by themselves. */
	alwaysShowsControls: boolean;
	/** What a screen reader is told of the call unasked. */
	announcements: 'all' | 'important' | 'none';
	/** How much of our own video is sent, at most. */
	sendQuality: 'auto' | 'high' | 'medium' | 'low';
	echoCancellation: boolean;
	noiseSuppression: boolean;
	autoGain: boolean;
	/** The three above do not count, and sound is sent in stereo. */
	music: boolean;
	/** Holding Space talks, or mutes. */
	pushToTalk: boolean;
	/** Says so when we speak while muted. */
	hintsWhenMuted: boolean;
	/** Loudness of the sounds of the app, 0 to 1. */
	soundVolume: number;
	/** Names of the sounds that are switched off. */
	silentSounds: string[];
	/** Which messages are shown while the chat is closed. */
	chatNotices: 'all' | 'mentions' | 'none';
	/** Opens the small window by itself when the tab is left. */
	autoPictureInPicture: boolean;
	/** The screen stays on in a call. */
	keepsScreenOn: boolean;
	/** Asks after ten minutes alone in a call. */
	asksWhenAlone: boolean;
	/** Keys without Ctrl do something in a call. */
	singleKeys: boolean;
	/** Keys that a person has chosen instead of ours, by the name of the action. */
	ownKeys: Readonly<Record<string, string>>;
	rememberCalls: boolean;
	/** At least one call has succeeded: only then is installing offered. */
	hasJoinedOnce: boolean;
}

export interface PreferenceStore {
	/** Defaults for whatever is missing or unreadable; never rejects. */
	load(): Promise<Preferences>;
	save(patch: Partial<Preferences>): Promise<void>;
}

/** A chat message on its way: kept until the server has acknowledged it. */
export interface OutboxMessage {
	account: string;
	token: RoomToken;
	/** Made by us; finds the message again in the server's history. */
	referenceId: string;
	text: string;
	/** Local clock, unix milliseconds. */
	writtenAt: number;
	/** Id of the message that it answers. */
	replyTo?: number;
	/** The server refused it; only a person can decide to try again. Absent: it did not. */
	isRefused?: boolean;
}

/** Shared by the tabs of a browser, each of which may be another guest: a message is sent by the tab it was written in. */
export interface Outbox {
	/**
	 * What is this tab's to send, oldest first: its own messages, and those of tabs that are gone. They stay its own for 90 s, or
	 * until it claims them again. In one transaction.
	 */
	claim(account: string, token: RoomToken): Promise<OutboxMessage[]>;
	/** As this tab's own. */
	put(message: OutboxMessage): Promise<void>;
	remove(referenceId: string): Promise<void>;
}
