import { expect, it } from 'vitest';
import { createLedger } from './ledger.ts';

function openLedger() {
	const warnings: string[] = [];
	const released: string[] = [];
	const ledger = createLedger((message) => warnings.push(message));
	return { ledger, warnings, released, release: (name: string) => () => void released.push(name) };
}

it('given entries of several owners, when one is released, then only its own go, newest first', () => {
	const { ledger, released, release } = openLedger();
	ledger.enter('ann', 'peer-connection', release('connection'));
	ledger.enter('ann', 'track', release('track'));
	ledger.enter('ben', 'track', release('track of ben'));

	ledger.releaseOwner('ann');
	ledger.releaseOwner('ann');

	expect(released).toEqual(['track', 'connection']);
	expect(ledger.snapshot()).toEqual({ track: 1 });
	expect(ledger.snapshot('ann')).toEqual({});
});

it('given a release that throws, when its owner is released, then the others still go and it is reported', () => {
	const { ledger, warnings, released, release } = openLedger();
	ledger.enter('ann', 'audio-node', release('first'));
	ledger.enter('ann', 'audio-context', () => {
		throw new Error('no');
	});
	ledger.enter('ann', 'track', release('last'));

	ledger.releaseOwner('ann');

	expect(released).toEqual(['last', 'first']);
	expect(warnings).toEqual(['could not release a audio-context of ann']);
	expect(ledger.snapshot()).toEqual({});
});

it('given an entry that left, when its owner is released, then it is not released again', () => {
	const { ledger, released, release } = openLedger();
	const leave = ledger.enter('ann', 'track', release('track'));

	leave();
	leave();
	ledger.releaseOwner('ann');

	expect(released).toEqual([]);
});

it('given a release that closes another entry, when the owner is released, then each goes once', () => {
	const { ledger, released, release } = openLedger();
	const leave = ledger.enter('ann', 'track', release('inner'));
	ledger.enter('ann', 'audio-node', () => {
		leave();
		released.push('outer');
	});

	ledger.releaseOwner('ann');

	expect(released).toEqual(['outer']);
});

it('given entries that came and went, when asked what was ever opened, then all of them count', () => {
	const { ledger, release } = openLedger();
	ledger.enter('ann', 'track', release('first'))();
	ledger.enter('ann', 'track', release('second'));
	ledger.enter('ben', 'peer-connection', release('connection'));
	ledger.releaseOwner('ann');

	expect(ledger.everOpened()).toEqual({ track: 2, 'peer-connection': 1 });
	expect(ledger.snapshot()).toEqual({ 'peer-connection': 1 });
});

it('given somebody waits for the ledger to be empty, when entries go one by one, then the last one tells', () => {
	const { ledger, release } = openLedger();
	const leave = ledger.enter('ann', 'track', release('track'));
	ledger.enter('ben', 'track', release('track of ben'));
	let told = 0;
	ledger.onEmpty(() => (told += 1));

	leave();
	expect(told).toBe(0);
	ledger.releaseOwner('ben');
	leave();

	expect(told).toBe(1);
});

it('given an empty ledger, when somebody waits for that, then it is told at once, and not after it has gone', () => {
	const { ledger, release } = openLedger();
	let told = 0;

	const end = ledger.onEmpty(() => (told += 1));
	expect(told).toBe(1);
	end();
	ledger.enter('ann', 'track', release('track'))();

	expect(told).toBe(1);
});
