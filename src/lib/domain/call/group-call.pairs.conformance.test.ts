import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCallBench, type Party } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { membersOf } from './group-call/setup.ts';
import { shouldInitiate, type Announced } from './profile.ts';

const profiles = ['talkMesh', 'native'] as const;
const present = { inCall: true, audio: true, video: true };

/** Unordered pairs of those who are in. */
const pairsOf = (ids: readonly string[]) =>
	ids.flatMap((one, index) => ids.slice(index + 1).map((other) => [one, other].sort().join(' ')));
const allUpAt = (party: Party) => Object.values(party.members()).every((state) => state === 'up');

describe('who calls whom', () => {
	it.each(profiles)(
		'M07 given any sessions of a %s call, when each asks whether it begins, then for every pair exactly one does, or nobody needs to',
		(profile) => {
			const side = fc.record({ id: fc.string({ minLength: 1 }), hasStreams: fc.boolean() });
			fc.assert(
				fc.property(fc.uniqueArray(side, { selector: ({ id }) => id, minLength: 2 }), (sides) => {
					const all = sides.map(({ id, hasStreams }): { id: SessionId } & Announced => ({
						id: id as SessionId,
						inCall: true,
						hasStreams
					}));
					for (const [index, ours] of all.entries()) {
						for (const theirs of all.slice(index + 1)) {
							const [here, there] = [
								shouldInitiate(profile, ours, theirs),
								shouldInitiate(profile, theirs, ours)
							];
							const needsNobody = profile === 'talkMesh' && !ours.hasStreams && !theirs.hasStreams;
							expect([here, there].sort()).toEqual(needsNobody ? ['nobody', 'nobody'] : ['them', 'us']);
						}
					}
				}),
				{ seed: 7 }
			);
		}
	);

	it.each(profiles)(
		'M07 given any number of people who join a %s call in any order, when all are in, then each pair has one connection, begun by one side',
		async (profile) => {
			await fc.assert(
				fc.asyncProperty(
					fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e', 'f'], { minLength: 2 }),
					async (names) => {
						const bench = openCallBench();
						bench.defaults.profile = profile;
						const parties = await bench.joinAll(...names);
						await bench.advance(4_000);

						const begun = bench
							.invites()
							.map((invite) => invite.replace(' media', '').split('→').sort().join(' '));
						expect(begun.sort()).toEqual(pairsOf(parties.map((party) => party.id())).sort());
						expect(parties.map(allUpAt)).toEqual(parties.map(() => true));
						expect(bench.network.openConnections).toBe(names.length * (names.length - 1));
					}
				),
				{ seed: 7, numRuns: 8 }
			);
		},
		60_000
	);

	it.each(profiles)(
		'M08 given one person with two sessions in a %s call, when both are in, then they call each other by the same rule',
		async (profile) => {
			const bench = openCallBench();
			bench.defaults.profile = profile;
			const [one, other] = await bench.joinAll('ann', 'ann');
			await bench.advance(4_000);

			expect(one?.context().roster[other?.id() ?? ('' as SessionId)]?.actorId).toBe('ann');
			expect(bench.invites()).toEqual([profile === 'native' ? 'ann-1→ann-2 media' : 'ann-2→ann-1 media']);
			expect([one?.members(), other?.members()]).toEqual([{ 'ann-2': 'up' }, { 'ann-1': 'up' }]);
		}
	);

	it('given many in the call, when we come, then our own other session is dialled first, and then the others by their ids', async () => {
		const bench = openCallBench();
		const zed = bench.openParty('zed');
		await zed.join();
		const own = zed.context().room;
		const of = (id: string, actorId: string) => ({
			sessionId: id as SessionId,
			presence: present,
			actorType: own?.actorType ?? '',
			actorId
		});
		await zed.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: [of('d', 'dan'), of('b', 'ben'), of('y', 'zed'), of('a', 'ann'), of('c', 'cat')]
		});

		expect(bench.invites()).toEqual(['y', 'a', 'b', 'c'].map((id) => `zed-1→${id} media`));
	});
});

describe('a crowd without a media server', () => {
	it('given more than a mesh can bear, when we come, then we call sixteen, answer everybody who calls us, and call the next one when there is room', async () => {
		const bench = openCallBench();
		const mid = bench.openParty('m');
		await mid.join();
		// those below us we call, those above us call
		const below = Array.from({ length: 20 }, (_, index) => `a-${10 + index}` as SessionId);
		await mid.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: below.map((sessionId) => ({ sessionId, presence: present }))
		});
		await bench.advance(9_000);
		expect(bench.invites()).toEqual(below.slice(0, 8).map((id) => `m-1→${id} media`));

		const [zoe] = await bench.joinAll('zoe');
		await bench.advance(1_000);
		expect(mid.members()).toMatchObject({ 'zoe-2': 'up' });
		expect(zoe?.members()).toMatchObject({ 'm-1': 'up' });
	});

	it('given eighteen people, when all are in, then whoever begins stops at sixteen, both sides agree on who is connected, and one who leaves makes room', async () => {
		const bench = openCallBench();
		const names = Array.from({ length: 18 }, (_, index) => String.fromCharCode(97 + index));
		const parties = await bench.joinAll(...names);
		await bench.advance(30_000);

		const linksOf = () =>
			parties
				.filter((party) => party.status() === 'active')
				.flatMap((party) =>
					Object.entries(party.members()).flatMap(([other, state]) =>
						state === 'up' ? [[party.id(), other].sort().join(' ')] : []
					)
				);
		const links = linksOf();
		for (const link of links) expect(links.filter((one) => one === link)).toHaveLength(2);
		const last = parties.at(-1);
		const states = Object.values(last?.members() ?? {});
		expect(states.filter((state) => state === 'up')).toHaveLength(16);

		await parties[0]?.leave();
		await bench.advance(30_000);

		const now = Object.values(last?.members() ?? {});
		expect(now.filter((state) => state === 'up')).toHaveLength(16);
		expect(now).toHaveLength(16);
	}, 120_000);
});

describe('one connection for everything (native)', () => {
	const openNative = () => {
		const bench = openCallBench();
		bench.defaults.profile = 'native';
		return bench;
	};

	it('given a shared screen, when it begins, then it goes over the connection that is there, and one who comes later gets it too', async () => {
		const bench = openNative();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(4_000);
		const before = bench.invites().length;
		ann?.shareScreen();
		await bench.advance(4_000);
		const [cat] = await bench.joinAll('cat');
		await bench.advance(4_000);

		expect(bench.invites().slice(before)).toEqual(['ann-1→cat-3 media', 'ben-2→cat-3 media']);
		expect(ann?.members('share-out')).toEqual({});
		expect(bench.network.openConnections).toBe(6);
		for (const party of [ben, cat]) {
			const member = membersOf(party?.actor.getSnapshot().children ?? {}, 'member').get('ann-1' as SessionId);
			const current = member?.getSnapshot().context.current;
			const call = member?.getSnapshot().children[`peer:${current ?? ''}`];
			expect(call?.getSnapshot().context.streams.screenshare).toMatchObject({ video: true });
			expect(call?.getSnapshot().context.streams.usermedia).toMatchObject({ audio: true, video: true });
		}
	});

	it('K26 given a shared screen, when the browser ends it, then the other side has no such stream any more, and camera and microphone go on', async () => {
		const bench = openNative();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.shareScreen();
		await bench.advance(5_000);
		ann?.stopScreen();
		await bench.advance(5_000);

		const member = membersOf(ben?.actor.getSnapshot().children ?? {}, 'member').get('ann-1' as SessionId);
		const call = member?.getSnapshot().children[`peer:${member.getSnapshot().context.current ?? ''}`];
		const streams = call?.getSnapshot().context.streams;
		expect(streams?.screenshare).toBeNull();
		expect(streams?.usermedia).toMatchObject({ audio: true, video: true });
		expect(member?.getSnapshot().context.lease?.screen).toBeUndefined();
		expect(ann?.context().media.screen).toBeNull();
		expect(bench.network.openConnections).toBe(2);
	});
});

describe('one request for all', () => {
	it.each(profiles)(
		'L12 given six others in a %s call, when we mute, then one request carries it to all six',
		async (profile) => {
			const bench = openCallBench();
			bench.defaults.profile = profile;
			const [ann, ...others] = await bench.joinAll('ann', 'b', 'c', 'd', 'e', 'f', 'g');
			await bench.advance(10_000);
			const [states, signals] = [ann?.statesSent.length ?? 0, bench.relayed.length];
			ann?.mute('microphone', 'off');
			await bench.advance(3_000);

			const six = others.map((party) => party.id());
			expect(ann?.statesSent.slice(states)).toEqual([
				{ to: six, state: { kind: 'microphone', state: 'off' } }
			]);
			const said = bench.relayed
				.slice(signals)
				.flatMap(({ to, signal }) => (signal === undefined ? [] : [`${signal.kind} ${to}`]));
			// natively each connection says it once more of its own stream
			expect(said.sort()).toEqual(profile === 'native' ? six.map((id) => `metadata ${id}`).sort() : []);
			for (const other of others) {
				expect(other.context().said['ann-1' as SessionId]?.microphone).toBe('off');
			}
		}
	);
});
