import type Database from 'libsql';
import type { FoundParticipant, MessageRange, NewMessage, Storage } from '../rooms/storage.ts';
import type { Attendee, Message, Participant, Post, Room } from '../rooms/model.ts';
import {
	attendeeColumns,
	messageColumns,
	readAttendee,
	readBacklog,
	readCallSummary,
	readCount,
	readGuestKey,
	readMessage,
	readRoom,
	readSession,
	readSignal,
	roomColumns,
	sessionColumns
} from './rows.ts';

const fromParticipants = `FROM sessions s JOIN attendees a ON a.id = s.attendee_id`;

/** Rooms in SQLite. The caller opened the database; closing the storage closes it. */
export function createSqliteStorage(database: Database.Database): Storage {
	return {
		...roomStorage(database),
		...attendeeStorage(database),
		...sessionStorage(database),
		...messageStorage(database),
		...signalStorage(database),
		transaction: (work) => database.transaction(work).immediate(),
		close() {
			database.close();
		}
	};
}

function roomStorage(database: Database.Database) {
	const byToken = database.prepare(`SELECT ${roomColumns} FROM rooms r WHERE r.token = ?`);
	const add = database.prepare(
		`INSERT INTO rooms (token, name, last_activity_at, owner_key) VALUES (?, ?, ?, ?)`
	);
	const setStart = database.prepare(`UPDATE rooms SET call_started_at = ? WHERE id = ?`);
	const setPassword = database.prepare(`UPDATE rooms SET password_hash = ? WHERE id = ?`);
	const setLobby = database.prepare(`UPDATE rooms SET lobby_state = ?, lobby_timer = ? WHERE id = ?`);
	const dueLobbies = database.prepare(
		`SELECT ${roomColumns} FROM rooms r WHERE r.lobby_state <> 0 AND r.lobby_timer > 0 AND r.lobby_timer <= ?`
	);

	return {
		roomByToken(token) {
			const row = byToken.get(token);
			return row === undefined ? undefined : readRoom(row);
		},
		addRoom({ token, name, lastActivityAt, ownerKey }): Room {
			const id = rowId(add.run(token, name, lastActivityAt, ownerKey));
			const unlocked = { passwordHash: null, lobbyState: 0, lobbyTimer: 0 } as const;
			return { id, token, name, permissions: 0, callStartedAt: null, lastActivityAt, ownerKey, ...unlocked };
		},
		setCallStart(roomId, startedAt) {
			setStart.run(startedAt, roomId);
		},
		setPasswordHash(roomId, hash) {
			setPassword.run(hash, roomId);
		},
		setLobby(roomId, state, timer) {
			setLobby.run(state, timer, roomId);
		},
		dueLobbies: (at) => dueLobbies.all(at).map(readRoom)
	} satisfies Partial<Storage>;
}

function attendeeStorage(database: Database.Database) {
	const byGuest = database.prepare(
		`SELECT ${attendeeColumns} FROM attendees a WHERE a.room_id = ? AND a.guest_key = ?`
	);
	const add = database.prepare(
		`INSERT INTO attendees (room_id, guest_key, actor_type, actor_id, display_name, type, permissions)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
	);
	const setType = database.prepare(`UPDATE attendees SET type = ? WHERE id = ?`);
	const rename = database.prepare(`UPDATE attendees SET display_name = ? WHERE id = ?`);
	const markRead = database.prepare(
		`UPDATE attendees SET last_read_message = ? WHERE id = ? AND last_read_message < ?`
	);
	const forget = database.prepare(
		`DELETE FROM attendees WHERE last_seen_at < ? AND id NOT IN (SELECT attendee_id FROM sessions)`
	);

	return {
		attendeeByGuest(roomId, guestKey) {
			const row = byGuest.get(roomId, guestKey);
			return row === undefined ? undefined : readAttendee(row);
		},
		addAttendee(attendee, guestKey): Attendee {
			const { roomId, actorType, actorId, displayName, type, permissions } = attendee;
			const result = add.run(roomId, guestKey, actorType, actorId, displayName, type, permissions);
			return { id: rowId(result), ...attendee };
		},
		setAttendeeType(attendeeId, type) {
			setType.run(type, attendeeId);
		},
		rename(attendeeId, displayName) {
			rename.run(displayName, attendeeId);
		},
		markRead: (attendeeId, messageId) => markRead.run(messageId, attendeeId, messageId).changes > 0,
		forgetAttendees: (unseenSince) => forget.run(unseenSince).changes
	} satisfies Partial<Storage>;
}

function sessionStorage(database: Database.Database) {
	const columns = `${sessionColumns}, ${attendeeColumns}`;
	const inRoom = database.prepare(
		`SELECT ${columns} ${fromParticipants} WHERE a.room_id = ? ORDER BY s.started_at, a.id`
	);
	const summary = database.prepare(
		`SELECT COUNT(*) AS count, COALESCE(MAX(s.call_flags & 1) | MAX(s.call_flags & 2) | MAX(s.call_flags & 4) |
		MAX(s.call_flags & 8), 0) AS flags ${fromParticipants} WHERE a.room_id = ? AND s.call_flags <> 0`
	);
	const commonRead = database.prepare(
		`SELECT COALESCE(MIN(a.last_read_message), 0) AS count ${fromParticipants} WHERE a.room_id = ?`
	);
	const byGuest = database.prepare(
		`SELECT ${columns} ${fromParticipants} WHERE a.room_id = ? AND a.guest_key = ?`
	);
	const byId = database.prepare(
		`SELECT ${columns}, ${roomColumns} ${fromParticipants} JOIN rooms r ON r.id = a.room_id WHERE s.id = ?`
	);
	const all = database.prepare(`SELECT ${sessionColumns} FROM sessions s`);
	const add = database.prepare(
		`INSERT INTO sessions (id, attendee_id, call_flags, started_at) VALUES (?, ?, ?, ?)`
	);
	const setFlags = database.prepare(`UPDATE sessions SET call_flags = ? WHERE id = ?`);
	const seen = database.prepare(
		`UPDATE attendees SET last_seen_at = ? WHERE id = (SELECT attendee_id FROM sessions WHERE id = ?)`
	);
	const remove = database.prepare(`DELETE FROM sessions WHERE id = ?`);
	const read = (row: unknown): Participant => ({ session: readSession(row), attendee: readAttendee(row) });

	return {
		participants: (roomId) => inRoom.all(roomId).map(read),
		callSummary: (roomId) => readCallSummary(summary.get(roomId)),
		commonRead: (roomId) => readCount(commonRead.get(roomId)),
		participantByGuest(roomId, guestKey) {
			const row = byGuest.get(roomId, guestKey);
			return row === undefined ? undefined : read(row);
		},
		participantBySession(id): FoundParticipant | undefined {
			const row = byId.get(id);
			return row === undefined
				? undefined
				: { ...read(row), room: readRoom(row), guestKey: readGuestKey(row) };
		},
		allSessions: () => all.all().map(readSession),
		addSession({ id, attendeeId, callFlags }, startedAt) {
			add.run(id, attendeeId, callFlags, startedAt);
		},
		setCallFlags(id, callFlags) {
			setFlags.run(callFlags, id);
		},
		removeSession(id, endedAt) {
			seen.run(endedAt, id);
			remove.run(id);
		}
	} satisfies Partial<Storage>;
}

function messageStorage(database: Database.Database) {
	const add = database.prepare(
		`INSERT INTO messages (room_id, actor_type, actor_id, actor_name, sent_at, text, system, reference_id,
		is_silent, parent_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	);
	const touch = database.prepare(`UPDATE rooms SET last_activity_at = ? WHERE id = ?`);
	const byId = database.prepare(`SELECT ${messageColumns} FROM messages m WHERE m.room_id = ? AND m.id = ?`);
	const select = `SELECT ${messageColumns} FROM messages m WHERE m.room_id = ?`;
	const newer = database.prepare(`${select} AND m.id >= ? ORDER BY m.id LIMIT ?`);
	const older = database.prepare(`${select} AND m.id <= ? ORDER BY m.id DESC LIMIT ?`);
	const last = database.prepare(
		`SELECT ${messageColumns} FROM messages m WHERE m.room_id = ? ORDER BY m.id DESC LIMIT 1`
	);

	const unread = database.prepare(
		`SELECT COUNT(*) AS count FROM messages WHERE room_id = ? AND id > ? AND system = ''`
	);

	const messageById = (roomId: number, id: number): Message | undefined => {
		const row = byId.get(roomId, id);
		return row === undefined ? undefined : readMessage(row);
	};
	const withParent = (row: unknown): Post => {
		const message = readMessage(row);
		const parent = message.parentId === null ? undefined : messageById(message.roomId, message.parentId);
		return parent ? { message, parent } : { message };
	};

	return {
		addMessage(message: NewMessage): Message {
			const { roomId, actorType, actorId, actorName, sentAt, text, system, referenceId } = message;
			const isSilent = message.isSilent ? 1 : 0;
			const values = [roomId, actorType, actorId, actorName, sentAt, text, system, referenceId];
			const result = add.run(...values, isSilent, message.parentId);
			touch.run(sentAt, roomId);
			return { id: rowId(result), ...message };
		},
		messageById,
		messages({ roomId, direction, from, isFromIncluded, limit }: MessageRange): Post[] {
			if (direction === 'newer') {
				return newer.all(roomId, isFromIncluded ? from : from + 1, limit).map(withParent);
			}
			const start = from === 0 ? Number.MAX_SAFE_INTEGER : isFromIncluded ? from : from - 1;
			return older.all(roomId, start, limit).map(withParent);
		},
		lastMessageId(roomId) {
			const row = last.get(roomId);
			return row === undefined ? 0 : readMessage(row).id;
		},
		unreadCount: (roomId, lastRead) => readCount(unread.get(roomId, lastRead))
	} satisfies Partial<Storage>;
}

function signalStorage(database: Database.Database) {
	const add = database.prepare(`INSERT INTO signals (session_id, text) VALUES (?, ?)`);
	const select = database.prepare(`SELECT id, text FROM signals WHERE session_id = ? ORDER BY id`);
	const remove = database.prepare(`DELETE FROM signals WHERE session_id = ?`);
	const giveBack = database.prepare(
		`INSERT INTO signals (id, session_id, text) SELECT ?, s.id, ? FROM sessions s WHERE s.id = ?`
	);
	const backlog = database.prepare(
		`SELECT COUNT(*) AS count, COALESCE(SUM(LENGTH(text)), 0) AS characters FROM signals WHERE session_id = ?`
	);

	return {
		addSignal(to, text) {
			add.run(to, text);
		},
		takeSignals(to) {
			const signals = select.all(to).map(readSignal);
			if (signals.length > 0) remove.run(to);
			return signals;
		},
		returnSignals(to, signals) {
			for (const { id, text } of signals) giveBack.run(id, text, to);
		},
		signalBacklog: (to) => readBacklog(backlog.get(to))
	} satisfies Partial<Storage>;
}

/** Ids of rows stay far below 2^53. */
function rowId({ lastInsertRowid }: Database.RunResult): number {
	return Number(lastInsertRowid);
}
