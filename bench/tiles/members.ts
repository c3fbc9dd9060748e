import * as v from 'valibot';
import { WebSocket } from 'ws';
import { createTestClient } from '../../tests/support/test-client.ts';

/** What a call's sockets tell a member that is of any use here. */
const Told = v.union([
	v.object({
		type: v.literal('message'),
		message: v.object({
			sender: v.object({ sessionid: v.string() }),
			data: v.looseObject({ type: v.string(), sid: v.optional(v.string()) })
		})
	}),
	v.object({
		type: v.literal('event'),
		event: v.object({
			target: v.literal('participants'),
			type: v.literal('update'),
			update: v.object({
				users: v.optional(
					v.array(v.looseObject({ sessionId: v.string(), inCall: v.optional(v.number()) })),
					[]
				)
			})
		})
	})
]);
const Answer = v.looseObject({ id: v.string(), type: v.string() });
const Welcomed = v.object({ hello: v.object({ sessionid: v.string() }) });

export interface Signal {
	type: string;
	sid?: string | undefined;
	[name: string]: unknown;
}

/** Somebody in the room, as the server sees them; their media are elsewhere. */
export interface Member {
	readonly sessionId: string;
	/** @param flags 1 in the call, 2 with sound, 4 with pictures */
	join(flags: number): Promise<void>;
	leave(): Promise<void>;
	tell(to: string, data: object): void;
	close(): void;
}

interface MemberOptions {
	url: string;
	room: string;
	name: string;
	onsignal: (from: string, data: Signal) => void;
	/** Who is in the call, or no longer is. */
	onpresence: (sessionId: string, isIn: boolean) => void;
}

/** Enters the room, over http and over the socket, as Talk's clients do. */
export async function openMember({ url, room, name, onsignal, onpresence }: MemberOptions): Promise<Member> {
	const client = createTestClient(url);
	const joined = await client.joinRoom(room, name);
	const params = (await client.settings(room)).helloAuthParams['2.0'];
	const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/signaling/spreed`, {
		perMessageDeflate: false
	});
	const waiting = new Map<string, (frame: unknown) => void>();
	const send = (frame: object) => socket.send(JSON.stringify(frame));
	const ask = (type: string, body: object) =>
		new Promise<unknown>((resolve, reject) => {
			waiting.set(type, resolve);
			socket.once('close', () => reject(new Error(`the socket closed before ${type} was answered`)));
			send({ id: type, type, [type]: body });
		});
	socket.on('message', (raw: Buffer) => {
		const frame: unknown = JSON.parse(raw.toString());
		const answer = v.safeParse(Answer, frame);
		if (answer.success) {
			if (answer.output.type === 'error') throw new Error(`refused: ${raw.toString()}`);
			waiting.get(answer.output.id)?.(frame);
			return;
		}
		const { success, output } = v.safeParse(Told, frame);
		if (!success) return;
		if (output.type === 'message') onsignal(output.message.sender.sessionid, output.message.data);
		else {
			for (const { sessionId, inCall } of output.event.update.users) {
				if (inCall !== undefined) onpresence(sessionId, inCall > 0);
			}
		}
	});
	await new Promise<void>((resolve, reject) => {
		socket.once('open', resolve);
		socket.once('error', reject);
	});
	const backend = `${url}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
	const hello = await ask('hello', { version: '2.0', auth: { url: backend, params } });
	const sessionId = v.parse(Welcomed, hello).hello.sessionid;
	await ask('room', { roomid: room, sessionid: joined.sessionId });
	return {
		sessionId,
		join: async (flags) => {
			await client.talk('POST', `v4/call/${room}`, { flags, silent: true });
		},
		leave: async () => {
			await client.talk('DELETE', `v4/call/${room}`);
		},
		tell: (to, data) =>
			send({ type: 'message', message: { recipient: { type: 'session', sessionid: to }, data } }),
		close: () => {
			if (socket.readyState === WebSocket.OPEN) send({ id: 'bye', type: 'bye', bye: {} });
			socket.close();
		}
	};
}
