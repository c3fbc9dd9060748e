import { median, quantile } from '../join/figures.ts';
import type { Cost, Kind } from './receiver.ts';
import { sentFps, type Media } from './sender.ts';

/** So many members who send the same; `crowd` is compared with Roost itself. */
export interface Cell {
	name: string;
	members: number;
	media: Media;
	kinds: readonly Kind[];
	/** A bound depends on it: measured in every round. */
	isJudged: boolean;
}

const both = ['roost', 'floor'] as const;
const shown = (members: number, isJudged: boolean): Cell => ({
	name: `video-${members}`,
	members,
	media: 'video',
	kinds: both,
	isJudged
});

export const cells: readonly Cell[] = [
	shown(1, true),
	shown(4, false),
	shown(9, false),
	shown(16, true),
	shown(25, true),
	{ name: 'audio-50', members: 50, media: 'audio', kinds: both, isJudged: true },
	{ name: 'crowd-50', members: 50, media: 'video', kinds: ['roost'], isJudged: true }
];

/** Of the pictures that are sent, how many more or fewer may be decoded for the machine to carry them. */
const drivenWithin = 0.1;

/** What is summed up as it is, and to how many digits. */
const figures = {
	cpu: 0,
	besideCpu: 0,
	mainThread: 4,
	decodedStreams: 2,
	decodedFps: 2,
	leastFps: 1,
	shownFps: 1,
	concealedShare: 4
} satisfies Partial<Record<keyof Cost, number>>;
type Figure = keyof typeof figures;

/** Medians of what one page cost, and how far it went beyond. */
interface Side extends Pick<Cost, Figure> {
	turns: number;
	cpuP90: number;
	/** Of the pictures that were decoded or lost on the way there, how many were not shown. */
	droppedShare: number;
	privateMB: number;
	heapMB: number;
	/** The machine carried everything that was sent, and what is not shown was sent no more. */
	isDriven: boolean;
}

interface Comparison {
	name: string;
	members: number;
	media: Media;
	roost: Side | null;
	floor: Side | null;
	/** Roost beside the floor. */
	ratios: { cpu: number; cpuPerPicture: number | null } | null;
}

const megabyte = 1_048_576;
const round = (value: number, digits = 2) => Number(value.toFixed(digits));

/** @param costs at least one */
export function sideOf(costs: readonly Cost[], media: Media): Side {
	const of = (read: (cost: Cost) => number, digits: number) => round(median(costs.map(read)), digits);
	const medians = Object.fromEntries(
		Object.entries(figures).map(([name, digits]) => [name, of((cost) => cost[name as Figure], digits)])
	) as Pick<Side, Figure>;
	const { decodedStreams, decodedFps } = medians;
	return {
		turns: costs.length,
		...medians,
		cpuP90: round(
			quantile(
				costs.map((cost) => cost.cpu),
				0.9
			),
			0
		),
		droppedShare: of(({ dropped, shownFps, seconds }) => {
			const all = dropped + shownFps * seconds;
			return all === 0 ? 0 : dropped / all;
		}, 4),
		privateMB: of((cost) => cost.privateBytes / megabyte, 1),
		heapMB: of((cost) => cost.heapBytes / megabyte, 1),
		isDriven:
			costs.every(({ isSettled }) => isSettled) &&
			(media === 'audio' || Math.abs(decodedFps / (sentFps * decodedStreams) - 1) <= drivenWithin)
	};
}

export function compare(
	{ name, members, media }: Cell,
	costs: Readonly<Record<Kind, readonly Cost[]>>
): Comparison {
	const [roost, floor] = (['roost', 'floor'] as const).map((kind) =>
		costs[kind].length === 0 ? null : sideOf(costs[kind], media)
	) as [Side | null, Side | null];
	const ratios =
		roost === null || floor === null
			? null
			: {
					cpu: round(roost.cpu / floor.cpu),
					cpuPerPicture:
						media === 'audio' ? null : round(roost.cpu / roost.decodedFps / (floor.cpu / floor.decodedFps))
				};
	return { name, members, media, roost, floor, ratios };
}

/** Of the process of the page, beside the floor; `mainThread` in shares of one core, `dropped` in shares of the pictures. */
export const bounds = { cpu: 1.15, mainThread: 0.03, dropped: 0.01, memory: 1.2, crowd: 1.2 };

interface Verdict {
	what: string;
	value: number;
	bound: number;
	/** A ratio to the floor, or how much more of a whole. */
	of: 'ratio' | 'share';
}

/** What a stream adds to the memory of a page, from one to sixteen of them, MB. */
const perStream = (one: Side, many: Side) =>
	(many.privateMB - one.privateMB) / Math.max(1, many.decodedStreams - one.decodedStreams);

/** Everything that has a bound, as far as it was measured on a machine that carried it. */
export function verdicts(comparisons: readonly Comparison[]): Verdict[] {
	const found: Verdict[] = [];
	const by = new Map(comparisons.map((comparison) => [comparison.name, comparison]));
	for (const name of ['video-16', 'video-25', 'audio-50']) {
		const { roost, floor, ratios } = by.get(name) ?? {};
		// late pictures that are decoded all at once, or never, are another work
		if (!roost?.isDriven || !floor?.isDriven || !ratios) continue;
		const isSameWork = roost.decodedStreams === floor.decodedStreams;
		// another number of pictures is another work: then it is each of them that counts, and the whole as well
		if (!isSameWork && ratios.cpuPerPicture !== null) {
			found.push({
				what: `${name}: processor per picture`,
				value: ratios.cpuPerPicture,
				bound: bounds.cpu,
				of: 'ratio'
			});
		}
		found.push({ what: `${name}: processor`, value: ratios.cpu, bound: bounds.cpu, of: 'ratio' });
		found.push({
			what: `${name}: main thread, share more`,
			value: round(roost.mainThread - floor.mainThread, 4),
			bound: bounds.mainThread,
			of: 'share'
		});
		if (by.get(name)?.media === 'video') {
			found.push({
				what: `${name}: pictures dropped, share more`,
				value: round(roost.droppedShare - floor.droppedShare, 4),
				bound: bounds.dropped,
				of: 'share'
			});
		}
	}
	const [one, many, crowd] = ['video-1', 'video-16', 'crowd-50'].map((name) => by.get(name));
	if (one?.roost && one.floor && many?.roost?.isDriven && many.floor?.isDriven) {
		const value = round(perStream(one.roost, many.roost) / perStream(one.floor, many.floor));
		found.push({ what: 'memory per stream', value, bound: bounds.memory, of: 'ratio' });
	}
	if (crowd?.roost?.isDriven && many?.roost?.isDriven) {
		const value = round(crowd.roost.cpu / many.roost.cpu);
		found.push({ what: '50 members beside 16: processor', value, bound: bounds.crowd, of: 'ratio' });
	}
	return found;
}

/** @param factor 1 for the bounds themselves. @returns what is beyond, or could not be told */
export const beyond = (all: readonly Verdict[], factor: number): string[] =>
	all
		.filter(({ value, bound }) => !(value <= bound * factor))
		.map(({ what, value, bound }) => `${what}: ${value} beyond ${bound}`);
