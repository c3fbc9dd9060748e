import type Database from 'libsql';
import type { Message, Post, Reaction } from '../rooms/model.ts';
import type { MessageRange, NewMessage, ReactionKey, Reference, Storage } from '../rooms/storage.ts';
import {
	messageColumns,
	readCount,
	readEmoji,
	readMessage,
	readReaction,
	readRoomId,
	rowId
} from './rows.ts';

/** The chat of the rooms. */
export function createMessageStorage(database: Database.Database) {
	// reactions go with their message, which counts them, and not at a time of their own
	const add = database.prepare(
		`INSERT INTO messages (room_id, actor_type, actor_id, actor_name, sent_at, text, system, reference_id,
		is_silent, parent_id, parameters, subject_type, subject_id, subject_name, expires_at)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
		CASE WHEN ?7 = 'reaction' THEN (SELECT expires_at FROM messages WHERE id = ?10)
		WHEN message_expiration = 0 THEN 0 ELSE ?5 + message_expiration END FROM rooms WHERE id = ?1`
	);
	const touch = database.prepare(`UPDATE rooms SET last_activity_at = ? WHERE id = ?`);
	const change = database.prepare(
		`UPDATE messages SET text = ?, system = ?, parameters = ?, is_deleted = ?, edited = ?, reactions = ?
		WHERE id = ?`
	);
	const clear = database.prepare(`DELETE FROM messages WHERE room_id = ?`);
	const expire = database.prepare(`DELETE FROM messages WHERE expires_at > 0 AND expires_at <= ?`);
	const overfull = database.prepare(
		`SELECT room_id AS roomId FROM messages GROUP BY room_id HAVING COUNT(*) > ?`
	);
	const trim = database.prepare(
		`DELETE FROM messages WHERE room_id = ? AND id <=
		(SELECT id FROM messages WHERE room_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`
	);

	const select = `SELECT ${messageColumns} FROM messages m`;
	const byId = database.prepare(`${select} WHERE m.room_id = ? AND m.id = ?`);
	const byReference = database.prepare(
		`${select} WHERE m.room_id = ? AND m.reference_id = ? AND m.reference_id <> '' AND m.actor_type = ? AND
		m.actor_id = ? ORDER BY m.id DESC LIMIT 1`
	);
	const newer = database.prepare(`${select} WHERE m.room_id = ? AND m.id >= ? ORDER BY m.id LIMIT ?`);
	const older = database.prepare(`${select} WHERE m.room_id = ? AND m.id <= ? ORDER BY m.id DESC LIMIT ?`);
	const last = database.prepare(`SELECT COALESCE(MAX(m.id), 0) AS count FROM messages m WHERE m.room_id = ?`);
	const written = `room_id = ? AND system = '' AND is_deleted = 0`;
	const lastButOne = database.prepare(
		`SELECT id AS count FROM messages WHERE ${written} ORDER BY id DESC LIMIT 1 OFFSET 1`
	);
	const unread = database.prepare(`SELECT COUNT(*) AS count FROM messages WHERE ${written} AND id > ?`);

	const reactions = `parent_id = ? AND system = 'reaction'`;
	const reactionsTo = database.prepare(
		`SELECT actor_type AS actorType, actor_id AS actorId, actor_name AS displayName, text AS emoji, sent_at AS at
		FROM messages WHERE ${reactions} ORDER BY id`
	);
	const emojiOf = database.prepare(
		`SELECT text AS emoji FROM messages WHERE ${reactions} AND actor_type = ? AND actor_id = ? ORDER BY id`
	);
	const reactionOf = database.prepare(
		`${select} WHERE ${reactions} AND m.actor_type = ? AND m.actor_id = ? AND m.text = ?`
	);
	const removeReactions = database.prepare(`DELETE FROM messages WHERE ${reactions}`);

	const readIfAny = (row: unknown) => (row === undefined ? undefined : readMessage(row));
	const messageById = (roomId: number, id: number) => readIfAny(byId.get(roomId, id));
	const withParent = (row: unknown): Post => {
		const message = readMessage(row);
		if (message.parentId === null) return { message };
		return { message, parent: messageById(message.roomId, message.parentId) ?? 'gone' };
	};
	const withParentIfAny = (row: unknown) => (row === undefined ? undefined : withParent(row));

	return {
		addMessage(message: NewMessage): Message {
			const { roomId, actorType, actorId, actorName, sentAt, text, system, referenceId } = message;
			const { isSilent, parentId, parameters = {}, subject = null } = message;
			const said = [roomId, actorType, actorId, actorName, sentAt, text, system, referenceId];
			const more = [isSilent ? 1 : 0, parentId, JSON.stringify(parameters)];
			const about = subject ? [subject.actorType, subject.actorId, subject.displayName] : [null, null, null];
			const id = rowId(add.run(...said, ...more, ...about));
			touch.run(sentAt, roomId);
			return readMessage(byId.get(roomId, id));
		},
		messageById,
		messageByReference: (roomId: number, { referenceId, actorType, actorId }: Reference) =>
			withParentIfAny(byReference.get(roomId, referenceId, actorType, actorId)),
		messages({ roomId, direction, from, isFromIncluded, limit }: MessageRange): Post[] {
			if (direction === 'newer') {
				return newer.all(roomId, isFromIncluded ? from : from + 1, limit).map(withParent);
			}
			const start = from === 0 ? Number.MAX_SAFE_INTEGER : isFromIncluded ? from : from - 1;
			return older.all(roomId, start, limit).map(withParent);
		},
		changeMessage({ id, text, system, parameters, isDeleted, edited, reactions }: Message): void {
			const [objects, by, counts] = [parameters, edited, reactions].map((value) => JSON.stringify(value));
			change.run(text, system, objects, isDeleted ? 1 : 0, by, counts, id);
		},
		clearMessages: (roomId: number) => clear.run(roomId).changes,
		removeExpired: (at: number) => expire.run(at).changes,
		trimMessages: (kept: number) =>
			overfull
				.all(kept)
				.map(readRoomId)
				.reduce((sum, roomId) => sum + trim.run(roomId, roomId, kept).changes, 0),
		reactionsTo: (messageId: number): Reaction[] => reactionsTo.all(messageId).map(readReaction),
		emojiOf: ({ messageId, actorType, actorId }: Omit<ReactionKey, 'emoji'>) =>
			emojiOf.all(messageId, actorType, actorId).map(readEmoji),
		reactionOf: ({ messageId, actorType, actorId, emoji }: ReactionKey) =>
			readIfAny(reactionOf.get(messageId, actorType, actorId, emoji)),
		removeReactions(messageId: number): void {
			removeReactions.run(messageId);
		},
		lastMessageId: (roomId: number) => readCount(last.get(roomId)),
		lastMessageIdButOne(roomId: number) {
			const row = lastButOne.get(roomId);
			return row === undefined ? 0 : readCount(row);
		},
		unreadCount: (roomId: number, lastRead: number) => readCount(unread.get(roomId, lastRead))
	} satisfies Partial<Storage>;
}
