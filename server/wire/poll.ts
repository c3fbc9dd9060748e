import type { NamedActor } from '../rooms/model.ts';
import type { SeenPoll } from '../rooms/polls.ts';

/** A poll as Talk writes it for one of those in the room. */
export function wirePoll({ poll, own, counts, voters, votes }: SeenPoll) {
	return {
		id: poll.id,
		question: poll.question,
		options: poll.options,
		...wireActor(poll),
		status: poll.status,
		resultMode: poll.resultMode,
		maxVotes: poll.maxVotes,
		votedSelf: own,
		...(counts && {
			votes: Object.fromEntries([...counts].map(([id, count]) => [`option-${id}`, count]))
		}),
		...(voters !== undefined && { numVoters: voters }),
		...(votes && { details: votes.map((vote) => ({ ...wireActor(vote), optionId: vote.optionId })) })
	};
}

const wireActor = ({ actorType, actorId, displayName: actorDisplayName }: NamedActor) => ({
	actorType,
	actorId,
	actorDisplayName
});
