import {
	administrator,
	browserOf,
	effective,
	marked,
	moderatesAlways,
	presentIn,
	type Attendee
} from '../model.ts';
import { talk } from '../server.ts';
import { look, numberIn, room, textOf, type Scene, type Verbs } from './verb.ts';

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

const levelled = (had: number, { pick, bits }: Scene) =>
	[marked(bits), had | bits | 1, (had & ~bits) | 1][pick % 3] ?? 0;

const methods = ['set', 'add', 'remove'];

/** Who may do what, who is put out, and who may not come back. */
export const peopleVerbs: Verbs = {
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
	}
};
