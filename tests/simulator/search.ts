import fc from 'fast-check';
import {
	always,
	demand,
	demandNone,
	othersUnchanged,
	whenOver,
	whenQuiet,
	whenRearmed,
	whenRoomQuiet,
	whenRoomRearmed,
	whenServedQuiet,
	whenServedRearmed
} from './invariants.ts';
import { openRoom } from './room.ts';
import {
	roomSchedules,
	type RoomNetwork,
	type RoomProfile,
	type RoomSchedule,
	type RoomStep
} from './room-steps.ts';
import { schedules, type NetworkModel, type Schedule, type Setting } from './steps.ts';
import { createTrace, type Trace } from './trace.ts';
import { openWorld, type WorldOptions } from './world.ts';

/**
 * What there is to search. Talk's wire has no numbers, so that nothing there may overtake or repeat anything; the one to
 * the media server and to a room of several neither.
 */
export type Plan = {
	/** How much of the time it is worth. */
	share: number;
} & Kind;
type Kind =
	| { world: 'two'; profile: Setting['profile']; model: NetworkModel }
	| { world: 'room'; profile: RoomProfile; model: RoomNetwork };

export const plans: readonly Plan[] = [
	{ world: 'room', profile: 'talkMesh', model: 'ordered', share: 2 },
	{ world: 'room', profile: 'talkMesh', model: 'delayed', share: 1 },
	{ world: 'room', profile: 'native', model: 'ordered', share: 1 },
	{ world: 'room', profile: 'sfu', model: 'ordered', share: 2 },
	{ world: 'room', profile: 'sfu', model: 'delayed', share: 2 },
	{ world: 'room', profile: 'sfu', model: 'lossy', share: 2 },
	{ world: 'two', profile: 'talkMesh', model: 'ordered', share: 13 },
	{ world: 'two', profile: 'talkMesh', model: 'delayed', share: 13 },
	{ world: 'two', profile: 'talkMesh', model: 'lossy', share: 13 },
	{ world: 'two', profile: 'native', model: 'ordered', share: 11 },
	{ world: 'two', profile: 'native', model: 'delayed', share: 11 },
	{ world: 'two', profile: 'native', model: 'lossy', share: 10 },
	{ world: 'two', profile: 'native', model: 'reordered', share: 10 },
	{ world: 'two', profile: 'native', model: 'duplicated', share: 10 }
];
export const shares = plans.reduce((sum, { share }) => sum + share, 0);

/** Runs one schedule to its end. @throws Broken when an invariant does not hold */
export async function runSchedule({ setting, steps }: Schedule, options: WorldOptions = {}): Promise<void> {
	const world = openWorld(setting, options);
	const { trace } = world;
	try {
		for (const [index, step] of steps.entries()) {
			trace.say(null, `${index + 1} ${told(step)}`);
			await world.apply(step);
			demand(always, world.scene());
		}
		trace.say(null, 'faults end, time passes');
		await world.quiesce();
		demand([...always, ...whenQuiet], world.scene());
		trace.say(null, 'who had given up tries again');
		await world.rearm();
		demand([...always, ...whenRearmed], world.scene());
		trace.say(null, 'both leave');
		await world.end();
		demand([...always, ...whenOver], world.scene());
	} finally {
		// a broken world is left as well: the next one shares nothing with it
		await world.end();
	}
}

/**
 * A refusal of the media server does not say whom it is about: who asks at the same time shares it. And who has lost one
 * connection doubts the socket: one that is silent is replaced earlier.
 */
const sharedByAll: ReadonlySet<RoomStep['do']> = new Set(['refuse', 'silence', 'sleep']);

/** Runs one schedule of a room to its end, and once more without its fault. @throws Broken when an invariant does not hold */
export async function runRoom({ setting, steps }: RoomSchedule): Promise<void> {
	const broken = await runRoomOnce({ setting, steps });
	const { isConcerned } = broken;
	if (isConcerned === null || steps.some((step) => sharedByAll.has(step.do))) return;
	const whole = await runRoomOnce({ setting: { ...setting, fault: null }, steps });
	const isDependent = (name: string) => [broken, whole].some(({ dependent }) => dependent.has(name));
	demandNone(
		'I14',
		othersUnchanged(
			whole.transcripts,
			broken.transcripts,
			(pair) => isConcerned(pair) || pair.split(' and ').some(isDependent)
		)
	);
}

async function runRoomOnce({ setting, steps }: RoomSchedule) {
	const room = await openRoom(setting);
	const isServed = setting.profile === 'sfu';
	try {
		for (const step of steps) {
			await room.apply(step);
			demand(always, room.scene());
		}
		await room.quiesce();
		// a member that broke comes back when somebody is listed anew, not before
		const isWhole = setting.fault?.at !== 'member' || room.concerned() === null;
		demand(isWhole ? [...always, ...(isServed ? whenServedQuiet : whenRoomQuiet)] : always, room.scene());
		const wasStruck = room.concerned() !== null;
		await room.rearm();
		const transcripts = room.transcripts();
		// it may have happened just now
		if (!wasStruck && room.concerned() !== null) await room.rearm();
		demand([...always, ...(isServed ? whenServedRearmed : whenRoomRearmed)], room.scene());
		await room.end();
		demand([...always, ...whenOver], room.scene());
		demandNone(
			'I17',
			room.bench.mediaServer.broken.map((cause) => `the media server broke: ${textOf(cause)}`)
		);
		return { transcripts, isConcerned: room.concerned(), dependent: room.dependent };
	} finally {
		await room.end();
	}
}

const told = (step: object): string =>
	Object.entries(step)
		.filter(([key, value]) => key !== 'turns' || value !== null)
		.map(([key, value]) => (key === 'do' ? String(value) : `${key}=${String(value)}`))
		.join(' ');

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** The same schedule again, told: a sequence diagram with ann left and ben right, and how it ends. */
async function retell(schedule: Schedule): Promise<string> {
	const kept: { trace: Trace | null } = { trace: null };
	const trace = (now: () => number) => (kept.trace = createTrace(now));
	const outcome = await runSchedule(schedule, { trace }).then(() => 'holds', textOf);
	return `${kept.trace?.print() ?? ''}\n${outcome}`;
}

export type Search = Kind & {
	seed: number;
	numRuns: number;
	/** Of an earlier failure: goes straight to the counterexample. */
	path?: string;
};

/**
 * Looks for a schedule that breaks an invariant.
 * @throws Error with the shortest one found, its sequence diagram, and the line that finds it again
 */
export async function search(what: Search): Promise<void> {
	const { seed, numRuns, path } = what;
	const parameters = { seed, numRuns, ...(path === undefined ? {} : { path }) };
	if (what.world === 'room') {
		const property = fc.asyncProperty(roomSchedules(what.profile, what.model), runRoom);
		await report(what, await fc.check(property, parameters), async () => '');
		return;
	}
	const property = fc.asyncProperty(schedules(what.profile, what.model), (schedule) => runSchedule(schedule));
	await report(what, await fc.check(property, parameters), retell);
}

async function report<Kept>(
	{ world, profile, model }: Search,
	result: fc.RunDetails<[Kept]>,
	tell: (schedule: Kept) => Promise<string>
): Promise<void> {
	if (!result.failed) return;
	const [schedule] = result.counterexample ?? [];
	const known = { world, profile, model, seed: result.seed, path: result.counterexamplePath };
	throw new Error(
		[
			textOf(result.errorInstance),
			JSON.stringify(schedule),
			schedule === undefined ? '' : await tell(schedule),
			`ROOST_SEARCH_REPLAY='${JSON.stringify(known)}' npm run test:search`
		].join('\n\n')
	);
}
