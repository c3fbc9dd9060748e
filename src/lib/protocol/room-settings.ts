import * as v from 'valibot';
import { Emoji } from './chat-request.ts';
import { limits } from './limits.ts';
import { charactersAtMost, WireInteger } from './wire.ts';

/** What moderators ask of the embedded server. No client of Roost's sends these yet, so none carries them. */

/** Code points of what a room says about itself. */
export const descriptionCharacters = 2_000;
/** Code points of the note that moderators keep about a ban. */
const noteCharacters = 4_000;
/** Every bit of `permission`. */
const allBits = 511;

const Bit = v.pipe(WireInteger, v.picklist([0, 1]));
const Bits = v.pipe(WireInteger, v.minValue(0), v.maxValue(allBits));
const Method = v.picklist(['set', 'add', 'remove']);
const AttendeeId = v.pipe(WireInteger, v.minValue(0));

/** Body of `PUT v4/room/{token}`. */
export const RenameRoomBody = v.object({
	roomName: v.pipe(v.string(), v.trim(), v.nonEmpty(), charactersAtMost(limits.roomNameCharacters))
});

/** Body of `PUT v4/room/{token}/description`; empty takes it away. */
export const DescriptionBody = v.object({
	description: v.pipe(v.string(), v.trim(), charactersAtMost(descriptionCharacters))
});

/** Body of `PUT v4/room/{token}/read-only`: 1 locks. */
export const ReadOnlyBody = v.object({ state: Bit });

/** Body of `PUT v4/room/{token}/listable`: 0 only for who has the link, 1 and 2 for whoever has an account. */
export const ListableBody = v.object({ scope: v.pipe(WireInteger, v.value(0)) });

/** Body of `PUT v4/room/{token}/recording-consent`. */
export const RecordingConsentBody = v.object({ recordingConsent: Bit });

/** Body of `POST v4/room/{token}/message-expiration`, in seconds: a year at most, 0 for never. */
export const MessageExpirationBody = v.object({
	seconds: v.pipe(WireInteger, v.minValue(0), v.maxValue(366 * 24 * 60 * 60))
});

/** Body of `PUT v4/room/{token}/permissions/{mode}`. */
export const RoomPermissionsBody = v.object({ permissions: Bits });

/** Body of `PUT v4/room/{token}/attendees/permissions/all`. */
export const AllPermissionsBody = v.object({ method: Method, permissions: Bits });

/** Body of `PUT v4/room/{token}/attendees/permissions`. */
export const AttendeePermissionsBody = v.object({
	attendeeId: AttendeeId,
	method: Method,
	permissions: Bits
});

/** Body or query of `POST`, `DELETE v4/room/{token}/moderators` and `DELETE v4/room/{token}/attendees`. */
export const AttendeeBody = v.object({ attendeeId: AttendeeId });

/** Whom the body of `POST v1/ban/{token}` is about, and what moderators are to know about it. */
export const BannedBody = v.object({
	actorType: v.picklist(['users', 'guests', 'emails', 'ip']),
	actorId: v.pipe(v.string(), v.maxLength(255))
});
export const BanNoteBody = v.object({
	internalNote: v.optional(v.pipe(v.string(), charactersAtMost(noteCharacters)), '')
});

export const BanParams = v.object({ banId: v.pipe(WireInteger, v.minValue(0)) });

/** Body of `POST v1/room/{token}/avatar/emoji`; the color is six hexadecimal digits. */
export const EmojiAvatarBody = v.object({
	emoji: Emoji,
	color: v.nullish(v.pipe(v.string(), v.regex(/^[\da-fA-F]{6}$/), v.toLowerCase()))
});

/** Body of `POST rooms/{token}/moderators` of Roost's own interface: what the moderator link carries. */
export const ModeratorSecretBody = v.object({ secret: v.pipe(v.string(), v.nonEmpty(), v.maxLength(255)) });
