import * as v from 'valibot';
import { limits } from './limits.ts';
import { RoomToken } from './ids.ts';
import { charactersAtMost, WireBoolean, WireInteger } from './wire.ts';

/** What only the server reads of bots. Table: docs/protocol.md#bots */

/** What a bot may do; Talk's bits. */
export const botFeature = { webhook: 1, response: 2, reaction: 8 } as const;
const allBotFeatures = botFeature.webhook | botFeature.response | botFeature.reaction;

/** `noSetup`: only the administrator decides in which rooms it is. */
export const botState = { disabled: 0, enabled: 1, noSetup: 2 } as const;

/** How many characters the secret may have that server and bot share, as in Talk. */
const secretCharacters = { least: 40, most: 128 } as const;

const { least, most } = secretCharacters;
const State = v.pipe(WireInteger, v.picklist([0, 1, 2]));
const Features = v.pipe(
	WireInteger,
	v.check((bits) => (bits & ~allBotFeatures) === 0, 'features that there are not')
);

/** Body of `POST v1/bot/admin`. */
export const InstallBotBody = v.object({
	name: v.pipe(v.string(), v.trim(), v.nonEmpty(), charactersAtMost(limits.nameCharacters)),
	secret: v.pipe(v.string(), v.regex(new RegExp(`^[\\x21-\\x7e]{${least},${most}}$`))),
	url: v.pipe(v.string(), v.maxLength(4_000), v.url(), v.regex(/^https?:\/\/[^@#]+$/i)),
	description: v.optional(v.pipe(v.string(), charactersAtMost(4_000)), ''),
	features: v.optional(Features, botFeature.webhook | botFeature.response),
	state: v.optional(State, botState.enabled)
});
export type InstallBotBody = v.InferOutput<typeof InstallBotBody>;

/** Body of `PUT v1/bot/admin/{id}`. */
export const ChangeBotBody = v.object({ state: State, features: v.optional(Features) });

/** Body of `POST v1/bot/{token}/message`. What is signed is the message as it was sent. */
export const BotMessageBody = v.object({
	message: v.pipe(
		v.string(),
		v.check((text) => text.trim() !== '')
	),
	replyTo: v.optional(v.pipe(WireInteger, v.minValue(0)), 0),
	referenceId: v.optional(v.pipe(v.string(), charactersAtMost(limits.referenceIdCharacters)), ''),
	silent: v.optional(WireBoolean, false)
});

/** Body, or query, of `v1/bot/{token}/reaction/{messageId}`: read for its signature before it is known to be an emoji. */
export const BotReactionBody = v.object({ reaction: v.string() });

/** Body of `POST v1/bot/ask-features`. */
export const AskFeaturesBody = v.object({ token: RoomToken });
