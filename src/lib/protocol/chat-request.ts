import * as v from 'valibot';
import { limits } from './limits.ts';
import { charactersAtMost, WireBoolean, WireInteger } from './wire.ts';

/** What is asked of the chat beside sending and reading. Table: docs/protocol.md#chat */

/** Body of `PUT v1/chat/{token}/{id}`. */
export const EditChatBody = v.object({
	message: v.pipe(v.string(), v.trim(), v.nonEmpty(), charactersAtMost(limits.chatCharacters))
});
export type EditChatBody = v.InferInput<typeof EditChatBody>;

/** Query of `GET v1/chat/{token}/{id}/context`; `limit` in each direction. */
export const ContextQuery = v.object({
	limit: v.optional(v.pipe(WireInteger, v.minValue(1), v.toMaxValue(100)), 50)
});

/** Query of `GET v1/chat/{token}/mentions`. */
export const MentionsQuery = v.object({
	search: v.optional(v.string(), ''),
	limit: v.optional(v.pipe(WireInteger, v.minValue(1), v.toMaxValue(100)), 20),
	includeStatus: v.optional(WireBoolean, false)
});

/** One emoji as people see it: what a keyboard gives, with or without the selector for its colored form. */
export const Emoji = v.pipe(
	v.string(),
	v.regex(new RegExp('^(?:\\p{RGI_Emoji}|\\p{Extended_Pictographic})$', 'v'), 'not a single emoji')
);

/** Body of `POST v1/reaction/{token}/{id}`, query of its `DELETE`, and body of a bot's. */
export const ReactionBody = v.object({ reaction: Emoji });
export type ReactionBody = v.InferInput<typeof ReactionBody>;

/** Query of `GET v1/reaction/{token}/{id}`. */
export const ReactionQuery = v.object({ reaction: v.nullish(v.string()) });
