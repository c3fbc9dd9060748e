import * as v from 'valibot';
import { limits } from './limits.ts';
import { charactersAtMost, objectOf, WireBoolean, WireInteger } from './wire.ts';

/** What is asked and answered about polls. Table: docs/protocol.md#polls */

export const pollStatus = { open: 0, closed: 1 } as const;
/** `hidden`: how many voted for what is shown when it is closed, and who did never. */
export const pollMode = { public: 0, hidden: 1 } as const;

/** Characters of all options together, as in Talk. */
const optionCharacters = 60_000;
/** Talk does not bound them, but every vote for all of them is as many votes to keep and to count. */
const mostOptions = 200;

const Text = v.pipe(v.string(), v.trim(), v.nonEmpty(), charactersAtMost(limits.chatCharacters));

/** Body of `POST v1/poll/{token}`. */
export const CreatePollBody = v.object({
	question: Text,
	options: v.pipe(
		v.array(v.pipe(v.string(), v.trim())),
		v.maxLength(mostOptions),
		v.check((options) => new Set(options).size === options.length && options.length >= 2),
		v.check((options) => !options.includes('')),
		v.check((options) => JSON.stringify(options).length <= optionCharacters)
	),
	resultMode: v.pipe(WireInteger, v.picklist([0, 1])),
	/** how many options one may vote for; 0: as many as there are */
	maxVotes: v.pipe(WireInteger, v.minValue(0)),
	draft: v.optional(WireBoolean, false)
});

/** Body of `POST v1/poll/{token}/{id}`: all votes of one person, in place of those before; empty takes them back. */
export const VoteBody = v.object({
	optionIds: v.optional(
		v.pipe(
			v.array(v.pipe(WireInteger, v.minValue(0))),
			v.maxLength(mostOptions),
			v.check((ids) => new Set(ids).size === ids.length)
		),
		[]
	)
});
export type VoteBody = v.InferInput<typeof VoteBody>;

const Poll = v.object({
	id: WireInteger,
	question: v.string(),
	options: v.array(v.string()),
	status: WireInteger,
	resultMode: WireInteger,
	maxVotes: WireInteger,
	/** ids of the options that we voted for */
	votedSelf: v.optional(v.array(WireInteger), []),
	/** by `option-<id>`; absent: not for us, or not yet */
	votes: v.optional(objectOf(v.record(v.string(), WireInteger))),
	numVoters: v.optional(WireInteger)
});
export type Poll = v.InferOutput<typeof Poll>;

/**
 * Reads a poll.
 * @throws {v.ValiError} for anything else
 */
export function parsePoll(data: unknown): Poll {
	return v.parse(Poll, data);
}
