/**
 * Number n of the list leads from schema version n to n + 1. Released steps are never changed, only added to.
 * Times are Unix seconds.
 */
export const migrations: readonly string[] = [
	`
	CREATE TABLE rooms (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		token TEXT NOT NULL UNIQUE,
		name TEXT NOT NULL,
		permissions INTEGER NOT NULL DEFAULT 0,
		call_started_at INTEGER,
		last_activity_at INTEGER NOT NULL
	) STRICT;

	CREATE TABLE attendees (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		guest_key TEXT NOT NULL,
		actor_type TEXT NOT NULL,
		actor_id TEXT NOT NULL,
		display_name TEXT NOT NULL,
		type INTEGER NOT NULL,
		permissions INTEGER NOT NULL DEFAULT 0,
		last_read_message INTEGER NOT NULL DEFAULT 0,
		last_seen_at INTEGER NOT NULL DEFAULT 0,
		UNIQUE (room_id, guest_key),
		UNIQUE (room_id, actor_type, actor_id)
	) STRICT;

	CREATE TABLE sessions (
		id TEXT PRIMARY KEY,
		attendee_id INTEGER NOT NULL UNIQUE REFERENCES attendees (id) ON DELETE CASCADE,
		call_flags INTEGER NOT NULL DEFAULT 0,
		started_at INTEGER NOT NULL
	) STRICT;

	CREATE TABLE messages (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		actor_type TEXT NOT NULL,
		actor_id TEXT NOT NULL,
		actor_name TEXT NOT NULL,
		sent_at INTEGER NOT NULL,
		text TEXT NOT NULL,
		system TEXT NOT NULL DEFAULT '',
		reference_id TEXT NOT NULL DEFAULT '',
		is_silent INTEGER NOT NULL DEFAULT 0,
		parent_id INTEGER
	) STRICT;
	CREATE INDEX messages_by_room ON messages (room_id, id);
	`,
	`
	CREATE TABLE signals (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
		text TEXT NOT NULL
	) STRICT;
	CREATE INDEX signals_by_session ON signals (session_id, id);
	`,
	`
	ALTER TABLE rooms ADD COLUMN owner_key TEXT;
	ALTER TABLE rooms ADD COLUMN password_hash TEXT;
	ALTER TABLE rooms ADD COLUMN lobby_state INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE rooms ADD COLUMN lobby_timer INTEGER NOT NULL DEFAULT 0;
	CREATE INDEX rooms_by_lobby_timer ON rooms (lobby_timer) WHERE lobby_state <> 0 AND lobby_timer > 0;
	`
];
