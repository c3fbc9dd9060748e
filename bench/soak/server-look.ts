import * as v from 'valibot';
import { WebSocket } from 'ws';
import type { RoostServer } from '../../tests/support/roost-server.ts';

/** What the server has, after collecting its garbage. */
export interface ServerLook {
	/** Megabytes. */
	memory: number;
	heap: number;
	signalingSessions: number;
	sockets: number;
	roomSessions: number;
	callSessions: number;
}

interface ServerMeter {
	look(): Promise<ServerLook>;
	/**
	 * Until so many people are there in every respect.
	 * @throws when sessions are left over for longer than the server keeps any
	 */
	untilSessions(count: number): Promise<void>;
	close(): void;
}

/** The longest time that the server keeps somebody who is gone, and then some. */
const keptMs = 120_000;

/** What the server needs in its environment to be looked into: as it is started usually, but open to a debugger. */
export const inspectable = { NODE_OPTIONS: '--max-semi-space-size=4 --inspect=127.0.0.1:0' };

const Answer = v.object({
	id: v.number(),
	result: v.optional(v.looseObject({ usedSize: v.optional(v.number()) })),
	error: v.optional(v.unknown())
});

export async function openServerMeter(server: RoostServer): Promise<ServerMeter> {
	const [, address] = /Debugger listening on (ws:\/\/\S+)/.exec(server.log()) ?? [];
	if (address === undefined) throw new Error('the server can not be looked into');
	const socket = new WebSocket(address);
	await new Promise((settle, reject) => {
		socket.once('open', settle);
		socket.once('error', reject);
	});
	let asked = 0;
	const waiting = new Map<number, { settle: (usedSize: number) => void; fail: (cause: Error) => void }>();
	socket.on('message', (data: Buffer) => {
		const { success, output } = v.safeParse(Answer, JSON.parse(data.toString()));
		// news of the debugger have no id
		if (!success) return;
		const asker = waiting.get(output.id);
		waiting.delete(output.id);
		if (output.error === undefined) asker?.settle(output.result?.usedSize ?? 0);
		else asker?.fail(new Error(`the debugger of the server: ${JSON.stringify(output.error)}`));
	});
	socket.once('close', () => {
		for (const { fail } of waiting.values()) fail(new Error('the server ended'));
	});
	const ask = (method: string) =>
		new Promise<number>((settle, fail) => {
			const id = (asked += 1);
			waiting.set(id, { settle, fail });
			socket.send(JSON.stringify({ id, method }));
		});
	await ask('HeapProfiler.enable');

	const read = async () => {
		const text = await (await fetch(`${server.url}/metrics`)).text();
		return (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
	};
	const sessionsOf = (gauge: (name: string) => number) => ({
		signalingSessions: gauge('roost_signaling_sessions'),
		sockets: gauge('roost_signaling_sockets'),
		roomSessions: gauge('roost_room_sessions'),
		callSessions: gauge('roost_call_sessions')
	});
	return {
		look: async () => {
			await ask('HeapProfiler.collectGarbage');
			const heap = await ask('Runtime.getHeapUsage');
			const gauge = await read();
			return {
				memory: gauge('process_resident_memory_bytes') / 1024 / 1024,
				heap: heap / 1024 / 1024,
				...sessionsOf(gauge)
			};
		},
		untilSessions: async (count) => {
			const until = performance.now() + keptMs;
			while (true) {
				const sessions = sessionsOf(await read());
				if (Object.values(sessions).every((found) => found === count)) return;
				if (performance.now() > until) {
					throw new Error(`the server has kept sessions: ${JSON.stringify(sessions)} instead of ${count}`);
				}
				await new Promise((settle) => setTimeout(settle, 500));
			}
		},
		close: () => socket.terminate()
	};
}
