import { describe, expect, it } from 'vitest';
import { openCallBench, type Party } from '../../../../tests/support/call-bench.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';

const stranger = 'zoe-99' as SessionId;
const inCall = { inCall: true, audio: true, video: true };
const own = (party: Party) => party.rows.map((row) => row?.own ?? 'deleted');
const requests = (party: Party) =>
	party.calls.filter((call) => !['fetchHistory', 'fetchNewer', 'setGuestName'].includes(call));

describe('the way in', () => {
	it('given a press of Join, when all goes well, then room, signaling and call follow in that order, and only then we are in', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		await ann.join();

		expect(requests(ann)).toEqual(['enterRoom', 'fetchSignalingSettings', 'joinCall']);
		expect(ann.bodies.joined).toEqual([inCall]);
		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
	});

	it('given a call that has begun, when the connections have had their moment, then the chat can send at once, and is told of what others write', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		await ann.join();
		expect(ann.actor.getSnapshot().children['chat']).toBeUndefined();

		await ann.release('enterRoom');
		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann.calls).not.toContain('fetchHistory');
		await ann.hear({ type: 'CHAT_CHANGED' }); // what is not there yet cannot look again
		await bench.advance(300);

		const chat = ann.actor.getSnapshot().children['chat'];
		expect(chat?.getSnapshot()).toMatchObject({ context: { isOnline: true, isTold: true } });
	});

	it('given signaling that takes nobody, when the chat is asked for, then it runs by asking, and is the one of the call later', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('fetchSignalingSettings', 'held');
		await ann.join();
		const chatOf = () => ann.actor.getSnapshot().children['chat'];
		ann.actor.send({ type: 'OPEN_CHAT' });
		expect(chatOf()).toBeUndefined();

		ann.actor.send({ type: 'SIGNALING_TROUBLE', code: 'signaling.refused' });
		ann.actor.send({ type: 'OPEN_CHAT' });
		const chat = chatOf();
		expect(chat?.getSnapshot()).toMatchObject({ context: { isOnline: true, isTold: false } });
		ann.actor.send({ type: 'SIGNALING_DOWN' });
		ann.actor.send({ type: 'OPEN_CHAT' });
		expect(chatOf()).toBe(chat);
		expect(chat?.getSnapshot()).toMatchObject({ context: { isOnline: true, isTold: false } });

		await ann.release('fetchSignalingSettings');
		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(chatOf()).toBe(chat);
		expect(chat?.getSnapshot()).toMatchObject({ context: { isOnline: true, isTold: true } });
	});

	it('given a room that lets strangers send nothing, when it is entered, then what its guests may send is announced from the start', async () => {
		const bench = openCallBench();
		const nothing = { publishAudio: false, publishVideo: false, publishScreen: false };
		const ann = bench.openParty('ann', {
			lookedUp: { permissions: { startCall: false, joinCall: false, chat: false, ...nothing } }
		});

		await ann.join();

		expect(ann.bodies.joined).toEqual([{ inCall: true, audio: true, video: true }]);
		expect(ann.bodies.updated).toEqual([]);
	});

	it('given a room that has not answered over the socket, when time passes, then the call is not announced', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('fetchSignalingSettings', 'held');
		await ann.join();
		await bench.advance(8_000);

		expect(ann.calls).not.toContain('joinCall');
		await ann.release('fetchSignalingSettings');
		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
	});

	it('given the crash of a tab at any moment, when the row is read, then it says how far we were', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		ann.script('leaveCall', 'held');
		await ann.join();
		expect(own(ann)).toEqual(['joining']); // before the request was answered
		expect(ann.row()).toMatchObject({ tabLease: { tabId: 'tab of ann' }, roomName: 'Room' });

		await ann.release('enterRoom');
		expect(ann.row()).toMatchObject({ own: 'joined', ownSessionId: ann.id(), server: 'active' });
		await ann.leave();
		expect(own(ann)).toEqual(['joining', 'joined', 'leaving']);
		await ann.release('leaveCall');

		expect(own(ann)).toEqual(['joining', 'joined', 'leaving', 'left']);
	});

	it('given a call, when half a minute passes, then the row is confirmed anew each time', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		await ann.join();
		const before = ann.row()?.confirmedAt ?? 0;

		await bench.advance(60_000);

		expect(own(ann)).toEqual(['joining', 'joined', 'joined', 'joined']);
		expect(ann.row()?.confirmedAt).toBe(before + 60_000);
		expect(ann.row()?.tabLease?.until).toBe(before + 60_000 + 90_000);
	});

	it('P11 given a store that fails, when somebody joins and leaves, then the call is unaffected and it is told once', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann', { isStoreBroken: true });
		await ann.join();
		await bench.advance(90_000);
		await ann.leave();

		expect(ann.broken).toEqual([]);
		expect(ann.output()?.reason).toBe('left');
		expect(ann.warnings).toEqual(['the call is not remembered in this browser']);
	});

	it('M04 given others in the call, when we are not confirmed, then nobody is dialled', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		const ben = bench.openParty('ben');
		ben.script('joinCall', 'held');
		await ben.join();
		await bench.announce();
		await bench.advance(5_000);
		expect(ben.members()).toEqual({});
		expect(bench.invites()).toEqual([]);

		await ben.release('joinCall');

		expect(bench.invites()).toEqual(['ben-2→ann-1 media']);
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });
	});

	it('M05 given a confirmation that overtakes the answer to the join request, when both are there, then we are in once, and everybody was dialled by then', async () => {
		const bench = openCallBench();
		await bench.joinAll('ann');
		const ben = bench.openParty('ben');
		ben.script('joinCall', 'held');
		await ben.join();
		await ben.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: [{ sessionId: 'ben-2' as SessionId, presence: inCall }]
		});
		expect(ben.actor.getSnapshot().matches('joined')).toBe(false);
		expect(bench.invites()).toEqual(['ben-2→ann-1 media']);

		await ben.release('joinCall');

		expect(ben.actor.getSnapshot().matches('joined')).toBe(true);
		expect(own(ben).filter((part) => part === 'joined')).toHaveLength(1);
		expect(bench.invites()).toEqual(['ben-2→ann-1 media']);
		expect(ben.members()).toEqual({ 'ann-1': 'up' });
	});

	it('given an announcement that nobody confirms, when 10 s are over, then it is made again', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		bench.loseLists(2); // of the room, and of the call
		await ann.join();
		await bench.advance(9_999);
		expect(ann.actor.getSnapshot().matches({ joining: 'confirming' })).toBe(true);

		await bench.advance(1);

		expect(ann.bodies.joined).toHaveLength(2);
		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
	});

	it('M06 given a join under way, when it is asked for again and again, then one request leaves, and none later', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		ann.script('joinCall', 'held');
		await ann.join();
		const press = async () => {
			ann.actor.start();
			ann.actor.send({ type: 'CONNECT_NOW' });
			ann.actor.send({ type: 'TAKE_OVER' });
			await bench.settle();
		};
		await press();
		await ann.release('enterRoom');
		await press();
		await bench.advance(60_000);
		expect(requests(ann)).toEqual(['enterRoom', 'fetchSignalingSettings', 'joinCall']);
		await ann.release('joinCall');
		await bench.advance(120_000);

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(requests(ann)).toEqual(['enterRoom', 'fetchSignalingSettings', 'joinCall']);
	});
});

describe('refusals', () => {
	it.each(['room.password', 'room.banned'] as const)(
		'M03 given a room that answers %s, when it is entered, then the call is over with that reason and the row says left',
		async (code) => {
			const bench = openCallBench();
			const ann = bench.openParty('ann');
			ann.script('enterRoom', code);
			await ann.join();

			expect(ann.output()).toMatchObject({ reason: 'refused', code });
			expect(own(ann)).toEqual(['joining', 'left']);
			expect(bench.clock.pending).toBe(0);
		}
	);

	it.each(['call.forbidden', 'call.consent', 'room.lobby'] as const)(
		'M03 given a call that answers %s, when it is joined, then it is over and the server hears goodbye',
		async (code) => {
			const bench = openCallBench();
			const ann = bench.openParty('ann');
			ann.script('joinCall', code);
			await ann.join();

			expect(ann.output()).toMatchObject({ reason: 'refused', code });
			expect(ann.sockets.at(-1)?.isOpen).toBe(false);
			expect(bench.clock.pending).toBe(0);
		}
	);

	it('given a room that is gone, when the server says so twice, 5 s apart, then it is believed', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'room.not-found', 'room.not-found');
		await ann.join();
		await bench.advance(4_999);
		expect(ann.status()).toBe('active');
		await bench.advance(1);

		expect(ann.output()).toMatchObject({ reason: 'refused', code: 'room.not-found' });
	});

	it('given a server that says not found once, when asked again, then we get in', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'room.not-found');
		await ann.join();
		await bench.advance(5_000);

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
	});

	it('given a server that does not answer, when it comes back, then we get in without a person, and they can know meanwhile', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'server.unreachable', 'server.maintenance');
		ann.script('joinCall', 'server.unreachable');
		await ann.join();
		expect(ann.context().trouble).toBe('server.unreachable');
		await bench.advance(3_000);

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann.context().trouble).toBeNull();
	});

	it('given a room session that the server has lost, when the call is joined, then a new one is made and the call joined with it', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'session.lost');
		await ann.join();
		await bench.advance(2_000);

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann.calls.filter((call) => call === 'enterRoom').length).toBeGreaterThan(1);
	});

	it('given a server that does not answer to the name, when we join, then nothing waits for it', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('setGuestName', 'held');

		await ann.join();

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann.calls).toContain('setGuestName');
	});

	it('given a name that does not get through, when we join, then we are in, and the others hear it from us', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		const ben = bench.openParty('ben', { isNameless: true });
		ben.script('setGuestName', 'server.unreachable');
		await ben.join();
		await bench.advance(100);

		expect(ben.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann?.context().said[ben.id()]?.name).toBe('ben');
	});
});

describe('a room open in another tab', () => {
	it('given one, when Join is pressed, then a person decides; when they take over, then the call goes on here', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'room.occupied');
		await ann.join();
		await bench.advance(60_000);
		expect(ann.actor.getSnapshot().matches({ joining: 'occupied' })).toBe(true);

		ann.actor.send({ type: 'TAKE_OVER' });
		await bench.settle();

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
	});

	it('given one, when a person goes away instead, then nothing of it is ended', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'room.occupied');
		await ann.join();

		await ann.leave();

		expect(requests(ann)).toEqual(['enterRoom', 'fetchSignalingSettings']);
		expect(ann.output()?.reason).toBe('left');
	});

	it('given one, when taking over is refused, then the reason is told', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'room.occupied', 'room.banned');
		await ann.join();
		ann.actor.send({ type: 'TAKE_OVER' });
		await bench.settle();

		expect(ann.output()).toMatchObject({ reason: 'refused', code: 'room.banned' });
	});
});

describe('the way out', () => {
	it('given a call, when a person leaves, then call and room are left, the server hears goodbye, and nothing is left open', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(5_000);

		await ben?.leave();

		expect(ben?.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(ben?.output()).toMatchObject({ reason: 'left', roomName: 'Room', durationMs: 5_000 });
		expect(ben?.ledger.snapshot()).toEqual({});
		expect(ann?.members()).toEqual({});
		expect(bench.network.openConnections).toBe(0);
	});

	it('M27 given eight others and a server that does not answer, when we leave, then connections close and media is given back before anything is asked, and it takes no longer than 3 s', async () => {
		const bench = openCallBench();
		const parties = await bench.joinAll('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
		await bench.advance(2_000);
		const last = parties.at(-1);
		if (last === undefined) throw new Error('nobody joined');
		expect(Object.values(last.members())).toEqual(Array.from({ length: 8 }, () => 'up'));
		last.script('leaveCall', 'held');
		last.script('leaveRoom', 'held');
		await bench.stopSockets();
		last.actor.send({ type: 'LEAVE' });
		expect(last.ledger.snapshot()).toEqual({});
		expect(last.members()).toEqual({});
		await bench.advance(2_999);
		expect(last.status()).toBe('active');

		await bench.advance(1);

		expect(last.output()?.reason).toBe('left');
		expect(own(last).at(-1)).toBe('left');
	}, 20_000);

	it('given a call that the server will not let us leave, when we leave, then the room is left all the same', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.script('leaveCall', 'session.lost');
		await ann?.leave();

		expect(ann?.calls.at(-1)).toBe('leaveRoom');
	});

	it('given a way out, when others come and signal meanwhile, then nobody is let in', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		ann?.script('leaveCall', 'held');
		await ann?.leave();

		await bench.joinAll('ben');

		expect(ann?.members()).toEqual({});
		expect(ann?.ledger.snapshot()).toEqual({});
	});

	it('M02 given a join under way, when a person changes their mind, then the call is never joined', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('enterRoom', 'held');
		await ann.join();
		await ann.leave();
		await ann.release('enterRoom');
		await bench.advance(10_000);

		expect(ann.calls).not.toContain('joinCall');
		expect(ann.output()?.reason).toBe('left');
		expect(bench.clock.pending).toBe(0);
	});

	it('given a moderator, when they end the call for everybody, then all are out, and nothing is sent by the others', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		ann?.actor.send({ type: 'LEAVE', forEveryone: true });
		await bench.settle();

		expect(ben?.output()?.reason).toBe('ended-for-all');
		expect(ben?.calls).not.toContain('leaveCall');
		expect(own(ben as Party).at(-1)).toBe('deleted');
		expect(bench.network.openConnections).toBe(0);
	});

	it.each(['talkMesh', 'native'] as const)(
		'M28 given a server that ended a %s call, when it says so, then no goodbye goes to anybody and all is closed',
		async (profile) => {
			const bench = openCallBench();
			bench.defaults.profile = profile;
			const [ann, ben] = await bench.joinAll('ann', 'ben');
			await bench.advance(20_000);
			expect(bench.network.openConnections).toBe(2);
			const before = bench.relayed.length;
			await bench.broadcast({ type: 'CALL_ENDED_FOR_ALL' });

			expect([ann?.output()?.reason, ben?.output()?.reason]).toEqual(['ended-for-all', 'ended-for-all']);
			expect(bench.relayed).toHaveLength(before);
			expect(bench.network.openConnections).toBe(0);
			expect(bench.clock.pending).toBe(0);
		}
	);

	it('given a call that ends for everybody before we are announced, when we come in, then nobody of it is taken to be there', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'server.unreachable', 'held');
		await ann.join();
		const participants = [{ sessionId: stranger, presence: inCall }];
		await ann.hear({ type: 'PARTICIPANTS_CHANGED', participants }, { type: 'CALL_ENDED_FOR_ALL' });
		await bench.advance(1_000);
		await ann.release('joinCall');

		expect(ann.actor.getSnapshot().matches('joined')).toBe(true);
		expect(ann.members()).toEqual({});
		expect(ann.emitted).toContainEqual({ type: 'ARRIVED', others: 0 });
	});

	it('given a server that shows us in the call before it answers, when the call ends for everybody, then it has for us', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'held');
		await ann.join();
		const participants = [{ sessionId: ann.id(), presence: inCall }];
		await ann.hear({ type: 'PARTICIPANTS_CHANGED', participants }, { type: 'CALL_ENDED_FOR_ALL' });

		expect(ann.output()?.reason).toBe('ended-for-all');
		expect(own(ann).at(-1)).toBe('deleted');
	});

	it('given a room that we are sent to on the way in, when the server says so, then we go there', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		const there = 'there' as RoomToken;
		ann.script('joinCall', 'held');
		await ann.join();
		await ann.hear({ type: 'SENT_TO_ROOM', token: there });

		expect(ann.output()).toMatchObject({ reason: 'left', sentTo: there });
	});

	it('given a recording, when the server says that it starts and stops, then the room says so', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann', 'ben');
		const isRecording = () => ann?.actor.getSnapshot().context.room?.isRecording;
		await bench.broadcast({ type: 'RECORDING_CHANGED', isRecording: true });
		expect(isRecording()).toBe(true);
		await bench.broadcast({ type: 'RECORDING_CHANGED', isRecording: false });

		expect(isRecording()).toBe(false);
	});

	it('given a moderator who takes us out, when our entry says so, then we are removed and the row says kicked', async () => {
		const bench = openCallBench();
		const [ann, ben] = await bench.joinAll('ann', 'ben');

		await bench.takeOut(ben?.id() ?? stranger);

		expect(ben?.output()?.reason).toBe('removed');
		expect(own(ben as Party).at(-1)).toBe('kicked');
		expect(ann?.members()).toEqual({});
	});

	it('given another tab that takes our session over, when it is told, then we are out and do not fight back', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		await ann?.hear({ type: 'REMOVED_FROM_ROOM', reason: 'replaced' });
		await bench.advance(60_000);

		expect(ann?.output()?.reason).toBe('replaced');
		expect(ann?.sockets).toHaveLength(1);
	});

	it('given a join under way, when we are removed from the room, then it is over and not waited for any longer', async () => {
		const bench = openCallBench();
		const ann = bench.openParty('ann');
		ann.script('joinCall', 'held');
		await ann.join();
		await ann.hear({ type: 'REMOVED_FROM_ROOM', reason: 'removed' });

		expect(ann.output()?.reason).toBe('removed');
		expect(bench.clock.pending).toBe(0);
	});
});
