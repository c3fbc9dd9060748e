import type { MediaOffer } from '../../media/media-offer.ts';
import { groupCallBase, type Enqueue } from './base.ts';
import { screenStop, screenStopTo } from './announcements.ts';
import { mutedOf } from './wishes.ts';
import { carrierIds, memberIds } from './wiring.ts';
import { mediaLease, ownPermissions, permittedMedia } from './selectors.ts';
import type { GroupCallContext } from './types.ts';

/** Our own media on its way to the members: what its owner offers, as far as the room lets us send it. */

const announceMs = 100;

/**
 * What differs from before goes to whom it concerns. Who came after the change gets the new media by itself. What is on
 * although the room does not let us send it should not be: it would go out by itself once the room does.
 */
function pass(context: GroupCallContext, offered: MediaOffer, enqueue: Enqueue) {
	const media = permittedMedia(offered, ownPermissions(context));
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
	const revoked = {
		audio: media.microphone !== offered.microphone,
		video: media.camera !== offered.camera,
		screen: media.screen !== offered.screen
	};
	if (revoked.audio || revoked.video || revoked.screen)
		enqueue.emit({ type: 'PUBLISHING_REVOKED', ...revoked });
}

export const ownMediaActions = {
	takeMedia: groupCallBase.enqueueActions(({ context, event, enqueue }) => {
		if (event.type !== 'MEDIA_CHANGED') return;
		enqueue.assign({ offered: event.media, mediaChoice: event.choice });
		pass(context, event.media, enqueue);
	}),
	/** The room gives and takes the right to send: what it takes is no longer sent, what it gives may be sent again. */
	applyPermissions: groupCallBase.enqueueActions(({ context, enqueue }) => {
		const permissions = ownPermissions(context);
		const sends = {
			audio: permissions?.publishAudio !== false,
			video: permissions?.publishVideo !== false
		};
		const areKindsSame = sends.audio === context.sends.audio && sends.video === context.sends.video;
		if (!areKindsSame) {
			enqueue.assign({ sends });
			for (const id of carrierIds(context)) enqueue.sendTo(id, { type: 'SET_SENDS', sends });
		}
		const { media, offered } = context;
		const isScreenSame = permittedMedia(offered, permissions).screen === media.screen;
		if (!areKindsSame || !isScreenSame) pass(context, offered, enqueue);
	})
};
