import type { SessionId } from '../../../protocol/ids.ts';
import type { MemberInput } from '../member-machine.ts';
import type { Muted } from '../peer-call/setup.ts';
import type { MediaLease } from '../peer-connection.ts';
import { savedPicture, type PictureSize } from '../picture-size.ts';
import type { Profile } from '../profile.ts';
import { inCallBeside, type RosterEntry } from '../roster.ts';
import { sendLimits } from '../send-limits.ts';
import { hasStreams, isConfirmed, mediaLease, ownEntry } from './selectors.ts';
import type { GroupCallContext, MemberKind, Wiring } from './types.ts';
import { nobody, noWiring } from './wiring.ts';

/** Which members the roster and our own sharing ask for, and what each is made of. */

export const sidesOf = (
	context: GroupCallContext,
	entry: RosterEntry
): Pick<MemberInput, 'ours' | 'theirs'> => {
	const own = ownEntry(context);
	return {
		ours: {
			id: context.ownSessionId ?? ('' as SessionId),
			inCall: own?.presence.inCall === true,
			hasStreams: own !== undefined && hasStreams(own)
		},
		theirs: { id: entry.sessionId, inCall: entry.presence.inCall, hasStreams: hasStreams(entry) }
	};
};

export const isSideSame = (one: RosterEntry, other: RosterEntry) =>
	one.presence.inCall === other.presence.inCall && hasStreams(one) === hasStreams(other);

const nothingMuted: Muted = { audio: false, video: false };

export const mutedOf = ({ microphone, camera }: GroupCallContext['media']): Muted => ({
	audio: microphone === 'off',
	video: camera === 'off'
});

/** What a kind of member is made for. */
export interface Wish {
	kind: MemberKind;
	profile: Profile;
	purpose: MemberInput['purpose'];
	initiator: MemberInput['initiator'];
	lease: MediaLease | null;
	muted: Muted;
}

/** A shared screen that comes in is made when its offer comes, and kept while its owner stays. */
export function wishFor(context: GroupCallContext, kind: MemberKind): Wish {
	const { topology, media, input } = context;
	const isSfu = topology === 'sfu';
	const relayed = isSfu ? 'sfuSubscriber' : input.profile;
	switch (kind) {
		case 'member':
			return {
				kind,
				profile: relayed,
				purpose: 'usermedia',
				initiator: isSfu ? 'them' : 'compare',
				lease: isSfu ? null : mediaLease(context, media),
				muted: mutedOf(media)
			};
		case 'publisher':
			return {
				kind,
				profile: 'sfuPublisher',
				purpose: 'usermedia',
				initiator: 'us',
				lease: media.lease,
				muted: mutedOf(media)
			};
		case 'share-in':
			return {
				kind,
				profile: relayed,
				purpose: 'screenshare',
				initiator: 'them',
				lease: null,
				muted: nothingMuted
			};
		case 'share-out':
		case 'screen':
			return {
				kind,
				profile: isSfu ? 'sfuPublisher' : input.profile,
				purpose: 'screenshare',
				initiator: 'us',
				lease: media.screen,
				muted: nothingMuted
			};
	}
}

/** What of the limits for sending concerns a kind of member; null: it sends nothing. */
export const purposeOf = (kind: MemberKind): 'camera' | 'screen' | null => {
	if (kind === 'share-in') return null;
	return kind === 'share-out' || kind === 'screen' ? 'screen' : 'camera';
};

/** Without a media server a picture comes in one size or not at all. */
export const pictureOf = ({ topology, saving, looks }: GroupCallContext, of: SessionId): PictureSize => {
	const picture = savedPicture(saving, looks, of);
	return topology === 'sfu' || picture === 'none' ? picture : 'large';
};

export const inputFor = (
	context: GroupCallContext,
	entry: RosterEntry,
	{ kind, profile, purpose, initiator, lease, muted }: Wish,
	hasPicture: boolean
): MemberInput => ({
	profile,
	purpose,
	initiator,
	lease,
	muted,
	sends: context.sends,
	...sidesOf(context, entry),
	...(hasPicture ? {} : { receives: { audio: true, video: false } }),
	...(context.hasSimulcast && hasPicture && profile === 'sfuSubscriber' && purpose === 'usermedia'
		? { picture: pictureOf(context, entry.sessionId) }
		: {}),
	...(kind === 'member' && context.topology !== 'sfu'
		? { picture: pictureOf(context, entry.sessionId) }
		: {}),
	...limitsFor(context, kind),
	...(context.hasSimulcast && profile === 'sfuPublisher' && purpose === 'usermedia'
		? { simulcast: true }
		: {}),
	...(profile === 'sfuPublisher' && { updates: context.takesUpdates }),
	iceServers: context.iceServers,
	isSignalingUp: context.isOnline,
	newCallId: context.input.ports.newCallId,
	releaseResources: context.input.ports.releaseResources,
	random: context.input.ports.random
});

const limitsFor = ({ sendWish }: GroupCallContext, kind: MemberKind): Pick<MemberInput, 'limits'> => {
	const purpose = purposeOf(kind);
	return sendWish === null || purpose === null ? {} : { limits: sendLimits(purpose, sendWish) };
};

/** Who is to be there of each kind. One pass over the roster. */
export function wantedIn(context: GroupCallContext): Wiring {
	const own = ownEntry(context);
	if (own === undefined || !isConfirmed(context)) return noWiring;
	const { topology, media, wiring } = context;
	const others = inCallBeside(context.roster, context.ownSessionId);
	const all = new Map(others.map((entry) => [entry.sessionId, entry]));
	const known = (kind: MemberKind) =>
		wiring[kind].size === 0 ? nobody : new Map([...wiring[kind].keys()].flatMap((id) => entryIn(all, id)));
	const ourselves: ReadonlyMap<SessionId, RosterEntry> = new Map([[own.sessionId, own]]);
	switch (topology) {
		case 'mesh':
			return {
				...noWiring,
				member: all,
				'share-out': media.screen === null ? nobody : all,
				'share-in': known('share-in')
			};
		case 'native':
			return { ...noWiring, member: all };
		case 'sfu':
			return {
				...noWiring,
				// a released camera still has its place: tracks come and go without a new connection
				publisher: media.has.audio || media.has.video ? ourselves : nobody,
				screen: media.screen === null ? nobody : ourselves,
				member: new Map([...all].filter(([, entry]) => hasStreams(entry))),
				'share-in': known('share-in')
			};
	}
}

const entryIn = (all: ReadonlyMap<SessionId, RosterEntry>, id: SessionId): [SessionId, RosterEntry][] => {
	const entry = all.get(id);
	return entry === undefined ? [] : [[id, entry]];
};
