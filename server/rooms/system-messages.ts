import type {
	Attendee,
	Message,
	NamedActor,
	Post,
	RichObject,
	Room,
	RoomNews,
	SystemKeyword
} from './model.ts';
import { seconds, type World } from './world.ts';

/** What the server itself has to say in the chat. */
export interface Said {
	keyword: SystemKeyword;
	/** with the placeholders `{actor}` for its author and `{user}` for its subject */
	text: string;
	subject?: NamedActor;
	isSilent?: boolean;
	/** the message that it is about, as that is now */
	about?: Message;
	/** what other placeholders stand for */
	parameters?: Record<string, RichObject>;
	/** the emoji, if it is about a reaction */
	reaction?: string;
}

/** Whoever runs the server, and moderators who have not been in the room: by Talk's name for what came from outside. */
const outsider: NamedActor = { actorType: 'guests', actorId: 'cli', displayName: '' };

/** What nobody in particular did. */
export const nobody: NamedActor = { actorType: 'guests', actorId: 'system', displayName: '' };

/**
 * Writes a system message, inside a change that is already running.
 * @param by whose doing it is; undefined for somebody who has no name in the room
 */
export function saySystem(
	world: World,
	room: Room,
	by: Attendee | NamedActor | undefined,
	{ keyword, text, subject, isSilent = false, about, parameters = {}, reaction }: Said,
	say: (news: RoomNews) => void
): Post {
	const { actorType, actorId, displayName: actorName } = by ?? outsider;
	const message = world.storage.addMessage({
		roomId: room.id,
		actorType,
		actorId,
		actorName,
		sentAt: seconds(world),
		text: by ? text : text.replace('{actor}', 'An administrator'),
		system: keyword,
		referenceId: '',
		isSilent,
		parentId: about?.id ?? null,
		subject: subject ? named(subject) : null,
		parameters
	});
	const post: Post = about ? { message, parent: about } : { message };
	say({ type: 'messagePosted', token: room.token, post, ...(reaction !== undefined && { reaction }) });
	return post;
}

const named = ({ actorType, actorId, displayName }: NamedActor): NamedActor => ({
	actorType,
	actorId,
	displayName
});
