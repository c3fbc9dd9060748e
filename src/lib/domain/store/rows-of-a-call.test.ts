import fc from 'fast-check';
import { createActor } from 'xstate';
import { expect, it } from 'vitest';
import { openCallBench, type Party } from '../../../../tests/support/call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { OngoingCall } from './ongoing-call.ts';

/* What a call has in its hands and must never leave in a row. */
const secrets = {
	password: 'hunter2-of-the-room',
	credential: 'turn-credential-4711',
	username: 'turn-user-4711',
	ticket: 'hello-ticket-4711'
};
const forbidden = /v=0|a=mid|candidate:|ice-ufrag|nc-\d|resume /;

type Step =
	| { do: 'leave' | 'give up' | 'take over' | 'cut' | 'restart' | 'kick' | 'end' | 'mute' }
	| { do: 'remove'; reason: 'removed' | 'replaced' }
	| { do: 'release'; call: 'enterRoom' | 'joinCall' | 'leaveCall' }
	| { do: 'wait'; ms: number };

const fates = {
	enterRoom: fc.constantFrom(
		null,
		'held',
		'room.banned',
		'room.occupied',
		'server.unreachable',
		'session.lost'
	),
	joinCall: fc.constantFrom(null, 'held', 'call.forbidden', 'server.unreachable', 'session.lost'),
	leaveCall: fc.constantFrom('held', null, 'server.unreachable')
} as const;
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.constant({ do: 'leave' as const }),
	fc.record({ do: fc.constantFrom('give up', 'take over', 'cut', 'restart', 'kick', 'end', 'mute') }),
	fc.record({ do: fc.constant('remove' as const), reason: fc.constantFrom('removed', 'replaced') }),
	fc.record({
		do: fc.constant('release' as const),
		call: fc.constantFrom('enterRoom', 'joinCall', 'leaveCall')
	}),
	fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 3_000, 10_000, 31_000) })
);
const run = fc.record({
	fates: fc.record(fates),
	steps: fc.array(step, { maxLength: 8 })
});

/** A call of a person with another one in the room, which knows all the secrets there are. */
async function openRun({ fates }: { fates: Record<'enterRoom' | 'joinCall' | 'leaveCall', string | null> }) {
	const bench = openCallBench();
	await bench.joinAll('zoe');
	const ann = bench.openParty('ann');
	for (const [call, fate] of Object.entries(fates)) {
		if (fate !== null) ann.script(call as keyof typeof fates, fate as Parameters<Party['script']>[1]);
	}
	const { machine, input } = ann.engine();
	const { api } = input.ports;
	const actor = createActor(machine, {
		clock: bench.clock,
		systemId: 'call',
		input: {
			...input,
			password: secrets.password,
			ports: {
				...input.ports,
				api: {
					...api,
					fetchSignalingSettings: async (room) => ({
						...(await api.fetchSignalingSettings(room)),
						helloV2: { token: secrets.ticket },
						iceServers: [
							{ urls: ['turn:turn.example'], username: secrets.username, credential: secrets.credential }
						]
					})
				}
			}
		}
	});
	const broken: unknown[] = [];
	actor.subscribe({ error: (error) => broken.push(error) });
	const settled = async (deed: () => unknown) => {
		await deed();
		await bench.settle();
	};
	const perform = (next: Step) =>
		settled(async () => {
			switch (next.do) {
				case 'leave':
					actor.send({ type: 'LEAVE' });
					break;
				case 'give up':
					actor.send({ type: 'LEAVE', reason: 'replaced' });
					break;
				case 'take over':
					actor.send({ type: 'TAKE_OVER' });
					break;
				case 'mute':
					actor.send({
						type: 'MEDIA_CHANGED',
						media: { ...input.media, microphone: 'off' },
						choice: { ...input.mediaChoice, microphone: 'off' }
					});
					break;
				case 'cut':
					return ann.cut();
				case 'restart':
					return bench.restart();
				case 'kick':
					return bench.takeOut(actor.getSnapshot().context.ownSessionId ?? ('nobody' as SessionId));
				case 'end':
					return ann.hear({ type: 'CALL_ENDED_FOR_ALL' });
				case 'remove':
					return ann.hear({ type: 'REMOVED_FROM_ROOM', reason: next.reason });
				case 'release':
					return ann.release(next.call).catch(() => undefined); // nothing is held
				case 'wait':
					return bench.advance(next.ms);
			}
		});
	return { ann, actor, broken, start: () => settled(() => actor.start()), perform };
}

type Run = Awaited<ReturnType<typeof openRun>>;

/**
 * Our own part as the call sees it, in the words of the row.
 * @param before what the row said last: a call that another tab took leaves the row to that tab
 */
function partOf({ actor }: Run, before: OngoingCall['own'] | 'no row'): OngoingCall['own'] | 'no row' {
	const snapshot = actor.getSnapshot();
	if (snapshot.context.end.reason === 'replaced') return before;
	if (snapshot.status === 'active') {
		// the request that lets us in may still be under way when we have long turned back
		if (snapshot.context.isLeaving) return 'leaving';
		if (snapshot.matches('joining')) return 'joining';
		return snapshot.matches('joined') ? 'joined' : 'leaving';
	}
	switch (snapshot.context.end.reason) {
		case 'ended-for-all':
			return 'no row';
		case 'removed':
			return 'kicked';
		default:
			return 'left';
	}
}

/** Every order in which a row may change: nothing is skipped that a crash in between would have to know. */
const order: Record<string, readonly string[]> = {
	nothing: ['joining'],
	joining: ['joining', 'joined', 'leaving', 'left', 'kicked', 'deleted'],
	joined: ['joined', 'leaving', 'left', 'kicked', 'deleted'],
	leaving: ['leaving', 'left', 'kicked', 'deleted'],
	left: [],
	kicked: [],
	deleted: []
};

it('I16 given any run of a call, when the tab crashes after any step of it, then the row says what the call knew of our part', async () => {
	const seen = new Set<string>();
	await fc.assert(
		fc.asyncProperty(run, async ({ fates, steps }) => {
			const one = await openRun({ fates });
			await one.start();
			let said: OngoingCall['own'] | 'no row' = 'no row';
			for (const next of [null, ...steps]) {
				if (next !== null) await one.perform(next);
				const expected = partOf(one, said);
				said = one.ann.row()?.own ?? 'no row';
				expect(said).toBe(expected);
				seen.add(said);
				const row = one.ann.row();
				// what the start-up needs to find its way back is there whenever we take part
				if (said === 'joined') expect(row?.ownSessionId).toBe(one.actor.getSnapshot().context.ownSessionId);
				if (said === 'joining' || said === 'joined' || said === 'leaving') {
					expect(row?.tabLease?.tabId).toBe('tab of ann');
				}
			}
			expect(one.broken).toEqual([]);
			const parts = ['nothing', ...one.ann.rows.map((row) => row?.own ?? 'deleted')];
			for (const [index, part] of parts.entries()) {
				if (index > 0) expect(order[parts[index - 1] ?? ''], parts.join(' → ')).toContain(part);
			}
			one.actor.stop();
		}),
		{ seed: 16, numRuns: 100 }
	);
	expect([...seen].sort()).toEqual(['joined', 'joining', 'kicked', 'leaving', 'left', 'no row']);
}, 60_000);

it('P17 given any run of a call, when all its rows are read, then there is no SDP, candidate or secret in any of them', async () => {
	let rows = 0;
	await fc.assert(
		fc.asyncProperty(run, async ({ fates, steps }) => {
			const one = await openRun({ fates });
			await one.start();
			for (const next of steps) await one.perform(next);
			for (const row of one.ann.rows) {
				rows += 1;
				const text = JSON.stringify(row);
				expect(text).not.toMatch(forbidden);
				for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
				// nobody else either
				expect(text).not.toContain('zoe');
			}
			one.actor.stop();
		}),
		{ seed: 17, numRuns: 50 }
	);
	expect(rows).toBeGreaterThan(100);
}, 60_000);
