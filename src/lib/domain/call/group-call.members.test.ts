import fc from 'fast-check';
import type { AnyActorRef } from 'xstate';
import { describe, expect, it } from 'vitest';
import { openCallBench, roomInfo, type CallBench, type Party } from '../../../../tests/support/call-bench.ts';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { ParticipantUpdate, PeerSignal } from '../signaling.ts';
import { memberMachine } from './member-machine.ts';
import type { PeerConnections } from './peer-connection.ts';

const inCall = { inCall: true, audio: true, video: true };
const out = { inCall: false, audio: false, video: false };
const zoe = 'zoe-9' as SessionId;
const present = (...ids: string[]): ParticipantUpdate[] =>
	ids.map((id) => ({ sessionId: id as SessionId, presence: inCall }));
const offer = (callId: string, purpose: 'usermedia' | 'screenshare' = 'usermedia'): PeerSignal => ({
	kind: 'invite',
	callId: callId as CallId,
	purpose,
	description: { type: 'offer', sdp: 'v=0\r\n' },
	metadata: {},
	lifetimeMs: 10_000
});
const candidates = (callId: string, purpose: 'usermedia' | 'screenshare' = 'usermedia'): PeerSignal => ({
	kind: 'candidates',
	callId: callId as CallId,
	purpose,
	candidates: [{ candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 }]
});
const child = (party: Party, id: string) => party.actor.getSnapshot().children[id] as AnyActorRef | undefined;

/** Sound and picture that arrived at a party, over all its connections. */
function received(bench: CallBench): number {
	return bench.network.connections
		.filter(({ isClosed }) => !isClosed)
		.flatMap((connection) => connection.getTransceivers())
		.reduce((sum, { receiver }) => sum + receiver.received.media, 0);
}

describe('connecting', () => {
	it('given three parties, when they come one after the other, then every pair has one connection, offered by the larger id, and media flows', async () => {
		const bench = openCallBench();
		const parties = await bench.joinAll('ann', 'ben', 'cat');

		expect(parties.map((party) => party.members())).toEqual([
			{ 'ben-2': 'up', 'cat-3': 'up' },
			{ 'ann-1': 'up', 'cat-3': 'up' },
			{ 'ann-1': 'up', 'ben-2': 'up' }
		]);
		expect(bench.invites().sort()).toEqual(['ben-2→ann-1 media', 'cat-3→ann-1 media', 'cat-3→ben-2 media']);
		expect(bench.network.openConnections).toBe(6);
		bench.network.tick();
		expect(received(bench)).toBe(12); // sound and picture, both ways, for three pairs
	});

	it('M26 given a call, when all others leave, then we stay in it without a connection', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await ben?.leave();

		expect(ann?.members()).toEqual({});
		expect(ann?.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann?.ledger.snapshot()).toEqual({});
		expect(Object.keys(ann?.context().media.lease?.tracks ?? {})).toEqual(['audio', 'video']);
		expect([...(ann?.tracks.values() ?? [])].map(({ readyState }) => readyState)).toEqual(['live', 'live']);
	});

	it('M33 given two without anything to send, when both are in, then nobody connects', async () => {
		const bench = openCallBench();
		const has = { audio: false, video: false };
		const [ann, ben] = [bench.openParty('ann', { has }), bench.openParty('ben', { has })];
		await ann.join();
		await ben.join();
		await bench.advance(60_000);

		expect(bench.invites()).toEqual([]);
		expect(ann.members()).toEqual({ 'ben-2': 'idle' });
	});

	it('M34 given two without anything to send, when one gets a microphone, then that one offers', async () => {
		const bench = openCallBench();
		const has = { audio: false, video: false };
		const [ann, ben] = [bench.openParty('ann', { has }), bench.openParty('ben', { has })];
		await ann.join();
		await ben.join();

		ann.setMedia({ has: { audio: true, video: false } });
		await bench.settle();

		expect(ann.bodies.updated).toEqual([{ inCall: true, audio: true, video: false }]);
		expect(bench.invites()).toEqual(['ann-1→ben-2 media']);
		expect(ben.members()).toEqual({ 'ann-1': 'up' });
	});

	it.each(['ann', 'ben'])(
		'M33 given two of whom %s alone sends, when the right to is taken, then both give the connection up at once, until there is something to send',
		async (name) => {
			const bench = openCallBench();
			const sender = bench.openParty(name);
			const listener = bench.openParty('anna', { has: { audio: false, video: false } });
			await sender.join();
			await listener.join();
			expect(listener.members()).toEqual({ [`${name}-1`]: 'up' });
			const everything = { ...roomInfo.permissions };

			const nothing = { publishAudio: false, publishVideo: false };
			await bench.describe(sender.id(), { permissions: { ...everything, ...nothing } });
			await bench.advance(1_000);
			expect(sender.members()).toEqual({ 'anna-2': 'idle' });
			expect(listener.members()).toEqual({ [`${name}-1`]: 'idle' });
			expect(bench.network.openConnections).toBe(0);

			await bench.describe(sender.id(), { permissions: everything });
			await bench.advance(1_000);
			expect(sender.members()).toEqual({ 'anna-2': 'up' });
			expect(listener.members()).toEqual({ [`${name}-1`]: 'up' });
		}
	);

	it('M09 given ten in the call, when we come, then at most four set-ups of ours are under way at once, and all are reached', async () => {
		const bench = openCallBench();
		const others = await bench.joinAll('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
		const late = bench.openParty('late');
		let most = 0;
		late.actor.subscribe(() => {
			const dialling = Object.values(late.members()).filter((state) => state === 'dialling').length;
			most = Math.max(most, dialling);
		});
		await late.join();
		await bench.advance(2_000);

		expect(most).toBe(4);
		expect(Object.values(late.members())).toEqual(others.map(() => 'up'));
	}, 20_000);

	it('given others that do not answer, when 5 s are over, then they no longer keep the next ones waiting', async () => {
		const bench = openCallBench();
		const [zed] = await bench.joinAll('zed');
		const silent = ['a-7', 'b-7', 'c-7', 'd-7', 'e-7', 'f-7'];
		await zed?.hear({ type: 'PARTICIPANTS_CHANGED', participants: present(...silent) });
		expect(bench.invites()).toHaveLength(4);

		await bench.advance(5_000);

		expect(bench.invites()).toHaveLength(6);
	});

	it('M10 given a member, when it comes back with another session, then the old connection goes and the new one is made', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await ben?.leave();
		const before = bench.relayed.length;
		const [again] = await bench.joinAll('ben');

		expect(ann?.members()).toEqual({ 'ben-3': 'up' });
		expect(again?.members()).toEqual({ 'ann-1': 'up' });
		expect(bench.relayed.slice(before).filter(({ to }) => to === 'ben-2')).toEqual([]);
		expect(bench.network.openConnections).toBe(2);
	});

	it('M10 given a member, when one list has it with another session, then the old connection is closed before the new one is made, without a word to the old', async () => {
		const bench = openCallBench();
		const [zed] = await bench.joinAll('zed');
		const [ben] = await bench.joinAll('ben');
		expect(zed?.members()).toEqual({ 'ben-2': 'up' });
		const before = bench.relayed.length;
		const opened = bench.network.connections.length;
		const old = bench.network.connections.filter(({ isClosed }) => !isClosed);
		let wasClosed: boolean | undefined;
		zed?.actor.subscribe(() => {
			if (bench.network.connections.length > opened) wasClosed ??= old.some(({ isClosed }) => isClosed);
		});
		await zed?.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: [
				{ sessionId: 'ben-9' as SessionId, presence: inCall },
				{ sessionId: ben?.id() ?? zoe, presence: out }
			]
		});

		expect(Object.keys(zed?.members() ?? {})).toEqual(['ben-9']);
		expect(bench.invites().slice(-1)).toEqual(['zed-1→ben-9 media']);
		expect(wasClosed).toBe(true);
		expect(bench.relayed.slice(before).filter(({ to }) => to === ben?.id())).toEqual([]);
	});

	it('I13 given those who have left, when time passes and we mute, raise a hand and react, then nothing is sent to them', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await ben?.leave();
		const before = bench.relayed.length;

		ann?.mute('microphone', 'off');
		ann?.actor.send({ type: 'RAISE_HAND' });
		ann?.actor.send({ type: 'REACT', emoji: '👍' });
		await bench.advance(30_000);

		expect(bench.relayed).toHaveLength(before);
	});
});

describe('too early, too late', () => {
	it('M11 given an offer of a session that is not listed yet, when it is, then it is answered', async () => {
		const bench = openCallBench();
		let isDeaf = true;
		const hears = ({ type }: { type: string }) => !(isDeaf && type === 'PARTICIPANTS_CHANGED');
		const ann = bench.openParty('ann', { hears });
		isDeaf = false;
		await ann.join();
		isDeaf = true;
		const [ben] = await bench.joinAll('ben');
		expect(ann.members()).toEqual({});
		expect(ann.context().early.map(({ signal }) => signal.kind)).toContain('invite');

		isDeaf = false;
		await bench.announce();

		expect(ann.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(ann.context().early).toEqual([]);
		expect(bench.invites()).toEqual(['ben-2→ann-1 media']);
	});

	it('M14 given an offer that comes while the answer to our join request is on its way, when we are in, then that offer is what connects us', async () => {
		const bench = openCallBench();
		const [zed] = await bench.joinAll('zed');
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'answered late');
		await ann.join();
		expect(ann.actor.getSnapshot().matches('joined')).toBe(false);
		expect(bench.invites()).toEqual(['zed-1→ann-2 media']);
		await ann.release('joinCall');
		await bench.advance(20_000);

		expect(bench.invites()).toEqual(['zed-1→ann-2 media']);
		expect(ann.members()).toEqual({ 'zed-1': 'up' });
		expect(zed?.members()).toEqual({ 'ann-2': 'up' });
	});

	it('M12 given a signal of an unknown session, when 30 s are over, then it is forgotten', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		await ann?.hear({ type: 'PEER_SIGNAL_RECEIVED', from: zoe, signal: offer('z-1') });
		await bench.advance(29_999);
		expect(ann?.context().early).toHaveLength(1);
		await bench.advance(1);

		expect(ann?.context().early).toEqual([]);
	});

	it('M13 given 65 signals of an unknown session, when they are kept, then 64 are', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		const signals = Array.from({ length: 65 }, (_, index) => candidates(`z-${index}`));
		await ann?.hear(
			...signals.map((signal) => ({ type: 'PEER_SIGNAL_RECEIVED' as const, from: zoe, signal }))
		);

		expect(ann?.context()).toMatchObject({ dropped: 1 });
		expect(ann?.context().early).toHaveLength(64);
	});

	it('given many unknown sessions, when they signal, then 256 signals are kept in all, the newest ones', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		for (let index = 0; index < 300; index += 1) {
			ann?.actor.send({
				type: 'PEER_SIGNAL_RECEIVED',
				from: `zoe-${index % 100}` as SessionId,
				signal: offer(`z-${index}`)
			});
		}

		expect(ann?.context().early).toHaveLength(256);
		expect(ann?.context().early.at(-1)?.signal.callId).toBe('z-299');
	});

	it.each(['constructor', '__proto__', 'toString'])(
		'given a call named %s, when its candidates come before it, then nothing breaks and it connects',
		async (name) => {
			const bench = openCallBench();
			const [ann] = await bench.joinAll('ann');
			const ben = bench.openParty('ben', { callIds: [name] });
			ben.script('joinCall', 'held');
			await ben.join();
			await ann?.hear(
				{ type: 'PARTICIPANTS_CHANGED', participants: present('ben-2') },
				{ type: 'PEER_SIGNAL_RECEIVED', from: 'ben-2' as SessionId, signal: candidates(name) }
			);
			await ben.release('joinCall');

			expect(ann?.broken).toEqual([]);
			expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		}
	);

	it.each(['constructor', '__proto__', 'toString'])(
		'given a session named %s, when it comes, speaks and goes, then it is one like any other',
		async (name) => {
			const bench = openCallBench();
			const [ann] = await bench.joinAll('ann');
			const id = name as SessionId;
			await ann?.hear(
				{ type: 'PEER_SIGNAL_RECEIVED', from: id, signal: offer('x') },
				{ type: 'MEMBER_STATE_RECEIVED', from: id, state: { kind: 'microphone', state: 'off' } },
				{ type: 'PARTICIPANTS_CHANGED', participants: present(id) }
			);
			expect(Object.keys(ann?.members() ?? {})).toEqual([name]);
			expect(ann?.broken).toEqual([]);

			await ann?.hear({ type: 'SESSIONS_LEFT', sessionIds: [id] });
			expect(Object.keys(ann?.members() ?? {})).toEqual([]);
		}
	);
});

describe('failure of one', () => {
	const failing = memberMachine.provide({
		actions: {
			remember: () => {
				throw new Error('a bug in a member');
			}
		}
	});

	it('M24 given a member whose machine throws, when it does, then the others go on and its connection is closed', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { member: failing });
		await ann.join();
		await bench.joinAll('ben', 'cat');
		expect(ann.ledger.snapshot()).toEqual({ 'peer-connection': 2 });

		child(ann, 'member:ben-2')?.send({ type: 'SET_MUTED', muted: { audio: true, video: true } });
		await bench.settle();

		expect(ann.broken).toEqual([]);
		expect(ann.members()).toEqual({ 'cat-3': 'up' });
		expect(ann.ledger.snapshot()).toEqual({ 'peer-connection': 1 });
	});

	it('M24 given a member that was taken out, when the next list comes, then it is put back and connected anew', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { member: failing });
		await ann.join();
		const [ben] = await bench.joinAll('ben');
		child(ann, 'member:ben-2')?.send({ type: 'SET_MUTED', muted: { audio: true, video: true } });
		await bench.settle();

		await bench.announce();
		await bench.advance(60_000);

		expect(ann.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(bench.network.openConnections).toBe(2);
	});

	it('M25 given an edge that throws, when it does, then only that connection suffers, and it is made again', async () => {
		const bench = openCallBench();
		let isBroken = false;
		const connections = (real: PeerConnections): PeerConnections => ({
			open: (options, listener) => {
				const edge = real.open(options, listener);
				return {
					...edge,
					command: (command) => {
						if (isBroken) throw new Error('a bug in an edge');
						edge.command(command);
					}
				};
			}
		});
		const ann = bench.openParty('ann', { connections });
		await ann.join();
		const [ben] = await bench.joinAll('ben');
		isBroken = true;
		ann.mute('microphone', 'off');
		await bench.advance(200);
		isBroken = false;
		expect(ann.broken).toEqual([]);

		await bench.advance(60_000);

		expect(ann.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
		expect(ann.ledger.snapshot()).toEqual({ 'peer-connection': 1 });
	});

	it('given a peer connection that the browser refuses, when it is tried, then only that member suffers and comes up with the next try', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		bench.network.refusals.push('UnknownError');
		const [ben] = await bench.joinAll('ben');
		await bench.advance(30_000);

		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
		expect(ben?.members()).toEqual({ 'ann-1': 'up' });
	});

	it.each(['chat', 'store'])('given a %s that breaks, when the call goes on, then it does', async (part) => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.actor.send({ type: `xstate.error.actor.${part}`, error: new Error('a bug'), actorId: part });

		await ann?.hear({ type: 'CHAT_CHANGED' });
		await bench.advance(60_000);

		expect(ann?.broken).toEqual([]);
		expect(ann?.actor.getSnapshot().matches('joined')).toBe(true);
		await ann?.leave();
		expect(ann?.output()?.reason).toBe('left');
	});

	it('given signaling that breaks, when it does, then the call ends with a reason and leaves nothing open', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		ann?.actor.send({
			type: 'xstate.error.actor.signaling',
			error: new Error('a bug'),
			actorId: 'signaling'
		});
		await bench.settle();

		expect(ann?.output()).toMatchObject({ reason: 'refused', code: 'server.unexpected' });
		expect(ann?.ledger.snapshot()).toEqual({});
	});
});

describe('names', () => {
	it('given a server that tells no names, when somebody comes, then it is asked once, for all who came', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		const ben = bench.openParty('ben', { isNameless: true });
		await ben.join();
		await bench.advance(60_000);

		expect(ann?.calls.filter((call) => call === 'listCallPeers')).toHaveLength(1);
		expect(ann?.context().peerNames['nc-2']).toBe('asked nc-2');
	});

	it('given a question for names that fails, when 10 s are over, then it is asked again', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		await bench.advance(300);
		ann?.script('listCallPeers', 'server.unreachable');
		await bench.openParty('ben', { isNameless: true }).join();
		await bench.advance(10_000);

		expect(ann?.calls.filter((call) => call === 'listCallPeers')).toHaveLength(2);
		expect(ann?.context().peerNames['nc-2']).toBe('asked nc-2');
	});
});

it('M47 given any history of lists, when the last one says who is in, then the members are those', async () => {
	const ids = ['b-1', 'c-1', 'd-1', 'e-1', 'z-1'] as const;
	const news = fc.oneof(
		fc.record({ list: fc.subarray([...ids]) }),
		fc.record({ twice: fc.subarray([...ids]) }),
		fc.record({ left: fc.subarray([...ids]) })
	);
	await fc.assert(
		fc.asyncProperty(fc.array(news, { maxLength: 8 }), fc.subarray([...ids]), async (history, last) => {
			const bench = openCallBench();
			const [ann] = await bench.joinAll('ann');
			const list = (inside: readonly string[]): ParticipantUpdate[] =>
				ids.map((id) => ({ sessionId: id as SessionId, presence: inside.includes(id) ? inCall : out }));
			for (const step of history) {
				if ('list' in step) await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: list(step.list) });
				if ('twice' in step) {
					const participants = list(step.twice);
					await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [...participants, ...participants] });
				}
				if ('left' in step) await ann?.hear({ type: 'SESSIONS_LEFT', sessionIds: step.left as SessionId[] });
			}

			await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: list(last) });

			expect(Object.keys(ann?.members() ?? {}).sort()).toEqual([...last].sort());
			expect(ann?.broken).toEqual([]);
		}),
		{ seed: 47, numRuns: 25 }
	);
}, 60_000);
