import { describe, expect, it } from 'vitest';
import { openCallBench, type CallBench } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { PictureSize } from './picture-size.ts';

const ben2 = 'ben-2' as SessionId;

/** What every connection received in one tick, of each kind; connections in the order in which they were opened. */
function receivedInATick(bench: CallBench) {
	const open = bench.network.connections.filter((connection) => !connection.isClosed);
	const count = () =>
		open.map((connection) => {
			const of = (kind: string) =>
				connection
					.getTransceivers()
					.filter((one) => one.receiver.track.kind === kind)
					.reduce((sum, { receiver }) => sum + receiver.received.media, 0);
			return { audio: of('audio'), video: of('video') };
		});
	const before = count();
	bench.network.tick();
	return count().map((now, index) => ({
		audio: now.audio - (before[index]?.audio ?? 0),
		video: now.video - (before[index]?.video ?? 0)
	}));
}
/** What the browser asks for comes a moment after the command, and what follows from it takes time. */
async function later(bench: CallBench, ms = 20_000) {
	await bench.settle();
	await bench.advance(ms);
}
const whole = { audio: 1, video: 1 };
const soundOnly = { audio: 1, video: 0 };
const sortedByVideo = (all: ReturnType<typeof receivedInATick>) => all.sort((a, b) => a.video - b.video);

/** @param saver who saves: the one who offered the connection, or the one who answered */
async function twoThere(saver: 'ann' | 'ben') {
	const bench = openCallBench();
	const [ann, ben] = await bench.joinAll('ann', 'ben');
	await bench.advance(10_000);
	const party = saver === 'ann' ? ann : ben;
	if (!party || !ann || !ben) throw new Error('nobody came');
	return { bench, party, ann, ben };
}

describe.each(['ann', 'ben'] as const)('saving pictures in a mesh, by %s', (saver) => {
	it('given a call, when cameras are done without, then theirs is sent no more, ours is, and sound goes on', async () => {
		const { bench, party } = await twoThere(saver);
		expect(receivedInATick(bench)).toEqual([whole, whole]);

		party.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
		await later(bench);

		expect(sortedByVideo(receivedInATick(bench))).toEqual([soundOnly, whole]);
		expect(bench.network.openConnections).toBe(2);
	});

	it('given cameras done without, when they are wanted again, then they come back over the same connection', async () => {
		const { bench, party } = await twoThere(saver);
		party.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
		await later(bench);
		party.actor.send({ type: 'SAVE_PICTURES', saving: 'nothing' });
		await later(bench);

		expect(receivedInATick(bench)).toEqual([whole, whole]);
		expect(bench.network.connections).toHaveLength(2);
	});
});

it('given cameras done without, when somebody comes, then theirs is not sent to us either', async () => {
	const bench = openCallBench();
	const [ann] = await bench.joinAll('ann');
	ann?.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
	await bench.joinAll('ben');
	await bench.advance(10_000);

	expect(sortedByVideo(receivedInATick(bench))).toEqual([soundOnly, whole]);
});

it('given both without cameras, when one wants them again, then only that one gets them', async () => {
	const { bench, ann, ben } = await twoThere('ann');
	for (const party of [ann, ben]) {
		party.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
		await later(bench);
	}
	expect(receivedInATick(bench)).toEqual([soundOnly, soundOnly]);
	ben.actor.send({ type: 'SAVE_PICTURES', saving: 'nothing' });
	await later(bench);

	expect(sortedByVideo(receivedInATick(bench))).toEqual([soundOnly, whole]);
});

it('given both who save at the same moment, when it has settled, then both are connected and only heard', async () => {
	const { bench, ann, ben } = await twoThere('ann');
	for (const party of [ann, ben]) party.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
	await later(bench);

	expect(receivedInATick(bench)).toEqual([soundOnly, soundOnly]);
});

it('given signaling away, when cameras are done without, then it happens once it is back', async () => {
	const { bench, ann } = await twoThere('ann');
	await ann.cut();
	ann.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
	await later(bench);

	expect(sortedByVideo(receivedInATick(bench))).toEqual([soundOnly, whole]);
});

it('given three of whom one is on the stage, when those beside it are done without, then only that one is seen', async () => {
	const bench = openCallBench();
	const [ann] = await bench.joinAll('ann', 'ben', 'cat');
	await bench.advance(10_000);
	const pictures = new Map([
		[ben2, 'large' as const],
		['cat-3' as SessionId, 'small' as const]
	]);
	ann?.actor.send({ type: 'LOOK_AT', pictures });
	ann?.actor.send({ type: 'SAVE_PICTURES', saving: 'beside-stage' });
	await later(bench);
	expect(receivedInATick(bench).filter(({ video }) => video === 0)).toHaveLength(1);

	pictures.set(ben2, 'small').set('cat-3' as SessionId, 'large');
	ann?.actor.send({ type: 'LOOK_AT', pictures: new Map(pictures) });
	await later(bench);

	expect(receivedInATick(bench).filter(({ video }) => video === 0)).toHaveLength(1);
	expect(ann?.members()).toEqual({ 'ben-2': 'up', 'cat-3': 'up' });
});

describe('pictures on another page of a mesh', () => {
	const cat3 = 'cat-3' as SessionId;
	const pictureless = (bench: CallBench) => receivedInATick(bench).filter(({ video }) => video === 0);
	async function threeThere() {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben', 'cat');
		await bench.advance(10_000);
		if (!ann) throw new Error('nobody came');
		const look = async (ben: PictureSize, cat: PictureSize) => {
			const pictures = new Map([
				[ben2, ben],
				[cat3, cat]
			]);
			ann.actor.send({ type: 'LOOK_AT', pictures });
			await later(bench);
		};
		return { bench, ann, look };
	}

	it('given two others, when one is on another page, then their picture is sent no more, and sound goes on', async () => {
		const { bench, ann, look } = await threeThere();
		expect(pictureless(bench)).toEqual([]);

		await look('large', 'none');

		expect(pictureless(bench)).toEqual([soundOnly]);
		expect(ann.members()).toEqual({ 'ben-2': 'up', 'cat-3': 'up' });
	});

	it('given somebody on another page, when that page is turned to, then they are seen over the same connection', async () => {
		const { bench, look } = await threeThere();
		await look('large', 'none');
		await look('none', 'large');
		expect(pictureless(bench)).toEqual([soundOnly]);
		await look('large', 'large');

		expect(pictureless(bench)).toEqual([]);
		expect(bench.network.connections).toHaveLength(6);
	});

	it('given somebody on another page, when nobody is looked at any more, then nothing is negotiated for it', async () => {
		const { bench, look } = await threeThere();
		await look('large', 'none');
		await look('none', 'none');

		expect(pictureless(bench)).toEqual([soundOnly]);
	});
});

it('given a client that answers no second offer, when its camera is done without, then the connection is made anew once and it is left in peace', async () => {
	let isDeaf = false;
	const bench = openCallBench();
	bench.defaults.drops = (signal) => isDeaf && signal.kind === 'negotiate';
	const [ann] = await bench.joinAll('ann', 'ben');
	await bench.advance(10_000);
	isDeaf = true;
	ann?.actor.send({ type: 'SAVE_PICTURES', saving: 'cameras' });
	await later(bench, 180_000);

	expect(bench.network.connections).toHaveLength(4);
	expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	expect(receivedInATick(bench)).toEqual([whole, whole]);
});

describe('limits of what is sent', () => {
	const encodings = (bench: CallBench, kind: string) =>
		bench.network.connections
			.filter(({ isClosed }) => !isClosed)
			.flatMap((connection) => connection.getTransceivers())
			.filter(({ sender }) => sender.track?.kind === kind)
			.map(({ sender }) => sender.getParameters().encodings[0]);
	const low = { type: 'LIMIT_SENDING', wish: { quality: 'low', savesData: false } } as const;
	const lowPicture = { maxBitrate: 150_000, scaleResolutionDownBy: 4 };

	it('given a call, when less is to be sent, then one party sends less, and as before when it is taken back', async () => {
		const { bench, ann } = await twoThere('ann');
		ann.actor.send(low);
		await bench.settle();
		expect(encodings(bench, 'video')).toContainEqual(lowPicture);
		expect(encodings(bench, 'audio')).toEqual([{}, {}]);
		ann.actor.send({ type: 'LIMIT_SENDING', wish: { quality: 'auto', savesData: false } });
		await bench.settle();

		expect(encodings(bench, 'video')).not.toContainEqual(lowPicture);
		expect(encodings(bench, 'video').every((one) => one?.maxBitrate === undefined)).toBe(true);
	});

	it('given less to be sent, when somebody comes, then they are sent less too', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.actor.send(low);
		await bench.joinAll('ben');
		await bench.advance(10_000);

		expect(encodings(bench, 'video')).toContainEqual(lowPicture);
	});

	it('given data to be saved, when a screen is shared, then sound is slim and the screen moves five times a second', async () => {
		const { bench, ann } = await twoThere('ann');
		ann.actor.send({ type: 'LIMIT_SENDING', wish: { quality: 'auto', savesData: true } });
		ann.shareScreen();
		await bench.advance(10_000);

		expect(encodings(bench, 'audio')).toContainEqual({ maxBitrate: 24_000 });
		expect(encodings(bench, 'video')).toContainEqual({ scaleResolutionDownBy: 1, maxFramerate: 5 });
	});
});
