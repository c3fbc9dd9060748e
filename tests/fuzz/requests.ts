import { createHmac, randomBytes } from 'node:crypto';
import {
	administrator,
	browserOf,
	cut,
	effective,
	inCall,
	isBanned,
	marked,
	moderates,
	moderatesAlways,
	newRoom,
	presentIn,
	refusals,
	type Attendee,
	type Message,
	type NeedName,
	type Room,
	type Who
} from './model.ts';
import { Broken, nameOf, type Party } from './party.ts';
import { roost, talk, type Answer } from './server.ts';

/** One request, as it was generated: what the numbers mean is for the verb to say. */
export interface Request {
	do: 'ask';
	who: Who;
	room: number;
	verb: string;
	pick: number;
	bits: number;
	flag: boolean;
	text: string;
	/** put in the place of the field that matters most: whoever may is refused too */
	odd?: unknown;
	/** how it is sent, if not as it should be */
	how?: 'without the header' | 'as text' | 'as broken JSON' | 'too large' | 'as a form';
}

interface Scene extends Request {
	party: Party;
	at: Room;
}

/** What a verb asks for, and what has to come of it. */
interface Asked {
	path: string;
	body?: Record<string, unknown>;
	/** the field that is spoilt, and whether it takes text or a number */
	field?: [name: string, takes: 'text' | 'number'];
	/** statuses for what is wrong with the request itself */
	wrong?: (number | false)[];
	fine?: number[];
	/** what follows from it */
	after?: (data: unknown, answer: Answer) => void;
	headers?: Record<string, string>;
}

interface Verb {
	share: number;
	method: string;
	needs: readonly NeedName[];
	asked: (scene: Scene) => Asked;
}

const tooLong = 'ä'.repeat(40_000);
const emoji = ['👍', '❤️', '🎉', '👩‍👩‍👧‍👦', '🏳️‍🌈'];

const field = (data: unknown, name: string): unknown => (data as Record<string, unknown> | null)?.[name];
const numberIn = (data: unknown, name: string) => Number(field(data, name));
const textIn = (data: unknown, name: string) => String(field(data, name));

const room = (at: Room, rest = '') => `${talk}v4/room/${at.token}${rest}`;
const call = (at: Room, rest = '') => `${talk}v4/call/${at.token}${rest}`;
const chat = (at: Room, rest = '') => `${talk}v1/chat/${at.token}${rest}`;

const textOf = ({ party, at, text }: Scene, kind: string, most: number) =>
	Array.from(`${party.secrets.plant(kind, at)} ${text}`.trim())
		.slice(0, most)
		.join('')
		.trim();

/** A message of this room, of another one, or of none. */
function messageOf({ party, at, pick }: Scene): { id: number; message: Message | undefined } {
	const all = pick % 4 === 0 ? party.rooms : [at];
	const ids = all.flatMap(({ messages }) => [...messages.keys()]);
	const id = pick % 11 === 0 ? (pick + 1) * 1_000_003 : (ids[pick % Math.max(1, ids.length)] ?? 1);
	return { id, message: at.isGone ? undefined : at.messages.get(id) };
}

/** Somebody known in this room, in another one, or nowhere. */
function attendeeOf({ party, at, pick }: Scene): { id: number; actorId: string; attendee?: Attendee } {
	const all = (pick % 4 === 0 ? party.rooms : [at]).flatMap(({ attendees }) => [...attendees.values()]);
	const found = all[pick % Math.max(1, all.length)];
	if (!found || pick % 13 === 0) return { id: 900_000_000 + pick, actorId: 'f'.repeat(40) };
	const isHere = !at.isGone && at.attendees.get(found.who) === found;
	return { id: found.id, actorId: found.actorId, ...(isHere && { attendee: found }) };
}

/** Whom a change is by, as somebody in the room; the administrator, and who was never there, are nobody. */
function byOf({ at, who }: Scene): Attendee | undefined {
	if (who === administrator) return undefined;
	return moderatesAlways(at, who) ? at.attendees.get(who) : presentIn(at, who);
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

function joined(scene: Scene, data: unknown): void {
	const { party, at, who } = scene;
	const earlier = at.attendees.get(who);
	if (earlier && earlier.session !== null) party.endSession(earlier);
	const attendee: Attendee = earlier ?? {
		who,
		id: numberIn(data, 'attendeeId'),
		actorId: textIn(data, 'actorId'),
		isModerator: false,
		level: 0,
		session: null,
		flags: 0
	};
	attendee.isModerator ||= moderatesAlways(at, who);
	const session = textIn(data, 'sessionId');
	attendee.session = session;
	at.attendees.set(who, attendee);
	party.keepSecret(session, `a room session of ${nameOf(who)}`, (reader) => {
		// their own they were told when they came, and are shown once more as they are put out
		return reader === who || party.isThere(at, reader) || moderates(at, reader);
	});
	const seen = [attendee.id, attendee.actorId, attendee.isModerator ? 6 : 4, effective(at, attendee)];
	const shown = ['attendeeId', 'actorId', 'participantType', 'permissions'].map((name) => field(data, name));
	if (JSON.stringify(seen) !== JSON.stringify(shown))
		throw new Broken(`${nameOf(who)} joined as ${JSON.stringify(shown)}, and not ${JSON.stringify(seen)}`);
}

/** Sets something of the room. */
const setting = (
	method: string,
	rest: string,
	name: string,
	value: (scene: Scene) => unknown,
	after: (scene: Scene, value: never) => void,
	{ takes = 'number', share = 2 }: { takes?: 'text' | 'number'; share?: number } = {}
): Verb => ({
	share,
	method,
	needs: ['moderation'],
	asked: (scene) => {
		const set = value(scene);
		return {
			path: room(scene.at, rest),
			body: { [name]: set },
			field: [name, takes],
			after: () => after(scene, set as never)
		};
	}
});

const levelled = (had: number, { pick, bits }: Scene) =>
	[marked(bits), had | bits | 1, (had & ~bits) | 1][pick % 3] ?? 0;
const methods = ['set', 'add', 'remove'];

const hmac = (secret: string, random: string, words: string) =>
	createHmac('sha256', secret).update(random).update(words).digest('hex');

/** Looks, at something that is answered with 200 to whoever meets the needs. */
const look = (
	path: (scene: Scene) => string,
	needs: readonly NeedName[],
	more: Omit<Asked, 'path'> = {},
	share = 3
): Verb => ({ share, method: 'GET', needs, asked: (scene) => ({ path: path(scene), ...more }) });

const order = (type: string, content: (scene: Scene) => object, after: (scene: Scene) => void): Verb => ({
	share: 2,
	method: 'POST',
	needs: [],
	asked: (scene) => {
		const { party, at, who } = scene;
		const body = { type, [type]: content(scene) };
		const random = randomBytes(32).toString('hex');
		const isProven = who === administrator;
		const secret = isProven ? party.server.backendSecret : 'guessed';
		return {
			path: `/api/v1/room/${at.token}`,
			body,
			wrong: [!isProven && 403],
			headers: {
				'spreed-signaling-random': random,
				'spreed-signaling-checksum': hmac(secret, random, JSON.stringify(body))
			},
			after: () => after(scene)
		};
	}
});

/** A room session of this room, or of another one. */
function sessionOf({ party, pick, at }: Scene): { id: string; attendee: Attendee | undefined } {
	const all = party.rooms.flatMap(({ attendees }) => [...attendees.values()]);
	const there = all.filter(({ session }) => session !== null);
	const found = there[pick % Math.max(1, there.length)];
	const isHere = found !== undefined && presentIn(at, found.who) === found;
	return { id: found?.session ?? 'nobody', attendee: isHere ? found : undefined };
}

/** Everything that can be asked for over http. */
export const verbs: Readonly<Record<string, Verb>> = {
	'make a room': {
		share: 1,
		method: 'POST',
		needs: [],
		asked: (scene) => {
			const { party, who } = scene;
			const place = party.rooms.length;
			const made = newRoom(place, '', browserOf(who), '');
			const name = `${party.secrets.plant('n', made)} ${scene.text}`.trim().slice(0, 120).trim();
			return {
				path: `${talk}v4/room`,
				// there is an end to it
				body: { roomType: place < 6 ? 3 : 2, roomName: name },
				field: ['roomName', 'text'],
				wrong: [place >= 6 && 400],
				fine: [201],
				after: (data) => {
					made.token = textIn(data, 'token');
					made.secret = textIn(field(data, 'roost'), 'moderatorSecret');
					party.rooms.push(made);
					party.keepSecret(made.secret, `the moderator link of room ${place}`, (reader) => reader === who);
				}
			};
		}
	},
	'look at a room': look(({ at }) => room(at), ['room'], {}, 6),
	'enter a room': {
		share: 14,
		method: 'POST',
		needs: ['room'],
		asked: (scene) => {
			const { at, who, pick, flag: force } = scene;
			const own = presentIn(at, who);
			const isAsked = at.password !== null && !moderatesAlways(at, who) && !own;
			const given = [undefined, at.password ?? 'none', 'guessed'][pick % 3];
			return {
				path: room(at, '/participants/active'),
				body: { force, ...(given !== undefined && { password: given }) },
				field: ['force', 'number'],
				wrong: [
					isBanned(at, who) && 403,
					isAsked && given !== at.password && 403,
					!force && own !== undefined && own.flags !== 0 && 409
				],
				after: (data) => joined(scene, data)
			};
		}
	},
	'leave a room': {
		share: 2,
		method: 'DELETE',
		needs: [],
		asked: ({ party, at, who }) => ({
			path: room(at, '/participants/active'),
			after: () => {
				const own = presentIn(at, who);
				if (own) party.endSession(own);
			}
		})
	},
	'say that one looks': {
		share: 1,
		method: 'PUT',
		needs: ['presence'],
		asked: ({ at, flag }) => ({
			path: room(at, '/participants/state'),
			body: { state: Number(flag) },
			field: ['state', 'number']
		})
	},
	'give a name': {
		share: 3,
		method: 'POST',
		needs: ['presence'],
		asked: (scene) => ({
			path: `${talk}v1/guest/${scene.at.token}/name`,
			body: { displayName: textOf(scene, 'p', 60) },
			field: ['displayName', 'text']
		})
	},
	'list those who are there': {
		share: 3,
		method: 'GET',
		needs: ['chair'],
		asked: ({ at }) => ({
			path: room(at, '/participants'),
			after: (data) => {
				const listed = (data as object[]).map((one) => numberIn(one, 'attendeeId')).sort();
				const there = [...at.attendees.values()].flatMap(({ id, session }) => (session === null ? [] : [id]));
				if (listed.join() !== there.sort().join()) throw new Broken(`listed ${listed.join()}`);
			}
		})
	},
	'see who calls': {
		share: 3,
		method: 'GET',
		needs: ['admission'],
		asked: ({ at }) => ({
			path: call(at),
			after: (data) => {
				const listed = (data as object[]).map((one) => textIn(one, 'sessionId')).sort();
				const calling = inCall(at).map(({ session }) => session);
				if (listed.join() !== calling.sort().join()) throw new Broken('others are in the call');
			}
		})
	},
	'download who calls': {
		share: 1,
		method: 'GET',
		needs: ['chair'],
		asked: ({ at }) => ({ path: call(at, '/download?format=csv'), wrong: [inCall(at).length === 0 && 400] })
	},
	'enter the call': {
		share: 9,
		method: 'POST',
		needs: ['admission', 'call'],
		asked: ({ at, who, bits, flag }) => ({
			path: call(at),
			body: { flags: (bits % 15) + 1, silent: flag, recordingConsent: flag },
			field: ['flags', 'number'],
			wrong: [at.needsConsent && !flag && 400],
			after: () => {
				const own = presentIn(at, who);
				if (own) own.flags = cut(((bits % 15) + 1) | 1, effective(at, own));
			}
		})
	},
	'change what one sends': {
		share: 4,
		method: 'PUT',
		needs: ['admission'],
		asked: ({ at, who, bits }) => {
			const own = presentIn(at, who);
			const flags = bits % 16;
			return {
				path: call(at),
				body: { flags },
				field: ['flags', 'number'],
				wrong: [own?.flags === 0 && 400, (flags & 1) === 0 && 400],
				after: () => {
					if (own) own.flags = cut(flags, effective(at, own));
				}
			};
		}
	},
	'leave the call': {
		share: 2,
		method: 'DELETE',
		needs: ['presence'],
		asked: ({ at, who }) => ({
			path: call(at),
			after: () => {
				const own = presentIn(at, who);
				if (own) own.flags = 0;
			}
		})
	},
	'end the call': {
		share: 2,
		method: 'DELETE',
		needs: ['chair'],
		asked: ({ at }) => ({
			path: call(at, '?all=true'),
			after: () => {
				for (const attendee of inCall(at)) attendee.flags = 0;
			}
		})
	},
	'ask for signaling': {
		share: 2,
		method: 'GET',
		needs: ['room'],
		asked: ({ party, at, who }) => ({
			path: `${talk}v3/signaling/settings?token=${at.token}`,
			after: (data) => {
				const ticket = field(data, 'ticket');
				if (typeof ticket !== 'string') return;
				const proof = ticket.split(':').at(-1) ?? '';
				party.keepSecret(proof, `a ticket of ${nameOf(who)}`, (reader) => reader === who);
			}
		})
	},
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
	},
	rename: setting(
		'PUT',
		'',
		'roomName',
		(scene) => textOf(scene, 'n', 200),
		() => undefined,
		{
			takes: 'text'
		}
	),
	describe: setting(
		'PUT',
		'/description',
		'description',
		(scene) => textOf(scene, 'n', 900),
		() => undefined,
		{ takes: 'text' }
	),
	lock: setting(
		'PUT',
		'/read-only',
		'state',
		({ flag, pick }) => Number(flag && pick % 3 === 0),
		({ at }, state: number) => {
			at.isLocked = state === 1;
		}
	),
	'let messages expire': setting(
		'POST',
		'/message-expiration',
		'seconds',
		({ pick }) => (pick % 3) * 3_600,
		({ at }, seconds: number) => {
			at.expiration = seconds;
		}
	),
	'set the level of the room': setting(
		'PUT',
		'/permissions/default',
		'permissions',
		({ bits, pick }) => (pick % 3 === 0 ? 0 : bits),
		({ party, at }, bits: number) => {
			if (marked(bits) === at.level) return;
			at.level = marked(bits);
			const meant = [...at.attendees.values()].filter(
				({ isModerator, level }) => !isModerator && (level & 1) === 0
			);
			party.settleRights(at, meant);
		},
		{ share: 4 }
	),
	'list a room': setting(
		'PUT',
		'/listable',
		'scope',
		() => 0,
		() => undefined,
		{ share: 1 }
	),
	'ask for consent': {
		share: 1,
		method: 'PUT',
		needs: ['moderation'],
		asked: ({ at, flag }) => ({
			path: room(at, '/recording-consent'),
			body: { recordingConsent: Number(flag) },
			field: ['recordingConsent', 'number'],
			wrong: [inCall(at).length > 0 && 400],
			after: () => {
				at.needsConsent = flag;
			}
		})
	},
	'close or open the lobby': setting(
		'PUT',
		'/webinar/lobby',
		'state',
		({ pick }) => Number(pick % 5 < 2),
		({ party, at }, state: number) => {
			at.isLobbyClosed = state === 1;
			party.closeLobby(at);
		},
		{ share: 5 }
	),
	'set a password': {
		share: 1,
		method: 'PUT',
		needs: ['moderation'],
		asked: (scene) => {
			const { party, at, pick } = scene;
			// a hash takes a tenth of a second
			const password = pick % 4 === 0 ? party.secrets.plant('k', at) : '';
			return {
				path: room(at, '/password'),
				body: { password },
				field: ['password', 'text'],
				after: () => {
					at.password = password === '' ? null : password;
				}
			};
		}
	},
	'delete a room': {
		share: 1,
		method: 'DELETE',
		needs: ['moderation'],
		asked: ({ party, at, pick, who }) => ({
			// not each time somebody may
			path: room(pick % 4 === 0 || !moderates(at, who) ? at : party.nowhere),
			wrong: [pick % 4 !== 0 && moderates(at, who) && 404],
			after: () => {
				for (const attendee of at.attendees.values())
					if (attendee.session !== null) party.endSession(attendee);
				at.attendees.clear();
				at.isGone = true;
				for (const one of party.signalings) if (one.room === at) one.room = null;
			}
		})
	},
	promote: {
		share: 3,
		method: 'POST',
		needs: ['moderation'],
		asked: (scene) => {
			const { id, attendee } = attendeeOf(scene);
			return {
				path: room(scene.at, '/moderators'),
				body: { attendeeId: id },
				field: ['attendeeId', 'number'],
				wrong: [!attendee && 404, attendee?.isModerator === true && 400],
				after: () => {
					if (!attendee) return;
					attendee.isModerator = true;
					scene.party.settleRights(scene.at, [attendee]);
				}
			};
		}
	},
	demote: {
		share: 3,
		method: 'DELETE',
		needs: ['moderation'],
		asked: (scene) => {
			const { party, at } = scene;
			const { id, attendee } = attendeeOf(scene);
			const isOwner = attendee !== undefined && browserOf(attendee.who) === at.owner;
			return {
				path: room(at, `/moderators?attendeeId=${id}`),
				wrong: [
					!attendee && 404,
					attendee?.isModerator === false && 400,
					attendee !== undefined && byOf(scene) === attendee && 403,
					isOwner && 403
				],
				after: () => {
					if (!attendee) return;
					at.moderators.delete(browserOf(attendee.who));
					for (const tab of at.attendees.values()) {
						if (browserOf(tab.who) !== browserOf(attendee.who) || !tab.isModerator) continue;
						tab.isModerator = false;
						party.settleRights(at, [tab]);
					}
				}
			};
		}
	},
	'put out': {
		share: 2,
		method: 'DELETE',
		needs: ['moderation'],
		asked: (scene) => {
			const { party, at } = scene;
			const { id, attendee } = attendeeOf(scene);
			return {
				path: room(at, `/attendees?attendeeId=${id}`),
				wrong: [!attendee && 404, attendee !== undefined && browserOf(attendee.who) === at.owner && 403],
				after: () => {
					if (attendee) party.remove(at, attendee);
				}
			};
		}
	},
	'set the level of one': {
		share: 7,
		method: 'PUT',
		needs: ['moderation'],
		asked: (scene) => {
			const { party, at, pick, bits } = scene;
			const { id, attendee } = attendeeOf(scene);
			return {
				path: room(at, '/attendees/permissions'),
				body: { attendeeId: id, method: methods[pick % 3], permissions: bits },
				field: ['permissions', 'number'],
				wrong: [!attendee && 404, attendee?.isModerator === true && 400],
				after: () => {
					if (!attendee) return;
					attendee.level = levelled(effective(at, attendee), scene);
					party.settleRights(at, [attendee]);
				}
			};
		}
	},
	'set the level of all': {
		share: 2,
		method: 'PUT',
		needs: ['moderation'],
		asked: (scene) => ({
			path: room(scene.at, '/attendees/permissions/all'),
			body: { method: methods[scene.pick % 3], permissions: scene.bits },
			field: ['permissions', 'number'],
			after: () => {
				const guests = [...scene.at.attendees.values()].filter(({ isModerator }) => !isModerator);
				for (const guest of guests) guest.level = levelled(effective(scene.at, guest), scene);
				scene.party.settleRights(scene.at, guests);
			}
		})
	},
	ban: {
		share: 4,
		method: 'POST',
		needs: ['moderation'],
		asked: (scene) => {
			const { party, at, who } = scene;
			const { actorId, attendee } = attendeeOf(scene);
			const isTheirs = attendee !== undefined && browserOf(attendee.who) === browserOf(who);
			const isSelf =
				attendee !== undefined && (byOf(scene) === attendee || (who !== administrator && isTheirs));
			return {
				path: `${talk}v1/ban/${at.token}`,
				body: { actorType: 'guests', actorId, internalNote: textOf(scene, 'b', 90) },
				field: ['actorId', 'text'],
				wrong: [!attendee && 400, isSelf && 400, attendee?.isModerator === true && 400],
				after: (data) => {
					if (!attendee) return;
					if (!at.bans.some(({ actor }) => actor === actorId)) {
						const whom = { who: attendee.who, actorId };
						at.bans.push({ id: numberIn(data, 'id'), whom, actor: actorId, isHere: false });
					}
					for (const other of [...at.attendees.values()]) {
						if (browserOf(other.who) === browserOf(attendee.who)) party.remove(at, other);
					}
				}
			};
		}
	},
	'ban an address': {
		share: 1,
		method: 'POST',
		needs: ['moderation'],
		asked: (scene) => {
			const { party, at, who, pick } = scene;
			const isHere = pick % 3 === 0;
			const actorId = isHere ? '127.0.0.0/8' : '203.0.113.7';
			return {
				path: `${talk}v1/ban/${at.token}`,
				body: { actorType: 'ip', actorId },
				field: ['actorId', 'text'],
				wrong: [isHere && who !== administrator && 400],
				after: (data) => {
					if (!at.bans.some(({ actor }) => actor === actorId))
						at.bans.push({ id: numberIn(data, 'id'), whom: null, actor: actorId, isHere });
					if (!isHere) return;
					for (const other of [...at.attendees.values()])
						if (!other.isModerator && other.session !== null) party.remove(at, other);
				}
			};
		}
	},
	'see bans': look(({ at }) => `${talk}v1/ban/${at.token}`, ['moderation'], {}, 2),
	'end a ban': {
		share: 2,
		method: 'DELETE',
		needs: ['moderation'],
		asked: ({ party, at, pick }) => {
			const all = (pick % 3 === 0 ? party.rooms : [at]).flatMap(({ bans }) => bans);
			const ended = all[pick % Math.max(1, all.length)];
			return {
				path: `${talk}v1/ban/${at.token}/${ended?.id ?? 4_000_000}`,
				after: () => {
					at.bans = at.bans.filter((one) => one !== ended);
				}
			};
		}
	},
	'see the picture': look(
		({ at, flag }) => `${talk}v1/room/${at.token}/avatar${flag ? '/dark' : ''}`,
		['room']
	),
	'set the picture': {
		share: 1,
		method: 'POST',
		needs: ['moderation'],
		asked: ({ at }) => ({
			path: `${talk}v1/room/${at.token}/avatar/emoji`,
			body: { emoji: '🐔', color: '00ff00' },
			field: ['emoji', 'text']
		})
	},
	'take the picture away': {
		share: 1,
		method: 'DELETE',
		needs: ['moderation'],
		asked: ({ at }) => ({ path: `${talk}v1/room/${at.token}/avatar` })
	},
	'see the bots of a room': look(({ at }) => `${talk}v1/bot/${at.token}`, ['moderation'], {}, 1),
	'see all bots': look(() => `${talk}v1/bot/admin`, ['administration'], {}, 2),
	'change a bot': {
		share: 1,
		method: 'PUT',
		needs: ['administration'],
		asked: () => ({ path: `${talk}v1/bot/admin/1`, body: { state: 1 }, field: ['state', 'number'] })
	},
	'let a bot in': {
		share: 2,
		method: 'POST',
		needs: ['moderation'],
		asked: ({ at }) => ({
			path: `${talk}v1/bot/${at.token}/1`,
			fine: [at.hasBot ? 200 : 201],
			after: () => {
				at.hasBot = true;
			}
		})
	},
	'send a bot out': {
		share: 1,
		method: 'DELETE',
		needs: ['moderation'],
		asked: ({ at }) => ({
			path: `${talk}v1/bot/${at.token}/1`,
			after: () => {
				at.hasBot = false;
			}
		})
	},
	'write as a bot': {
		share: 2,
		method: 'POST',
		needs: [],
		asked: (scene) => {
			const { party, at, who } = scene;
			const message = textOf(scene, 'm', 300);
			const random = randomBytes(32).toString('hex');
			// only the bot itself knows how to sign
			const isProven = who === administrator;
			const signature = hmac(isProven ? party.server.botSecret : 'guessed', random, message);
			return {
				path: `${talk}v1/bot/${at.token}/message`,
				body: { message },
				wrong: [(!isProven || !at.hasBot || at.isGone) && 401],
				fine: [201],
				headers: {
					'x-nextcloud-talk-bot-random': random,
					'x-nextcloud-talk-bot-signature': signature
				}
			};
		}
	},
	'renew the moderator link': {
		share: 2,
		method: 'POST',
		needs: ['moderation'],
		asked: ({ party, at, who }) => ({
			path: `${roost}v1/rooms/${at.token}/moderator-link`,
			fine: [201],
			after: (data) => {
				at.secret = textIn(data, 'moderatorSecret');
				party.keepSecret(at.secret, `the moderator link of room ${at.place}`, (reader) => reader === who);
			}
		})
	},
	'take the moderator link away': {
		share: 1,
		method: 'DELETE',
		needs: ['moderation'],
		asked: ({ at }) => ({
			path: `${roost}v1/rooms/${at.token}/moderator-link`,
			after: () => {
				at.secret = null;
			}
		})
	},
	'claim by the moderator link': {
		share: 2,
		method: 'POST',
		needs: ['room'],
		asked: ({ party, at, who, pick }) => {
			const others = party.rooms.filter((other) => other !== at).map(({ secret }) => secret);
			const secret = [at.secret, others[0], 'guessed', '__proto__'][pick % 4] || 'none';
			return {
				path: `${roost}v1/rooms/${at.token}/moderators`,
				body: { secret },
				field: ['secret', 'text'],
				wrong: [isBanned(at, who) && 403, secret !== at.secret && 403],
				after: () => {
					at.moderators.add(browserOf(who));
					const tabs = [...at.attendees.values()].filter(
						(tab) => browserOf(tab.who) === browserOf(who) && !tab.isModerator
					);
					for (const tab of tabs) tab.isModerator = true;
					party.settleRights(at, tabs);
				}
			};
		}
	},
	'order rights': order(
		'participants',
		(scene) => ({
			changed: [
				{
					sessionId: sessionOf(scene).id,
					permissions: [
						'control',
						'transient-data',
						'publish-audio',
						'publish-media',
						'publish-screen'
					].filter((_word, index) => (scene.bits & (1 << index)) !== 0)
				}
			],
			users: []
		}),
		(scene) => {
			const { id, attendee } = sessionOf(scene);
			const words = ['control', 'transient-data', 'publish-audio', 'publish-media', 'publish-screen'];
			const granted = new Set(words.filter((_word, index) => (scene.bits & (1 << index)) !== 0));
			if (!attendee) return;
			for (const one of scene.party.signalings) if (one.session === id) one.granted = granted;
		}
	),
	'order a change of the call': order(
		'incall',
		(scene) => ({ changed: [{ sessionId: sessionOf(scene).id, inCall: scene.bits % 16 }], users: [] }),
		(scene) => {
			const { at, bits } = scene;
			const { attendee } = sessionOf(scene);
			if (!attendee) return;
			if (bits % 16 === 0) attendee.flags = 0;
			else if (refusals(['admission', 'call'], at, attendee.who).length === 0)
				attendee.flags = cut((bits % 16) | 1, effective(at, attendee));
		}
	),
	'order somebody out': order(
		'disinvite',
		(scene) => ({ userids: [], sessionids: [scene.pick % 4 === 0 ? sessionOf(scene).id : 'nobody'] }),
		(scene) => {
			const { attendee } = sessionOf(scene);
			if (attendee && scene.pick % 4 === 0) scene.party.endSession(attendee);
		}
	),
	'order data to be shared': order(
		'transient',
		({ party, at, flag }) => ({
			action: flag ? 'set' : 'delete',
			key: '__proto__',
			value: party.secrets.plant('t', at)
		}),
		() => undefined
	),
	'see the figures of signaling': look(() => '/api/v1/stats', ['administration'], {}, 1),
	'see the figures': look(() => '/metrics', [], {}, 1),
	'see what the server can': look(() => '/ocs/v2.php/cloud/capabilities', [], {}, 1),
	'open a wrong moderator link': look(
		({ at }) => `/moderate/${at.token}/guessed`,
		[],
		{ fine: [303, 404] },
		1
	),
	'pull at a server with a socket': look(
		({ at }) => `${talk}v3/signaling/${at.token}`,
		['room'],
		{ wrong: [400] },
		1
	),
	'post at a server with a socket': {
		share: 1,
		method: 'POST',
		needs: ['room'],
		asked: ({ at }) => ({ path: `${talk}v3/signaling/${at.token}`, body: { messages: '[]' }, wrong: [400] })
	}
};

/** Sends what was generated, holds the answer against the reference, and notes what follows from it. */
export async function carryOut(party: Party, request: Request): Promise<void> {
	const verb = verbs[request.verb];
	if (!verb) throw new Error(`no verb is called ${request.verb}`);
	const at = party.rooms[request.room] ?? party.nowhere;
	const scene: Scene = { ...request, party, at };
	const asked = verb.asked(scene);
	const isChange = verb.method !== 'GET';
	const sent = sending(verb, asked, request);
	const expected = [
		...refusals(verb.needs, at, request.who),
		...(asked.wrong ?? []).filter((status) => status !== false),
		...(sent.spoilt ?? [])
	];
	const fine = asked.fine ?? [200];
	party.secrets.step();
	const answer = await party.request(request.who, verb.method, asked.path, sent.body, {
		...asked.headers,
		...sent.headers
	});
	const wanted = sent.only ?? (expected.length > 0 ? expected : fine);
	if (!wanted.includes(answer.status)) {
		throw new Broken(
			`${nameOf(request.who)}: ${request.verb} in room ${at.place} is answered with ${answer.status}, and not ${wanted.join(' or ')}\n${verb.method} ${asked.path.slice(0, 200)} ${(sent.body ?? '').slice(0, 300)}\n${answer.text.slice(0, 500)}`
		);
	}
	if (expected.length === 0 && sent.only === undefined && answer.status < 400) {
		asked.after?.(dataOf(answer), answer);
	}
	party.inspect(request.who, answer);
	if (isChange) await party.settle();
	else party.demand();
}

interface Sent {
	body: string | undefined;
	headers: Record<string, string | undefined>;
	/** what is wrong with it now, beside everything else */
	spoilt?: number[];
	/** all that can come of it, whoever sends it */
	only?: number[];
}

function sending({ method }: Verb, { body, field: named, path }: Asked, { odd, how }: Request): Sent {
	const whole = body === undefined ? undefined : JSON.stringify(body);
	const isOcs = path.startsWith('/ocs/');
	if (how !== undefined && method !== 'GET' && isOcs) {
		switch (how) {
			case 'without the header':
				return { body: whole, headers: { 'ocs-apirequest': undefined }, only: [412] };
			case 'as text':
				return { body: whole ?? 'text', headers: { 'content-type': 'text/plain' }, only: [415] };
			case 'as broken JSON':
				return { body: whole === undefined ? '{' : `${whole}}`, headers: {}, only: [400] };
			case 'too large':
				return { body: JSON.stringify({ ...body, more: 'x'.repeat(600_000) }), headers: {}, only: [413] };
			case 'as a form': {
				if (body === undefined) break;
				const form = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)]));
				return { body: form.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } };
			}
		}
	}
	if (odd === undefined || named === undefined || method === 'GET') return { body: whole, headers: {} };
	const [name, takes] = named;
	const spoilt =
		takes === 'text' && typeof odd === 'string' ? tooLong : takes === 'text' ? odd : unlikeNumber(odd);
	// text by `JSON.stringify`: a key called "__proto__" stays one
	return {
		body: `${JSON.stringify({ ...body, [name]: null }).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(spoilt)}}`,
		headers: {},
		spoilt: [400, ...(spoilt === tooLong ? [413] : [])]
	};
}

const unlikeNumber = (odd: unknown): unknown => (typeof odd === 'boolean' ? [odd] : odd);

function dataOf({ text, headers }: Answer): unknown {
	if (headers['content-type']?.startsWith('application/json') !== true) return undefined;
	return (JSON.parse(text) as { ocs?: { data?: unknown } }).ocs?.data;
}
