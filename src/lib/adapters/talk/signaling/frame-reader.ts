import type { SocketEvent } from '../../../domain/signaling.ts';
import type { RoomToken, SessionId } from '../../../protocol/ids.ts';
import { parseControlMessage } from '../../../protocol/peer-message.ts';
import { parseServerFrame, type ServerFrame } from '../../../protocol/signaling.ts';
import { attempt } from './attempt.ts';
import type { Dialect } from './dialect.ts';
import { orderNews } from './peer-messages.ts';
import { eventNews } from './room-events.ts';

type Frame<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** The listening half of one signaling socket: knows what was asked, so that answers can be told from news. */
interface FrameReader {
	/** Every request has an id of its own; the answer to it has the same. */
	helloSent(id: string): void;
	roomRequested(id: string, token: RoomToken): void;
	/** What one frame means, in order. Never throws: what makes no sense is counted. */
	read(data: unknown): SocketEvent[];
	/** Our session id; `undefined` before the server accepted a hello. */
	own(): SessionId | undefined;
}

/**
 * @param dialect how the sessions negotiate connections
 * @param count is told the kind of each frame, or part of one, that was left out: a few dozen words in all
 */
export function createFrameReader(dialect: Dialect, count: (reason: string) => void): FrameReader {
	let helloId: string | undefined;
	let roomRequest: { id: string; token: RoomToken } | undefined;
	let room: RoomToken | undefined;
	let ownId: SessionId | undefined;
	let features: string[] = [];

	const welcomed = ({ welcome }: Frame<'welcome'>): SocketEvent[] => {
		features = welcome.features;
		return [{ type: 'WELCOME_RECEIVED', features }];
	};

	const helloAnswered = ({ hello }: Frame<'hello'>): SocketEvent[] => {
		helloId = undefined;
		ownId = hello.sessionid;
		features = hello.server?.features ?? features;
		return [{ type: 'HELLO_ACCEPTED', sessionId: ownId, resumeId: hello.resumeid, features }];
	};

	const joined = (token: RoomToken): SocketEvent[] => {
		roomRequest = undefined;
		room = token;
		return [{ type: 'ROOM_JOINED', token }];
	};

	const roomChanged = ({ id, room: { roomid } }: Frame<'room'>): SocketEvent[] => {
		if (roomid !== '' && id !== undefined && id === roomRequest?.id) return joined(roomid);
		// nobody asked: the server says more about the room we are in, or that we are no longer there
		if (roomid === room) return [];
		const wasKnown = room !== undefined;
		room = roomid === '' ? undefined : roomid;
		return roomid === '' || wasKnown ? [{ type: 'REMOVED_FROM_ROOM', reason: 'removed' }] : [];
	};

	const refused = ({ id, error: { code } }: Frame<'error'>): SocketEvent[] => {
		if (id !== undefined && id === helloId) {
			helloId = undefined;
			return [{ type: 'HELLO_REFUSED', code }];
		}
		if (id === undefined || id !== roomRequest?.id) return [{ type: 'REQUEST_REFUSED', code }];
		if (code === 'already_joined') return joined(roomRequest.token);
		roomRequest = undefined;
		return [{ type: 'ROOM_REFUSED', code }];
	};

	const relayed = ({ message: { sender, data } }: Frame<'message'>): SocketEvent[] => {
		const said = attempt('peer', (raw) => dialect.read(raw, sender.sessionid), data, count);
		if (said?.news.length === 0) count(`peer.ignored: ${said.type}`);
		return said?.news ?? [];
	};

	const ordered = ({ control: { sender, data } }: Frame<'control'>): SocketEvent[] => {
		const order = attempt('control', parseControlMessage, data, count);
		return order ? [orderNews(order, sender.sessionid)] : [];
	};

	const meaningOf = (frame: ServerFrame): SocketEvent[] => {
		switch (frame.type) {
			case 'welcome':
				return welcomed(frame);
			case 'hello':
				return helloAnswered(frame);
			case 'room':
				return roomChanged(frame);
			case 'error':
				return refused(frame);
			case 'bye':
				return [{ type: 'SERVER_SAID_BYE', reason: frame.bye.reason }];
			case 'message':
				return relayed(frame);
			case 'control':
				return ordered(frame);
			case 'event':
				return eventNews(frame.event, room, count);
			case 'transient':
				count('frame.ignored: transient');
				return [];
		}
	};

	return {
		helloSent: (id) => {
			helloId = id;
		},
		roomRequested: (id, token) => {
			roomRequest = { id, token };
		},
		read: (data) => {
			const frame = attempt('frame', parseFrame, data, count);
			return frame ? meaningOf(frame) : [];
		},
		own: () => ownId
	};
}

function parseFrame(data: unknown): ServerFrame | undefined {
	if (typeof data !== 'string') throw new TypeError('frames are text');
	return parseServerFrame(JSON.parse(data));
}
