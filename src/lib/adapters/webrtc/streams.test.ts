import { expect, it } from 'vitest';
import { FakeMediaStream, fakeTrack } from '../../../../tests/support/fake-media.ts';
import type { CallId } from '../../protocol/ids.ts';
import { createLocalTracks } from './local-tracks.ts';
import { createRemoteStreams } from './remote-streams.ts';

const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
const call = 'call-1' as CallId;

it('given the same set of local tracks, when asked again, then the stream is the same object', () => {
	const tracks = createLocalTracks(createStream);
	const [sound, picture] = [tracks.add(fakeTrack('audio')), tracks.add(fakeTrack('video'))];

	const stream = tracks.streamOf([sound, picture]);

	expect(tracks.streamOf([picture, sound, sound])).toBe(stream);
	expect(tracks.streamOf([picture])).not.toBe(stream);
	expect(stream.getTracks()).toHaveLength(2);
});

it('given a local track that was removed, when its stream is asked for, then it is a new one without it', () => {
	const tracks = createLocalTracks(createStream);
	const [sound, picture] = [tracks.add(fakeTrack('audio')), tracks.add(fakeTrack('video'))];
	const stream = tracks.streamOf([sound, picture]);

	tracks.remove(sound);

	expect(tracks.get(sound)).toBeUndefined();
	const next = tracks.streamOf([sound, picture]);
	expect(next).not.toBe(stream);
	expect(next.getTracks().map(({ kind }) => kind)).toEqual(['video']);
});

it('given one track object, when it is added twice, then its names differ', () => {
	const tracks = createLocalTracks(createStream);
	const track = fakeTrack('audio');

	expect(tracks.add(track)).not.toBe(tracks.add(track));
});

it('given tracks of one connection, when they come and go, then its stream follows and listeners hear of it', () => {
	const streams = createRemoteStreams(createStream);
	const heard: string[] = [];
	const end = streams.subscribe((callId) => heard.push(callId));
	const [sound, picture] = [fakeTrack('audio'), fakeTrack('video')];

	streams.add(call, sound);
	const stream = streams.get(call);
	streams.add(call, picture);
	streams.remove(call, sound);

	expect(streams.get(call)).toBe(stream);
	expect(stream?.getTracks()).toEqual([picture]);
	streams.remove(call, picture);
	expect(streams.get(call)).toBeUndefined();
	expect(heard).toEqual([call, call, call, call]);
	end();
	streams.add(call, sound);
	streams.drop(call);
	expect(streams.get(call)).toBeUndefined();
	expect(heard).toHaveLength(4);
});
