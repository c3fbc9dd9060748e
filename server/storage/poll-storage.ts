import type Database from 'libsql';
import * as v from 'valibot';
import type { Poll, PollVote } from '../rooms/model.ts';
import type { Storage } from '../rooms/storage.ts';
import { readCount, rowId } from './rows.ts';

const pollColumns = `id, room_id AS roomId, actor_type AS actorType, actor_id AS actorId,
	actor_name AS displayName, question, options, result_mode AS resultMode, max_votes AS maxVotes, status`;

const PollRow = v.object({
	id: v.number(),
	roomId: v.number(),
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.string(),
	question: v.string(),
	options: v.pipe(v.string(), v.parseJson(), v.array(v.string())),
	resultMode: v.picklist([0, 1]),
	maxVotes: v.number(),
	status: v.picklist([0, 1])
});

const VoteRow = v.object({
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.string(),
	optionId: v.number()
});
const OwnVoteRow = v.object({ optionId: v.number() });
const OptionCountRow = v.object({ optionId: v.number(), count: v.number() });

/** Polls of rooms, and who voted for what. */
export function createPollStorage(database: Database.Database) {
	const add = database.prepare(
		`INSERT INTO polls (room_id, actor_type, actor_id, actor_name, question, options, result_mode, max_votes,
		status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	);
	const byId = database.prepare(`SELECT ${pollColumns} FROM polls WHERE room_id = ? AND id = ?`);
	const close = database.prepare(`UPDATE polls SET status = 1 WHERE id = ?`);
	const takeBack = database.prepare(
		`DELETE FROM poll_votes WHERE poll_id = ? AND actor_type = ? AND actor_id = ?`
	);
	const vote = database.prepare(
		`INSERT INTO poll_votes (poll_id, actor_type, actor_id, actor_name, option_id) VALUES (?, ?, ?, ?, ?)`
	);
	const own = database.prepare(
		`SELECT option_id AS optionId FROM poll_votes WHERE poll_id = ? AND actor_type = ? AND actor_id = ?
		ORDER BY option_id`
	);
	const count = database.prepare(`SELECT COUNT(*) AS count FROM poll_votes WHERE poll_id = ?`);
	const countEach = database.prepare(
		`SELECT option_id AS optionId, COUNT(*) AS count FROM poll_votes WHERE poll_id = ? GROUP BY option_id
		ORDER BY option_id`
	);
	const countVoters = database.prepare(
		`SELECT COUNT(*) AS count FROM (SELECT DISTINCT actor_type, actor_id FROM poll_votes WHERE poll_id = ?)`
	);
	// in the order in which they are kept: nothing but these is read
	const votes = database.prepare(
		`SELECT actor_type AS actorType, actor_id AS actorId, actor_name AS displayName, option_id AS optionId
		FROM poll_votes WHERE poll_id = ? ORDER BY actor_type, actor_id, option_id LIMIT ?`
	);

	return {
		addPoll(poll): Poll {
			const { roomId, actorType, actorId, displayName, question, options, resultMode, maxVotes, status } =
				poll;
			const asked = [question, JSON.stringify(options), resultMode, maxVotes, status];
			return { id: rowId(add.run(roomId, actorType, actorId, displayName, ...asked)), ...poll };
		},
		pollById(roomId, id) {
			const row = byId.get(roomId, id);
			return row === undefined ? undefined : v.parse(PollRow, row);
		},
		closePoll(id) {
			close.run(id);
		},
		setVotes(pollId, { actorType, actorId, displayName }, optionIds) {
			takeBack.run(pollId, actorType, actorId);
			for (const optionId of optionIds) vote.run(pollId, actorType, actorId, displayName, optionId);
		},
		votesOf: (pollId, { actorType, actorId }) =>
			own.all(pollId, actorType, actorId).map((row) => v.parse(OwnVoteRow, row).optionId),
		voteCount: (pollId) => readCount(count.get(pollId)),
		voteCounts: (pollId) =>
			new Map(
				countEach.all(pollId).map((row) => {
					const { optionId, count: votesFor } = v.parse(OptionCountRow, row);
					return [optionId, votesFor];
				})
			),
		voterCount: (pollId) => readCount(countVoters.get(pollId)),
		votesIn: (pollId, limit): PollVote[] => votes.all(pollId, limit).map((row) => v.parse(VoteRow, row))
	} satisfies Partial<Storage>;
}
