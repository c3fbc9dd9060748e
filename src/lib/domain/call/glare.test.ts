import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import { decideInvite, type CallUnderWay } from './glare.ts';
import { shouldInitiate, type Profile } from './profile.ts';

const id = (name: string) => name as CallId;
const under = (
	callId: string,
	direction: CallUnderWay['direction'],
	stage: CallUnderWay['stage']
): CallUnderWay => ({
	callId: id(callId),
	direction,
	stage
});
const decide = (
	profile: Profile,
	callId: string,
	known: Partial<Parameters<typeof decideInvite>[2]> = {},
	callSeq?: number
) =>
	decideInvite(
		profile,
		{ callId: id(callId), callSeq },
		{ current: null, isTombstoned: false, designated: false, highestSeq: 0, ...known }
	);

describe('what becomes of an invite', () => {
	it.each([
		['J01', 'nothing under way', 'accept', {}],
		['J02', 'ours not handed over, theirs smaller', 'yield', { current: under('b', 'outbound', 'unsent') }],
		['J03', 'ours not handed over, theirs larger', 'yield', { current: under('A', 'outbound', 'unsent') }],
		['J04', 'ours handed over, theirs smaller', 'yield', { current: under('b', 'outbound', 'unanswered') }],
		['J04', 'ours handed over, theirs larger', 'keepOurs', { current: under('A', 'outbound', 'unanswered') }],
		['J10', 'the name of our own call', 'ignore', { current: under('a', 'outbound', 'unanswered') }],
		['J11', 'theirs under way, a retry', 'replace', { current: under('z', 'inbound', 'answered') }],
		[
			'J11',
			'ours answered, a newer one of theirs',
			'replace',
			{ current: under('A', 'outbound', 'answered') }
		],
		['J19', 'that theirs is known to be over', 'ignore', { isTombstoned: true }],
		['D15', 'theirs under way, the same again', 'deliver', { current: under('a', 'inbound', 'answered') }]
	] as const)('%s given %s, when the invite comes, then %s', (_, _situation, decision, known) => {
		expect(decide('native', 'a', known)).toBe(decision);
	});

	it('J06 given an invite that was overtaken by a newer call, when it comes, then it is stale', () => {
		expect(decide('native', 'b', { current: under('a', 'outbound', 'answered'), highestSeq: 1 }, 1)).toBe(
			'ignore'
		);
		expect(decide('native', 'b', { current: under('a', 'outbound', 'answered'), highestSeq: 1 }, 2)).toBe(
			'replace'
		);
	});

	it('given a call of ours in Talk, when an offer under its name comes, then it is a renegotiation', () => {
		expect(decide('talkMesh', 'a', { current: under('a', 'outbound', 'answered') })).toBe('deliver');
	});

	it('given crossing offers in Talk, when they meet, then the designated side keeps its own and the other yields with limbo', () => {
		const current = under('z', 'outbound', 'unanswered');
		expect(decide('talkMesh', 'a', { current, designated: true })).toBe('keepOurs');
		expect(decide('talkMesh', 'a', { current, designated: false })).toBe('yieldWithLimbo');
	});

	it('J26 J27 given a media server, when it offers again, then the same call is updated and another one replaces it', () => {
		const current = under('a', 'inbound', 'answered');
		expect(decide('sfuSubscriber', 'a', { current })).toBe('deliver');
		expect(decide('sfuSubscriber', 'b', { current })).toBe('replace');
	});

	it.each(['a', 'b'])('given a publisher, when an offer (%s) comes, then it is an echo', (callId) => {
		expect(decide('sfuPublisher', callId, { current: under('a', 'outbound', 'answered') })).toBe('ignore');
	});
});

it('J24 given any two sessions and what they have, when both ask who offers, then exactly one does, or nobody', () => {
	const side = fc.record({
		id: fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }).map((text) => text as SessionId),
		inCall: fc.boolean(),
		hasStreams: fc.boolean()
	});
	fc.assert(
		fc.property(
			fc.constantFrom('native' as const, 'talkMesh' as const),
			side,
			side,
			(profile, one, other) => {
				const answers = [shouldInitiate(profile, one, other), shouldInitiate(profile, other, one)].sort();
				const isPair = one.inCall && other.inCall && one.id !== other.id;
				const wants = profile === 'native' || one.hasStreams || other.hasStreams;
				expect(answers).toEqual(isPair && wants ? ['them', 'us'] : ['nobody', 'nobody']);
			}
		),
		{ seed: 24, numRuns: 1_000 }
	);
}, 60_000);

it('given a publisher or a subscriber, when it asks who offers, then always the same side, and only if there is something to send', () => {
	const side = (hasStreams: boolean, name: string) => ({ id: name as SessionId, inCall: true, hasStreams });
	expect(shouldInitiate('sfuPublisher', side(true, 'a'), side(false, 'b'))).toBe('us');
	expect(shouldInitiate('sfuPublisher', side(false, 'a'), side(true, 'b'))).toBe('nobody');
	expect(shouldInitiate('sfuPublisher', side(true, 'a'), side(true, 'a'))).toBe('us');
	expect(shouldInitiate('sfuSubscriber', side(true, 'a'), side(true, 'a'))).toBe('nobody');
	expect(shouldInitiate('sfuSubscriber', side(false, 'a'), side(true, 'b'))).toBe('them');
	expect(shouldInitiate('sfuSubscriber', side(true, 'a'), side(false, 'b'))).toBe('nobody');
});

/* Two tiny clients around the real decision, and every order in which things can happen to them. */

type Message = { kind: 'invite' | 'answer' | 'hangup'; callId: string; seq: number };
type Kind = 'roost' | 'stock' | 'roost without limbo';
/** What an implementation may get wrong; the search has to find that both calls can be lost then. */
type Mutation = 'handed over on acknowledgement' | 'no callSeq' | 'answers without callSeq';
interface Side {
	kind: Kind;
	ownId: string;
	hasPlaced: boolean;
	current: CallUnderWay | null;
	limbo: string | null;
	over: string[];
	highestSeq: number;
	/** The transport said that it has our invite. */
	isAcknowledged: boolean;
}
interface World {
	sides: [Side, Side];
	/** On the way to each side. */
	lines: [Message[], Message[]];
}

const buried = (side: Side, ...calls: (string | null | undefined)[]) => [
	...new Set([...side.over, ...calls.filter((call): call is string => call != null)])
];

function receive(
	profile: Profile,
	side: Side,
	designated: boolean,
	message: Message,
	mutation: Mutation | null
): { side: Side; says: Message[] } {
	const { callId, seq } = message;
	const counts = side.hasPlaced && mutation !== 'answers without callSeq';
	const answer: Message = { kind: 'answer', callId, seq: counts ? 1 : 0 };
	const answering = under(callId, 'inbound', 'answered');
	if (message.kind === 'hangup') {
		const current = side.current?.callId === callId ? null : side.current;
		return { side: { ...side, current, over: buried(side, callId) }, says: [] };
	}
	if (message.kind === 'answer') {
		side = { ...side, highestSeq: Math.max(side.highestSeq, seq) };
		if (side.current?.callId === callId) {
			return { side: { ...side, current: { ...side.current, stage: 'answered' } }, says: [] };
		}
		if (side.limbo !== callId) return { side, says: [] };
		const revived = under(callId, 'outbound', 'answered');
		return {
			side: { ...side, current: revived, limbo: null, over: buried(side, side.current?.callId) },
			says: []
		};
	}
	if (side.kind === 'stock') return { side: { ...side, current: answering }, says: [answer] }; // always yields
	const seemsUnsent = mutation === 'handed over on acknowledgement' && !side.isAcknowledged;
	const current: CallUnderWay | null =
		side.current?.stage === 'unanswered' && seemsUnsent ? { ...side.current, stage: 'unsent' } : side.current;
	const decision = decideInvite(
		profile,
		{ callId: id(callId), callSeq: mutation === 'no callSeq' ? undefined : seq },
		{
			current,
			isTombstoned: side.over.includes(callId),
			designated,
			highestSeq: side.highestSeq
		}
	);
	const highestSeq = Math.max(side.highestSeq, seq);
	switch (decision) {
		case 'deliver':
		case 'ignore':
			return { side: { ...side, highestSeq }, says: [] };
		case 'keepOurs':
			return {
				side: { ...side, highestSeq, over: buried(side, callId) },
				says: profile === 'native' ? [{ kind: 'hangup', callId, seq }] : []
			};
		case 'yieldWithLimbo':
			return {
				side: {
					...side,
					highestSeq,
					current: answering,
					limbo: side.kind === 'roost' ? (side.current?.callId ?? null) : null
				},
				says: [answer]
			};
		case 'accept':
		case 'yield':
		case 'replace': {
			const ours = current;
			const isKnown =
				decision === 'yield' && ours !== null && ours.stage !== 'unsent' && profile === 'native';
			const goodbye: Message[] = isKnown ? [{ kind: 'hangup', callId: ours.callId, seq: 0 }] : [];
			return {
				side: { ...side, highestSeq, current: answering, over: buried(side, ours?.callId) },
				says: [...goodbye, answer]
			};
		}
	}
}

/** Every state in which nothing more can happen. */
function allEnds(
	profile: Profile,
	kinds: [Kind, Kind],
	ids: [string, string],
	isOrdered: boolean,
	mutation: Mutation | null = null
) {
	const fresh = (index: 0 | 1): Side => ({
		kind: kinds[index],
		ownId: ids[index],
		hasPlaced: false,
		current: null,
		limbo: null,
		over: [],
		highestSeq: 0,
		isAcknowledged: false
	});
	const open: World[] = [{ sides: [fresh(0), fresh(1)], lines: [[], []] }];
	const seen = new Set<string>();
	const ends: World[] = [];
	const put = <T>(pair: [T, T], index: 0 | 1, value: T): [T, T] =>
		index === 0 ? [value, pair[1]] : [pair[0], value];
	for (let world = open.pop(); world !== undefined; world = open.pop()) {
		const key = JSON.stringify(world);
		if (seen.has(key)) continue;
		seen.add(key);
		const next: World[] = [];
		for (const index of [0, 1] as const) {
			const other = index === 0 ? 1 : 0;
			const side = world.sides[index];
			if (!side.hasPlaced && side.current === null) {
				const placed = { ...side, hasPlaced: true, current: under(side.ownId, 'outbound', 'unsent') };
				next.push({ ...world, sides: put(world.sides, index, placed) });
			}
			if (side.current?.direction === 'outbound' && side.current.stage === 'unsent') {
				const sent: Side = { ...side, current: { ...side.current, stage: 'unanswered' } };
				const invite: Message = { kind: 'invite', callId: side.current.callId, seq: 1 };
				next.push({
					sides: put(world.sides, index, sent),
					lines: put(world.lines, other, [...world.lines[other], invite])
				});
			}
			if (side.current?.stage === 'unanswered' && !side.isAcknowledged) {
				next.push({ ...world, sides: put(world.sides, index, { ...side, isAcknowledged: true }) });
			}
			if (side.limbo !== null && survivor(world) !== null) {
				next.push({ ...world, sides: put(world.sides, index, { ...side, limbo: null }) }); // connected
			}
			const line = world.lines[index];
			for (const [at, message] of line.entries()) {
				if (isOrdered && at > 0) break;
				const designated = side.ownId > world.sides[other].ownId;
				const { side: after, says } = receive(profile, side, designated, message, mutation);
				const lines = put(
					world.lines,
					index,
					line.filter((_, position) => position !== at)
				);
				next.push({
					sides: put(world.sides, index, after),
					lines: put(lines, other, [...lines[other], ...says])
				});
			}
		}
		if (next.length === 0) ends.push(world);
		open.push(...next);
	}
	return ends;
}

const survivor = ({ sides: [one, other] }: World) =>
	one.current?.stage === 'answered' &&
	other.current?.stage === 'answered' &&
	one.current.callId === other.current.callId
		? one.current.callId
		: null;

describe('every order in which two calls can cross', () => {
	it.each([
		['J13', true],
		['J14', false]
	] as const)(
		'%s given two of ours, native, ordered: %s, when all is said, then one call survives',
		(_, isOrdered) => {
			const ends = allEnds('native', ['roost', 'roost'], ['a', 'b'], isOrdered);

			expect(ends.length).toBeGreaterThan(1);
			expect(ends.filter((end) => survivor(end) === null)).toEqual([]);
		}
	);

	it.each<[Mutation, boolean]>([
		['handed over on acknowledgement', true],
		['handed over on acknowledgement', false],
		['no callSeq', false],
		['answers without callSeq', false]
	])(
		'J15 given the mistake "%s", ordered: %s, when calls cross, then the search finds that both can be lost',
		(mutation, isOrdered) => {
			const ends = allEnds('native', ['roost', 'roost'], ['a', 'b'], isOrdered, mutation);

			expect(ends.some((end) => survivor(end) === null)).toBe(true);
		}
	);

	it.each<[Kind, Kind]>([
		['stock', 'roost'],
		['roost', 'stock'],
		['roost', 'roost']
	])(
		'J20 given %s with the larger id and %s, in Talk, when all is said, then one call survives, and limbo is closed',
		(larger, smaller) => {
			const ends = allEnds('talkMesh', [larger, smaller], ['z', 'a'], true);

			expect(ends.filter((end) => survivor(end) === null)).toEqual([]);
			expect(ends.flatMap(({ sides }) => sides.map(({ limbo }) => limbo)).filter(Boolean)).toEqual([]);
		}
	);

	it.each<[Kind, Kind]>([
		['stock', 'stock'],
		['stock', 'roost without limbo']
	])(
		'J20 given %s with the larger id and %s, in Talk, when their offers cross, then both can be lost: why limbo exists',
		(larger, smaller) => {
			const ends = allEnds('talkMesh', [larger, smaller], ['z', 'a'], true);

			expect(ends.some((end) => survivor(end) === null)).toBe(true);
		}
	);
});
