import { permission } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { pollMode, pollStatus } from '../../src/lib/protocol/poll.ts';
import { postSaid, writerOf } from './chat.ts';
import type { Attendee, NamedActor, Poll, PollVote, RichObject, Room } from './model.ts';
import { isModerator, isReadOnly } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { saySystem } from './system-messages.ts';
import { admittedOf, commit, type Presentee, type World } from './world.ts';

/** A poll as one of those in the room may see it: what is undefined is not for them, or not yet. */
export interface SeenPoll {
	poll: Poll;
	/** ids of the options that they voted for */
	own: number[];
	/** by id of the option */
	counts: Map<number, number> | undefined;
	voters: number | undefined;
	/** by option; of very many not all */
	votes: PollVote[] | undefined;
}

/** How many votes a poll takes in all, and how many are told with who voted: both are read again and again. */
interface PollBounds {
	votesPerPoll: number;
	namedVotes: number;
}

type NewPoll = Pick<Poll, 'question' | 'options' | 'resultMode' | 'maxVotes'>;

/** Questions with answers to choose from. Every method throws a `Refusal` for what is not allowed. */
export function createPolls(world: World, { votesPerPoll, namedVotes }: PollBounds) {
	const { storage } = world;

	/** Asks, which is a message in the chat. @throws {Refusal} `badRequest` for more votes than options */
	function create(token: RoomToken, guestKey: string, asked: NewPoll): SeenPoll {
		return commit(world, (say) => {
			const { room, attendee } = writerOf(world, token, guestKey, permission.chat);
			if (asked.maxVotes > asked.options.length) throw new Refusal('badRequest', 'poll');
			const { actorType, actorId, displayName } = attendee;
			const author: NamedActor = { actorType, actorId, displayName };
			const poll = storage.addPoll({ ...asked, ...author, roomId: room.id, status: pollStatus.open });
			postSaid(world, room, attendee, '{object}', { object: objectOf(poll) }, say);
			return seenBy(poll, attendee);
		});
	}

	function look(token: RoomToken, guestKey: string, pollId: number): SeenPoll {
		const { room, attendee } = admittedOf(world, token, guestKey);
		return seenBy(pollOf(room, pollId), attendee);
	}

	/**
	 * @param optionIds all votes of the guest, in place of those before
	 * @throws {Refusal} `badRequest` for what is not there, more than allowed, or one too many for the poll
	 */
	function vote(token: RoomToken, guestKey: string, pollId: number, optionIds: readonly number[]): SeenPoll {
		return commit(world, (say) => {
			const { room, attendee } = openTo(token, guestKey);
			const poll = pollOf(room, pollId);
			if (poll.status !== pollStatus.open) throw new Refusal('badRequest', 'poll');
			const most = poll.maxVotes === 0 ? poll.options.length : poll.maxVotes;
			const areThere = optionIds.every((id) => id < poll.options.length);
			if (!areThere || optionIds.length > most) throw new Refusal('badRequest', 'options');
			storage.setVotes(poll.id, attendee, optionIds);
			if (optionIds.length > 0 && storage.voteCount(poll.id) > votesPerPoll) {
				throw new Refusal('badRequest', 'options');
			}
			// who voted in a hidden one is nobody's business
			if (poll.resultMode === pollMode.public) {
				const text = '{actor} voted in {poll}';
				saySystem(world, room, attendee, { keyword: 'poll_voted', text, parameters: named(poll) }, say);
			}
			return seenBy(poll, attendee);
		});
	}

	/** Nobody votes any more. For who asked, and moderators. */
	function close(token: RoomToken, guestKey: string, pollId: number): SeenPoll {
		return commit(world, (say) => {
			const { room, attendee } = openTo(token, guestKey);
			const poll = pollOf(room, pollId);
			if (!isAuthor(poll, attendee) && !isModerator(attendee)) throw new Refusal('notAllowed', 'poll');
			if (poll.status !== pollStatus.open) throw new Refusal('badRequest', 'poll');
			storage.closePoll(poll.id);
			const text = '{actor} closed the poll {poll}';
			saySystem(world, room, attendee, { keyword: 'poll_closed', text, parameters: named(poll) }, say);
			return seenBy({ ...poll, status: pollStatus.closed }, attendee);
		});
	}

	function openTo(token: RoomToken, guestKey: string): Presentee {
		const presentee = admittedOf(world, token, guestKey);
		if (isReadOnly(presentee.room)) throw new Refusal('notAllowed');
		return presentee;
	}

	/** @throws {Refusal} `unknownPoll` */
	function pollOf(room: Room, pollId: number): Poll {
		const poll = storage.pollById(room.id, pollId);
		if (!poll) throw new Refusal('unknownPoll', 'poll');
		return poll;
	}

	function seenBy(poll: Poll, attendee: Attendee): SeenPoll {
		const own = storage.votesOf(poll.id, attendee);
		const isClosed = poll.status === pollStatus.closed;
		const isPublic = poll.resultMode === pollMode.public;
		const isShown = isClosed || (isPublic && own.length > 0);
		const isTheirs = isAuthor(poll, attendee) || isModerator(attendee);
		return {
			poll,
			own,
			counts: isShown ? storage.voteCounts(poll.id) : undefined,
			voters: isShown || isTheirs ? storage.voterCount(poll.id) : undefined,
			votes: isClosed && isPublic ? storage.votesIn(poll.id, namedVotes).sort(byOption) : undefined
		};
	}

	return { create, look, vote, close };
}
export type Polls = ReturnType<typeof createPolls>;

const isAuthor = (one: NamedActor, other: NamedActor) =>
	one.actorType === other.actorType && one.actorId === other.actorId;

const byOption = (one: PollVote, other: PollVote) => one.optionId - other.optionId;

const objectOf = ({ id, question }: Poll): RichObject => ({
	type: 'talk-poll',
	id: id.toString(),
	name: question
});

const named = (poll: Poll) => ({ poll: objectOf(poll) });
