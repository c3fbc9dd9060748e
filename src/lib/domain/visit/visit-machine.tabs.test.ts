import { describe, expect, it } from 'vitest';
import { token } from '../../../../tests/support/call-bench.ts';
import { join, joining, openBrowser, openVisit } from '../../../../tests/support/visit-bench.ts';

describe('another tab', () => {
	/** A tab in the call, and what a second one of the same browser finds. */
	const openTwo = async (second: { tabId?: string; name?: string } = {}) => {
		const browser = openBrowser();
		const first = openVisit({ browser, tabId: 'first' });
		await first.settle();
		await first.send(join());
		expect(first.call()?.matches('joined')).toBe(true);
		const openSecond = () =>
			openVisit({ browser, guest: 'ann again', tabId: 'second', row: first.party.row(), ...second });
		return { browser, first, openSecond };
	};

	it('P09 given a call in another tab, when its link is opened, then this tab says so at once, and opens nothing', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		expect(second.value()).toBe('askingTab'); // nothing to be seen that would go away again
		await second.settle(); // no time passes

		expect(second.value()).toBe('elsewhere');
		expect(second.devices.requests).toEqual([]);
		expect(second.party.calls).toEqual([]);
		expect(first.call()?.matches('joined')).toBe(true);
	});

	it('P09 given both tabs, when the call is taken over, then it goes on here as muted as it was, and the first tab says that it moved', async () => {
		const { first, openSecond } = await openTwo();
		first.actor.getSnapshot().children.media?.send({ type: 'SET_MICROPHONE', intent: 'off' });
		const second = openSecond();
		await second.settle();
		const rows = first.party.rows.length;
		await second.send({ type: 'TAKE_OVER' });

		expect(first.value()).toBe('ended');
		expect(first.context().ended?.reason).toBe('replaced');
		expect(first.devices.liveTracks()).toBe(0);
		expect(first.party.calls.slice(-2)).toEqual(['leaveCall', 'leaveRoom']);
		expect(first.party.rows).toHaveLength(rows); // the row is the other tab's
		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.call()?.context.media).toMatchObject({ microphone: 'off', camera: 'on' });
		expect(second.devices.requests).toHaveLength(1);
		expect(Object.keys(second.party.rows.at(-1) ?? {})).toContain('tabLease');
		expect(second.party.row()).toMatchObject({ own: 'joined', tabLease: { tabId: 'second' } });
	});

	it('P09 given a tab that the call was taken from, when it is wanted there again, then it is taken back', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.settle();
		await second.send({ type: 'TAKE_OVER' });
		await first.send({ type: 'REJOIN' });

		expect(second.context().ended?.reason).toBe('replaced');
		expect(first.call()?.matches('joined')).toBe(true);
		await second.advance(10_000);
		expect(second.value()).toBe('ended'); // no fighting back
	});

	it('P09 given a copy of the tab, when it opens, then it is no way straight back in: it asks, and opens nothing', async () => {
		const { first, openSecond } = await openTwo({ tabId: 'first' });
		const copy = openSecond();
		await copy.settle();

		expect(copy.value()).toBe('elsewhere');
		expect(copy.devices.liveTracks()).toBe(0);
		expect(copy.party.calls).not.toContain('enterRoom');
		await copy.send({ type: 'JOIN_BESIDE' });
		expect(copy.value()).toBe('elsewhere'); // the server would take it for the same guest
		await copy.send({ type: 'TAKE_OVER' });
		expect([first.value(), copy.call()?.matches('joined')]).toEqual(['ended', true]);
	});

	it('P09 given a person who wants to be two guests, when they say so, then both tabs are in the call', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.send({ type: 'JOIN_BESIDE' });
		await second.settle();
		await second.send({ type: 'JOIN_BESIDE' }, join());

		expect(first.call()?.matches('joined')).toBe(true);
		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.members()).toEqual([`member:${first.call()?.context.ownSessionId ?? ''}`]);
	});

	it('P09 given a tab that does not answer a take-over any more, when 5 s are over, then the server decides', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.settle();
		first.actor.stop();
		await second.send({ type: 'TAKE_OVER' });
		await second.advance(4_999);
		expect(second.value()).toBe('takingOver');
		await second.advance(1);

		expect(second.call()?.matches('joined')).toBe(true);
	});

	it('P09 given a lease of another tab, when nobody answers for 300 ms, then the page before Join shows, and what was left of it is not dialled', async () => {
		const { first, openSecond } = await openTwo();
		const ghost = first.call()?.context.ownSessionId ?? '';
		expect(ghost).not.toBe('');
		first.actor.stop(); // a crash: its session stays at the server
		const second = openSecond();
		await second.advance(299);
		expect(second.value()).toBe('askingTab');
		await second.advance(1);
		expect(second.value()).toBe('ready');

		await second.send(join());

		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.call()?.context.ownSessionId).not.toBe(ghost);
		expect(Object.keys(second.call()?.context.roster ?? {})).not.toContain(ghost);
		expect(second.members()).toEqual([]);
	});

	it('P10 given a lease that has expired, when the link is opened, then the page before Join is there without waiting', async () => {
		const visit = openVisit({ before: { facts: [{ ...joining, tabId: 'other' }], agoMs: 90_000 } });
		await visit.settle();

		expect(visit.value()).toBe('ready');
	});

	it('P09 given a tab that answers late, when Join was not pressed yet, then it still asks', async () => {
		const browser = openBrowser();
		const visit = openVisit({ browser, before: { facts: [{ ...joining, tabId: 'other' }], agoMs: 1_000 } });
		await visit.advance(2_000);
		expect(visit.value()).toBe('ready');
		browser.tabs.open(() => undefined).answer({ tabId: 'other', token });
		await visit.settle();

		expect(visit.value()).toBe('elsewhere');
	});

	it('P09 given two tabs before Join, when one joins, then the other says so, and is before Join again once that one has left', async () => {
		const browser = openBrowser();
		const first = openVisit({ browser, tabId: 'first' });
		const second = openVisit({ browser, guest: 'ann again', tabId: 'second' });
		await second.settle();
		await first.send(join());

		expect([first.call()?.matches('joined'), second.value()]).toEqual([true, 'elsewhere']);
		await second.send(join());
		expect(second.party.calls).not.toContain('enterRoom');

		await first.send({ type: 'LEAVE' });
		expect([first.value(), second.value()]).toEqual(['ended', 'ready']);
		await second.send(join());
		expect([first.value(), second.call()?.matches('joined')]).toEqual(['ended', true]);
	});

	it('P09 given a call that went on to a second tab, when a third takes it over, then it leaves the second', async () => {
		const { browser, first, openSecond } = await openTwo();
		const second = openSecond();
		const third = openVisit({ browser, guest: 'third', tabId: 'third', row: first.party.row() });
		await second.settle();
		await second.send({ type: 'TAKE_OVER' });
		expect(third.value()).toBe('elsewhere');
		await third.send({ type: 'TAKE_OVER' });

		expect([first.value(), second.value(), third.value()]).toEqual(['ended', 'ended', 'inCall']);
		await first.send({ type: 'REJOIN' });
		expect([first.value(), second.value(), third.value()]).toEqual(['inCall', 'ended', 'ended']);
	});

	it('P09 given a tab that has left, when the call goes on in another, then coming back takes it from there', async () => {
		const browser = openBrowser();
		const first = openVisit({ browser, tabId: 'first' });
		await first.send(join());
		await first.send({ type: 'LEAVE' });
		const second = openVisit({ browser, guest: 'ann again', tabId: 'second' });
		await second.send(join());
		await first.send({ type: 'REJOIN' });

		expect([first.call()?.matches('joined'), second.context().ended?.reason]).toEqual([true, 'replaced']);
		await first.send({ type: 'LEAVE' });
		await second.send({ type: 'REJOIN' }); // nobody is waited for
		expect(second.call()?.matches('joined')).toBe(true);
	});

	it('P09 given a guest beside another, when either comes or goes, then the other stays as it is', async () => {
		const { first, openSecond } = await openTwo();
		const second = openSecond();
		await second.send({ type: 'JOIN_BESIDE' });
		await second.settle();
		await second.send({ type: 'JOIN_BESIDE' }, join());
		await first.send({ type: 'LEAVE' });
		expect([first.value(), second.value()]).toEqual(['ended', 'inCall']);
		await first.send({ type: 'REJOIN' });

		expect(first.call()?.matches('joined')).toBe(true);
		expect(second.call()?.matches('joined')).toBe(true);
	});

	it('P09 given a tab whose holder is asked, when Join is pressed meanwhile and nobody answers, then the press counts', async () => {
		const { first, openSecond } = await openTwo();
		first.actor.stop();
		const second = openSecond();
		expect(second.value()).toBe('askingTab');
		await second.send(join());
		expect(second.devices.requests).toEqual([]);
		await second.advance(300);

		expect(second.call()?.matches('joined')).toBe(true);
		expect(second.devices.requests).toHaveLength(1);
	});

	it('P09 given a tab in another call, or one that waits for its turn, when it is asked, then it is silent', async () => {
		const { browser, first } = await openTwo();
		const heard: string[] = [];
		const asking = browser.tabs.open(({ type }) => heard.push(type));
		asking.ask({ tabId: 'first', token: 'elsewhere' as typeof token });
		asking.ask({ tabId: 'another', token });
		await first.settle();
		expect(heard).toEqual([]);

		const waiting = openVisit({ browser, guest: 'copy', tabId: 'waiting' });
		waiting.party.script('enterRoom', 'room.occupied');
		await waiting.settle();
		await waiting.send(join());
		heard.length = 0; // that it was going in
		asking.ask({ tabId: 'waiting', token });
		await waiting.settle();
		expect(heard).toEqual([]);
		asking.ask({ tabId: 'first', token });
		await first.settle();
		expect(heard).toEqual(['TAB_ALIVE']);
	});
});
