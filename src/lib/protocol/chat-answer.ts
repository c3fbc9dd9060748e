import * as v from 'valibot';
import { objectOf } from './wire.ts';

const Reactions = objectOf(
	v.record(
		v.string(),
		v.array(
			v.object({
				actorType: v.string(),
				actorId: v.string(),
				actorDisplayName: v.optional(v.string(), '')
			})
		)
	)
);

/**
 * Reads the data of `v1/reaction/{token}/{id}`: who reacted, by emoji.
 * @throws {v.ValiError}
 */
export const parseReactions = (data: unknown) => v.parse(Reactions, data);

const Suggestions = v.array(
	v.object({
		id: v.string(),
		label: v.string(),
		source: v.string(),
		/** absent before Talk 19 */
		mentionId: v.optional(v.string())
	})
);

/**
 * Reads the data of `GET v1/chat/{token}/mentions`.
 * @throws {v.ValiError}
 */
export const parseSuggestions = (data: unknown) => v.parse(Suggestions, data);
