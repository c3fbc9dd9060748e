import { expect, it } from 'vitest';
import { FakeMediaStream, fakeTrack } from '../../../../tests/support/fake-media.ts';
import { createLocalTracks } from './local-tracks.ts';

it('given a muted microphone that is listened to, when it is forgotten, then the copy was heard all the time and is stopped, the track is not', () => {
	const tracks = createLocalTracks((list) => new FakeMediaStream(list));
	const track = fakeTrack('audio');
	const microphone = tracks.add(track);
	tracks.setEnabled(microphone, false);

	const copy = tracks.listen(microphone)?.track;
	expect(copy?.enabled).toBe(true);
	// nobody else has it, so it does not keep the track from being released
	expect(tracks.isLent(microphone)).toBe(false);
	tracks.remove(microphone);

	expect(copy?.readyState).toBe('ended');
	expect(track.readyState).toBe('live');
	expect(tracks.listen(microphone)).toBeUndefined();
});
