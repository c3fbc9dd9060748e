import { browserOf, inCall, isBanned, marked, moderates } from '../model.ts';
import { roost, talk } from '../server.ts';
import { look, room, textIn, textOf, type Scene, type Verb, type Verbs } from './verb.ts';

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

/** What moderators set of a room: its name, who may come in and how, its picture, its moderator link. */
export const settingVerbs: Verbs = {
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
	}
};
