import { presentIn, type Message, type Room } from '../model.ts';
import { talk } from '../server.ts';
import { chat, look, numberIn, textOf, type Scene, type Verbs } from './verb.ts';

const emoji = ['👍', '❤️', '🎉', '👩‍👩‍👧‍👦', '🏳️‍🌈'];

/** A message of this room, of another one, or of none. */
function messageOf({ party, at, pick }: Scene): { id: number; message: Message | undefined } {
	const all = pick % 4 === 0 ? party.rooms : [at];
	const ids = all.flatMap(({ messages }) => [...messages.keys()]);
	const id = pick % 11 === 0 ? (pick + 1) * 1_000_003 : (ids[pick % Math.max(1, ids.length)] ?? 1);
	return { id, message: at.isGone ? undefined : at.messages.get(id) };
}

function addMessage(at: Room, data: unknown, author: string, words = ''): void {
	at.messages.set(numberIn(data, 'id'), { author, words, isDeleted: false, reactions: new Map() });
}

/** Who may change a message, and which can be changed. */
function changeable(scene: Scene): (number | false)[] {
	const { message } = messageOf(scene);
	const own = presentIn(scene.at, scene.who);
	if (!message) return [404];
	return [
		message.author !== own?.actorId && own?.isModerator !== true && 403,
		(message.author === '' || message.isDeleted) && 405
	];
}

/** What is written, read, changed and answered with a reaction. */
export const chatVerbs: Verbs = {
	'read the chat': {
		share: 6,
		method: 'GET',
		needs: ['admission'],
		asked: ({ at, flag, pick }) => ({
			path: chat(
				at,
				`?lookIntoFuture=${Number(flag)}&timeout=0&setReadMarker=${pick % 2}&limit=${(pick % 9) + 1}`
			),
			fine: [200, 304]
		})
	},
	'read around a message': {
		share: 2,
		method: 'GET',
		needs: ['admission'],
		asked: (scene) => ({ path: chat(scene.at, `/${messageOf(scene).id}/context`), fine: [200, 304] })
	},
	write: {
		share: 12,
		method: 'POST',
		needs: ['admission', 'unlocked', 'chat'],
		asked: (scene) => {
			const { at, who, flag } = scene;
			const { id, message } = messageOf(scene);
			const isAnswer = flag && scene.pick % 3 === 0;
			const canBeAnswered = message !== undefined && message.author !== '' && !message.isDeleted;
			const words = textOf(scene, 'm', 2_000);
			return {
				path: chat(at),
				body: { message: words, ...(isAnswer && { replyTo: id }) },
				field: ['message', 'text'],
				wrong: [isAnswer && !canBeAnswered && 400],
				fine: [201],
				after: (data) => addMessage(at, data, presentIn(at, who)?.actorId ?? '', words)
			};
		}
	},
	edit: {
		share: 5,
		method: 'PUT',
		needs: ['admission', 'unlocked', 'chat'],
		asked: (scene) => {
			const { id, message } = messageOf(scene);
			const words = textOf(scene, 'm', 2_000);
			return {
				path: chat(scene.at, `/${id}`),
				body: { message: words },
				field: ['message', 'text'],
				wrong: changeable(scene),
				after: (data) => {
					addMessage(scene.at, data, '');
					scene.party.secrets.kill(message?.words ?? '');
					if (message) message.words = words;
				}
			};
		}
	},
	'delete a message': {
		share: 3,
		method: 'DELETE',
		needs: ['admission', 'unlocked', 'chat'],
		asked: (scene) => {
			const { id, message } = messageOf(scene);
			return {
				path: chat(scene.at, `/${id}`),
				wrong: changeable(scene),
				after: (data) => {
					addMessage(scene.at, data, '');
					message?.reactions.clear();
					scene.party.secrets.kill(message?.words ?? '');
					if (message) message.isDeleted = true;
				}
			};
		}
	},
	'clear the chat': {
		share: 1,
		method: 'DELETE',
		needs: ['moderation', 'unlocked'],
		asked: ({ party, at }) => ({
			path: chat(at),
			after: (data) => {
				at.messages.clear();
				party.secrets.killAll('m', at);
				addMessage(at, data, '');
			}
		})
	},
	'look for whom to name': look(({ at }) => chat(at, '/mentions?search='), ['admission'], {}, 1),
	'mark as read': {
		share: 1,
		method: 'POST',
		needs: ['admission'],
		asked: (scene) => ({
			path: chat(scene.at, '/read'),
			body: { lastReadMessage: messageOf(scene).id },
			field: ['lastReadMessage', 'number']
		})
	},
	'mark as unread': {
		share: 1,
		method: 'DELETE',
		needs: ['admission'],
		asked: ({ at }) => ({ path: chat(at, '/read') })
	},
	react: {
		share: 5,
		method: 'POST',
		needs: ['admission', 'unlocked', 'react'],
		asked: (scene) => {
			const { at, who, bits } = scene;
			const { id, message } = messageOf(scene);
			const reaction = emoji[bits % emoji.length] ?? '';
			const own = presentIn(at, who)?.actorId ?? '';
			const isThere = message?.reactions.get(reaction)?.has(own) === true;
			return {
				path: `${talk}v1/reaction/${at.token}/${id}`,
				body: { reaction },
				field: ['reaction', 'text'],
				wrong: [!message && 404, (message?.author === '' || message?.isDeleted === true) && 400],
				fine: [isThere ? 200 : 201],
				after: () =>
					message?.reactions.set(reaction, new Set([...(message.reactions.get(reaction) ?? []), own]))
			};
		}
	},
	'take a reaction back': {
		share: 3,
		method: 'DELETE',
		needs: ['admission', 'unlocked', 'react'],
		asked: (scene) => {
			const { at, who, bits } = scene;
			const { id, message } = messageOf(scene);
			const reaction = emoji[bits % emoji.length] ?? '';
			const own = presentIn(at, who)?.actorId ?? '';
			const those = message?.reactions.get(reaction);
			return {
				path: `${talk}v1/reaction/${at.token}/${id}?reaction=${encodeURIComponent(reaction)}`,
				wrong: [those?.has(own) !== true && 404],
				after: () => those?.delete(own)
			};
		}
	},
	'see reactions': {
		share: 2,
		method: 'GET',
		needs: ['admission'],
		asked: (scene) => ({
			path: `${talk}v1/reaction/${scene.at.token}/${messageOf(scene).id}`,
			wrong: [!messageOf(scene).message && 404]
		})
	}
};
