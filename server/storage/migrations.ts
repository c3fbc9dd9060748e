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
	`,
	`
	ALTER TABLE rooms ADD COLUMN description TEXT NOT NULL DEFAULT '';
	ALTER TABLE rooms ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE rooms ADD COLUMN message_expiration INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE rooms ADD COLUMN recording_consent INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE rooms ADD COLUMN moderator_hash TEXT;
	ALTER TABLE rooms ADD COLUMN avatar_emoji TEXT;
	ALTER TABLE rooms ADD COLUMN avatar_color TEXT;
	ALTER TABLE rooms ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
	-- when rooms were last used was not written down before: the time until they are forgotten begins now
	UPDATE rooms SET last_used_at = unixepoch();

	ALTER TABLE attendees ADD COLUMN browser_key TEXT;
	ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
	ALTER TABLE messages ADD COLUMN subject_type TEXT;
	ALTER TABLE messages ADD COLUMN subject_id TEXT;
	ALTER TABLE messages ADD COLUMN subject_name TEXT;

	CREATE TABLE moderators (
		room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		browser_key TEXT NOT NULL,
		PRIMARY KEY (room_id, browser_key)
	) STRICT;

	CREATE TABLE bans (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		moderator_type TEXT NOT NULL,
		moderator_id TEXT NOT NULL,
		moderator_name TEXT NOT NULL,
		banned_type TEXT NOT NULL,
		banned_id TEXT NOT NULL,
		banned_name TEXT NOT NULL,
		guest_key TEXT,
		browser_key TEXT,
		banned_at INTEGER NOT NULL,
		internal_note TEXT NOT NULL,
		UNIQUE (room_id, banned_type, banned_id)
	) STRICT;
	`,
	`
	ALTER TABLE messages ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}';
	ALTER TABLE messages ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE messages ADD COLUMN is_deleted INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE messages ADD COLUMN edited TEXT NOT NULL DEFAULT 'null';
	ALTER TABLE messages ADD COLUMN reactions TEXT NOT NULL DEFAULT '{}';
	CREATE INDEX messages_by_parent ON messages (parent_id) WHERE parent_id IS NOT NULL;
	CREATE INDEX messages_by_expiry ON messages (expires_at) WHERE expires_at > 0;

	CREATE TABLE bots (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		name TEXT NOT NULL,
		description TEXT NOT NULL,
		secret TEXT NOT NULL,
		url TEXT NOT NULL UNIQUE,
		features INTEGER NOT NULL,
		state INTEGER NOT NULL,
		error_count INTEGER NOT NULL DEFAULT 0,
		last_error_at INTEGER NOT NULL DEFAULT 0,
		last_error TEXT NOT NULL DEFAULT ''
	) STRICT;

	CREATE TABLE room_bots (
		room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		bot_id INTEGER NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
		PRIMARY KEY (room_id, bot_id)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE bot_signatures (
		bot_id INTEGER NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
		signature TEXT NOT NULL,
		used_at INTEGER NOT NULL,
		PRIMARY KEY (bot_id, signature)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX bot_signatures_by_time ON bot_signatures (used_at);
	`,
	`
	CREATE INDEX messages_by_reference ON messages (room_id, reference_id) WHERE reference_id <> '';
	`,
	`
	ALTER TABLE rooms ADD COLUMN parent_id INTEGER REFERENCES rooms (id) ON DELETE CASCADE;
	ALTER TABLE rooms ADD COLUMN breakout_mode INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE rooms ADD COLUMN breakout_status INTEGER NOT NULL DEFAULT 0;
	CREATE INDEX rooms_by_parent ON rooms (parent_id) WHERE parent_id IS NOT NULL;
	`,
	`
	CREATE TABLE polls (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
		actor_type TEXT NOT NULL,
		actor_id TEXT NOT NULL,
		actor_name TEXT NOT NULL,
		question TEXT NOT NULL,
		options TEXT NOT NULL,
		result_mode INTEGER NOT NULL,
		max_votes INTEGER NOT NULL,
		status INTEGER NOT NULL
	) STRICT;
	CREATE INDEX polls_by_room ON polls (room_id);

	CREATE TABLE poll_votes (
		poll_id INTEGER NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
		actor_type TEXT NOT NULL,
		actor_id TEXT NOT NULL,
		actor_name TEXT NOT NULL,
		option_id INTEGER NOT NULL,
		PRIMARY KEY (poll_id, actor_type, actor_id, option_id)
	) STRICT, WITHOUT ROWID;
	`,
	`
	-- own reactions are looked up for each message that is shown, and what is unread is counted with each look at a room
	CREATE INDEX messages_reactions ON messages (parent_id, actor_type, actor_id) WHERE system = 'reaction';
	CREATE INDEX messages_written ON messages (room_id, id) WHERE system = '' AND is_deleted = 0;
	-- reactions had a time of their own before, after which their message still counted them
	UPDATE messages SET expires_at = (SELECT p.expires_at FROM messages p WHERE p.id = messages.parent_id)
	WHERE system = 'reaction' AND parent_id IN (SELECT id FROM messages);
	`
];
