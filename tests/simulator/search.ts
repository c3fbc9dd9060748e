import fc from 'fast-check';
import {
	always,
	demand,
	whenOver,
	whenQuiet,
	whenRearmed,
	whenRoomQuiet,
	whenRoomRearmed
} from './invariants.ts';
import { openRoom } from './room.ts';
import { roomSchedules, type RoomSchedule } from './room-steps.ts';
import { schedules, type NetworkModel, type Schedule, type Setting } from './steps.ts';
import { createTrace, type Trace } from './trace.ts';
import { openWorld, type WorldOptions } from './world.ts';

/** What there is to search. Talk's wire has no numbers, so that nothing there may overtake or repeat anything. */
export interface Plan {
	profile: Setting['profile'];
	model: NetworkModel | 'room';
	/** How much of the time it is worth. */
	share: number;
}
export const plans: readonly Plan[] = [
	{ profile: 'talkMesh', model: 'ordered', share: 14 },
	{ profile: 'talkMesh', model: 'delayed', share: 14 },
	{ profile: 'talkMesh', model: 'lossy', share: 14 },
	{ profile: 'native', model: 'ordered', share: 11 },
	{ profile: 'native', model: 'delayed', share: 11 },
	{ profile: 'native', model: 'lossy', share: 11 },
	{ profile: 'native', model: 'reordered', share: 11 },
	{ profile: 'native', model: 'duplicated', share: 11 },
	{ profile: 'talkMesh', model: 'room', share: 2 },
	{ profile: 'native', model: 'room', share: 1 }
];

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

/** Runs one schedule of a room to its end. @throws Broken when an invariant does not hold */
async function runRoom({ setting, steps }: RoomSchedule): Promise<void> {
	const room = await openRoom(setting);
	try {
		for (const step of steps) {
			await room.apply(step);
			demand(always, room.scene());
		}
		await room.quiesce();
		demand([...always, ...whenRoomQuiet], room.scene());
		await room.rearm();
		demand([...always, ...whenRoomRearmed], room.scene());
		await room.end();
		demand([...always, ...whenOver], room.scene());
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

export interface Search extends Pick<Plan, 'profile' | 'model'> {
	seed: number;
	numRuns: number;
	/** Of an earlier failure: goes straight to the counterexample. */
	path?: string;
}

/**
 * Looks for a schedule that breaks an invariant.
 * @throws Error with the shortest one found, its sequence diagram, and the line that finds it again
 */
export async function search({ profile, model, seed, numRuns, path }: Search): Promise<void> {
	const parameters = { seed, numRuns, ...(path === undefined ? {} : { path }) };
	const line = (found: number, at: string | null) =>
		`ROOST_SEARCH_REPLAY='${JSON.stringify({ profile, model, seed: found, path: at })}' npm run test:search`;
	if (model === 'room') {
		const result = await fc.check(fc.asyncProperty(roomSchedules(profile), runRoom), parameters);
		if (!result.failed) return;
		const [schedule] = result.counterexample ?? [];
		throw new Error(
			[
				textOf(result.errorInstance),
				JSON.stringify(schedule),
				line(result.seed, result.counterexamplePath)
			].join('\n\n')
		);
	}
	const property = fc.asyncProperty(schedules(profile, model), (schedule) => runSchedule(schedule));
	const result = await fc.check(property, parameters);
	if (!result.failed) return;
	const [schedule] = result.counterexample ?? [];
	throw new Error(
		[
			textOf(result.errorInstance),
			JSON.stringify(schedule),
			schedule === undefined ? '' : await retell(schedule),
			line(result.seed, result.counterexamplePath)
		].join('\n\n')
	);
}
