import type { ParticipantUpdate, SocketEvent } from '../../../domain/signaling.ts';
import type { NextcloudSessionId, SessionId } from '../../../protocol/ids.ts';
import {
	parsePulledItems,
	parsePulledMessage,
	type PulledItem,
	type PulledMessage
} from '../../../protocol/internal-signaling.ts';
import { parseControlMessage } from '../../../protocol/peer-message.ts';
import { attempt } from './attempt.ts';
import type { Dialect } from './dialect.ts';
import { orderNews } from './peer-messages.ts';
import { toParticipant } from './room-events.ts';

interface ReaderEdges {
	dialect: Dialect;
	/** Our session id. */
	own: SessionId;
	/** Is told the kind of each item that was left out. */
	count: (reason: string) => void;
}

/** The listening half of a session that pulls: knows who was there before, so that it can tell who came and went. */
export interface PullReader {
	/**
	 * What an answer means, in order; nothing, for one that tells nothing new.
	 * @param isFirst of a new connection: everybody is told anew, whoever has missed it
	 * @throws for what is no answer to a pull
	 */
	read(data: unknown, options: { isFirst: boolean }): SocketEvent[];
}

type Listed = Extract<PulledItem, { type: 'usersInRoom' }>['data'];

export function createPullReader({ dialect, own, count }: ReaderEdges): PullReader {
	let known: ReadonlyMap<SessionId, ParticipantUpdate> = new Map();

	function said(data: unknown): SocketEvent[] {
		const message = attempt('pull', parsePulledMessage, data, count);
		if (!message) return [];
		if (message.type === 'control') return ordered(message);
		const news = attempt('peer', (raw) => dialect.read(raw, message.from), message, count);
		if (news?.news.length === 0) count(`peer.ignored: ${news.type}`);
		return news?.news ?? [];
	}

	function ordered({ payload, from }: PulledMessage): SocketEvent[] {
		const order = attempt('control', parseControlMessage, payload, count);
		return order ? [orderNews(order, from)] : [];
	}

	function listed(users: Listed, isFirst: boolean): SocketEvent[] {
		const before = known;
		const now = new Map(users.map((entry) => [entry.sessionId, toListed(toParticipant(entry))]));
		known = now;
		const left = [...before.keys()].filter((id) => !now.has(id));
		const changed = [...now.values()].filter(
			(entry) => isFirst || JSON.stringify(entry) !== JSON.stringify(before.get(entry.sessionId))
		);
		const events: SocketEvent[] = [];
		if (isCallOver(before, now)) events.push({ type: 'CALL_ENDED_FOR_ALL' });
		if (changed.length > 0) events.push({ type: 'PARTICIPANTS_CHANGED', participants: changed });
		if (left.length > 0) events.push({ type: 'SESSIONS_LEFT', sessionIds: left });
		return events;
	}

	/** All at once, and we did not leave the room: that is how a call looks that a moderator ended. */
	function isCallOver(before: typeof known, now: typeof known): boolean {
		const wasIn = before.get(own)?.presence?.inCall === true;
		const isIn = [...now.values()].some(({ presence }) => presence?.inCall === true);
		return wasIn && now.has(own) && !isIn;
	}

	/**
	 * Whoever asks is always listed. If somebody else of our own is there in our place, the answer was for them: the
	 * server goes by the browser, and there another session has the room now.
	 */
	function isReplaced(users: Listed): boolean {
		const before = known.get(own);
		return (
			before?.actorId !== undefined &&
			!users.some(({ sessionId }) => sessionId === own) &&
			users.some(({ actorType, actorId }) => actorType === before.actorType && actorId === before.actorId)
		);
	}

	return {
		read: (data, { isFirst }) => {
			const items = parsePulledItems(data);
			const isOver = items.some((item) => item.type === 'usersInRoom' && isReplaced(item.data));
			if (isOver) return [{ type: 'REMOVED_FROM_ROOM', reason: 'replaced' }];
			return items.flatMap((item) =>
				item.type === 'message' ? said(item.data) : listed(item.data, isFirst)
			);
		}
	};
}

/** Here the id of a session is that of its room session. */
const toListed = (participant: ParticipantUpdate): ParticipantUpdate => ({
	...participant,
	nextcloudSessionId: participant.sessionId as string as NextcloudSessionId
});
