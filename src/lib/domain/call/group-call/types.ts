import type { CallId, RoomToken, SessionId } from '../../../protocol/ids.ts';
import type { ErrorCode } from '../../errors.ts';
import type { MediaOffer } from '../../media/media-offer.ts';
import type { ModeratorOrder, SignalingNews, SignalingTransport } from '../../signaling.ts';
import type { MediaChoice, Outbox } from '../../store/ongoing-call.ts';
import type {
	CallPresence,
	EnteredRoom,
	IceServer,
	RoomInfo,
	SignalingSettings,
	TalkApi
} from '../../talk-api.ts';
import type { Collected, CallStatsSummary } from '../call-stats.ts';
import type { EarlySignal } from '../early-messages.ts';
import type { Link } from '../links.ts';
import type { PictureSaving, PictureSize } from '../picture-size.ts';
import type { MemberInput } from '../member/context.ts';
import type { Profile } from '../profile.ts';
import type { Roster, RosterEntry, SaidState } from '../roster.ts';
import type { SendWish } from '../send-limits.ts';
import type { SignalingReport } from '../signaling-session-machine.ts';
import type { Dials } from './dials.ts';

/** The world as a call needs it: ports, clock and chance, all from outside. */
export interface CallPorts {
	api: TalkApi;
	transport: SignalingTransport;
	outbox: Outbox;
	/** Signaling settings from before the call, if there are any; each are given once. */
	takeSettings?: (token: RoomToken) => SignalingSettings | null;
	/** Local clock, unix milliseconds. */
	now: () => number;
	/** In [0, 1). */
	random: () => number;
	newCallId: () => CallId;
	/** For messages: at most 64 characters, never used before. */
	newReferenceId: () => string;
	/** Nobody sees the page: what only tells a person something may take longer. Absent: it is seen. */
	isHidden?: () => boolean;
	/** Closes what a failed peer call left open. */
	releaseResources: (owner: CallId) => void;
}

export interface GroupCallInput {
	ports: CallPorts;
	/** What peers speak where no media server stands between them: with one, it decides. */
	profile: Extract<Profile, 'talkMesh' | 'native'>;
	/** Server and identity, as in the store of ongoing calls. */
	account: string;
	room: RoomInfo;
	name: string;
	password: string | undefined;
	tabId: string;
	media: MediaOffer;
	mediaChoice: MediaChoice;
	consent: boolean;
	maxChatLength: number;
	/** What the server can do, by Talk's names. Absent: nobody knows. */
	features?: readonly string[];
	/** Sessions that this browser left behind in the call when a tab of it crashed: they are nobody. */
	ghosts?: readonly SessionId[];
	/** We were in the call until the lobby closed: we wait before we ask again. */
	isHeld?: boolean;
	/** Whether this tab was in the call and no other says that it is: what the server still has of it is ours. Asked each time. */
	isAbandoned?: () => boolean;
	/** Our coming makes the devices of somebody else ring. Absent: nobody is rung. */
	ring?: {
		/** Leave when nobody answers, and when all others have gone; never just because nobody has come yet. */
		autoLeave: boolean;
	};
}

export interface GroupCallOutput {
	reason: 'left' | 'ended-for-all' | 'removed' | 'replaced' | 'refused';
	/** Why it was refused. */
	code: ErrorCode | null;
	/** When the server wants to be asked again at the earliest, in milliseconds; absent: it did not say. */
	retryAfterMs?: number;
	/** Somebody else has to start the call: it ended while we were away. Absent: nobody has to. */
	isUnstarted?: true;
	/** Our place is in this room from now on. */
	sentTo?: RoomToken;
	/** Who was in the call when we left it; absent: nobody, or it is over. */
	othersLeft?: number;
	roomName: string;
	durationMs: number;
}

/** What became of our ringing. */
export type RingOutcome = 'accepted' | 'declined' | 'timeout';

export type GroupCallEvent =
	/** `replaced`: it goes on in another tab of this browser, and the row of the store is that tab's. */
	| { type: 'LEAVE'; forEveryone?: boolean; reason?: 'replaced' }
	| { type: 'MEDIA_CHANGED'; media: MediaOffer; choice: MediaChoice }
	| { type: 'RAISE_HAND' | 'LOWER_HAND' }
	| { type: 'REACT'; emoji: string }
	/** As a moderator: everybody is told, and whoever is meant obeys. */
	| { type: 'ORDER'; order: ModeratorOrder['kind']; whom: readonly SessionId[] }
	/** Our own voice, as measured here; goes over the data channels only. */
	| { type: 'SPEAKING'; state: 'on' | 'off' }
	| { type: 'RETRY_MEMBER'; memberKey: SessionId }
	/** The session in the room is open elsewhere, and a person wants it here. */
	| { type: 'TAKE_OVER' }
	| { type: 'CONNECT_NOW' }
	/** A person wants to write while signaling takes nobody; the call is entered all the same, once it does. */
	| { type: 'OPEN_CHAT' }
	/** How large the pictures are shown; those who are not named are as they were. */
	| { type: 'LOOK_AT'; pictures: ReadonlyMap<SessionId, PictureSize> }
	| { type: 'TELL_LOOKS' }
	/** What of the others' cameras is done without. */
	| { type: 'SAVE_PICTURES'; saving: PictureSaving }
	/** How much of our own may be sent. */
	| { type: 'LIMIT_SENDING'; wish: SendWish }
	/** Somebody wants to know how well media gets through: gather it this often. */
	| { type: 'WATCH_STATS'; everyMs: number }
	| { type: 'IGNORE_STATS' }
	/** The one we ring does not want to talk. */
	| { type: 'RING_DECLINED' }
	| { type: 'ANNOUNCE_STATE' }
	/** In batches: a crowd that is listed at once is greeted at once. */
	| { type: 'TELL_STATE'; to: readonly SessionId[] }
	| { type: 'FORGET_SIGNAL'; ticket: number }
	| { type: 'CLEAR_REACTION'; of: SessionId | 'self'; count: number }
	| { type: 'CHANNEL_OPENED'; member: SessionId }
	| { type: 'MEMBERSHIP_EXPIRED'; of: SessionId }
	/** What we send through the media server fails again and again. */
	| { type: 'PUBLISHER_BROKEN' }
	| { type: 'LOOK_AT_PUBLISHER' }
	/** The signaling session on what we had it relay; a new session forgets all of it anyway. */
	| { type: 'SEND_OK'; id: number }
	| { type: 'SEND_FAILED'; id: number; retryable: boolean }
	/** Something that the call or its tiles go by is different in these members. */
	| { type: 'MEMBERS_CHANGED'; ids: readonly string[] }
	| { type: `xstate.snapshot.${string}`; snapshot: unknown }
	| { type: `xstate.done.actor.${string}`; output: unknown; actorId: string }
	| { type: `xstate.error.actor.${string}`; error: unknown; actorId: string }
	| SignalingReport
	| SignalingNews;

export type GroupCallEmitted =
	/** The room does not let us send this, and it is on: whoever owns the devices should close them. */
	| { type: 'PUBLISHING_REVOKED'; audio: boolean; video: boolean; screen: boolean }
	/** A moderator wants us to be silent. @property name empty: nobody knows */
	| { type: 'MUTED_BY'; name: string }
	/** So many others were in the call when we came. */
	| { type: 'ARRIVED'; others: number }
	| { type: 'RING_OUTCOME'; outcome: RingOutcome };

/**
 * How the parties are connected: everybody with everybody, in Talk's words (`mesh`) or in our own (`native`), or each
 * with a media server (`sfu`).
 */
type Topology = 'mesh' | 'native' | 'sfu';

/**
 * What a child of the call is for.
 * - `member`: camera and microphone of one session, both ways, or only theirs where a media server relays
 * - `share-out`, `share-in`: a screen, from us to one session, or from one session to us
 * - `publisher`, `screen`: what we send to the media server, on its way to everybody
 */
export type MemberKind = 'member' | 'share-out' | 'share-in' | 'publisher' | 'screen';

/** Which children there are, by kind, and what each was last told about its other side. */
export type Wiring = Readonly<Record<MemberKind, ReadonlyMap<SessionId, RosterEntry>>>;

export interface GroupCallContext {
	input: GroupCallInput;
	room: EnteredRoom | null;
	ownSessionId: SessionId | null;
	/** Fixed with each session at the signaling server; a new session forgets everything, and decides anew. */
	topology: Topology;
	iceServers: readonly IceServer[];
	isOnline: boolean;
	/** Local clock; null: online. */
	lostSince: number | null;
	roster: Roster;
	wiring: Wiring;
	/** Our own entry as the members know it. */
	wiredAs: RosterEntry | null;
	dials: Dials;
	/** Who has been told our state since they came. */
	greeted: ReadonlySet<SessionId>;
	/** With a media server: whose picture we get. */
	pictures: ReadonlySet<SessionId>;
	/** With a media server: the last connection for what we send that it answered. */
	publishedAs: CallId | null;
	/** The media server chooses among sizes of a picture. */
	hasSimulcast: boolean;
	/** The server says by itself when there is something in the chat. */
	tellsOfChat: boolean;
	/** The media server takes a second offer for a connection that it has. */
	takesUpdates: boolean;
	/** How large pictures are shown here; nothing said: large. */
	looks: ReadonlyMap<SessionId, PictureSize>;
	saving: PictureSaving;
	/** null: never said. */
	sendWish: SendWish | null;
	/** With a media server: the connection of our screen of which the others have been told. */
	screenCall: CallId | null;
	said: Readonly<Record<SessionId, SaidState>>;
	/** Names by room session, for servers that do not send them along. */
	peerNames: Readonly<Record<string, string>>;
	/** Room sessions in the call whose name nobody has told, and that were not asked about yet. */
	nameless: readonly string[];
	/** Room sessions that were asked about. */
	askedNames: readonly string[];
	early: readonly EarlySignal[];
	ticket: number;
	dropped: number;
	/** What there is to send, as its owner says. */
	offered: MediaOffer;
	/** What of it the room lets us send: everything in the call goes by this. */
	media: MediaOffer;
	mediaChoice: MediaChoice;
	/** What the room lets us send beside a screen, as the members know it. */
	sends: NonNullable<MemberInput['sends']>;
	/** What everybody was told about our devices; null: nothing yet. */
	told: { microphone: 'on' | 'off'; camera: 'on' | 'off' } | null;
	/** What the server was told that we have. */
	announced: CallPresence | null;
	hand: { state: 'raised' | 'lowered'; at: number };
	ownReaction: { emoji: string; count: number } | null;
	/** Attempts to join failed in a row. */
	failures: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** 404s in a row: one may be a server that is just starting. */
	notFound: number;
	/** When we last came back into the call because the server or the media path had lost us, local clock. */
	rejoinedAt: number | null;
	/** How many times in a row. */
	rejoins: number;
	/** We stepped out and came back, and the list that shows us out is still to come. */
	isOutUnseen: boolean;
	ringOutcome: RingOutcome | null;
	/** Offers that the media server refused us since we last announced ourselves. */
	refusals: number;
	/** Attempts in a row to get new TURN credentials. */
	turnFailures: number;
	statsEveryMs: number;
	collected: Collected;
	stats: CallStatsSummary | null;
	/** Each connection between the last two collections. */
	links: readonly Link[];
	linkStats: Collected;
	/** Local clock, unix ms: when they were collected last. */
	linksAt: number;
	joinedAt: number | null;
	/** The lobby kept us waiting, or still does. */
	isHeld: boolean;
	/** How often we looked whether it has opened, without a failure in between. */
	heldLooks: number;
	end: Pick<GroupCallOutput, 'reason' | 'code' | 'retryAfterMs' | 'isUnstarted' | 'sentTo'>;
	forEveryone: boolean;
	isLeaving: boolean;
	/** Why joining takes so long; null: it does not. */
	trouble: ErrorCode | null;
}
