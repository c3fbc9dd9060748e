import type { MediaLease } from '../call/peer-connection.ts';
import type { LocalMediaContext } from './local-media-machine.ts';

/** What the call gets to know of our own media: leases to hand out, and what to say about them. */
export interface MediaOffer {
	/** Changes with every change of the tracks. */
	version: number;
	lease: MediaLease | null;
	/** Null: nothing is shared. */
	screen: MediaLease | null;
	microphone: 'on' | 'off';
	camera: 'on' | 'off';
	/** What there is to send; a muted microphone is still there, a released camera too. */
	has: { audio: boolean; video: boolean };
}

/** @see local-media-machine.ts for where the facts come from */
export function mediaOffer({ microphone, camera, screen, version }: LocalMediaContext): MediaOffer {
	const tracks = {
		...(microphone.trackId === null ? {} : { audio: microphone.trackId }),
		...(camera.trackId === null ? {} : { video: camera.trackId })
	};
	const shared = {
		...(screen.audio === null ? {} : { audio: screen.audio }),
		...(screen.video === null ? {} : { video: screen.video })
	};
	return {
		version,
		lease: { leaseId: `usermedia-${version}`, tracks },
		screen: screen.video === null ? null : { leaseId: `screenshare-${version}`, tracks: shared },
		microphone: microphone.intent === 'on' && microphone.trackId !== null ? 'on' : 'off',
		camera: camera.intent === 'on' && camera.trackId !== null ? 'on' : 'off',
		has: {
			audio: microphone.trackId !== null,
			// once opened it counts as there: other clients do not look again when the announcement rises later
			video: camera.opened !== null
		}
	};
}
