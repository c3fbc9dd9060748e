import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callFlag, participantType, permission } from '../../src/lib/protocol/call.ts';
import type { NextcloudSessionId } from '../../src/lib/protocol/ids.ts';
import { enterCall, leaveCall } from './call.ts';
import { newNextcloudSessionId, newRoomToken } from './ids.ts';
import type { Attendee, Room } from './model.ts';
import { allowedCallFlags, allPermissions, effectivePermissions, isModerator } from './permissions.ts';
import { createPresence } from './presence.ts';

const run = { seed: 20_26, numRuns: 200 };
const room = (permissions: number) => ({ permissions }) as Room;
const attendee = (type: number, permissions = 0) => ({ type, permissions }) as Attendee;

it('given any flags and permissions, when flags are cut, then no more is announced than is allowed', () => {
	const property = fc.property(
		fc.integer({ min: 0, max: 15 }),
		fc.integer({ min: 0, max: 511 }),
		(flags, bits) => {
			const cut = allowedCallFlags(flags, bits);

			expect(cut & ~flags).toBe(0);
			expect(cut & (callFlag.inCall | callFlag.phone)).toBe(flags & (callFlag.inCall | callFlag.phone));
			expect((cut & callFlag.audio) !== 0).toBe(
				(flags & callFlag.audio) !== 0 && (bits & permission.publishAudio) !== 0
			);
			expect((cut & callFlag.video) !== 0).toBe(
				(flags & callFlag.video) !== 0 && (bits & permission.publishVideo) !== 0
			);
		}
	);

	fc.assert(property, run);
});

it('given levels of permissions, when they are resolved, then the narrowest that was set counts', () => {
	const { custom, joinCall, chat } = permission;

	expect(effectivePermissions(room(0), attendee(participantType.guest))).toBe(502);
	expect(effectivePermissions(room(custom | chat), attendee(participantType.guest))).toBe(custom | chat);
	expect(effectivePermissions(room(custom | chat), attendee(participantType.guest, custom | joinCall))).toBe(
		custom | joinCall
	);
	expect(effectivePermissions(room(chat), attendee(participantType.guest))).toBe(502);
	expect(effectivePermissions(room(custom), attendee(participantType.guestModerator, custom))).toBe(
		allPermissions
	);
});

it('given every type of participant, when rights are asked for, then guest moderators may do all that moderators with an account may', () => {
	const types = Object.entries(participantType);

	expect(types.filter(([, type]) => isModerator(attendee(type))).map(([name]) => name)).toEqual([
		'owner',
		'moderator',
		'guestModerator'
	]);
});

it('given a call, when people come and go in any order, then it begins with the first and ends with the last', () => {
	const property = fc.property(fc.array(fc.nat({ max: 4 }), { maxLength: 40 }), (moves) => {
		const present = new Set<number>();
		let startedAt: number | null = null;
		let now = 1_000;
		const said: string[] = [];
		for (const who of moves) {
			now += 1;
			const isLeaving = present.delete(who);
			const step: ReturnType<typeof enterCall> = isLeaving
				? leaveCall(startedAt, present.size, now)
				: enterCall(startedAt, now);
			if (!isLeaving) present.add(who);
			startedAt = step.callStartedAt;
			said.push(...step.said.map(({ keyword }) => keyword));
			expect(startedAt !== null).toBe(present.size > 0);
		}

		const count = (keyword: string) => said.filter((word) => word === keyword).length;
		expect(count('call_started') - count('call_ended')).toBe(present.size > 0 ? 1 : 0);
		expect(count('call_started') + count('call_joined') - count('call_left')).toBe(present.size);
	});

	fc.assert(property, run);
});

it.each([
	[0, '0:00'],
	[65, '1:05'],
	[3_599, '59:59'],
	[3_661, '1:01:01'],
	[-5, '0:00']
])('given a call of %i seconds, when it ends, then it lasted %s', (lasted, text) => {
	const [, ended] = leaveCall(1_000, 0, 1_000 + lasted).said;

	expect(ended).toEqual({ keyword: 'call_ended', text: `The call ended after ${text}` });
});

it('given any random bytes, when ids are made, then they have the form that Talk gives them', () => {
	const bytes = fc.infiniteStream(fc.integer({ min: 0, max: 255 }));
	const property = fc.property(bytes, (stream) => {
		const random = (size: number) => Uint8Array.from(stream.take(size));

		expect(newNextcloudSessionId(random)).toMatch(/^[A-Za-z0-9+/]{255}$/);
		expect(newRoomToken(random)).toMatch(/^[a-z0-9]{10}$/);
	});

	fc.assert(property, { ...run, numRuns: 30 });
});

it('given signs of life, when time passes, then present and overdue follow them', () => {
	let now = 0;
	const presence = createPresence(() => now, { presentMs: 30, expiryMs: 100 });
	const id = (text: string) => text as NextcloudSessionId;
	presence.ping(id('pinged'));
	presence.hold(id('held'));
	presence.expect(id('expected'), 50);

	now = 30;
	expect(presence.isPresent(id('pinged'))).toBe(true);
	now = 51;
	expect(presence.isPresent(id('pinged'))).toBe(false);
	expect(presence.isPresent(id('held'))).toBe(true);
	expect(presence.overdue()).toEqual(['expected']);
	presence.ping(id('expected'));
	expect(presence.overdue()).toEqual([]);
	now = 101;
	expect(presence.overdue()).toEqual(['pinged']);
	presence.forget(id('pinged'));
	expect(presence.overdue()).toEqual([]);
	expect(presence.lastPingMs(id('held'))).toBe(101);
	expect(presence.lastPingMs(id('never'))).toBe(0);
});

it('given signs of life, when the clock is set, then they are as old as before, and nobody is overdue sooner or later', () => {
	let [now, elapsed] = [1_000, 0];
	const presence = createPresence(
		() => now,
		{ presentMs: 30, expiryMs: 100 },
		() => elapsed
	);
	const pinged = 'pinged' as NextcloudSessionId;
	presence.ping(pinged);
	presence.expect('expected' as NextcloudSessionId, 50);

	now += 1_000_000;
	elapsed += 20;
	expect(presence.isPresent(pinged)).toBe(true);
	expect(presence.lastPingMs(pinged)).toBe(1_000_980);
	expect(presence.overdue()).toEqual([]);
	now -= 1_000_500;
	elapsed += 81;

	expect(presence.isPresent(pinged)).toBe(false);
	expect(presence.overdue()).toEqual(['pinged', 'expected']);
});
