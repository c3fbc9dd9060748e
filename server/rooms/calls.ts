import { callFlag, permission } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { endedByModerator, enterCall, leaveCall } from './call.ts';
import type { Participant, Room, RoomNews } from './model.ts';
import { allowedCallFlags, effectivePermissions, isModerator, isReadOnly, permits } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { nobody, saySystem, type Said } from './system-messages.ts';
import { admittedOf, commit, inCall, presenteeOf, seconds, type Presentee, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** How somebody wants to enter the call. */
interface CallEntry {
	/** bits of `callFlag` */
	flags: number;
	/** nobody is notified of a call that starts so */
	isSilent: boolean;
	/** to being recorded */
	hasConsented: boolean;
}

/** Entering, changing and leaving the call of a room. Every method throws a `Refusal` for what is not allowed. */
export function createCalls(world: World) {
	const { storage, presence } = world;

	/** Who is in the call and gave a sign of life lately. */
	function peers(token: RoomToken, guestKey: string): Participant[] {
		const { room } = admittedOf(world, token, guestKey);
		return inCall(storage.participants(room.id)).filter(({ session }) => presence.isPresent(session.id));
	}

	/** Enters or starts the call; for one who is in it, changes the flags and announces them again. */
	function join(token: RoomToken, guestKey: string, { flags, isSilent, hasConsented }: CallEntry): void {
		commit(world, (say) => {
			const presentee = admittedOf(world, token, guestKey);
			mustBeAllowedToJoin(presentee);
			if (presentee.room.recordingConsent !== 0 && !hasConsented) throw new Refusal('badRequest', 'consent');
			presence.ping(presentee.session.id);
			setFlags(presentee, flags | callFlag.inCall, say);
			if (presentee.session.callFlags !== 0) return;
			const { room } = presentee;
			// a call with nobody else in it has ended, whatever was written down before a crash
			const isAlone = storage.callSummary(room.id).sessions === 1;
			const step = enterCall(isAlone ? null : room.callStartedAt, seconds(world));
			apply(world, { ...presentee, isSilent }, step, say);
		});
	}

	/** @throws {Refusal} `badRequest` if not in the call or the flags lack the bit for being in it */
	function update(token: RoomToken, guestKey: string, flags: number): void {
		commit(world, (say) => {
			const presentee = admittedOf(world, token, guestKey);
			if (presentee.session.callFlags === 0 || !(flags & callFlag.inCall)) throw new Refusal('badRequest');
			setFlags(presentee, flags, say);
		});
	}

	function setFlags({ room, attendee, session }: Presentee, flags: number, say: Say): void {
		const callFlags = allowedCallFlags(flags, effectivePermissions(room, attendee));
		storage.setCallFlags(session.id, callFlags);
		const participants = [{ attendee, session: { ...session, callFlags } }];
		say({ type: 'participantsChanged', room, participants, about: 'call' });
	}

	/** Leaves the call; not being in it is no error. */
	function leave(token: RoomToken, guestKey: string): void {
		commit(world, (say) => leaveWithin(world, presenteeOf(world, token, guestKey), say));
	}

	/** @throws {Refusal} `notAllowed` for anyone but moderators */
	function endForAll(token: RoomToken, guestKey: string): void {
		commit(world, (say) => {
			const { room, attendee } = presenteeOf(world, token, guestKey);
			if (!isModerator(attendee)) throw new Refusal('notAllowed');
			endWithin(room, attendee, say);
		});
	}

	/** Ends the call on behalf of whoever runs the server; without one, nothing happens. */
	function endAll(token: RoomToken): void {
		commit(world, (say) => {
			const room = storage.roomByToken(token);
			if (room) endWithin(room, nobody, say);
		});
	}

	/** One piece of news, whatever the number of those who were in the call. */
	function endWithin(room: Room, author: typeof nobody, say: Say): void {
		const participants = inCall(storage.participants(room.id)).map((participant) => ({
			...participant,
			session: { ...participant.session, callFlags: 0 }
		}));
		if (participants.length === 0) return;
		for (const { session } of participants) storage.setCallFlags(session.id, 0);
		storage.setCallStart(room.id, null);
		say({ type: 'participantsChanged', room, participants, about: 'call', isEveryone: true });
		saySystem(world, room, author, endedByModerator(room.callStartedAt, seconds(world)), say);
	}

	/** Whoever is in the call stays in it, whatever has been taken from them or the room since. */
	function mustBeAllowedToJoin({ room, attendee, session }: Presentee): void {
		if (session.callFlags !== 0) return;
		if (isReadOnly(room)) throw new Refusal('notAllowed', 'read-only');
		const isRunning = storage.callSummary(room.id).sessions > 0;
		const needed = isRunning ? permission.joinCall : permission.startCall;
		if (!permits(room, attendee, needed)) throw new Refusal('notAllowed', 'permissions');
	}

	return { peers, join, update, leave, endForAll, endAll };
}
export type Calls = ReturnType<typeof createCalls>;

/** Takes one participant out of the call, inside a change that is already running. */
export function leaveWithin(world: World, presentee: Presentee, say: Say, isForOthers = false): void {
	const { room, attendee, session } = presentee;
	if (session.callFlags === 0) return;
	world.storage.setCallFlags(session.id, 0);
	say({
		type: 'participantsChanged',
		room,
		participants: [{ attendee, session: { ...session, callFlags: 0 } }],
		about: 'call',
		isForOthers
	});
	const others = world.storage.callSummary(room.id).sessions;
	const startedAt = world.storage.roomByToken(room.token)?.callStartedAt ?? null;
	apply(world, presentee, leaveCall(startedAt, others, seconds(world)), say);
}

interface Step {
	callStartedAt: number | null;
	said: readonly Said[];
}

function apply(world: World, by: Presentee & { isSilent?: boolean }, step: Step, say: Say): void {
	const { room, attendee, isSilent = false } = by;
	world.storage.setCallStart(room.id, step.callStartedAt);
	for (const said of step.said) {
		const author = said.keyword === 'call_ended' ? nobody : attendee;
		saySystem(world, room, author, { ...said, isSilent }, say);
	}
}
