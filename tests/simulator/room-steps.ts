import fc from 'fast-check';

/** A room of several parties, and what may happen in it. */
export interface RoomSetting {
	profile: 'native' | 'talkMesh';
	/** How many come at the beginning. */
	size: number;
	/** Chance, in [0, 1): jitter of waits. */
	chance: number;
}

export type RoomStep =
	| { do: 'advance'; ms: number }
	| { do: 'enter' }
	| { do: 'leave' | 'share' | 'cut'; who: number }
	| { do: 'mute'; who: number; device: 'microphone' | 'camera' }
	| { do: 'restart' }
	| { do: 'path'; to: 'cut' | 'mend' | 'fail' };

export interface RoomSchedule {
	setting: RoomSetting;
	steps: RoomStep[];
}

const who = fc.nat(3);
const ms = fc.constantFrom(100, 1_000, 4_999, 5_000, 9_999, 10_000, 13_000, 30_000, 60_000);

export const roomSchedules = (profile: RoomSetting['profile']): fc.Arbitrary<RoomSchedule> =>
	fc.record({
		setting: fc.record({
			profile: fc.constant(profile),
			size: fc.integer({ min: 2, max: 3 }),
			chance: fc.constantFrom(0.5, 0, 0.99)
		}),
		steps: fc.array(
			fc.oneof<{ weight: number; arbitrary: fc.Arbitrary<RoomStep> }[]>(
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
				{
					weight: 2,
					arbitrary: fc.record({
						do: fc.constant('path' as const),
						to: fc.constantFrom('cut' as const, 'mend', 'fail')
					})
				}
			),
			{ minLength: 1, maxLength: 12, size: 'max' }
		)
	});
