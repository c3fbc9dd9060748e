import fc from 'fast-check';
import { bridge, people } from './model.ts';
import { happenings, sayings, type Said } from './frames.ts';
import { verbs } from './requests.ts';
import type { Request } from './requests/verb.ts';

export type Step = Request | Said;

/** Something that fits nowhere. Never null, which some fields take for nothing. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
	fc.constantFrom<unknown>(
		[],
		{},
		[[]],
		'__proto__',
		'',
		' ',
		'1e3',
		'0x10',
		-9,
		1.5,
		1e300,
		true,
		{ length: 1 },
		{ toString: 'no' },
		JSON.parse('{"__proto__":{"isAdmin":true}}'),
		JSON.parse('{"constructor":{"prototype":[]}}')
	),
	fc.object({ maxDepth: 3, maxKeys: 3 }),
	fc.string({ unit: 'binary', minLength: 16, maxLength: 40 }).map((text) => `x${text}`)
);

const text = fc.oneof(
	{ weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 24 }) },
	{ weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 24 }) },
	{
		weight: 2,
		arbitrary: fc.constantFrom(
			'__proto__',
			'<script>alert(1)</script>',
			"'; DROP TABLE rooms; --",
			'\u202Egnp.exe',
			'\u0000',
			'\uD800',
			'@all @"guest/0000000000000000000000000000000000000000"',
			'=HYPERLINK("x")',
			'{actor} {user}',
			'ﷺ'.repeat(300),
			'a'.repeat(30_000)
		)
	}
);

const weighted = (shares: Readonly<Record<string, { share: number }>>) =>
	fc.oneof(
		...Object.entries(shares).map(([name, { share }]) => ({ weight: share, arbitrary: fc.constant(name) }))
	);

/** People who are in more often do more; whoever is nobody anywhere tries as well. */
const person = fc.constantFrom(0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7);
const moderator = fc.constantFrom(0, 0, 0, 0, 4, 4, 7, 1, 2, 5, 6);
const speaker = fc.constantFrom(0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, bridge, bridge);
/** The first two are there from the beginning, then come those that are made, and what is no room at all. */
const room = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 9);

const common = {
	room,
	pick: fc.nat(9_999),
	bits: fc.nat(511),
	flag: fc.boolean(),
	text
};

/** Once in so many times, and nothing otherwise. */
const seldom = <Value>(arbitrary: fc.Arbitrary<Value>, times: number) =>
	fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const requestOf = (who: fc.Arbitrary<number>, among: (needs: readonly string[]) => boolean) =>
	fc.record({
		do: fc.constant('ask' as const),
		who,
		verb: weighted(Object.fromEntries(Object.entries(verbs).filter(([, { needs }]) => among(needs)))),
		...common,
		odd: seldom(odd, 9),
		how: seldom(
			fc.constantFrom('without the header', 'as text', 'as broken JSON', 'too large', 'as a form'),
			24
		)
	}) as fc.Arbitrary<Request>;

/** What a moderator may is asked mostly by those who may: it changes what all others may. */
const isModeration = (needs: readonly string[]) => needs.includes('moderation');
const request = fc.oneof(
	{ weight: 45, arbitrary: requestOf(moderator, isModeration) },
	{ weight: 55, arbitrary: requestOf(person, (needs) => !isModeration(needs)) }
);

const said: fc.Arbitrary<Said> = fc.record({
	do: fc.constant('say' as const),
	who: speaker,
	what: fc.oneof(
		{ weight: 93, arbitrary: weighted(sayings) },
		{ weight: 12, arbitrary: fc.constant<string>('junk') },
		{ weight: 3, arbitrary: fc.constantFrom<string>(...happenings) }
	),
	...common,
	odd: seldom(odd, 3)
});

/** @param frames how many of a hundred steps are at the socket */
export const steps = (frames: number, length: number): fc.Arbitrary<Step[]> =>
	fc.array(fc.oneof({ weight: frames, arbitrary: said }, { weight: 100 - frames, arbitrary: request }), {
		minLength: 1,
		maxLength: length,
		size: 'max'
	});

const plain = { pick: 0, bits: 0, flag: true, text: '', odd: undefined };

/** Two rooms, those who made them and their guests, most of them at the socket: from here everything else begins. */
export const beginning: readonly Step[] = [
	{ do: 'ask', who: 0, room: 0, verb: 'make a room', ...plain },
	{ do: 'ask', who: 4, room: 0, verb: 'make a room', ...plain },
	...[0, 1, 2, 3].map((who): Request => ({ do: 'ask', who, room: 0, verb: 'enter a room', ...plain })),
	...[4, 5].map((who): Request => ({ do: 'ask', who, room: 1, verb: 'enter a room', ...plain })),
	...[0, 1, 2, 4, 5, bridge].flatMap((who): Said[] => [
		{ do: 'say', who, room: 0, what: 'hello', ...plain, pick: 8 },
		{ do: 'say', who, room: people[who] && who > 3 ? 1 : 0, what: 'enter a room', ...plain }
	]),
	...[0, 4].map((who): Request => ({ do: 'ask', who, room: who / 4, verb: 'write', ...plain, pick: 1 }))
];
