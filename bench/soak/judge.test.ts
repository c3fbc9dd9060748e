import { expect, it } from 'vitest';
import { judge, type Look } from './judge.ts';

const nothing = {
	connections: 0,
	ownTracks: 0,
	receivedTracks: 0,
	sockets: 0,
	audioContexts: 0,
	timers: 0,
	objectUrls: 0,
	channels: 1,
	workers: 0
};
const minute = 60;

/** A minute of being alone after the other; `change` makes each look what it is. */
const looks = (count: number, change: (look: Look, index: number) => void = () => undefined): Look[] =>
	Array.from({ length: count }, (_, index) => {
		const look: Look = {
			at: index * minute,
			page: {
				heap: 8,
				nodesHeap: 3,
				memory: null,
				nodes: 900,
				listeners: 200,
				nativeConnections: 0,
				nativeAudioNodes: 3,
				alive: {
					RTCPeerConnection: 0,
					RTCDataChannel: 0,
					MediaStream: 1,
					MediaStreamTrack: 2,
					WebSocket: 1,
					AudioContext: 1,
					AudioNode: 3,
					HTMLVideoElement: 1,
					HTMLAudioElement: 0,
					BroadcastChannel: 1,
					AbortSignal: 4
				},
				open: { ...nothing, ownTracks: 2, sockets: 1, audioContexts: 1, timers: 6 },
				actors: 20,
				stoppedActors: 0,
				actorsByLogic: {}
			},
			server: {
				memory: 90,
				heap: 30,
				signalingSessions: 1,
				sockets: 1,
				roomSessions: 1,
				callSessions: 1
			}
		};
		change(look, index);
		return look;
	});

it('given an hour in which nothing changes, when it is judged, then nothing is beyond its bounds', () => {
	const { beyond, failed } = judge(looks(60), nothing);

	expect([...beyond, ...failed]).toEqual([]);
});

it('given JavaScript that grows by 6 MB in an hour, when it is judged, then the run failed', () => {
	const { failed } = judge(
		looks(60, (look, index) => (look.page.heap += index / 10)),
		nothing
	);

	expect(failed).toEqual(['JavaScript of the page: grows by 6.0 MB an hour, beyond 3']);
});

it('given growth a little beyond its bound, when it is judged, then it is said, but the run did not fail', () => {
	const { beyond, failed } = judge(
		looks(60, (look, index) => (look.page.heap += (index * 3.2) / 60)),
		nothing
	);

	expect(beyond).toEqual(['JavaScript of the page: grows by 3.2 MB an hour, beyond 3']);
	expect(failed).toEqual([]);
});

it('given a connection that somebody keeps, when it is judged, then one is enough to fail', () => {
	const { failed } = judge(
		looks(3, (look, index) => (look.page.alive.RTCPeerConnection = index === 2 ? 1 : 0)),
		nothing
	);

	expect(failed).toEqual(['alive RTCPeerConnection: 1 at the end, 0 at the start']);
});

it('given streams that live a look longer than they are used, when it is judged, then that is no leak', () => {
	const seen = [4, 4, 5, 6, 4, 4, 4, 6, 5, 5];
	const { failed } = judge(
		looks(seen.length, (look, index) => (look.page.alive.MediaStream = seen[index] ?? 0)),
		nothing
	);

	expect(failed).toEqual([]);
});

it('given nodes of sound that the browser lets go a look later than the page, when it is judged, then that is no leak, and more and more of them are', () => {
	const seen = [6, 9, 7, 8, 6, 7, 9, 8, 7, 7];
	const judged = (count: (index: number) => number) =>
		judge(
			looks(10, (look, index) => (look.page.nativeAudioNodes = count(index))),
			nothing
		).failed;

	expect(judged((index) => seen[index] ?? 0)).toEqual([]);
	expect(judged((index) => 6 + index)).toEqual(['native audio nodes: 12 at the end, 9 at the start']);
});

it('given a stream that is kept every other time, when it is judged, then the run failed', () => {
	const { failed } = judge(
		looks(10, (look, index) => (look.page.alive.MediaStream = 1 + Math.floor(index / 2))),
		nothing
	);

	expect(failed).toEqual(['alive MediaStream: 4 at the end, 2 at the start']);
});

it('given connections that were kept before the first look counts, when it is judged, then the run failed all the same', () => {
	const { failed } = judge(
		looks(3, (look) => (look.page.nativeConnections = 5)),
		nothing
	);

	expect(failed).toEqual(['native connections: 5 at the end, 0 at the start']);
});

it('given a page that goes to and fro between two numbers of nodes, when it is judged, then that is no leak', () => {
	const { failed } = judge(
		looks(10, (look, index) => (look.page.nodes = index % 3 === 0 ? 2_860 : 3_070)),
		nothing
	);

	expect(failed).toEqual([]);
});

it('given nodes that go on growing by a few, when it is judged, then they are found once they are many', () => {
	const growing = (count: number) =>
		judge(
			looks(count, (look, index) => (look.page.nodes += index * 2)),
			nothing
		).failed;

	expect(growing(10)).toEqual([]);
	expect(growing(100)).toEqual(['nodes: 1032 at the end, 966 at the start']);
});

it('given a session that the server keeps, when it is judged, then the run failed', () => {
	const { failed } = judge(
		looks(5, (look, index) => (look.server.signalingSessions = index < 2 ? 1 : 2)),
		nothing
	);

	expect(failed).toEqual(['server signalingSessions: 2 at the end, 1 at the start']);
});

it('given a camera that is open after leaving, when it is judged, then the run failed', () => {
	const { failed } = judge(looks(5), { ...nothing, ownTracks: 1 });

	expect(failed).toEqual(['open ownTracks: 1 after leaving']);
});

it('given one look, when it is judged, then that is refused', () => {
	expect(() => judge(looks(1), nothing)).toThrow('fewer than two looks');
});
