import { createActor, SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import { roomInfo, token } from '../../../../tests/support/fake-talk-server.ts';
import { RoostError } from '../errors.ts';
import type { Attendee, ModerationApi } from '../talk-api.ts';
import type { NextcloudSessionId, SessionId } from '../../protocol/ids.ts';
import type { Order } from './deeds.ts';
import { moderationMachine, type ModerationEmitted } from './moderation-machine.ts';

const ben = 'ben' as SessionId;
const attendee = (attendeeId: number, more: Partial<Attendee> = {}): Attendee => ({
	attendeeId,
	actorType: 'guests',
	actorId: `actor-${attendeeId}`,
	name: `Guest ${attendeeId}`,
	isModerator: false,
	isHere: true,
	isInCall: false,
	passesLobby: false,
	permissions: 246,
	sessions: [`nc-${attendeeId}` as NextcloudSessionId],
	...more
});

/** The room's server in memory: what was asked of it, and who is there. */
function open({ isModerator = true, refuses = '' } = {}) {
	const asked: string[] = [];
	const orders: Order[] = [];
	const told: ModerationEmitted[] = [];
	const room = {
		attendees: [attendee(1), attendee(2, { isHere: false }), attendee(3)],
		unmoved: [] as SessionId[]
	};
	const ask = (what: string) => {
		asked.push(what);
		return what.startsWith(refuses) && refuses !== ''
			? Promise.reject(new RoostError('server.refused', 'scripted'))
			: Promise.resolve();
	};
	const api: ModerationApi = {
		listAttendees: async () => {
			await ask('list');
			return room.attendees;
		},
		setModerator: async (_, id, isOn) => ask(`moderator ${id} ${isOn}`),
		removeAttendee: async (_, id) => ask(`remove ${id}`),
		ban: async (_, { actorId }) => ask(`ban ${actorId}`),
		admit: async (_, { attendeeId }) => ask(`admit ${attendeeId}`),
		setLobby: async (_, isOn) => ask(`lobby ${isOn}`),
		setLocked: async (_, isOn) => ask(`lock ${isOn}`),
		makeModeratorLink: async () => {
			await ask('link');
			return 'https://calls.example/moderate/room/secret';
		}
	};
	const clock = new SimulatedClock();
	const actor = createActor(moderationMachine, {
		clock,
		input: {
			api: { ...api, lookUpRoom: async () => Promise.resolve({ ...roomInfo, isLobbyClosed: true }) },
			token,
			isModerating: () => isModerator,
			roomSessionOf: (session) => (session === ben ? ('nc-1' as NextcloudSessionId) : null),
			order: (order) => orders.push(order),
			unmoved: () => room.unmoved
		}
	});
	for (const type of ['DEED_DONE', 'DEED_FAILED', 'ORDER_UNHEARD'] as const) {
		actor.on(type, (event) => told.push(event));
	}
	actor.start();
	const settle = async () => {
		for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
	};
	const send = async (...events: Parameters<typeof actor.send>[0][]) => {
		for (const event of events) actor.send(event);
		await settle();
	};
	const advance = async (ms: number) => {
		clock.increment(ms);
		await settle();
	};
	return { actor, asked, orders, told, room, send, advance, known: () => actor.getSnapshot().context };
}

describe('the list', () => {
	it('given a moderator who looks, when time passes, then it is read again and again, and not after they look away', async () => {
		const { asked, send, advance, known } = open();
		await send({ type: 'OPENED' });
		expect(known()).toMatchObject({ room: { isLobbyClosed: true }, hasFailed: false });
		expect(known().attendees).toHaveLength(3);

		await advance(8_000);
		expect(asked).toEqual(['list', 'list']);
		await send({ type: 'CLOSED' });
		await advance(60_000);

		expect(asked).toEqual(['list', 'list']);
	});

	it('given somebody who does not moderate, when they look, then the server is not asked what it would refuse', async () => {
		const { asked, send } = open({ isModerator: false });

		await send({ type: 'OPENED' });

		expect(asked).toEqual([]);
	});

	it('given a server that does not answer, when it is read, then what was known stays, and that is said', async () => {
		const { send, known } = open({ refuses: 'list' });

		await send({ type: 'OPENED' });

		expect(known()).toMatchObject({ attendees: [], hasFailed: true });
	});
});

describe('deeds', () => {
	it('given somebody in the call, when they are removed and blocked, then the ban is for who they are by now', async () => {
		const { asked, told, send } = open();
		const deed = { kind: 'ban', whom: ben, name: 'Ben' } as const;

		await send({ type: 'DO', deed });

		expect(asked).toEqual(['list', 'ban actor-1']);
		expect(told).toEqual([{ type: 'DEED_DONE', deed, link: null }]);
	});

	it('given an open list, when a deed is done, then it is read at once', async () => {
		const { asked, send } = open();
		await send({ type: 'OPENED' });

		await send({ type: 'DO', deed: { kind: 'lock', isOn: true } });

		expect(asked).toEqual(['list', 'lock true', 'list']);
	});

	it('given people who wait, when all are let in, then those who are here and only they are', async () => {
		const { asked, send } = open();

		await send({ type: 'DO', deed: { kind: 'admit-all' } });

		expect(asked).toEqual(['list', 'admit 1', 'admit 3']);
	});

	it('given a server that refuses, when two things are asked for, then each is told with what it was about', async () => {
		const { told, send } = open({ refuses: 'remove' });
		const remove = { kind: 'remove', whom: 3, name: 'Guest 3' } as const;
		const promote = { kind: 'promote', whom: 3, name: 'Guest 3' } as const;

		await send({ type: 'DO', deed: remove }, { type: 'DO', deed: promote });

		expect(told).toEqual([
			{ type: 'DEED_FAILED', deed: remove, code: 'server.refused' },
			{ type: 'DEED_DONE', deed: promote, link: null }
		]);
	});

	it('given somebody who has gone, when they are to be removed, then nobody else is', async () => {
		const { asked, told, send } = open();

		await send({ type: 'DO', deed: { kind: 'remove', whom: 99, name: 'Nobody' } });

		expect(asked).toEqual(['list']);
		expect(told).toMatchObject([{ type: 'DEED_FAILED', code: 'server.refused' }]);
	});

	it('given a moderator link, when it is asked for, then it is told once and kept nowhere', async () => {
		const { told, send, known } = open();

		await send({ type: 'DO', deed: { kind: 'moderator-link' } });

		expect(told).toMatchObject([{ type: 'DEED_DONE', link: 'https://calls.example/moderate/room/secret' }]);
		expect(JSON.stringify(known())).not.toContain('secret');
	});
});

describe('orders', () => {
	const order: Order = { kind: 'mute', whom: [ben] };

	it('given an order that is followed, when time passes, then there is nothing more to say', async () => {
		const { orders, told, send, advance } = open();

		await send({ type: 'ORDER', order });
		await advance(10_000);

		expect(orders).toEqual([order]);
		expect(told).toEqual([]);
	});

	it('given an order that the server drops, when nothing has changed after a while, then that is said', async () => {
		const { room, told, send, advance } = open();
		room.unmoved = [ben];
		await send({ type: 'ORDER', order });
		expect(told).toEqual([]);

		await advance(4_000);

		expect(told).toEqual([{ type: 'ORDER_UNHEARD', order }]);
	});
});
