import * as v from 'valibot';
import type { Outbox } from '../../domain/store/ongoing-call.ts';
import { RoomToken } from '../../protocol/ids.ts';
import type { Database } from './database.ts';

const Row = v.object({
	account: v.string(),
	token: RoomToken,
	referenceId: v.string(),
	text: v.string(),
	writtenAt: v.number(),
	replyTo: v.exactOptional(v.number())
});

/** See the port for what each method promises. */
export function createOutbox(database: Database): Outbox {
	return {
		list: (account, token) =>
			database.run('outbox', 'readonly', async (rows) => {
				const range = { index: 'byRoom', from: [account, token, -Infinity], to: [account, token, Infinity] };
				return (await rows.list(range)).flatMap((row) => database.read(Row, row) ?? []);
			}),
		put: (message) => database.run('outbox', 'readwrite', (rows) => rows.put(v.parse(Row, message))),
		remove: (referenceId) => database.run('outbox', 'readwrite', (rows) => rows.delete(referenceId))
	};
}
