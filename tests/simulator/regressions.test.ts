import { expect, it } from 'vitest';
import type { RoomSchedule } from './room-steps.ts';
import { runRoom, runSchedule } from './search.ts';
import type { Setting, Step } from './steps.ts';

/* Schedules that once broke an invariant, as the search has shortened them. */

const setting: Setting = {
	profile: 'native',
	model: 'ordered',
	caller: 'compared',
	smallerCalls: 'ann',
	acknowledges: 'at once',
	has: { ann: 'both', ben: 'both' },
	chance: 0.5
};
const steps = (...list: object[]): Step[] => list.map((each) => ({ turns: null, ...each }) as Step);

it.each<[string, Partial<Setting>, Step[]]>([
	[
		'I11 given a mute state that is lost right before an outage, when signaling is back',
		{ model: 'lossy' },
		steps({ do: 'pump' }, { do: 'mute', who: 'ben', kind: 'audio' }, { do: 'lose', who: 'ann' })
	],
	[
		'I4 given answers that come after their offers were withdrawn, when the path is back',
		{ model: 'reordered' },
		steps(
			{ do: 'pump' },
			{ do: 'screen', who: 'ann' },
			{ do: 'path', to: 'cut' },
			{ do: 'advance', ms: 13_000 }
		)
	],
	[
		'I15 given an offer that is lost and a browser that refuses to withdraw it, when the time for an answer is over',
		{ model: 'lossy' },
		steps(
			{ do: 'pump' },
			{ do: 'screen', who: 'ann' },
			{ do: 'advance', ms: 100 },
			{ do: 'refuse', who: 'ann', operation: 'setLocalDescription' },
			{ do: 'lose', who: 'ben' },
			{ do: 'pump' }
		)
	]
])('%s, then every invariant holds', async (_, over, list) => {
	await expect(runSchedule({ setting: { ...setting, ...over }, steps: list })).resolves.toBeUndefined();
});

it('I16 given a microphone that is muted on the way in, when the browser crashes before we are in, then the row says muted', async () => {
	const schedule: RoomSchedule = {
		setting: { profile: 'sfu', model: 'delayed', has: ['both', 'both'], chance: 0.5, fault: null },
		steps: [{ do: 'slow', ms: 50 }, { do: 'enter' }, { do: 'mute', who: 2, device: 'microphone' }]
	};

	await expect(runRoom(schedule)).resolves.toBeUndefined();
}, 60_000);

it('I1 given answers of the server that take ten seconds, when what we send through its media server has to begin anew, then nobody is thrown out', async () => {
	const schedule: RoomSchedule = {
		setting: { profile: 'sfu', model: 'delayed', has: ['both', 'both'], chance: 0.5, fault: null },
		steps: [
			{ do: 'slow', ms: 10_001 },
			{ do: 'path', to: 'fail' },
			{ do: 'enter' },
			{ do: 'advance', ms: 13_000 }
		]
	};

	await expect(runRoom(schedule)).resolves.toBeUndefined();
}, 60_000);

it.each(['talkMesh', 'sfu'] as const)(
	'I1 given a laptop that is closed right after joining (%s), when it is opened again and somebody comes, then all are connected',
	async (profile) => {
		const schedule: RoomSchedule = {
			setting: { profile, model: 'ordered', has: ['both', 'both'], chance: 0.5, fault: null },
			steps: [
				{ do: 'sleep', who: 0, ms: 1_000 },
				{ do: 'hurry', times: 1, ms: 0 }
			]
		};

		await expect(runRoom(schedule)).resolves.toBeUndefined();
	},
	60_000
);

it('I4 given a laptop that was closed while the other side restarted ICE twice, when it hears of both at once, then no candidate is lost', async () => {
	const schedule: RoomSchedule = {
		setting: { profile: 'native', model: 'ordered', has: ['both', 'both'], chance: 0.5, fault: null },
		steps: [
			{ do: 'advance', ms: 9_999 },
			{ do: 'sleep', who: 0, ms: 10_000 },
			{ do: 'hurry', times: 1, ms: 0 }
		]
	};

	await expect(runRoom(schedule)).resolves.toBeUndefined();
}, 60_000);
