import { createActor, createMachine, SimulatedClock } from 'xstate';
import { expect, it } from 'vitest';
import { createLedger } from '../adapters/webrtc/ledger.ts';
import { createLog } from './log.ts';
import { createReleaseReport } from './release-report.ts';

const visitMachine = createMachine({
	initial: 'inCall',
	states: { inCall: { on: { LEAVE: 'ended' } }, ended: { on: { REJOIN: 'inCall' } } }
});

/** A page with a ledger, a console that keeps what it is told, and visits that open what the test says. */
function openPage() {
	const lines: string[] = [];
	const log = createLog({
		debug: (line: string) => lines.push(`debug ${line}`),
		warn: (line: string) => lines.push(`warning ${line}`)
	});
	const ledger = createLedger(log.warn);
	const clock = new SimulatedClock();
	const follow = createReleaseReport(ledger, log, clock);
	const openVisit = () => {
		const visit = createActor(visitMachine).start();
		follow(visit, () => visit.getSnapshot().matches('ended'));
		return visit;
	};
	const open = (kind: 'peer-connection' | 'track') => ledger.enter('ann', kind, () => undefined);
	return { lines, clock, openVisit, open };
}

it('given a call of which everything is closed by the time it is over, then a line for developers says so, with what there was', () => {
	const { lines, openVisit, open } = openPage();
	const visit = openVisit();
	const closings = [open('peer-connection'), open('track'), open('track')];
	for (const close of closings) close();
	expect(lines).toEqual([]);

	visit.send({ type: 'LEAVE' });

	expect(lines).toEqual([
		'debug [roost] nothing left open after the call (opened until now: peer-connection 1, track 2)'
	]);
});

it('given something that closes shortly after the call, then the line comes when it has closed', () => {
	const { lines, clock, openVisit, open } = openPage();
	const visit = openVisit();
	const close = open('track');
	visit.send({ type: 'LEAVE' });
	clock.increment(4_999);
	expect(lines).toEqual([]);

	close();
	clock.increment(10_000);

	expect(lines).toEqual(['debug [roost] nothing left open after the call (opened until now: track 1)']);
});

it('given something that is never closed, when the call is over for 5 s, then a warning names it, once', () => {
	const { lines, clock, openVisit, open } = openPage();
	const visit = openVisit();
	open('peer-connection');
	open('track');
	open('track');
	open('track')();

	visit.send({ type: 'LEAVE' });
	clock.increment(4_999);
	expect(lines).toEqual([]);
	clock.increment(60_000);

	expect(lines).toEqual(['warning [roost] left open after the call: peer-connection 1, track 2']);
});

it('given a person who goes back in at once, then nothing is said of what the next call uses, until that is over', () => {
	const { lines, clock, openVisit, open } = openPage();
	const visit = openVisit();
	const close = open('track');
	visit.send({ type: 'LEAVE' });
	visit.send({ type: 'REJOIN' });
	close();
	open('track')();
	clock.increment(60_000);
	expect(lines).toEqual([]);

	visit.send({ type: 'LEAVE' });

	expect(lines).toEqual(['debug [roost] nothing left open after the call (opened until now: track 2)']);
});

it('given a page that is left in the middle of a call, when something stays open, then that is a leak too', () => {
	const { lines, clock, openVisit, open } = openPage();
	const visit = openVisit();
	open('track');

	visit.stop();
	clock.increment(5_000);

	expect(lines).toEqual(['warning [roost] left open after the call: track 1']);
});

it('given a visit of another room is open when the first one ends, then what the second uses is no leak', () => {
	const { lines, clock, openVisit, open } = openPage();
	const first = openVisit();
	openVisit();
	open('track');

	first.stop();
	clock.increment(60_000);

	expect(lines).toEqual([]);
});
