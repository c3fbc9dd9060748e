import { expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';

/** @returns the value of a line of the text, undefined without one */
const valueOf = (text: string, line: string): string | undefined =>
	text
		.split('\n')
		.find((one) => one.startsWith(`${line} `))
		?.slice(line.length + 1);

it('given sessions, sockets and frames, when the figures are asked for, then each is counted, and no word of a client is a label', async () => {
	await using server = await startTestServer();
	await using ann = server.client();
	await using ben = server.client();
	const first = await ann.enter('demo', 'Ann');
	const lost = await ben.enter('demo', 'Ben');
	lost.socket.close();
	await lost.socket.closed;
	await first.socket.ask({ type: 'hologram' });
	await first.socket.ask({ type: 'message', message: {} });
	await ann.enterSignalingRoom('demo');
	const text = async () => (await fetch(`${server.origin}/metrics`)).text();

	await expect.poll(async () => valueOf(await text(), 'roost_signaling_sockets')).toBe('1');
	const said = await text();
	expect(valueOf(said, 'roost_signaling_sessions')).toBe('2');
	expect(valueOf(said, 'roost_signaling_frames_total{type="hello"}')).toBe('2');
	expect(valueOf(said, 'roost_signaling_frames_total{type="room"}')).toBe('3');
	expect(valueOf(said, 'roost_signaling_frames_total{type="unknown"}')).toBe('1');
	expect(valueOf(said, 'roost_signaling_frames_total{type="malformed"}')).toBe('1');
	expect(valueOf(said, 'roost_signaling_errors_total{code="invalid_format"}')).toBe('1');
	expect(valueOf(said, 'roost_signaling_errors_total{code="already_joined"}')).toBe('1');
	expect(said).not.toContain('hologram');
});
