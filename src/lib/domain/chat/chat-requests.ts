import type { RoomToken } from '../../protocol/ids.ts';
import { RoostError } from '../errors.ts';
import type { ChatMessage, Poll, Reactors, TalkApi } from '../talk-api.ts';

/** What somebody wants of messages that are there. Each may be carried out twice: an answer can be lost. */
export type ChatRequest =
	| { kind: 'edit'; messageId: number; text: string }
	| { kind: 'delete'; messageId: number }
	| { kind: 'react'; messageId: number; emoji: string; isOn: boolean }
	/** Who reacted. */
	| { kind: 'reactors'; messageId: number }
	| { kind: 'poll'; pollId: number }
	| { kind: 'vote'; pollId: number; optionIds: readonly number[] };

export interface Requested {
	/** The same for what replaces it. */
	key: string;
	request: ChatRequest;
	/** The server refused it; only a person can decide to try again. */
	isRefused: boolean;
}

/** What the server answered. */
export interface Outcome {
	messages: readonly ChatMessage[];
	reactors?: { messageId: number; reactors: Reactors };
	poll?: Poll;
}

/**
 * Requests that wait, at most: nobody presses more while the server is away. Questions are asked by what comes into sight,
 * which may be as much as a log shows at once.
 */
export const requestsMax = { change: 50, question: 200 };

/** Whether it only asks, and changes nothing. */
export const isQuestion = ({ kind }: ChatRequest): boolean => kind === 'reactors' || kind === 'poll';

export function requestKey(request: ChatRequest): string {
	switch (request.kind) {
		case 'edit':
		case 'delete':
			return `change ${request.messageId}`;
		case 'react':
			return `react ${request.messageId} ${request.emoji}`;
		case 'reactors':
			return `reactors ${request.messageId}`;
		case 'poll':
		case 'vote':
			return `${request.kind} ${request.pollId}`;
	}
}

/**
 * Asks the server for it.
 * @throws {RoostError}
 */
export async function carryOut(api: TalkApi, token: RoomToken, request: ChatRequest): Promise<Outcome> {
	switch (request.kind) {
		case 'edit':
			return said(await api.editMessage(token, request.messageId, request.text));
		case 'delete':
			return said(await api.deleteMessage(token, request.messageId));
		case 'react':
			return { messages: [], reactors: await react(api, token, request) };
		case 'reactors': {
			const { messageId } = request;
			return { messages: [], reactors: { messageId, reactors: await api.fetchReactors(token, messageId) } };
		}
		case 'poll':
			return { messages: [], poll: await api.fetchPoll(token, request.pollId) };
		case 'vote':
			return { messages: [], poll: await api.votePoll(token, request.pollId, request.optionIds) };
	}
}

const said = (message: ChatMessage | null): Outcome => ({ messages: message === null ? [] : [message] });

async function react(
	api: TalkApi,
	token: RoomToken,
	{ messageId, emoji, isOn }: Extract<ChatRequest, { kind: 'react' }>
) {
	if (isOn) return { messageId, reactors: await api.addReaction(token, messageId, emoji) };
	try {
		return { messageId, reactors: await api.removeReaction(token, messageId, emoji) };
	} catch (error) {
		// what is gone cannot be taken back once more: what is there decides
		if (!(error instanceof RoostError) || error.code !== 'server.refused') throw error;
		return { messageId, reactors: await api.fetchReactors(token, messageId) };
	}
}
