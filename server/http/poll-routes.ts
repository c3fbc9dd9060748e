import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { CreatePollBody, VoteBody } from '../../src/lib/protocol/poll.ts';
import { WireInteger } from '../../src/lib/protocol/wire.ts';
import { Refusal } from '../rooms/refusal.ts';
import { wirePoll } from '../wire/poll.ts';
import { readValue, sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

/** Talk's words for what is wrong with a new poll; `poll` for all else. */
const wordsOfNewPoll = new Map([
	['question', 'question'],
	['options', 'options'],
	['resultMode', 'poll'],
	['maxVotes', 'poll']
]);

/** Polls, for all who are in the room. */
export function registerPollRoutes(app: FastifyInstance, services: Services): void {
	const { membership, polls, writing, pollLooks } = services;

	function someoneIn(request: FastifyRequest, allowed: typeof writing) {
		const token = tokenOf(request);
		const { attendee } = membership.visit(token, request.guestKey);
		if (!allowed.take(attendee.id.toString())) throw new Refusal('tooMany');
		return token;
	}
	const writerIn = (request: FastifyRequest) => someoneIn(request, writing);

	app.post('/v1/poll/:token', (request, reply) => {
		const token = writerIn(request);
		const { draft, ...asked } = readValue(CreatePollBody, request, wordsOfNewPoll);
		// only people with accounts write today what they ask tomorrow
		if (draft) throw new Refusal('badRequest', 'draft');
		return sendOcs(reply, wirePoll(polls.create(token, request.guestKey, asked)), 201);
	});

	app.get('/v1/poll/:token/:pollId', (request, reply) => {
		const token = someoneIn(request, pollLooks);
		return sendOcs(reply, wirePoll(polls.look(token, request.guestKey, pollIdOf(request))));
	});

	app.post('/v1/poll/:token/:pollId', (request, reply) => {
		const token = writerIn(request);
		const { optionIds } = readValue(VoteBody, request, 'options');
		return sendOcs(reply, wirePoll(polls.vote(token, request.guestKey, pollIdOf(request), optionIds)));
	});

	app.delete('/v1/poll/:token/:pollId', (request, reply) =>
		sendOcs(reply, wirePoll(polls.close(writerIn(request), request.guestKey, pollIdOf(request))))
	);
}

const PollParams = v.object({ pollId: WireInteger });

/** @throws {Refusal} `unknownPoll` for what cannot be the id of one */
function pollIdOf(request: FastifyRequest): number {
	const params = v.safeParse(PollParams, request.params);
	if (!params.success) throw new Refusal('unknownPoll', 'poll');
	return params.output.pollId;
}
