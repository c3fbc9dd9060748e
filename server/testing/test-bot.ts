import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a bot was told. */
interface Told {
	headers: IncomingHttpHeaders;
	body: string;
}

/** How the bot answers: with a status, or not at all. */
type Answer = { status: number; headers?: Record<string, string> } | 'nothing';

export const testBotSecret = 'a secret of forty characters or some more'.replaceAll(' ', '-');

/** A bot that remembers what it is told, on a free port of this machine. */
export async function startTestBot() {
	const told: Told[] = [];
	const held: ServerResponse[] = [];
	let answerWith: (told: Told) => Answer = () => ({ status: 200 });
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (chunk: Buffer) => (body += chunk.toString()));
		request.on('end', () => {
			const heard = { headers: request.headers, body };
			told.push(heard);
			const answer = answerWith(heard);
			if (answer === 'nothing') held.push(response);
			else response.writeHead(answer.status, answer.headers).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/webhook`,
		told,
		/** what it was told of this type, as objects */
		activities: (type: string) =>
			told
				.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
				.filter((one) => one['type'] === type),
		answer(how: (told: Told) => Answer): void {
			answerWith = how;
		},
		/** Says 200 to everything, also to what it did not answer until now. */
		catchUp(): void {
			answerWith = () => ({ status: 200 });
			for (const response of held.splice(0)) response.writeHead(200).end();
		},
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	};
}

/** The headers that prove the words of a bot. */
export function proofOf(
	words: string,
	{ secret = testBotSecret, random = randomBytes(32).toString('hex') } = {}
) {
	return {
		'x-nextcloud-talk-bot-random': random,
		'x-nextcloud-talk-bot-signature': createHmac('sha256', secret)
			.update(random + words)
			.digest('hex')
	};
}
