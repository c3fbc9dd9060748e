import { sentFps, type Media } from './sender.ts';

/** One stream that is received, as statistics count it. */
export interface Flow {
	/**
	 * The only name that is a stream's own. That of its track is what the sender calls it, and one page that sends the same
	 * track over many connections calls it the same in all of them.
	 */
	ssrc: number;
	/** Milliseconds, when this was counted. */
	at: number;
	frames: number;
	dropped: number;
	energy: number;
	concealed: number;
	samples: number;
}

/** What is counted at one look at a page that receives. */
export interface Counters {
	at: number;
	flows: readonly Flow[];
	/** Pictures that elements were given to show, and those that they did not. */
	shown: number;
	notShown: number;
	/** Elements with a picture. */
	videos: number;
	connected: number;
}

/** What was received from one look to the next. */
export interface Received {
	/** Streams of which something was decoded: pictures, or sound that is not silence. */
	decodedStreams: number;
	/** Pictures a second that were decoded, of all streams. */
	decodedFps: number;
	/** The same of the stream of which fewest were, among those that were decoded at all. */
	leastFps: number;
	/** Pictures a second that elements were given to show. */
	shownFps: number;
	/** Pictures that arrived and were not decoded, or decoded and not shown. */
	dropped: number;
	/** Of sound, how much had to be made up. */
	concealedShare: number;
	/** Elements with a picture. */
	videos: number;
}

/** Each stream that was there at both looks. */
const pairsOf = (before: Counters, after: Counters) => {
	const earlier = new Map(before.flows.map((flow) => [flow.ssrc, flow]));
	return after.flows.flatMap((flow) => {
		const was = earlier.get(flow.ssrc);
		return was === undefined ? [] : [{ was, flow }];
	});
};

/** Pictures a second, of each stream that any were decoded of. */
const ratesOf = (before: Counters, after: Counters): number[] =>
	pairsOf(before, after)
		// a decoder that begins anew counts from nothing
		.filter(({ was, flow }) => flow.frames > was.frames)
		.map(({ was, flow }) => (1_000 * (flow.frames - was.frames)) / (flow.at - was.at));

/** Of the pictures that came while it was busy with connecting, some are decoded late, all at once. */
export const isCatchingUp = (before: Counters, after: Counters): boolean =>
	ratesOf(before, after).some((rate) => rate > 1.4 * sentFps);

/** How many streams something is decoded of. */
export const runningIn = (before: Counters, after: Counters, media: Media): number =>
	pairsOf(before, after).filter(({ was, flow }) =>
		media === 'video' ? flow.frames > was.frames : flow.energy > was.energy
	).length;

export function receivedIn(before: Counters, after: Counters): Received {
	const seconds = (after.at - before.at) / 1_000;
	const pairs = pairsOf(before, after);
	const grown = (name: 'dropped' | 'concealed' | 'samples') =>
		pairs.reduce((sum, { was, flow }) => sum + Math.max(0, flow[name] - was[name]), 0);
	const rates = ratesOf(before, after);
	return {
		decodedStreams: rates.length + runningIn(before, after, 'audio'),
		decodedFps: rates.reduce((sum, rate) => sum + rate, 0),
		leastFps: rates.length === 0 ? 0 : Math.min(...rates),
		shownFps: (after.shown - before.shown) / seconds,
		dropped: grown('dropped') + after.notShown - before.notShown,
		concealedShare: grown('samples') === 0 ? 0 : grown('concealed') / grown('samples'),
		videos: after.videos
	};
}
