import * as v from 'valibot';
import { isHeldByOther, tabLeaseMs } from '../../domain/store/next-row.ts';
import type { Outbox } from '../../domain/store/ongoing-call.ts';
import { RoomToken } from '../../protocol/ids.ts';
import type { Database } from './database.ts';

const Row = v.object({
	account: v.string(),
	token: RoomToken,
	referenceId: v.string(),
	text: v.string(),
	writtenAt: v.number(),
	replyTo: v.exactOptional(v.number()),
	// older versions wrote rows without these
	isRefused: v.exactOptional(v.boolean()),
	tabLease: v.exactOptional(v.object({ tabId: v.string(), until: v.number() }))
});

/**
 * See the port for what each method promises.
 * @param holder the tab that this is the outbox of, and its clock in unix milliseconds
 */
export function createOutbox(database: Database, holder: { tabId: string; now: () => number }): Outbox {
	const { tabId, now } = holder;
	const held = (row: object) => v.parse(Row, { ...row, tabLease: { tabId, until: now() + tabLeaseMs } });
	return {
		claim: (account, token) =>
			database.run('outbox', 'readwrite', async (rows) => {
				const range = { index: 'byRoom', from: [account, token, -Infinity], to: [account, token, Infinity] };
				const all = (await rows.list(range)).flatMap((row) => database.read(Row, row) ?? []);
				const own = all.filter((row) => !isHeldByOther(row, tabId, now())).map(held);
				await Promise.all(own.map((row) => rows.put(row)));
				return own;
			}),
		put: (message) => database.run('outbox', 'readwrite', (rows) => rows.put(held(message))),
		remove: (referenceId) => database.run('outbox', 'readwrite', (rows) => rows.delete(referenceId))
	};
}
