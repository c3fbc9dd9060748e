import type { MediaOffer } from '../../media/media-offer.ts';
import type { CallPresence, Permissions } from '../../talk-api.ts';
import type { MediaLease } from '../peer-connection.ts';
import { inCallBeside, othersInCall, type RosterEntry } from '../roster.ts';
import type { SessionId } from '../../../protocol/ids.ts';
import type { GroupCallContext, GroupCallEvent } from './types.ts';

/** What follows from the facts in the context; nothing here changes any. */

type Facts = GroupCallContext;

export const ownEntry = ({ roster, ownSessionId }: Pick<Facts, 'roster' | 'ownSessionId'>) =>
	ownSessionId !== null && Object.hasOwn(roster, ownSessionId) ? roster[ownSessionId] : undefined;

/** Our own entry says that we are in the call: only then do the others listen to us. */
export const isConfirmed = (context: Facts): boolean => ownEntry(context)?.presence.inCall === true;

/** A chat that runs now was opened before the call, while signaling took nobody: it goes on by asking. */
export const isChatAlone = ({ joinedAt }: Pick<Facts, 'joinedAt'>): boolean => joinedAt === null;

/** A list of participants that shows us out of the call. */
export const isOwnEntryOut = (
	{ ownSessionId }: Pick<Facts, 'ownSessionId'>,
	event: GroupCallEvent
): boolean =>
	event.type === 'PARTICIPANTS_CHANGED' &&
	event.participants.some(
		({ sessionId, presence }) => sessionId === ownSessionId && presence?.inCall === false
	);

export const hasStreams = ({ presence }: Pick<RosterEntry, 'presence'>): boolean =>
	presence.audio || presence.video;

export const ownPresence = ({ media }: Pick<Facts, 'media'>): CallPresence => ({
	inCall: true,
	...media.has
});

/** What the room lets us do: as the list of participants says, and until it does, as the room said when we came. */
export const ownPermissions = (
	context: Pick<Facts, 'roster' | 'ownSessionId' | 'room'>
): Permissions | null => ownEntry(context)?.permissions ?? context.room?.permissions ?? null;

/** Everybody else in the call, in a fixed order. */
export const othersOf = ({ roster, ownSessionId }: Facts): SessionId[] =>
	othersInCall(roster, ownSessionId).map(({ sessionId }) => sessionId);

/** Room sessions in the call whose name nobody has told, and that were not asked about yet. */
export function namelessIn({ roster, ownSessionId, peerNames, askedNames }: Facts): string[] {
	const nameless = inCallBeside(roster, ownSessionId).flatMap(({ name, isInternal, nextcloudSessionId }) =>
		name === '' && !isInternal && nextcloudSessionId !== null ? [nextcloudSessionId] : []
	);
	if (nameless.length === 0) return nameless;
	const asked = new Set(askedNames);
	return nameless.filter((session) => !Object.hasOwn(peerNames, session) && !asked.has(session));
}

/** What of our media the room lets us send; a kind that it does not counts as absent, whatever the devices say. */
export function permittedMedia(media: MediaOffer, permissions: Permissions | null): MediaOffer {
	if (permissions === null) return media;
	const { publishAudio: mayAudio, publishVideo: mayVideo, publishScreen: mayScreen } = permissions;
	if (mayAudio && mayVideo && mayScreen) return media;
	const { audio, video } = media.lease?.tracks ?? {};
	const isWhole = mayAudio && mayVideo;
	return {
		...media,
		lease:
			media.lease === null || isWhole
				? media.lease
				: {
						// another lease to those who hold the whole one
						leaseId: `${media.lease.leaseId}${mayAudio ? '' : '-silent'}${mayVideo ? '' : '-unseen'}`,
						tracks: {
							...(audio === undefined || !mayAudio ? {} : { audio }),
							...(video === undefined || !mayVideo ? {} : { video })
						}
					},
		screen: mayScreen ? media.screen : null,
		microphone: mayAudio ? media.microphone : 'off',
		camera: mayVideo ? media.camera : 'off',
		has: { audio: mayAudio && media.has.audio, video: mayVideo && media.has.video }
	};
}

/** Camera and microphone on their way to one member; natively the screen goes along. */
export function mediaLease({ topology }: Pick<Facts, 'topology'>, media: MediaOffer): MediaLease | null {
	const { lease, screen } = media;
	if (topology !== 'native' || screen === null) return lease;
	return {
		leaseId: `${lease?.leaseId ?? 'none'}+${screen.leaseId}`,
		tracks: lease?.tracks ?? {},
		screen: screen.tracks
	};
}
