import fc from 'fast-check';
import type { Setting } from './steps.ts';

/** How the parties of a room are connected: with each other, or each with a media server. */
export type RoomProfile = Setting['profile'] | 'sfu';

/** What the wire does. It overtakes and repeats nothing, whoever is connected with whom. */
export type RoomNetwork = 'ordered' | 'delayed' | 'lossy';

/** One thing that breaks in one party, once. */
interface Fault {
	/** By the order of coming. */
	who: number;
	/** A connection cannot be opened, throws on a command, or the machine of a member throws on a signal. */
	at: 'open' | 'command' | 'member';
	/** The first such occasion, or a later one. */
	nth: number;
}

/** A room of several parties, and what may happen in it. */
export interface RoomSetting {
	profile: RoomProfile;
	model: RoomNetwork;
	/** The server has no socket, and is asked again and again. */
	isPulled?: boolean;
	/** What each of those brings who come at the beginning. */
	has: ('both' | 'audio' | 'nothing')[];
	/** Chance, in [0, 1): jitter of waits. */
	chance: number;
	/** One party fails: the same schedule is run without it as well, and nobody else may notice. */
	fault: Fault | null;
}

export type RoomStep =
	| { do: 'advance' | 'outage'; ms: number }
	| { do: 'enter' }
	| { do: 'leave' | 'share' | 'cut'; who: number }
	| { do: 'mute'; who: number; device: 'microphone' | 'camera' }
	| { do: 'restart' }
	| { do: 'path'; to: 'cut' | 'mend' | 'fail' }
	/** The socket looks open, and nothing gets through it. */
	| { do: 'silence'; who: number }
	/** A laptop is closed for so long: no timer runs, no path works, and what comes is heard when it is opened. */
	| { do: 'sleep'; who: number; ms: number }
	/** It comes, and goes again so long after, so many times. The last time it stays. */
	| { do: 'hurry'; times: number; ms: number }
	/** The server forgets this session, as one that was away for too long. */
	| { do: 'forget'; who: number }
	/** What the room lets it send. */
	| { do: 'permit'; who: number; audio: boolean; video: boolean; screen: boolean }
	/** It ends the call for all. Whoever comes in at that moment begins the next one. */
	| { do: 'end'; who: number }
	/** Its browser refuses the next of these, on every connection that it has by now. */
	| { do: 'defy'; who: number; operation: Defiable; count: number }
	/** From now on everything is that long on its way from the server. */
	| { do: 'slow'; ms: number }
	/** The next signals between these two are lost on the way to the server, or from it. */
	| { do: 'lose'; who: number; other: number; way: 'to' | 'from'; count: number }
	/** With a media server: it refuses requests, breaks a connection (their own: who publishes), offers one again. */
	| { do: 'refuse'; who: number; count: number }
	| { do: 'break' | 'renew'; who: number; other: number; of: 'media' | 'screen' };

/** What a browser may refuse although it was asked as it should be. */
const defiable = [
	'setLocalDescription',
	'setRemoteDescription',
	'addTransceiver',
	'replaceTrack',
	'setConfiguration',
	'getStats'
] as const;
type Defiable = (typeof defiable)[number];

export interface RoomSchedule {
	setting: RoomSetting;
	steps: RoomStep[];
}

const who = fc.nat(3);
const ms = fc.constantFrom(100, 1_000, 4_999, 5_000, 9_999, 10_000, 13_000, 30_000, 60_000);

function stepOf(profile: RoomProfile, model: RoomNetwork): fc.Arbitrary<RoomStep> {
	const weighted: { weight: number; arbitrary: fc.Arbitrary<RoomStep> }[] = [
		{ weight: 5, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) },
		{ weight: 2, arbitrary: fc.constant({ do: 'enter' as const }) },
		{ weight: 5, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'share', 'cut'), who }) },
		{
			weight: 2,
			arbitrary: fc.record({
				do: fc.constant('mute' as const),
				who,
				device: fc.constantFrom('microphone' as const, 'camera')
			})
		},
		{ weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('outage' as const), ms }) },
		{
			weight: 2,
			arbitrary: fc.record({
				do: fc.constant('path' as const),
				to: fc.constantFrom('cut' as const, 'mend', 'fail')
			})
		}
	];
	const flag = fc.boolean();
	weighted.push(
		{ weight: 2, arbitrary: fc.record({ do: fc.constantFrom('silence' as const, 'forget'), who }) },
		{
			weight: 2,
			arbitrary: fc.record({
				do: fc.constant('sleep' as const),
				who,
				ms: fc.constantFrom(1_000, 10_000, 29_000, 65_000, 180_000, 600_000)
			})
		},
		{
			weight: 1,
			arbitrary: fc.record({
				do: fc.constant('hurry' as const),
				times: fc.integer({ min: 1, max: 20 }),
				ms: fc.constantFrom(0, 1, 5, 50, 500, 3_000)
			})
		},
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), who }) },
		{
			weight: 3,
			arbitrary: fc.record({
				do: fc.constant('defy' as const),
				who,
				operation: fc.constantFrom(...defiable),
				count: fc.integer({ min: 1, max: 3 })
			})
		}
	);
	if (profile !== 'native') {
		// a plain relay knows no rights
		weighted.push({
			weight: 3,
			arbitrary: fc.record({
				do: fc.constant('permit' as const),
				who,
				audio: flag,
				video: flag,
				screen: flag
			})
		});
	}
	if (model === 'delayed') {
		const delay = fc.constantFrom(50, 500, 2_999, 3_001, 9_999, 10_001, 0);
		weighted.push({ weight: 4, arbitrary: fc.record({ do: fc.constant('slow' as const), ms: delay }) });
	}
	if (model === 'lossy') {
		weighted.push({
			weight: 5,
			arbitrary: fc.record({
				do: fc.constant('lose' as const),
				who,
				other: who,
				way: fc.constantFrom('to' as const, 'from'),
				count: fc.integer({ min: 1, max: 3 })
			})
		});
	}
	if (profile === 'sfu') {
		const of = fc.constantFrom('media' as const, 'media', 'screen');
		weighted.push(
			{
				weight: 1,
				arbitrary: fc.record({
					do: fc.constant('refuse' as const),
					who,
					count: fc.integer({ min: 1, max: 3 })
				})
			},
			{
				weight: 4,
				arbitrary: fc.record({ do: fc.constantFrom('break' as const, 'break', 'renew'), who, other: who, of })
			}
		);
	}
	return fc.oneof(...weighted);
}

export function roomSchedules(profile: RoomProfile, model: RoomNetwork): fc.Arbitrary<RoomSchedule> {
	const has = fc.constantFrom('both' as const, 'both', 'both', 'audio', 'nothing');
	const fault = fc.record({
		who: fc.nat(2),
		at: fc.constantFrom('open' as const, 'command', 'member'),
		nth: fc.nat(4)
	});
	return fc.record({
		setting: fc.record({
			profile: fc.constant(profile),
			model: fc.constant(model),
			isPulled: profile === 'talkMesh' ? fc.constantFrom(false, false, true) : fc.constant(false),
			has: fc.array(has, { minLength: 2, maxLength: 3 }),
			chance: fc.constantFrom(0.5, 0, 0.99),
			fault: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fault })
		}),
		steps: fc.array(stepOf(profile, model), { minLength: 1, maxLength: 12, size: 'max' })
	});
}
