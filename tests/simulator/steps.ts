import fc from 'fast-check';

/** The two parties. By session id ann comes first: natively ann calls, in Talk's mesh ben does. */
export type Name = 'ann' | 'ben';
export const names: readonly Name[] = ['ann', 'ben'];
export const otherOf = (name: Name): Name => (name === 'ann' ? 'ben' : 'ann');

/** What the relay may do with what it carries. */
export type NetworkModel = 'ordered' | 'lossy' | 'reordered' | 'duplicated' | 'delayed';

export interface Setting {
	profile: 'native' | 'talkMesh';
	model: NetworkModel;
	/** `both` place a call at once: set-up glare by design. */
	caller: 'compared' | 'both';
	/** Whose call ids are smaller, which decides native glare. */
	smallerCalls: Name;
	/** Whether the transport says at once that it has taken a signal over. */
	acknowledges: 'at once' | 'when told';
	has: Record<Name, 'both' | 'audio' | 'nothing'>;
	/** Chance, in [0, 1): jitter of waits. */
	chance: number;
}

type What =
	| { do: 'dial'; who: Name }
	| { do: 'deliver'; who: Name; at: number }
	| { do: 'pump' }
	| { do: 'advance'; ms: number }
	| { do: 'acknowledge'; who: Name }
	| { do: 'mute'; who: Name; kind: 'audio' | 'video' }
	| { do: 'device'; who: Name; kind: 'audio' | 'video' }
	| { do: 'remove'; who: Name; kind: 'audio' | 'video' }
	| { do: 'screen'; who: Name }
	/** Both change what they send, and neither hears of the other's offer before its own has left. */
	| { do: 'glare' }
	| { do: 'path'; to: 'cut' | 'mend' | 'fail' }
	| { do: 'signaling'; who: Name }
	| { do: 'reload'; who: Name }
	| { do: 'presence'; who: Name }
	| { do: 'retry'; who: Name }
	| { do: 'lose'; who: Name }
	| { do: 'duplicate'; who: Name }
	| { do: 'refuse'; who: Name; operation: 'setLocalDescription' | 'setRemoteDescription' };

/** @property turns how far the connections get before the next step; null: until they rest */
export type Step = What & { turns: number | null };

export interface Schedule {
	setting: Setting;
	steps: Step[];
}

/** What takes longer to arrive may miss a timeout, and count as unexpected. Milliseconds. */
export const promptMs = 3_000;

/** Steps after which the two may for a while disagree, and what should not happen may happen. */
const faults: ReadonlySet<Step['do']> = new Set(['lose', 'duplicate', 'refuse', 'reload', 'presence']);
export const isFault = (step: Step): boolean => faults.has(step.do);

/** Steps after which calls may fail, and are placed again. */
const outages: ReadonlySet<Step['do']> = new Set(['path', 'signaling', 'retry']);
/** A path that fails, while there is another, is mended by a restart: no call fails for that. */
export const isOutage = (step: Step): boolean =>
	outages.has(step.do) && !(step.do === 'path' && step.to === 'fail');

/** Just before, at and after every wait that the engine knows. */
const waits = [100, 120, 200, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 10_000, 13_000, 30_000, 60_000, 90_000];
const exact = waits.flatMap((ms) => [ms - 1, ms, ms + 1]);

const who = fc.constantFrom<Name>('ann', 'ben');
const kind = fc.constantFrom('audio' as const, 'video' as const);
const turns = fc.constantFrom<number | null>(null, null, null, null, 0, 1, 2, 3);

/** Two thirds of all steps move things along, or most schedules would never get past the first invite. */
function stepOf(model: NetworkModel, profile: Setting['profile']): fc.Arbitrary<Step> {
	const at = model === 'reordered' ? fc.nat(5) : fc.constant(0);
	const ms = model === 'delayed' ? fc.constantFrom(...exact) : fc.constantFrom(...waits);
	const weighted: { weight: number; arbitrary: fc.Arbitrary<What> }[] = [
		{ weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), who, at }) },
		{ weight: 6, arbitrary: fc.record({ do: fc.constant('dial' as const), who }) },
		{ weight: 5, arbitrary: fc.constant({ do: 'pump' as const }) },
		{ weight: 6, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) },
		{ weight: 2, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), who }) },
		{ weight: 2, arbitrary: fc.record({ do: fc.constant('mute' as const), who, kind }) },
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('device' as const), who, kind }) },
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), who, kind }) },
		{
			weight: 2,
			arbitrary: fc.record({
				do: fc.constant('path' as const),
				to: fc.constantFrom('cut' as const, 'mend' as const, 'fail' as const)
			})
		},
		{ weight: 2, arbitrary: fc.record({ do: fc.constant('signaling' as const), who }) },
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const), who }) },
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('presence' as const), who }) },
		{ weight: 1, arbitrary: fc.record({ do: fc.constant('retry' as const), who }) }
	];
	if (profile === 'native') {
		weighted.push({ weight: 4, arbitrary: fc.record({ do: fc.constant('screen' as const), who }) });
		weighted.push({ weight: 2, arbitrary: fc.constant({ do: 'glare' as const }) });
	}
	if (model === 'lossy') {
		weighted.push({ weight: 4, arbitrary: fc.record({ do: fc.constant('lose' as const), who }) });
		weighted.push({
			weight: 1,
			arbitrary: fc.record({
				do: fc.constant('refuse' as const),
				who,
				operation: fc.constantFrom('setLocalDescription' as const, 'setRemoteDescription' as const)
			})
		});
	}
	if (model === 'duplicated') {
		weighted.push({ weight: 4, arbitrary: fc.record({ do: fc.constant('duplicate' as const), who }) });
	}
	return fc.tuple(fc.oneof(...weighted), turns).map(([what, of]) => ({ ...what, turns: of }));
}

export function schedules(profile: Setting['profile'], model: NetworkModel): fc.Arbitrary<Schedule> {
	const has = fc.constantFrom('both' as const, 'both' as const, 'audio' as const, 'nothing' as const);
	return fc.record({
		setting: fc.record({
			profile: fc.constant(profile),
			model: fc.constant(model),
			caller: fc.constantFrom('compared' as const, 'both' as const),
			smallerCalls: who,
			acknowledges: fc.constantFrom('at once' as const, 'at once' as const, 'when told' as const),
			has: fc.record({ ann: has, ben: has }),
			chance: fc.constantFrom(0.5, 0, 0.99)
		}),
		steps: fc.array(stepOf(model, profile), { minLength: 1, maxLength: 20, size: 'max' })
	});
}
