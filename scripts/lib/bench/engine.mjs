import { run as runTool } from '../project.mjs';
import { table } from './report.mjs';

export const help = '';

/** Measures the engine without a browser. @returns the exit status */
export const run = (bundle, target) => runTool('node', ['--expose-gc', bundle, target]);

const turns = ({ transitions, rosterDiff }) =>
	table(
		['What', 'engine', 'floor', 'ratio'],
		[
			[
				'mute changes of a call, each with a new snapshot, per second; floor: a machine of two states',
				String(transitions.peerCallPerSecond),
				String(transitions.smallestMachinePerSecond),
				String(transitions.costRatio)
			],
			[
				`comparing rosters of ${rosterDiff.members}, µs; floor: two sets`,
				String(rosterDiff.microseconds),
				String(rosterDiff.twoSetsMicroseconds),
				String(rosterDiff.costRatio)
			]
		],
		(column) => column > 0
	);

const joining = ({ joinStorms }) =>
	table(
		['Joining a call of', 'ms of processor', 'for each', 'memory, MB', 'messages for each'],
		joinStorms.map(({ members, cpuMs, cpuMsPerMember, heapMegabytes, messagesPerMember }) => [
			String(members),
			String(cpuMs),
			cpuMsPerMember.toFixed(2),
			heapMegabytes.toFixed(1),
			messagesPerMember.toFixed(2)
		]),
		() => true
	);

export const report = (result) =>
	[
		turns(result),
		joining(result),
		result.beyond.length === 0
			? 'Everything is within its bounds.'
			: `Beyond their bounds: ${result.beyond.join('; ')}.`
	].join('\n\n');
