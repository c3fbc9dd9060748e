import type { Page, Request } from '@playwright/test';
import * as v from 'valibot';

const Frame = v.object({
	type: v.string(),
	error: v.optional(v.object({ code: v.string() })),
	event: v.optional(v.object({ target: v.string(), type: v.string() }))
});

/**
 * Writes down what a page asks for, is told and stumbles over, for the report of one that did not get where it was to go.
 * Nothing secret is in it: of requests the path, of frames what kind they are.
 * @returns a line for each, until it is called
 */
export function keepAccount(page: Page): () => string {
	const lines: string[] = [];
	const startedAt = performance.now();
	const note = (what: string) => lines.push(`${(performance.now() - startedAt).toFixed(0)} ms ${what}`);
	const nameOf = (request: Request) => `${request.method()} ${new URL(request.url()).pathname}`;
	page.on('request', (request) => note(`> ${nameOf(request)}`));
	page.on('response', (response) => note(`< ${response.status()} ${nameOf(response.request())}`));
	page.on('requestfailed', (request) =>
		note(`! ${nameOf(request)}: ${request.failure()?.errorText ?? 'failed'}`)
	);
	page.on('console', (message) => note(`console: ${message.text()}`));
	page.on('pageerror', (error) => note(`! ${error.message}`));
	page.on('websocket', (socket) => {
		note('> socket');
		const noteFrame = (way: string) => (frame: { payload: string | Buffer }) =>
			note(`${way} ${kindOf(frame.payload.toString())}`);
		socket.on('framesent', noteFrame('>>'));
		socket.on('framereceived', noteFrame('<<'));
		socket.on('socketerror', (error) => note(`! socket: ${error}`));
		socket.on('close', () => note('! the socket closed'));
	});
	return () => lines.join('\n');
}

function kindOf(text: string): string {
	const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), Frame), text);
	if (!success) return 'something else';
	const { type, error, event } = output;
	return [type, error?.code, event?.target, event?.type].filter((word) => word !== undefined).join(' ');
}
