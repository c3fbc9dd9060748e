import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseSentItems, SendSignalsBody } from '../../src/lib/protocol/internal-signaling.ts';
import type { NextcloudSessionId } from '../../src/lib/protocol/ids.ts';
import { createBuckets } from '../rate.ts';
import { Refusal } from '../rooms/refusal.ts';
import type { Presentee } from '../rooms/world.ts';
import { userInRoom } from '../wire/user-in-room.ts';
import { endOfWaiting } from './end-of-waiting.ts';
import type { EndOfPull } from './internal-pulls.ts';
import { read, sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

const path = '/v3/signaling/:token';

/** What Talk's clients read from an answer to somebody who is not in the room: nobody is there. */
const nobody = [{ type: 'usersInRoom', data: [] }];

const statusOf = { replaced: 409, gone: 404, stopping: 503 } as const;
const isFinal = (end: EndOfPull): end is keyof typeof statusOf => Object.hasOwn(statusOf, end);

/** Signaling by requests that wait, for browsers without a socket. */
export function registerInternalSignaling(app: FastifyInstance, services: Services): void {
	const { internal, storage, presence, bounds, now } = services;
	if (!internal) {
		// a client that pulls has old settings: this tells it to ask for new ones
		const method = ['GET', 'POST'];
		app.route({
			method,
			url: path,
			handler: (request, reply) =>
				storage.roomByToken(tokenOf(request))
					? sendOcs(reply, 'There is a signaling server: its address is in the settings.', 400)
					: sendOcs(reply, nobody, 404)
		});
		return;
	}
	const { signals, pulls, pullMs } = internal;
	const sending = createBuckets(bounds.frameBurst, bounds.framesPerSecond, now);
	const saying = createBuckets(bounds.saidCharacters, bounds.saidCharactersPerSecond, now);

	app.get(path, async (request, reply) => {
		const presentee = visitorOf(() => signals.visit(tokenOf(request), request.guestKey));
		if (!presentee) return sendOcs(reply, nobody, 404);
		const { room, session, isBack } = presentee;
		pulls.begin(session.id, room.token);
		if (isBack) pulls.listChanged(room.token, session.id);
		const end = await untilNews(reply, session.id);
		if (isFinal(end)) return sendOcs(reply, nobody, statusOf[end]);
		if (reply.raw.destroyed) {
			// they were there until now: the time to come back begins here, and not when they asked
			if (end === 'time') presence.ping(session.id);
			return sendOcs(reply, nobody);
		}
		return sendOcs(reply, answer(reply, presentee, end === 'superseded'));
	});

	/** @returns at once if there is something to say */
	async function untilNews(reply: FastifyReply, id: NextcloudSessionId): Promise<EndOfPull> {
		const hasNews = () => pulls.isListStale(id) || signals.isWaitedFor(id);
		if (hasNews()) return 'news';
		return pulls.wait(id, endOfWaiting(reply, pullMs));
	}

	/** @param isSuperseded what waits is for the pull that took over */
	function answer(reply: FastifyReply, asked: Presentee, isSuperseded: boolean): object[] {
		const presentee = storage.participantBySession(asked.session.id) ?? asked;
		const { room, session } = presentee;
		const taken = isSuperseded ? [] : signals.take(session.id);
		if (!isSuperseded) {
			pulls.setListStale(session.id, false);
			reply.raw.once('close', () => {
				if (reply.raw.writableFinished) return;
				signals.giveBack(session.id, taken);
				pulls.setListStale(session.id, true);
				pulls.wake([session.id]);
			});
		}
		return [
			...taken.map(({ text }) => ({ type: 'message', data: text })),
			{
				type: 'usersInRoom',
				data: signals.listed(presentee).map((participant) => userInRoom(room, participant, presence))
			}
		];
	}

	app.post(path, (request, reply) => {
		const { messages } = read(SendSignalsBody, request);
		const items = itemsOf(messages);
		if (items.length > bounds.frameBurst) throw new Refusal('badRequest', 'messages');
		// all of them or none: who is refused sends the same once more
		if (!sending.take(request.guestKey, items.length)) throw new Refusal('tooMany');
		if (!saying.take(request.guestKey, messages.length)) throw new Refusal('tooMany');
		const dropped = (reason: string) => request.log.debug({ reason }, 'message dropped');
		pulls.wake(signals.send(tokenOf(request), request.guestKey, items, dropped));
		return sendOcs(reply, null);
	});
}

/** @throws {Refusal} `badRequest` for what is no list in JSON */
function itemsOf(messages: string) {
	try {
		return parseSentItems(messages);
	} catch {
		throw new Refusal('badRequest', 'messages');
	}
}

/** @returns `undefined` for somebody who is not in the room, or if there is none */
function visitorOf<T>(visit: () => T): T | undefined {
	try {
		return visit();
	} catch (error) {
		if (error instanceof Refusal) return undefined;
		throw error;
	}
}
