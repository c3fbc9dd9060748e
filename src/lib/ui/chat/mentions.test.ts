import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asDraft, emptyDraft, inTalksForm, mentionAt, withMention } from './mentions.ts';

const ben = { mentionId: 'guest/b1', name: 'Ben', isEverybody: false };
const benLong = { mentionId: 'guest/b2', name: 'Ben Long', isEverybody: false };
const all = { mentionId: 'all', name: 'Team', isEverybody: true };

describe('looking for somebody', () => {
	it.each([
		['@', 1, { from: 0, search: '' }],
		['hi @Be', 6, { from: 3, search: 'Be' }],
		['hi @Be there', 6, { from: 3, search: 'Be' }],
		['(@', 2, { from: 1, search: '' }],
		['ann@b', 5, null],
		['@Ben ', 5, null],
		['', 0, null]
	])('given %j and the caret at %i, when it is looked at, then %j', (text, caret, expected) => {
		expect(mentionAt(text, caret)).toEqual(expected);
	});

	it('given somebody chosen, when they are put in, then their name stands there, and the caret behind it', () => {
		const { draft, caret } = withMention(
			{ ...emptyDraft, text: 'hi @Be there' },
			{ from: 3, caret: 6, whom: ben }
		);
		expect(draft).toMatchObject({ text: 'hi @Ben there', mentions: [ben] });
		expect(caret).toBe('hi @Ben '.length);
	});
});

describe("Talk's form", () => {
	it('given people with names in each other, when it is sent, then each is who was meant', () => {
		const draft = { ...emptyDraft, text: '@Ben Long, @Ben and @Team: @Bens', mentions: [ben, benLong, all] };
		expect(inTalksForm(draft).text).toBe('@"guest/b2", @"guest/b1" and @all: @Bens');
	});

	it('given a name that was taken out again, when it is sent, then nobody is spoken to', () => {
		expect(inTalksForm({ ...emptyDraft, text: 'hello Ben', mentions: [ben] })).toEqual({
			text: 'hello Ben',
			mentions: []
		});
	});

	it('given any names, when a text with them is sent, then it is as long as its ids make it, and nothing else is changed', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 1 }), fc.string(), (name, rest) => {
				const whom = { mentionId: 'guest/x', name, isEverybody: false };
				const around = rest.replaceAll('@', '');
				const { text } = inTalksForm({ ...emptyDraft, text: `${around} @${name} `, mentions: [whom] });
				expect(text).toBe(`${around} @"guest/x" `);
			})
		);
	});

	it('given a message that speaks to people, when it is edited and sent unchanged, then it speaks to the same', () => {
		const parameters = {
			'mention-guest1': { type: 'guest', id: 'guest/b1', name: 'Ben' },
			'mention-call1': { type: 'call', id: 'demo', name: 'Team' },
			file: { type: 'file', id: '1', name: 'x' }
		};
		const draft = asDraft('{mention-guest1} {mention-call1} {file} {constructor}', parameters);
		expect(draft.text).toBe('@Ben @Team {file} {constructor}');
		expect(inTalksForm(draft).text).toBe('@"guest/b1" @all {file} {constructor}');
	});
});
