import type Database from 'libsql';
import type { Bot } from '../rooms/model.ts';
import type { Storage } from '../rooms/storage.ts';
import { botColumns, readBot, readCount } from './rows.ts';

/** The bots, the rooms they were let into, and what they have signed lately. */
export function createBotStorage(database: Database.Database) {
	const select = `SELECT ${botColumns} FROM bots b`;
	const add = database.prepare(
		`INSERT INTO bots (name, description, secret, url, features, state) VALUES (?, ?, ?, ?, ?, ?)`
	);
	const all = database.prepare(`${select} ORDER BY b.id`);
	const byId = database.prepare(`${select} WHERE b.id = ?`);
	const byUrl = database.prepare(`${select} WHERE b.url = ?`);
	const setState = database.prepare(
		`UPDATE bots SET state = ?, features = ?, error_count = 0, last_error_at = 0, last_error = '' WHERE id = ?`
	);
	const disable = database.prepare(`UPDATE bots SET state = 0 WHERE id = ?`);
	const remove = database.prepare(`DELETE FROM bots WHERE id = ?`);
	const inRoom = database.prepare(
		`${select} JOIN room_bots rb ON rb.bot_id = b.id WHERE rb.room_id = ? ORDER BY b.id`
	);
	const letIn = database.prepare(`INSERT OR IGNORE INTO room_bots (room_id, bot_id) VALUES (?, ?)`);
	const sendOut = database.prepare(`DELETE FROM room_bots WHERE room_id = ? AND bot_id = ?`);
	const fail = database.prepare(
		`UPDATE bots SET error_count = error_count + 1, last_error_at = ?, last_error = ? WHERE id = ?`
	);
	const errors = database.prepare(`SELECT COALESCE(SUM(error_count), 0) AS count FROM bots WHERE id = ?`);
	const forgetErrors = database.prepare(`UPDATE bots SET error_count = 0 WHERE id = ? AND error_count > 0`);
	const sign = database.prepare(
		`INSERT OR IGNORE INTO bot_signatures (bot_id, signature, used_at) VALUES (?, ?, ?)`
	);
	const forgetSignatures = database.prepare(`DELETE FROM bot_signatures WHERE used_at < ?`);
	const readIfAny = (row: unknown) => (row === undefined ? undefined : readBot(row));

	return {
		addBot({ name, description, secret, url, features, state }): Bot {
			add.run(name, description, secret, url, features, state);
			return readBot(byUrl.get(url));
		},
		bots: () => all.all().map(readBot),
		botById: (id) => readIfAny(byId.get(id)),
		botByUrl: (url) => readIfAny(byUrl.get(url)),
		setBotState(id, state, features) {
			setState.run(state, features, id);
		},
		disableBot(id) {
			disable.run(id);
		},
		removeBot(id) {
			remove.run(id);
		},
		botsOf: (roomId) => inRoom.all(roomId).map(readBot),
		letBotIn: (roomId, botId) => letIn.run(roomId, botId).changes > 0,
		sendBotOut: (roomId, botId) => sendOut.run(roomId, botId).changes > 0,
		countBotError(id, at, error) {
			fail.run(at, error, id);
			return readCount(errors.get(id));
		},
		forgetBotErrors(id) {
			forgetErrors.run(id);
		},
		useSignature: (botId, signature, at) => sign.run(botId, signature, at).changes > 0,
		forgetSignatures(usedBefore) {
			forgetSignatures.run(usedBefore);
		}
	} satisfies Partial<Storage>;
}
