import { RoostError } from '../../src/lib/domain/errors.ts';
import type { TalkApi } from '../../src/lib/domain/talk-api.ts';

const refuse = async (): Promise<never> => {
	throw new RoostError('server.refused', 'nothing is written here');
};

/** What may be done to messages, at a server where nobody writes any. */
export const quietChat: Pick<
	TalkApi,
	| 'editMessage'
	| 'deleteMessage'
	| 'addReaction'
	| 'removeReaction'
	| 'fetchReactors'
	| 'fetchMentionable'
	| 'fetchPoll'
	| 'votePoll'
> = {
	editMessage: refuse,
	deleteMessage: refuse,
	addReaction: refuse,
	removeReaction: refuse,
	fetchReactors: refuse,
	fetchMentionable: async () => [],
	fetchPoll: refuse,
	votePoll: refuse
};
