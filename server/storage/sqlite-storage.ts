import type Database from 'libsql';
import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { FoundParticipant, NewBan, Storage } from '../rooms/storage.ts';
import type { Attendee, Ban, Participant, Room, RoomSettings } from '../rooms/model.ts';
import { createBotStorage } from './bot-storage.ts';
import { createMessageStorage } from './message-storage.ts';
import { createPollStorage } from './poll-storage.ts';
import { createReadMemory } from './read-memory.ts';
import {
	attendeeColumns,
	banColumns,
	readAddress,
	readAttendee,
	readBacklog,
	readBan,
	readCallSummary,
	readCensus,
	readCount,
	readGuestKey,
	readRoom,
	readSession,
	readSignal,
	roomColumns,
	rowId,
	sessionColumns
} from './rows.ts';
import { inTransaction } from './transaction.ts';

const fromParticipants = `FROM sessions s JOIN attendees a ON a.id = s.attendee_id`;

/** Rooms in SQLite. The caller opened the database; closing the storage closes it. */
export function createSqliteStorage(database: Database.Database): Storage {
	const memory = createReadMemory(database);
	const [rooms, sessions] = [roomStorage(database), sessionStorage(database)];
	return {
		...rooms,
		roomByToken: memory.remember((token) => rooms.roomByToken(token)),
		...attendeeStorage(database),
		...moderationStorage(database),
		...sessions,
		participantBySession: memory.remember((id) => sessions.participantBySession(id)),
		...createMessageStorage(database),
		...createBotStorage(database),
		...createPollStorage(database),
		...signalStorage(database),
		transaction(work) {
			try {
				return inTransaction(database, work);
			} finally {
				memory.forget();
			}
		},
		close() {
			database.close();
		}
	};
}

function roomStorage(database: Database.Database) {
	const byToken = database.prepare(`SELECT ${roomColumns} FROM rooms r WHERE r.token = ?`);
	const add = database.prepare(
		`INSERT INTO rooms (token, name, last_activity_at, owner_key, moderator_hash, last_used_at, parent_id)
		VALUES (?, ?, ?, ?, ?, ?, (SELECT id FROM rooms WHERE token = ?))`
	);
	const ofParent = database.prepare(`SELECT ${roomColumns} FROM rooms r WHERE r.parent_id = ? ORDER BY r.id`);
	const setters = settersOf(database);
	const remove = database.prepare(`DELETE FROM rooms WHERE id = ?`);
	const unused = database.prepare(
		`SELECT ${roomColumns} FROM rooms r WHERE r.parent_id IS NULL
		AND MAX(r.last_used_at, r.last_activity_at, COALESCE(
		(SELECT MAX(MAX(b.last_used_at, b.last_activity_at)) FROM rooms b WHERE b.parent_id = r.id), 0)) < ? AND NOT EXISTS
		(SELECT 1 ${fromParticipants} JOIN rooms i ON i.id = a.room_id WHERE i.id = r.id OR i.parent_id = r.id)
		ORDER BY r.last_used_at LIMIT ?`
	);
	const setStart = database.prepare(`UPDATE rooms SET call_started_at = ? WHERE id = ?`);
	const setPassword = database.prepare(`UPDATE rooms SET password_hash = ? WHERE id = ?`);
	const setLobby = database.prepare(`UPDATE rooms SET lobby_state = ?, lobby_timer = ? WHERE id = ?`);
	const dueLobbies = database.prepare(
		`SELECT ${roomColumns} FROM rooms r WHERE r.lobby_state <> 0 AND r.lobby_timer > 0 AND r.lobby_timer <= ?`
	);

	return {
		roomByToken(token: RoomToken): Room | undefined {
			const row = byToken.get(token);
			return row === undefined ? undefined : readRoom(row);
		},
		addRoom({ token, name, lastActivityAt, ownerKey, moderatorHash = null, parentToken = null }): Room {
			add.run(token, name, lastActivityAt, ownerKey, moderatorHash, lastActivityAt, parentToken);
			return readRoom(byToken.get(token));
		},
		breakoutRooms: (roomId) => ofParent.all(roomId).map(readRoom),
		changeRoom(roomId, changes) {
			for (const setter of setters) setter(roomId, changes);
		},
		removeRoom(roomId) {
			remove.run(roomId);
		},
		unusedRooms: (since, limit) => unused.all(since, limit).map(readRoom),
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

/** One for each setting; a change that says nothing about it leaves it alone. */
function settersOf(database: Database.Database) {
	const setter = <Key extends keyof RoomSettings>(
		key: Key,
		columns: string,
		values: (value: RoomSettings[Key]) => (string | number | null)[]
	) => {
		const statement = database.prepare(`UPDATE rooms SET ${columns} WHERE id = ?`);
		return (roomId: number, changes: Partial<RoomSettings>) => {
			const value = changes[key];
			if (value !== undefined) statement.run(...values(value), roomId);
		};
	};
	const one = (value: string | number | null) => [value];
	return [
		setter('name', 'name = ?', one),
		setter('description', 'description = ?', one),
		setter('permissions', 'permissions = ?', one),
		setter('readOnly', 'read_only = ?', one),
		setter('messageExpiration', 'message_expiration = ?', one),
		setter('recordingConsent', 'recording_consent = ?', one),
		setter('moderatorHash', 'moderator_hash = ?', one),
		setter('breakoutMode', 'breakout_mode = ?', one),
		setter('breakoutStatus', 'breakout_status = ?', one),
		setter('avatar', 'avatar_emoji = ?, avatar_color = ?', (avatar) =>
			avatar ? [avatar.emoji, avatar.color] : [null, null]
		)
	];
}

function attendeeStorage(database: Database.Database) {
	const byGuest = database.prepare(
		`SELECT ${attendeeColumns} FROM attendees a WHERE a.room_id = ? AND a.guest_key = ?`
	);
	const byId = database.prepare(
		`SELECT ${attendeeColumns} FROM attendees a WHERE a.room_id = ? AND a.id = ?`
	);
	const byActor = database.prepare(
		`SELECT ${attendeeColumns} FROM attendees a WHERE a.room_id = ? AND a.actor_type = ? AND a.actor_id = ?`
	);
	const inRoom = database.prepare(
		`SELECT ${attendeeColumns} FROM attendees a WHERE a.room_id = ? ORDER BY a.id`
	);
	const guestKey = database.prepare(`SELECT a.guest_key AS guestKey FROM attendees a WHERE a.id = ?`);
	const add = database.prepare(
		`INSERT INTO attendees (room_id, guest_key, actor_type, actor_id, display_name, type, permissions,
		browser_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	);
	const setPermissions = database.prepare(`UPDATE attendees SET permissions = ? WHERE id = ?`);
	const setBrowser = database.prepare(`UPDATE attendees SET browser_key = ? WHERE id = ?`);
	const remove = database.prepare(`DELETE FROM attendees WHERE id = ?`);
	const setType = database.prepare(`UPDATE attendees SET type = ? WHERE id = ?`);
	const rename = database.prepare(`UPDATE attendees SET display_name = ? WHERE id = ?`);
	const markRead = database.prepare(
		`UPDATE attendees SET last_read_message = ? WHERE id = ? AND last_read_message < ?`
	);
	const setReadMarker = database.prepare(
		`UPDATE attendees SET last_read_message = ? WHERE id = ? AND last_read_message <> ?`
	);
	const forget = database.prepare(
		`DELETE FROM attendees WHERE last_seen_at < ? AND id NOT IN (SELECT attendee_id FROM sessions)
		AND room_id NOT IN (SELECT id FROM rooms WHERE parent_id IS NOT NULL)`
	);

	return {
		attendeeByGuest(roomId, guestKey) {
			const row = byGuest.get(roomId, guestKey);
			return row === undefined ? undefined : readAttendee(row);
		},
		addAttendee(attendee, guestKey): Attendee {
			const { roomId, actorType, actorId, displayName, type, permissions, browserKey } = attendee;
			const values = [roomId, guestKey, actorType, actorId, displayName, type, permissions];
			return { id: rowId(add.run(...values, browserKey)), ...attendee };
		},
		attendeeById(roomId, id) {
			const row = byId.get(roomId, id);
			return row === undefined ? undefined : readAttendee(row);
		},
		attendeeByActor(roomId, actorType, actorId) {
			const row = byActor.get(roomId, actorType, actorId);
			return row === undefined ? undefined : readAttendee(row);
		},
		attendees: (roomId) => inRoom.all(roomId).map(readAttendee),
		setAttendeePermissions(attendeeId, permissions) {
			setPermissions.run(permissions, attendeeId);
		},
		setBrowserKey(attendeeId, browserKey) {
			setBrowser.run(browserKey, attendeeId);
		},
		removeAttendee(attendeeId) {
			remove.run(attendeeId);
		},
		guestKeyOf(attendeeId) {
			const row = guestKey.get(attendeeId);
			return row === undefined ? undefined : readGuestKey(row);
		},
		setAttendeeType(attendeeId, type) {
			setType.run(type, attendeeId);
		},
		rename(attendeeId, displayName) {
			rename.run(displayName, attendeeId);
		},
		markRead: (attendeeId, messageId) => markRead.run(messageId, attendeeId, messageId).changes > 0,
		setReadMarker: (attendeeId, messageId) => setReadMarker.run(messageId, attendeeId, messageId).changes > 0,
		forgetAttendees: (unseenSince) => forget.run(unseenSince).changes
	} satisfies Partial<Storage>;
}

/** Who moderates a room whenever they come, and who may not come. */
function moderationStorage(database: Database.Database) {
	const promote = database.prepare(`INSERT OR IGNORE INTO moderators (room_id, browser_key) VALUES (?, ?)`);
	const countPromoted = database.prepare(
		`SELECT COUNT(*) AS count FROM moderators WHERE room_id = ? AND browser_key = ?`
	);
	const demote = database.prepare(`DELETE FROM moderators WHERE room_id = ? AND browser_key = ?`);
	const ban = database.prepare(
		`INSERT OR IGNORE INTO bans (room_id, moderator_type, moderator_id, moderator_name, banned_type, banned_id,
		banned_name, guest_key, browser_key, banned_at, internal_note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	);
	const banOf = database.prepare(
		`SELECT ${banColumns} FROM bans b WHERE b.room_id = ? AND b.banned_type = ? AND b.banned_id = ?`
	);
	const inRoom = database.prepare(`SELECT ${banColumns} FROM bans b WHERE b.room_id = ? ORDER BY b.id`);
	const countOfGuest = database.prepare(
		`SELECT COUNT(*) AS count FROM bans WHERE room_id = ? AND (guest_key = ? OR browser_key = ?)`
	);
	const unban = database.prepare(`DELETE FROM bans WHERE room_id = ? AND id = ?`);

	return {
		addModerator(roomId, browserKey) {
			promote.run(roomId, browserKey);
		},
		isModerator: (roomId, browserKey) => readCount(countPromoted.get(roomId, browserKey)) > 0,
		removeModerator(roomId, browserKey) {
			demote.run(roomId, browserKey);
		},
		addBan(roomId, { moderator, banned, guestKey, browserKey, bannedAt, internalNote }: NewBan): Ban {
			const by = [moderator.actorType, moderator.actorId, moderator.displayName];
			const whom = [banned.actorType, banned.actorId, banned.displayName, guestKey, browserKey];
			ban.run(roomId, ...by, ...whom, bannedAt, internalNote);
			return readBan(banOf.get(roomId, banned.actorType, banned.actorId));
		},
		bans: (roomId) => inRoom.all(roomId).map(readBan),
		isGuestBanned: (roomId, { guestKey, browserKey }) =>
			readCount(countOfGuest.get(roomId, guestKey, browserKey)) > 0,
		removeBan(roomId, banId) {
			unban.run(roomId, banId);
		}
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
	const census = database.prepare(
		`SELECT (SELECT COUNT(*) FROM rooms) AS rooms, (SELECT COUNT(*) FROM sessions) AS sessions,
		(SELECT COUNT(*) FROM rooms WHERE call_started_at IS NOT NULL) AS calls,
		(SELECT COUNT(*) FROM sessions WHERE call_flags <> 0) AS inCall`
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
	const byAttendee = database.prepare(`SELECT ${columns} ${fromParticipants} WHERE a.id = ?`);
	const address = database.prepare(`SELECT address FROM sessions WHERE id = ?`);
	const add = database.prepare(
		`INSERT INTO sessions (id, attendee_id, call_flags, started_at, address) VALUES (?, ?, ?, ?, ?)`
	);
	const use = database.prepare(
		`UPDATE rooms SET last_used_at = MAX(last_used_at, ?) WHERE id = (SELECT a.room_id ${fromParticipants} WHERE s.id = ?)`
	);
	const setFlags = database.prepare(`UPDATE sessions SET call_flags = ? WHERE id = ?`);
	const seen = database.prepare(
		`UPDATE attendees SET last_seen_at = ? WHERE id = (SELECT attendee_id FROM sessions WHERE id = ?)`
	);
	const remove = database.prepare(`DELETE FROM sessions WHERE id = ?`);
	const read = (row: unknown): Participant => ({ session: readSession(row), attendee: readAttendee(row) });

	return {
		participants: (roomId) => inRoom.all(roomId).map(read),
		census: () => readCensus(census.get()),
		callSummary: (roomId) => readCallSummary(summary.get(roomId)),
		commonRead: (roomId) => readCount(commonRead.get(roomId)),
		participantByGuest(roomId, guestKey) {
			const row = byGuest.get(roomId, guestKey);
			return row === undefined ? undefined : read(row);
		},
		participantBySession(id: NextcloudSessionId): FoundParticipant | undefined {
			const row = byId.get(id);
			return row === undefined
				? undefined
				: { ...read(row), room: readRoom(row), guestKey: readGuestKey(row) };
		},
		allSessions: () => all.all().map(readSession),
		participantByAttendee(attendeeId) {
			const row = byAttendee.get(attendeeId);
			return row === undefined ? undefined : read(row);
		},
		addressOf(id) {
			const row = address.get(id);
			return row === undefined ? '' : readAddress(row);
		},
		addSession({ id, attendeeId, callFlags }, startedAt, from) {
			add.run(id, attendeeId, callFlags, startedAt, from);
		},
		setCallFlags(id, callFlags) {
			setFlags.run(callFlags, id);
		},
		removeSession(id, endedAt) {
			seen.run(endedAt, id);
			use.run(endedAt, id);
			remove.run(id);
		}
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
