import { expect, it, vi } from 'vitest';
import { createLog } from './log.ts';

const silentSink = () => ({ debug: vi.fn(), warn: vi.fn() });

it('given warnings and counts, when they are told, then the console has them and the log keeps them', () => {
	const sink = silentSink();
	const log = createLog(sink, () => 7);
	log.warn('the call did not load', new TypeError('no'));
	log.count('frame');
	log.count('frame');
	log.debug('all closed');

	expect(sink.warn.mock.calls).toEqual([
		['[roost] the call did not load', 'TypeError: no'],
		['[roost] left out: frame']
	]);
	expect(log.counts()).toEqual({ frame: 2 });
	expect(log.lines()).toEqual([
		{ at: 7, level: 'warn', text: 'the call did not load (TypeError: no)' },
		{ at: 7, level: 'warn', text: 'left out: frame' },
		{ at: 7, level: 'debug', text: 'all closed' }
	]);
});

it('given more than 500 lines, when they are read, then they are the newest, oldest first', () => {
	const log = createLog(silentSink());
	for (let line = 0; line < 1_203; line++) log.debug(`line ${line}`);

	const texts = log.lines().map(({ text }) => text);
	expect(texts).toHaveLength(500);
	expect([texts[0], texts.at(-1)]).toEqual(['line 703', 'line 1202']);
});
