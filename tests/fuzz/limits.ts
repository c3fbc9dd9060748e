import { WebSocket } from 'ws';
import { answerProblem, frameProblem } from './shapes.ts';
import { Broken } from './party.ts';
import { talk, type Answer, type FuzzServer } from './server.ts';

/** What somebody does again and again, faster than they may. */
export interface Burst {
	what: keyof typeof bounds;
	times: number;
	/** the pause before it */
	pauseMs: number;
}

/** The bounds of the server, as docs/protocol.md has them: so many at once, and the time until one more. */
export const bounds = {
	'wrong password': { most: 10, restMs: 30_000 },
	'wrong moderator link': { most: 10, restMs: 30_000 },
	'wrong order': { most: 10, restMs: 30_000 },
	'word of no bot': { most: 10, restMs: 30_000 },
	'room that is not there': { most: 300, restMs: 2_000 },
	message: { most: 30, restMs: 1_000 },
	frame: { most: 1_000, restMs: 10 },
	'failed hello': { most: 200, restMs: 1_000 }
} as const;

/** How much is left of each bound, by the clock of the server. */
function createLevels() {
	const levels = new Map<keyof typeof bounds, number>();
	return {
		pass(ms: number): void {
			for (const [what, level] of levels) {
				const { most, restMs } = bounds[what];
				levels.set(what, Math.min(most, level + ms / restMs));
			}
		},
		isOut: (what: keyof typeof bounds) => (levels.get(what) ?? bounds[what].most) + 1e-6 < 1,
		/** @returns how many of these are let through */
		take(what: keyof typeof bounds, times: number): number {
			const level = levels.get(what) ?? bounds[what].most;
			// what comes back in steps too small to count is a matter of rounding
			const through = Math.min(times, Math.floor(level + 1e-6));
			levels.set(what, level - through);
			return through;
		}
	};
}

/** Somebody who does too much of everything, at the bounds that the server has in earnest. @throws Broken */
export async function hurry(server: FuzzServer, bursts: readonly Burst[]): Promise<void> {
	const levels = createLevels();
	let cookie = '';
	const ask = async (method: string, path: string, body?: object, more: Record<string, string> = {}) => {
		const answer = await server.ask(
			method,
			path,
			{
				'ocs-apirequest': 'true',
				'content-type': 'application/json',
				...(cookie !== '' && { cookie }),
				...more
			},
			body && JSON.stringify(body)
		);
		const [given] = answer.headers['set-cookie'] ?? [];
		if (given !== undefined && cookie === '') cookie = given.split(';')[0] ?? '';
		const problem = answerProblem(method, path, answer);
		if (problem !== undefined) throw new Broken(problem);
		return answer;
	};
	const dataOf = ({ text }: Answer) => (JSON.parse(text) as { ocs: { data: { token: string } } }).ocs.data;
	const { token } = dataOf(await ask('POST', `${talk}v4/room`, { roomType: 3, roomName: 'Hurry' }));
	await ask('PUT', `${talk}v4/room/${token}/password`, { password: 'right' });
	await ask('POST', `${talk}v4/room/${token}/participants/active`, {});
	const stranger = { cookie: `roost_session=${'s'.repeat(43)}` };
	const line = await openLine(server);

	const deeds: Record<keyof typeof bounds, (index: number) => Promise<Answer> | Answer> = {
		'wrong password': () =>
			ask('POST', `${talk}v4/room/${token}/participants/active`, { password: 'wrong' }, stranger),
		'wrong moderator link': () =>
			ask('POST', `/ocs/v2.php/apps/roost/api/v1/rooms/${token}/moderators`, { secret: 'wrong' }, stranger),
		'wrong order': () => ask('POST', `/api/v1/room/${token}`, { type: 'delete', delete: {} }),
		'word of no bot': () =>
			ask(
				'POST',
				`${talk}v1/bot/${token}/message`,
				{ message: 'Hello' },
				{
					'x-nextcloud-talk-bot-random': 'r'.repeat(32),
					'x-nextcloud-talk-bot-signature': '0'.repeat(64)
				}
			),
		'room that is not there': (index) => ask('GET', `${talk}v4/room/nowhere${index}`, undefined, stranger),
		message: () => ask('POST', `${talk}v1/chat/${token}`, { message: 'Hello' }),
		frame: () => line.said({ type: 'hologram' }),
		'failed hello': () => line.said({ type: 'hello', hello: { version: '2.0', resumeid: 'guessed' } })
	};
	try {
		for (const { what, times, pauseMs } of bursts) {
			server.pass(pauseMs);
			levels.pass(pauseMs);
			// whoever has tried out too many tokens is let into no room
			const isStrange = what === 'wrong password' || what === 'wrong moderator link';
			const isKeptOut = isStrange && levels.isOut('room that is not there');
			// a frame too many is not looked into, and so is no failed hello either
			const looked = what === 'failed hello' ? levels.take('frame', times) : times;
			const expected = isKeptOut ? 0 : levels.take(what, looked);
			const answers: Answer[] = [];
			for (let index = 0; index < times; index += 1) answers.push(await deeds[what](index));
			const slowed = answers.filter(({ status }) => status === 429).length;
			if (times - slowed !== expected)
				throw new Broken(`${what}: ${times - slowed} of ${times} came through, and not ${expected}`);
		}
	} finally {
		line.close();
		const asAdministrator = { ...stranger, authorization: `Bearer ${server.adminToken}` };
		await ask('DELETE', `${talk}v4/room/${token}`, undefined, asAdministrator);
		server.pass(24 * 60 * 60_000);
	}
	const [accident] = server.accidents;
	if (accident !== undefined) throw new Broken(accident);
}

/** A socket that answers as http does: 429 for what came too soon. */
async function openLine(server: FuzzServer) {
	const socket = new WebSocket(`ws://127.0.0.1:${server.port}/signaling/spreed`, {
		perMessageDeflate: false
	});
	const heard: Record<string, unknown>[] = [];
	let wake = () => undefined as void;
	socket.on('message', (data: Buffer) => {
		heard.push(JSON.parse(data.toString()) as Record<string, unknown>);
		wake();
	});
	socket.on('close', () => wake());
	const next = async (): Promise<Record<string, unknown>> => {
		while (heard.length === 0) {
			if (socket.readyState === socket.CLOSED) throw new Broken('the socket was closed');
			await new Promise<void>((resolve) => (wake = resolve));
		}
		return heard.shift() ?? {};
	};
	await next();
	return {
		async said(frame: object): Promise<Answer> {
			socket.send(JSON.stringify(frame));
			const answer = await next();
			const problem = frameProblem(answer);
			if (problem !== undefined) throw new Broken(problem);
			const { code } = answer['error'] as { code: string };
			return { status: code === 'too_many_requests' ? 429 : 400, headers: {}, text: code };
		},
		close: () => socket.terminate()
	};
}
