import { describe, expect, it } from 'vitest';
import { openCallBench, type CallBench, type Party } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { PeerConnections } from './peer-connection.ts';

const everything = {
	startCall: true,
	joinCall: true,
	publishAudio: true,
	publishVideo: true,
	publishScreen: true,
	chat: true
};
const ann1 = 'ann-1' as SessionId;
/** Sound and picture that leave a party with one frame. */
function sent(bench: CallBench, party: Party | undefined) {
	const live = [...(party?.tracks.values() ?? [])];
	bench.network.tick();
	const tracks = bench.network.connections
		.filter(({ isClosed }) => !isClosed)
		.flatMap((connection) => connection.getSenders())
		.flatMap(({ track }) => (track === null ? [] : [track]))
		.filter((track) => live.some((own) => own.id === track.id));
	return tracks.map(({ kind }) => kind).sort();
}

describe('statistics', () => {
	/** Counts how often each connection is read, and how much has arrived by then. */
	function openReader(bench: CallBench) {
		const reads: string[] = [];
		const arrived = new Map<string, number>();
		const state = { isSilent: false };
		const connections = (real: PeerConnections): PeerConnections => ({
			open: (options, listener) => {
				const edge = real.open(options, listener);
				return {
					...edge,
					command: (command) => {
						if (command.type !== 'READ_STATS') return edge.command(command);
						reads.push(options.callId);
						const bytes = (arrived.get(options.callId) ?? 0) + (state.isSilent ? 0 : 1_000);
						arrived.set(options.callId, bytes);
						listener({
							type: 'PC_STATS',
							token: command.token,
							stats: {
								bytesSent: 0,
								bytesReceived: bytes,
								roundTripMs: 40,
								audioBytesReceived: bytes,
								videoBytesReceived: 0,
								packetsReceived: bytes,
								packetsLost: bytes / 4,
								jitterMs: 12,
								concealedSamples: bytes / 10,
								totalSamples: bytes
							}
						});
					}
				};
			}
		});
		return { reads, state, ann: bench.openParty('ann', { connections }) };
	}

	it('given nobody who watches, when time passes, then nothing is read', async () => {
		const bench = openCallBench();
		const { ann, reads } = openReader(bench);
		await ann.join();
		await bench.joinAll('ben');
		await bench.advance(120_000);

		expect(reads).toEqual([]);
	});

	it('M41 given somebody who watches, when they stop and begin again, then it runs again', async () => {
		const bench = openCallBench();
		const { ann, reads } = openReader(bench);
		await ann.join();
		await bench.joinAll('ben', 'cat');
		await bench.advance(5_000);

		ann.actor.send({ type: 'WATCH_STATS', everyMs: 10_000 });
		await bench.advance(9_999);
		expect(reads).toHaveLength(0);
		await bench.advance(1);
		expect(reads).toHaveLength(2); // one for each connection
		await bench.advance(11_000);
		expect(reads).toHaveLength(4);
		ann.actor.send({ type: 'IGNORE_STATS' });
		await bench.advance(60_000);
		expect(reads).toHaveLength(4);
		expect(ann.context().stats).toBeNull();

		ann.actor.send({ type: 'WATCH_STATS', everyMs: 30_000 });
		await bench.advance(29_999);
		expect(reads).toHaveLength(4);
		await bench.advance(1);

		expect(reads).toHaveLength(6);
	});

	it('given connections, when they are read for the first time, then nothing is said of them yet; from the second on, how much arrived between', async () => {
		const bench = openCallBench();
		const { ann, state } = openReader(bench);
		await ann.join();
		const [ben] = await bench.joinAll('ben', 'cat');
		await bench.advance(5_000);
		ann.actor.send({ type: 'WATCH_STATS', everyMs: 10_000 });
		await bench.advance(11_000);
		expect(ann.context().stats).toMatchObject({
			expected: 2,
			connected: 2,
			audioReceived: null,
			maxLoss: null
		});

		await bench.advance(11_000);
		// sound arrives; pictures are sent and do not
		expect(ann.context().stats).toMatchObject({
			audioReceived: 1,
			videoReceived: 0,
			mediaReceived: 0,
			maxJitterMs: 12,
			maxLoss: 0.2,
			maxConcealed: 0.1,
			maxRoundTripMs: 40
		});

		ben?.mute('camera', 'off');
		state.isSilent = true;
		await bench.advance(11_000);
		// whoever has switched the camera off is not missed
		expect(ann.context().stats).toMatchObject({ audioReceived: 0, videoReceived: 0.5, maxLoss: null });
	});

	it('given a connection that ends, when the next reading comes, then it no longer counts', async () => {
		const bench = openCallBench();
		const { ann } = openReader(bench);
		await ann.join();
		const [ben] = await bench.joinAll('ben', 'cat');
		ann.actor.send({ type: 'WATCH_STATS', everyMs: 10_000 });
		await bench.advance(22_000);
		await ben?.leave();
		await bench.advance(11_000);

		expect(ann.context().stats).toMatchObject({ expected: 1, connected: 1 });
		expect(ann.context().collected.size).toBe(1);
	});
});

describe('ringing others', () => {
	const outcomes = (party: Party) =>
		party.emitted.flatMap((event) => (event.type === 'RING_OUTCOME' ? [event.outcome] : []));

	it('M44 given a call that rings, when nobody comes for 45 s, then that is its outcome, and we leave if that was wished', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { ring: { autoLeave: true } });
		const ben = openCallBench().openParty('ben', { ring: { autoLeave: false } });
		await ann.join();
		await bench.advance(44_999);
		expect(outcomes(ann)).toEqual([]);
		expect(ann.status()).toBe('active');
		await bench.advance(1);

		expect(outcomes(ann)).toEqual(['timeout']);
		expect(ann.output()?.reason).toBe('left');
		expect(ann.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(ben.status()).toBe('active');
	});

	it('M44 given a call that rings and does not end by itself, when nobody comes, then we stay', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { ring: { autoLeave: false } });
		await ann.join();
		await bench.advance(120_000);

		expect(outcomes(ann)).toEqual(['timeout']);
		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
	});

	it('M45 given a fresh call that would end by itself, when it is empty, then it stays until somebody came and left', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { ring: { autoLeave: true } });
		await ann.join();
		await bench.advance(40_000);
		expect(ann.status()).toBe('active');
		const [ben] = await bench.joinAll('ben');
		await bench.advance(120_000);
		expect(outcomes(ann)).toEqual(['accepted']);
		expect(ann.status()).toBe('active');

		await ben?.leave();

		expect(ann.output()?.reason).toBe('left');
	});

	it('given a call that nobody was rung for, when all others have left, then we stay', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await ben?.leave();
		await bench.advance(120_000);

		expect(ann?.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann?.emitted).toEqual([{ type: 'ARRIVED', others: 0 }]);
	});

	it('given a call that ends by itself, when the server restarts and everybody is unknown for a while, then nobody has left', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { ring: { autoLeave: true } });
		await ann.join();
		const [ben] = await bench.joinAll('ben');
		await bench.advance(5_000);
		ben?.script('joinCall', 'server.unreachable', 'server.unreachable', 'server.unreachable');
		await bench.restart();
		await bench.advance(60_000);

		expect(ann.status()).toBe('active');
		expect(Object.values(ann.members())).toEqual(['up']);
	});

	it('given a call that rings, when it is declined, then that is its outcome, and we leave if that was wished', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { ring: { autoLeave: true } });
		await ann.join();
		ann.actor.send({ type: 'RING_DECLINED' });
		await bench.settle();

		expect(outcomes(ann)).toEqual(['declined']);
		expect(ann.output()?.reason).toBe('left');
	});
});

describe('a tab that is closed on the way in', () => {
	/** They are asked for while the room is being entered, and change nothing. */
	const withoutSettings = (calls: readonly string[]) =>
		calls.filter((call) => call !== 'fetchSignalingSettings');

	it('M46 given a join request under way, when the tab is closed, then call and room are left at once, by requests that survive it', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'held');
		ann.script('leaveCall', 'held');
		await ann.join();
		ann.actor.send({ type: 'LEAVE' });

		// nothing that has to be waited for: the page may be gone
		expect(ann.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(ann.bodies.parting).toEqual([true, true]);
	});

	it('M46 given a room that is being entered, when we leave, then it is left as soon as it was entered, and no session stays behind', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		await ann.join();
		await ann.leave();
		expect(withoutSettings(ann.calls)).toEqual(['enterRoom']); // it may still be open in another tab: that one is not ours
		expect(ann.status()).toBe('active');
		await bench.advance(2_000);
		await ann.release('enterRoom');

		expect(withoutSettings(ann.calls).filter((call) => call !== 'setGuestName')).toEqual([
			'enterRoom',
			'leaveCall',
			'leaveRoom'
		]);
		expect(ann.bodies.parting).toEqual([true, true]);
		expect(ann.output()?.reason).toBe('left');
		expect(bench.clock.pending).toBe(0);
	});

	it('M46 given a room that is being entered and a server that does not answer, when we leave, then it takes 3 s and no longer', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		await ann.join();
		await ann.leave();
		await bench.advance(2_999);
		expect(ann.status()).toBe('active');
		await bench.advance(1);

		expect(ann.output()?.reason).toBe('left');
		expect(ann.rows.at(-1)?.own).toBe('left');
	});

	it('M46 given a room that is being entered, when we leave and it turns out to be refused, then nothing else is asked', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		await ann.join();
		await ann.leave();
		await ann.release('enterRoom', 'room.occupied');

		expect(withoutSettings(ann.calls)).toEqual(['enterRoom']);
		expect(ann.output()).toMatchObject({ reason: 'left', code: null });
	});

	it('M46 given a room that is being taken over, when we leave, then what we took is given up', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'room.occupied', 'held');
		await ann.join();
		ann.actor.send({ type: 'TAKE_OVER' });
		await ann.leave();
		await ann.release('enterRoom');

		expect(ann.calls.at(-1)).toBe('leaveRoom');
		expect(ann.calls).not.toContain('joinCall');
	});
});

describe('rights that change', () => {
	it('given a call, when the right to speak is taken, then our sound goes nowhere, the server and the others know, and so does whoever owns the microphone', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(10_000);
		expect(sent(bench, ann)).toEqual(['audio', 'video']);

		await bench.describe(ann1, { permissions: { ...everything, publishAudio: false } });
		await bench.advance(1_000);

		expect(sent(bench, ann)).toEqual(['video']);
		expect(ann?.bodies.updated).toEqual([{ inCall: true, audio: false, video: true }]);
		expect(ben?.context().said[ann1]?.microphone).toBe('off');
		expect(ann?.emitted).toEqual([
			{ type: 'ARRIVED', others: 0 },
			{ type: 'PUBLISHING_REVOKED', audio: true, video: false, screen: false }
		]);
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given rights that were taken, when they are given back, then what the owner of the devices has closed stays so until it is opened', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.actor.on('PUBLISHING_REVOKED', ({ audio, video }) => {
			if (audio) ann.mute('microphone', 'off');
			if (video) ann.mute('camera', 'off');
		});
		await bench.describe(ann1, { permissions: { ...everything, publishAudio: false, publishVideo: false } });
		await bench.advance(1_000);
		expect(sent(bench, ann)).toEqual([]);
		await bench.describe(ann1, { permissions: everything });
		await bench.advance(1_000);
		expect(ben?.context().said[ann1]).toMatchObject({ microphone: 'off', camera: 'off' });
		ann?.mute('microphone', 'on');
		ann?.mute('camera', 'on');
		await bench.advance(1_000);

		expect(sent(bench, ann)).toEqual(['audio', 'video']);
		expect(ann?.bodies.updated.at(-1)).toEqual({ inCall: true, audio: true, video: true });
		expect(ben?.context().said[ann1]).toMatchObject({ microphone: 'on', camera: 'on' });
	});

	it('given no right to speak, when a microphone is switched on all the same, then nothing of it is sent', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.describe(ann1, { permissions: { ...everything, publishAudio: false } });
		await bench.advance(1_000);
		ann?.mute('microphone', 'off');
		ann?.mute('microphone', 'on');
		const media = ann?.media();
		if (media !== undefined)
			ann?.setMedia({ version: 9, lease: { leaseId: 'new', tracks: media.lease?.tracks ?? {} } });
		await bench.advance(1_000);

		expect(sent(bench, ann)).toEqual(['video']);
		expect(ann?.bodies.updated.at(-1)).toMatchObject({ audio: false });
		expect(ann?.emitted.slice(-2)).toEqual(
			Array.from({ length: 2 }, () => ({
				type: 'PUBLISHING_REVOKED',
				audio: true,
				video: false,
				screen: false
			}))
		);
	});

	it('given a shared screen, when the right to share is taken, then sharing ends for everybody', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(1_000);
		await bench.describe(ann1, { permissions: { ...everything, publishScreen: false } });
		await bench.advance(1_000);

		expect(ann?.members('share-out')).toEqual({});
		expect(ben?.members('share-in')).toEqual({});
		expect(ann?.emitted).toEqual([
			{ type: 'ARRIVED', others: 0 },
			{ type: 'PUBLISHING_REVOKED', audio: false, video: false, screen: true }
		]);
	});

	it('given a call, when the right to be in it is taken, then we are out, with that reason, and nothing stays open', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.describe(ann1, { permissions: { ...everything, joinCall: false } });

		expect(ann?.output()?.reason).toBe('removed');
		expect(ann?.row()?.own).toBe('kicked');
		expect(ann?.ledger.snapshot()).toEqual({});
	});

	it.each(['talkMesh', 'native'] as const)(
		'given a room that lets %s send no pictures, when two are in, then each hears the other, over what announces no more',
		async (profile) => {
			const bench = openCallBench();
			bench.change({ permissions: { ...everything, publishVideo: false } });
			bench.defaults.profile = profile;
			const [ann, ben] = await bench.joinAll('ann', 'ben');
			await bench.advance(1_000);

			expect([ann?.members(), ben?.members()]).toEqual([{ 'ben-2': 'up' }, { 'ann-1': 'up' }]);
			expect([sent(bench, ann), sent(bench, ben)]).toEqual([['audio'], ['audio']]);
		}
	);

	it.each(['ann', 'zoe'])(
		'given %s who may only listen, when ben is in the call, then they hear and see him, whoever offers',
		async (name) => {
			const bench = openCallBench();
			const [ben] = await bench.joinAll('ben');
			bench.change({ permissions: { ...everything, publishAudio: false, publishVideo: false } });
			const listener = bench.openParty(name);
			await bench.describe(ben?.id() ?? ann1, { permissions: everything });
			await listener.join();
			await bench.advance(1_000);

			expect(listener.members()).toEqual({ 'ben-1': 'up' });
			expect(sent(bench, ben)).toEqual(['audio', 'video']);
			expect(sent(bench, listener)).toEqual([]);
			expect(bench.network.connections.filter(({ isClosed }) => !isClosed)).toHaveLength(2);
		}
	);

	it.each(['talkMesh', 'native'] as const)(
		'given a call over %s, when the right to show is taken and given back, then what connects us is made anew each time, at once, and media goes on',
		async (profile) => {
			const bench = openCallBench();
			bench.defaults.profile = profile;
			const [ann, ben] = await bench.joinAll('ann', 'ben', 'cat');
			await bench.advance(10_000);
			const connections = bench.network.connections.length;

			for (const publishVideo of [false, true]) {
				await bench.describe(ben?.id() ?? ann1, { permissions: { ...everything, publishVideo } });
				await bench.advance(500);

				expect(ben?.members()).toEqual({ 'ann-1': 'up', 'cat-3': 'up' });
				expect(ann?.members()).toEqual({ 'ben-2': 'up', 'cat-3': 'up' });
				expect(sent(bench, ben)).toEqual([
					...['audio', 'audio'],
					...(publishVideo ? ['video', 'video'] : [])
				]);
				expect(sent(bench, ann)).toHaveLength(4);
			}
			// two ends with each of two others, twice
			expect(bench.network.connections).toHaveLength(connections + 8);
		}
	);

	it('given rights of others that change, when they do, then nothing of ours does', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.describe('ben-2' as SessionId, {
			permissions: { ...everything, publishAudio: false, joinCall: false }
		});
		await bench.advance(1_000);

		expect(sent(bench, ann)).toEqual(['audio', 'video']);
		expect(ann?.status()).toBe('active');
	});
});

describe('TURN credentials', () => {
	const startS = 1_700_000_000;
	const turn = (bench: CallBench, lifeS: number) => () => [
		{
			urls: ['turn:turn.example'],
			username: `${startS + Math.floor(bench.clock.now() / 1_000) + lifeS}:ann`,
			credential: `made at ${bench.clock.now()}`
		}
	];
	const fetched = (party: Party) => party.calls.filter((call) => call === 'fetchSignalingSettings').length;
	const credentials = (bench: CallBench) =>
		bench.network.connections
			.filter(({ isClosed }) => !isClosed)
			.flatMap((connection) => connection.getConfiguration().iceServers ?? [])
			.map(({ credential }) => credential);

	it('given credentials that end in an hour, when they are about to, then new ones are fetched and every connection gets them', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { iceServers: turn(bench, 3_600) });
		await ann.join();
		await bench.joinAll('ben');
		await bench.advance(3_600_000 - 60_000 - 5_000);
		expect(fetched(ann)).toBe(1);
		expect(credentials(bench)).toEqual(['made at 0']);
		await bench.advance(10_000);

		expect(fetched(ann)).toBe(2);
		expect(credentials(bench)).toEqual(['made at 3540000']);
		expect(ann.members()).toEqual({ 'ben-2': 'up' });
	}, 30_000);

	it('given a server that does not answer, when credentials are about to end, then it is asked again and again with pauses, and the call goes on', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { iceServers: turn(bench, 600) });
		await ann.join();
		await bench.joinAll('ben');
		ann.script('fetchSignalingSettings', 'server.unreachable', 'server.unreachable', 'server.maintenance');
		await bench.advance(541_000);
		expect(fetched(ann)).toBe(3);
		await bench.advance(5_000);

		expect(fetched(ann)).toBe(5);
		expect(credentials(bench)).not.toContain('made at 0');
		expect(ann.members()).toEqual({ 'ben-2': 'up' });
	});

	it('given credentials without an end, when days pass, then the server is not asked', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', {
			iceServers: () => [{ urls: ['turn:turn.example'], username: 'fixed', credential: 'word' }]
		});
		await ann.join();
		await bench.advance(3_600_000);

		expect(fetched(ann)).toBe(1);
	}, 30_000);

	it('given credentials that were renewed, when the session is resumed, then the old ones do not come back', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { iceServers: turn(bench, 600) });
		await ann.join();
		await bench.advance(545_000);
		await ann.cut();
		await bench.advance(5_000);
		expect(ann.context().iceServers[0]?.credential).toBe('made at 540000');
		await bench.joinAll('ben');
		await bench.advance(1_000);

		expect(credentials(bench)).toEqual(['made at 540000']);
	});

	it('given credentials that live shorter than our margin, when time passes, then the server is asked once a minute', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { iceServers: turn(bench, 30) });
		await ann.join();
		await bench.advance(181_000);

		expect(fetched(ann)).toBe(5);
	});
});
