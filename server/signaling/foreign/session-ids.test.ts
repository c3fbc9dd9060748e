import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSessionIds } from './session-ids.ts';

const keys = {
	hashKey: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
	blockKey: 'fedcba9876543210fedcba9876543210'
};
const ids = createSessionIds(keys);
const data = { sid: 281_474_976_710_655, createdAt: Date.UTC(2026, 0, 1, 0, 0, 0, 250), backendId: 'cloud' };

/** As the high-performance backend 2.0.2 has given them to one session, with these keys. */
const given = {
	public:
		'V2deXsJl-e76h8FtxUd15jgfo3ixU8WALNfjOhzAskF8PT13Tm10LWI3TkFLV1VtTnNFM1Y3anFEdkNUWjhsS25rX2g2YUdjNWUxY21XbTZtQ244WHw1NzEwOTI1OTcx',
	private:
		'MTc5NTI5MDE3NXxaQnQ2RkxNd0MyejBvR3I4ek82dUR1UEIwUzRIMk1sbkxjSkhYTnA2dUtCVVRicTlnUT09fNXMm7JoeMFwMnEuLR1TiL4ns-qWfGb-fFfurQ0yE1JF'
};

it('given ids of a high-performance backend with the same keys, when they are read, then they mean one session', () => {
	const named = ids.decodePublic(given.public);

	expect(named).toEqual({ sid: expect.any(Number) as number, backendId: 'one' });
	expect(ids.decodePrivate(given.private)).toEqual(named);
});

it('given any session, when ids of it are made, then each is another text, and all mean it', () => {
	const session = fc.record({
		sid: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
		createdAt: fc.integer({ min: 0, max: 1e14 }),
		backendId: fc.string({ unit: 'grapheme', maxLength: 40 })
	});
	fc.assert(
		fc.property(session, (made) => {
			const { sid, backendId } = made;
			const [one, other] = [ids.encodePublic(made), ids.encodePublic(made)];

			expect(one).not.toBe(other);
			for (const id of [one, other]) expect(ids.decodePublic(id)).toEqual({ sid, backendId });
			expect(ids.decodePrivate(ids.encodePrivate(made))).toEqual({ sid, backendId });
			// Go reads no base64 without its padding
			expect(one).toMatch(/^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/);
		}),
		{ seed: 7, numRuns: 200 }
	);
});

it('given any text that was not made with the keys, when it is read, then it means nobody', () => {
	const made = Buffer.from(ids.encodePublic(data), 'base64url');
	const changed = fc
		.tuple(fc.nat(made.length - 1), fc.integer({ min: 1, max: 255 }))
		.map(([at, by]) => Buffer.from(made.map((byte, index) => (index === at ? byte ^ by : byte))));
	const texts = fc.oneof(
		fc.string({ unit: 'binary', maxLength: 200 }),
		fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
		changed.map((bytes) => bytes.toString('base64url'))
	);
	fc.assert(
		fc.property(texts, (text) => {
			expect(ids.decodePublic(text)).toBeUndefined();
			expect(ids.decodePrivate(text)).toBeUndefined();
		}),
		{ seed: 7, numRuns: 500 }
	);
});

it('given an id of one kind or of other keys, when it is read as another, then it means nobody', () => {
	const others = createSessionIds({ ...keys, hashKey: keys.hashKey.replaceAll('0', '1') });

	expect(ids.decodePrivate(ids.encodePublic(data))).toBeUndefined();
	expect(ids.decodePublic(ids.encodePrivate(data))).toBeUndefined();
	expect(ids.decodePublic(others.encodePublic(data))).toBeUndefined();
	expect(ids.decodePublic(`${ids.encodePublic(data)}${'A'.repeat(5_000)}`)).toBeUndefined();
});

it('given other keys to encrypt with, when an id is read, then what it says is not', () => {
	const others = createSessionIds({ ...keys, blockKey: keys.blockKey.replaceAll('f', 'e') });

	expect(others.decodePublic(ids.encodePublic(data))).not.toEqual({
		sid: data.sid,
		backendId: data.backendId
	});
});
