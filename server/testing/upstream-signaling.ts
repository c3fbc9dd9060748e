import type { IncomingHttpHeaders, Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { TalkVersion } from './talk-versions.ts';

interface Frame {
	id?: string;
	type: string;
	hello?: { version: string; auth?: { url: string; params: object } };
	room?: { roomid: string; sessionid?: string };
	message?: { recipient: { sessionid?: string }; data: unknown };
}

interface Session {
	id: string;
	socket: WebSocket;
	room: string;
	nextcloudSessionId: string;
}

/** A signaling server of the time of one version of Talk: hello, room, who is in the call, messages between sessions. */
export function createUpstreamSignaling(server: Server, path: string, version: TalkVersion) {
	const { welcome } = version;
	const sockets = new WebSocketServer({ server, path });
	const sessions = new Map<string, Session>();
	/** of each socket: what it was opened with, and the address and version its hello named */
	const opened: {
		headers: IncomingHttpHeaders;
		url: string;
		hello?: { version: string; authUrl: string };
	}[] = [];

	sockets.on('connection', (socket, request) => {
		const entry: (typeof opened)[number] = { headers: request.headers, url: request.url ?? '' };
		opened.push(entry);
		const id = `session-${opened.length}`;
		const say = (frame: object) => socket.send(JSON.stringify(frame));
		if (welcome) say({ type: 'welcome', welcome: { features: welcome, version: '2.0.0' } });
		socket.on('close', () => sessions.delete(id));
		socket.on('message', (data: Buffer) => {
			const frame = JSON.parse(data.toString()) as Frame;
			if (frame.hello) {
				const { version: spoken, auth } = frame.hello;
				entry.hello = { version: spoken, authUrl: auth?.url ?? '' };
				sessions.set(id, { id, socket, room: '', nextcloudSessionId: '' });
				const features = welcome ?? ['audio-video-permissions'];
				const server = { version: '2.0.0', features };
				say({
					id: frame.id,
					type: 'hello',
					hello: { version: spoken, sessionid: id, resumeid: `resume-${id}`, userid: '', server }
				});
			} else if (frame.room) {
				const { roomid, sessionid = '' } = frame.room;
				sessions.set(id, { id, socket, room: roomid, nextcloudSessionId: sessionid });
				say({ id: frame.id, type: 'room', room: { roomid, properties: [] } });
				for (const { socket: other } of inRoom(roomid)) {
					other.send(
						JSON.stringify({ type: 'event', event: { target: 'room', type: 'join', join: joins(roomid) } })
					);
				}
			} else if (frame.message) {
				const { recipient, data: said } = frame.message;
				const message = { sender: { type: 'session', sessionid: id, userid: '' }, data: said };
				sessions.get(recipient.sessionid ?? '')?.socket.send(JSON.stringify({ type: 'message', message }));
			}
		});
	});

	const inRoom = (room: string) => [...sessions.values()].filter((session) => session.room === room);
	const joins = (room: string) =>
		inRoom(room).map(({ id, nextcloudSessionId }) => ({
			sessionid: id,
			userid: '',
			roomsessionid: nextcloudSessionId,
			...(version.joinsHaveFeatures && { features: [] })
		}));

	return {
		opened,
		/** As Nextcloud tells its signaling server; to everybody in the room of that session. */
		callChanged(_room: string, nextcloudSessionId: string, flags: number, name: string): void {
			const session = [...sessions.values()].find((one) => one.nextcloudSessionId === nextcloudSessionId);
			if (!session) return;
			const inCall = welcome === null ? flags !== 0 : flags;
			const entry = { sessionId: session.id, nextcloudSessionId, inCall, lastPing: 1_700_000_000 };
			const users = [{ ...entry, ...version.entryFields(name) }];
			const event = { target: 'participants', type: 'update', update: { roomid: session.room, users } };
			for (const { socket } of inRoom(session.room)) socket.send(JSON.stringify({ type: 'event', event }));
		},
		stop(): void {
			for (const socket of sockets.clients) socket.terminate();
			sockets.close();
		}
	};
}
