import type { AnyActorRef } from 'xstate';
import { describe, expect, it } from 'vitest';
import { memberMachine } from '../../src/lib/domain/call/member-machine.ts';
import { peerCallMachine } from '../../src/lib/domain/call/peer-call-machine.ts';
import type {
	PeerConnectionCommand,
	PeerConnectionEdge,
	PeerConnections
} from '../../src/lib/domain/call/peer-connection.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId } from '../../src/lib/protocol/ids.ts';
import {
	boundedAttempts,
	candidatesInTime,
	candidatesKept,
	connection,
	convergence,
	noRevival,
	nothingHeld,
	nothingLeft,
	nothingToTheGone,
	nothingFails,
	nothingUnexpected,
	oneCurrent,
	oneEnd,
	oneOffer,
	screens,
	shownMute,
	shownState,
	silentWhileMuted,
	survivor,
	truthfulRow,
	type Scene,
	type SceneParty
} from './invariants.ts';
import { engineOf } from './party.ts';
import { openRoom } from './room.ts';
import { runSchedule } from './search.ts';
import type { Setting, Step } from './steps.ts';
import { openWorld, type WorldOptions } from './world.ts';

/* An invariant that cannot fail proves nothing: each one is shown a world that breaks it, and one that does not. */

const setting: Setting = {
	profile: 'native',
	model: 'ordered',
	caller: 'compared',
	smallerCalls: 'ann',
	acknowledges: 'at once',
	has: { ann: 'both', ben: 'both' },
	chance: 0.5
};
const step = (what: object): Step => ({ turns: null, ...what }) as Step;

/** Two who are connected, but for what is broken. */
async function openPair(options: WorldOptions = {}, over: Partial<Setting> = {}) {
	const world = openWorld({ ...setting, ...over }, options);
	await world.pump();
	await world.advance(1_000, true);
	return world;
}

/** Real connections whose edges do something else with some commands, or when they are closed. */
const meddled =
	(meddle: (edge: PeerConnectionEdge) => Partial<PeerConnectionEdge>) =>
	(real: PeerConnections): PeerConnections => ({
		open: (options, listener) => {
			const edge = real.open(options, listener);
			return { ...edge, ...meddle(edge) };
		}
	});
const losing = (type: PeerConnectionCommand['type']) =>
	meddled((edge) => ({
		command: (command) => {
			if (command.type !== type) edge.command(command);
		}
	}));
const neverClosing = meddled(() => ({ close: () => undefined }));

/** A member as it is, with some facts about it forged. */
const forged = (
	scene: Scene,
	name: string,
	over: { state?: string; context?: object; scheduled?: AnyActorRef[] }
): Scene => ({
	...scene,
	parties: scene.parties.map((party) => {
		if (party.name !== name) return party;
		const members = party.members.map((member) => {
			const snapshot = member.ref.getSnapshot();
			const system = {
				getSnapshot: () => ({ _scheduledEvents: (over.scheduled ?? []).map((source) => ({ source })) })
			};
			const ref = {
				id: member.ref.id,
				system,
				getSnapshot: () => ({
					...snapshot,
					value: over.state === undefined ? snapshot.value : { present: over.state },
					context: { ...snapshot.context, ...over.context }
				})
			} as unknown as SceneParty['members'][number]['ref'];
			return { ...member, ref };
		});
		return { ...party, members };
	})
});

const firstOf = <T>(items: Iterable<T>): T => {
	const [first] = items;
	if (first === undefined) throw new Error('there is none');
	return first;
};

it('given a schedule without faults, when it runs to its end, then no invariant finds anything', async () => {
	const steps = [{ do: 'pump' }, { do: 'mute', who: 'ben', kind: 'audio' }, { do: 'reload', who: 'ann' }].map(
		step
	);

	await expect(runSchedule({ setting, steps })).resolves.toBeUndefined();
});

describe('I1 convergence', () => {
	it('given one that is up and one that is not, when asked, then it is found', async () => {
		const world = await openPair();

		expect(convergence(world.scene())).toEqual([]);
		expect(convergence(forged(world.scene(), 'ben', { state: 'waiting' }))).toEqual([
			'ann is up, ben is waiting'
		]);
	});

	it('given two that are up on different calls, when asked, then it is found', async () => {
		const world = await openPair();

		expect(convergence(forged(world.scene(), 'ben', { context: { current: 'another' } }))).toHaveLength(1);
	});

	it('given a relay that loses every answer, when time passes, then the two are not connected', async () => {
		const world = openWorld(setting, {
			relay: (real) => ({
				...real,
				post: (...parcel) => {
					if (parcel[3].kind !== 'answer') real.post(...parcel);
				}
			})
		});
		await world.quiesce();

		expect(connection(world.scene())).toHaveLength(1);
	});

	it('given a shared screen that nobody sees, when asked, then it is found', async () => {
		const room = await openRoom({ profile: 'talkMesh', size: 2, chance: 0.5 });
		await room.advance(1_000);
		const scene = room.scene();
		const parties = scene.parties.map((party, index) => ({ ...party, isSharing: index === 0 }));

		expect(screens(scene)).toEqual([]);
		expect(screens({ ...scene, parties })).toHaveLength(1);
	});
});

it('I2 given a world judged by the rule of another profile, when the calls cross, then the survivor is the wrong one', async () => {
	const world = openWorld({ ...setting, caller: 'both' });
	for (const who of ['ann', 'ben'] as const) await world.apply(step({ do: 'dial', who }));
	await world.advance(200);
	await world.pump();
	await world.advance(5_000, true);

	expect(survivor(world.scene())).toEqual([]);
	expect(survivor({ ...world.scene(), profile: 'talkMesh' })).toEqual([
		'a1/ann survives glare of a1/ann and b1/ben, not b1/ben'
	]);
});

describe('I3 candidates in time', () => {
	const candidate = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };

	it('given an edge that applies candidates early, when the call begins, then it is found', async () => {
		const world = await openPair({
			connections: meddled((edge) => {
				edge.command({ type: 'ADD_CANDIDATES', candidates: [candidate] });
				return {};
			})
		});

		expect(candidatesInTime(world.scene())).toHaveLength(2);
	});

	it('given a machine that does not wait for the description, when candidates come, then it is found', async () => {
		const world = await openPair();
		const edge = world.parties.ann.connections.open(
			{
				callId: 'early' as CallId,
				owner: 'early',
				iceServers: [],
				media: { audio: 'both', video: 'both' },
				streams: 'described',
				dataChannel: null
			},
			() => undefined
		);
		edge.command({ type: 'ADD_CANDIDATES', candidates: [candidate] });

		expect(candidatesInTime(world.scene())).toEqual(['ann: call early: 1 candidates too early']);
	});

	it('given candidates for a connection that was closed, when asked, then it is found', async () => {
		const world = await openPair();
		await world.end();
		await expect(firstOf(world.network.connections).addIceCandidate(candidate)).rejects.toThrow();

		expect(candidatesInTime(world.scene())).toHaveLength(1);
	});
});

it('I4 given an edge that loses candidates, when a call is set up, then they are missed', async () => {
	const world = openWorld({ ...setting, profile: 'talkMesh' }, { connections: losing('ADD_CANDIDATES') });
	await world.pump();

	expect(candidatesKept(world.scene()).length).toBeGreaterThan(0);
	expect(candidatesKept((await openPair()).scene())).toEqual([]);
});

describe('I5 nothing left of a call that has ended', () => {
	it('given an edge that does not close, when its call ends, then connection and listeners are found', async () => {
		const world = await openPair({ connections: neverClosing });
		await world.apply(step({ do: 'reload', who: 'ann' }));

		expect(nothingLeft(world.scene())).toContain('ann: call a1/ann: its connection is open after the end');
		expect(nothingLeft(world.scene())).toContain('ann: call a1/ann: still listens to track');
	});

	it('given a timer of a call that is no more, when asked, then it is found', async () => {
		const world = await openPair();
		const scheduled = [{ id: 'peer:gone' } as AnyActorRef];

		expect(nothingLeft(world.scene())).toEqual([]);
		expect(nothingLeft(forged(world.scene(), 'ann', { scheduled }))).toEqual([
			'peer:gone: a timer is pending after the end'
		]);
	});
});

it('I6 given edges that do not close, when everybody has left, then the ledger is not empty', async () => {
	const world = await openPair({ connections: neverClosing });
	await world.end();
	const whole = await openPair();
	await whole.end();

	expect(nothingHeld(whole.scene())).toEqual([]);
	expect(nothingHeld(world.scene())).toEqual(
		expect.arrayContaining(['ann: the ledger has 1 peer-connection', '2 connections are open'])
	);
});

it('I7 given a call that says twice that it is over, or never, when asked, then it is found', async () => {
	const world = await openPair();
	const { journal } = world.parties.ann;
	const { callId } = firstOf(journal.calls.values());
	const end = {
		callId,
		reason: 'user_hangup',
		party: 'local',
		everConnected: true,
		stats: null
	} as const;
	expect(oneEnd(world.scene())).toEqual([]);
	firstOf(journal.calls.values()).ends.push(end, end);
	expect(oneEnd(world.scene())).toEqual(['ann: call a1/ann: ended 2 times']);

	firstOf(journal.calls.values()).ends.splice(0);
	const scene = forged(world.scene(), 'ann', { context: { tombstones: [callId] } });
	const buried = scene.parties.flatMap(({ members }) => members);
	const snapshot = firstOf(buried).ref.getSnapshot();
	firstOf(buried).ref.getSnapshot = () => ({ ...snapshot, children: {} });
	expect(oneEnd(scene)).toEqual(['ann: call a1/ann: is over and has not said so']);
});

it('I8 given a call beside the current one, or one that is connected in limbo, when asked, then it is found', async () => {
	const world = await openPair();

	expect(oneCurrent(world.scene())).toEqual([]);
	expect(oneCurrent(forged(world.scene(), 'ann', { context: { current: 'another' } }))).toEqual([
		'ann: a1/ann is connected beside another'
	]);
	expect(
		oneCurrent(forged(world.scene(), 'ann', { context: { current: 'another', limbo: 'a1/ann' } }))
	).toEqual(['ann: a1/ann is connected in limbo']);
});

it('I9 given a call that is opened again, or that is alive and buried, when asked, then it is found', async () => {
	const world = await openPair();
	expect(noRevival(world.scene())).toEqual([]);
	expect(noRevival(forged(world.scene(), 'ann', { context: { tombstones: ['a1/ann'] } }))).toHaveLength(1);
	const edge = world.parties.ann.connections.open(
		{
			callId: 'a1/ann' as CallId,
			owner: 'a1/ann',
			iceServers: [],
			media: { audio: 'both', video: 'both' },
			streams: 'described',
			dataChannel: null
		},
		() => undefined
	);
	edge.close();

	expect(noRevival(world.scene())).toEqual(['ann: call a1/ann: was opened 2 times']);
});

it('I10 given a member that retries for ever, when nothing gets through, then it is found', async () => {
	const tireless = memberMachine.provide({ guards: { mayRetry: ({ context }) => context.current === null } });
	const lost = (engine?: typeof memberMachine) =>
		openWorld(setting, {
			...(engine === undefined ? {} : { engine: engineOf(peerCallMachine, engine) }),
			relay: (real) => ({ ...real, post: () => undefined })
		});
	const broken = lost(tireless);
	await broken.advance(1_000_000);
	const whole = lost();
	await whole.advance(1_000_000);

	expect(boundedAttempts(whole.scene())).toEqual([]);
	expect(boundedAttempts(broken.scene()).length).toBeGreaterThan(0);
});

describe('I11 what is shown as muted', () => {
	it('given a relay that loses what is said about muting, when somebody mutes, then the other shows it wrongly', async () => {
		const world = await openPair({
			relay: (real) => ({
				...real,
				post: (...parcel) => {
					if (parcel[3].kind !== 'metadata') real.post(...parcel);
				}
			})
		});
		expect(shownMute(world.scene())).toEqual([]);
		await world.apply(step({ do: 'mute', who: 'ben', kind: 'audio' }));
		await world.pump();

		expect(shownMute(world.scene())).toEqual(["ann shows ben's audio as muted: false, it is: true"]);
	});

	it('given a room where nobody was told, when asked, then it is found', async () => {
		const room = await openRoom({ profile: 'talkMesh', size: 2, chance: 0.5 });
		await room.advance(10_000);
		const scene = room.scene();
		const parties = scene.parties.map((party) => ({ ...party, said: {} }));

		expect(shownState(scene)).toEqual([]);
		expect(shownState({ ...scene, parties })).toHaveLength(4);
	});
});

it('I12 given a track that is on while its owner is muted, or that nobody lent, when asked, then it is found', async () => {
	const world = await openPair();
	await world.apply(step({ do: 'mute', who: 'ann', kind: 'video' }));
	expect(silentWhileMuted(world.scene())).toEqual([]);
	for (const track of world.parties.ann.tracks.values()) track.enabled = true;
	expect(silentWhileMuted(world.scene())).toEqual(['ann: a1/ann sends video while muted']);

	world.parties.ann.tracks.clear();
	expect(silentWhileMuted(world.scene())).toContain('ann: a1/ann sends a track that nobody lent');
});

it('I13 given a party that goes on talking to somebody who is gone, when it does, then it is found', async () => {
	const world = await openPair();
	const { journal, state } = world.parties.ann;
	if (state.other !== null) journal.gone.add(state.other.session);
	await world.apply(step({ do: 'mute', who: 'ann', kind: 'audio' }));

	expect(nothingToTheGone(world.scene())).toEqual(['ann: sent metadata to ben-1, who is gone']);
});

describe('I14 isolation', () => {
	it('given a connection that breaks, when a room of three meets, then the transcripts of the other pairs are the same', async () => {
		const transcripts = [];
		for (const breaks of [false, true]) {
			const room = await openRoom({ profile: 'talkMesh', size: 3, chance: 0.5 }, { breaks });
			await room.advance(1_000);
			await room.apply({ do: 'mute', who: 0, device: 'camera' });
			await room.advance(60_000);
			expect(connection(room.scene())).toEqual([]);
			transcripts.push(room.transcripts());
			await room.end();
		}
		const [whole, broken] = transcripts;
		const pairOfTheBroken = 'c1 and m0';

		expect(broken?.get(pairOfTheBroken)).not.toEqual(whole?.get(pairOfTheBroken));
		for (const pair of ['m0 and x2', 'c1 and x2']) {
			expect(whole?.get(pair)?.length).toBeGreaterThan(0);
			expect(broken?.get(pair)).toEqual(whole?.get(pair));
		}
	});
});

it('I15 given a call that offers before it was answered, when it does, then it is found', async () => {
	const world = await openPair();
	const { journal } = world.parties.ann;
	const offer: PeerSignal = {
		kind: 'negotiate',
		callId: 'a1/ann' as CallId,
		purpose: 'usermedia',
		description: { type: 'offer', sdp: '' },
		metadata: {},
		lifetimeMs: 10_000
	};
	expect(oneOffer(world.scene())).toEqual([]);
	for (const id of [1, 2]) {
		journal.observe({
			type: '@xstate.event',
			rootId: '',
			sourceRef: undefined,
			event: { type: 'SEND', id, to: 'ben-1', signal: offer },
			actorRef: { id: 'transport' } as AnyActorRef
		});
	}

	expect(oneOffer(world.scene())).toEqual(['ann: call a1/ann: 2 offers at once']);
});

it('I16 given a row that says something else than the call, when asked, then it is found', async () => {
	const room = await openRoom({ profile: 'talkMesh', size: 2, chance: 0.5 });
	const scene = room.scene();
	const parties = scene.parties.map((party) => ({
		...party,
		row: party.row && { ...party.row, own: 'joining' as const }
	}));

	expect(truthfulRow(scene)).toEqual([]);
	expect(truthfulRow({ ...scene, parties })).toHaveLength(2);
});

describe('I17 nothing unexpected', () => {
	it('given a relay that makes up an answer, when it comes, then it is counted', async () => {
		const world = await openPair();
		expect(nothingUnexpected(world.scene())).toEqual([]);
		const { ann, ben } = world.parties;
		if (ann.state.session === null || ben.state.session === null) throw new Error('nobody is there');
		const answer: PeerSignal = {
			kind: 'negotiate',
			callId: 'a1/ann' as CallId,
			purpose: 'usermedia',
			description: { type: 'answer', sdp: 'v=0' },
			metadata: {},
			lifetimeMs: 10_000
		};
		world.relay.post('ann', ben.state.session, ann.state.session, answer, world.clock.now());
		await world.pump();

		expect(nothingUnexpected(world.scene())).toEqual(['ann: a1/ann: 1 unexpected REMOTE_NEGOTIATE']);
	});

	it('given a call that fails although nothing went wrong, when asked, then it is found', async () => {
		const world = await openPair();
		const scene = { ...world.scene(), isFaultless: true, isCalm: true };
		expect(nothingFails(scene)).toEqual([]);
		const [journal] = scene.parties.map((party) => party.journal);
		if (journal === undefined) throw new Error('nobody is there');
		const call = firstOf(journal.calls.values());
		const { callId } = call;
		call.ends.push({ callId, reason: 'ice_failed', party: 'local', everConnected: true, stats: null });

		expect(nothingFails(scene)).toEqual(['ann: call a1/ann: failed: ice_failed']);
		expect(nothingFails({ ...scene, isFaultless: false })).toEqual([]);
	});

	it('given a machine that throws, when it does, then it is found even in runs with faults', async () => {
		const peerCall = peerCallMachine.provide({
			actions: {
				mergeMetadata: () => {
					throw new Error('a bug');
				}
			}
		});
		const world = await openPair({ engine: engineOf(peerCall) });
		await world.apply(step({ do: 'mute', who: 'ann', kind: 'audio' }));
		await world.pump();

		expect(nothingUnexpected({ ...world.scene(), isFaultless: false })).toContain('ben: broke: Error: a bug');
	});
});
