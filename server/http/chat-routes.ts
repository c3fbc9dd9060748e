import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { ChatQuery, ReadMarkerBody, SendChatBody } from '../../src/lib/protocol/chat-message.ts';
import { ContextQuery, EditChatBody, MentionsQuery } from '../../src/lib/protocol/chat-request.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { limits } from '../../src/lib/protocol/limits.ts';
import { createBuckets } from '../rate.ts';
import { countMentions } from '../rooms/mentions.ts';
import { Refusal } from '../rooms/refusal.ts';
import type { Post, Room } from '../rooms/model.ts';
import { wireChatMessage } from '../wire/chat-message.ts';
import { suggestions } from '../wire/mention.ts';
import { changerOf } from './changer.ts';
import { endOfWaiting } from './end-of-waiting.ts';
import { messageIdOf, read, sendOcs, tokenOf } from './ocs.ts';
import { viewRoom } from './room-view.ts';
import type { Services } from './services.ts';

type Query = v.InferOutput<typeof ChatQuery>;

/** The chat of a room: history, waiting for what is new, writing, changing what was written, and the read marker. */
export function registerChatRoutes(app: FastifyInstance, services: Services): void {
	const { config, storage, membership, chat, reactions, bots, waiters, writing, bounds, now } = services;
	const mentioning = createBuckets(bounds.mentionBurst, bounds.mentionsPerSecond, now);

	app.get('/v1/chat/:token', async (request, reply) => {
		const token = tokenOf(request);
		const { room } = membership.visit(token, request.guestKey);
		const query = read(ChatQuery, request);
		const find = () => posts(token, request.guestKey, query);
		let found = find();
		const isIdle = () => found.length === 0 && !hasCommonReadMoved(room, query);
		if (isIdle() && query.lookIntoFuture && query.timeout > 0) {
			const over = endOfWaiting(reply, query.timeout * 1000);
			while (isIdle() && (await waiters.wait(token, over))) found = find();
		}
		if (isIdle()) return reply.code(304).send();
		const last = found.at(-1);
		if (last) reply.header('X-Chat-Last-Given', last.message.id);
		markAsRead(token, request, query, found);
		tellCommonRead(reply, room);
		return sendPosts(request, reply, token, found);
	});

	function sendPosts(request: FastifyRequest, reply: FastifyReply, token: RoomToken, found: Post[]) {
		const own = reactions.ownOf(token, request.guestKey);
		return sendOcs(
			reply,
			found.map((post) => wireChatMessage(token, post, own))
		);
	}

	app.get('/v1/chat/:token/:messageId/context', (request, reply) => {
		const token = tokenOf(request);
		const { room } = membership.visit(token, request.guestKey);
		const { limit } = read(ContextQuery, request);
		const found = chat.around(token, request.guestKey, messageIdOf(request), limit);
		const last = found.at(-1);
		if (!last) return reply.code(304).send();
		reply.header('X-Chat-Last-Given', last.message.id);
		tellCommonRead(reply, room);
		return sendPosts(request, reply, token, found);
	});

	function posts(token: RoomToken, guestKey: string, query: Query): Post[] {
		return chat.read(token, guestKey, {
			direction: query.lookIntoFuture ? 'newer' : 'older',
			from: query.lastKnownMessageId,
			isFromIncluded: query.includeLastKnown,
			limit: query.limit
		});
	}

	/** Talk's long poll also ends when everybody has read further than the client knew. */
	function hasCommonReadMoved(room: Room, { lookIntoFuture, lastCommonReadId }: Query): boolean {
		return lookIntoFuture && lastCommonReadId > 0 && storage.commonRead(room.id) > lastCommonReadId;
	}

	function markAsRead(token: RoomToken, request: FastifyRequest, query: Query, found: Post[]): void {
		const newest = found.reduce((highest, { message }) => Math.max(highest, message.id), 0);
		if (query.setReadMarker && newest > 0) chat.markRead(token, request.guestKey, newest);
	}

	function tellCommonRead(reply: FastifyReply, room: Room): void {
		reply.header('X-Chat-Last-Common-Read', storage.commonRead(room.id));
	}

	app.post('/v1/chat/:token', (request, reply) => {
		const token = tokenOf(request);
		const { room, attendee } = membership.visit(token, request.guestKey);
		mustNotBeTooLong(request);
		const body = read(SendChatBody, request);
		mayWrite(attendee.id, body.message);
		const post = chat.post(token, request.guestKey, body.actorDisplayName, {
			text: body.message,
			referenceId: body.referenceId,
			replyTo: body.replyTo,
			isSilent: body.silent
		});
		tellCommonRead(reply, room);
		return sendOcs(reply, wireChatMessage(token, post), 201);
	});

	/** Whoever is named is disturbed: naming many takes as much as writing much. @throws {Refusal} `tooMany` */
	function mayWrite(attendeeId: number, text: string): void {
		const writer = attendeeId.toString();
		if (!writing.take(writer)) throw new Refusal('tooMany');
		for (let count = countMentions(text); count > 0; count -= 1) {
			if (!mentioning.take(writer)) throw new Refusal('tooMany', 'mentions');
		}
	}

	app.put('/v1/chat/:token/:messageId', (request, reply) => {
		const token = tokenOf(request);
		const { room, attendee } = membership.visit(token, request.guestKey);
		mustNotBeTooLong(request);
		const { message } = read(EditChatBody, request);
		mayWrite(attendee.id, message);
		const post = chat.edit(token, request.guestKey, messageIdOf(request), message);
		tellCommonRead(reply, room);
		return sendOcs(reply, wireChatMessage(token, post), statusOfChange(room));
	});

	app.delete('/v1/chat/:token/:messageId', (request, reply) => {
		const token = tokenOf(request);
		const { room, attendee } = membership.visit(token, request.guestKey);
		mayWrite(attendee.id, '');
		const post = chat.remove(token, request.guestKey, messageIdOf(request));
		tellCommonRead(reply, room);
		return sendOcs(reply, wireChatMessage(token, post), statusOfChange(room));
	});

	/** Where a bot has been sent the message as it was, what was changed may go on to exist. */
	const statusOfChange = (room: Room) => (bots.hasListeners(room) ? 202 : 200);

	app.delete('/v1/chat/:token', (request, reply) => {
		const token = tokenOf(request);
		const post = chat.clear(token, changerOf(request, config));
		return sendOcs(reply, wireChatMessage(token, post));
	});

	app.get('/v1/chat/:token/mentions', (request, reply) => {
		const { search, limit } = read(MentionsQuery, request);
		const { room, others } = chat.mentionable(tokenOf(request), request.guestKey);
		return sendOcs(reply, suggestions(room, others, search).slice(0, limit));
	});

	app.post('/v1/chat/:token/read', (request, reply) => {
		const { lastReadMessage } = read(ReadMarkerBody, request);
		const { room } = chat.setReadMarker(tokenOf(request), request.guestKey, lastReadMessage ?? null);
		tellCommonRead(reply, room);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});

	app.delete('/v1/chat/:token/read', (request, reply) => {
		const { room } = chat.markUnread(tokenOf(request), request.guestKey);
		tellCommonRead(reply, room);
		return sendOcs(reply, viewRoom(services, room, request.guestKey));
	});
}

const Written = v.object({ message: v.string() });

/** Too long has a status of its own, unlike everything else that may be wrong with a message. */
export function mustNotBeTooLong(request: FastifyRequest): void {
	const written = v.safeParse(Written, request.body);
	const characters = written.success ? Array.from(written.output.message.trim()).length : 0;
	if (characters > limits.chatCharacters) throw new Refusal('tooLong', 'message');
}
