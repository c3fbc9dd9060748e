import { describe, expect, it } from 'vitest';
import { emptyDraft } from '../../domain/chat/draft.ts';
import { createDrafts } from './chat-drafts.ts';

const ben = { mentionId: 'guest/b', name: 'Ben', isEverybody: false };
const written = { text: 'half a thou', mentions: [ben], replyTo: 7 };

/** Storage of a tab, as far as it is used. */
function tabStorage(entries: Record<string, string> = {}) {
	const rows = new Map(Object.entries(entries));
	const storage = {
		getItem: (key: string) => rows.get(key) ?? null,
		setItem: (key: string, value: string) => void rows.set(key, value),
		removeItem: (key: string) => void rows.delete(key)
	};
	return { rows, storage };
}

describe('drafts', () => {
	it('given something written in one room, when the tab is reloaded, then it is there, and in that room alone', () => {
		const { storage } = tabStorage();
		createDrafts(storage).save('one', written);
		expect(createDrafts(storage).load('one')).toEqual(written);
		expect(createDrafts(storage).load('two')).toEqual(emptyDraft);
	});

	it('given it was sent, when the field is empty, then nothing is left', () => {
		const { storage, rows } = tabStorage();
		const drafts = createDrafts(storage);
		drafts.save('one', written);
		drafts.save('one', emptyDraft);
		expect([...rows]).toEqual([]);
	});

	it.each(['', 'x', '{}', '[]', '{"text":1,"mentions":[],"replyTo":null}'])(
		'given %j in the store, when it is read, then as nothing',
		(row) => {
			const { storage } = tabStorage({ 'roost.draft one': row });
			expect(createDrafts(storage).load('one')).toEqual(emptyDraft);
		}
	);

	it('given a tab that may not store anything, when it is asked to, then nothing fails', () => {
		const refuse = () => {
			throw new DOMException('no', 'SecurityError');
		};
		const refusing = { getItem: refuse, setItem: refuse, removeItem: refuse };
		for (const storage of [undefined, refusing]) {
			const drafts = createDrafts(storage);
			drafts.save('one', written);
			drafts.save('one', emptyDraft);
			expect(drafts.load('one')).toEqual(emptyDraft);
		}
	});
});
