import type { MediaOffer } from '../../media/media-offer.ts';
import { groupCallBase, type Enqueue } from './base.ts';
import { screenStop, screenStopTo } from './announcements.ts';
import { mutedOf } from './wishes.ts';
import { carrierIds, memberIds } from './wiring.ts';
import { mediaLease, ownPermissions, permittedMedia } from './selectors.ts';
import type { GroupCallContext } from './types.ts';

/** Our own media on its way to the members: what its owner offers, as far as the room lets us send it. */

const announceMs = 100;

/** What differs from before goes to whom it concerns. Who came after the change gets the new media by itself. */
function pass(context: GroupCallContext, media: MediaOffer, enqueue: Enqueue) {
	const before = context.media;
	const [leaseBefore, lease] = [mediaLease(context, before), mediaLease(context, media)];
	const [mutedBefore, muted] = [mutedOf(before), mutedOf(media)];
	for (const id of carrierIds(context)) {
		if (lease?.leaseId !== leaseBefore?.leaseId) enqueue.sendTo(id, { type: 'SET_MEDIA', lease });
		if (muted.audio !== mutedBefore.audio || muted.video !== mutedBefore.video) {
			enqueue.sendTo(id, { type: 'SET_MUTED', muted });
		}
	}
	if (media.screen !== null && media.screen.leaseId !== before.screen?.leaseId) {
		for (const id of memberIds(context.wiring, ['share-out', 'screen'])) {
			enqueue.sendTo(id, { type: 'SET_MEDIA', lease: media.screen });
		}
	}
	if (before.screen !== null && media.screen === null && context.ownSessionId !== null) {
		// told first: their tile goes before the picture freezes
		const to = screenStopTo(context);
		if (to.length > 0) enqueue.sendTo('signaling', screenStop(to));
	}
	if (media.microphone !== before.microphone || media.camera !== before.camera) {
		enqueue.cancel('announce');
		enqueue.raise({ type: 'ANNOUNCE_STATE' }, { delay: announceMs, id: 'announce' });
	}
	enqueue.assign({ media });
}

export const ownMediaActions = {
	takeMedia: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'MEDIA_CHANGED') return;
		enqueue.assign({ offered: event.media, mediaChoice: event.choice });
		pass(context, permittedMedia(event.media, ownPermissions(context)), enqueue);
	}),
	/** The room gives and takes the right to send: what it takes is no longer sent, what it gives may be sent again. */
	applyPermissions: groupCallBase.enqueueActions(({ context, enqueue }) => {
		const permissions = ownPermissions(context);
		const media = permittedMedia(context.offered, permissions);
		const { has, screen, lease } = context.media;
		const sends = {
			audio: permissions?.publishAudio !== false,
			video: permissions?.publishVideo !== false
		};
		if (sends.audio !== context.sends.audio || sends.video !== context.sends.video) {
			enqueue.assign({ sends });
			for (const id of carrierIds(context)) enqueue.sendTo(id, { type: 'SET_SENDS', sends });
		}
		const isSame =
			media.has.audio === has.audio &&
			media.has.video === has.video &&
			media.lease?.leaseId === lease?.leaseId &&
			(media.screen === null) === (screen === null);
		if (isSame) return;
		const lost = {
			audio: has.audio && !media.has.audio,
			video: has.video && !media.has.video,
			screen: screen !== null && media.screen === null
		};
		pass(context, media, enqueue);
		if (lost.audio || lost.video || lost.screen) enqueue.emit({ type: 'PUBLISHING_REVOKED', ...lost });
	})
};
