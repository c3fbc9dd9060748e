import { assign, enqueueActions, sendTo } from 'xstate';
import { mediaOffer } from '../media/media-offer.ts';
import { choiceOf, mediaOf, visitFoundation } from './foundation.ts';

/** Camera and microphone: when they are opened and given back, and what the call is told of them. */
export const withDevices = visitFoundation.extend({
	actions: {
		chooseMedia: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'JOIN' || event.withMedia) return;
			enqueue.sendTo('media', { type: 'RELEASE' });
			enqueue.sendTo('media', { type: 'SET_MICROPHONE', intent: 'off' });
			enqueue.sendTo('media', { type: 'SET_CAMERA', intent: 'off' });
		}),
		openDevices: enqueueActions(({ enqueue }) => {
			enqueue.assign({ isOpening: true });
			enqueue.sendTo('media', { type: 'OPEN' });
		}),
		/** Unless something is open already, or opening, or was refused. */
		openIfClosed: enqueueActions(({ context, enqueue, self }) => {
			if (!context.withMedia) return;
			if (mediaOf(self)?.matches({ devices: 'closed' }) !== true) return;
			enqueue.assign({ isOpening: true });
			enqueue.sendTo('media', { type: 'OPEN' });
		}),
		noteOpening: assign(({ event }) =>
			event.type === 'xstate.snapshot.media'
				? { isOpening: event.snapshot.matches({ devices: 'opening' }) }
				: {}
		),
		/** Privacy before politeness: devices are given back before anything is sent. */
		releaseDevices: sendTo('media', { type: 'RELEASE' }),
		passMedia: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'xstate.snapshot.media' || context.call === null) return;
			const next = mediaOffer(event.snapshot.context);
			const known = context.call.getSnapshot().context.offered;
			const isSame =
				next.version === known.version &&
				next.microphone === known.microphone &&
				next.camera === known.camera;
			if (isSame) return;
			enqueue.sendTo(context.call, { type: 'MEDIA_CHANGED', media: next, choice: choiceOf(event.snapshot) });
		})
	}
});
