import { Agent, request } from 'node:http';
import * as v from 'valibot';
import { WebSocket } from 'ws';
import type { Place } from './places.ts';

type Frame = Record<string, unknown> & { type: string };

const Answer = v.object({ ocs: v.object({ data: v.unknown() }) });
const Joined = v.object({ sessionId: v.string() });
const Settings = v.object({ helloAuthParams: v.object({ '2.0': v.object({ token: v.string() }) }) });
const Made = v.object({ token: v.string() });
const Welcomed = v.object({ hello: v.object({ sessionid: v.string() }) });
const Came = v.object({ event: v.object({ join: v.array(v.object({ sessionid: v.string() })) }) });

/** Each visitor has an address of its own on this machine: a server that counts by address counts them one by one. */
const addressOf = (index: number) => `127.1.${Math.floor(index / 200)}.${1 + (index % 200)}`;

/** A guest with as little of their own as can be, so that what is measured is the server. */
export function createVisitor(place: Place, index: number) {
	const localAddress = addressOf(index);
	const agent = new Agent({ keepAlive: true, localAddress });
	const cookies = new Map<string, string>();
	const seen = new Set<string>();
	let socket: WebSocket | undefined;
	let sessionId = '';
	let nextcloudSessionId = '';
	let hello: unknown;
	let onText: (text: string) => void = () => undefined;

	const talk = (method: string, path: string, body?: object) =>
		new Promise<unknown>((resolve, reject) => {
			const sent = request(
				`${place.origin}/ocs/v2.php/apps/spreed/api/${path}`,
				{
					method,
					agent,
					headers: {
						accept: 'application/json',
						'ocs-apirequest': 'true',
						...(cookies.size > 0 && { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }),
						...(body && { 'content-type': 'application/json' })
					}
				},
				(response) => {
					for (const line of response.headers['set-cookie'] ?? []) {
						const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
						cookies.set(name, value);
					}
					let text = '';
					response.on('data', (chunk: Buffer) => (text += chunk.toString()));
					response.on('end', () => {
						if ((response.statusCode ?? 500) < 300) resolve(v.parse(Answer, JSON.parse(text)).ocs.data);
						else reject(new Error(`${method} ${path}: ${response.statusCode ?? 0} ${text}`));
					});
				}
			);
			sent.on('error', reject);
			sent.end(body && JSON.stringify(body));
		});

	const send = (frame: object) => socket?.send(JSON.stringify(frame));
	const waiting = new Map<string, (frame: Frame) => void>();
	const next = (type: string) => new Promise<Frame>((resolve) => waiting.set(type, resolve));
	/** Who is in the room, until there is something else to listen for. */
	function entering(text: string): void {
		const isEvent = text.includes('"type":"event"');
		// two hundred who come are told tens of thousands of things, most of which are not looked at
		if (isEvent && !text.includes('"type":"join"')) return;
		const frame = JSON.parse(text) as Frame;
		if (frame.type === 'error' || frame.type === 'bye') throw new Error(text);
		if (isEvent) for (const { sessionid } of v.parse(Came, frame).event.join) seen.add(sessionid);
		else waiting.get(frame.type)?.(frame);
	}

	return {
		index,
		get sessionId() {
			return sessionId;
		},
		makeRoom: async () =>
			v.parse(Made, await talk('POST', 'v4/room', { roomType: 3, roomName: 'Bench' })).token,
		/** Over http: into the room, and what the socket is to be told. */
		async join(token: string): Promise<void> {
			const joined = await talk('POST', `v4/room/${token}/participants/active`, { force: true });
			nextcloudSessionId = v.parse(Joined, joined).sessionId;
			const settings = v.parse(Settings, await talk('GET', `v3/signaling/settings?token=${token}`));
			const url = `${place.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
			hello = { version: '2.0', auth: { url, params: settings.helloAuthParams['2.0'] } };
		},
		/** Over the socket: hello, and into the room. */
		async enter(token: string): Promise<void> {
			const opened = new WebSocket(place.socket, { perMessageDeflate: false, localAddress });
			socket = opened;
			onText = entering;
			const [welcomed, entered] = [next('hello'), next('room')];
			opened.on('message', (data: Buffer) => onText(data.toString()));
			await new Promise<void>((resolve, reject) => {
				opened.on('open', () => resolve());
				opened.on('error', reject);
			});
			send({ id: 'hello', type: 'hello', hello });
			sessionId = v.parse(Welcomed, await welcomed).hello.sessionid;
			send({ id: 'room', type: 'room', room: { roomid: token, sessionid: nextcloudSessionId } });
			await entered;
		},
		/** how many are in the room as far as this one was told */
		seen,
		/** @param listener gets every frame from now on, as it came */
		listen(listener: (text: string) => void): void {
			onText = listener;
		},
		send,
		/** For good: a session whose socket is only closed waits for another. */
		close(): void {
			onText = () => undefined;
			if (socket?.readyState === WebSocket.OPEN) send({ type: 'bye', bye: {} });
			socket?.close();
			agent.destroy();
		}
	};
}
export type Visitor = ReturnType<typeof createVisitor>;
